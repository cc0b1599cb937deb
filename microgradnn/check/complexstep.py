"""The complex step: f′(x) = Im f(x + ih)/h, without a subtraction and so without lost digits.

Squire & Trapp, "Using Complex Variables to Estimate Derivatives of Real Functions", 1998. It works where f is
analytic, and reads the *values* of the primitives only: their partials are not asked. A primitive with a kink
is analytic on either side of it, and is continued from the side on which the point lies.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from functools import reduce
from typing import Any

from microgradnn import ieee
from microgradnn.arithmetic import Arithmetic
from microgradnn.dual import Dual
from microgradnn.errors import MicrogradnnError
from microgradnn.ops import Op, plain

STEP = 2.0**-100  # of the argument: so small that its square is nothing beside 1
LEAST = 2.0**-400  # the smallest argument, lest the step underflow
SMALLEST = 2.0**-960  # the smallest imaginary part that has all its digits, with room for a factor


class NotAnalytic(MicrogradnnError, ArithmeticError):
    """The complex step does not apply on this path; the message says where it ends."""


class Complex(Arithmetic):
    """A complex number that flows through the primitives; comparisons look at its real part."""

    __slots__ = ("number",)
    rank = 0.5  # type: ignore[assignment]  # above Values, which are constants here, and below dual numbers

    def __init__(self, number: complex) -> None:
        self.number = complex(number)

    def plain(self) -> float:
        raise NotAnalytic("the function takes the bare number out of its argument, which loses the imaginary part")

    data = property(plain)
    item = detach = plain
    label = property(lambda self: "", lambda self, name: None)  # names are for Values

    def through(self, op: Op, args: tuple[Any, ...]) -> Complex:
        numbers = [_number(arg) for arg in args]
        reals = [z.real for z in numbers]
        if all(z.imag == 0.0 for z in numbers):
            return Complex(op.value(*reals))
        if not op.domain.holds(*reals):
            raise NotAnalytic(f"{op.name} is evaluated outside its domain {op.domain.text}")
        if op.kink is not None and op.name != "where" and op.kink.at(*reals):
            raise NotAnalytic(f"{op.name} is evaluated at its kink")
        if op.name in BRANCHES and reals[0] in BRANCHES[op.name]:
            raise NotAnalytic(f"{op.name} is evaluated at the end of its domain")
        formula = FORMULAS.get(op.name)
        try:
            if formula is not None:
                out = complex(formula(*numbers))
            elif op.definition is not None and not op.name.endswith("_slope"):  # whose definitions lose digits
                out = _number(op.definition(*map(Complex, numbers)))
            else:
                raise NotAnalytic(f"the primitive {op.name} has no complex meaning here")
        except (OverflowError, ZeroDivisionError, ValueError) as error:
            raise NotAnalytic(f"{op.name} overflows in complex arithmetic") from error
        if not cmath.isfinite(out):
            raise NotAnalytic(f"{op.name} is not finite in complex arithmetic")
        if 0.0 < abs(out.imag) < SMALLEST:
            raise NotAnalytic(f"{op.name} makes the imaginary part underflow")
        return Complex(out)

    def __lt__(self, other: Any) -> bool:
        return self.number.real < _number(other).real

    def __le__(self, other: Any) -> bool:
        return self.number.real <= _number(other).real

    def __gt__(self, other: Any) -> bool:
        return self.number.real > _number(other).real

    def __ge__(self, other: Any) -> bool:
        return self.number.real >= _number(other).real


def _number(x: Any) -> complex:
    if isinstance(x, Complex):
        return x.number
    if isinstance(x, Dual):
        raise NotAnalytic("the function differentiates within itself, which complex numbers do not go through")
    return complex(plain(x))


def complex_step(f: Callable[[Callable[[float, int], Any]], Any], k: int, x: float) -> float:
    """The derivative with respect to the number at place k, which is x.

    `f(lift)` evaluates the function on numbers lifted by `lift(x, place)`. NotAnalytic where this does not
    apply, also where the imaginary part vanishes on the way, be it that it underflows or that the slope is 0.
    """
    if 0.0 < abs(x) < LEAST:
        raise NotAnalytic(f"{x} is too near 0 for a step beside it")
    step = STEP * (min(abs(x), 1.0) or STEP)
    out = f(lambda x, place: Complex(complex(x, step if place == k else 0.0)))
    imaginary = _number(out).imag
    if imaginary == 0.0:
        raise NotAnalytic("the imaginary part vanishes on the way")
    return imaginary / step


# ---- complex meanings ------------------------------------------------------------------------------------


def _power(x: complex, y: complex) -> complex:
    if y.imag == 0.0 and y.real == math.floor(y.real) and abs(y.real) <= 64.0:
        whole = reduce(lambda a, b: a * b, [x] * int(abs(y.real)), 1 + 0j)
        return whole if y.real >= 0.0 else 1 / whole
    if x.real > 0.0:
        return cmath.exp(y * cmath.log(x))
    if x.real < 0.0 and y.imag == 0.0:  # a whole number, since the domain holds: out of the sign, then as above
        return cmath.exp(y * cmath.log(-x)) * (-1.0 if math.fmod(y.real, 2.0) else 1.0)
    raise NotAnalytic("pow is evaluated where it has no complex continuation")


def _expm1(z: complex) -> complex:
    return complex(math.expm1(z.real), math.exp(z.real) * z.imag)


def _log1p(z: complex) -> complex:
    return complex(math.log1p(z.real), cmath.log(1.0 + z).imag)


def _erf(z: complex) -> complex:
    # erf is 2/√π·∫exp(−t²); along so short a step upwards the integrand is a constant
    return complex(math.erf(z.real), z.imag * (2.0 / math.sqrt(math.pi)) * math.exp(-z.real * z.real))


def _normal_cdf(z: complex) -> complex:
    return complex(ieee.normal_cdf(z.real), 0.5 * _erf(z * math.sqrt(0.5)).imag)


def _atan2(y: complex, x: complex) -> complex:
    turned = cmath.atan(y / x) if abs(x.real) >= abs(y.real) else -cmath.atan(x / y)
    return complex(math.atan2(y.real, x.real), turned.imag)


def _sigmoid(z: complex) -> complex:
    if z.real > 0.0:
        return 1.0 / (1.0 + cmath.exp(-z))
    return cmath.exp(z) / (1.0 + cmath.exp(z))


def _softplus(z: complex) -> complex:
    return z + _log1p(cmath.exp(-z)) if z.real > 0.0 else _log1p(cmath.exp(z))


def _logsumexp(*zs: complex) -> complex:
    shift = max(z.real for z in zs)
    return shift + cmath.log(_sum(*[cmath.exp(z - shift) for z in zs]))


def _sum(*zs: complex) -> complex:
    return reduce(lambda a, b: a + b, zs, 0j)


def _dot(bias: complex, *factors: complex) -> complex:
    half = len(factors) // 2
    return reduce(lambda a, b: a + b, [x * y for x, y in zip(factors[:half], factors[half:], strict=True)], bias)


def _larger(x: complex, y: complex) -> complex:
    return x if x.real > y.real else y


def _smaller(x: complex, y: complex) -> complex:
    return x if x.real < y.real else y


BRANCHES = {"sqrt": (0.0,), "asin": (-1.0, 1.0), "acos": (-1.0, 1.0)}

FORMULAS: dict[str, Callable[..., complex]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "neg": lambda z: -z,
    "pow": _power,
    "sqrt": cmath.sqrt,
    "exp": cmath.exp,
    "expm1": _expm1,
    "log": cmath.log,
    "log1p": _log1p,
    "sin": cmath.sin,
    "cos": cmath.cos,
    "tan": cmath.tan,
    "asin": cmath.asin,
    "acos": lambda z: math.pi / 2 - cmath.asin(z),
    "atan": cmath.atan,
    "atan2": _atan2,
    "sinh": cmath.sinh,
    "cosh": cmath.cosh,
    "tanh": cmath.tanh,
    "erf": _erf,
    "normal_cdf": _normal_cdf,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "silu": lambda z: z * _sigmoid(z),
    "sum": _sum,
    "dot": _dot,
    "logsumexp": _logsumexp,
    # on one side of the kink
    "abs": lambda z: z if z.real > 0.0 else -z,
    "sign": lambda z: math.copysign(1.0, z.real),
    "step": lambda z: float(z.real > 0.0),
    "relu": lambda z: z if z.real > 0.0 else 0j,
    "leaky_relu": lambda z, slope: z if z.real > 0.0 else slope * z,
    "elu": lambda z, alpha: z if z.real > 0.0 else alpha * _expm1(z),
    "maximum": _larger,
    "minimum": _smaller,
    "clip": lambda z, low, high: _smaller(_larger(z, low), high),
    "where": lambda c, x, y: x if c.real else y,
}
