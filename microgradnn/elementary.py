"""The table of primitives, first half: arithmetic and the elementary functions.

A partial is a function of the arguments and of `out`, the value there; it is written in the form that keeps
its digits, and of operations that anything that flows can go through: a row differentiates for Values, dual
numbers and exact numbers alike. Where a formula branches, all branches are the same function, each with its
digits somewhere else; constants like 2**600 only move numbers away from the ends of the range.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from microgradnn import ieee
from microgradnn.ops import TABLE, Domain, Kink, Op, Partial

NAN, INF = math.nan, math.inf
TINY = 2.0**-1000  # below this a quotient or a power may have lost digits to the subnormal range


def row(name: str, value: Callable[..., float], *partials: Partial, **more: Any) -> Op:
    """Enter a primitive into the table."""
    TABLE[name] = op = Op(name, value, partials, **more)
    return op


def choose(condition: Any, then: Callable[[], Any], otherwise: Callable[[], Any]) -> Any:
    """One of two formulas, of which only the chosen one is evaluated where the condition is known."""
    if condition.__class__ is bool:
        return then() if condition else otherwise()
    return where(condition, then(), otherwise())


def same(x: Any, y: Any) -> Any:
    """Whether two numbers are equal; of Values `==` is identity."""
    below, above = x <= y, y <= x
    return below and above if below.__class__ is bool else below * above


def either(one: Any, other: Any) -> Any:
    """Whether one of two conditions holds."""
    return choose(one, lambda: True, lambda: other)


ONE: Partial = lambda *args: 1.0
ZERO: Partial = lambda *args: 0.0
TWO = ("x", "y")
AT_ZERO: Callable[..., Any] = lambda x, *rest: same(x, 0.0)
JUMP = Kink(AT_ZERO, lambda x: ((0.0,), (0.0,)))
POSITIVE = Domain("x > 0", lambda x: x > 0)
UNIT = Domain("−1 ≤ x ≤ 1", lambda x: -1 <= x <= 1)

# ---- arithmetic ------------------------------------------------------------------------------------------


def _quotient_slope(a: Any, b: Any, out: Any) -> Any:
    scaled = lambda: -(a * 2.0**600 / b / b / 2.0**600)
    return choose(abs(out) < TINY, scaled, lambda: -(out / b))


add = row("add", lambda x, y: x + y, ONE, ONE, arguments=TWO, symbol="+", tex="{0} + {1}", binds=1, roundings=1)
sub = row(
    "sub", lambda x, y: x - y, ONE, lambda x, y, out: -1.0,
    arguments=TWO, symbol="-", tex="{0} - {1}", binds=1, roundings=1,
)  # fmt: skip
mul = row(
    "mul", lambda x, y: x * y, lambda x, y, out: y, lambda x, y, out: x,
    arguments=TWO, symbol="*", tex=r"{0} \cdot {1}", binds=2, roundings=1,
)  # fmt: skip
div = row(
    "div", ieee.divide, lambda x, y, out: 1 / y, _quotient_slope,
    arguments=TWO, symbol="/", tex=r"\frac{{{0}}}{{{1}}}", binds=2, roundings=1,
    domain=Domain("y ≠ 0", lambda x, y: y != 0), textbook=lambda x, y, out: (1 / y, -(x / square(y))),
)  # fmt: skip
neg = row("neg", lambda x: -x, lambda x, out: -1.0, symbol="-", tex="-{0}", binds=3, roundings=0)
alias = row(
    "alias", lambda x: x, ONE,
    tex="{0}", definition=lambda x: x, roundings=0, public=False, note="The number itself, as a step of its own.",
)  # fmt: skip

# ---- powers ----------------------------------------------------------------------------------------------


def _has_power(x: float, y: float) -> bool:
    return x > 0 or (x == 0 and y >= 0) or (x < 0 and ieee.power(x, y) == ieee.power(x, y))


def _power_slope(x: Any, y: Any, out: Any) -> Any:
    """y·x**(y−1), the derivative of x**y with respect to x."""
    usual = lambda: y * power(x, y - 1)
    flat = lambda: _flat_power_slope(x, y, out, usual)
    steep = lambda: _steep_power_slope(x, y, out, usual)
    return choose(y >= 0.5, lambda: choose(y <= 6, usual, steep), lambda: choose(y >= -6, flat, steep))


def _flat_power_slope(x: Any, y: Any, out: Any, usual: Callable[[], Any]) -> Any:
    """The same for y below ½, where y − 1 may be rounded: `out` has the digits, so y·out/x."""
    # For small x the quotient out/x might overflow where y times it does not.
    by_out = lambda: choose(abs(x) < 1, lambda: y * 2.0**60 * (out * 2.0**-60 / x), lambda: y * (out / x))
    nonzero = lambda: choose(abs(out) > 0, lambda: choose(abs(out) < INF, by_out, usual), usual)
    return choose(abs(x) + abs(y) <= 0, lambda: 0.0, nonzero)  # at (0, 0): the convention is 0


def _steep_power_slope(x: Any, y: Any, out: Any, usual: Callable[[], Any]) -> Any:
    """The same for large y: it would magnify what a subnormal power has lost, so it comes between two halves."""

    def by_halves() -> Any:
        half = power(abs(x), y / 2)
        return y * half * (half / x) * power(sign(x), y)

    by_out = lambda: y * (out / x)  # for y − 1 is rounded above 2⁵³, and may be below 0
    normal = lambda: choose(y > 0, lambda: choose(y < 2.0**53, usual, by_out), by_out)
    return choose(abs(x) <= 0, usual, lambda: choose(abs(out / x) < TINY, by_halves, normal))


def _power_growth(x: Any, y: Any, out: Any) -> Any:
    """out·log x; at x = 0 the convention is 0 for y ≥ 0. Where out left the normal range, by halves."""

    def halves() -> Any:
        half = power(x, y / 2)
        return half * (half * log(x))

    usual = lambda: choose(abs(out) < INF, lambda: out * log(x), halves)
    nonzero = lambda: choose(abs(out) < TINY, halves, usual)
    at_zero = lambda: choose(y >= 0, lambda: 0.0, lambda: NAN)
    return choose(abs(x) <= 0, at_zero, nonzero)


power: Op = row(
    "pow", ieee.power, _power_slope, _power_growth,
    arguments=TWO, symbol="**", tex="{{{0}}}^{{{1}}}", binds=4,
    domain=Domain("x > 0, or y a whole number", _has_power),
    textbook=lambda x, y, out: (y * power(x, y - 1), out * log(x)),
)  # fmt: skip
square: Op = row(
    "square", lambda x: x * x, lambda x, out: 2 * x, tex="{{{0}}}^2", definition=lambda x: x * x, roundings=1,
)  # fmt: skip
sqrt = row(
    "sqrt", ieee.sqrt, lambda x, out: 0.5 / out,
    tex=r"\sqrt{{{0}}}", roundings=1, domain=Domain("x ≥ 0", lambda x: x >= 0),
    textbook=lambda x, out: (1 / (2 * out),),
)  # fmt: skip

# ---- exponentials ----------------------------------------------------------------------------------------


def _if_in(condition: Any, formula: Callable[[], Any]) -> Any:
    """The formula, but nan outside the domain, where it would go on giving numbers."""
    return choose(condition, formula, lambda: NAN)


exp = row("exp", ieee.exp, lambda x, out: out, tex=r"e^{{{0}}}")
expm1 = row(
    "expm1", ieee.expm1, lambda x, out: exp(x), tex=r"e^{{{0}}} - 1", definition=lambda x: exp(x) - 1,
)  # fmt: skip
log: Op = row(
    "log", ieee.log, lambda x, out: _if_in(x >= 0, lambda: 1 / x),
    tex=r"\ln {0}", domain=POSITIVE, textbook=lambda x, out: (1 / x,),
)  # fmt: skip
log1p = row(
    "log1p", ieee.log1p, lambda x, out: _if_in(x >= -1, lambda: 1 / (1 + x)),
    tex=r"\ln(1 + {0})", domain=Domain("x > −1", lambda x: x > -1), textbook=lambda x, out: (1 / (1 + x),),
    definition=lambda x: log(1 + x),
)  # fmt: skip

# ---- trigonometry ----------------------------------------------------------------------------------------


def _atan_slope(x: Any, out: Any) -> Any:
    return choose(abs(x) > 1, lambda: 1 / x / (x + 1 / x), lambda: 1 / (1 + x * x))


def _asin_slope(x: Any, out: Any) -> Any:
    # Near ±1 the factors keep the digits; near 0 the square does, in the next derivative.
    return choose(abs(x) < 0.5, lambda: 1 / sqrt(1 - x * x), lambda: 1 / sqrt((1 - x) * (1 + x)))


def _over_square(number: Any, y: Any, x: Any) -> Any:
    """number/(x² + y²) for a number among ±x, ±y, all three scaled so that the squares stay in range."""
    small = lambda: choose(abs(x) + abs(y) < 2.0**-500, lambda: 2.0**-600, lambda: 1.0)
    scale = choose(abs(x) / 2 + abs(y) / 2 > 2.0**500, lambda: 2.0**600, small)
    x, y = x / scale, y / scale
    return number / scale / (x * x + y * y) / scale


def _angle(y: Any, x: Any) -> Any:
    above: Callable[[float], Any] = lambda angle: choose(y >= 0, lambda: angle, lambda: -angle)
    flat: Callable[[], Any] = lambda: atan(y / x) + choose(x > 0, lambda: 0.0, lambda: above(math.pi))
    return choose(abs(x) >= abs(y), flat, lambda: above(math.pi / 2) - atan(x / y))


sin = row("sin", ieee.sin, lambda x, out: cos(x), tex=r"\sin {0}")
cos: Op = row("cos", ieee.cos, lambda x, out: -sin(x), tex=r"\cos {0}")
tan = row("tan", ieee.tan, lambda x, out: 1 / square(cos(x)), tex=r"\tan {0}")
asin = row(
    "asin", ieee.asin, _asin_slope, tex=r"\arcsin {0}", domain=UNIT,
    textbook=lambda x, out: (1 / sqrt(1 - square(x)),),
)  # fmt: skip
acos = row(
    "acos", ieee.acos, lambda x, out: -_asin_slope(x, out), tex=r"\arccos {0}", domain=UNIT,
    textbook=lambda x, out: (-(1 / sqrt(1 - square(x))),),
)  # fmt: skip
atan: Op = row("atan", ieee.atan, _atan_slope, tex=r"\arctan {0}", textbook=lambda x, out: (1 / (1 + square(x)),))
atan2 = row(
    "atan2", ieee.atan2, lambda y, x, out: _over_square(x, y, x), lambda y, x, out: _over_square(-y, y, x),
    arguments=("y", "x"), tex=r"\operatorname{{atan2}}({0}, {1})",
    domain=Domain("x and y not both 0", lambda y, x: x != 0 or y != 0),
    textbook=lambda y, x, out: (x / (square(x) + square(y)), -(y / (square(x) + square(y)))), definition=_angle,
)  # fmt: skip

# ---- hyperbolic ------------------------------------------------------------------------------------------

sinh = row("sinh", ieee.sinh, lambda x, out: cosh(x), tex=r"\sinh {0}")
cosh: Op = row("cosh", ieee.cosh, lambda x, out: sinh(x), tex=r"\cosh {0}")

# ---- what formulas choose by -----------------------------------------------------------------------------

absolute = row(
    "abs", abs, lambda x, out: sign(x),
    tex="|{0}|", kink=Kink(AT_ZERO, lambda x: ((-1.0,), (1.0,))),
    definition=lambda x: choose(x >= 0, lambda: x, lambda: -x), roundings=0,
)  # fmt: skip
sign: Op = row(
    "sign", ieee.sign, ZERO, tex=r"\operatorname{{sgn}} {0}", kink=JUMP,
    definition=lambda x: choose(x > 0, lambda: 1.0, lambda: choose(x < 0, lambda: -1.0, lambda: 0.0)), roundings=0,
)  # fmt: skip
where: Op = row(
    "where", lambda c, x, y: x if c else y,
    ZERO, lambda c, x, y, out: where(c, 1.0, 0.0), lambda c, x, y, out: where(c, 0.0, 1.0),
    arguments=("condition", "x", "y"), roundings=0, taken=lambda c, x, y: (1,) if c else (2,),
    tex=r"\begin{{cases}}{1} & {0} \\ {2}\end{{cases}}",
    note="x where the condition holds, else y; the branch not taken is not differentiated.",
)  # fmt: skip
