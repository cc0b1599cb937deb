"""What a loss calls its intermediate results: the local variables that it leaves behind are names for Values."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

from microgradnn.check.arguments import Function
from microgradnn.engine import Value
from microgradnn.errors import ShapeError
from microgradnn.nest import flatten, paths


@contextmanager
def christened(loss: Function, taken: Iterable[str], mine: Container[Value]) -> Iterator[None]:
    """After this context the Values that a run of the loss computes in it, `mine`, have its variables' names as labels.

    A Value that has a label keeps it, and names that are `taken`, by arguments for instance, are not given. Of a
    variable that is assigned again and again the last Value is named.
    """
    code = _code(loss)
    left: dict[str, Any] = {}

    def watch(frame: FrameType, event: str, _: Any) -> None:
        if event == "return" and frame.f_code is code:
            left.clear()
            left.update(frame.f_locals)

    # A profiler that runs already cannot be put back by its own interface: it is left alone, and names are not given.
    watched = code is not None and sys.getprofile() is None
    if watched:
        sys.setprofile(watch)
    try:
        yield
    finally:
        if watched:
            sys.setprofile(None)
    _label(left, {name.partition("[")[0].partition(".")[0] for name in taken}, mine)


def _label(left: dict[str, Any], taken: set[str], mine: Container[Value]) -> None:
    seen: set[str] = set()
    for name, thing in left.items():
        if name in taken or not name.isidentifier() or name.startswith("_"):
            continue
        try:
            leaves, places = flatten(thing)[0], paths(thing, name)
        except ShapeError:
            continue
        for leaf, place in zip(leaves, places, strict=True):
            if isinstance(leaf, Value) and leaf in mine and not leaf.label and place not in seen:
                seen.add(place)
                leaf.label = place


def _code(loss: Function) -> CodeType | None:
    """The code that runs when the loss is called, where it is written in Python."""
    function = inspect.unwrap(loss)
    function = getattr(function, "func", function)
    function = getattr(function, "__func__", function)
    code = getattr(function, "__code__", None)
    return code if isinstance(code, CodeType) else None
