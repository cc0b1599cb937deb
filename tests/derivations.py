"""Right derivations in many forms: a random expression, and its gradient by the chain rule in a random style.

The gradient is worked out in plain floats, by formulas that stand here and nowhere in the package; for every
function there are several, some of which lose digits for some arguments, as people's formulas do. Run as a
program this is the long campaign, of which the tests run a slice:

    python tests/derivations.py --cases 10000 [--seed N]
"""

from __future__ import annotations

import argparse
import math
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import microgradnn as m
from microgradnn.check import Verdict, compare

Floats = Callable[[float], float]


def logistic(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x)) if x > -700 else 0.0


# name: the function for Values; the same in floats, in several forms; its derivative, in several forms
FUNCTIONS: dict[str, tuple[Callable[[Any], Any], list[Floats], list[Floats]]] = {
    "tanh": (
        m.tanh,
        [
            math.tanh,
            lambda x: (math.exp(x) - math.exp(-x)) / (math.exp(x) + math.exp(-x)),
            lambda x: 2 * logistic(2 * x) - 1,
        ],
        [
            lambda x: 1 - math.tanh(x) ** 2,
            lambda x: 1 / math.cosh(x) ** 2,
            lambda x: (1 - math.tanh(x)) * (1 + math.tanh(x)),
            lambda x: 4 / (math.exp(x) + math.exp(-x)) ** 2,
        ],
    ),
    "sigmoid": (
        m.sigmoid,
        [logistic, lambda x: 0.5 * (1 + math.tanh(x / 2))],
        [
            lambda x: logistic(x) * (1 - logistic(x)),
            lambda x: logistic(x) - logistic(x) ** 2,
            lambda x: math.exp(-x) / (1 + math.exp(-x)) ** 2,
            lambda x: 0.25 / math.cosh(x / 2) ** 2,
        ],
    ),
    "softplus": (
        m.softplus,
        [lambda x: math.log(1 + math.exp(x)), lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x)))],
        [logistic, lambda x: 1 - 1 / (1 + math.exp(x)), lambda x: math.exp(x) / (1 + math.exp(x))],
    ),
    "square": (m.square, [lambda x: x * x, lambda x: x**2], [lambda x: 2 * x, lambda x: x + x]),
    "sin": (
        m.sin,
        [math.sin, lambda x: 2 * math.sin(x / 2) * math.cos(x / 2)],
        [math.cos, lambda x: 1 - 2 * math.sin(x / 2) ** 2, lambda x: math.sin(x + math.pi / 2)],
    ),
    "exp": (m.exp, [math.exp, lambda x: math.exp(x / 2) ** 2], [math.exp, lambda x: math.cosh(x) + math.sinh(x)]),
    "log1p_square": (
        lambda x: m.log(1 + x * x),
        [lambda x: math.log(1 + x * x), lambda x: math.log1p(x * x)],
        [lambda x: 2 * x / (1 + x * x), lambda x: 2 / (x + 1 / x) if x else 0.0],
    ),
    "root": (
        lambda x: m.sqrt(1 + x * x),
        [lambda x: math.sqrt(1 + x * x), lambda x: math.hypot(1, x)],
        [lambda x: x / math.sqrt(1 + x * x), lambda x: x * (1 + x * x) ** -0.5],
    ),
    "relu": (
        m.relu,
        [lambda x: max(x, 0.0), lambda x: (x + abs(x)) / 2],
        [lambda x: 1.0 if x > 0 else 0.0, lambda x: 1.0 if x >= 0 else 0.0],
    ),
    "abs": (abs, [abs, lambda x: max(x, -x)], [lambda x: math.copysign(1.0, x), lambda x: (x > 0) - (x < 0)]),
    "cube": (lambda x: x**3, [lambda x: x**3, lambda x: x * x * x], [lambda x: 3 * x**2, lambda x: 3 * x * x]),
    "arctan": (
        m.atan,
        [math.atan, lambda x: math.atan2(x, 1.0)],
        [lambda x: 1 / (1 + x * x), lambda x: 1 / (1 + x**2)],
    ),
}  # fmt: skip

