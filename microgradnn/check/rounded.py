"""A number together with a bound of the rounding that it carries, through the same rows as every other number.

This is running error analysis (J. H. Wilkinson, "Rounding Errors in Algebraic Processes", 1963): next to every
result stands how far it may be from what exact arithmetic would have given. An operand that is wrong by e
makes a result wrong by |partial|·e, and the operation adds its own rounding. Where e is not small beside the operand,
the operation is evaluated at both ends of it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any

from microgradnn.arithmetic import Arithmetic
from microgradnn.check.precision import DOUBLE, precision, unit
from microgradnn.elementary import absolute
from microgradnn.nest import flatten
from microgradnn.ops import TABLE, Flow, Op, plain
from microgradnn.partials import local
from microgradnn.primitives import BUILT_IN
from microgradnn.rules import inner

UNIT = DOUBLE.unit
SEED = 2.0 * UNIT  # of an input: one unit in its last place
TINY = DOUBLE.tiny
MOST_EXACT = 1.7976931348623157e308  # the largest float
LIBRARY = 8.0  # roundings of a function that is no row of the table: 4 units in the last place

close_calls: ContextVar[int] = ContextVar("comparisons that rounding decided", default=0)


def product(a: float, b: float) -> float:
    """a·b, but 0 where either is 0: what is exact stays exact, even beside an infinite slope."""
    return 0.0 if a == 0.0 or b == 0.0 else a * b


def error_of(x: Any) -> float:
    """The bound that comes with x. A constant is right if it is a whole number, else rounded once, like 0.1."""
    if isinstance(x, Rounded):
        return x.error
    number = plain(x)
    return 0.0 if not math.isfinite(number) or number.is_integer() else unit() * abs(number)


class Rounded(Arithmetic, float):  # type: ignore[misc]  # both have operators; Arithmetic's go first
    """A float that knows a bound of its own error. Python and its libraries take it for a float."""

    __slots__ = ("error",)
    rank = -1
    error: float

    def __new__(cls, number: float, error: float = 0.0) -> Rounded:
        self = float.__new__(cls, number)
        self.error = error
        return self

    def plain(self) -> float:
        return float.__float__(self)

    def through(self, op: Op, args: tuple[Any, ...]) -> Rounded:
        floats = [plain(arg) for arg in args]
        errors = [error_of(arg) for arg in args]
        out = op.value(*floats)
        carried, size = _passed(op, floats, errors, out)
        return Rounded(out, carried + _own(op, floats, out, size))

    def _note(self, other: Any) -> None:
        """Count a comparison whose outcome is within rounding of the other one."""
        if isinstance(other, float | int) and abs(other) <= MOST_EXACT:
            error = self.error + error_of(other)
            if 0.0 < error >= abs(self.plain() - float(other)):
                close_calls.set(close_calls.get() + 1)

    def __lt__(self, other: Any) -> bool:
        self._note(other)
        return float.__lt__(self, other)

    def __le__(self, other: Any) -> bool:
        self._note(other)
        return float.__le__(self, other)

    def __gt__(self, other: Any) -> bool:
        self._note(other)
        return float.__gt__(self, other)

    def __ge__(self, other: Any) -> bool:
        self._note(other)
        return float.__ge__(self, other)

    def __eq__(self, other: object) -> bool:
        self._note(other)
        return float.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        self._note(other)
        return float.__ne__(self, other)

    __hash__ = float.__hash__

    # Unlike the other things that flow it may leave the graph: there is none.
    __float__ = plain
    __int__ = float.__int__
    __bool__ = float.__bool__
    __repr__ = float.__repr__

    def __complex__(self) -> complex:  # type: ignore[override]
        return complex(self.plain())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        import numpy

        return numpy.asarray(self.plain(), dtype)

    def __array_ufunc__(self, ufunc: Callable[..., Any], method: str, *args: Any, **named: Any) -> Any:
        return followed(getattr(ufunc, method))(*args, **named)


def _passed(op: Op, floats: list[float], errors: list[float], out: float) -> tuple[float, float]:
    """What the operands' errors do to the result, and the size of the terms it is made of."""
    carried = size = 0.0
    for k, partial in local(op, floats, out, range(len(floats))):
        slope = abs(plain(partial))
        carried += product(slope, errors[k])
        size += product(slope, abs(floats[k]))
    if op.arity is None:
        half = len(errors) // 2
        pairs = zip(errors[1 : half + 1], errors[half + 1 :], strict=True) if op is inner else ()
        return carried + math.fsum(a * b for a, b in pairs), size
    large = precision.get().large
    steep = not math.isfinite(carried)
    if op.kink is not None or steep or any(e > large * abs(x) for e, x in zip(errors, floats, strict=True)):
        # Past a kink, beyond the first order or the largest slope: by the values at the corners of the operands.
        begins_at_0 = op.arity == 1 and op.domain.holds(0.0) and not op.domain.holds(-TINY)
        low = 0.0 if begins_at_0 else -math.inf
        ends = [(max(x - e, low), x + e) if e > 0.0 else (x,) for e, x in zip(errors, floats, strict=True)]
        corners = [abs(op.value(*corner) - out) for corner in itertools.product(*ends)]
        corners = [math.inf if x != x else x for x in corners]  # outside the domain nothing is known
        carried = max(0.0 if op.kink is not None or steep else carried, *corners)
    return carried, size


