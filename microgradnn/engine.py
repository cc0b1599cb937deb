"""Value: a number that remembers how it was computed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from microgradnn import elementary, reverse, snapshot
from microgradnn.arithmetic import Arithmetic
from microgradnn.chain import Node, graph, operands
from microgradnn.errors import Misuse
from microgradnn.ieee import number
from microgradnn.making import Made, tick
from microgradnn.ops import Flow, Op
from microgradnn.origin import caller

_ADD, _MUL = elementary.add, elementary.mul
_new = object.__new__
_sweeping = threading.RLock()  # adjoints are kept in the Values, so one thread sweeps at a time


class Value(Arithmetic, Node):
    """A number that remembers how it was computed, and learns how the result depends on it.

    `data` is the number; `grad` the derivative with respect to it of the Value whose `backward()` was called
    (0.0 before; `graded` tells); `label` a name for drawings and reports. `op` and `args` say how it came
    about: the primitive and its ordered operands, Values or floats; a leaf has none.

    The names are those of micrograd (https://github.com/karpathy/micrograd). `==` is identity, as hashing is;
    `<` and its kin compare the data. Anything but a real number raises NotANumber, a TypeError.
    """

    # Two operands are kept without a tuple around them, which saves the collector half its work; of any other
    # number _x is the tuple, and _y None.
    __slots__ = ("_data", "_grad", "_graded_at", "_x", "_y", "label", "made")
    rank = 0
    kept_as: ClassVar[Any] = None  # the class of a copy, where it is another one
    show: ClassVar[Callable[[Value], dict[str, str]] | None] = None  # set by microgradnn.drawing

    def __init__(self, data: Any, _children: tuple[()] = (), _op: str = "", label: str = "") -> None:
        if _children or _op:
            raise Misuse(
                "a Value takes no _children or _op of its own: an operation that is not in the table is "
                "added with microgradnn.primitive(name, value, partials)"
            )
        self._grad: Any = None
        self.made: Made | None = None
        self.label = label
        self.op = None
        self._x: Any = ()
        self._y: Any = None
        self.time = tick()
        self._data = number(data) if (now := tracer) is None else now.leaf(self, data)

    # ---- the number and its gradient ----

    @property
    def data(self) -> float:
        return self._data if tracer is None else float(self.plain())

    @data.setter
    def data(self, data: Any) -> None:
        if self.op is not None:
            raise Misuse(
                f"this Value was computed ({self.op.name}), so its data follows from its operands; "
                "change those and compute again, or start from .detach()"
            )
        self._data = number(data)
        self.time = tick()

    @property
    def grad(self) -> Any:
        if (now := tracer) is not None:
            now.gradient(self)
        return 0.0 if self._grad is None else self._grad

    @grad.setter
    def grad(self, grad: Any) -> None:
        self._grad = grad if grad is None or isinstance(grad, Value) else number(grad, "a gradient")
        self._graded_at = self.time

    @property
    def graded(self) -> bool:
        """Whether a gradient has been computed or set; until then `grad` reads 0.0."""
        return self._grad is not None

    def zero_grad(self) -> None:
        """Forget the gradients of this Value and of all that it was computed from."""
        for node in graph(self) if self.op else (self,):
            node._grad = None  # type: ignore[attr-defined]

    def backward(self, create_graph: bool = False) -> None:
        """Give every Value that this one was computed from its gradient, by the chain rule.

        Leaves add to the gradient that they had; what lies between starts afresh. With `create_graph` the
        gradients are Values, to be differentiated again; they hold their graph until `zero_grad()`.
        Misuse where a leaf's data changed after it was used here, or since the gradient that it still holds.
        """
        if not self.live:
            raise Misuse("nothing to differentiate: this is a constant (frozen, detached, or made in no_grad())")
        with _sweeping:
            if create_graph:
                reverse.backward_with_graph(self, Constant)
            else:
                reverse.backward(self)

    # ---- reading ----

    @property
    def args(self) -> tuple[Any, ...]:
        return self._x if self._y is None else (self._x, self._y)

    @property
    def born(self) -> str | None:
        """The "file:line" where this number became nan or infinite though its operands were not, if it did."""
        return self.made.line or None if self.made else None

    def item(self) -> float:
        """The number alone, outside the graph."""
        return self.data

    def plain(self) -> Any:
        return self._data if (now := tracer) is None else now.number(self)

    def detach(self) -> Constant:
        """A constant of the same number: nothing is differentiated through it."""
        return Constant(self.plain(), label=self.label)

    @property
    def frozen(self) -> bool:
        """Whether this leaf is a constant, for the gradient and for optimisers; may be set."""
        return not self.live

    @frozen.setter
    def frozen(self, frozen: bool) -> None:
        global makings
        if self.op is not None:
            raise Misuse("only a leaf can be frozen; .detach() gives a constant of this computed Value")
        data = self._data
        self.__class__ = Frozen if frozen else Value
        self._data, self.made = data, None
        makings += 1

    @property
    def _prev(self) -> tuple[Any, ...]:
        return tuple(arg for _, arg in operands(self))

    @property
    def _op(self) -> str:
        return self.op.symbol if self.op else ""

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        grad = f", grad={self._grad.data if isinstance(self._grad, Value) else self._grad!r}" if self.graded else ""
        return f"{(self.kept_as or type(self)).__name__}(data={self._data!r}{grad}{label})"

    def __format__(self, spec: str) -> str:
        return format(self._data, spec) if spec else repr(self)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return Value.show(self) if Value.show else {"text/plain": repr(self)}

    def _repr_svg_(self) -> str | None:
        return self._repr_mimebundle_().get("image/svg+xml")

    # ---- copies, of graphs of any depth ----

    def __copy__(self) -> Value:
        return snapshot.shallow_copy(self)  # type: ignore[no-any-return]

    def __deepcopy__(self, memo: dict[int, Any]) -> Value:
        return snapshot.deep_copy(self, memo)  # type: ignore[no-any-return]

    def __reduce__(self) -> tuple[Any, ...]:
        return snapshot.reduce(self)

    def __setstate__(self, state: tuple[Any, bool]) -> None:
        self._grad, is_current = state
        self._graded_at = self.time - (not is_current)

    # ---- recording ----

    def through(self, op: Op, args: tuple[Any, ...]) -> Value:
        kept: Sequence[Any] = args
        if _PLAIN.issuperset(map(type, args)):  # a short cut of the other branch
            inputs = [arg if arg.__class__ is float else arg._data for arg in args]
        else:
            inputs = [
                arg._data
                if isinstance(arg, Value)
                else arg.plain()
                if isinstance(arg, Flow)
                else number(arg, f"an operand of {op.symbol}")
                for arg in args
            ]
            kept = [arg if isinstance(arg, Value) else x for arg, x in zip(args, inputs, strict=True)]
        data = op.value(*inputs)
        live = (not _pauses or not _here.paused) and (
            self.live or any(isinstance(arg, Value) and arg.live for arg in args)
        )
        out: Value = _new(Value if live else Constant)
        out._data = data
        out._grad = None
        out.made = None
        out.label = ""
        out.op = op if live else None
        out._x, out._y = ((), None) if not live else kept if len(kept) == 2 else (tuple(kept), None)
        out.time = tick()
        if data - data != 0.0:
            _birth(out, inputs)
        if _pauses and _here.watch is not None:
            _here.watch(out, op, kept)
        return out

    # Short cuts through the door for the two commonest operations; a test holds them to the table.
    def __add__(self, other: Any) -> Value:
        kind = other.__class__
        if (kind is Value or kind is float) and not _pauses:
            out: Value = _new(Value)
            y = other if kind is float else other._data
            out._data = data = self._data + y
            out._grad = None
            out.made = None
            out.label = ""
            out.op = _ADD
            out._x = self
            out._y = other
            out.time = tick()
            if data - data != 0.0:
                _birth(out, (self._data, y))
            return out
        return _ADD(self, other)  # type: ignore[no-any-return]

    def __mul__(self, other: Any) -> Value:
        kind = other.__class__
        if (kind is Value or kind is float) and not _pauses:
            out: Value = _new(Value)
            y = other if kind is float else other._data
            out._data = data = self._data * y
            out._grad = None
            out.made = None
            out.label = ""
            out.op = _MUL
            out._x = self
            out._y = other
            out.time = tick()
            if data - data != 0.0:
                _birth(out, (self._data, y))
            return out
        return _MUL(self, other)  # type: ignore[no-any-return]

    if TYPE_CHECKING:  # the rest of Arithmetic, as a user's program sees it

        def __radd__(self, other: Any) -> Value: ...
        def __sub__(self, other: Any) -> Value: ...
        def __rsub__(self, other: Any) -> Value: ...
        def __rmul__(self, other: Any) -> Value: ...
        def __truediv__(self, other: Any) -> Value: ...
        def __rtruediv__(self, other: Any) -> Value: ...
        def __pow__(self, other: Any) -> Value: ...
        def __rpow__(self, other: Any) -> Value: ...
        def __neg__(self) -> Value: ...
        def __pos__(self) -> Value: ...
        def __abs__(self) -> Value: ...
        def __getattr__(self, name: str) -> Callable[..., Value]: ...


class Constant(Value):
    """A Value that nothing is differentiated through: detached, or made within `no_grad()`."""

    __slots__ = ()
    live = False
    __add__ = Arithmetic.__add__
    __mul__ = Arithmetic.__mul__


class Frozen(Constant):
    """A parameter that is a constant for now: `frozen` was set, and can be taken back."""

    __slots__ = ()


_PLAIN = frozenset((float, Value))
makings = 0  # how often a leaf was frozen, or let learn again: what was compiled may hold no longer


class Tracer(Protocol):
    """Who stands between a program and its numbers while microgradnn.compiler runs it once for all numbers."""

    def number(self, value: Value) -> Any:
        """What is seen where the program looks at the number of `value`."""

    def gradient(self, value: Value) -> None:
        """The program looks at the gradient that `value` holds."""

    def leaf(self, value: Value, data: Any) -> float:
        """The number of a leaf that is being made of `data`."""


tracer: Tracer | None = None  # another thread may end its trace at any time, so this is read once


# ---- recording can be paused, and watched ----------------------------------------------------------------

Watch = Callable[[Value, Op, Sequence[Any]], None]
_pauses = 0  # of all threads together: while it is 0, the usual case, the short cuts need not ask further


class _Here(threading.local):
    """What this thread has asked for."""

    paused = 0
    watch: Watch | None = None


_here = _Here()


def recording() -> bool:
    """Whether this thread's operations are recorded: not within `no_grad()`."""
    return not (_pauses and _here.paused)


@contextmanager
def _by_the_door() -> Iterator[None]:
    """Within this context no operation takes a short cut."""
    global _pauses
    with _sweeping:
        _pauses += 1
    try:
        yield
    finally:
        with _sweeping:
            _pauses -= 1


@contextmanager
def no_grad() -> Iterator[None]:
    """Within this context, and this thread, results are constants: nothing is recorded."""
    with _by_the_door():
        _here.paused += 1
        try:
            yield
        finally:
            _here.paused -= 1


@contextmanager
def watching(watch: Watch) -> Iterator[None]:
    """Within this context, and this thread, hand every Value that is computed to `watch`, with its op and operands."""
    before = _here.watch

    def both(out: Value, op: Op, args: Sequence[Any]) -> None:
        if before is not None:
            before(out, op, args)
        watch(out, op, args)

    with _by_the_door():
        _here.watch = both
        try:
            yield
        finally:
            _here.watch = before


@contextmanager
def origins() -> Iterator[dict[Value, str]]:
    """Within this context, and this thread, note the caller's "file:line" for every Value that is computed."""
    lines: dict[Value, str] = {}
    with watching(lambda out, *_: lines.update({out: caller()})):
        yield lines


def _birth(out: Value, inputs: Sequence[float]) -> None:
    """Note the caller's line in a result that is not finite though all inputs are."""
    if all(x - x == 0.0 for x in inputs):
        line = caller()
        out.made = Made(line) if line else None
