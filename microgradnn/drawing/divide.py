"""The ways to divide a graph into boxes, from fine to coarse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from microgradnn.drawing.alike import classes, stem
from microgradnn.drawing.net import Net
from microgradnn.drawing.order import topological
from microgradnn.drawing.quotient import Division, Title
from microgradnn.drawing.titles import title
from microgradnn.drawing.units import Unit, Units, owner

MOST_KINDS = 50  # boxes of the coarsest picture, before the rarest kinds share one


def by_structure(net: Net, made: Units, shared: set[int]) -> Division:
    """Units that are built alike lie on each other."""
    colour = classes(net, made, shared)
    division = _division(net, made, _with_parameters(made, colour))
    return division if not loops(net, division) or net.loops else _division(net, made, colour)


def by_owner(net: Net, made: Units) -> Division:
    """All calls of one module or group lie on each other, and so do equal operations in the same part."""
    numbers: dict[Any, int] = {}
    colour = []
    for unit in made.all:
        key: Any
        if unit.part is not None:
            key = owner(unit.part)
        else:
            i = unit.members[0]
            node = net.nodes[net.places[i - net.size][0] if i >= net.size else i]
            key = net.kinds[i], net.ops[i], stem(net, i), tuple(owner(part) for part in net.groups.get(node, ()))
        colour.append(numbers.setdefault(key, len(numbers)))
    return _division(net, made, colour)


def by_operation(net: Net) -> Division:
    """All numbers that came about by the same operation in one box, whatever they belong to."""
    keys = [(kind, op.name if op is not None else "") for kind, op in zip(net.kinds, net.ops, strict=True)]
    kept = [key for key, _ in Counter(keys).most_common(MOST_KINDS)]
    place = {key: k for k, key in enumerate(kept)}
    of = [place.get(key, len(kept)) for key in keys]
    symbols = {key: op.symbol if op is not None else "" for key, op in zip(keys, net.ops, strict=True)}
    copies = Counter(of)
    titles = [Title(kind, symbols[kind, name], "", copies[k]) for k, (kind, name) in enumerate(kept)]
    rest = len(symbols) - len(kept)
    if rest:
        titles.append(Title("group", f"{rest:,} other operations", split=False))
    return Division(of, titles, range(len(of)))


def _division(net: Net, made: Units, colour: Sequence[int]) -> Division:
    """The division of numbers that a division of units means; classes are numbered as they come."""
    place: dict[int, int] = {}
    members: list[list[Unit]] = []
    for u in made.order:
        k = place.setdefault(colour[u], len(members))
        if k == len(members):
            members.append([])
        members[k].append(made.all[u])
    held = [-1 if unit.part is not None and not unit.part.call else u for u, unit in enumerate(made.all)]
    titles = [title(net, units) for units in members]
    return Division([place[colour[u]] for u in made.of], titles, [held[u] for u in made.of])


def _with_parameters(made: Units, colour: Sequence[int]) -> list[int]:
    """The classes, in which the parameters of a module go with its calls where these are all of one class."""
    calls: dict[Any, set[int]] = {}
    for unit, c in zip(made.all, colour, strict=True):
        if unit.part is not None and unit.part.call:
            calls.setdefault(owner(unit.part), set()).add(c)
    new = list(colour)
    for u, unit in enumerate(made.all):
        if unit.part is not None and not unit.part.call:
            found = calls.get(owner(unit.part), set())
            if len(found) == 1:
                new[u] = next(iter(found))
    return new


def size(net: Net, division: Division) -> tuple[int, int]:
    """How many boxes the picture of a division has, and how many pairs of them have arrows between them."""
    of = division.of
    arrows = {(of[arg], of[i]) for arg, i, _ in net.uses() if not division.inner(arg, i)}
    return len(set(of)), len(arrows)


def loops(net: Net, division: Division) -> bool:
    """Whether the picture of a division has a cycle that the graph has not."""
    of = division.of
    args: list[set[int]] = [set() for _ in division.titles]
    for arg, i, _ in net.uses():
        if not division.inner(arg, i) and (not net.loops or (arg, i) not in net.loops):
            args[of[i]].add(of[arg])
    return bool(topological([sorted(fed) for fed in args])[1])
