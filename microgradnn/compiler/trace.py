"""A function run once on Values whose numbers may not be looked at, so that its graph holds for all numbers.

The tracer is the eager engine itself: what a function computes with Traced Values is an ordinary graph.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from numbers import Real
from typing import Any, NamedTuple, NoReturn

from microgradnn import engine
from microgradnn.arithmetic import Arithmetic
from microgradnn.chain import graph
from microgradnn.elementary import ZERO
from microgradnn.engine import Constant, Value
from microgradnn.errors import Untraceable
from microgradnn.explaining.term import AT_MOST, LESS
from microgradnn.ieee import number
from microgradnn.making import tick
from microgradnn.ops import Flow, Op
from microgradnn.origin import caller

HELD = Op(
    "held", lambda x: x, (ZERO,), taken=lambda x: (), public=False,
    note="The number itself, through which nothing is differentiated.",
)  # fmt: skip
CONDITIONS = (LESS, AT_MOST)


class Guard(NamedTuple):
    """A condition that the program branched on, and how it came out; another outcome is another program."""

    condition: Any
    outcome: bool
    line: str


class Traced(Value):
    """A Value in a trace: it has the number of the example, which only the engine may see."""

    __slots__ = ()
    rank = 1
    open = True

    def through(self, op: Op, args: tuple[Any, ...]) -> Traced:
        adopt = _here.adopt or _finished
        kept = [
            adopt(arg) if isinstance(arg, Value) else number(arg, f"an operand of {op.symbol}")
            if not isinstance(arg, Flow) else _foreign(arg) for arg in args
        ]  # fmt: skip
        out: Traced = object.__new__(Traced)
        out._data = op.value(*[arg._data if isinstance(arg, Value) else arg for arg in kept])
        out._grad = None
        out.made = None
        out.label = ""
        out.op = op
        out._x, out._y = kept if len(kept) == 2 else (tuple(kept), None)
        out.time = tick()
        return out

    # The short cuts of Value would lead out of the trace.
    __add__ = Arithmetic.__add__
    __mul__ = Arithmetic.__mul__

    def __lt__(self, other: Any) -> Any:
        return LESS(self, other)

    def __le__(self, other: Any) -> Any:
        return AT_MOST(self, other)

    def __gt__(self, other: Any) -> Any:
        return LESS(other, self)

    def __ge__(self, other: Any) -> Any:
        return AT_MOST(other, self)

    def __eq__(self, other: Any) -> bool:
        """What is made of inputs alone is a float elsewhere, and compared as one; a Value is equal to itself alone."""
        if self is other or _here.guards is None or not (self.numeric and _numeric(other)):
            return self is other
        return bool(self <= other) and bool(self >= other)

    __hash__ = Value.__hash__

    @property
    def numeric(self) -> bool:
        """Whether this is made of the function's inputs alone."""
        return not any(isinstance(node, Twin) for node in graph(self))

    def __bool__(self) -> bool:
        if self.op not in CONDITIONS or _here.guards is None:
            return super().__bool__()  # refuses
        outcome = self._data != 0.0
        _here.guards.append(Guard(self, outcome, caller()))
        return outcome

    def detach(self) -> Any:
        return HELD(self)

    def plain(self) -> float:
        return _refuse(self)

    def backward(self, create_graph: bool = False) -> NoReturn:
        raise Untraceable(
            f"{_at()}.backward() within a function that is being compiled would leave its numbers in the program: "
            "return the loss, and take .value_and_grad(…) of what compile gives; or use microgradnn.grad inside"
        )


class Place(Traced):
    """A whole number that the function is given: what `take` may count by."""

    __slots__ = ()
    whole = True


class Twin(Traced):
    """What stands for a leaf from outside, such as a parameter."""

    __slots__ = ()


def _numeric(x: Any) -> bool:
    return x.numeric if isinstance(x, Traced) else isinstance(x, Real)


def _finished(arg: Value) -> Value:
    if not isinstance(arg, Traced):
        raise Untraceable(f"{_at()}a Value of a trace was used after the function that was traced had returned")
    return arg


def _foreign(arg: Any) -> NoReturn:
    raise Untraceable(f"{_at()}one {type(arg).__name__} met a Value that is being traced; compute with Values alone")


def _at() -> str:
    line = caller()
    return f"{line}: " if line else ""


def _refuse(value: Value) -> NoReturn:
    name = f" of {value.label!r}" if value.label else ""
    raise Untraceable(
        f"{_at()}the number{name} was looked at (.data, .item(), float() or the like) in a function that is being "
        "compiled, and the program would hold for that number only. Ways out: where(x > 0, a, b) for a branch; "
        "maximum, minimum, clip or logsumexp for a largest number; take(rows, i) for a place that is an input"
    )


class _Here(threading.local):
    guards: list[Guard] | None = None
    adopt: Callable[[Value], Any] | None = None


_here = _Here()
_one_at_a_time = threading.RLock()


class Trace:
    """What a function did when it was run once: its result, the conditions it branched on, the Values it read.

    `held` are leaves from outside, the function's own parameters for instance, each with the Traced Value that
    stands for it; whatever else came from outside has the number that it had.
    """

    def __init__(self, fn: Callable[..., Any], args: Sequence[Any], twins: Mapping[Value, Traced]) -> None:
        self.held: dict[Value, Traced] = dict(twins)
        self._since = tick()
        with self._tracing() as self.guards:
            self.result = fn(*args)

    def computed(self, node: Value) -> bool:
        """Whether the function computed this, and did not find it."""
        return node.op is not None and node.time > self._since

    @contextmanager
    def _tracing(self) -> Iterator[list[Guard]]:
        mine = threading.get_ident()
        guards: list[Guard] = []

        def look(value: Value) -> None:
            if threading.get_ident() == mine and not isinstance(value, Constant):
                _refuse(value)

        with _one_at_a_time, engine.watching(self._adopt):
            before, _here.guards, _here.adopt = (_here.guards, _here.adopt), guards, self._twin
            engine.seeing.append(look)
            try:
                yield guards
            finally:
                engine.seeing.remove(look)
                _here.guards, _here.adopt = before

    def _adopt(self, out: Value) -> None:
        """Make what was computed from Values outside the trace a part of it."""
        if out.op is not None:
            args = tuple(self._twin(arg) if isinstance(arg, Value) else arg for arg in out.args)
            out.__class__ = Traced
            out._x, out._y = args if len(args) == 2 else (args, None)

    def _twin(self, arg: Value) -> Any:
        if isinstance(arg, Traced):
            return arg
        if arg.op is not None or arg.__class__ is Constant:
            return arg._data  # its number can no longer change
        if arg not in self.held:
            self.held[arg] = Twin(arg._data, label=arg.label)
        return self.held[arg]
