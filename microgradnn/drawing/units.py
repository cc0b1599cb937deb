"""The parts of which a folded picture is made: single numbers, chains of one operation, calls of a module.

Each unit is convex: what leaves it does not come back, so that a graph of units has no cycle.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from microgradnn.drawing.net import SEVERAL, Net


class Unit(NamedTuple):
    """`members` are numbers of a Net, the result first; `part` is set for what a module or a group made.

    `fed` are the units from which it gets its operands: each as often as it uses them, and in order; of a part
    each once. Without a part and with several members it is a chain: an operation on results of the same operation
    that are used nowhere else, such as the + of a long sum.
    """

    members: list[int]
    part: Any
    fed: list[int]

    @property
    def single(self) -> bool:
        """Whether this is one number, whose operands have places."""
        return self.part is None and len(self.members) == 1

    @property
    def held(self) -> bool:
        """Whether these are the parameters of a module, which belong to all of its calls."""
        return self.part is not None and not self.part.call


class Units(NamedTuple):
    """A Net in units: `of[i]` is the unit of number i; `order` goes from operands to results."""

    of: list[int]
    all: list[Unit]
    order: list[int]


def owner(part: Any) -> Any:
    """What tells the owner of a part from others: a name by its letters, a module by itself."""
    return part.owner if isinstance(part.owner, str) else id(part.owner)


def target(parts: Sequence[Any], depth: int, glue: bool) -> Any:
    """The part into which a number is folded at this depth: the outermost that is not above it.

    What belongs to no such part but to one above it (the softmax between two layers of a model) stays by itself,
    or with `glue` goes into the innermost of those.
    """
    for part in parts:
        if part.level >= depth:
            return part
    return parts[-1] if glue and parts else None


def units(net: Net, depth: int, glue: bool) -> Units:
    """The units of a graph at this depth; at depth 4 only chains."""
    size, args, targets = net.size, net.args, _targets(net, depth, glue)
    of = [-1] * len(args)
    found: list[Unit] = []
    calls: dict[Any, int] = {}
    for i in reversed(net.order):
        if i >= size:
            continue
        part = targets[i]
        if part is not None:
            u = calls.setdefault((owner(part), part.call), len(found))
        elif _goes_on(net, i, targets):
            u = of[net.user[i]]
        else:
            u = len(found)
        if u == len(found):
            found.append(Unit([], part, []))
        of[i] = u
        found[u].members.append(i)
    for i, (user, _) in enumerate(net.places, size):
        u = of[user]
        if found[u].single:
            u = len(found)
            found.append(Unit([], None, []))
        of[i] = u
        found[u].members.append(i)
    for u, unit in enumerate(found):
        fed = [of[arg] for i in unit.members for arg in args[i]]
        unit.fed.extend(dict.fromkeys(fed) if unit.part is not None else fed)
        if not unit.single:
            unit.fed[:] = [v for v in unit.fed if v != u]
    last = [0] * len(found)
    for place, i in enumerate(net.order):
        last[of[i]] = place
    return Units(of, found, sorted(range(len(found)), key=last.__getitem__))


def _targets(net: Net, depth: int, glue: bool) -> list[Any]:
    if depth > 3 or not net.groups:
        return [None] * net.size
    paths = net.groups
    return [target(paths.get(node, ()), depth, glue) for node in net.nodes]


def _goes_on(net: Net, i: int, targets: list[Any]) -> bool:
    """Whether number i is a step of a chain: its one use is in the same operation, and it has no other name."""
    op, user = net.ops[i], net.user[i]
    if op is None or user == SEVERAL or net.ops[user] is not op or i == net.root or targets[user] is not None:
        return False
    label = net.nodes[i].label
    return (not label or label == net.nodes[user].label) and (not net.loops or (i, user) not in net.loops)
