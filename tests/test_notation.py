"""Expressions: written as one would write them, and meaning what was computed."""

from __future__ import annotations

import random
from typing import Any

import pytest

import microgradnn as m
from microgradnn import Value
from microgradnn.notation import expression
from microgradnn.ops import TABLE

a, b, c = (Value(x, label=name) for x, name in ((1.5, "a"), (-0.4, "b"), (2.25, "c")))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (a + b * c, "a + b * c"),
        ((a + b) * c, "(a + b) * c"),
        (a - (b - c), "a - (b - c)"),
        (a - b - c, "a - b - c"),
        (a / (b * c), "a / (b * c)"),
        (a / b * c, "a / b * c"),
        ((-a) ** 2, "(-a) ** 2"),
        (-(a**2), "-a ** 2"),
        (a ** (b**c), "a ** b ** c"),
        ((a**b) ** c, "(a ** b) ** c"),
        (a**-1, "a ** -1"),
        (a * -b, "a * -b"),
        (-(a + b), "-(a + b)"),
        (a + -2, "a + -2"),
        (2 - a, "2 - a"),
        (m.log(a - 2), "log(a - 2)"),
        (m.relu(a) + m.maximum(b, c), "relu(a) + maximum(b, c)"),
        (m.leaky_relu(a), "leaky_relu(a, 0.01)"),
        (m.sum([a, b, 1.0]), "sum([a, b, 1])"),
        (m.dot([a, b], [c, 3.0]), "dot([a, b], [c, 3])"),
        (m.dot([a], [b], c), "dot([a], [b], c)"),
        (m.logsumexp([a, b]), "logsumexp([a, b])"),
        (m.sum([a] * 9), "sum([a, a, a, a, …, a])"),
        (a, "a"),
        (Value(0.1 + 0.2), "0.3"),
        (Value(-2.0) * 3, "-2 * 3"),
        (3.5, "3.5"),
    ],
)
def test_an_expression_is_written_with_no_parenthesis_too_many(value: Any, text: str) -> None:
    assert expression(value, depth=9) == text


def test_below_the_depth_stand_numbers_or_labels() -> None:
    z = a * b
    assert expression(m.exp(z * z) + 1, depth=2) == "exp(0.36) + 1"
    z.label = "z"
    assert expression(m.exp(z * z) + 1, depth=2) == "exp(0.36) + 1"
    assert expression(m.exp(z * z) + 1) == "exp(z * z) + 1"
    assert expression(z) == "a * b"  # what it is asked for is written out


def test_a_chain_of_any_length_is_written_to_its_depth() -> None:
    x = Value(1.0)
    for _ in range(100_000):
        x = x + 1.0
    assert expression(x) == "99998 + 1 + 1 + 1"


NAMES = ["add", "sub", "mul", "div", "neg", "pow", "exp", "tanh", "sin", "square", "maximum"]


def test_the_text_computes_the_same_number() -> None:
    rng = random.Random(7)
    for _ in range(300):
        leaves = {name: Value(rng.uniform(0.2, 2.0), label=name) for name in "xyz"}
        made: list[Any] = [*leaves.values(), 2.0, -1.5]
        for _ in range(6):
            op = TABLE[rng.choice(NAMES)]
            made.append(op(*(rng.choice(made) for _ in range(op.arity or 2))))
        out = made[-1]
        if not isinstance(out, Value) or out.op is None:
            continue
        names = {name: getattr(m, name) for name in ("exp", "tanh", "sin", "square", "maximum")} | leaves
        again = eval(expression(out, depth=99), names)
        same = again == out.data if isinstance(again, float) else again.data == out.data
        assert same or out.data != out.data or abs(again.data - out.data) < 1e-3 * abs(out.data), expression(out, 99)
