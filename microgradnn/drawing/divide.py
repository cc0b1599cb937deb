"""The ways to divide a graph into boxes, from fine to coarse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from microgradnn.drawing.alike import stem
from microgradnn.drawing.division import Division, Title
from microgradnn.drawing.net import Net
from microgradnn.drawing.order import length, topological
from microgradnn.drawing.titles import title
from microgradnn.drawing.units import Unit, Units, owner

MOST_KINDS = 50  # boxes of the coarsest picture, before the rarest kinds share one


class Plan(NamedTuple):
    """A division of units into boxes, before it is worked out: `box[u]` is that of unit u."""

    made: Units
    box: Sequence[int]

    def pairs(self) -> set[tuple[int, int]]:
        """The pairs of boxes between which there are arrows."""
        units, box = self.made.all, self.box
        found: set[tuple[int, int]] = set()
        for u, unit in enumerate(units):
            head = box[u]
            for v in dict.fromkeys(unit.fed):
                tail = box[v]
                if tail != head or not (units[v].held or unit.held):
                    found.add((tail, head))
        return found

    def fits(self, boxes: int, arrows: int) -> bool:
        """Whether the picture has at most so many boxes, and pairs of boxes with arrows between them."""
        return len(set(self.box)) <= boxes and len(self.pairs()) <= arrows

    def length(self) -> int:
        """How many ranks the arrows of the picture cross together."""
        args = _args(self.pairs())
        order, loops = topological(args)
        return length(args, order, loops)

    def division(self, net: Net) -> Division:
        """The division of numbers that this means; boxes are numbered as they come."""
        units, of = self.made.all, self.made.of
        place: dict[int, int] = {}
        members: list[list[Unit]] = []
        for u in self.made.order:
            k = place.setdefault(self.box[u], len(members))
            if k == len(members):
                members.append([])
            members[k].append(units[u])
        boxes = [place[box] for box in self.box]
        copies = [-1 if unit.held else u for u, unit in enumerate(units)]
        return Division([boxes[u] for u in of], [title(net, each) for each in members], [copies[u] for u in of])


def cyclic(pairs: set[tuple[int, int]]) -> bool:
    """Whether arrows between these pairs of boxes make a cycle."""
    return bool(topological(_args(pairs))[1])


def _args(pairs: set[tuple[int, int]]) -> list[list[int]]:
    number = {box: k for k, box in enumerate(sorted({box for pair in pairs for box in pair}))}
    args: list[list[int]] = [[] for _ in number]
    for tail, head in sorted(pairs):
        args[number[head]].append(number[tail])
    return args


def with_parameters(plan: Plan) -> Plan:
    """The same, where the parameters of a module go with its calls if these are all alike, and no cycle arises."""
    calls: dict[Any, set[int]] = {}
    for unit, box in zip(plan.made.all, plan.box, strict=True):
        if unit.part is not None and not unit.held:
            calls.setdefault(owner(unit.part), set()).add(box)
    new = list(plan.box)
    for u, unit in enumerate(plan.made.all):
        if unit.held:
            found = calls.get(owner(unit.part), set())
            if len(found) == 1:
                new[u] = next(iter(found))
    joined = Plan(plan.made, new)
    return plan if cyclic(joined.pairs()) else joined


def by_owner(net: Net, made: Units) -> Plan:
    """All calls of one module or group lie on each other, and so do equal operations in the same part."""
    numbers: dict[Any, int] = {}
    boxes = []
    for unit in made.all:
        key: Any
        if unit.part is not None:
            key = owner(unit.part)
        else:
            i = unit.members[0]
            path = tuple(owner(part) for part in net.groups.get(net.holder(i), ()))
            key = net.kinds[i], net.ops[i], unit.single, stem(net, i) if net.ops[i] is None else "", path
        boxes.append(numbers.setdefault(key, len(numbers)))
    return Plan(made, boxes)


def by_operation(net: Net) -> Division:
    """All numbers that came about by the same operation in one box, whatever they belong to."""
    keys = [(kind, op.name if op is not None else "") for kind, op in zip(net.kinds, net.ops, strict=True)]
    symbols = {key: op.symbol if op is not None else "" for key, op in zip(keys, net.ops, strict=True)}
    kept = [key for key, _ in Counter(keys).most_common(MOST_KINDS)]
    place = {key: k for k, key in enumerate(kept)}
    of = [place.get(key, len(kept)) for key in keys]
    copies = Counter(of)
    titles = [Title(kind, symbols[kind, name], "", copies[k], split=False) for k, (kind, name) in enumerate(kept)]
    rest = len(symbols) - len(kept)
    if rest:
        titles.append(Title("group", f"{rest:,} other operations", split=False))
    return Division(of, titles, range(len(of)))
