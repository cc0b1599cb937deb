"""The oracle: every primitive by mpmath, its derivatives by differences at a precision where these are exact.

Nothing here uses the table's own formulas. Run as a program it is the long campaign, of which the tests run
a slice:

    python -m tests.oracle --cases 100000 [--only NAME] [--between LOW HIGH] [--seed N]

It prints, for each row of the table and each of its partials, the largest error found and where.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import mpmath
from mpmath import mp, mpf

from microgradnn.ops import TABLE, Op
from microgradnn.partials import local
from microgradnn.primitives import BUILT_IN
from tests.points import point

PRECISION = 3400  # bits: 1/2**1074 beside 2**1024, and a difference of 2**-240 of either
STEP = mpf(2) ** -240

# Beyond 1e4 it is 0 or 1 to far more digits than floats have, and mpmath's own bookkeeping overflows.
CDF = lambda x: mpmath.erfc(-x / mpmath.sqrt(2)) / 2 if abs(x) < 1e4 else mpf(x > 0)
LOGISTIC = lambda x: 1 / (1 + mpmath.exp(-x))
DENSITY = lambda x: mpmath.exp(-x * x / 2) / mpmath.sqrt(2 * mpmath.pi)


def _dot(bias: Any, *factors: Any) -> Any:
    half = len(factors) // 2
    return bias + sum(x * y for x, y in zip(factors[:half], factors[half:], strict=True))


EXACT: dict[str, Callable[..., Any]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "neg": lambda x: -x,
    "pow": mpmath.power,
    "alias": lambda x: x,
    "square": lambda x: x * x,
    "sqrt": mpmath.sqrt,
    "exp": mpmath.exp,
    "expm1": lambda x: mpmath.exp(x) - 1,
    "log": mpmath.log,
    "log1p": lambda x: mpmath.log(1 + x),
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "tan": mpmath.tan,
    "asin": mpmath.asin,
    "acos": mpmath.acos,
    "atan": mpmath.atan,
    "atan2": mpmath.atan2,
    "sinh": mpmath.sinh,
    "cosh": mpmath.cosh,
    "tanh": mpmath.tanh,
    "sigmoid": LOGISTIC,
    "sigmoid_slope": lambda x: LOGISTIC(x) * LOGISTIC(-x),
    "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
    "silu": lambda x: x * LOGISTIC(x),
    "silu_slope": lambda x: LOGISTIC(x) * (1 + x * LOGISTIC(-x)),
    "erf": mpmath.erf,
    "gauss": lambda x, k: mpmath.exp(-k * x * x),
    "normal_cdf": CDF,
    "gelu": lambda x: x * CDF(x),
    "gelu_slope": lambda x: CDF(x) + x * DENSITY(x),
    "abs": abs,
    "sign": mpmath.sign,
    "step": lambda x: mpf(x > 0),
    "relu": lambda x: max(x, mpf(0)),
    "leaky_relu": lambda x, slope: x if x > 0 else slope * x,
    "elu": lambda x, alpha: x if x > 0 else alpha * mpmath.expm1(x),
    "maximum": max,
    "minimum": min,
    "clip": lambda x, low, high: min(max(x, low), high),
    "where": lambda c, x, y: x if c else y,
    "sum": lambda *xs: sum(xs),
    "dot": _dot,
    "logsumexp": lambda *xs: mpmath.log(sum(mpmath.exp(x) for x in xs)),
}


# ---- exact values and derivatives ------------------------------------------------------------------------


def exact(name: str, args: Sequence[float]) -> Any:
    """The value of a primitive."""
    with mp.workprec(PRECISION):
        return EXACT[name](*map(mpf, args))


def partial(name: str, args: Sequence[float], k: int) -> Any:
    """The derivative with respect to argument k, away from kinks."""
    with mp.workprec(PRECISION):
        return difference(EXACT[name], [k], list(map(mpf, args)))


def difference(f: Callable[..., Any], along: Sequence[int], args: list[Any]) -> Any:
    """The derivative with respect to the arguments numbered `along`, one after the other, by central differences."""
    if not along:
        return f(*args)
    k, *rest = along
    h = STEP * (min(abs(args[k]), 1) or min([abs(x) for x in args if x] + [1]))
    low, high = ([*args[:k], args[k] + d, *args[k + 1 :]] for d in (-h, h))
    return (difference(f, rest, high) - difference(f, rest, low)) / (2 * h)


def ulps(got: float, truth: Any) -> float:
    """The distance in units in the last place of the truth; beyond the largest float all is infinity."""
    if got != got:
        return math.inf
    top = mpf(2) ** 1024
    with mp.workprec(PRECISION):
        truth = max(-top, min(top, truth))
        place = math.ulp(min(float(abs(truth)), 1.7e308))
        return float(abs((math.copysign(1, got) * top if math.isinf(got) else mpf(got)) - truth) / place)


def bits(x: float) -> str:
    """A float as its bits, all nans alike."""
    return "nan" if x != x else struct.pack(">d", x).hex()


ROWS = [op for op in TABLE.values() if op.name in BUILT_IN]
MEASURED = [op for op in ROWS if op.name in EXACT]
# More than the slice that every run takes: MICROGRADNN_CASES=1000 pytest tests/test_rules.py
CASES = int(os.environ.get("MICROGRADNN_CASES", "25"))
SEED = int(os.environ.get("MICROGRADNN_SEED", "20"))


def rng_of(op: Op) -> random.Random:
    """The random numbers of a test of one row; pytest shows the seed when the test fails."""
    print(f"MICROGRADNN_SEED={SEED} row {op.name}")
    return random.Random(f"{SEED} {op.name}")


def name(op: Op) -> str:
    """What pytest calls a row."""
    return op.name


# ---- what is promised -------------------------------------------------------------------------------------


def wanted(op: Op, args: Sequence[float]) -> list[int]:
    """The arguments with respect to which the row has a derivative there."""
    if op.name == "pow" and args[0] <= 0:
        return [0]
    if op.name == "clip" and args[1] == args[2]:  # an interval of one point is at the end of the domain
        return [0]
    if op.name == "atan2" and args[0] == 0 and args[1] < 0:  # on the cut, where the values jump by 2 pi
        return [1]
    return list(range(len(args)))


CORRECTLY_ROUNDED = frozenset({"add", "sub", "mul", "div", "neg", "alias", "square", "sqrt", "abs"})
SECOND = frozenset({"sigmoid_slope", "silu_slope", "gelu_slope"})  # themselves derivatives: only they have a promise
NO_PROMISE = frozenset({"sum", "dot", "logsumexp"})  # of the value: the order is promised instead


def value_bound(op: Op) -> float:
    return math.inf if op.name in NO_PROMISE else 0.5 if op.name in CORRECTLY_ROUNDED else 4.0


def partial_bound(op: Op, args: Sequence[float]) -> float:
    return 4.0 + (max(args) - min(args) if op.name == "logsumexp" else 0.0)


def errors(op: Op, args: Sequence[float]) -> Iterator[tuple[str, float, float]]:
    """What was measured, its error in ulps, and the bound, for the value and each partial at a point.

    Second derivatives are measured in units of 2**-53 instead: absolutely, so as not to fail at their zeros.
    """
    out = op.value(*args)
    yield "value", ulps(out, exact(op.name, args)), value_bound(op)
    found = dict(local(op, args, out, range(len(args))))
    for k in wanted(op, args):
        truth, slope = partial(op.name, args, k), found.get(k, 0.0)
        if isinstance(truth, mpf):  # at the end of a domain differences leave it and are complex
            error = float(abs(slope - truth)) * 2**53 if op.name in SECOND else ulps(slope, truth)
            yield f"partial {k}", error, partial_bound(op, args)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=1000, help="points for each row")
    parser.add_argument("--only", help="the name of one row")
    parser.add_argument("--between", type=float, nargs=2, help="where the one argument of a row lies")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    failed = 0
    for op in MEASURED:
        if options.only not in (None, op.name):
            continue
        rng = random.Random(f"{options.seed} {op.name}")
        worst: dict[str, tuple[float, Any]] = {}
        for _ in range(options.cases):
            args = (rng.uniform(*options.between),) if options.between else point(op, rng)
            for what, error, bound in errors(op, args):
                failed += error > bound
                worst[what] = max(worst.get(what, (-1.0, ())), (error, args))
        for what, (error, args) in worst.items():
            print(f"{op.name:13} {what:10} {error:12.4g} ulp at {args}", flush=True)
    print(f"seed {options.seed}: {failed} beyond their bounds")
    raise SystemExit(failed > 0)


if __name__ == "__main__":
    main()
