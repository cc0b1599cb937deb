"""fit: the order of its sums, penalties, batches, stopping, divergence, what it notices, what it leaves behind."""

import gc
import io
import math
import random
import sys
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import microgradnn
from microgradnn import Value, data, log
from microgradnn.errors import DataError, Divergence, Misuse, NotANumber, SettingError, ShapeError
from microgradnn.losses import mse
from microgradnn.nn import MLP, Dropout, Layer, Module, Neuron, Sequential
from microgradnn.optim import SGD, Adam
from microgradnn.optim.schedules import linear
from microgradnn.train import History, fit

X = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.5, 0.25]]
Y = [0.0, 1.0, 1.0, 0.0, 0.5]


def network(seed: int = 3, **settings: Any) -> MLP:
    return MLP(2, [4, 1], activation="tanh", rng=seed, **settings)


def numbers(model: Module) -> list[float]:
    return [p.data for p in model.parameters()]


# ---- the step --------------------------------------------------------------------------------------------


def written_out(model: MLP, places: list[int], lr: float, l1: float, l2: float) -> float:
    """One step as numerics have it: samples in order, divided by n, the penalties after."""
    values = model.parameters()
    total, sums = 0.0, [0.0] * len(values)
    for k in places:
        for value in values:
            value.zero_grad()
        loss = (model(X[k]) - Y[k]) ** 2
        loss.backward()
        total += loss.data
        sums = [s + value.grad for s, value in zip(sums, values, strict=True)]
    absolute = squares = 0.0
    for value in values:
        absolute += abs(value.data)
        squares += value.data * value.data
    out = total / len(places) + l1 * absolute + l2 * squares
    for value, s in zip(values, sums, strict=True):
        p = value.data
        value.data = p - lr * (s / len(places) + l1 * ((p > 0) - (p < 0)) + l2 * (2 * p))
    return out


@pytest.mark.parametrize("batch_size", [None, 1, 2, 5, 7])
@pytest.mark.parametrize(("l1", "l2"), [(0.0, 0.0), (0.01, 0.0), (0.0, 0.02), (0.01, 0.02)])
def test_every_bit_is_as_written_out(batch_size: int | None, l1: float, l2: float) -> None:
    model, twin = network(), network()
    history = fit(model, X, Y, optimizer=SGD(0.3), epochs=3, batch_size=batch_size, l1=l1, l2=l2)
    expected = []
    for _ in range(3):
        for start in range(0, 5, batch_size or 5):
            places = list(range(5))[start : start + (batch_size or 5)]
            expected.append(written_out(twin, places, 0.3, l1, l2))
    assert numbers(model) == numbers(twin)
    # The loss may be (p − t)² by the row `square` or by `**`: both are one multiplication.
    assert history.loss == expected


def test_the_loss_of_a_step_is_before_its_update() -> None:
    model = network()
    before = math.fsum((model(x).data - y) ** 2 for x, y in zip(X, Y, strict=True)) / 5
    history = fit(model, X, Y, epochs=1)
    assert math.isclose(history.loss[0], before, rel_tol=1e-15)


def test_it_learns_xor() -> None:
    model = MLP(2, [4, 1], activation="tanh", output="sigmoid", init="xavier", rng=1)
    history = fit(model, X[:4], Y[:4], loss="binary_cross_entropy", optimizer=Adam(0.05), epochs=300)
    assert history.loss[-1] < 0.05
    assert [model(x).data > 0.5 for x in X[:4]] == [False, True, True, False]
    assert (history.epochs, len(history.loss), history.stopped, history.health) == (300, 300, "", [])


def test_classes_and_several_outputs() -> None:
    model = MLP(2, [6, 2], activation="tanh", init="xavier", rng=1)
    fit(model, X[:4], Y[:4], loss="cross_entropy_with_logits", optimizer=Adam(0.1), epochs=100)
    assert [out[1].data > out[0].data for out in map(model, X[:4])] == [False, True, True, False]
    both = MLP(2, [3, 2], rng=1)
    history = fit(both, X, [[y, 1 - y] for y in Y], epochs=5)
    assert history.loss[-1] < history.loss[0]


