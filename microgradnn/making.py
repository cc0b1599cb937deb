"""What is known of the making of a Value beyond its operands: kept only where there is something to know."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from itertools import count
from typing import Any, NamedTuple, ParamSpec

from microgradnn.chain import Node

P = ParamSpec("P")
tick = count(1).__next__


class Call:
    """One call of something that computes: of a Module, a loss, or a stretch of a user's program.

    `owner` is the Module, or the name of what has none; `kind` is what it is (model, layer, neuron, loss,
    group); whatever it computed is younger than `since`.
    """

    __slots__ = ("kind", "owner", "since")

    def __init__(self, owner: Any, kind: str) -> None:
        self.owner = owner
        self.kind = kind
        self.since = tick()


class Made(NamedTuple):
    """`line` is where a number that is not finite was born; `calls` are those that gave the Value as a result.

    Within a group of a user's own every Value is a result.
    """

    line: str = ""
    calls: tuple[Call, ...] = ()


def results(call: Call, out: Any) -> None:
    """Note in the Values of `out`, a Value or a nesting of them, that `call` gave them as its result."""
    notes: dict[Made | None, Made] = {}
    work: list[Any] = [out]
    while work:
        x = work.pop()
        if isinstance(x, Node):
            if x.op is not None and x.time > call.since:
                old: Made | None = x.made  # type: ignore[attr-defined]
                new = notes.get(old)
                if new is None:
                    new = notes[old] = Made("", (call,)) if old is None else Made(old.line, (*old.calls, call))
                x.made = new  # type: ignore[attr-defined]
        elif isinstance(x, list | tuple):
            work.extend(x)
        elif isinstance(x, dict):
            work.extend(x.values())


def noted(compute: Callable[P, Any], kind: str, owner: Callable[[Sequence[Any]], Any]) -> Callable[P, Any]:
    """The same function, whose results know of the call; `owner` tells of its arguments whose call it is."""

    @wraps(compute)
    def computing(*args: P.args, **named: P.kwargs) -> Any:
        call = Call(owner(args), kind)
        out = compute(*args, **named)
        results(call, out)
        return out

    return computing
