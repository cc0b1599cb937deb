"""What may happen in a function that is traced: every case is that of the engine, or refused with a way out."""

import copy
import math
import random
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from microgradnn import (
    MicrogradnnError,
    Untraceable,
    Value,
    compile,
    explain,
    grad,
    hessian,
    jacobian,
    jvp,
    maximum,
    no_grad,
    relu,
    sqrt,
    take,
    tanh,
    value_and_grad,
    vjp,
    where,
)
from microgradnn import check as doctor
from microgradnn.errors import DataError, NotANumber, ShapeError
from microgradnn.functional import binary_cross_entropy, hinge
from microgradnn.nn import MLP
from tests.bits import bits
from tests.compiled.functions import Case


@pytest.mark.parametrize("seed", range(40))
def test_random_functions_have_the_bits_of_the_engine(seed: int) -> None:
    Case(seed).check()  # python -m tests.compiled --functions has many more


w = Value(2.0, label="w")


@pytest.fixture(autouse=True)
def _as_it_was() -> Any:
    w.data, w.frozen = 2.0, False
    w.zero_grad()
    yield
    assert (w * 3.0).data == 3.0 * w.data  # no trace is left open


# ---- comparisons -----------------------------------------------------------------------------------------

COMPARED: list[Callable[[Any], Any]] = [
    lambda x: where(w > 0, x, -x),
    lambda x: where(x > w, w * x, x),
    lambda x: x if w > 0 else -x,
    lambda x: max(w, 0) * x,
    lambda x: abs(w) * x,
    lambda x: x if w == 0 else 2 * x,
    lambda x: x * 1.0 if (x > 0) == (w > 0) else x * 3.0,
    lambda x: {True: x * 2.0, False: x * 3.0}[x > 0],
    lambda x: [x * 2.0, x * 3.0][x > 0],
    lambda x: x * 2.0 if x == 1.5 else x * 3.0,
    lambda x: x * 2.0 if x in (0.5, 1.5) else x * 3.0,
    lambda x: x * 2.0 if np.float64(1.5) == x else x * 3.0,
    lambda x: x * 2.0 if x != 0 else x * 3.0,
    lambda x: x * 2.0 if x else x + 1.0,
    lambda x: where((x > 0) & (x < 1), x * 2.0, x),
    lambda x: where((x < 0) | (x > 1), x * 2.0, x),
    lambda x: (x > 0) * x + (x <= 0) * 3.0,
    lambda x: sorted([x, w * 0.5, 0.0])[1] * 1.0,
]


@pytest.mark.parametrize("fn", COMPARED)
def test_numbers_compare_as_numbers_and_values_as_values(fn: Any) -> None:
    f = compile(fn)
    for number in (2.0, -1.0, 0.0):
        w.data = number
        for x in (1.5, 0.5, -1.5, 0.0, -0.0):
            expected = fn(x)
            assert f(x) == (expected.data if isinstance(expected, Value) else expected)
    w.data = 2.0
    for x in (0.25, -0.5):  # of Values == is identity, and so it is where a gradient is taken
        try:
            expected = value_and_grad(fn, (0,))(x)
        except NotANumber as error:  # and none is true or false
            with pytest.raises(NotANumber, match=str(error)[:20]):
                f.value_and_grad(x)
        else:
            assert f.value_and_grad(x) == expected


def test_a_loss_that_branches_on_its_target() -> None:
    step = compile(lambda model, x, y: model[0] * x if y == 1 else model[0] * x * 10, [w])
    losses, gradient = step.value_and_grad([1.0, 1.0], [1.0, 0.0])
    assert (losses.tolist(), gradient.tolist()) == ([2.0, 20.0], [5.5])


