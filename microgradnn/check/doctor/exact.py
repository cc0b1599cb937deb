"""The last word before a gradient is called wrong: both sides in exact arithmetic, or in far more digits.

Fractions carry sums, products, quotients and whole powers exactly; other functions are evaluated by mpmath at
rising precision: a difference that is rounding shrinks with it, a mistake stays.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from microgradnn.check.doctor.problem import Point, Problem
from microgradnn.check.placing import placed
from microgradnn.check.rehearsal import rehearse
from microgradnn.check.rounded import Rounded
from microgradnn.elementary import power
from microgradnn.ops import Op, plain
from microgradnn.partials import local
from microgradnn.primitives import BUILT_IN

PRECISIONS = (60, 200)  # decimal digits
WORK = 60_000  # nodes worked out in one diagnosis, at some 30 µs each


class Undecided(ArithmeticError):
    """Something on the way has no exact meaning here."""


def _exactly(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """A comparison that no rounding decides."""

    def compared(x: Any, y: Any) -> bool:
        if math.isfinite(y):
            x, y = _alike([z.number if isinstance(z, Exact) else Fraction(z) for z in (x, y)])
        return bool(compare(x, y) if not isinstance(x, Exact) else compare(x.plain(), y))

    return compared


class Exact(Rounded):
    """A number with its exact value, or with very many digits of it. Python takes it for a float."""

    __slots__ = ("number",)
    number: Any

    def __new__(cls, number: Any, error: float = 0.0) -> Exact:
        self: Exact = super().__new__(cls, float(number), error)  # type: ignore[assignment]
        self.number = number
        return self

    def through(self, op: Op, args: tuple[Any, ...]) -> Exact:
        numbers = [exact(arg) for arg in args]
        if op.taken is not None:
            return Exact(numbers[op.taken(*map(float, numbers))[0]])
        if op is power:
            return Exact(_power(*numbers))
        if op.binds:
            return Exact(_finite(op.value(*_alike(numbers))))
        formula = _function(op)
        if formula is not None:
            return Exact(formula(*_precise(numbers)))
        if op.definition is None:
            raise Undecided(f"{op.name} has no exact meaning here")
        return Exact(exact(op.definition(*map(Exact, numbers))))

    __lt__, __le__, __gt__, __ge__ = map(_exactly, (operator.lt, operator.le, operator.gt, operator.ge))


def exact(x: Any) -> Any:
    """The number itself: a Fraction, or one of mpmath's."""
    if isinstance(x, Exact):
        return x.number
    if isinstance(x, Rounded):
        raise Undecided("a function on the way gave a rounded number")
    number = plain(x)
    if not math.isfinite(number):
        raise Undecided("not finite")
    return Fraction(number)


def _function(op: Op) -> Callable[..., Any] | None:
    import mpmath

    return getattr(mpmath, op.name, None) if op.name in BUILT_IN else None


def _power(x: Any, y: Any) -> Any:
    return x ** int(y) if y == int(y) and abs(y) <= 64 else operator.pow(*_precise([x, y]))


def _finite(x: Any) -> Any:
    if isinstance(x, float):  # 1/0, where the row has an answer
        raise Undecided("not finite")
    return x


def _precise(numbers: list[Any]) -> list[Any]:
    from mpmath import mpf

    return [mpf(x.numerator) / x.denominator if isinstance(x, Fraction) else x for x in numbers]


def _alike(numbers: list[Any]) -> list[Any]:
    return numbers if all(isinstance(x, Fraction) for x in numbers) else _precise(numbers)


def gradient(point: Point) -> dict[int, Any]:
    """The gradient of the loss at a point, for the numbers that have one by hand."""
    tape = point.tape
    numbers: list[Exact] = []
    for n, op in enumerate(tape.ops):
        args = [tape.operand(n, k) if a is None else numbers[a] for k, a in enumerate(tape.args[n])]
        found = Exact(Fraction(tape.data[n])) if op is None else op(*args)
        numbers.append(found if isinstance(found, Exact) else Exact(exact(found)))
    adjoints: dict[int, Any] = {tape.root: Fraction(1)}
    for n in range(len(numbers) - 1, -1, -1):
        op = tape.ops[n]
        if op is None or n not in adjoints:
            continue
        args = [tape.operand(n, k) if a is None else numbers[a] for k, a in enumerate(tape.args[n])]
        for k, partial in local(op, args, numbers[n], [e.k for e in tape.edges[n]]):
            a = tape.args[n][k]
            if a is not None:
                passed = operator.mul(*_alike([adjoints[n], exact(partial)]))
                adjoints[a] = operator.add(*_alike([adjoints.get(a, Fraction(0)), passed]))
    return {i: Fraction(0) if (leaf := tape.leaf[i]) is None else adjoints.get(leaf, Fraction(0)) for i in point.hand}


def by_hand(problem: Problem, point: Point) -> dict[int, Any]:
    """What by_hand gives for exact numbers."""
    given = point.arguments
    named = given.given() | given.lifted(
        lambda x, i: (
            given.things[given.places[i]] if isinstance(given.things[given.places[i]], int) else Exact(Fraction(x))
        )
    )
    problem.rate = point.rate
    result, _ = rehearse(problem.by_hand, named)
    return {i: exact(x) * int(point.sign) for i, x in placed(result, given)[0].items()}


class Appeal:
    """Whether a number that seems wrong is right after all: with more digits the difference vanishes."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.left = WORK
        self.heard: set[int] = set()  # points that were worked out
        self._found: dict[tuple[int, int], dict[int, tuple[float, float]]] = {}

    def acquits(self, q: int, point: Point, i: int) -> bool:
        """Whether number i at point q is right; False where that is not known."""
        last = math.inf
        for digits in PRECISIONS:
            key = (q, digits)
            if key not in self._found:
                self.left -= len(point.tape.data)
                if self.left < 0:
                    return False
                self.heard.add(q)
                self._found[key] = self._apart(point, digits)
            if i not in self._found[key]:
                return False
            apart, size = self._found[key][i]
            if apart <= size * 10.0 ** (-digits / 2):
                return True
            if apart > 0.5 * last or apart > 1e-6 * size:
                return False
            last = apart
        return False

    def _apart(self, point: Point, digits: int) -> dict[int, tuple[float, float]]:
        """How far by_hand is from the gradient, and how large both are, number by number."""
        import mpmath

        try:
            with mpmath.workdps(digits):
                right, hand = gradient(point), by_hand(self.problem, point)
                both = {i: _alike([hand[i], right[i]]) for i in hand}
                return {i: (float(abs(x - y)), float(max(abs(x), abs(y)))) for i, (x, y) in both.items()}
        except Exception:  # numbers of another kind need not go through: then the account of rounding stands
            return {}
