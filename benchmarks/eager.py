"""The eager engine against micrograd, each in processes of its own, the collector as Python sets it.

scalars   acc = acc + a * b, written out 10,000 times, and its backward pass
moons     one full-batch step of micrograd's demo: 100 points, MLP(2, [16, 16, 1]), hinge loss, L2 penalty,
          backward pass and update
"""

from __future__ import annotations

import importlib
import json
import math
import random
import statistics
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks import peers
from benchmarks.rows import Row
from benchmarks.timing import Duel, Measured

RUNS = {"scalars": 6, "moons": 2}  # in one process; the first warms up


def scalars(package: str) -> tuple[float, list[float]]:
    value = importlib.import_module(f"{package}.engine").Value
    a, b = ([value(scale * k) for k in range(50)] for scale in (0.1, 0.2))
    start = time.perf_counter()
    acc = value(0.0)
    for k in range(10_000):
        acc = acc + a[k % 50] * b[k % 50]
    acc.backward()
    return time.perf_counter() - start, [acc.data, *(each.grad for each in a + b)]


def moons(package: str) -> tuple[float, list[float]]:
    value = importlib.import_module(f"{package}.engine").Value
    random.seed(1337)
    model = importlib.import_module(f"{package}.nn").MLP(2, [16, 16, 1])
    angles = [math.pi * k / 49 for k in range(50)]
    points = [(math.cos(t), math.sin(t), 1) for t in angles]
    points += [(1 - math.cos(t), 0.5 - math.sin(t), -1) for t in angles]
    start = time.perf_counter()
    scores = [model([value(x), value(y)]) for x, y, _ in points]
    losses = [(1 + -label * score).relu() for (_, _, label), score in zip(points, scores, strict=True)]
    # The builtin sum, as the demo has it.
    loss = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in model.parameters())
    model.zero_grad()
    loss.backward()
    for p in model.parameters():
        p.data -= 1.0 * p.grad
    return time.perf_counter() - start, [loss.data, *(p.data for p in model.parameters())]


WORK: dict[str, Callable[[str], tuple[float, list[float]]]] = {"scalars": scalars, "moons": moons}


def child(work: str, package: str) -> tuple[float, list[float]]:
    """The median time of a few runs, and the numbers of the last."""
    found: list[tuple[float, list[float]]] = []
    # micrograd recurses as deep as its graph.
    sys.setrecursionlimit(10**6)
    threading.stack_size(512 * 2**20)
    thread = threading.Thread(target=lambda: found.extend(WORK[work](package) for _ in range(RUNS[work])))
    thread.start()
    thread.join()
    return statistics.median(seconds for seconds, _ in found[1:]), found[-1][1]


def duel(work: str) -> Duel:
    peers.library("micrograd")
    run: Any = partial(peers.fresh, "benchmarks.eager", work)
    return Duel(Measured(partial(run, "microgradnn")), Measured(partial(run, "micrograd")), rounds=3)


ROWS = [
    Row("eager-scalars", "eager engine, acc = acc + a*b, 10,000 times", "micrograd", partial(duel, "scalars"), 0.33),
    Row("eager-moons", "eager engine, moons step", "micrograd", partial(duel, "moons")),
]


if __name__ == "__main__":
    print(json.dumps(child(*sys.argv[1:])))
