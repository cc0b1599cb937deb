"""Whether memory stays flat: python -m tests.soak [--steps 100000] [--graphs 1000] [--backend native].

Steps of training with batches of changing sizes, fits, predictions and gradients of one model; then many functions of
random graphs, each compiled, asked and dropped. After a warm-up neither Python's memory nor the process's may grow by
more than MOST bytes: what is forgotten at each step would show, however small.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np

from microgradnn import compile
from microgradnn.compiler.installed import trouble
from microgradnn.functional import hinge
from microgradnn.nn import MLP
from microgradnn.optim import SGD, Adam
from microgradnn.train.compiled import Step
from tests.compiled.graphs import ROWS, graph, number

PYTHON, PROCESS = 300_000, 30_000_000  # bytes that memory may grow by: Python's own, and the process's
ARRAYS = 10_000_000  # and Python's where numpy runs programs, whose room goes when the collector comes


def size() -> int:
    """Bytes of memory that the process has now; 0 where that is not told."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


class Training:
    """A model that is trained with batches of all sizes."""

    def __init__(self, backend: str) -> None:
        self.draw = random.Random(1)
        self.sizes = range(1, 65) if backend == "native" else (1, 9, 64)  # for each numpy keeps room
        self.x = np.array([[self.draw.gauss(0, 1), self.draw.gauss(0, 1)] for _ in range(64)])
        self.y = np.array([self.draw.choice([-1.0, 1.0]) for _ in range(64)])
        self.model = MLP(2, [4, 1], rng=1)
        made = compile(lambda model, x, y: hinge(model(x), y), self.model, backend=backend)
        assert isinstance(made, Step)
        self.step, self.adam = made, Adam(lr=1e-4)

    def go(self, k: int) -> None:
        """The k-th step, and now and then something else."""
        n = self.draw.choice(self.sizes)
        x, y = self.x[:n], self.y[:n]
        self.step.update(x, y, optimizer=self.adam, l2=1e-4)
        if k % 10 == 0:
            self.step.value_and_grad(x, y)
        if k % 100 == 0:
            self.step.predict(lambda model, x: model(x), x)
            self.step.fit(x, y, optimizer=SGD(lr=1e-5), epochs=2, batch_size=self.draw.choice(self.sizes))
        if k % 1000 == 0:  # another make of the model: all is compiled again
            self.model.parameters()[k // 1000 % 5].frozen ^= True


class Graphs:
    """Functions of random graphs, each for itself."""

    def __init__(self, backend: str) -> None:
        self.backend = backend

    def go(self, k: int) -> None:
        """The k-th function: compiled, asked in every way, and dropped."""
        rng = random.Random(k)
        inputs = rng.randint(1, 4)
        made = graph(rng, inputs, 0, rng.sample(ROWS, 8))
        f = compile(lambda *xs: 1.0 * made(xs, []), backend=self.backend)
        xs = [number(rng, 0.0) for _ in range(inputs)]
        f(*xs)
        f.value_and_grad(*xs)
        f.batch(*np.array([xs] * 9).T)


def soak(go: Callable[[int], Any], count: int, about: str, most: int = PYTHON) -> bool:
    """Do it so many times, and tell; whether memory stayed flat."""
    warm = max(count // 5, 1)
    began, python, process = time.perf_counter(), 0, 0
    tracemalloc.start()
    for k in range(count):
        if k == warm:
            gc.collect()
            python, process = tracemalloc.get_traced_memory()[0], size()
        go(k)
    gc.collect()
    seconds = time.perf_counter() - began
    grown, more = tracemalloc.get_traced_memory()[0] - python, size() - process
    tracemalloc.stop()
    flat = grown <= most and more <= PROCESS
    print(f"{count:,} {about} in {seconds:.0f} s; after the first {warm:,} of them", end=" ")
    print(f"Python's memory grew by {grown / 1e3:+,.0f} kB and the process by {more / 1e6:+,.1f} MB,", end=" ")
    print(f"to {size() / 1e6:,.0f} MB: {'flat' if flat else 'IT GROWS'}", flush=True)
    return flat


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--graphs", type=int, default=1000)
    parser.add_argument("--backend", default="numpy" if trouble() else "native")
    chosen = parser.parse_args()
    most = PYTHON if chosen.backend == "native" else ARRAYS
    fine = soak(Training(chosen.backend).go, chosen.steps, f"steps of training ({chosen.backend})", most)
    fine &= soak(Graphs(chosen.backend).go, chosen.graphs, f"different graphs ({chosen.backend})", most)
    sys.exit(not fine)


if __name__ == "__main__":
    main()
