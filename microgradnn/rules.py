"""The table of primitives: `elementary` and, here, what networks are made of.

Adding an operation is adding a row.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from microgradnn import ieee
from microgradnn.elementary import (
    AT_ZERO,
    INF,
    JUMP,
    NAN,
    TWO,
    ZERO,
    choose,
    either,
    exp,
    expm1,
    log,
    log1p,
    row,
    same,
    square,
)
from microgradnn.ops import TABLE, Domain, Kink, Op, plain

# ---- sigmoidal -------------------------------------------------------------------------------------------

tanh = row(
    "tanh", ieee.tanh, lambda x, out: 4 * sigmoid_slope(2 * x),
    tex=r"\tanh {0}", textbook=lambda x, out: (1 - square(out),),
)  # fmt: skip
sigmoid: Op = row(
    "sigmoid", ieee.sigmoid, lambda x, out: sigmoid_slope(x),
    tex=r"\sigma({0})", definition=lambda x: 1 / (1 + exp(-x)), by_value=lambda out: out * (1 - out),
)  # fmt: skip
sigmoid_slope: Op = row(
    "sigmoid_slope", ieee.sigmoid_slope, lambda x, out: -out * tanh(x / 2),
    tex=r"\sigma'({0})", definition=lambda x: sigmoid(x) * sigmoid(-x),
    textbook=lambda x, out: (out * (1 - 2 * sigmoid(x)),),
    public=False, note="The derivative of sigmoid, σ(x)·σ(−x), which is even.",
)  # fmt: skip
softplus = row(
    "softplus", ieee.softplus, lambda x, out: sigmoid(x),
    tex=r"\operatorname{{softplus}}({0})", definition=lambda x: log1p(exp(x)),
)  # fmt: skip
silu = row(
    "silu", ieee.silu, lambda x, out: silu_slope(x),
    tex=r"\operatorname{{silu}}({0})", definition=lambda x: x / (1 + exp(-x)),
)  # fmt: skip
silu_slope: Op = row(
    "silu_slope", ieee.silu_slope, lambda x, out: sigmoid_slope(x) * (2 - x * tanh(x / 2)),
    tex=r"\operatorname{{silu}}'({0})", definition=lambda x: sigmoid(x) * (1 + x * sigmoid(-x)),
    public=False, note="The derivative of silu, with all digits near its zero.",
)  # fmt: skip

# ---- Gaussian --------------------------------------------------------------------------------------------


def _gauss_scaled(x: Any, k: Any, out: Any, a: Any, b: Any) -> Any:
    """a·b·exp(−k·x²); a subnormal exponential comes in two halves, so that a factor does not magnify its loss."""
    return choose(out < 2.0**-1000, lambda: a * gauss(x, k / 2) * (b * gauss(x, k / 2)), lambda: a * (b * out))


PER_ROOT_TWO_PI, TWO_PER_ROOT_PI = 1 / math.sqrt(2 * math.pi), 2 / math.sqrt(math.pi)
erf = row(
    "erf", ieee.erf, lambda x, out: TWO_PER_ROOT_PI * gauss(x, 1.0),
    tex=r"\operatorname{{erf}} {0}", textbook=lambda x, out: (TWO_PER_ROOT_PI * exp(-square(x)),),
)  # fmt: skip
gauss: Op = row(
    "gauss", ieee.gauss,
    lambda x, k, out: _gauss_scaled(x, k, out, x, -2 * k), lambda x, k, out: _gauss_scaled(x, k, out, x, -x),
    arguments=("x", "k"), tex="e^{{-{1} {0}^2}}", definition=lambda x, k: exp(-k * x * x),
    textbook=lambda x, k, out: (-2 * k * x * out, -(square(x) * out)),
    note="exp(−k·x²) for k = 1 and ½, keeping its digits where x² is large.",
)  # fmt: skip
normal_cdf = row(
    "normal_cdf", ieee.normal_cdf, lambda x, out: PER_ROOT_TWO_PI * gauss(x, 0.5),
    tex=r"\Phi({0})", definition=lambda x: (1 + erf(x / math.sqrt(2))) / 2,
    textbook=lambda x, out: (PER_ROOT_TWO_PI * exp(-(square(x) / 2)),),
    note="The probability that a standard normal number is below x.",
)  # fmt: skip
gelu = row(
    "gelu", ieee.gelu, lambda x, out: gelu_slope(x),
    tex=r"\operatorname{{gelu}}({0})", definition=lambda x: x * normal_cdf(x),
)  # fmt: skip
gelu_slope: Op = row(
    "gelu_slope", ieee.gelu_slope,
    lambda x, out: PER_ROOT_TWO_PI * (2 * gauss(x, 0.5) - x * (x * gauss(x, 0.5))),
    tex=r"\operatorname{{gelu}}'({0})",
    definition=lambda x: normal_cdf(x) + PER_ROOT_TWO_PI * x * exp(-(square(x) / 2)),
    textbook=lambda x, out: (PER_ROOT_TWO_PI * (2 - square(x)) * exp(-(square(x) / 2)),),
    public=False, note="The derivative of gelu, with all digits near its zero.",
)  # fmt: skip

# ---- with kinks ------------------------------------------------------------------------------------------

TIE = Kink(lambda x, y: same(x, y), lambda x, y: ((1.0, 0.0), (0.0, 1.0)), "x = y")


def if_positive(x: Any, then: Callable[[], Any], otherwise: Callable[[], Any]) -> Any:
    """`then` for x > 0, `otherwise` for x ≤ 0, nan for nan."""
    return choose(x > 0, then, lambda: choose(x <= 0, otherwise, lambda: NAN))


def _greater(x: Any, y: Any) -> Any:
    """1 where x > y, 0 where x < y, nan where they cannot be compared."""
    return choose(x > y, lambda: 1.0, lambda: choose(x < y, lambda: 0.0, lambda: NAN))


def _larger(x: Any, y: Any) -> Any:
    return choose(x > y, lambda: x, lambda: y)


def _share(wins: Any, loses: Any) -> Any:
    """1 where x wins, 0 where it loses, and at a tie of the two their halves."""
    return choose(wins, lambda: 1.0, lambda: choose(loses, lambda: 0.0, lambda: 0.5))


def _inside(x: Any, low: Any, high: Any, out: Any) -> Any:
    return choose(x < low, lambda: 0.0, lambda: choose(x > high, lambda: 0.0, lambda: 0.0 * (low + x + high) + 1.0))


def _clip_sides(x: Any, low: Any, high: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    at_low, at_high = (choose(same(x, end), lambda: 1.0, lambda: 0.0) for end in (low, high))
    return (1 - at_low, at_low, 0.0), (1 - at_high, 0.0, at_high)


def flat(op: Op, x: Any) -> Any:
    """A slope that is the same all around x: where x is known a plain number, of which a zero flows nowhere."""
    return op.value(plain(x)) if (x > 0).__class__ is bool else op(x)


step = row(
    "step", ieee.step, ZERO, tex=r"\operatorname{{step}}({0})", kink=JUMP,
    definition=lambda x: if_positive(x, lambda: 1.0, lambda: 0.0), roundings=0,
    note="1 for x > 0, else 0: the step function of the perceptron.",
)  # fmt: skip
relu = row(
    "relu", ieee.relu, lambda x, out: flat(step, x),
    textbook=lambda x, out: (if_positive(x, lambda: 1.0, lambda: 0.0),), symbol="ReLU",
    tex=r"\operatorname{{relu}}({0})", kink=Kink(AT_ZERO, lambda x: ((0.0,), (1.0,))),
    definition=lambda x: if_positive(x, lambda: x, lambda: 0.0), roundings=0,
)  # fmt: skip
leaky_relu = row(
    "leaky_relu", ieee.leaky_relu,
    lambda x, slope, out: if_positive(x, lambda: 1.0, lambda: slope),
    lambda x, slope, out: if_positive(x, lambda: 0.0, lambda: x),
    arguments=("x", "slope"), defaults=(0.01,), tex=r"\operatorname{{leaky\_relu}}({0}, {1})",
    kink=Kink(AT_ZERO, lambda x, slope: ((slope, 0.0), (1.0, 0.0))),
    definition=lambda x, slope: if_positive(x, lambda: x, lambda: slope * x),
)  # fmt: skip
elu = row(
    "elu", ieee.elu,
    lambda x, alpha, out: if_positive(x, lambda: 1.0, lambda: alpha * exp(x / 2) * exp(x / 2)),
    lambda x, alpha, out: if_positive(x, lambda: 0.0, lambda: expm1(x)),
    arguments=("x", "alpha"), defaults=(1.0,), tex=r"\operatorname{{elu}}({0}, {1})",
    kink=Kink(AT_ZERO, lambda x, alpha: ((alpha, 0.0), (1.0, 0.0))),
    definition=lambda x, alpha: if_positive(x, lambda: x, lambda: alpha * expm1(x)),
    textbook=lambda x, alpha, out: (
        if_positive(x, lambda: 1.0, lambda: alpha * exp(x)), if_positive(x, lambda: 0.0, lambda: expm1(x)),
    ),
)  # fmt: skip
maximum = row(
    "maximum", ieee.maximum, lambda x, y, out: _greater(x, y), lambda x, y, out: _greater(y, x),
    arguments=TWO, tex=r"\max({0}, {1})", kink=TIE, definition=_larger, roundings=0,
    textbook=lambda x, y, out: (_share(x > y, x < y), _share(y > x, y < x)),
)  # fmt: skip
minimum = row(
    "minimum", ieee.minimum, lambda x, y, out: _greater(y, x), lambda x, y, out: _greater(x, y),
    arguments=TWO, tex=r"\min({0}, {1})", kink=TIE, roundings=0,
    definition=lambda x, y: choose(x < y, lambda: x, lambda: y),
    textbook=lambda x, y, out: (_share(x < y, x > y), _share(y < x, y > x)),
)  # fmt: skip
clip = row(
    "clip", ieee.clip, _inside,
    lambda x, low, high, out: _greater(low, x), lambda x, low, high, out: _greater(x, high),
    arguments=("x", "low", "high"), roundings=0, tex=r"\operatorname{{clip}}({0}, {1}, {2})",
    kink=Kink(lambda x, low, high: either(same(x, low), same(x, high)), _clip_sides, "x = low or x = high"),
    domain=Domain("low ≤ high", lambda x, low, high: low <= high),
    definition=lambda x, low, high: choose(x < low, lambda: low, lambda: choose(x > high, lambda: high, lambda: x)),
    textbook=lambda x, low, high, out: (
        choose(x > low, lambda: choose(x < high, lambda: 1.0, lambda: 0.0), lambda: 0.0),
        choose(x < low, lambda: 1.0, lambda: 0.0), choose(x > high, lambda: 1.0, lambda: 0.0),
    ),
)  # fmt: skip
# ---- of any number of arguments --------------------------------------------------------------------------


def _dot_gradient(args: Sequence[Any], out: Any) -> Sequence[Any]:
    half = len(args) // 2
    return [1.0, *args[half + 1 :], *args[1 : half + 1]]


def _dotted(bias: Any, *factors: Any) -> Any:
    half = len(factors) // 2
    return reduce(operator.add, map(operator.mul, factors[:half], factors[half:]), bias)


def _softmax(args: Sequence[Any], out: Any) -> Sequence[Any]:
    # The shift cancels in every derivative, so it may be a constant.
    shift = peak(*args)
    weights = [exp(x - shift) for x in args]
    whole = total(*weights)
    return [weight / whole for weight in weights]


def _chosen(*args: float) -> float:
    size = (len(args) + 1) // 3
    place = next((k for k, below in enumerate(args[: size - 1]) if below), size - 1)
    return args[2 * size - 1 + place]


def _here(args: Sequence[Any], out: Any) -> Sequence[Any]:
    size = (len(args) + 1) // 3
    return [0.0] * (2 * size - 1) + list(args[size - 1 : 2 * size - 1])


total = row(
    "sum", ieee.total, gradient=lambda args, out: [1.0] * len(args), arguments=("xs",), tex=r"\sum({0})",
    definition=lambda *xs: reduce(operator.add, xs), roundings=1, note="The sum from the left, beginning with 0.",
)  # fmt: skip
inner = row(
    "dot", ieee.dot, gradient=_dot_gradient, arguments=("bias", "xs", "ys"), tex=r"\operatorname{{dot}}({0})",
    definition=_dotted, roundings=1,
    note="bias + x₀y₀ + x₁y₁ + …, added in this order; called as (bias, x₀, …, y₀, …).",
)  # fmt: skip
log_sum_exp = row(
    "logsumexp", ieee.logsumexp, gradient=_softmax, arguments=("xs",), tex=r"\operatorname{{logsumexp}}({0})",
    textbook=lambda args, out: [exp(x - out) for x in args],
    definition=lambda *xs: (shift := peak(*xs)) + log(total(*(exp(x - shift) for x in xs))),
    note="log Σ exp(xᵢ), without overflow.",
)  # fmt: skip
peak: Op = row(
    "peak", lambda *xs: reduce(ieee.maximum, xs, -INF),
    gradient=lambda args, out: [0.0] * len(args), arguments=("xs",), tex=r"\max({0})",
    definition=lambda *xs: reduce(_larger, xs), roundings=0,
    public=False, note="The largest argument taken as a constant: a shift on which the result does not depend.",
)  # fmt: skip
# Not in the table: only programs that are compiled choose by a number that they do not know.
chosen = Op(
    "chosen", _chosen, gradient=_here, arguments=("below", "here", "xs"), public=False,
    note="The number at a place among others; called with whether it is below 1, 2, …, and whether it is 0, 1, 2, ….",
)  # fmt: skip

for _op in TABLE.values():
    if _op is not peak:
        _op.check()