# How a product is differentiated back, and a difference squared: the same thing said differently.
ERROR: list[Callable[[float, float], float]] = [
    lambda p, y: p - y,
    lambda p, y: -(y - p),
    lambda p, y: (p * p - y * y) / (p + y) if abs(p + y) > 1e-3 else p - y,
    lambda p, y: ((p - y) ** 3) / ((p - y) ** 2) if p != y else 0.0,
    lambda p, y: 0.5 * (2 * p - 2 * y),
]


def coordinate(rng: random.Random) -> float:
    match rng.randrange(8):
        case 0:
            return float(rng.randint(-3, 3))
        case 1:
            return rng.uniform(-1, 1) * 10.0 ** rng.uniform(-8, 1)
        case 2:
            return rng.uniform(-20, 20)
        case _:
            return rng.uniform(-2, 2)


class Case:
    """loss = mean or sum over samples of f(g(w·x + b)·v + c) against a target, halved and squared or not."""

    def __init__(self, seed: int) -> None:
        rng = random.Random(seed)
        width, samples = rng.randint(1, 3), rng.randint(1, 3)
        self.inner, self.outer = rng.choice(list(FUNCTIONS)), rng.choice(list(FUNCTIONS))
        self.f, self.df = (rng.choice(forms) for forms in FUNCTIONS[self.outer][1:])
        self.g, self.dg = (rng.choice(forms) for forms in FUNCTIONS[self.inner][1:])
        self.error, self.backwards, self.mean = rng.choice(ERROR), rng.random() < 0.5, rng.random() < 0.5
        self.at = {
            "w": [coordinate(rng) for _ in range(width)],
            "b": coordinate(rng),
            "v": coordinate(rng),
            "c": coordinate(rng),
            "x": [[coordinate(rng) for _ in range(width)] for _ in range(samples)],
            "y": [coordinate(rng) for _ in range(samples)],
        }

    def loss(self, w: Any, b: Any, v: Any, c: Any, x: Any, y: Any) -> Any:
        f, g = FUNCTIONS[self.outer][0], FUNCTIONS[self.inner][0]
        parts = [(f(g(m.dot(w, row) + b) * v + c) - target) ** 2 / 2 for row, target in zip(x, y, strict=True)]
        whole = m.sum(parts)
        return whole / len(parts) if self.mean else whole

    def by_hand(self, w: Any, b: Any, v: Any, c: Any, x: Any, y: Any) -> dict[str, Any]:
        n = len(x) if self.mean else 1
        gw, gb, gv, gc = [0.0] * len(w), 0.0, 0.0, 0.0
        samples = list(zip(x, y, strict=True))
        for row, target in reversed(samples) if self.backwards else samples:
            z = b
            for p, q in zip(w, row, strict=True):
                z = z + p * q
            h = self.g(z)
            s = h * v + c
            delta = self.error(self.f(s), target) * self.df(s)
            gc += delta / n
            gv += delta * h / n
            below = v * delta * self.dg(z)
            gb = gb + below / n
            gw = [old + new * below / n for old, new in zip(gw, row, strict=True)]
        return {"w": gw, "b": gb, "v": gv, "c": gc}


def verdicts(seed: int) -> Counter[Verdict] | None:
    """The verdicts on the case of that seed; None where a form overflows or divides by 0 at its point."""
    case = Case(seed)
    try:
        report = compare(case.loss, case.by_hand, case.at, numeric=False)
    except m.MicrogradnnError as error:
        if "raised" in str(error) or "nan" in str(error) or "inf" in str(error):
            return None
        raise
    # A form that overflows where the gradient is finite is no derivation of it at this point.
    return Counter(row.verdict for row in report.rows if row.verdict is not Verdict.INFINITE)


def main() -> None:
    arguments = argparse.ArgumentParser(description="right derivations, of which none may be accused")
    arguments.add_argument("--cases", type=int, default=10_000)
    arguments.add_argument("--seed", type=int, default=0)
    chosen = arguments.parse_args()
    total: Counter[str] = Counter()
    for seed in range(chosen.seed, chosen.seed + chosen.cases):
        found = verdicts(seed)
        if found is None:
            total["not evaluated"] += 1
            continue
        total.update({str(verdict): count for verdict, count in found.items()})
        for bad in set(found) & {Verdict.DIFFERS, Verdict.MINUS, Verdict.DOUBT, Verdict.UNDEFINED}:
            print(f"seed {seed}: {bad}")
    print(dict(total))


if __name__ == "__main__":
    main()
