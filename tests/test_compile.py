"""compile: functions, gradients of batches and training, all with the bits of the eager engine."""

import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from microgradnn import (
    MicrogradnnError,
    Untraceable,
    Value,
    compile,
    cos,
    exp,
    grad,
    no_grad,
    primitive,
    relu,
    sin,
    take,
    value_and_grad,
)
from microgradnn.errors import DataError, Divergence, Misuse, NotANumber, SettingError, ShapeError
from microgradnn.functional import cross_entropy, cross_entropy_with_logits, hinge
from microgradnn.nn import MLP, Dropout, Layer, Sequential
from microgradnn.optim import SGD, AdaGrad, Adam, AdamW, Optimizer, RMSProp
from microgradnn.optim.schedules import linear
from microgradnn.train import fit

draw = random.Random(1)
X = [[draw.gauss(0, 1), draw.gauss(0, 1)] for _ in range(50)]
Y = [draw.choice([-1.0, 1.0]) for _ in range(50)]


def of_hinge(model: Any, x: Any, y: Any) -> Any:
    return hinge(model(x), y)


def network(frozen: bool = True) -> MLP:
    model = MLP(2, [8, 1], rng=4)
    model.layers[0].neurons[3].w[1].frozen = frozen
    return model


def numbers(model: Any) -> list[float]:
    return [value.data for value in model.parameters()]


# ---- functions -------------------------------------------------------------------------------------------------


def branching(x: Any, w: Any) -> Any:
    return sin(x) * w[0] + relu(w[1] - x) if x > 0 else exp(x) * w[1]


@pytest.mark.parametrize("x", [0.5, -1.0, 3.0, 2.0, math.inf, -math.inf, math.nan, 0.0, -0.0])
def test_a_function_that_branches(x: float) -> None:
    f = compile(branching)
    for args in ((0.5, [1.0, 2.0]), (-1.0, [1.0, 2.0]), (x, [1.0, 2.0])):
        value, gradients = value_and_grad(branching, (0, 1))(*args)
        assert repr(f(*args)) == repr(value)
        assert repr(f.value_and_grad(*args)) == repr((value, gradients))
        assert repr(f.grad(*args)) == repr(gradients)


def test_a_batch_goes_different_ways() -> None:
    f = compile(branching)
    xs, ws = [x for x, _ in X], X
    assert f.batch(xs, ws).tolist() == [f(x, w) for x, w in zip(xs, ws, strict=True)]
    assert sum(x > 0 for x in xs) not in (0, 50)


def test_nestings_come_out_as_they_are_and_retrace() -> None:
    f = compile(lambda xs: {"sum": sum(xs), "each": [x * 2 for x in xs]})
    assert f([1.0, 2.0]) == {"sum": 3.0, "each": [2.0, 4.0]}
    assert f([1.0, 2.0, 3.0]) == {"sum": 6.0, "each": [2.0, 4.0, 6.0]}
    assert compile(lambda x: [x, [x * x, 3.0]])(2.0) == [2.0, [4.0, 3.0]]


def test_second_derivatives_compile() -> None:
    f = compile(lambda x: grad(lambda t: t**3)(x) * 2)
    assert (f(2.0), f.grad(2.0)) == (24.0, (24.0,))


def test_a_value_from_outside_is_read_at_every_call() -> None:
    w = Value(2.0)
    f = compile(lambda x: w * x)
    assert f(3.0) == 6.0
    w.data = 5.0
    assert f(3.0) == 15.0


@pytest.mark.parametrize(
    ("fn", "match"),
    [
        (lambda x: x * random.random(), "random, or keeps state"),
        (lambda x: x * x.data, r"looked at.*where"),
        (lambda x: x * [1.0, 2.0][int(x)], "looked at"),
    ],
)
def test_what_cannot_be_traced_is_refused_and_says_the_way_out(fn: Any, match: str) -> None:
    with pytest.raises(MicrogradnnError, match=match):
        compile(fn)(1.0)


