"""Elementary functions of floats as IEEE 754 closes them: a limit or nan where Python would raise.

Everything here takes floats and gives a float. Where `math` raises `OverflowError` the function tends to an
infinity and that is returned; where it raises `ValueError` the point is a pole (an infinity) or outside the
domain (nan). Correctly rounded or as accurate as the C library is; the functions that need more care than one
call of it are in `kernels`. Addition, subtraction and multiplication never raise, so Python's own serve.
"""

import math
import sys
from collections.abc import Callable

from microgradnn.errors import NotANumber
from microgradnn.kernels import elu as elu
from microgradnn.kernels import gauss as gauss
from microgradnn.kernels import gelu as gelu
from microgradnn.kernels import gelu_slope as gelu_slope
from microgradnn.kernels import normal_cdf as normal_cdf
from microgradnn.kernels import sigmoid as sigmoid
from microgradnn.kernels import sigmoid_slope as sigmoid_slope
from microgradnn.kernels import silu as silu
from microgradnn.kernels import silu_slope as silu_slope
from microgradnn.kernels import softplus as softplus

inf, nan = math.inf, math.nan


def _closed(function: Callable[[float], float], pole: float = nan) -> Callable[[float], float]:
    """The function continued: by its limit on overflow, by -inf at the pole, by nan outside the domain."""

    def closed(x: float) -> float:
        try:
            return function(x)
        except OverflowError:
            return function(math.copysign(inf, x))
        except ValueError:
            return -inf if x == pole else nan

    closed.__name__ = closed.__qualname__ = function.__name__
    closed.__doc__ = f"The C library's {function.__name__}, which never raises."
    return closed


# fmt: off
exp   = _closed(math.exp)
expm1 = _closed(math.expm1)
log   = _closed(math.log,   pole=0.0)
log1p = _closed(math.log1p, pole=-1.0)
sqrt  = _closed(math.sqrt)
sin   = _closed(math.sin)
cos   = _closed(math.cos)
tan   = _closed(math.tan)
asin  = _closed(math.asin)
acos  = _closed(math.acos)
sinh  = _closed(math.sinh)
cosh  = _closed(math.cosh)
# These are bounded and defined everywhere: Python never raises for them.
atan  = math.atan
atan2 = math.atan2
tanh  = math.tanh
erf   = math.erf
erfc  = math.erfc
# fmt: on


def divide(a: float, b: float) -> float:
    """The quotient a/b, correctly rounded; a/0 is a signed infinity and 0/0 is nan."""
    try:
        return a / b
    except ZeroDivisionError:
        return nan if a == 0.0 or a != a else math.copysign(inf, a) * math.copysign(1.0, b)


def power(x: float, y: float) -> float:
    """x to the power y, as C's pow has it: 0**0 is 1, a negative x to a fraction is nan (never complex).

    The first and second powers are as exact as floats are, which pow does not promise of the second.
    """
    if y == 2.0:
        return x * x
    if y == 1.0:
        return x
    try:
        return math.pow(x, y)
    except (OverflowError, ValueError):
        if x < 0.0 and y != math.floor(y):
            return nan
        # Too large, or zero to a negative power: infinite, and negative for odd powers of a negative x or -0.
        return math.copysign(inf, x) if abs(math.fmod(y, 2.0)) == 1.0 else inf


def maximum(x: float, y: float) -> float:
    """The larger of two numbers; nan if either is nan; +0 counts as larger than -0."""
    if x > y:
        return x
    if y > x:
        return y
    return x if x == y != 0.0 else x + y


def minimum(x: float, y: float) -> float:
    """The smaller of two numbers; nan if either is nan; -0 counts as smaller than +0."""
    if x < y:
        return x
    if y < x:
        return y
    return x if x == y != 0.0 else -(-x - y)


def clip(x: float, low: float, high: float) -> float:
    """The point of the interval [low, high] nearest to x; high where the interval is empty; nan stays nan."""
    return minimum(maximum(x, low), high)


def relu(x: float) -> float:
    """The positive part of x; nan stays nan."""
    return 0.0 if x <= 0.0 else x


def leaky_relu(x: float, slope: float) -> float:
    """x where it is positive, slope*x elsewhere."""
    return x if x > 0.0 else slope * x


def sign(x: float) -> float:
    """1, -1, or x itself where it is 0, -0 or nan."""
    return 1.0 if x > 0.0 else -1.0 if x < 0.0 else x


def step(x: float) -> float:
    """1 where x is positive and 0 elsewhere; nan stays nan."""
    return 1.0 if x > 0.0 else 0.0 if x <= 0.0 else x


def total(*xs: float) -> float:
    """((0 + x0) + x1) + ..., rounded at every plus (since Python 3.12 the builtin `sum` is not)."""
    result = 0.0
    for x in xs:
        result += x
    return result


def dot(bias: float, *factors: float) -> float:
    """((bias + x0*y0) + x1*y1) + ..., rounded at every step; the factors are x0, x1, ..., then y0, y1, ..."""
    half = len(factors) // 2
    result = bias
    for x, y in zip(factors[:half], factors[half:], strict=True):
        result += x * y
    return result


def peak(*xs: float) -> float:
    """The largest of the numbers; nan if one of them is nan; -inf of nothing."""
    return nan if any(x != x for x in xs) else max(xs, default=-inf)


def logsumexp(*xs: float) -> float:
    """log(exp x0 + exp x1 + ...), shifted by the largest x so that nothing overflows; -inf of nothing."""
    shift = peak(*xs)
    if not math.isfinite(shift):
        return shift
    return shift + math.log(total(*[math.exp(x - shift) for x in xs]))


# What to write instead, by the name of the type that came.
WAYS_OUT = {
    "str": "convert it first: float(text)",
    "NoneType": "a function without a return statement gives None",
    "complex": "take .real, or abs() of it: gradients here are of real functions",
    "Decimal": "convert it first, knowing that this rounds: float(x)",
    "Fraction": "convert it first, knowing that this rounds: float(x)",
    "ndarray": "compute with its elements, as in [x * value for x in array.tolist()]",
    "Tensor": "take its elements: x.tolist(), or x.item() of a tensor that holds one number",
    "list": "call this once for each element, as in [Value(x) for x in xs]",
    "tuple": "call this once for each element, as in [Value(x) for x in xs]",
    "Value": "use the Value itself, or v.item() for its number alone",
    "Constant": "use the Value itself, or v.item() for its number alone",
    "Frozen": "use the Value itself, or v.item() for its number alone",
}


def number(x: object, what: str = "data") -> float:
    """The float that x is, if x is a real number that a float can hold exactly.

    Takes floats, ints, bools and numpy's scalars; anything else raises `NotANumber`, whose message begins
    with `what`: the place the number was meant for.
    """
    if isinstance(x, float):
        return float(x)
    numpy = sys.modules.get("numpy")  # a numpy scalar can only come from a program that has loaded numpy
    plain = x.item() if numpy is not None and isinstance(x, numpy.generic) else x
    if isinstance(plain, int):
        try:
            if float(plain) == plain:
                return float(plain)
        except OverflowError:
            pass
        raise NotANumber(
            f"{what}: this int needs {plain.bit_length()} bits and a float holds 53, so it would be rounded; "
            "if that is meant, convert it first: float(n)"
        )
    if isinstance(plain, float):
        return plain
    kind = type(x).__name__
    shown = f" {x!r}" if isinstance(x, str | complex) else ""
    way = WAYS_OUT.get(kind, "give a float, an int, a bool or a numpy scalar")
    raise NotANumber(f"{what} must be one real number, but {kind}{shown:.40} came; {way}")
