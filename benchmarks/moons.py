"""One full-batch step of micrograd's demo: 100 points of two half moons, MLP(2, [16, 16, 1]), hinge loss, penalty.

A gradient step with l2·Σp² added to the loss, update included, the loss known after every step, float64. A run is
STEPS of them. Called from Python at every step (`update`), or the loop over the steps inside (`fit`).
"""

from __future__ import annotations

import ctypes
import random
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.rows import Row
from benchmarks.timing import Duel, Side
from microgradnn import compile, relu
from microgradnn.data import moons
from microgradnn.nn import MLP
from microgradnn.optim import SGD

STEPS, LR, L2, WIDE = 100, 0.05, 1e-4, 16


def data() -> tuple[Any, Any]:
    X, Y = moons(100, noise=0.1, seed=1)
    return np.array(X), 2.0 * np.array(Y) - 1.0


def model() -> MLP:
    return MLP(2, [WIDE, WIDE, 1], rng=random.Random(1337))


def start() -> list[Any]:
    """The numbers that the model starts with, as weights (out, in) and biases of each layer."""
    p, found = np.array([value.data for value in model().parameters()]), []
    for size, wide in ((2, WIDE), (WIDE, WIDE), (WIDE, 1)):
        rows, p = p[: wide * (size + 1)].reshape(wide, size + 1), p[wide * (size + 1) :]
        found += [rows[:, :-1].copy(), rows[:, -1].copy()]
    return found


def hinge(net: Any, x: Any, y: Any) -> Any:
    return relu(1 - y * net(x))


def fit(backend: str = "native", fast: bool = False) -> Side:
    if backend == "native":
        peers.library("llvmlite")
    step, sgd, arrays = compile(hinge, model(), backend=backend, fast=fast), SGD(lr=LR), data()
    return Side(lambda: step.fit(*arrays, optimizer=sgd, epochs=STEPS, l2=L2).loss, STEPS)


def update() -> Side:
    peers.library("llvmlite")
    step, sgd, arrays = compile(hinge, model(), backend="native"), SGD(lr=LR), data()
    return Side(lambda: [step.update(*arrays, optimizer=sgd, l2=L2) for _ in range(STEPS)], STEPS)


def by_jax(inside: bool) -> Side:
    jax = peers.jax()
    jnp = jax.numpy

    def loss(p: Any, X: Any, y: Any) -> Any:
        h = jnp.maximum(X @ p[0].T + p[1], 0)
        h = jnp.maximum(h @ p[2].T + p[3], 0)
        return jnp.maximum(1 - y * (h @ p[4].T + p[5])[:, 0], 0).mean() + L2 * sum((each * each).sum() for each in p)

    def step(p: Any, X: Any, y: Any) -> Any:
        value, gradient = jax.value_and_grad(loss)(p, X, y)
        return [each - LR * g for each, g in zip(p, gradient, strict=True)], value

    def steps(p: Any, X: Any, y: Any) -> Any:
        return jax.lax.scan(lambda p, _: step(p, X, y), p, None, length=STEPS)

    X, y = (jnp.asarray(each) for each in data())
    p = [jnp.asarray(each) for each in start()]
    once = jax.jit(steps if inside else step)

    def run() -> Any:
        nonlocal p
        if inside:
            p, losses = once(p, X, y)
            return np.asarray(losses)
        losses = []
        for _ in range(STEPS):
            p, value = once(p, X, y)
            losses.append(value)
        return [float(value) for value in losses]

    return Side(run, STEPS)


def by_torch() -> Side:
    """All parameters in one tensor, which makes the penalty and the update one operation each: the quickest found."""
    torch = peers.torch()
    X, y = (torch.from_numpy(each) for each in data())
    parts = start()
    flat = torch.from_numpy(np.concatenate([each.ravel() for each in parts])).requires_grad_()

    def run() -> Any:
        losses = []
        for _ in range(STEPS):
            p = [each.view(like.shape) for each, like in zip(flat.split([q.size for q in parts]), parts, strict=True)]
            h = torch.relu(torch.addmm(p[1], X, p[0].t()))
            h = torch.relu(torch.addmm(p[3], h, p[2].t()))
            score = torch.addmm(p[5], h, p[4].t())[:, 0]
            loss = torch.relu(1 - y * score).mean() + L2 * torch.dot(flat, flat)
            (gradient,) = torch.autograd.grad(loss, flat)
            with torch.no_grad():
                flat.sub_(gradient, alpha=LR)
            losses.append(loss.item())
        return losses

    return Side(run, STEPS)


