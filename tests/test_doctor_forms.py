"""Right derivations in unusual but valid form: none of them is accused."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache, reduce
from typing import Any

import numpy as np
import pytest

import microgradnn as m
from microgradnn.check import compare, diagnose
from microgradnn.functional import softmax

Case = tuple[Callable[..., Any], Callable[..., Any], dict[str, Any]]
CASES: dict[str, Case] = {}


def case(name: str, loss: Callable[..., Any], by_hand: Callable[..., Any], **at: Any) -> None:
    CASES[name] = (loss, by_hand, at)


def s(z: float) -> float:
    return 1 / (1 + math.exp(-z)) if z > -700 else 0.0


def shares(z: Any) -> list[float]:
    parts = [math.exp(a - max(z)) for a in z]
    return [part / math.fsum(parts) for part in parts]


@lru_cache
def remembered(w: float, x: float) -> float:
    return 2 * w * x * x


square = lambda w, x, y: (w * x - y) ** 2
entropy = lambda z, t: -m.sum([a * m.log(p) for a, p in zip(t, softmax(z), strict=True)])
log_loss = lambda w, x, y: -(y * m.log(m.sigmoid(w * x)) + (1 - y) * m.log(1 - m.sigmoid(w * x)))
spread = lambda x: m.sum([a * a for a in x]) / len(x) - (m.sum(x) / len(x)) ** 2
norm = lambda x: m.sqrt(x[0] ** 2 + x[1] ** 2)

for scale in (1e-300, 1e-154, 1e100, 1e150):
    case(f"at {scale}", square, lambda w, x, y: {"w": 2 * w * x * x - 2 * x * y}, w=0.3 * scale, x=0.7, y=0.2 * scale)
case("squares that cancel", lambda a, b: (a - b) ** 2, lambda a, b: {"a": 2 * a - 2 * b}, a=1e8 + 0.1, b=1e8)
case("a deviation", spread, lambda x: {"x": [2 / len(x) * (a - statistics.fmean(x)) for a in x]}, x=[1e3, 1e3 + 0.2])
case(
    "truth values", lambda w, b: m.relu(w + b), lambda w, b: {"w": w + b > 0, "b": np.float64(w + b) > 0}, w=0.2, b=0.3
)
case("whole numbers", lambda w, x: (w * x) ** 2, lambda w, x: {"w": 2 * w * x * x}, w=2, x=3)
case(
    "fractions", lambda w, x: (w * x) ** 2, lambda w, x: {"w": float(2 * Fraction(w) * Fraction(x) ** 2)}, w=0.2, x=0.3
)
case("decimals", lambda w, x: w * x, lambda w, x: {"w": float(Decimal(x) * 1)}, w=0.2, x=0.3)
case("a cache", lambda w, x: (w * x) ** 2, lambda w, x: {"w": remembered(w, x)}, w=0.2, x=0.3)
case("one-hot", entropy, lambda z, t: {"z": [p - a for p, a in zip(shares(z), t, strict=True)]}, z=[0.3, 2.0], t=[0, 1])
case("soft labels", entropy, CASES["one-hot"][1], z=[0.3, 2.0, 0.1], t=[0.1, 0.1, 0.8])
case("far apart", entropy, CASES["one-hot"][1], z=[300.0, -120.0, 200.0], t=[1.0, 0.0, 0.0])
case("overflow", lambda w: m.log(1 + m.exp(w)), lambda w: {"w": math.exp(w) / (1 + math.exp(w))}, w=600.0)
case("a tail", lambda w: m.log(m.sigmoid(w)), lambda w: {"w": 1 - s(w)}, w=30.0)
case("tanh", lambda w: m.tanh(w), lambda w: {"w": 1 - ((math.exp(2 * w) - 1) / (math.exp(2 * w) + 1)) ** 2}, w=9.0)
case("cosh", lambda w: m.log(m.cosh(w)), lambda w: {"w": (1 - math.exp(-2 * w)) / (1 + math.exp(-2 * w))}, w=3.0)
case(
    "y = 1 by a branch",
    log_loss,
    lambda w, x, y: {"w": (s(w * x) - 1) * x if y == 1 else s(w * x) * x},
    w=0.3,
    x=0.5,
    y=1.0,
)
case("y = 0 by a branch", log_loss, CASES["y = 1 by a branch"][1], w=0.3, x=0.5, y=0)
case("signs as shares", lambda w, y: m.log(1 + m.exp(-y * w)), lambda w, y: {"w": s(w) - (y + 1) / 2}, w=0.3, y=-1.0)
case("a mask", lambda w, k: m.sum([(a * b) ** 2 for a, b in zip(w, k, strict=True)]),
     lambda w, k: {"w": [2 * a if b else 0.0 for a, b in zip(w, k, strict=True)]},
     w=[0.1, 0.2, 0.3], k=[1.0, 0.0, 1.0])  # fmt: skip
case("clipped", lambda p: -m.log(m.clip(p, 1e-12, 1 - 1e-12)), lambda p: {"p": -1 / max(p, 1e-12)}, p=0.3)
case("at both kinks", lambda w: m.relu(w) + m.relu(w - 1), lambda w: {"w": float(w > 0) + float(w >= 1)}, w=1.0)
case("a kink that is none", lambda w: m.relu(w) - m.relu(-w), lambda w: {"w": 1}, w=0.0)
case("the first of all ties", lambda x: reduce(m.maximum, x),
     lambda x: {"x": [float(k == x.index(max(x))) for k in range(3)]}, x=[3.0, 3.0, 3.0])  # fmt: skip
case("a power of 0", lambda x: x**2, lambda x: {"x": x + x}, x=0.0)
case("a root of 1e-30", lambda x: m.sqrt(x), lambda x: {"x": 1 / (2 * x**0.5)}, x=1e-30)
case("a length", norm, lambda x: {"x": [math.cos(math.atan2(x[1], x[0])), x[1] / math.hypot(*x)]}, x=[3.0, -4.0])
case("a closed form", lambda r: m.sum([r**k for k in range(10)]),
     lambda r: {"r": (9 * r**10 - 10 * r**9 + 1) / (1 - r) ** 2}, r=0.5)  # fmt: skip
case("Horner at a root", lambda x: (x - 1) ** 5, lambda x: {"x": 5 * (x**4 - 4 * x**3 + 6 * x * x - 4 * x + 1)}, x=1.0)
case("near 1", lambda c: m.asin(c), lambda c: {"c": 1 / math.sqrt(1 - c * c)}, c=0.99999999)
case("a ratio", lambda a, b: a / (a + b), lambda a, b: {"a": 1 / (a + b) - a / (a + b) ** 2}, a=1.0, b=1e-12)
case("constant sum", lambda a: m.sin(a) ** 2 + m.cos(a) ** 2 + a, lambda a: {"a": 1}, a=3e5)


@pytest.mark.parametrize("name", CASES)
def test_a_right_derivation_is_not_accused(name: str) -> None:
    loss, by_hand, at = CASES[name]
    for seed in range(2):
        found = diagnose(loss, by_hand, at, seed=seed)
        assert found.ok, str(found)
    report = compare(loss, by_hand, at)
    assert report.ok, str(report)
