"""The table of primitives: for each its value, its partial derivatives, its domain and its kinks.

A partial is a function of the arguments and of `out`, the value there; it is written in the form that keeps
its digits, and of operations that anything that flows can go through: a row differentiates for Values, dual
numbers and exact numbers alike. Adding an operation is adding a row.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from microgradnn import ieee
from microgradnn.ops import TABLE, Domain, Kink, Op, Partial

NAN, INF = math.nan, math.inf


def row(name: str, value: Callable[..., float], *partials: Partial, **more: Any) -> Op:
    """Enter a primitive into the table."""
    TABLE[name] = op = Op(name, value, partials, **more)
    return op


def choose(condition: Any, then: Callable[[], Any], otherwise: Callable[[], Any]) -> Any:
    """One of two formulas, of which only the chosen one is evaluated where the condition is known."""
    if condition.__class__ is bool:
        return then() if condition else otherwise()
    return where(condition, then(), otherwise())


def if_positive(x: Any, then: Callable[[], Any], otherwise: Callable[[], Any]) -> Any:
    """`then` for x > 0, `otherwise` for x ≤ 0, nan for nan."""
    return choose(x > 0, then, lambda: choose(x <= 0, otherwise, lambda: NAN))


ONE: Partial = lambda *args: 1.0
ZERO: Partial = lambda *args: 0.0
TWO = ("x", "y")
POSITIVE = Domain("x > 0", lambda x: x > 0)
UNIT = Domain("−1 ≤ x ≤ 1", lambda x: -1 <= x <= 1)


# ---- arithmetic ------------------------------------------------------------------------------------------


def _quotient_slope(a: Any, b: Any, out: Any) -> Any:
    return -(out / b)


def _has_power(x: float, y: float) -> bool:
    return x > 0 or (x == 0 and y >= 0) or (x < 0 and ieee.power(x, y) == ieee.power(x, y))


def _power_slope(x: Any, y: Any, out: Any) -> Any:
    # y − 1 drops digits of a y that is tiny or has many of them; then out, which kept them, is divided by x.
    # At (0, 0) the convention is 0.
    def direct() -> Any:
        return y * power(x, y - 1)

    def by_out() -> Any:
        return choose(abs(out) > 0, lambda: choose(abs(out) < INF, lambda: y * out / x, direct), direct)

    formula = lambda: choose(abs((y - 1) + 1 - y) > 0, by_out, direct)
    return choose(abs(x) + abs(y) <= 0, lambda: 0.0, formula)


def _power_growth(x: Any, y: Any, out: Any) -> Any:
    at_zero = lambda: choose(y >= 0, lambda: 0.0, lambda: NAN)
    return choose(abs(x) <= 0, at_zero, lambda: out * log(x))


add = row("add", lambda x, y: x + y, ONE, ONE, arguments=TWO, symbol="+", tex="{0} + {1}", binds=1)
sub = row(
    "sub", lambda x, y: x - y, ONE, lambda x, y, out: -1.0,
    arguments=TWO, symbol="-", tex="{0} - {1}", binds=1,
)  # fmt: skip
mul = row(
    "mul", lambda x, y: x * y, lambda x, y, out: y, lambda x, y, out: x,
    arguments=TWO, symbol="*", tex=r"{0} \cdot {1}", binds=2,
)  # fmt: skip
div = row(
    "div", ieee.divide, lambda x, y, out: 1 / y, _quotient_slope,
    arguments=TWO, symbol="/", tex=r"\frac{{{0}}}{{{1}}}", binds=2,
    domain=Domain("y ≠ 0", lambda x, y: y != 0),
)  # fmt: skip
neg = row("neg", lambda x: -x, lambda x, out: -1.0, symbol="-", tex="-{0}", binds=3)
power = row(
    "pow", ieee.power, _power_slope, _power_growth,
    arguments=TWO, symbol="**", tex="{{{0}}}^{{{1}}}", binds=4,
    domain=Domain("x > 0, or y a whole number", _has_power),
)  # fmt: skip
alias = row(
    "alias",
    lambda x: x,
    ONE,
    tex="{0}",
    definition=lambda x: x,
    note="The number itself, as a step of its own.",
)
square = row("square", lambda x: x * x, lambda x, out: 2 * x, tex="{{{0}}}^2", definition=lambda x: x * x)
sqrt = row(
    "sqrt", ieee.sqrt, lambda x, out: 0.5 / out, tex=r"\sqrt{{{0}}}", domain=Domain("x ≥ 0", lambda x: x >= 0)
)

# ---- exponentials ----------------------------------------------------------------------------------------

exp = row("exp", ieee.exp, lambda x, out: out, tex=r"e^{{{0}}}")
expm1 = row("expm1", ieee.expm1, lambda x, out: exp(x), tex=r"e^{{{0}}} - 1")
log = row("log", ieee.log, lambda x, out: 1 / x, tex=r"\ln {0}", domain=POSITIVE)
log1p = row(
    "log1p", ieee.log1p, lambda x, out: 1 / (1 + x),
    tex=r"\ln(1 + {0})", domain=Domain("x > −1", lambda x: x > -1),
)  # fmt: skip

# ---- trigonometry ----------------------------------------------------------------------------------------


def _atan_slope(x: Any, out: Any) -> Any:
    return choose(abs(x) > 1, lambda: 1 / x / (x + 1 / x), lambda: 1 / (1 + x * x))


def _asin_slope(x: Any, out: Any) -> Any:
    return 1 / sqrt((1 - x) * (1 + x))


sin = row("sin", ieee.sin, lambda x, out: cos(x), tex=r"\sin {0}")
cos: Op = row("cos", ieee.cos, lambda x, out: -sin(x), tex=r"\cos {0}")
tan = row("tan", ieee.tan, lambda x, out: 1 / square(cos(x)), tex=r"\tan {0}")
asin = row("asin", ieee.asin, _asin_slope, tex=r"\arcsin {0}", domain=UNIT)
acos = row("acos", ieee.acos, lambda x, out: -_asin_slope(x, out), tex=r"\arccos {0}", domain=UNIT)
atan = row("atan", ieee.atan, _atan_slope, tex=r"\arctan {0}")
atan2 = row(
    "atan2", ieee.atan2, lambda y, x, out: x / (x * x + y * y), lambda y, x, out: -y / (x * x + y * y),
    arguments=("y", "x"), tex=r"\operatorname{{atan2}}({0}, {1})",
    domain=Domain("x and y not both 0", lambda y, x: x != 0 or y != 0),
)  # fmt: skip

# ---- hyperbolic and sigmoidal ----------------------------------------------------------------------------

sinh = row("sinh", ieee.sinh, lambda x, out: cosh(x), tex=r"\sinh {0}")
cosh: Op = row("cosh", ieee.cosh, lambda x, out: sinh(x), tex=r"\cosh {0}")
tanh = row("tanh", ieee.tanh, lambda x, out: 4 * sigmoid(2 * x) * sigmoid(-2 * x), tex=r"\tanh {0}")
sigmoid: Op = row(
    "sigmoid", ieee.sigmoid, lambda x, out: sigmoid(x) * sigmoid(-x),
    tex=r"\sigma({0})", definition=lambda x: 1 / (1 + exp(-x)),
)  # fmt: skip
softplus = row(
    "softplus", ieee.softplus, lambda x, out: sigmoid(x),
    tex=r"\operatorname{{softplus}}({0})", definition=lambda x: log(1 + exp(x)),
)  # fmt: skip
silu = row(
    "silu", ieee.silu, lambda x, out: sigmoid(x) * (1 + x * sigmoid(-x)),
    tex=r"\operatorname{{silu}}({0})", definition=lambda x: x / (1 + exp(-x)),
)  # fmt: skip

# ---- Gaussian --------------------------------------------------------------------------------------------

erf = row(
    "erf", ieee.erf, lambda x, out: 2 / math.sqrt(math.pi) * gauss(x, 1.0), tex=r"\operatorname{{erf}} {0}"
)
gauss: Op = row(
    "gauss", ieee.gauss, lambda x, k, out: -2 * k * x * out, lambda x, k, out: -(x * x) * out,
    arguments=("x", "k"), tex="e^{{-{1} {0}^2}}", definition=lambda x, k: exp(-k * x * x),
    note="exp(−k·x²), keeping its digits where x² is large.",
)  # fmt: skip
normal_cdf = row(
    "normal_cdf", ieee.normal_cdf, lambda x, out: gauss(x, 0.5) / math.sqrt(2 * math.pi),
    tex=r"\Phi({0})", definition=lambda x: (1 + erf(x / math.sqrt(2))) / 2,
    note="The probability that a standard normal number is below x.",
)  # fmt: skip
gelu = row(
    "gelu", ieee.gelu, lambda x, out: normal_cdf(x) + x * gauss(x, 0.5) / math.sqrt(2 * math.pi),
    tex=r"\operatorname{{gelu}}({0})", definition=lambda x: x * normal_cdf(x),
)  # fmt: skip

# ---- with kinks ------------------------------------------------------------------------------------------

AT_ZERO: Callable[..., bool] = lambda x, *rest: x == 0
JUMP = Kink(AT_ZERO, lambda x: ((0.0,), (0.0,)))
TIE = Kink(lambda x, y: x == y, lambda x, y: ((1.0, 0.0), (0.0, 1.0)))


def _greater(x: Any, y: Any) -> Any:
    """1 where x > y, 0 where x < y, nan where they cannot be compared."""
    return choose(x > y, lambda: 1.0, lambda: choose(x < y, lambda: 0.0, lambda: NAN))


def _inside(x: Any, low: Any, high: Any, out: Any) -> Any:
    return choose(
        x < low, lambda: 0.0, lambda: choose(x > high, lambda: 0.0, lambda: 0.0 * (low + x + high) + 1.0)
    )


def _clip_sides(x: float, low: float, high: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    below, inside, above = (0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)
    return (below if x == low else inside), (above if x == high else inside)


absolute = row(
    "abs", abs, lambda x, out: sign(x),
    tex="|{0}|", kink=Kink(AT_ZERO, lambda x: ((-1.0,), (1.0,))),
)  # fmt: skip
sign: Op = row("sign", ieee.sign, ZERO, tex=r"\operatorname{{sgn}} {0}", kink=JUMP)
step = row(
    "step", ieee.step, ZERO, tex=r"\operatorname{{step}}({0})", kink=JUMP,
    note="1 for x > 0, else 0: the step function of the perceptron.",
)  # fmt: skip
relu = row(
    "relu", ieee.relu, lambda x, out: if_positive(x, lambda: 1.0, lambda: 0.0),
    symbol="ReLU", tex=r"\operatorname{{relu}}({0})", kink=Kink(AT_ZERO, lambda x: ((0.0,), (1.0,))),
)  # fmt: skip
leaky_relu = row(
    "leaky_relu", ieee.leaky_relu,
    lambda x, slope, out: if_positive(x, lambda: 1.0, lambda: slope),
    lambda x, slope, out: if_positive(x, lambda: 0.0, lambda: x),
    arguments=("x", "slope"), defaults=(0.01,), tex=r"\operatorname{{leaky\_relu}}({0}, {1})",
    kink=Kink(AT_ZERO, lambda x, slope: ((slope, 0.0), (1.0, 0.0))),
)  # fmt: skip
elu = row(
    "elu", ieee.elu,
    lambda x, alpha, out: if_positive(x, lambda: 1.0, lambda: alpha * exp(x)),
    lambda x, alpha, out: if_positive(x, lambda: 0.0, lambda: expm1(x)),
    arguments=("x", "alpha"), defaults=(1.0,), tex=r"\operatorname{{elu}}({0}, {1})",
    kink=Kink(AT_ZERO, lambda x, alpha: ((alpha, 0.0), (1.0, 0.0))),
)  # fmt: skip
maximum = row(
    "maximum", ieee.maximum, lambda x, y, out: _greater(x, y), lambda x, y, out: _greater(y, x),
    arguments=TWO, tex=r"\max({0}, {1})", kink=TIE,
)  # fmt: skip
minimum = row(
    "minimum", ieee.minimum, lambda x, y, out: _greater(y, x), lambda x, y, out: _greater(x, y),
    arguments=TWO, tex=r"\min({0}, {1})", kink=TIE,
)  # fmt: skip
clip = row(
    "clip", ieee.clip, _inside,
    lambda x, low, high, out: _greater(low, x), lambda x, low, high, out: _greater(x, high),
    arguments=("x", "low", "high"), tex=r"\operatorname{{clip}}({0}, {1}, {2})",
    kink=Kink(lambda x, low, high: x in (low, high), _clip_sides),
    domain=Domain("low ≤ high", lambda x, low, high: low <= high),
)  # fmt: skip
where = row(
    "where", lambda c, x, y: x if c else y, ZERO, ONE, ONE,
    arguments=("condition", "x", "y"), taken=lambda c, x, y: (1,) if c else (2,),
    tex=r"\begin{{cases}}{1} & {0} \\ {2}\end{{cases}}",
    note="x where the condition holds, else y; the branch not taken is not differentiated.",
)  # fmt: skip

# ---- of any number of arguments --------------------------------------------------------------------------


def _dot_gradient(args: Sequence[Any], out: Any) -> Sequence[Any]:
    half = len(args) // 2
    return [1.0, *args[half + 1 :], *args[1 : half + 1]]


def _softmax(args: Sequence[Any], out: Any) -> Sequence[Any]:
    # The shift cancels in every derivative, so it may be a constant.
    shift = peak(*args)
    weights = [exp(x - shift) for x in args]
    whole = total(*weights)
    return [weight / whole for weight in weights]


total = row(
    "sum", ieee.total, gradient=lambda args, out: [1.0] * len(args), arguments=("xs",), tex=r"\sum({0})",
    note="The sum from the left, beginning with 0.",
)  # fmt: skip
inner = row(
    "dot", ieee.dot, gradient=_dot_gradient, arguments=("bias", "xs", "ys"), tex=r"\operatorname{{dot}}({0})",
    note="bias + x₀y₀ + x₁y₁ + …, added in this order; called as (bias, x₀, …, y₀, …).",
)  # fmt: skip
log_sum_exp = row(
    "logsumexp", ieee.logsumexp, gradient=_softmax, arguments=("xs",), tex=r"\operatorname{{logsumexp}}({0})",
    note="log Σ exp(xᵢ), without overflow.",
)  # fmt: skip
peak = row(
    "peak", lambda *xs: reduce(ieee.maximum, xs, -INF),
    gradient=lambda args, out: [0.0] * len(args), arguments=("xs",), tex=r"\max({0})",
    note="The largest argument taken as a constant: a shift on which the result does not depend.",
)  # fmt: skip

for _op in TABLE.values():
    if _op is not peak:
        _op.check()
