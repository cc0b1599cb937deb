"""The pictures of networks and boundaries that are kept in tests/sketches, and what each must show.

`python -m tests.sketched` draws them anew; look at each, in light and in dark and without colours, before it is
committed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from microgradnn import Value, draw, tanh
from microgradnn.data import TEAMS, moons, quadrants
from microgradnn.drawing.boundary import boundary
from microgradnn.drawing.network import Dense
from microgradnn.nn import MLP, Dropout, Layer, Module, Neuron, Sequential
from microgradnn.plots import draw_network
from microgradnn.rules import sigmoid

FOLDER = Path(__file__).with_name("sketches")


class Sketch(NamedTuple):
    """A picture: what it must show, and how it is made."""

    shows: str
    make: Callable[[], str]


def dense(rng: Random, nin: int, nout: int, name: str) -> Dense:
    weights = [[rng.uniform(-1, 1) for _ in range(nin)] for _ in range(nout)]
    return Dense(weights, [rng.uniform(-1, 1) for _ in range(nout)], "sigmoid", name, curve=sigmoid)


def quadrant_network() -> str:
    rng = Random(1)
    layers = [dense(rng, 2, 6, "hidden"), dense(rng, 6, 4, "output")]
    return draw_network(layers, inputs=["x", "y"], outputs=TEAMS, title="quadrants", theme="auto").source


def demo_network() -> str:
    return draw_network(MLP(2, [16, 16, 1], rng=1)).source


def fed_network() -> str:
    model = Sequential(Layer(2, 3, activation="tanh", rng=3), Dropout(0.25), Layer(3, 2, activation="softmax", rng=4))
    return draw_network(
        biased(model), [0.5, -1.0], inputs=["east", "north"], outputs=["yes", "no"], theme="dark"
    ).source


def biased(model: Module) -> Module:
    """Biases begin as 0; a few others are better to look at."""
    for name, value in model.named_parameters():
        if name.endswith(".b"):
            value.data = math.sin(3.0 * len(name) + ord(name[-3]))
    return model


def large_network() -> str:
    rng = Random(2)
    layers = [dense(rng, 40, 20, "first"), dense(rng, 20, 3, "last")._replace(note="after dropout 0.5")]
    return draw_network(layers, most=6).source


def broken_network() -> str:
    return draw_network([Dense([[math.nan, 1e300], [-math.inf, -3e299]], [0.0, math.nan], name='<b> & "')]).source


def lone_neuron() -> str:
    return draw_network(biased(Neuron(3, activation="relu", rng=5))).source


def quadrant_boundary() -> str:
    X, Y = quadrants(120, seed=4)

    def team(x: list[float]) -> list[float]:
        east, north = x[0] + 0.1 * x[1], x[1] - 0.2 * x[0] * x[0]
        return [-east - north, east - north, north - east, east + north]

    return boundary(team, X, Y, names=TEAMS, title="Who is where", resolution=32)


def moon_boundary() -> str:
    X, Y = moons(80, seed=2)

    def above(x: list[float]) -> float:
        return x[1] - 0.75 * math.cos(2.2 * x[0]) * math.exp(-0.5 * (x[0] - 0.5) ** 2) + 0.05

    return boundary(lambda x: -above(x), X, [2 * y - 1 for y in Y], resolution=32, theme="light")


def gap_boundary() -> str:
    def rays(x: list[float]) -> list[float]:
        turn = math.atan2(x[1], x[0])
        return [math.nan if x[0] > 0.8 else math.cos(turn - 2 * math.pi * k / 6) for k in range(6)]

    X = [[0.7 * math.cos(k), 0.7 * math.sin(k)] for k in range(60)]
    Y = [round(math.atan2(y, x) / (2 * math.pi / 6)) % 6 for x, y in X]
    return boundary(rays, X, Y, extent=(-1, 1, -1, 1), resolution=32, theme="dark")


def neuron() -> Any:
    x, w, b = Value(2.0, label="x"), Value(-3.0, label="w[0]"), Value(6.5, label="b")
    out = tanh(x * w + b)
    out.label = "o"
    out.backward()
    return draw(out)


SKETCHES = {
    "network-quadrants.svg": Sketch(
        "Two inputs, six hidden and four named output neurons, a sigmoid in each; wide lines for large weights, dashed "
        "for negative ones, rims likewise for biases; dark where the screen is dark.",
        quadrant_network,
    ),
    "network-demo.svg": Sketch(
        "Of the 256 weights in the middle the 120 largest stand out, and a remark says so.",
        demo_network,
    ),
    "network-fed.svg": Sketch(
        "What each neuron puts out for given inputs, in it; dropout between the layers is mentioned; on dark paper.",
        fed_network,
    ),
    "network-large.svg": Sketch("Six of forty, six of twenty and all three neurons, and it says so.", large_network),
    "network-broken.svg": Sketch(
        'Weights that are not finite are dotted, and the legend says it; the layer is called <b> & ".', broken_network
    ),
    "network-neuron.svg": Sketch("A neuron of three weights, each written beside its line.", lone_neuron),
    "boundary-quadrants.svg": Sketch(
        "Four grounds told apart by colour and pattern, four signs of points, rims where the answer is wrong.",
        quadrant_boundary,
    ),
    "boundary-moons.svg": Sketch("One line between two classes, and where the output is on it.", moon_boundary),
    "boundary-gap.svg": Sketch("Six classes, and no answer on the right; on dark paper.", gap_boundary),
    "neuron.mmd": Sketch("A tanh neuron in Mermaid.", lambda: neuron().pipe("mmd").decode("utf-8")),
    "neuron.json": Sketch("The same as JSON.", lambda: neuron().pipe("json").decode("utf-8")),
}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.iterdir():
        if old.name not in SKETCHES:
            old.unlink()
    for name, sketch in SKETCHES.items():
        (FOLDER / name).write_text(sketch.make(), "utf-8")
        print(f"{name}: {sketch.shows}")


if __name__ == "__main__":
    main()
