"""The pictures that are kept in tests/pictures: what each must show, and the graph that it is drawn of.

`python -m tests.drawn` draws them anew; look at each before it is committed.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

import microgradnn
from microgradnn import Value, draw
from microgradnn.drawing.render import PURE, program
from microgradnn.groups import group
from microgradnn.nn import MLP, Neuron

FOLDER = Path(__file__).with_name("pictures")


class Kept(NamedTuple):
    """A picture: what it must show, the graph, and the settings of `draw`."""

    shows: str
    root: Callable[[], Value]
    settings: dict[str, Any]


def neuron() -> Value:
    unit = Neuron(2, activation="tanh", rng=0)
    unit.w[0].data, unit.w[1].data = -3.0, 1.0
    assert unit.b is not None
    unit.b.data = 6.8813735870195432  # the lecture's, so that tanh is √½
    out: Value = unit([Value(2.0, label="x0"), Value(0.5, label="x1")])
    out.label = "o"
    out.backward()
    return out


def demo() -> Value:
    rng = random.Random(1337)
    model = MLP(2, [16, 16, 1], rng=0)
    losses = []
    for _ in range(100):
        x = [Value(rng.uniform(-1, 2)), Value(rng.uniform(-1, 1))]
        losses.append((1 + -(1.0 if x[0].data > 0.5 else -1.0) * model(x)).relu())
    total: Value = sum(losses) * (1.0 / 100) + 1e-4 * sum(p * p for p in model.parameters())
    total.backward()
    return total


def by_hand() -> Value:
    rng = random.Random(3)
    w, v, b, c = (Value(rng.uniform(-1, 1), label=name) for name in ("w", "v", "b", "c"))
    loss: Any = 0.0
    for _ in range(50):
        p = (w * rng.random() + b).tanh() * v + c
        loss = loss + (p - rng.random()) ** 2
    loss = loss / 50
    loss.label = "loss"
    loss.backward()
    return loss


def recurrent(steps: int) -> Value:
    rng = random.Random(5)
    u = [Value(rng.uniform(-1, 1), label=f"u[{i}]") for i in range(3)]
    w = [[Value(rng.uniform(-1, 1), label=f"w[{i}][{j}]") for j in range(3)] for i in range(3)]
    h: list[Any] = [Value(0.0, label=f"h[{i}]") for i in range(3)]
    for _ in range(steps):
        x = rng.uniform(-1, 1)
        with group("cell"):
            h = [(sum(w[i][j] * h[j] for j in range(3)) + u[i] * x).tanh() for i in range(3)]
    out = microgradnn.sum(h)
    out.backward()
    return out


def nan() -> Value:
    w, b = Value(1.0, label="w"), Value(-2.0, label="b")
    loss = sum((w * float(k) + b).log() for k in range(6))
    loss.backward()
    return loss


def kinks() -> Value:
    w = Value(0.0, label="w")
    out = (w * 2.0).relu() + abs(w - 1.0) + (w + 0.0).sqrt()
    out.backward()
    return out


PICTURES = {
    "neuron": Kept(
        "Two hexagons of weights and one of the bias, two ellipses of inputs, the dot product with operands from the "
        "top b, w[0], w[1], x0, x1, and tanh with a thick line; data 0.8814 → 0.7071, and 0.5000 on the last arrow.",
        neuron, {},
    ),
    "demo": Kept(
        "micrograd's demo in 19 boxes: 200 inputs → layer0 → layer1 → layer2, each × 100, the hinge of 100 samples "
        "added up, and beside it the squares of 48, 272 and 17 parameters added up as the penalty.",
        demo, {},
    ),
    "demo-model": Kept(
        "The same with the whole MLP as one box of 337 parameters, × 100; on dark paper.",
        demo, {"depth": 1, "theme": "dark"},
    ),
    "demo-widths": Kept(
        "The same from the top down, the two arrows into the total widest, those of single samples thin.",
        demo, {"rankdir": "TB", "widths": "gradient"},
    ),
    "by-hand": Kept(
        "A loop over 50 samples written by hand: w, v, b and c once, each step × 50, one sum of 50 terms, the loss.",
        by_hand, {},
    ),
    "recurrent": Kept(
        "Five cells in a row, each fed by the one before, the weights of all together as u and as w.",
        lambda: recurrent(5), {"depth": 3},
    ),
    "recurrent-folded": Kept(
        "A hundred cells as one box with a coloured arrow from itself to itself, × 891; no other cycle.",
        lambda: recurrent(100), {"theme": "auto"},
    ),
    "nan": Kept(
        "Of six logarithms the first two, of −2 and −1, say in words and with a triangle that nan was born there, and "
        "the third, of 0, says so of −inf; nothing else has a triangle.",
        nan, {},
    ),
    "kinks": Kept(
        "ReLU at 0 is marked as a kink, abs at −1 is not, and sqrt at 0 says that an infinite gradient was born.",
        kinks, {},
    ),
}  # fmt: skip


def renderer() -> str:
    """What draws here: the program, its version and the system, on which the bytes depend."""
    drawer = program()
    if drawer is None:
        return "nothing"
    return f"{PURE} {metadata.version(PURE)} on {sys.platform}" if drawer.found == PURE else drawer.found


def file(name: str, svg: bytes) -> bytes:
    """The file of a picture: the SVG, and a comment that says what drew it and what it must show."""
    return svg + f"<!-- Drawn by {renderer()}. It must show: {PICTURES[name].shows} -->\n".encode()


if __name__ == "__main__":
    for name, kept in PICTURES.items():
        (FOLDER / f"{name}.svg").write_bytes(file(name, draw(kept.root(), **kept.settings).pipe()))
