"""What a function of floats computes, found by calling it with formulas instead of numbers.

Where the function branches (`if x > 0`) it is called once for each branch, so that all of them are known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from microgradnn.elementary import TWO, ZERO
from microgradnn.errors import TableError
from microgradnn.explaining.term import Term, symbol, term
from microgradnn.ops import Op

MOST = 300  # branches of one function; beyond it is a loop that a number decides

# What floats can be asked besides the comparisons that formulas know.
EQUAL = Op("equal", lambda x, y: float(x == y), (ZERO, ZERO), arguments=TWO, symbol="===", public=False)
UNEQUAL = Op("unequal", lambda x, y: float(x != y), (ZERO, ZERO), arguments=TWO, symbol="!==", public=False)
FINITE = Op("finite", lambda x: float(x - x == 0.0), (ZERO,), public=False)


class Traced(Term):
    """A Term that knows which tracing it belongs to, and can be asked: what it answers, that decides."""

    __slots__ = ("tracing",)
    rank = Term.rank + 1

    def __init__(self, tracing: Tracing, op: Op | None, args: tuple[Term, ...], name: str, value: float | None) -> None:
        super().__init__(op, args, name, value)
        self.tracing = tracing

    def through(self, op: Op, args: tuple[Any, ...]) -> Traced:
        return self.tracing.applied(op, args)

    def __bool__(self) -> bool:
        return self.tracing.decide(self)

    def __eq__(self, other: object) -> Any:
        return self.tracing.applied(EQUAL, (self, other))

    def __ne__(self, other: object) -> Any:
        return self.tracing.applied(UNEQUAL, (self, other))

    def __hash__(self) -> int:
        return id(self)

    def __lt__(self, other: Any) -> Any:
        return self.tracing.compared(super().__lt__(other))

    def __le__(self, other: Any) -> Any:
        return self.tracing.compared(super().__le__(other))

    def __gt__(self, other: Any) -> Any:
        return self.tracing.compared(super().__gt__(other))

    def __ge__(self, other: Any) -> Any:
        return self.tracing.compared(super().__ge__(other))


class Branch(NamedTuple):
    """One way through a function: what was asked and answered on it, and what came out.

    The first `shared` answers are those of the branch before, but for the last of them, which is the other one.
    """

    asked: tuple[tuple[Traced, bool], ...]
    shared: int
    result: Any


class Tracing:
    """The formulas of one function: equal ones are one object, so that each is computed once."""

    def __init__(self, names: Sequence[str]) -> None:
        self._known: dict[Any, Traced] = {}
        self._answers: dict[Traced, bool] = {}
        self._asked: list[tuple[Traced, bool]] = []
        self._given: tuple[bool, ...] = ()
        self.args = [self._kept(symbol(name)) for name in names]

    def branches(self, function: Callable[..., Any]) -> list[Branch]:
        """Every way through `function`, those first that answer yes. TableError where there is no end of them."""
        found: list[Branch] = []
        while True:
            self._answers, self._asked = {}, []
            result = function(*self.args)
            found.append(Branch(tuple(self._asked), len(self._given), result))
            answers = [answer for _, answer in self._asked]
            while answers and not answers[-1]:
                answers.pop()
            if not answers:
                self._given = ()
                return found
            self._given = (*answers[:-1], False)
            if len(found) > MOST:
                raise TableError(f"the function branches in more than {MOST} ways")

    def applied(self, op: Op, args: Sequence[Any]) -> Traced:
        """A row applied to formulas and numbers."""
        return self._kept(Term(op, tuple(self._kept(term(arg)) for arg in args), "", None))

    def compared(self, comparison: Any) -> Any:
        return self._kept(comparison) if isinstance(comparison, Term) else comparison

    def decide(self, condition: Traced) -> bool:
        """The answer on the branch that is being followed; a number is true where it is not 0, as nan is."""
        if condition.op is None or condition.op.public:
            condition = self.applied(UNEQUAL, (condition, 0.0))
        if condition not in self._answers:
            if len(self._asked) > MOST:
                raise TableError(f"the function asks more than {MOST} questions on one way")
            place = len(self._asked)
            answer = self._given[place] if place < len(self._given) else True
            self._answers[condition] = answer
            self._asked.append((condition, answer))
        return self._answers[condition]

    def _kept(self, x: Term) -> Traced:
        if isinstance(x, Traced) and x.tracing is self:
            return x
        args = tuple(self._kept(arg) for arg in x.args)
        key = (x.op, *map(id, args)) if x.op else (x.name, repr(x.value))
        if key not in self._known:
            self._known[key] = Traced(self, x.op, args, x.name, x.value)
        return self._known[key]