def test_data_are_constants_at_a_tie_and_frozen_leaves_too() -> None:
    u, frozen = Value(2.0), Value(2.0)
    frozen.frozen = True
    for other, expected in ((lambda x: x, 0.0), (lambda x: frozen, 0.0), (lambda x: u, 0.5), (lambda x: Value(x), 0.5)):
        step = compile(lambda model, x, other=other: maximum(model[0], other(x)), [w])
        assert step.value_and_grad([2.0])[1].tolist() == [expected]


def test_a_captured_leaf_that_is_frozen_is_seen() -> None:
    u = Value(2.0)
    step = compile(lambda model, x: maximum(model[0], u) * x, [w])
    assert step.value_and_grad([1.0])[1].tolist() == [0.5]
    u.frozen = True
    assert step.value_and_grad([1.0])[1].tolist() == [0.0]


# ---- derivatives within ----------------------------------------------------------------------------------

WITHIN: list[Callable[[Any], Any]] = [
    lambda x: grad(lambda t: t**3 * x)(2.0),
    lambda x: value_and_grad(lambda t: tanh(t) * x)(0.5)[1] * x,
    lambda x: jvp(lambda t: t**3 * x, (2.0,), (1.0,))[1],
    lambda x: vjp(lambda t: [t * x, t * t], 2.0)[1]([1.0, x])[0],
    lambda x: hessian(lambda v: v[0] ** 2 * v[1] * x)([1.0, 2.0])[0][1],
    lambda x: jacobian(lambda v: [v[0] * v[1], tanh(v[1])])([x, 2.0])[0][1] * x,
    lambda x: grad(grad(grad(lambda t: tanh(t) * t)))(x),
    lambda x: grad(lambda t: maximum(t, x) + maximum(t, 1.0))(1.0) * x,
    lambda x: grad(lambda t: x * grad(lambda s: t * s * s)(x))(0.5),
    lambda x: jvp(lambda t: grad(lambda s: s**3 * t)(x), (x,), (1.0,))[1],
    lambda x: grad(lambda t: w * t * t)(x) * w,
]


@pytest.mark.parametrize("fn", WITHIN)
def test_derivatives_within_have_the_bits_of_the_engine(fn: Any) -> None:
    f = compile(fn)
    for x in (0.7, 1.0, -0.3):
        assert bits(f.value_and_grad(x)) == bits(value_and_grad(fn, (0,))(x))
        expected = fn(x)
        assert bits(f(x)) == bits(expected.data if isinstance(expected, Value) else expected)


def test_a_derivative_of_plain_numbers_is_a_plain_number() -> None:
    # The engine's grad counts what the function holds as constants: so does the loss of a sample that uses it.
    step = compile(lambda model, x: grad(lambda t: tanh(model[0] * t))(x) * model[1], [w, Value(3.0)])
    assert step.value_and_grad([0.5])[1].tolist() == [0.0, grad(lambda t: tanh(w * t))(0.5)]


def test_zero_times_an_infinite_slope_is_nan() -> None:
    assert (
        repr(compile(lambda x: sqrt(x * 0.0)).grad(1.0)) == repr(grad(lambda x: sqrt(x * 0.0), (0,))(1.0)) == "(nan,)"
    )


# ---- constants, leaves, and what comes from outside ------------------------------------------------------


def paused(x: Any) -> Any:
    with no_grad():
        y = x * w
    return y * x


@pytest.mark.parametrize(
    "fn", [paused, lambda x: x * x.detach(), lambda x: w.detach() * x, lambda x: Value(3.0) * x, lambda x: w * x]
)
def test_constants_are_constants_and_read_at_every_call(fn: Any) -> None:
    f = compile(fn)
    for number in (2.0, 5.0):
        w.data = number
        assert f.value_and_grad(3.0) == value_and_grad(fn, (0,))(3.0)


def test_frozen_leaves_alone_are_read_at_every_call() -> None:
    u, v = Value(2.0), Value(3.0)
    u.frozen = v.frozen = True
    f = compile(lambda x: (u * v) * x)
    assert f(1.0) == 6.0
    u.data = 10.0
    assert f(1.0) == 30.0


