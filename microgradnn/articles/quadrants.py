"""The quadrants: a point's x and y say which of four teams it belongs to. What both versions share.

Source: the article on a first neural network in vanilla JavaScript. A team is a place in a list; a
network has an output for each, learns 1 for the right one and 0 for the others, and says the team of the
largest output.
"""

from collections.abc import Callable, Sequence
from typing import Any

from microgradnn.articles import reading
from microgradnn.articles.floats import Row
from microgradnn.articles.training import Trainer, Watch
from microgradnn.data import TEAMS as TEAMS
from microgradnn.data import quadrant_centres

CENTRES, _ = quadrant_centres()
EVERY = 100  # samples between two looks at the loss: one sample says little

Sample = tuple[Row, Row]


def encode(k: int) -> Row:
    """One-hot: 1 for team k, 0 for the others."""
    return [1.0 if i == k else 0.0 for i in range(len(TEAMS))]


def decode(outputs: Sequence[float]) -> int:
    """The first of the largest outputs; -1, no team at all, where one of them is nan."""
    if any(o != o for o in outputs):
        return -1
    return max(range(len(outputs)), key=lambda k: (outputs[k], -k))


def moved(weights: list[Row], errors: Row, outputs: Row, inputs: Row, lr: float) -> list[Row]:
    """The weights after `w += lr * e * o * (1 - o) * x`, multiplied from left to right as in the article."""
    return [
        [w + lr * e * o * (1 - o) * x for w, x in zip(line, inputs, strict=True)]
        for line, e, o in zip(weights, errors, outputs, strict=True)
    ]


def settings(golden: reading.Golden, where: str) -> tuple[float, int, list[str]]:
    """Learning rate, number of samples to see, names of the teams."""
    lr = reading.real(reading.field(golden, "lr", where), "lr")
    iterations = reading.natural(reading.field(golden, "iterations", where), "iterations")
    labels = [str(name) for name in reading.items(golden.get("labels", TEAMS), "labels", len(TEAMS))]
    return lr, iterations, labels


def train(
    trainer: Trainer,
    samples: Sequence[Sample],
    order: Sequence[int],
    iterations: int,
    written: Callable[[dict[str, Any]], dict[str, Any]],
    watch: Watch | None,
) -> dict[str, Any]:
    """Show samples one at a time, in the given order, repeated as often as needed; returns `first_step`."""
    first_step: dict[str, Any] = {}
    total, seen = 0.0, 0
    for i in range(iterations):
        k = order[i % len(order)]
        inputs, targets = samples[k]
        total += trainer.step(inputs=inputs, targets=targets)
        seen += 1
        if i == 0:
            first_step = {"sample": k, "after": written(trainer.parameters)}
        if watch is not None and (seen == EVERY or i == iterations - 1):
            watch(i + 1, iterations, total / seen)
            total, seen = 0.0, 0
    return first_step


def accuracy(outputs: Sequence[Row], teams: Sequence[int]) -> float:
    """The share of points whose team was said."""
    hits = 0
    for said, k in zip(outputs, teams, strict=True):
        hits += decode(said) == k
    return hits / len(outputs)


def factor(outputs: Row) -> Row:
    """o (1 - o), the slope of the sigmoid where it gave o."""
    return [o * (1 - o) for o in outputs]


def times(a: Row, b: Row) -> Row:
    """Products, place by place."""
    return [x * y for x, y in zip(a, b, strict=True)]
