"""What the boxes of a graph fold into: the calls of models, layers, neurons and losses, and a user's groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from microgradnn.drawing.text import visible
from microgradnn.engine import Value
from microgradnn.groups import Part, parts


class Groups:
    """The groups of a graph, outer ones before those within them.

    `entries` holds for each its name, its kind and the number of the group it lies in (−1: none); `of` the
    number of the innermost group of every Value that is in one.
    """

    def __init__(self, nodes: Sequence[Value]) -> None:
        self.entries: list[dict[str, Any]] = []
        self.of: dict[Value, int] = {}
        self._numbers: dict[tuple[Any, ...], int] = {}
        paths = parts(nodes)
        self._calls: dict[Any, dict[int, int]] = {}  # of an owner: its calls in the order of time, numbered from 1
        for path in paths.values():
            for part in path:
                if part.call:
                    calls = self._calls.setdefault(_owner(part), {})
                    calls.setdefault(part.call, len(calls) + 1)
        for node in nodes:
            if node in paths:
                self.of[node] = self._innermost(paths[node])

    def _innermost(self, path: tuple[Part, ...]) -> int:
        """The number of the last of these groups, all of which are entered if they are not there."""
        number = -1
        for part in path:
            calls = self._calls.get(_owner(part), {})
            # Parameters belong to all calls: to the one there is, or, where there are several, to none of them.
            call = next(iter(calls)) if part.call == 0 and len(calls) == 1 else part.call
            key = (number, _owner(part), call)
            if key not in self._numbers:
                self._numbers[key] = len(self.entries)
                self.entries.append({"name": _name(part, call, calls), "kind": part.kind, "parent": number})
            number = self._numbers[key]
        return number


def _owner(part: Part) -> Any:
    return part.owner if isinstance(part.owner, str) else id(part.owner)


def _name(part: Part, call: int, calls: dict[int, int]) -> str:
    name = visible(part.name)
    if call == 0:
        return f"{name}: parameters"
    return f"{name} ({calls[call]} of {len(calls)})" if len(calls) > 1 else name