def test_bad_arguments() -> None:
    f = compile(lambda x: x * 2)
    with pytest.raises(NotANumber, match="plain numbers"):
        f(Value(1.0))
    with pytest.raises(NotANumber, match="str"):
        f("1")
    for array in (np.ones(3), np.array(1), [np.ones(2)]):
        with pytest.raises(NotANumber, match=r"give array\.tolist\(\), or .* to its \.batch"):
            f(array)
    with pytest.raises(NotANumber, match="gives 2 numbers"):
        compile(lambda x: [x, x]).grad(1.0)
    with pytest.raises(SettingError, match="backend='cuda'"):
        compile(lambda x: x, backend="cuda")
    with pytest.raises(ShapeError, match="no samples"):
        f.batch([])
    with pytest.raises(ShapeError, match="ragged"):
        f.batch([[1.0], [1.0, 2.0]])


# ---- gradients of batches ---------------------------------------------------------------------------------------


def one_by_one(model: MLP, rows: list[Any], targets: list[Any]) -> tuple[list[float], list[float]]:
    """Losses, and the mean of the gradients in eight lanes."""
    values = model.parameters()
    losses, lanes = [], [[0.0] * 8 for _ in values]
    for i, (x, y) in enumerate(zip(rows, targets, strict=True)):
        model.zero_grad()
        loss = of_hinge(model, x, y)
        loss.backward()
        losses.append(loss.data)
        for lane, value in zip(lanes, values, strict=True):
            lane[i % 8] += value.grad
    sums = [((t[0] + t[4]) + (t[2] + t[6])) + ((t[1] + t[5]) + (t[3] + t[7])) for t in lanes]
    return losses, [s / len(rows) for s in sums]


def test_losses_and_the_mean_gradient() -> None:
    model = network()
    step = compile(of_hinge, model)
    losses, gradient = step.value_and_grad(X, Y)
    assert (losses.tolist(), gradient.tolist()) == one_by_one(model, X, Y)
    model.parameters()[0].data = 0.125  # seen, as is what is frozen or not
    model.parameters()[5].frozen = True
    losses, gradient = step.value_and_grad(X[:9], Y[:9])
    assert (losses.tolist(), gradient.tolist()) == one_by_one(model, X[:9], Y[:9])


def test_what_is_not_finite_is_as_the_eager_engine_has_it() -> None:
    model = network(frozen=False)
    model.parameters()[0].data = math.inf
    losses, gradient = compile(of_hinge, model).value_and_grad(X, Y)
    expected = one_by_one(model, X, Y)
    assert repr(losses.tolist()) == repr(expected[0])
    assert repr(gradient.tolist()) == repr(expected[1])


def test_a_place_that_is_an_input() -> None:
    table = [[Value(0.1 * i + j) for j in range(3)] for i in range(5)]

    def fn(table: Any, i: Any, j: Any) -> Any:
        return (take(table, i)[1] * take(table, j)[2] - 1) ** 2

    step = compile(fn, table)
    places, others = [0, 1, 2, 3, 4, 0], [4, 3, 2, 1, 0, 0]
    losses, _ = step.value_and_grad(np.array(places), np.array(others))
    assert losses.tolist() == [fn(table, i, j).data for i, j in zip(places, others, strict=True)]
    with pytest.raises(DataError, match="no place 7 among 5"):
        step.value_and_grad(np.array([7]), np.array([1]))
    with pytest.raises(NotANumber, match="no integer"):
        step.value_and_grad(np.array([0.5]), np.array([1]))


# ---- training ---------------------------------------------------------------------------------------------------

RUNS: list[tuple[Callable[[], Optimizer], dict[str, Any]]] = [
    (lambda: SGD(lr=0.1), {}),
    (lambda: SGD(lr=0.1, momentum=0.9, nesterov=True), {"l2": 1e-4}),
    (lambda: Adam(lr=0.01), {"l1": 1e-3, "l2": 1e-4, "batch_size": 16, "shuffle": True, "seed": 3,
                             "schedule": linear(10)}),
    (lambda: AdamW(lr=0.01), {"clip": 0.1, "batch_size": 30}),
    (lambda: RMSProp(lr=0.01, momentum=0.5), {"batch_size": 1, "clip": ("value", 0.05)}),
    (AdaGrad, {"batch_size": 3}),
]  # fmt: skip