def by_numpy() -> Side:
    X, y = data()
    w1, b1, w2, b2, w3, b3 = p = start()

    def run() -> Any:
        losses = []
        for _ in range(STEPS):
            h1 = np.maximum(X @ w1.T + b1, 0)
            h2 = np.maximum(h1 @ w2.T + b2, 0)
            margin = 1 - y * (h2 @ w3[0] + b3[0])
            losses.append(np.maximum(margin, 0).mean() + L2 * sum(np.vdot(each, each) for each in p))
            d = np.where(margin > 0, -y / len(y), 0)[:, None]
            d2 = (d * w3) * (h2 > 0)
            d1 = (d2 @ w2) * (h1 > 0)
            for each, g in zip(p, (d1.T @ X, d1.sum(0), d2.T @ h1, d2.sum(0), d.T @ h2, d.sum(0)), strict=True):
                each -= LR * (g + 2 * L2 * each)
        return losses

    return Side(run, STEPS)


def by_c(*flags: str) -> Side:
    train = peers.c("moons.c", "-O3", "-march=native", *flags).train
    X, y = data()
    # Its weights lie as (in, out).
    p, losses = np.concatenate([each.T.ravel() for each in start()]), np.empty(STEPS)
    numbers = [each.ctypes.data_as(ctypes.c_void_p) for each in (p, X, y, losses)]

    def run(keep: Any = (X, y, p)) -> Any:
        train(*numbers[:3], 100, 2, WIDE, STEPS, ctypes.c_double(LR), ctypes.c_double(L2), numbers[3])
        return losses.copy()

    return Side(run, STEPS)


LOOKED = "called from Python, our step is mostly Python's: it sees whether arrays, model or optimiser have changed"
LOOP = "a fit's own loop is as quick as JAX's; what JAX pays for each call is paid once here"
ARRAYS = "two dozen calls of numpy a step, and what is looked at between them"
STEP, FIT = "moons step, native, exact, `update` each step", "moons step, native, exact, `fit`"
NUMPY = 'moons step, `backend="numpy"`, {}, `fit`'
FAST = "the same with -ffast-math"
ROWS = [
    Row(
        "moons-jax",
        FIT,
        "JAX jit, each step",
        lambda: Duel(fit(), by_jax(inside=False), (("JAX jit, the loop inside (scan)", by_jax(inside=True)),)),
        0.4,
        limit=LOOP,
    ),
    Row(
        "moons-jax-update", STEP, "JAX jit, each step", lambda: Duel(update(), by_jax(inside=False)), 0.4, limit=LOOKED
    ),
    Row("moons-torch", FIT, "PyTorch tensors, 1 thread", lambda: Duel(fit(), by_torch()), 0.1),
    Row("moons-torch-update", STEP, "PyTorch tensors, 1 thread", lambda: Duel(update(), by_torch()), 0.1, limit=LOOKED),
    Row(
        "moons-c",
        FIT,
        "C by hand, -O3 -march=native",
        lambda: Duel(fit(), by_c(), ((FAST, by_c("-ffast-math")),)),
        3.0,
    ),
    Row(
        "moons-numpy-fast",
        NUMPY.format("fast"),
        "NumPy by hand",
        lambda: Duel(fit("numpy", True), by_numpy()),
        1.5,
        limit=ARRAYS,
    ),
    Row(
        "moons-numpy", NUMPY.format("exact"), "NumPy by hand", lambda: Duel(fit("numpy"), by_numpy()), 4.0, limit=ARRAYS
    ),
]
