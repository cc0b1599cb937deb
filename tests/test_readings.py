"""One table, many readings: reverse mode, forward mode, plain numbers, and programs that know no numbers yet."""

import math
import operator
import random
from collections.abc import Callable
from typing import Any

import pytest

from microgradnn import Value, grad, jvp
from microgradnn.arithmetic import Arithmetic
from microgradnn.ops import Op
from microgradnn.partials import local
from tests.oracle import CASES, MEASURED, ROWS, bits, name, rng_of
from tests.points import point


def everywhere(op: Op, rng: random.Random) -> list[float]:
    """Arguments of every kind: extreme, on kinks, outside the domain, infinite, nan."""
    kinds = (0.0, -0.0, 1.0, -1.0, 5e-324, -1e-310, 1e308, -1e308, math.inf, -math.inf, math.nan, 0.5, 2.0, -3.0)
    return [rng.choice(kinds) if rng.random() < 0.6 else rng.uniform(-4, 4) for _ in range(op.arity or 3)]


@pytest.mark.parametrize("op", ROWS, ids=name)
def test_forward_mode_is_reverse_mode_and_neither_raises(op: Op) -> None:
    rng = rng_of(op)
    for _ in range(8 * CASES):
        args = everywhere(op, rng)
        for k in range(len(args)):
            f = lambda x, args=args, k=k: op(*args[:k], x, *args[k + 1 :])
            back, ahead = grad(f)(args[k]), jvp(f, [args[k]], [1.0])[1]
            # A derivative of zero may differ in the sign of the zero: an adjoint begins at +0.
            assert back == ahead or bits(back) == bits(ahead), f"{op.name}{args}, argument {k}: {back} and {ahead}"
            assert grad(grad(f))(args[k]).__class__ is float


@pytest.mark.parametrize("op", ROWS, ids=name)
def test_values_come_out_the_same_through_every_door(op: Op) -> None:
    rng = rng_of(op)
    for _ in range(4 * CASES):
        args = everywhere(op, rng)
        plain = op(*args)
        assert plain.__class__ is float
        recorded = op(*map(Value, args))
        assert bits(recorded.data) == bits(plain)
        assert bits(jvp(op, args, [1.0] * len(args))[0]) == bits(plain)


class Register(Arithmetic):
    """Something whose number is not known yet, so that no formula can branch on it: a step of a program."""

    __slots__ = ("run",)
    rank = 9

    def __init__(self, run: Callable[[], float]) -> None:
        self.run = run

    def through(self, op: Op, args: tuple[Any, ...]) -> "Register":
        return Register(lambda: op.value(*[arg.run() if isinstance(arg, Register) else float(arg) for arg in args]))

    def _compare(self, other: Any, holds: Callable[[Any, Any], bool]) -> Any:
        right = other.run if isinstance(other, Register) else lambda: other
        return Register(lambda: float(holds(self.run(), right())))

    def __lt__(self, other: Any) -> Any:
        return self._compare(other, operator.lt)

    def __le__(self, other: Any) -> Any:
        return self._compare(other, operator.le)

    def __gt__(self, other: Any) -> Any:
        return self._compare(other, operator.gt)

    def __ge__(self, other: Any) -> Any:
        return self._compare(other, operator.ge)


@pytest.mark.parametrize("op", MEASURED, ids=name)
def test_formulas_are_the_same_where_the_numbers_come_later(op: Op) -> None:
    rng = rng_of(op)
    for _ in range(8 * CASES):
        args = point(op, rng)
        out = op.value(*args)
        known = dict(local(op, args, out, range(len(args))))
        *later, result = [Register(lambda x=x: x) for x in (*args, out)]
        slopes = op.gradient(later, result) if op.gradient else [partial(*later, result) for partial in op.partials]
        for k, slope in enumerate(slopes):
            if not op.taken or k in op.taken(*args):
                found = slope.run() if isinstance(slope, Register) else slope
                assert found == known.get(k, 0.0) or bits(found) == bits(known[k]), (args, k)