@pytest.mark.parametrize(("optimizer", "settings"), RUNS, ids=[type(make()).__name__ for make, _ in RUNS])
def test_training_has_the_bits_of_fit(optimizer: Callable[[], Optimizer], settings: dict[str, Any]) -> None:
    model, twin = network(), network()
    one, two = optimizer(), optimizer()
    history = compile(of_hinge, model).fit(X, Y, optimizer=one, epochs=4, **settings)
    expected = fit(twin, X, Y, loss="hinge", optimizer=two, epochs=4, **settings)
    assert history.loss == expected.loss
    assert history.epoch_loss == expected.epoch_loss
    assert numbers(model) == numbers(twin)
    assert one.state_dict() == two.state_dict()


@pytest.mark.parametrize("backend", ["numpy", "python"])
def test_how_it_was_trained_is_told_as_by_fit(backend: str) -> None:
    step = compile(of_hinge, network(), backend=backend)
    assert step.fit(X, Y, epochs=0).compiled == ""
    history, report = step.fit(X, Y, epochs=2), step.report()
    expected = f"compiled ({backend}): {report.instructions} instructions in {report.groups} groups"
    assert history.compiled == report.brief == expected
    with pytest.raises(Divergence) as caught:
        step.fit([[math.nan, 0.0]], [1.0], epochs=2)
    history = caught.value.history
    assert caught.value.history.compiled == report.brief


def test_updates_go_on_where_others_ended() -> None:
    model, twin = network(), network()
    one, two = Adam(lr=0.01), Adam(lr=0.01)
    step = compile(of_hinge, model)
    losses = [step.update(X, Y, optimizer=one, l2=0.01), step.update(X[:7], Y[:7], optimizer=one, l2=0.01)]
    expected = fit(twin, X, Y, loss="hinge", optimizer=two, epochs=1, l2=0.01).loss
    expected += fit(twin, X[:7], Y[:7], loss="hinge", optimizer=two, epochs=1, l2=0.01).loss
    assert losses == expected
    assert numbers(model) == numbers(twin)


def test_training_that_diverges_says_so_and_leaves_the_model() -> None:
    model, twin = network(frozen=False), network(frozen=False)
    loss = lambda p, y: exp(exp(p * y))
    told = []
    for run in (
        lambda: compile(lambda model, x, y: loss(model(x), y), model).fit(X, Y, optimizer=SGD(lr=1.0), epochs=50),
        lambda: fit(twin, X, Y, loss=loss, optimizer=SGD(lr=1.0), epochs=50),
    ):
        with pytest.raises(Divergence) as caught:
            run()
        told.append((str(caught.value), caught.value.history.loss))  # type: ignore[attr-defined]
    assert told[0] == told[1]
    assert numbers(model) == numbers(twin)


def test_optimisers_that_are_made_anew_leave_nothing_behind() -> None:
    step = compile(of_hinge, network())
    for _ in range(3):
        step.fit(X, Y, epochs=1)
        step.update(X, Y, optimizer=SGD(lr=0.01))
    assert len(step._trainings) == 1  # the settings are the same


def test_the_settings_of_an_optimiser_may_change_between_steps() -> None:
    model, twin = network(), network()
    one, two = SGD(lr=0.1), SGD(lr=0.1)
    step = compile(of_hinge, model)
    for lr, momentum in ((0.1, 0.0), (0.05, 0.0), (0.05, 0.9), (0.05, 0.5)):
        one.lr, one.momentum = two.lr, two.momentum = lr, momentum
        step.update(X, Y, optimizer=one)
        fit(twin, X, Y, loss="hinge", optimizer=two, epochs=1)
        assert numbers(model) == numbers(twin)