def test_a_leaf_made_of_an_input() -> None:
    f = compile(lambda x: tanh(Value(x)) * x)
    assert f(0.5) == math.tanh(0.5) * 0.5
    assert f(-1.5) == math.tanh(-1.5) * -1.5


def test_compiled_within_compiled() -> None:
    inner = compile(lambda y: y * y * w)
    outer = compile(lambda x: inner(x) + inner(2.0) + inner.value_and_grad(x)[1][0])
    for number in (2.0, 3.0):
        w.data = number
        assert outer(3.0) == 9 * number + 4 * number + 6 * number


def test_functions_written_for_values_alone() -> None:
    f = compile(lambda x: x.exp() + 1 / x)
    assert f(0.5) == math.exp(0.5) + 2.0
    assert f(1000.0) == math.inf  # by the engine, which has no float there either
    assert f(0.0) == math.inf


def test_powers_of_plain_numbers_are_python_s() -> None:
    draw = random.Random(1)
    xs = [draw.gauss(0, 1) for _ in range(3000)]
    # The C library's square is now and then another one than x·x, as glibc's is of these.
    assert compile(lambda x: x**2).batch(xs).tolist() == [x**2 for x in xs]
    step = compile(lambda model, x: x**2 * model[0], [w])
    assert step.value_and_grad(xs)[0].tolist() == [(x**2 * w).data for x in xs]


# ---- what is refused -------------------------------------------------------------------------------------

kept: list[Any] = []


def counting(x: Any) -> Any:
    kept.append(x * w)
    return x * len(kept)


def keeping(x: Any) -> Any:
    kept.append(x * w)
    return kept[0] * x


def stepping_back(x: Any) -> Any:
    (x * w).backward()
    return x


def setting(x: Any) -> Any:
    w.data = 5.0
    return x * w


def copying(x: Any) -> Any:
    return copy.copy(w) * x