def test_a_loss_of_ones_own() -> None:
    model, twin = network(), network()
    fit(model, X, Y, loss=lambda p, t: (p - t) * (p - t), epochs=3)
    fit(twin, X, Y, loss="mse", epochs=3)
    assert numbers(model) == numbers(twin)


class Line(Module):
    """A model of one's own: it takes a bare number."""

    def __init__(self) -> None:
        self.w, self.b = Value(0.1), Value(0.0)

    def __call__(self, x: float) -> Value:
        return self.w * x + self.b


def test_a_model_of_ones_own() -> None:
    model = Line()
    fit(model, range(5), [1.8 * x + 32 for x in range(5)], loss="half_squared", optimizer=SGD(0.1), epochs=1000)
    assert math.isclose(model.w.data, 1.8, rel_tol=1e-6)
    assert math.isclose(model.b.data, 32, rel_tol=1e-6)


class Table(Module):
    """Whole numbers stay whole, so that they can be places in a table."""

    def __init__(self) -> None:
        self.rows = [Value(0.0), Value(0.0)]

    def __call__(self, x: int) -> Value:
        return self.rows[x] * 1.0


def test_whole_numbers_can_be_places() -> None:
    model = Table()
    fit(model, np.array([0, 1, 1]), [1.0, 2.0, 2.0], optimizer=SGD(0.5), epochs=50)
    assert [round(v.data, 6) for v in model.rows] == [1.0, 2.0]


def test_rows_of_any_kind() -> None:
    model, twin, third = network(), network(), network()
    fit(model, X, Y, epochs=2)
    fit(twin, np.array(X), np.array(Y), epochs=2)
    fit(third, ((v for v in row) for row in X), iter(Y), epochs=2)
    assert numbers(model) == numbers(twin) == numbers(third)


def test_frozen_parameters_stay_and_are_counted_in_penalties() -> None:
    model = network()
    model.layers[0].freeze()
    before = numbers(model)
    history = fit(model, X, Y, epochs=3, l2=0.5, optimizer=Adam(0.1), clip=1.0)
    after = numbers(model)
    frozen = len(model.layers[0].parameters())
    assert after[:frozen] == before[:frozen]
    assert all(a != b for a, b in zip(after[frozen:], before[frozen:], strict=True))
    assert history.loss[0] > 0.5 * math.fsum(p * p for p in before)


def test_a_sample_that_meets_no_parameter_has_the_gradient_0() -> None:
    model = Line()
    loss = lambda p, t: microgradnn.where(t > 0, mse(p, t), 0.0)
    fit(model, [1.0, 1.0], [-1.0, 0.5], loss=loss, optimizer=SGD(1.0), epochs=1)
    assert model.b.data == -2 * (0.1 - 0.5) / 2


# ---- options ---------------------------------------------------------------------------------------------


def test_clipping() -> None:
    by_norm, by_value = network(), network()
    before = numbers(by_norm)
    fit(by_norm, X, Y, optimizer=SGD(1.0), epochs=1, clip=0.01)
    moved = math.sqrt(math.fsum((a - b) ** 2 for a, b in zip(numbers(by_norm), before, strict=True)))
    assert math.isclose(moved, 0.01, rel_tol=1e-9)
    fit(by_value, X, Y, optimizer=SGD(1.0), epochs=1, clip=("value", 1e-3))
    assert math.isclose(max(abs(a - b) for a, b in zip(numbers(by_value), before, strict=True)), 1e-3, rel_tol=1e-9)


def test_a_schedule_counts_the_optimisers_steps() -> None:
    whole, halves = network(), network()
    fit(whole, X, Y, optimizer=SGD(0.5), epochs=10, schedule=linear(10))
    optimizer = SGD(0.5)
    for _ in range(2):
        fit(halves, X, Y, optimizer=optimizer, epochs=5, schedule=linear(10))
    assert numbers(whole) == numbers(halves)


def test_shuffling_is_seeded() -> None:
    def run(**settings: Any) -> list[float]:
        model = network()
        fit(model, X, Y, epochs=3, batch_size=2, **settings)
        return numbers(model)

    assert run(shuffle=True, seed=1) == run(shuffle=True, seed=1)
    assert run(shuffle=True) == run(shuffle=True, seed=0) == run(shuffle=True, seed=random.Random(0))
    assert len({tuple(run(shuffle=True, seed=1)), tuple(run(shuffle=True, seed=2)), tuple(run())}) == 3


