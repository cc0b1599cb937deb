"""The eager engine against micrograd, both timed in this run.

    pip install '.[bench]' && python benchmarks/eager.py

Two pieces of work, each in a process of its own, the two engines alternating, the collector as Python sets it:

scalars   acc = acc + a * b, written out 10,000 times, and its backward pass
moons     one full-batch step of micrograd's demo: 100 points, MLP(2, [16, 16, 1]), hinge loss, L2 penalty,
          backward pass and update

Medians, and the median of the ratios of neighbouring runs.
"""

from __future__ import annotations

import importlib
import json
import math
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

ENGINES = ("microgradnn", "micrograd")


def scalars(package: str) -> float:
    value = importlib.import_module(f"{package}.engine").Value
    a, b = ([value(scale * k) for k in range(50)] for scale in (0.1, 0.2))
    start = time.perf_counter()
    acc = value(0.0)
    for k in range(10_000):
        acc = acc + a[k % 50] * b[k % 50]
    acc.backward()
    return time.perf_counter() - start


def moons(package: str) -> float:
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
    return time.perf_counter() - start


WORK: dict[str, Callable[[str], float]] = {"scalars": scalars, "moons": moons}


def measure(work: str, package: str, runs: int) -> list[float]:
    """Times in a fresh process: what one engine leaves to the collector is not charged to the other."""
    done = subprocess.run(
        [sys.executable, __file__, "--child", work, package, str(runs)], check=True, capture_output=True, text=True
    )
    times: list[float] = json.loads(done.stdout)
    return times


def child(work: str, package: str, runs: int) -> None:
    times: list[float] = []
    # micrograd recurses as deep as its graph.
    sys.setrecursionlimit(10**6)
    threading.stack_size(512 * 2**20)
    thread = threading.Thread(target=lambda: times.extend(WORK[work](package) for _ in range(runs)))
    thread.start()
    thread.join()
    print(json.dumps(times[1:]))  # the first run warms up


def main(arguments: list[str]) -> None:
    rounds, runs = (2, 3) if "--quick" in arguments else (5, 6)
    print(f"Python {sys.version.split()[0]}, {rounds} rounds of {runs - 1} runs; seconds, medians")
    print(f"{'work':<10}{'microgradnn':>14}{'micrograd':>14}{'ratio':>10}")
    for work in WORK:
        times: dict[str, list[float]] = {package: [] for package in ENGINES}
        for _ in range(rounds):
            for package in ENGINES:
                times[package] += measure(work, package, runs)
        ours, theirs = (times[package] for package in ENGINES)
        ratio = statistics.median(b / a for a, b in zip(ours, theirs, strict=True))
        medians: list[Any] = [statistics.median(ours), statistics.median(theirs)]
        print(f"{work:<10}{medians[0]:>14.5f}{medians[1]:>14.5f}{ratio:>9.1f}x")


if __name__ == "__main__":
    if "--child" in sys.argv:
        child(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        main(sys.argv[1:])