class Own(Optimizer):
    """An optimiser of one's own: rules that are formulas are compiled, others are refused."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.lr, self.how = 0.01, how

    def rule(self, p: Any, g: Any, state: Any, c: Any) -> Any:
        if self.how == "branches":
            return (p - c[0] if g > 0 else p + c[0]), state
        if self.how == "random":
            return p - c[0] * g * random.random(), state
        return p - c[0] * g * (1 if self.how == "formula" else 2 * float(g)), state


class Counting(Own):
    def rule(self, p: Any, g: Any, state: Any, c: Any) -> Any:
        return p - c[0] * g / (1 + self.steps), state


@pytest.mark.parametrize(
    ("optimizer", "match"),
    [
        (Own("branches"), "Own.rule branches on numbers"),
        (Own("random"), "Own.rule did not do the same"),
        (Own("looks"), "looked at"),
        (Counting(""), "Counting.rule reads steps"),
    ],
)
def test_rules_that_are_no_formulas_are_refused(optimizer: Optimizer, match: str) -> None:
    model, twin = network(), network()
    history = compile(of_hinge, model).fit(X, Y, optimizer=Own("formula"), epochs=3)
    assert history.loss == fit(twin, X, Y, loss="hinge", optimizer=Own("formula"), epochs=3).loss
    before = numbers(model)
    with pytest.raises(Untraceable, match=match):
        compile(of_hinge, model).fit(X, Y, optimizer=optimizer, epochs=3)
    assert numbers(model) == before


def test_predictions() -> None:
    model = MLP(2, [4, 3], rng=1)
    step = compile(lambda model, x, y: sum(model(x)) * y, model)
    expected = [[out.data for out in model(x)] for x in X]
    assert step.predict(lambda model, x: model(x), X).tolist() == expected


def test_models_that_cannot_be_compiled() -> None:
    model = Sequential(Layer(2, 2, rng=1), Dropout(0.5, rng=1), Layer(2, 1, rng=1))
    with pytest.raises(Untraceable, match="random"):
        compile(of_hinge, model).value_and_grad(X, Y)
    with pytest.raises(SettingError, match="no parameters"):
        compile(of_hinge, network().freeze()).value_and_grad(X, Y)
    with pytest.raises(NotANumber, match="one Value"):
        compile(lambda model, x, y: 1.0, network()).value_and_grad(X, Y)


# ---- what was made ----------------------------------------------------------------------------------------------


def test_reports_and_sources() -> None:
    step = compile(of_hinge, network())
    with pytest.raises(MicrogradnnError, match="nothing has been traced"):
        step.report()
    step.value_and_grad(X, Y)
    report = step.report()
    assert 0.5 < report.lifted <= 1.0
    assert report.groups < report.instructions
    assert report.instructions <= report.traced
    assert 0.5 < report.even <= 1.0
    assert report.tracing > 0.0
    assert report.building > 0.0
    assert "lifted" in repr(report)
    assert f"{report.instructions:,} left, in {report.groups} groups" in repr(report)
    for kind in ("python", "numpy", "c", "program"):
        assert "dot" in step.source(kind) or "+" in step.source(kind)
    f = compile(lambda x: x * x)
    f(2.0)
    assert (f.report().instructions, f.report().groups) == (1, 1)
    assert "def run" in f.source()
    with pytest.raises(SettingError, match="cobol"):
        f.source("cobol")


@pytest.mark.parametrize("backend", ["numpy", "python"])
def test_other_backends_train_with_the_same_bits(backend: str) -> None:
    model, twin = network(), network()
    settings: dict[str, Any] = {"epochs": 2, "batch_size": 16, "l2": 0.01, "clip": 0.5}
    history = compile(of_hinge, model, backend=backend).fit(X, Y, optimizer=Adam(lr=0.01), **settings)
    assert history.loss == fit(twin, X, Y, loss="hinge", optimizer=Adam(lr=0.01), **settings).loss
    assert numbers(model) == numbers(twin)


def test_fast_is_near() -> None:
    model = network()
    exact, _ = compile(of_hinge, model).value_and_grad(X, Y)
    fast, _ = compile(of_hinge, model, backend="numpy", fast=True).value_and_grad(X, Y)
    assert np.allclose(exact, fast, rtol=1e-12, atol=1e-14)


def test_a_primitive_of_ones_own_compiles() -> None:
    odd = primitive("odd_one", lambda x: math.sin(x) + x, lambda x, out: cos(x) + 1)
    f = compile(lambda x: odd(x) * x)
    value, gradients = value_and_grad(lambda x: odd(x) * x, (0,))(0.7)
    assert (f(0.7), f.grad(0.7)) == (value, gradients)


# ---- inputs are numbers ----------------------------------------------------------------------------------------


def told_apart(model: Any, x: Any, y: Any) -> Any:
    out = model(x)
    if out == 0.0:  # never: a Value is equal to itself alone
        return out * 5
    return out * 2 if y == 1 or x[0] == x[1] else out * 3 if y in (-1, 7) else -out


def test_numbers_that_are_compared_by_equality_are_guarded() -> None:
    model = network(frozen=False)
    rows, targets = [*X[:4], [0.5, 0.5]], [1.0, -1.0, 7.0, 0.25, 3.0]
    step = compile(told_apart, model)
    for x, y in zip(rows, targets, strict=True):
        losses, _ = step.value_and_grad([x], [y])
        assert losses[0] == told_apart(model, x, y).data


@pytest.mark.parametrize("loss", [cross_entropy, cross_entropy_with_logits])
def test_classes_are_places(loss: Any) -> None:
    model = MLP(2, [4, 3], output="softmax" if loss is cross_entropy else "linear", activation="tanh", rng=2)
    step = compile(lambda model, x, y: loss(model(x), y), model)
    classes = np.array([0, 2, 1, 2, 0])
    losses, gradient = step.value_and_grad(X[:5], classes)
    lanes = [[0.0] * 8 for _ in model.parameters()]
    for i, (x, y) in enumerate(zip(X[:5], classes.tolist(), strict=True)):
        model.zero_grad()
        out = loss(model(x), y)
        out.backward()
        assert out.data == losses[i]
        for lane, value in zip(lanes, model.parameters(), strict=True):
            lane[i] += value.grad
    expected = [((t[0] + t[4]) + (t[2] + t[6])) + ((t[1] + t[5]) + (t[3] + t[7])) for t in lanes]
    assert gradient.tolist() == [s / 5 for s in expected]
    assert "where" in step.source("program") or "chosen" in step.source("program")
    with pytest.raises(DataError, match="a target is 3"):
        step.value_and_grad(X[:2], np.array([0, 3]))


def test_hinge_refuses_other_targets_when_compiled_too() -> None:
    step = compile(of_hinge, network())
    step.value_and_grad(X[:2], [1.0, -1.0])
    with pytest.raises(DataError, match="the two classes are"):
        step.value_and_grad(X[:2], [1.0, 0.0])


def test_gradients_are_refused_within_no_grad_and_right_after_it() -> None:
    f = compile(lambda x: x * x * x)
    step = compile(of_hinge, network())
    with no_grad():
        assert f(2.0) == 8.0
        for ask in (lambda: f.grad(2.0), lambda: step.value_and_grad(X, Y), lambda: step.fit(X, Y, epochs=1)):
            with pytest.raises(Misuse, match="no_grad"):
                ask()
    assert f.grad(2.0) == (12.0,)
    assert step.value_and_grad(X, Y)[1].any()


def test_what_was_compiled_stays_what_it_is() -> None:
    step = compile(of_hinge, network())
    for name in ("model", "fn"):
        with pytest.raises(AttributeError):
            setattr(step, name, None)


@pytest.mark.parametrize("by", ["progress", "schedule"])
def test_what_changes_between_steps_is_seen(by: str) -> None:
    told = []
    for compiled in (True, False):
        model = network(frozen=False)
        scale = [1.0]

        def change(*now: Any, scale: list[float] = scale) -> float:
            scale[0] += 0.25
            return 1.0

        def loss(model: Any, x: Any, y: Any, scale: list[float] = scale) -> Any:
            return scale[0] * of_hinge(model, x, y)

        if compiled:
            history = compile(loss, model).fit(X, Y, batch_size=20, epochs=3, **{by: change})
        else:
            history = fit(model, X, Y, lambda p, y, scale=scale: scale[0] * hinge(p, y), batch_size=20, epochs=3,
                          compile=False, **{by: change})  # fmt: skip
        told.append((history.loss, history.epoch_loss, numbers(model)))
    assert told[0] == told[1]


def test_epochs_that_were_whole_count_when_training_diverges() -> None:
    model = network(frozen=False)
    with pytest.raises(Divergence) as caught:
        compile(lambda model, x, y: exp(exp(model(x) * y)), model).fit(
            X, Y, batch_size=10, epochs=50, optimizer=SGD(lr=1.0)
        )
    history = caught.value.history  # type: ignore[attr-defined]
    assert history.epochs == len(history.epoch_loss) == len(history.loss) // 5


@pytest.mark.parametrize("place", [2, np.int64(2), np.uint8(2)])
def test_whole_numbers_of_any_kind_are_places(place: Any) -> None:
    rows = [Value(1.0), Value(2.0), Value(3.0)]
    f = compile(lambda place, x: take(rows, place) * x)
    assert f(place, 2.0) == 6.0
    assert f.value_and_grad(place, 2.0) == (6.0, (0.0, 3.0))
