"""micrograd's programs run unchanged but for their import lines, and print what they printed.

frozen/moons.json holds the demo notebook's data set and what micrograd 0.1.0 made of it (make_moons.py says how,
and demo.py is the program that both run); the notebook itself shows the first losses:
https://github.com/karpathy/micrograd/blob/master/demo.ipynb
"""

import builtins
import json
import math
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from microgradnn.engine import Value
from microgradnn.nn import MLP, Layer, Neuron

FROZEN = Path(__file__).parent / "frozen"
MOONS = json.loads((FROZEN / "moons.json").read_text("ascii"))
NOTEBOOK = [0.8958441028683222, 1.7235905336972022, 0.7429006313851131]


@pytest.fixture(scope="module")
def demo() -> tuple[list[float], list[float]]:
    """The notebook's losses and accuracies, from a process where coverage does not count every operation."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COV_", "COVERAGE_"))}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-W", "error", str(FROZEN / "demo.py"), "microgradnn"],
        input=json.dumps({"X": MOONS["X"], "y": MOONS["y"]}),
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout)
    return found["losses"], found["accuracy"]


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
