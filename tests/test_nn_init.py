"""Initialisers: their distributions, their seeds."""

import math
import random
from typing import Any

import pytest

from microgradnn.errors import SettingError
from microgradnn.init import INITIALISERS, Initialiser, chance, constant, initialiser, normal, uniform
from microgradnn.nn import MLP, Layer, Neuron
from tests.naming import named


def moments(init: Any, nin: int, nout: int) -> tuple[float, float, float, float]:
    model = Layer(nin, nout, init=init, rng=5)
    ws = [w.data for neuron in model.neurons for w in neuron.w]
    mean = math.fsum(ws) / len(ws)
    return min(ws), max(ws), mean, math.sqrt(math.fsum((w - mean) ** 2 for w in ws) / len(ws))


@pytest.mark.parametrize(
    ("init", "bound", "deviation"),
    # The variance of a uniform number of [−a, a] is a²/3; the formulas are those of the two papers.
    [
        ("micrograd", 1.0, 1 / math.sqrt(3)),
        ("xavier", math.sqrt(6 / 150), math.sqrt(2 / 150)),
        ("xavier_uniform", math.sqrt(6 / 150), math.sqrt(2 / 150)),
        ("xavier_normal", math.inf, math.sqrt(2 / 150)),
        ("he", math.inf, math.sqrt(2 / 100)),
        ("he_normal", math.inf, math.sqrt(2 / 100)),
        ("he_uniform", math.sqrt(6 / 100), math.sqrt(2 / 100)),
        (uniform(-0.5, 0.5), 0.5, 0.5 / math.sqrt(3)),
        (normal(0.3), math.inf, 0.3),
        ("mlp_xor", 1.0, 1 / math.sqrt(3)),
        ("quadrants_2", 1.0, 1 / math.sqrt(3)),
    ],
    ids=named,
)
def test_weights_have_the_stated_distribution(init: Any, bound: float, deviation: float) -> None:
    low, high, mean, spread = moments(init, 100, 50)  # 5,000 draws: errors of about 1.4 %
    assert -bound <= low < high <= bound
    assert abs(mean) < 5 * deviation / math.sqrt(5000)
    assert abs(spread / deviation - 1) < 0.05


@pytest.mark.parametrize("init", ["nanoneuron", "mikir", "quadrants_1"])
def test_the_articles_positive_starts(init: str) -> None:
    low, high, mean, _ = moments(init, 50, 20)
    assert 0 <= low < high < 1
    assert abs(mean - 0.5) < 0.05
    biases = [neuron.b.data for neuron in Layer(2, 20, init=init, rng=1).neurons if neuron.b is not None]
    assert (min(biases) > 0) == (init != "quadrants_1")


def test_constants_and_functions() -> None:
    assert {p.data for p in MLP(2, [2, 1], init="zeros").parameters()} == {0.0}
    assert [p.data for p in Neuron(2, init=constant(0.5)).parameters()] == [0.5, 0.5, 0.0]
    assert [p.data for p in Neuron(2, init=lambda rng, nin, nout: nin + 0.25).parameters()] == [2.25, 2.25, 0.0]
    own = Initialiser(lambda rng, nin, nout: 1.0, lambda rng, nin, nout: -1.0)
    assert [p.data for p in Neuron(1, init=own).parameters()] == [1.0, -1.0]
    model = MLP(2, [2, 1], init=["zeros", constant(3.0)])
    assert [p.data for p in model.parameters()] == [0.0] * 6 + [3.0, 3.0, 0.0]


def test_settings_of_initialisers() -> None:
    for make in (lambda: uniform(1, -1), lambda: normal(-1.0), lambda: normal(math.inf), lambda: initialiser("")):
        with pytest.raises(SettingError):
            make()
    for absent in ("constant", 0.5):
        with pytest.raises(SettingError, match=r"constant\(c\).* of microgradnn\.init"):
            initialiser(absent)  # type: ignore[arg-type]
    assert set(INITIALISERS) >= {"micrograd", "xavier", "he", "zeros"}


def test_a_misspelt_activation_is_refused_where_no_hidden_layer_takes_it() -> None:
    with pytest.raises(SettingError, match="no activation is called 'tahn'"):
        MLP(2, [1], activation="tahn")
    assert MLP(2, [1], activation="softmax")([0.0, 0.0]).data == 0.0


def test_a_seed_is_apart_from_the_module_random() -> None:
    random.seed(1)
    state = random.getstate()
    a, b = MLP(2, [3, 1], rng=5), MLP(2, [3, 1], rng=random.Random(5))
    assert random.getstate() == state
    assert [p.data for p in a.parameters()] == [p.data for p in b.parameters()]
    assert chance(None) is random
    assert chance(random) is random
