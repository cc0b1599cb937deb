"""micrograd's programs run unchanged but for their import lines, and print what they printed.

frozen/moons.json holds the demo notebook's data set and what micrograd 0.1.0 made of it (make_moons.py says
how); the notebook itself (https://github.com/karpathy/micrograd/blob/master/demo.ipynb) shows the first losses.
"""

import builtins
import json
import math
import random
from pathlib import Path
from typing import Any

import pytest

from microgradnn.engine import Value
from microgradnn.nn import MLP, Layer, Neuron

MOONS = json.loads((Path(__file__).parent / "frozen" / "moons.json").read_text("ascii"))
NOTEBOOK = [0.8958441028683222, 1.7235905336972022, 0.7429006313851131]


@pytest.fixture(scope="module")
def demo() -> tuple[list[float], list[float]]:
    """The notebook's cells, as they are: the losses and accuracies of its 100 steps."""
    random.seed(1337)
    X, y = MOONS["X"], MOONS["y"]
    model = MLP(2, [16, 16, 1])

    def loss() -> tuple[Any, float]:
        inputs = [list(map(Value, xrow)) for xrow in X]
        scores = list(map(model, inputs))
        losses = [(1 + -yi * scorei).relu() for yi, scorei in zip(y, scores, strict=True)]
        data_loss = builtins.sum(losses) * (1.0 / len(losses))
        alpha = 1e-4
        reg_loss = alpha * builtins.sum(p * p for p in model.parameters())
        total_loss = data_loss + reg_loss
        accuracy = [(yi > 0) == (scorei.data > 0) for yi, scorei in zip(y, scores, strict=True)]
        return total_loss, builtins.sum(accuracy) / len(accuracy)

    losses, accuracies = [], []
    for k in range(100):
        total_loss, acc = loss()
        model.zero_grad()
        total_loss.backward()
        learning_rate = 1.0 - 0.9 * k / 100
        for p in model.parameters():
            p.data -= learning_rate * p.grad
        losses.append(total_loss.data)
        accuracies.append(acc)
    return losses, accuracies


def test_the_demo_prints_the_published_losses(demo: tuple[list[float], list[float]]) -> None:
    for ours, published in zip(demo[0], NOTEBOOK, strict=False):
        assert math.isclose(ours, published, rel_tol=0, abs_tol=1e-9)


def test_the_demo_follows_micrograd_to_the_end(demo: tuple[list[float], list[float]]) -> None:
    # Orders of summation differ in the last bits, and a hundred steps at a rate near 1 let such bits grow.
    for ours, theirs in zip(demo[0], MOONS["losses"], strict=True):
        assert math.isclose(ours, theirs, rel_tol=0, abs_tol=1e-9)
    assert demo[1] == MOONS["accuracy"]
    assert demo[1][-1] == 1.0


def test_weights_are_drawn_in_micrograds_order() -> None:
    random.seed(3)
    drawn = [random.uniform(-1, 1) for _ in range(2 * 3 + 3 * 1)]
    random.seed(3)
    model = MLP(2, [3, 1])
    weights = [w.data for layer in model.layers for neuron in layer.neurons for w in neuron.w]
    assert weights == drawn
    assert [p.data for p in model.parameters()] == [*drawn[:2], 0, *drawn[2:4], 0, *drawn[4:6], 0, *drawn[6:], 0]


def test_the_parts_have_micrograds_signatures() -> None:
    random.seed(1)
    neuron = Neuron(2, nonlin=False)
    assert neuron([1.0, -2.0]).data == neuron.w[0].data - 2 * neuron.w[1].data
    assert Neuron(2, nonlin=True)([Value(0.0), Value(0.0)]).data == 0.0
    assert isinstance(Layer(2, 1, nonlin=False)([1.0, 2.0]), Value)
    out = Layer(2, 3, nonlin=False)([1.0, 2.0])
    assert [type(x) for x in out] == [Value] * 3
    model = MLP(2, [4, 4, 1])
    assert [neuron.nonlin for layer in model.layers for neuron in layer.neurons] == [True] * 8 + [False]
    for p in model.parameters():
        assert p.grad == 0.0
    model([1.0, 2.0]).backward()
    assert any(p.grad != 0.0 for p in model.parameters())
    model.zero_grad()
    assert all(p.grad == 0.0 for p in model.parameters())


def test_the_lectures_network_trains() -> None:
    # The last cell of "The spelled-out intro to neural networks": tanh everywhere, four samples.
    xs = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
    ys = [1.0, -1.0, -1.0, 1.0]
    random.seed(42)
    n = MLP(3, [4, 4, 1], activation="tanh", output="tanh")
    for _ in range(100):
        ypred = [n(x) for x in xs]
        loss = builtins.sum(((yout - ygt) ** 2 for ygt, yout in zip(ys, ypred, strict=True)), Value(0.0))
        for p in n.parameters():
            p.grad = 0.0
        loss.backward()
        for p in n.parameters():
            p.data += -0.1 * p.grad
    assert loss.data < 0.01
    assert [y.data > 0 for y in ypred] == [y > 0 for y in ys]
