"""What stands for a plain number while a function is traced: all that can be said of it holds for every number."""

from __future__ import annotations

import threading
from typing import Any, NamedTuple, NoReturn

from microgradnn.arithmetic import Arithmetic, Ieee
from microgradnn.compiler.steps import pow
from microgradnn.elementary import TWO, ZERO, add, alias, mul, neg, power, same, sub, where
from microgradnn.errors import NotANumber, Untraceable
from microgradnn.explaining.term import AT_MOST, LESS
from microgradnn.ops import Flow, Op, plain
from microgradnn.origin import caller

HELD = Op(
    "held", alias.value, (ZERO,), taken=lambda x: (), public=False,
    note="The number itself, through which nothing is differentiated.",
)  # fmt: skip
LEAF = Op(
    "leaf", alias.value, (ZERO,), taken=lambda x: (), public=False,
    note="A leaf that the function makes of a number: differentiated by, but not through.",
)  # fmt: skip
RAISED = Op(
    "raised", pow, power.partials, arguments=TWO, public=False,
    note="x**y as Python's own floats have it, whose squares are not always rounded correctly.",
)  # fmt: skip
CONDITIONS = (LESS, AT_MOST)
FIXED = (HELD, *CONDITIONS)  # what gives a constant, whatever it is given
_WHOLE = (add, sub, mul, neg)  # of whole numbers these give whole numbers


class Guard(NamedTuple):
    """A condition that the program branched on, and how it came out; another outcome is another program."""

    condition: Any
    outcome: bool
    line: str


class Here(threading.local):
    """What this thread is tracing."""

    trace: Any = None  # a Trace


here = Here()


def at() -> str:
    """The user's line, to begin a message with."""
    line = caller()
    return f"{line}: " if line else ""


def _raised(x: Any, y: Any) -> Any:
    values = any(isinstance(arg, Flow) and not isinstance(arg, Unknown | Known) for arg in (x, y))
    return (power if values else RAISED)(x, y)


class Unknown(Arithmetic):
    """A number that is not known, where a program that is not traced has a float.

    What is computed of it is unknown too; a branch on it is a guard; and where Python asks for the number itself,
    Untraceable is raised. `node` is its step in the trace.
    """

    __slots__ = ("node",)
    rank = 2  # above Values, for which it makes a step of itself
    open = True

    def __init__(self, node: Any) -> None:
        self.node = node

    def through(self, op: Op, args: tuple[Any, ...]) -> Any:
        out = op(*[arg.held() if isinstance(arg, Unknown) else arg for arg in args])
        if any(isinstance(arg, Flow) and not isinstance(arg, Unknown) for arg in args):
            return out
        whole = op in _WHOLE and all(isinstance(arg, Place) or arg.__class__ is int for arg in args)
        return Place(out) if whole else Unknown(out)

    def held(self) -> Any:
        """The step, as a constant."""
        return HELD(self.node) if self.node.live else self.node

    def plain(self) -> Any:
        return self

    def __pow__(self, other: Any) -> Any:
        return _raised(self, other)

    def __rpow__(self, other: Any) -> Any:
        return _raised(other, self)

    def _compared(self, op: Op, x: Any, y: Any) -> Condition:
        return Condition(op(*[arg.node if isinstance(arg, Unknown) else arg for arg in (plain(x), plain(y))]))

    def __lt__(self, other: Any) -> Any:
        return self._compared(LESS, self, other)

    def __le__(self, other: Any) -> Any:
        return self._compared(AT_MOST, self, other)

    def __gt__(self, other: Any) -> Any:
        return self._compared(LESS, other, self)

    def __ge__(self, other: Any) -> Any:
        return self._compared(AT_MOST, other, self)

    # Of floats == asks for the number. A Value is equal to none, nor is what is no number at all.
    def __eq__(self, other: object) -> Any:
        return Condition(same(self, other).node) if isinstance(other, Unknown | float | int) else NotImplemented

    def __ne__(self, other: object) -> Any:
        return Condition((1.0 - same(self, other)).node) if isinstance(other, Unknown | float | int) else NotImplemented

    def __bool__(self) -> bool:
        return bool(self != 0.0)

    def refused(self) -> Untraceable:
        """That the number was asked for, which is told at the end, even if the function goes on without it."""
        name = f" of {self.node.label!r}" if self.node.label else ""
        refusal = Untraceable(
            f"{at()}the number{name} was looked at (.data, .item(), float(), str() or the like) in a function that is "
            "being compiled, and the program would hold for that number only. Ways out: where(x > 0, a, b) for a "
            "branch; maximum, minimum, clip or logsumexp for a largest number; take(rows, i) for a place that is an "
            "input; microgradnn's functions for those of math and numpy"
        )
        if here.trace is not None and here.trace.refusal is None:
            here.trace.refusal = refusal
        return refusal

    def _asked(self, *_: Any, **__: Any) -> Any:
        raise self.refused()

    __float__ = __int__ = __complex__ = __index__ = __hash__ = __round__ = __trunc__ = __floor__ = __ceil__ = _asked
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __divmod__ = __rdivmod__ = __array__ = _asked

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **settings: Any) -> Any:
        try:
            return super().__array_ufunc__(ufunc, method, *inputs, **settings)
        except NotANumber:
            return self._asked()

    def __repr__(self) -> str:  # not refused at once: an error that the function raises may be on its way with it
        self.refused()
        return "<a number in a trace>"

    def __format__(self, spec: str) -> str:
        return self._asked() if spec else repr(self)

    # What Values have, for functions that are written for them, and what floats have besides.
    item = _asked
    data = real = property(_asked)
    is_integer = as_integer_ratio = hex = _asked
    label = property(lambda self: self.node.label, lambda self, label: None)

    def detach(self) -> Any:
        return self

    def backward(self, create_graph: bool = False) -> NoReturn:
        raise Untraceable(
            f"{at()}.backward() within a function that is being compiled would leave its numbers in the program: "
            "return the loss, and take .value_and_grad(…) of what compile gives; or use microgradnn.grad inside"
        )


class Condition(Unknown):
    """Whether one number is less than another, or equal to it: what `where` takes, and a branch is guarded by."""

    __slots__ = ()

    def __bool__(self) -> bool:
        if here.trace is None:
            super()._asked()
        outcome: bool = self.node._data != 0.0
        here.trace.guards.append(Guard(self.node, outcome, caller()))
        return outcome

    def __and__(self, other: Any) -> Any:
        return Condition((self * other).node)

    def __or__(self, other: Any) -> Any:
        return Condition(where(self, 1.0, other).node)

    __rand__, __ror__ = __and__, __or__

    def _asked(self, *_: Any) -> Any:
        return int(bool(self))

    __float__ = __int__ = __index__ = __hash__ = _asked  # as True and False have it


class Place(Unknown):
    """A whole number that the function is given: what `take` may count by."""

    __slots__ = ()
    whole = True


class Known(Ieee):
    """A number that behaves as an Unknown one: what the eager engine is given where it takes over."""

    __slots__ = ()

    def through(self, op: Op, args: tuple[Any, ...]) -> Known:
        return Known(op.value(*map(plain, args)))

    def __eq__(self, other: object) -> bool:
        return self.number == other.number if isinstance(other, Known) else self.number == other

    def __hash__(self) -> int:
        return hash(self.number)

    def __bool__(self) -> bool:
        return self.number != 0.0

    __pow__, __rpow__ = Unknown.__pow__, Unknown.__rpow__
    data = property(Ieee.plain)
    item = __float__ = Ieee.plain
    label = property(lambda self: "", lambda self, label: None)

    def detach(self) -> Known:
        return self
