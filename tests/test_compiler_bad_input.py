"""What users hand over by mistake: a message that says what is wrong, or the answer that the eager engine gives."""

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from microgradnn import MicrogradnnError, Value, compile, sin, value_and_grad
from microgradnn.errors import DataError, Divergence, NotANumber, SettingError, ShapeError, Untraceable
from microgradnn.functional import hinge
from microgradnn.nn import MLP, Sequential
from microgradnn.optim import SGD


def line(x: Any, w: Any) -> Any:
    return sin(x) * w[0] + w[1]


def within() -> list[Any]:
    xs: list[Any] = [1.0]
    xs.append(xs)
    return xs


ARGUMENTS: list[tuple[tuple[Any, ...], type[Exception], str]] = [
    (("a", [1.0, 2.0]), NotANumber, "str 'a'"),
    ((None, [1.0, 2.0]), NotANumber, "NoneType"),
    ((1j, [1.0, 2.0]), NotANumber, "complex"),
    ((10**400, [1.0, 2.0]), NotANumber, "bits"),
    ((2**53 + 1, [1.0, 2.0]), NotANumber, "bits"),
    ((1.0, np.array([1.0, 2.0])), NotANumber, "tolist"),
    ((1.0, {1.0, 2.0}), NotANumber, "set"),
    ((Value(1.0), [1.0, 2.0]), NotANumber, "plain numbers"),
    ((1.0, within()), ShapeError, "contains itself"),
    ((1.0, [[1.0], [2.0]]), NotANumber, "list came"),
    ((1.0,), TypeError, "missing 1 required"),
    ((1.0, [1.0, 2.0], 3.0), TypeError, "3 were given"),
    ((1.0, [1.0]), IndexError, "out of range"),
    ((1.0, []), IndexError, "out of range"),
]


@pytest.mark.parametrize("way", ["__call__", "value_and_grad", "grad"])
@pytest.mark.parametrize(("args", "kind", "match"), ARGUMENTS, ids=range(len(ARGUMENTS)))
def test_arguments(way: str, args: tuple[Any, ...], kind: type[Exception], match: str) -> None:
    f = compile(line)
    f(1.0, [1.0, 2.0])
    with pytest.raises(kind, match=match) as caught:
        getattr(f, way)(*args)
    if not isinstance(caught.value, MicrogradnnError):
        assert "while line was traced, for arguments like (1.0" in caught.value.__notes__[0]
    assert f(1.0, [1.0, 2.0]) == line(1.0, [1.0, 2.0])  # and goes on as before


@pytest.mark.parametrize("x", [math.nan, math.inf, -math.inf, True, 1, np.float32(0.5), np.int64(2)])
@pytest.mark.parametrize("w", [[1.0, 2.0], (1, 2), [1.0, 2.0, 3.0], {0: 1.0, 1: math.nan}, [math.inf, -math.inf]])
def test_arguments_that_will_do(x: Any, w: Any) -> None:
    f = compile(line)
    expected = value_and_grad(line, (0, 1))(x, w)
    assert repr(f.value_and_grad(x, w)) == repr(expected)
    assert repr(f(x, w)) == repr(expected[0])


ARRAYS: list[tuple[tuple[Any, ...], type[Exception], str]] = [
    ((), ShapeError, "none was given"),
    (([], []), ShapeError, "no samples"),
    (([1.0], [1.0, 2.0]), ShapeError, "hold 1, 2 samples"),
    (([1.0, 2.0], [[1.0], [1.0, 2.0]]), ShapeError, "array 1 is ragged"),
    ((1.0, 1.0), ShapeError, "array 0 is a single number"),
    ((["a"], [1.0]), NotANumber, "array 0 holds"),
    (([None], [1.0]), NotANumber, "array 0 holds"),
    (([1j], [1.0]), NotANumber, "complex128"),
    ((iter([1.0]), [1.0]), NotANumber, "array 0 holds"),
    (({"x": 1.0}, [1.0]), NotANumber, "array 0 holds"),
    (([Value(1.0)], [1.0]), NotANumber, "numpy array"),
    ((np.array(["2020-01-01"], "M8[D]"), [1.0]), NotANumber, "datetime64"),
    ((np.ma.array([1.0, 2.0], mask=[True, False]), [1.0, 2.0]), DataError, "masked"),
]


@pytest.mark.parametrize(("arrays", "kind", "match"), ARRAYS, ids=range(len(ARRAYS)))
def test_arrays(arrays: tuple[Any, ...], kind: type[Exception], match: str) -> None:
    step = compile(lambda w, x, y: (w[0] * x - y) ** 2, [Value(0.5)])
    ways: list[Callable[..., Any]] = [
        compile(lambda x, y: x * y).batch,
        step.value_and_grad,
        lambda *arrays: step.predict(lambda w, x, y: w[0] * x, *arrays),
        lambda *arrays: step.update(*arrays, optimizer=SGD(lr=0.1)),
        lambda *arrays: step.fit(*arrays, epochs=1),
    ]
    for way in ways:
        with pytest.raises(kind, match=match):
            way(*arrays)


def given(result: Any) -> Any:
    return lambda x: result(x)