def _own(op: Op, floats: list[float], out: float, size: float) -> float:
    """The rounding of one application of `op` by itself."""
    if op.roundings == 0.0:
        return 0.0
    held = precision.get()
    many = op.arity is None
    if op.roundings == 1.0:
        if many:
            return held.unit * len(floats) * size
        under = size < 4.0 * held.normal and 0.0 not in floats  # and not only for what was cancelled
        return held.unit * abs(out) + (held.tiny if under else 0.0)
    own = held.unit * (len(floats) + 8.0) if many else 0.0
    return op.roundings * held.unit * abs(out) + held.tiny + own


# ---- functions that know nothing of this -----------------------------------------------------------------

_ROWS = {name: TABLE[name] for name in vars(math) if name in BUILT_IN} | {"fabs": absolute}


def followed(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of floats, such as those of `math`, made to carry errors along.

    Where it is a row of the table the row knows its slope; else the function is evaluated at both ends of
    every argument's error.
    """
    row = _ROWS.get(getattr(function, "__name__", ""))

    def call(*args: Any, **named: Any) -> Any:
        if row is not None and not named and len(args) == row.arity:
            if any(isinstance(arg, Rounded) for arg in args):
                return row(*args)
            return function(*args)
        args = tuple(arg if isinstance(arg, int | float | str) else _listed(arg) for arg in args)
        numbers, rebuild = flatten(args)
        floats = [x.plain() if isinstance(x, Rounded) else x for x in numbers]
        out = function(*rebuild(floats), **named)
        if not isinstance(out, float) or floats == [] or all(not isinstance(x, Flow) for x in numbers):
            return out
        error = LIBRARY * unit() * abs(out)
        for k, x in enumerate(numbers):
            if isinstance(x, Rounded):
                error += max(_moved(function, rebuild, floats, k, e, named, out) for e in (-x.error, x.error))
        return Rounded(float(out), error)

    return call


def _listed(arg: Any) -> Any:
    return list(arg) if isinstance(arg, list | tuple) or type(arg).__name__ in ("generator", "map") else arg


def _moved(
    function: Callable[..., Any],
    rebuild: Callable[[Sequence[Any]], Any],
    floats: list[Any],
    k: int,
    error: float,
    named: dict[str, Any],
    out: float,
) -> float:
    """How far the result moves if argument k moves by `error`."""
    try:
        end: float = function(*rebuild([*floats[:k], floats[k] + error, *floats[k + 1 :]]), **named)
        return abs(end - out)
    except (ArithmeticError, ValueError):  # beyond the function's domain nothing is known
        return math.inf
