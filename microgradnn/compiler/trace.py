"""A function run once on Values whose numbers may not be looked at, so that its graph holds for all numbers.

The tracer is the eager engine itself: what a function computes with Traced Values is an ordinary graph.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import CodeType
from typing import Any, NoReturn

from microgradnn import engine
from microgradnn.arithmetic import Arithmetic
from microgradnn.chain import graph
from microgradnn.compiler.unknown import CONDITIONS, FIXED, HELD, LEAF, Guard, Place, Unknown, at, here
from microgradnn.elementary import same
from microgradnn.engine import Value
from microgradnn.errors import Untraceable
from microgradnn.explaining.term import AT_MOST
from microgradnn.ieee import number
from microgradnn.making import tick
from microgradnn.nest import flatten
from microgradnn.ops import Flow, Op


class Traced(Value):
    """A Value in a trace: it has the number of the example, which only the engine may see."""

    __slots__ = ()
    rank = 1
    open = True

    def through(self, op: Op, args: tuple[Any, ...]) -> Traced:
        if here.trace is None:
            raise Untraceable(f"{at()}a Value of a trace was used after the function that was traced had returned")
        return here.trace.step(op, args)  # type: ignore[no-any-return]

    # The short cuts of Value would lead out of the trace.
    __add__ = Arithmetic.__add__
    __mul__ = Arithmetic.__mul__

    def plain(self) -> Any:
        return Unknown(self)

    @property
    def data(self) -> float:
        return float(self.plain())

    @data.setter
    def data(self, data: Any) -> None:
        raise Untraceable(f"{at()}.data was set in a function that is being compiled: use the new number instead")

    def backward(self, create_graph: bool = False) -> NoReturn:
        Unknown(self).backward()

    def __repr__(self) -> str:
        Unknown(self).refused()
        return f"<a Value in a trace, label={self.label!r}>" if self.label else "<a Value in a trace>"

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else repr(self)

    __float__ = __int__ = __complex__ = __index__ = lambda self: float(self.plain())  # refuse, and say the ways out


class Fixed(Traced):
    """A Traced Value that nothing is differentiated through: as Constants are, or plain numbers."""

    __slots__ = ()
    live = False


class Whole(Traced):
    """A whole number that is differentiated by, and yet a place that `take` may count by."""

    __slots__ = ()
    whole = True

    def plain(self) -> Any:
        return Place(self)


def written(fn: Any) -> str:
    """Where a function is written, to begin a message with."""
    code = getattr(fn, "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}: " if isinstance(code, CodeType) else ""


def name_of(fn: Any) -> str:
    """What to call a function in a message."""
    return str(getattr(fn, "__name__", type(fn).__name__))


_new: Callable[[Any], Any] = object.__new__
_OURS = frozenset((Traced, Fixed, Whole))


def twin(value: Value) -> Any:
    """What stands for a leaf from outside."""
    return (Traced if value.live else Fixed)(value._data, label=value.label)


_one_at_a_time = threading.RLock()


def tracing() -> bool:
    """Whether this thread is tracing a function."""
    return here.trace is not None


class Trace:
    """What a function did when it was run once: its result, the conditions it branched on, the Values it read.

    `held` are leaves from outside, the function's own parameters for instance, each with the Traced Value that
    stands for it; whatever else came from outside has the number that it had.
    """

    def __init__(self, fn: Callable[..., Any], args: Sequence[Any], twins: Mapping[Value, Traced]) -> None:
        self.held: dict[Value, Traced] = dict(twins)
        self.guards: list[Guard] = []
        self._parameters = frozenset(twins)
        self._outside: dict[Value, Traced] = {}
        given = [x.node if isinstance(x, Unknown) else x for x in (*flatten(args)[0], *twins.values())]
        self._since = min((x.time for x in given if isinstance(x, Traced)), default=tick())
        self.refusal: Untraceable | None = None  # the first one, which the function may have caught
        self._conditions: list[Traced] = []
        with self._running():
            leaves, rebuild = flatten(fn(*args))
            if self.refusal is not None:
                raise self.refusal
            self.result = rebuild([self._operand(x, f"what {name_of(fn)} gives") for x in leaves])

    def doubts(self) -> list[Guard]:
        """That nothing which was compared is nan.

        In derivatives that the function takes itself the engine lets nothing flow where a program multiplies by 0,
        and the program may have nan for a number: no branch may be taken by that.
        """
        compared = dict.fromkeys(x for node in self._conditions for x in node.args if isinstance(x, Traced))
        return [Guard(self.step(AT_MOST, (x, x)), True, "") for x in compared]

    @contextmanager
    def _running(self) -> Iterator[None]:
        with _one_at_a_time, engine.watching(self._adopt):
            before = here.trace, engine.tracer
            here.trace = engine.tracer = self
            try:
                yield
            finally:
                here.trace, engine.tracer = before

    @contextmanager
    def _aside(self) -> Iterator[None]:
        """Within this context, and this thread, nothing is traced."""
        here.trace = None
        try:
            yield
        finally:
            here.trace = self

    # ---- steps -----------------------------------------------------------------------------------------------

    def step(self, op: Op, args: Sequence[Any]) -> Traced:
        """One more step of the trace."""
        kept = self._operands(op, args)
        live = op is LEAF or (any(x.__class__ is not float and x.live for x in kept) and op not in FIXED)
        out: Traced = _new(Traced if live else Fixed)
        numbers = [x if x.__class__ is float else x._data for x in kept]
        try:
            out._data = op.value(*numbers)
        except Untraceable:  # a primitive of the user's own, which computes with Values
            with self._aside():
                out._data = op.value(*numbers)
        out._grad = None
        out.made = None
        out.label = ""
        out.op = op
        out._x, out._y = kept if len(kept) == 2 else (tuple(kept), None)
        out.time = tick()
        if op in CONDITIONS or op is same:
            self._conditions.append(out)
        return out

    def _adopt(self, out: Value, op: Op, args: Sequence[Any]) -> None:
        """Make what was computed from Values outside the trace a part of it."""
        if here.trace is not self:
            return
        kept = self._operands(op, args)
        out.__class__ = Traced if out.live else Fixed
        out.op = op
        out._x, out._y = kept if len(kept) == 2 else (tuple(kept), None)
        out.time = tick()  # after its operands

    def _operands(self, op: Op, args: Sequence[Any]) -> list[Any]:
        since, held = self._since, self.held
        kept: list[Any] = [
            x
            if x.__class__ is float or (x.__class__ in _OURS and x.time >= since)
            else held[x]
            if isinstance(x, Value) and x in held  # a parameter, as most are: what `_operand` comes to, sooner
            else self._operand(x, op.name)
            for x in args
        ]
        if engine.recording() or op in FIXED:
            return kept
        return [x if x.__class__ is float or not x.live else HELD(x) for x in kept]

    def _operand(self, x: Any, what: str) -> Any:
        """A float, or a part of this trace; `what` says in messages where it is needed."""
        if isinstance(x, Traced):
            if x.time < self._since:
                raise Untraceable(
                    f"{at()}a Value of another trace was used: the function keeps what it computed from call to call; "
                    "give it as an argument"
                )
            return x
        if isinstance(x, Unknown):
            return self._operand(x.held(), what)
        if isinstance(x, Value):
            return self._twin(x)
        if isinstance(x, Flow):
            raise Untraceable(
                f"{at()}one {type(x).__name__} met a Value that is being traced; compute with Values alone"
            )
        return number(x, what)

    def _twin(self, value: Value) -> Any:
        """What stands for a Value that is no part of the trace."""
        known = self.held if value.op is None else self._outside
        if value in known:
            return known[value]
        if value.op is not None:  # its number can no longer change
            if not self._parameters.isdisjoint(graph(value)):
                raise Untraceable(
                    f"{at()}a Value that was computed from parameters outside the function was used in it: compute it "
                    "inside, or use its .detach()"
                )
            known[value] = self.step(LEAF, (value._data,))
        elif value.time > self._since:
            raise Untraceable(
                f"{at()}a leaf was copied, loaded, or its .data set in a function that is being compiled: do it outside"
            )
        else:
            known[value] = twin(value)
        return known[value]

    # ---- as the engine's tracer ------------------------------------------------------------------------------

    def number(self, value: Value) -> Any:
        """What is seen where the function looks at the number of a Value."""
        if here.trace is not self or value.op is not None:
            return value._data
        return Unknown(self._twin(value))

    def gradient(self, value: Value) -> None:
        """The function looks at a gradient."""
        if here.trace is self:
            raise Untraceable(
                f"{at()}.grad was read in a function that is being compiled, and would be a constant of the program: "
                "take gradients by microgradnn.grad inside, or hand them over as arguments"
            )

    def leaf(self, value: Value, data: Any) -> float:
        """The number of a leaf that is being made of `data`."""
        if here.trace is not self or isinstance(value, Traced):
            return number(data)
        source: Any = self._operand(data.node, "a leaf") if isinstance(data, Unknown) else number(data)
        value.op = LEAF if value.live else HELD
        value._x = (source,)
        value.__class__ = Traced if value.live else Fixed
        return source if source.__class__ is float else source._data