@given(st.integers(1, 9), st.integers(0, 3))
def test_an_epoch_takes_every_sample_once(batch_size: int, seed: int) -> None:
    seen: list[float] = []

    def loss(p: Any, t: float) -> Any:
        seen.append(t)
        return mse(p, t)

    fit(Line(), range(7), range(7), loss=loss, epochs=2, batch_size=batch_size, shuffle=True, seed=seed)
    assert sorted(seen[:7]) == sorted(seen[7:]) == list(range(7))


def test_dropout_is_off_for_validation_and_modes_are_restored() -> None:
    model = Sequential(Layer(2, 8, activation="tanh", rng=1), Dropout(0.5, rng=1), Layer(8, 1, nonlin=False, rng=2))
    model.eval()
    modes = []
    history = fit(
        model, X, Y, loss=lambda p, t: modes.append(model.training) or mse(p, t), epochs=1, validation=(X, Y)
    )  # fmt: skip
    assert modes == [True] * 5 + [False] * 5
    assert not model.training
    after = math.fsum((model(x).data - y) ** 2 for x, y in zip(X, Y, strict=True)) / 5
    assert math.isclose(history.validation[0], after, rel_tol=1e-14)


def test_validation_leaves_out_penalties() -> None:
    model = network()
    history = fit(model, X, Y, epochs=2, validation=(X, Y), l2=10.0, optimizer=SGD(1e-6))
    assert history.validation[0] < 10 < history.loss[0]
    assert len(history.validation) == 2


def test_early_stopping_puts_the_best_back() -> None:
    model = network()
    kept = []
    # The validation targets are the opposite of what is learned: it gets worse at once, or soon.
    history = fit(
        model, X, Y, epochs=50, optimizer=SGD(0.3), validation=(X, [-y for y in Y]), patience=3,
        progress=lambda step, steps, loss: kept.append(numbers(model)),
    )  # fmt: skip
    assert history.epochs == history.best + 1 + 3 < 50
    assert history.validation[history.best] == min(history.validation)
    assert numbers(model) == kept[history.best]
    assert f"epoch {history.best}" in history.stopped
    assert "stopped" in repr(history)


def test_a_validation_loss_that_is_nan_is_never_the_best() -> None:
    losses = iter([math.nan, 2.0, math.nan, 1.0, 3.0, math.nan])
    loss = lambda p, t: mse(p, t) if t < 9 else p * 0 + next(losses)
    history = fit(Line(), [1.0], [0.5], loss=loss, epochs=9, validation=([1.0], [9.0]), patience=2)
    assert (history.best, history.epochs) == (3, 6)


def test_patience_without_validation_watches_the_epochs_loss() -> None:
    history = fit(network(), X, Y, epochs=50, optimizer=SGD(0.0), patience=2)
    assert (history.epochs, history.best) == (3, 0)
    assert history.epoch_loss == history.loss
    assert "the loss" in history.stopped


def test_epoch_loss_is_weighted_by_samples() -> None:
    history = fit(network(), X, Y, epochs=1, batch_size=2)
    a, b, c = history.loss
    assert math.isclose(history.epoch_loss[0], (2 * a + 2 * b + c) / 5, rel_tol=1e-15)


def test_no_epochs() -> None:
    model = network()
    before = numbers(model)
    history = fit(model, X, Y, epochs=0)
    assert (history.loss, history.epochs, history.best) == ([], 0, -1)
    assert numbers(model) == before
    assert repr(history) == "History: 0 epochs, 0 steps"


