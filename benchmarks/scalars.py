"""A scalar engine in plain Python, the least that does it, in the manner of micrograd.

Each number knows its operands and the local derivatives; the backward pass goes through a list sorted by a depth-first
search that keeps its own stack, since micrograd's recursion ends at a thousand operations. With what
`examples/names_gpt.py` takes from microgradnn, so that the same program runs on it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any


class Value:
    """A number, and where it came from."""

    __slots__ = ("data", "grad", "operands", "slopes")

    def __init__(self, data: float, operands: tuple[Any, ...] = (), slopes: tuple[float, ...] = ()) -> None:
        self.data, self.grad = data, 0.0
        self.operands, self.slopes = operands, slopes

    def __add__(self, other: Any) -> Value:
        if isinstance(other, Value):
            return Value(self.data + other.data, (self, other), (1.0, 1.0))
        return Value(self.data + other, (self,), (1.0,))

    def __mul__(self, other: Any) -> Value:
        if isinstance(other, Value):
            return Value(self.data * other.data, (self, other), (other.data, self.data))
        return Value(self.data * other, (self,), (other,))

    def __pow__(self, power: float) -> Value:
        return Value(self.data**power, (self,), (power * self.data ** (power - 1),))

    def __neg__(self) -> Value:
        return self * -1.0

    def __sub__(self, other: Any) -> Value:
        return self + -other

    def __truediv__(self, other: Any) -> Value:
        return self * (other**-1.0)

    __radd__, __rmul__ = __add__, __mul__

    def backward(self) -> None:
        """The derivatives of this number by all that it was made of."""
        ordered, seen, work = [], set(), [(self, False)]
        while work:
            value, done = work.pop()
            if done:
                ordered.append(value)
            elif value not in seen:
                seen.add(value)
                work.append((value, True))
                work += [(operand, False) for operand in value.operands]
        self.grad = 1.0
        for value in reversed(ordered):
            grad = value.grad
            for operand, slope in zip(value.operands, value.slopes, strict=True):
                operand.grad += slope * grad


def exp(x: Value) -> Value:
    value = math.exp(x.data)
    return Value(value, (x,), (value,))


def log(x: Value) -> Value:
    return Value(math.log(x.data), (x,), (1.0 / x.data,))


def relu(x: Value) -> Value:
    return Value(max(x.data, 0.0), (x,), (float(x.data > 0),))


def dot(xs: Sequence[Value], ys: Sequence[Value]) -> Value:
    return sum([x * y for x, y in zip(xs, ys, strict=True)])


def sum(xs: Sequence[Value]) -> Value:
    total = xs[0]
    for x in xs[1:]:
        total = total + x
    return total


def logsumexp(xs: Sequence[Value]) -> Value:
    most = max(x.data for x in xs)
    return log(sum([exp(x + -most) for x in xs])) + most


def take(rows: Sequence[Any], place: int) -> Any:
    return rows[place]


class Adam:
    """Adam (Kingma & Ba 2015) over a list of numbers."""

    def __init__(self, values: Sequence[Value], lr: float, betas: tuple[float, float], eps: float = 1e-8) -> None:
        self.values, self.lr, self.betas, self.eps = values, lr, betas, eps
        self.m, self.v, self.steps = [0.0] * len(values), [0.0] * len(values), 0

    def step(self, factor: float) -> None:
        self.steps += 1
        (a, b), m, v = self.betas, self.m, self.v
        at_m, at_v, lr = 1 - a**self.steps, 1 - b**self.steps, self.lr * factor
        for k, value in enumerate(self.values):
            m[k] = a * m[k] + (1 - a) * value.grad
            v[k] = b * v[k] + (1 - b) * value.grad**2
            value.data -= lr * (m[k] / at_m) / ((v[k] / at_v) ** 0.5 + self.eps)
            value.grad = 0.0
