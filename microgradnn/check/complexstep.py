"""The complex step: f′(x) = Im f(x + ih)/h, without a subtraction and so without lost digits.

Squire & Trapp, "Using Complex Variables to Estimate Derivatives of Real Functions", 1998. It works where f is
analytic, and reads the *values* of the primitives only: their partials are not asked. A primitive with a kink
is analytic on either side of it, and is continued from the side on which the point lies.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

from microgradnn import elementary, rules
from microgradnn.arithmetic import Arithmetic
from microgradnn.dual import Dual
from microgradnn.errors import MicrogradnnError
from microgradnn.ops import Op, plain
from microgradnn.primitives import BUILT_IN

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
        if op.kink is not None and op.kink.at(*reals):
            raise NotAnalytic(f"{op.name} is evaluated at its kink")
        if op.arity == 1 and not all(op.domain.holds(math.nextafter(reals[0], end)) for end in (-math.inf, math.inf)):
            raise NotAnalytic(f"{op.name} is evaluated at the end of its domain")
        try:
            # the step is so small that the real part is the row's own value, to all its digits
            out = complex(op.value(*reals), _continued(op, numbers).imag)
        except (OverflowError, ZeroDivisionError, ValueError) as error:
            raise NotAnalytic(f"{op.name} overflows in complex arithmetic") from error
        except (TypeError, AttributeError) as error:  # a user's value, of functions that take floats alone
            raise NotAnalytic(f"the primitive {op.name} has no complex meaning here") from error
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


def _continued(op: Op, numbers: Sequence[complex]) -> complex:
    """The analytic function that the row's value is a part of: an operator, one of cmath's, or as it is defined."""
    if op.taken is not None:
        return numbers[op.taken(*(z.real for z in numbers))[0]]
    if 0 < op.binds < elementary.power.binds:
        return complex(op.value(*numbers))
    formula = OWN.get(op) or (getattr(cmath, op.name, None) if op.name in BUILT_IN else None)
    if formula is not None:
        return complex(formula(*numbers))
    cancels = op.arity == 1 and not op.public and op is not elementary.alias  # as a composed derivative may
    if op.definition is None or cancels:
        raise NotAnalytic(f"the primitive {op.name} has no complex meaning here")
    return _number(op.definition(*map(Complex, numbers)))


def _power(x: complex, y: complex) -> complex:
    if y.imag == 0.0 and y.real == math.floor(y.real) and abs(y.real) <= 64.0:
        whole = reduce(lambda a, b: a * b, [x] * int(abs(y.real)), 1 + 0j)
        return whole if y.real >= 0.0 else 1 / whole
    if x.real > 0.0:
        return cmath.exp(y * cmath.log(x))
    if x.real < 0.0 and y.imag == 0.0:  # a whole number, since the domain holds: out of the sign, then as above
        return cmath.exp(y * cmath.log(-x)) * (-1.0 if math.fmod(y.real, 2.0) else 1.0)
    raise NotAnalytic("pow is evaluated where it has no complex continuation")


def _erf(z: complex) -> complex:
    # erf is 2/√π·∫exp(−t²); along so short a step upwards the integrand is a constant
    return complex(math.erf(z.real), z.imag * (2.0 / math.sqrt(math.pi)) * math.exp(-z.real * z.real))


OWN: Mapping[Op, Callable[..., complex]] = {elementary.power: _power, rules.erf: _erf}  # what cmath lacks