# ---- progress --------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []
    fit(network(), X, Y, epochs=2, batch_size=3, progress=lambda step, steps, loss: told.append((step, steps)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    for stream, progress, shown in [
        (Terminal(), None, True), (Terminal(), False, False), (io.StringIO(), None, False), (io.StringIO(), True, True),
    ]:  # fmt: skip
        monkeypatch.setattr(sys, "stderr", stream)
        fit(network(), X, Y, epochs=2, progress=progress)
        assert ("training" in stream.getvalue()) == shown
    with pytest.raises(SettingError, match="progress"):
        fit(network(), X, Y, epochs=2, progress=3)  # type: ignore[arg-type]


# ---- divergence ------------------------------------------------------------------------------------------


def test_divergence_says_when_and_what_to_try() -> None:
    model = network()
    with pytest.raises(Divergence) as caught:
        fit(model, X, Y, optimizer=SGD(50.0), epochs=100)
    said = str(caught.value)
    assert "step " in said
    assert "epoch " in said
    assert "the loss having been least at step 0" in said
    assert "lower learning rate" in said
    assert "clip=1.0" in said
    assert all(math.isfinite(p) for p in numbers(model))
    assert isinstance(caught.value, ArithmeticError)


def test_divergence_of_a_loss_names_the_sample_and_the_birth() -> None:
    model = Line()
    with pytest.raises(Divergence) as caught:
        fit(model, [1.0, -1.0], [0.0, 0.0], loss=lambda p, t: log(p), epochs=1)
    said = str(caught.value)
    assert "the loss of sample 1 is nan" in said
    assert "step 0 (epoch 0)" in said
    # w·x + b = 0.1·(−1) + 0 there.
    assert "Nan was born in log(" in said
    assert "test_train.py:" in said
    assert "-0.1 is outside its domain x > 0" in said


def test_divergence_of_a_gradient_names_the_parameter() -> None:
    model = Line()
    model.w.data = 0.0
    with pytest.raises(Divergence) as caught:
        fit(model, [1.0], [0.0], loss=lambda p, t: microgradnn.sqrt(p), epochs=1)
    assert "the gradient of w (and of 1 more) is inf" in str(caught.value)
    assert "The gradient became inf in sqrt(" in str(caught.value)
    assert model.w.data == 0.0


def test_divergence_of_a_step_puts_the_parameters_back() -> None:
    model = Line()
    model.w.data = 1e308
    with pytest.raises(Divergence, match="the new value of w is"):
        fit(model, [1.0], [0.0], loss=lambda p, t: -p, optimizer=SGD(1e308), epochs=1)
    assert (model.w.data, model.b.data) == (1e308, 0.0)


# ---- health ----------------------------------------------------------------------------------------------


def test_dead_units_are_reported() -> None:
    model = MLP(2, [3, 1], rng=1)
    bias = model.layers[0].neurons[1].b
    assert bias is not None
    bias.data = -100.0
    for k in (0, 2):
        for w in model.layers[0].neurons[k].w:
            w.data = 1.0
    history = fit(model, X, Y, epochs=2, optimizer=SGD(1e-6))
    assert len(history.health) == 1
    assert history.health[0].startswith("dead units: 1 of 3 relu units of layer0 (1) ")
    assert "dead units" in repr(history)


def test_a_dead_neuron_alone() -> None:
    neuron = Neuron(2, init="zeros")
    history = fit(neuron, X, Y, epochs=1)
    assert any(line.startswith("dead units: 1 of 1 relu units of the model (0)") for line in history.health)


def test_vanishing_gradients_are_reported() -> None:
    model = MLP(2, [8] * 8 + [1], activation="sigmoid", rng=1)
    history = fit(model, X, Y, epochs=1)
    assert [line.split(" (")[0] for line in history.health] == ["vanishing gradients: at step 0 those of layer0"]
    assert "tiny parts of those of layer8" in history.health[0]
    healthy = MLP(2, [8] * 8 + [1], activation="tanh", init="xavier", rng=1)
    assert fit(healthy, X, Y, epochs=1).health == []


def test_gradients_that_fade_later_are_reported() -> None:
    # Far out, tanh is flat to the last bit: the weights below it no longer move.
    history = fit(network(), X, Y, optimizer=SGD(1000.0), epochs=2, loss=lambda p, t: -p)
    assert history.health[0].startswith("vanishing gradients: at step 1 those of layer0 (")


def test_a_rising_loss_is_reported() -> None:
    history = fit(network(), X, Y, optimizer=SGD(3.0), epochs=10)
    assert history.health[-1].startswith("the loss rose from ")
    assert fit(network(), X, Y, optimizer=SGD(0.1), epochs=10).health == []


# ---- wrong input -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "error", "says"),
    [
        ({"X": X[:4]}, ShapeError, "X has 4 samples and Y has 5"),
        ({"X": [], "Y": []}, DataError, "X is empty"),
        ({"X": [[0.0, math.nan]] * 5}, DataError, "X[0][1] is nan"),
        ({"Y": [0.0, 1.0, math.inf, 0.0, 0.0]}, DataError, "Y[2] is inf"),
        ({"X": [["0", "1"]] * 5}, DataError, "X[0][0]"),
        ({"X": 3.0}, DataError, "X is one float"),
        ({"X": "text"}, DataError, "X is a str"),
        ({"X": [[1.0, None]] * 5}, DataError, "X[0][1] is one NoneType"),
        ({"X": [[1.0]] * 5}, ShapeError, "layer0 expects 2 inputs, got 1"),
        ({"X": [[0.0, 1.0], [1.0]] * 2 + [[0.0, 1.0]]}, ShapeError, "layer0 expects 2 inputs, got 1"),
        ({"Y": [[1.0, 2.0]] * 5}, ShapeError, "1 outputs, but 2 targets"),
        ({"loss": "msee"}, SettingError, "half_squared"),
        ({"loss": lambda p, t: 1.0}, NotANumber, "float came"),
        ({"loss": lambda p, t: None}, NotANumber, "NoneType came"),
        ({"optimizer": "adam"}, SettingError, "microgradnn.optim.Adam()"),
        ({"epochs": -1}, SettingError, "epochs"),
        ({"epochs": 1.5}, SettingError, "epochs"),
        ({"batch_size": 0}, SettingError, "batch_size"),
        ({"validation": 0.2}, SettingError, "microgradnn.data.split"),
        ({"validation": (X, Y[:2])}, ShapeError, "validation X has 5"),
        ({"l1": -1.0}, SettingError, "l1 is -1.0"),
        ({"l2": math.nan}, SettingError, "l2 is nan"),
        ({"clip": 0.0}, SettingError, "clip"),
        ({"clip": ("length", 1.0)}, SettingError, "('value', 0.5)"),
        ({"schedule": 0.5}, SettingError, "schedule"),
        ({"schedule": lambda k: math.nan}, SettingError, "factor at step 0"),
        ({"patience": 0}, SettingError, "patience"),
        ({"shuffle": True, "seed": "x"}, SettingError, "seed"),
        ({"model": lambda x: x}, SettingError, "microgradnn.nn.Module"),
        ({"model": network().freeze()}, SettingError, "frozen"),
        ({"model": Sequential(abs)}, SettingError, "no parameters"),
    ],
    ids=str,
)
def test_wrong_input_is_named(settings: dict[str, Any], error: type[Exception], says: str) -> None:
    given = {"model": network(), "X": X, "Y": Y, "epochs": 1, **settings}
    model = given["model"]
    before = numbers(model) if isinstance(model, Module) else []
    with pytest.raises(error) as caught:
        fit(**given)
    assert says in str(caught.value)
    assert before == (numbers(model) if isinstance(model, Module) else [])


def test_an_optimiser_of_another_model_is_misuse() -> None:
    optimizer = Adam()
    fit(network(), X, Y, epochs=1, optimizer=optimizer)
    with pytest.raises(Misuse, match="new optimiser"):
        fit(network(), X, Y, epochs=1, optimizer=optimizer)


# ---- what it leaves behind -------------------------------------------------------------------------------


def test_nothing_is_left_for_the_collector() -> None:
    fit(network(), X, Y, epochs=1)
    gc.collect()
    gc.disable()
    try:
        fit(network(), X, Y, epochs=3, batch_size=2, validation=(X, Y), optimizer=Adam(), progress=False)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_memory_is_flat() -> None:
    # 2,000 of the 100,000 steps that benchmarks/memory.py takes; a leak of one float a step would show.
    model, optimizer = Line(), SGD(1e-3)
    run = lambda: fit(model, [1.0], [2.0], epochs=1000, optimizer=optimizer)
    run()
    tracemalloc.start()
    try:
        run()
        before = tracemalloc.get_traced_memory()[0]
        run()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < 8 * 1000


def test_the_data_sets_of_the_package_go_in() -> None:
    points, labels = data.moons(20, seed=1)
    history = fit(MLP(2, [4, 1], rng=1), points, labels, loss="binary_cross_entropy_with_logits", epochs=2)
    assert isinstance(history, History)
