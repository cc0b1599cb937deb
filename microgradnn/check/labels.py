"""The Values that a name stands for: an argument of the loss, or the label that the loss gives a Value."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from microgradnn.chain import graph
from microgradnn.check.arguments import Arguments
from microgradnn.check.placing import places_by_name
from microgradnn.engine import Value
from microgradnn.errors import Misuse

Place = tuple[str, Value]  # what to call one number, and the Value that has it
SHOWN = 12  # names that a message lists


class Names:
    """What the names mean in one computation of the loss."""

    def __init__(self, given: Arguments, leaves: list[Value], out: Value) -> None:
        self.given, self.leaves = given, leaves
        own = set(leaves)
        self.labelled: dict[str, list[Value]] = {}
        for node in graph(out):
            if isinstance(node, Value) and node.label and node not in own:
                self.labelled.setdefault(node.label, []).append(node)
        for leaf, name in zip(leaves, given.names, strict=True):
            if leaf.label and leaf.label != name:  # the loss gave its argument another name
                self.labelled.setdefault(leaf.label, []).append(leaf)
        self.of_place = dict(zip(given.names, leaves, strict=True))

    def find(self, name: str) -> tuple[Any, list[Place]]:
        """The nesting in which the numbers of `name` are to be given, and the Values of its numbers in order.

        A label of one Value is one number, an argument is nested as it is, and Values that are labelled
        `z[0]`, `z[1]`, … are together the list `z`; so is a part of an argument, such as `W[0]` or `p.w`.
        """
        values = self.labelled.get(name, [])
        if name in self.given.named or name in self.of_place:
            if values:
                raise Misuse(
                    f"{name!r} is an argument of the loss and also the label of {_several(len(values))} in it: "
                    "give the Value another label"
                )
            return self._argument(name)
        if len(values) > 1:
            raise Misuse(
                f"{len(values)} Values are labelled {name!r}: which one is meant? Label them {name}[0], {name}[1], "
                f"… and give {name!r} as a list"
            )
        if values:
            return 0.0, [(name, self._live(name, values[0]))]
        indexed = self._indexed(name)
        if indexed:
            return indexed
        raise Misuse(f"nothing in the loss is called {name!r}: {self._known()}")

    def _argument(self, name: str) -> tuple[Any, list[Place]]:
        if name in self.of_place:
            return 0.0, [(name, self.of_place[name])]
        places = places_by_name(self.given)[name]
        if not places:
            raise Misuse(f"the argument {name!r} holds no numbers, so the loss has no gradient for it")
        return self.given.named[name], [(self.given.names[i], self.leaves[i]) for i in places]

    def _indexed(self, name: str) -> tuple[Any, list[Place]] | None:
        """The Values labelled `name[i]`, `name[i][j]`, …, as a list."""
        pattern = re.compile(re.escape(name) + r"((?:\[\d+\])+)")
        at: dict[tuple[int, ...], Place] = {}
        parts = {place: [leaf] for place, leaf in self.of_place.items()}
        for label, values in [*parts.items(), *self.labelled.items()]:
            found = pattern.fullmatch(label)
            if found:
                if len(values) > 1:
                    raise Misuse(f"{len(values)} Values are labelled {label!r}: which one is meant?")
                index = tuple(map(int, re.findall(r"\d+", found[1])))
                if index in at:
                    raise Misuse(f"{label!r} is part of an argument, and also the label of a Value: give that another")
                at[index] = label, self._live(label, values[0])
        if not at:
            return None
        places: list[Place] = []
        nested = _gathered(name, (), sorted(at), lambda index: places.append(at[index]))
        return nested, places

    def _live(self, name: str, value: Value) -> Value:
        if value.live:
            return value
        raise Misuse(f"{name!r} is a constant in the loss (detached, frozen, or made in no_grad()): it has no gradient")

    def _known(self) -> str:
        labels = list(self.labelled)
        said = [f"its arguments are {_listed(list(self.given.named))}"]
        said.append(f"its labels are {_listed(labels)}" if labels else "it labels no Value")
        return (
            f"{', and '.join(said)}. Give the Value its label in the loss (v.label = …), and see that the result "
            "depends on it"
        )


def _gathered(name: str, before: tuple[int, ...], indices: list[tuple[int, ...]], take: Callable[[Any], None]) -> Any:
    """Nested lists of zeros, one for each index; an index that is missing is a Misuse."""
    depth = len(before)
    if indices == [before]:
        take(before)
        return 0.0
    groups: dict[int, list[tuple[int, ...]]] = {}
    for index in indices:
        if len(index) == depth:
            raise Misuse(f"the labels of {name!r} do not make a list: {_written(name, before)} has parts of its own")
        groups.setdefault(index[depth], []).append(index)
    for k in range(len(groups)):
        if k not in groups:
            raise Misuse(
                f"the labels of {name!r} do not make a list: no Value is labelled {_written(name, (*before, k))}"
            )
    return [_gathered(name, (*before, k), groups[k], take) for k in range(len(groups))]


def _written(name: str, index: tuple[int, ...]) -> str:
    return name + "".join(f"[{k}]" for k in index)


def _several(count: int) -> str:
    return "a Value" if count == 1 else f"{count} Values"


def _listed(names: list[str]) -> str:
    return ", ".join(names if len(names) <= SHOWN else [*names[:SHOWN], "…"])