@pytest.mark.parametrize(("result", "match"), [
    (lambda x: None, "NoneType"), (lambda x: "a", "str 'a'"), (lambda x: 1j, "complex"),
    (lambda x: [x, None], "NoneType"), (lambda x: (y for y in [x]), "generator"),
    (lambda x: np.array([1.0]), "ndarray"),
])  # fmt: skip
def test_what_a_function_gives(result: Any, match: str) -> None:
    f = compile(given(result))
    for way in (f, f.value_and_grad, f.grad, lambda x: f.batch([x])):
        with pytest.raises(NotANumber, match=match):
            way(0.5)


def test_what_a_loss_gives() -> None:
    for result, match in ((lambda m, x: None, "None"), (lambda m, x: [m[0]], "list"), (lambda m, x: 1.0, "float")):
        step = compile(result, [Value(1.0)])
        for way in (step.value_and_grad, lambda x, step=step: step.update(x, optimizer=SGD(lr=0.1))):
            with pytest.raises(NotANumber, match=match):
                way([1.0])
    for fn, match in ((lambda m, x: None, "None"), ("a", "not one str"), (lambda m, x: [x, [x]], "no array")):
        with pytest.raises(MicrogradnnError, match=match):
            compile(lambda m, x: m[0] * x, [Value(1.0)]).predict(fn, [1.0, 2.0])  # type: ignore[arg-type]


def test_batches_whose_samples_give_other_nestings() -> None:
    with pytest.raises(ShapeError, match="another one for other samples"):
        compile(lambda x: x if x > 0 else [x, x]).batch([1.0, -1.0])


@pytest.mark.parametrize(("model", "match"), [
    ("a", "the model is 'a'"), (3, "the model is 3"), ([], "no parameters"), (Sequential(), "no parameters"),
    ([1.0], r"the model\[0\] is 1.0"), ([Value(1.0) * 2], "computed Value"), (MLP(1, [1], rng=1).freeze(), "frozen"),
], ids=str)  # fmt: skip
def test_models(model: Any, match: str) -> None:
    with pytest.raises(MicrogradnnError, match=match):
        compile(lambda model, x: x, model).value_and_grad([1.0])


def test_functions_that_have_effects() -> None:
    model = MLP(1, [1], rng=1)

    def setting(model: Any, x: Any) -> Any:
        model.parameters()[0].data = 1.0
        return model([x])

    for fn, match in (
        (setting, "setting sets parameters"),
        (lambda m, x: (m([x]).backward(), m([x]))[1], r"\.backward\(\) within"),
        (lambda m, x: m([x]).data, "looked at"),
        (lambda m, x: m([x]) * float(f"{x:.1f}"), "looked at"),
        (lambda m, x: m([x]) * np.random.default_rng().random(), "random, or keeps state"),
    ):
        with pytest.raises(Untraceable, match=match):
            compile(fn, model).value_and_grad([1.0])


def test_numbers_that_are_not_finite_among_the_samples() -> None:
    model = MLP(2, [3, 1], rng=1)
    step = compile(lambda model, x, y: hinge(model(x), y), model)
    before = [p.data for p in model.parameters()]
    rows = [[math.nan, 1.0], [1.0, 2.0]]
    losses, gradient = step.value_and_grad(rows, [1.0, -1.0])
    assert [x == x for x in losses.tolist()] == [False, True]
    assert np.isnan(gradient).any()
    for way in (lambda: step.update(rows, [1.0, 1.0], optimizer=SGD()), lambda: step.fit(rows, [1.0, 1.0], epochs=2)):
        with pytest.raises(Divergence, match=r"sample 0 is nan.*look at the data"):
            way()
    assert [p.data for p in model.parameters()] == before
    with pytest.raises(DataError, match="a target is inf"):
        step.update([[1.0, 1.0]], [math.inf], optimizer=SGD())


@pytest.mark.parametrize("settings", [
    {"optimizer": None}, {"optimizer": "sgd"}, {"optimizer": SGD}, {"l1": -1.0}, {"l2": math.nan}, {"l2": "a"},
    {"clip": -1.0}, {"clip": ("x", 1.0)}, {"clip": ("value",)}, {"schedule": 3.0}, {"schedule": lambda k: "a"},
], ids=lambda settings: "-".join(settings))  # fmt: skip
def test_settings_of_an_update(settings: dict[str, Any]) -> None:
    step = compile(lambda w, x: w[0] * x, [Value(0.5)])
    with pytest.raises(SettingError):
        step.update([1.0], **{"optimizer": SGD(lr=0.1), **settings})


def test_what_is_compiled_or_asked_for() -> None:
    for wrong in ("a", 3, Value(1.0)):
        with pytest.raises(NotANumber, match="compile takes a function"):
            compile(wrong)  # type: ignore[arg-type]
    for backend in ("cuda", 3, ["native"]):
        with pytest.raises(SettingError, match=re.escape(f"backend={backend!r}")):
            compile(sin, backend=backend)  # type: ignore[arg-type]
    f = compile(sin)
    for ask in (f.report, f.source):
        with pytest.raises(MicrogradnnError, match="nothing has been traced yet"):
            ask()
    f(1.0)
    with pytest.raises(SettingError, match="rust"):
        f.source("rust")
    assert compile(compile(sin))(0.5) == sin(0.5)
    assert compile(lambda: Value(2.0) * 3).value_and_grad() == (6.0, ())
