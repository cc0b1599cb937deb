"""Value and gradient of formulas of one vector, against CasADi's virtual machine for SX graphs.

Both sides run the same Python function, on our Values and on CasADi's symbols. Both are called with a list and
give the gradient as a list; CasADi also with its numbers in buffers, nothing made anew: its virtual machine alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np

import microgradnn
from benchmarks import peers
from benchmarks.rows import Row
from benchmarks.timing import Duel, Side

Formula = Callable[[Any, Sequence[Any]], Any]  # of a module with sin, log … and of the variables


def chain(m: Any, x: Sequence[Any]) -> Any:
    """10⁴ steps of Euler's method for logistic growth, y′ = r·y·(1 − y/k), by r, k and the beginning."""
    rate, most, y = x
    for _ in range(10_000):
        y = y + 0.001 * rate * y * (1 - y / most)
    return y


def speelpenning(m: Any, x: Sequence[Any]) -> Any:
    """The product of all variables (Speelpenning 1980)."""
    product = x[0]
    for each in x[1:]:
        product = product * each
    return product


def rosenbrock(m: Any, x: Sequence[Any]) -> Any:
    """Rosenbrock's valley in as many dimensions: the sum of 100·(b − a²)² + (1 − a)² over neighbours a, b."""
    total = 0.0
    for a, b in pairwise(x):
        total = total + 100 * (b - a * a) ** 2 + (1 - a) ** 2
    return total


def helmholtz(m: Any, x: Sequence[Any]) -> Any:
    """The Helmholtz energy of a mixed fluid (Griewank, "On automatic differentiation", 1989)."""
    n = len(x)
    b = [0.01 / (i + 1) for i in range(n)]
    a = [[1.0 / (1 + abs(i - j)) for j in range(n)] for i in range(n)]
    bx = dot(b, x)
    entropy = dot(x, [m.log(each / (1 - bx)) for each in x])
    attraction = dot(x, [dot(row, x) for row in a])
    root = 2**0.5
    return entropy - attraction / (2 * root * bx) * m.log((1 + (1 + root) * bx) / (1 + (1 - root) * bx))


def dot(xs: Sequence[Any], ys: Sequence[Any]) -> Any:
    total = xs[0] * ys[0]
    for x, y in zip(xs[1:], ys[1:], strict=True):
        total = total + x * y
    return total


def minors(m: Any, x: Sequence[Any]) -> Any:
    """A determinant by expansion along the first row, of the numbers of the matrix, row after row."""
    return _determinant([x[6 * k : 6 * k + 6] for k in range(6)])


def _determinant(rows: Sequence[Sequence[Any]]) -> Any:
    if len(rows) == 1:
        return rows[0][0]
    total = 0.0
    for k, each in enumerate(rows[0]):
        minor = each * _determinant([[*row[:k], *row[k + 1 :]] for row in rows[1:]])
        total = total - minor if k % 2 else total + minor
    return total


def wave(n: int) -> Any:
    """Numbers about 1, whose product is about 1 too."""
    return np.exp(0.3 * np.sin(np.arange(n)))


def ours(formula: Formula, at: list[float]) -> Side:
    f = microgradnn.compile(partial(formula, microgradnn))
    return Side(lambda: f.value_and_grad(at))


class Casadi:
    """The same formula recorded by CasADi when first called."""

    def __init__(self, formula: Formula, at: list[float]) -> None:
        self.casadi, self.formula, self.at = peers.library("casadi"), formula, at

    @cached_property
    def f(self) -> Any:
        x = self.casadi.SX.sym("x", len(self.at))
        y = self.formula(SimpleNamespace(log=self.casadi.log), self.casadi.vertsplit(x))
        return self.casadi.Function("f", [x], [y, self.casadi.densify(self.casadi.gradient(y, x))])

    def called(self) -> Any:
        return [each.nonzeros() for each in self.f(self.at)]

    @cached_property
    def buffers(self) -> Any:
        x, value, gradient = np.array(self.at), np.zeros(1), np.zeros(len(self.at))
        buffer, call = self.f.buffer()
        buffer.set_arg(0, memoryview(x))
        buffer.set_res(0, memoryview(value))
        buffer.set_res(1, memoryview(gradient))
        return call, value, gradient, x, buffer

    def bare(self) -> Any:
        call, value, gradient, *_ = self.buffers
        call()
        return value, gradient


def duel(formula: Formula, at: Any) -> Duel:
    point = list(map(float, at))
    theirs = Casadi(formula, point)
    return Duel(ours(formula, point), Side(theirs.called), (("the same, its numbers in buffers", Side(theirs.bare)),))


CASADI = "CasADi's SX virtual machine, lists"
MATRIX = np.random.default_rng(0).normal(size=36)
LISTS = "numbers go from a list into an array and back"
SMALL = "its groups are small, and each is a call of its own"
ROWS = [
    Row("chain", "value and gradient: a chain of 10⁴", CASADI, lambda: duel(chain, (1.5, 2.0, 0.1)), 1.0, limit=SMALL),
    Row(
        "speelpenning",
        "Speelpenning's product of 10⁴",
        CASADI,
        lambda: duel(speelpenning, wave(10_000)),
        1.0,
        limit=LISTS,
    ),
    Row("rosenbrock", "Rosenbrock of 10⁴", CASADI, lambda: duel(rosenbrock, wave(10_000)), 1.0, limit=LISTS),
    Row("helmholtz", "Helmholtz energy of 100", CASADI, lambda: duel(helmholtz, 0.01 * wave(100)), 1.0, limit=SMALL),
    Row("minors", "determinant by minors, 6 × 6", CASADI, lambda: duel(minors, MATRIX), 1.0, limit=SMALL),
]