LOOKED = "looked at.*where"
REFUSED: list[tuple[Callable[[Any], Any], str]] = [
    (lambda x: float(x) * x, LOOKED),
    (lambda x: int(x) * x, LOOKED),
    (lambda x: round(x), LOOKED),
    (lambda x: math.floor(x), LOOKED),
    (lambda x: x // 2, LOOKED),
    (lambda x: x % 2, LOOKED),
    (lambda x: math.exp(x), LOOKED),
    (lambda x: math.copysign(1.0, x), LOOKED),
    (lambda x: np.exp(x), LOOKED),
    (lambda x: np.array([x]).sum(), LOOKED),
    (lambda x: x * w.data, LOOKED),
    (lambda x: x * w.item(), LOOKED),
    (lambda x: x * (w * x).data, LOOKED),
    (lambda x: 1.0 if x in {1.0, 3.0} else 2.0, LOOKED),
    (lambda x: {3.0: 1.0}[x], LOOKED),
    (lambda x: float(f"{x:.3f}"), LOOKED),
    (lambda x: float(f"{w * x:.3f}"), LOOKED),
    (lambda x: sum([1.0 for _ in range(x)]), LOOKED),
    (lambda x: [1.0, 2.0, 3.0, 4.0][x], LOOKED),
    (lambda x: x * w.grad, "grad was read.*microgradnn.grad"),
    (stepping_back, "backward.*value_and_grad"),
    (setting, "do it outside"),
    (copying, "keeps state"),
    (lambda x: x * random.random(), "random.*as arguments"),
    (lambda x: x * time.perf_counter(), "random.*as arguments"),
    (counting, "keeps state.*parameters"),
    (keeping, "another trace.*argument"),
]


@pytest.mark.parametrize(("fn", "said"), REFUSED)
def test_what_looks_at_numbers_is_refused(fn: Any, said: str) -> None:
    kept.clear()
    for run in (compile(fn), compile(fn).batch):
        with pytest.raises(Untraceable, match=said) as caught:
            run(3 if run is not compile else [3])
        assert "test_compiler_tracing.py:" in str(caught.value) or "again" in str(caught.value)
        break


def test_what_a_trace_leaves_behind_tells_no_number() -> None:
    kept.clear()
    compile(lambda x: kept.append(x * w) or x * w)(3.0)
    with pytest.raises(Untraceable, match="looked at"):
        kept[0].data  # noqa: B018
    with pytest.raises(Untraceable, match="had returned"):
        kept[0] * 2.0
    assert "6.0" not in repr(kept[0])


def test_a_value_computed_of_parameters_outside() -> None:
    h = w * 2
    with pytest.raises(Untraceable, match=r"outside.*detach"):
        compile(lambda model, x: h * x, [w]).value_and_grad([1.0])
    assert compile(lambda x: h * x)(3.0) == 12.0
    other = Value(3.0) * 2
    assert compile(lambda model, x: model[0] * other * x, [w]).value_and_grad([1.0])[1].tolist() == [6.0]


class Own(Exception):
    """A user's exception."""


def raising(x: Any) -> Any:
    raise Own("as it is")


def test_exceptions_come_out_as_they_are() -> None:
    with pytest.raises(Own, match="as it is"):
        compile(raising)(1.0)
    with pytest.raises(RecursionError):
        compile(forever)(1.0)


def forever(x: Any) -> Any:
    return forever(x * 2)


def test_bad_data_is_told_of_with_its_number() -> None:
    model = MLP(1, [1], output="sigmoid", rng=1)
    with pytest.raises(DataError, match=r"a target is 3\.0"):
        compile(lambda m, x, y: binary_cross_entropy(m(x), y), model).value_and_grad([[1.0]], [3.0])
    with pytest.raises(DataError, match=r"a target is 0\.0"):
        compile(lambda m, x, y: hinge(m(x), y), model).value_and_grad([[1.0], [2.0]], [1.0, 0.0])


@pytest.mark.parametrize("result", [None, "text", [1.0, None]])
def test_results_that_are_no_numbers(result: Any) -> None:
    with pytest.raises(NotANumber, match="gives must be one real number"):
        compile(lambda x: result)(1.0)


def test_results_of_every_form() -> None:
    f = compile(lambda x: {"a": [x, (x * w, 3)], "b": w, "c": [], "d": x > 1})
    assert f(3.0) == {"a": [3.0, (6.0, 3.0)], "b": 2.0, "c": [], "d": 1.0}
    assert compile(lambda: w * 2)() == 4.0
    assert compile(lambda xs: sum(xs, 1.0)).value_and_grad([]) == (1.0, ([],))
    assert compile(lambda x: 3).value_and_grad(3.0) == (3.0, (0.0,))


@pytest.mark.parametrize("argument", [None, "3", {1.0}, [[None]], object()])
def test_arguments_that_are_no_numbers(argument: Any) -> None:
    with pytest.raises(MicrogradnnError, match="compiled function"):
        compile(lambda x: x)(argument)
    with pytest.raises(NotANumber, match=r"\.fn"):
        grad(compile(lambda x: x * x))(1.0)
    with pytest.raises(ShapeError, match="no samples"):
        compile(lambda x: x).batch([])


def test_forms_and_kinds_of_numbers_are_told_apart() -> None:
    f = compile(lambda xs: sum([x * k for k, x in enumerate(xs)]))
    assert [f([1.0, 2.0]), f([1.0, 2.0, 3.0]), f((1.0, 2.0)), f([1, 2]), f([np.float32(1), True])] == [
        2.0,
        8.0,
        2.0,
        2.0,
        1.0,
    ]
    rows = [5.0, 6.0, 7.0, 8.0]
    g = compile(lambda i: take(rows, i) + take(rows, 3 - i) * i)
    assert [g(i) for i in range(4)] == [5.0, 13.0, 19.0, 23.0]
    assert compile(lambda i, xs: take(xs, i) * i).value_and_grad(3, rows) == (24.0, (8.0, [0.0, 0.0, 0.0, 3.0]))
    with pytest.raises(NotANumber, match="array of integers"):
        g(1.0)


def test_large_and_deep_arguments() -> None:
    xs = [0.001 * k for k in range(10_000)]
    assert compile(lambda xs: sum([x * x for x in xs]), backend="numpy")(xs) == sum([x * x for x in xs])
    deep: Any = 1.5
    for _ in range(3000):
        deep = [deep]

    def innermost(x: Any) -> Any:
        while isinstance(x, list):
            x = x[0]
        return x * 2

    assert compile(innermost)(deep) == 3.0


# ---- what is made for Values, and gets what is compiled --------------------------------------------------


def test_drawings_and_the_doctor_say_what_they_need() -> None:
    f = compile(lambda x: x * x)
    for given in (f, f(2.0), compile(lambda model, x: model[0] * x, [w])):
        with pytest.raises(NotANumber, match="Value"):
            explain(given)  # type: ignore[arg-type]
    with pytest.raises(MicrogradnnError, match=r"its \.fn"):
        doctor.check_gradients(f, 1.0)
    assert doctor.check_gradients(f.fn, 1.0).ok


def test_a_branch_on_a_parameter_is_traced_again_when_it_goes_another_way() -> None:
    step = compile(lambda model, x: model[0] * x if model[0] > 0 else model[1] * x, [w, Value(3.0)])
    for number, expected in ((2.0, [1.0, 0.0]), (-2.0, [0.0, 1.0]), (-3.0, [0.0, 1.0]), (1.0, [1.0, 0.0])):
        w.data = number
        assert step.value_and_grad([1.0])[1].tolist() == expected
        entry = next(iter(step._entries.values()))
        step.value_and_grad([1.0])
        assert [*step._entries.values()] == [entry]
        assert entry.run(np.array([[1.0]]), np.array([0]))[2].all()  # the engine had nothing to do


def test_other_threads_see_numbers_while_one_traces() -> None:
    seen: list[Any] = []
    done = threading.Event()

    def looking() -> None:
        while not done.is_set():
            seen.append((w.data, (w * 2.0).data, Value(1.0).data, w > 1, w.detach().data))

    thread = threading.Thread(target=looking)
    thread.start()
    try:
        for k in range(20):
            assert compile(lambda x, k=k: w * x + k, backend="numpy")(3.0) == 6.0 + k
    finally:
        done.set()
        thread.join()
    assert set(seen) == {(2.0, 4.0, 1.0, True, 2.0)}


def test_a_place_that_is_used_twice_adds_up_as_one_step() -> None:
    def fn(xs: Any, place: Any) -> Any:
        x = take(xs, place)
        return x * 0.1 + tanh(x) * x + xs[0] * 0.7 + xs[1] * 0.3

    draw = random.Random(3)
    f = compile(fn)
    for _ in range(50):
        xs, place = [draw.gauss(0, 1), draw.gauss(0, 1)], draw.randrange(2)
        assert f.value_and_grad(xs, place) == value_and_grad(fn, (0, 1))(xs, place)


def test_no_branch_is_taken_by_a_nan_that_a_masked_derivative_has() -> None:
    # Where relu is flat nothing flows in the engine, and 0·∞ is nan in the program: neither compares as the other.
    def fn(x: Any) -> Any:
        slope = grad(lambda z: relu(z) ** 0.8)(x)
        return where(slope >= 0, 1.0, 2.0) * x

    f = compile(fn)
    for x in (2.0, -1.0, 3.0, -2.0):
        assert f(x) == fn(x) == x
        assert f.value_and_grad(x) == (x, (1.0,))
    assert f.batch([1.0, -1.0, 2.0, -3.0]).tolist() == [1.0, -1.0, 2.0, -3.0]
