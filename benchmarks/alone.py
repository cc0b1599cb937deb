"""Work of ours that is measured in a process of its own, from `compile` on: `python -m benchmarks.alone NAME`.

Prints the seconds that it took (or the megabytes), and the numbers it came to.
"""

from __future__ import annotations

import importlib
import json
import random
import resource
import sys
import tempfile
import time
from typing import Any

import numpy as np

from benchmarks import gpt, moons
from benchmarks.peers import fresh
from benchmarks.timing import Measured
from microgradnn import Value, compile
from microgradnn.compiler.installed import installed
from microgradnn.data import celsius
from microgradnn.optim import SGD, Adam

Found = tuple[float, list[float]]
NANO = 0.9492, 0.4570, 0.0005, 70_000  # the article's numbers to begin with, its rate and its epochs


def nano() -> Found:
    """NanoNeuron's training, tracing and building included; libraries are loaded before, as Node has loaded its own."""
    if installed():
        importlib.import_module("microgradnn.compiler.native.runner")
    w, b, rate, epochs = NANO
    X, Y = (np.array(each) for each in celsius())
    line = [Value(w), Value(b)]
    began = time.perf_counter()
    step = compile(lambda p, x, y: (x * p[0] + p[1] - y) ** 2 / 2, line)
    losses = step.fit(X[:, 0], Y, optimizer=SGD(lr=rate), epochs=epochs).loss
    return time.perf_counter() - began, [line[0].data, line[1].data, *losses[::1000]]


def first_moons() -> Found:
    """The first step of moons."""
    X, y = moons.data()
    model, sgd = moons.model(), SGD(lr=moons.LR)
    began = time.perf_counter()
    loss = compile(moons.hinge, model).update(X, y, optimizer=sgd, l2=moons.L2)
    return time.perf_counter() - began, [loss]


def first_gpt() -> Found:
    """The first step of the GPT, on a document of 8 positions."""
    example, (documents, letters) = gpt.example(), gpt.documents()
    p, adam = example.parameters(random.Random(42), letters), Adam(lr=gpt.LR, betas=gpt.BETAS)
    places = np.array([next(each for each in documents if len(each) == 9)])
    began = time.perf_counter()
    loss = compile(example.loss, p).update(places, optimizer=adam, schedule=gpt.FALLING)
    return time.perf_counter() - began, [loss]


def thousand() -> Found:
    """1,000 documents with the GPT, of all lengths that there are."""
    example, (documents, letters) = gpt.example(), gpt.documents()
    p, adam = example.parameters(random.Random(42), letters), Adam(lr=gpt.LR, betas=gpt.BETAS)
    began = time.perf_counter()
    step = compile(example.loss, p)
    losses = [
        step.update(np.array([documents[k % len(documents)]]), optimizer=adam, schedule=gpt.FALLING)
        for k in range(1000)
    ]
    return time.perf_counter() - began, losses


def memory() -> Found:
    """Megabytes that the process took at its largest, training the GPT on 1,000 documents."""
    losses = thousand()[1]
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / (2**20 if sys.platform == "darwin" else 2**10), losses


WORK = {"nano": nano, "first-moons": first_moons, "first-gpt": first_gpt, "thousand": thousand, "memory": memory}


def alone(name: str, cold: bool = True) -> Measured:
    """That work in fresh processes, with no native code kept from before, or with what there is."""

    def run() -> Any:
        if not cold:
            return fresh("benchmarks.alone", name)
        with tempfile.TemporaryDirectory() as cache:
            return fresh("benchmarks.alone", name, cache=cache)

    return Measured(run)


if __name__ == "__main__":
    print(json.dumps(WORK[sys.argv[1]]()))
