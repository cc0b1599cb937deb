"""fit's step: the order of its sums, penalties, batches; and what it leaves behind."""

import gc
import math
import os
import subprocess
import sys
import tracemalloc
from typing import Any

import numpy as np
import pytest

import microgradnn
from microgradnn import Value, data
from microgradnn.losses import mse
from microgradnn.nn import MLP, Layer, Module
from microgradnn.optim import SGD, Adam
from microgradnn.train import History, fit
from tests.training import Line, X, Y, network, numbers

# ---- the step --------------------------------------------------------------------------------------------------


def written_out(model: MLP, places: list[int], lr: float, l1: float, l2: float) -> float:
    """One step as it is documented: gradients in eight lanes, the sum divided by n, the penalties after."""
    values = model.parameters()
    total, lanes = 0.0, [[0.0] * 8 for _ in values]
    for i, k in enumerate(places):
        for value in values:
            value.zero_grad()
        loss = (model(X[k]) - Y[k]) ** 2
        loss.backward()
        total += loss.data
        for lane, value in zip(lanes, values, strict=True):
            lane[i % 8] += value.grad
    sums = [((t[0] + t[4]) + (t[2] + t[6])) + ((t[1] + t[5]) + (t[3] + t[7])) for t in lanes]
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


def test_no_gradient_is_left_that_belongs_to_the_past() -> None:
    model = network()
    fit(model, X, Y, epochs=2)
    assert not any(p.graded for p in model.parameters())
    model(X[1]).backward()


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


def test_a_model_of_ones_own() -> None:
    model = Line()
    fit(model, range(5), [1.8 * x + 32 for x in range(5)], loss="half_squared", optimizer=SGD(0.1), epochs=1000)
    assert math.isclose(model.w.data, 1.8, rel_tol=1e-6)
    assert math.isclose(model.b.data, 32, rel_tol=1e-6)


class AsInMicrograd(Module):
    """A subclass as micrograd's users write it, with a list of parameters of its own."""

    def __init__(self) -> None:
        self.hidden, self.out = Layer(2, 3, rng=1), Layer(3, 1, nonlin=False, rng=2)

    def __call__(self, x: Any) -> Any:
        return self.out(self.hidden(x)) + extra

    def parameters(self) -> list[Value]:
        return [*self.out.parameters(), extra]


extra = Value(0.5)


def test_a_list_of_parameters_of_ones_own_is_respected() -> None:
    model = AsInMicrograd()
    before = numbers(model.hidden), numbers(model.out)
    fit(model, X, Y, epochs=2)
    assert numbers(model.hidden) == before[0]
    assert numbers(model.out) != before[1]
    assert extra.data != 0.5


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


# ---- what it leaves behind -------------------------------------------------------------------------------------


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


def test_every_process_gives_the_same_bits() -> None:
    code = """
from microgradnn.nn import MLP, Dropout, Layer, Sequential
from microgradnn.optim import Adam
from microgradnn.train import fit
from microgradnn.data import moons
model = Sequential(Layer(2, 4, activation='tanh', init='xavier', rng=1), Dropout(0.2, rng=2), MLP(4, [3, 1], rng=3))
X, Y = moons(30, seed=4)
fit(model, X, Y, loss='binary_cross_entropy_with_logits', optimizer=Adam(0.05), epochs=5, batch_size=7,
    shuffle=True, seed=5, l1=1e-3, l2=1e-3, clip=1.0)
print([p.data.hex() for p in model.parameters()])
"""
    found = set()
    for hash_seed in ("0", "1", "random"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        found.add(done.stdout)
    assert len(found) == 1
