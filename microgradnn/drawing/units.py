"""The parts of which a folded picture is made: single numbers, chains of one operation, calls of a module.

Each unit is convex: what leaves it does not come back, so that a graph of units has no cycle.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from microgradnn.drawing.net import Net


class Unit(NamedTuple):
    """`members` are numbers of a Net; `part` is set for what a module or a group made.

    Without a part and with several members it is a chain: an operation on results of the same operation that are
    used nowhere else, such as the + of a long sum.
    """

    members: list[int]
    part: Any = None


class Units(NamedTuple):
    """A Net in units: `of[i]` is the unit of number i; `order` goes from operands to results."""

    of: list[int]
    all: list[Unit]
    order: list[int]

    def operands(self, net: Net, u: int) -> list[int]:
        """The units that feed unit u from outside, as often as they do and in order."""
        of = self.of
        return [of[arg] for i in self.all[u].members for arg in net.args[i] if of[arg] != u]

    def ordered(self, u: int) -> bool:
        """Whether the operands of a unit have places: it is a single number."""
        return len(self.all[u].members) == 1 and self.all[u].part is None

    def is_leaf(self, net: Net, u: int) -> bool:
        """Whether a unit is a single number that nothing was computed for, and in no part that is folded."""
        unit = self.all[u]
        return unit.part is None and net.ops[unit.members[0]] is None


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
    targets: list[Any] = [None] * net.size
    if depth < 4:
        for i, node in enumerate(net.nodes):
            parts = net.groups.get(node)
            if parts:
                targets[i] = target(parts, depth, glue)
    of = [-1] * len(net.args)
    found: list[Unit] = []
    calls: dict[Any, int] = {}
    for i in reversed(net.order):
        if i >= net.size:
            continue
        part = targets[i]
        if part is not None:
            key = owner(part), part.call
            if key not in calls:
                calls[key] = len(found)
                found.append(Unit([], part))
            of[i] = calls[key]
        elif _goes_on(net, i, targets):
            of[i] = of[net.users[i][0]]
        else:
            of[i] = len(found)
            found.append(Unit([]))
        found[of[i]].members.append(i)
    for k, (user, _) in enumerate(net.places):
        i = net.size + k
        whole = found[of[user]]
        if whole.part is not None or len(whole.members) > 1:
            of[i] = of[user]
        else:
            of[i] = len(found)
            found.append(Unit([]))
        found[of[i]].members.append(i)
    last = [0] * len(found)
    for place, i in enumerate(net.order):
        last[of[i]] = place
    return Units(of, found, sorted(range(len(found)), key=last.__getitem__))


def _goes_on(net: Net, i: int, targets: list[Any]) -> bool:
    """Whether number i is a step of a chain: its one use is in the same operation, and it has no other name."""
    op, users = net.ops[i], net.users[i]
    if op is None or len(users) != 1 or i == net.root:
        return False
    user = users[0]
    label = net.nodes[i].label
    return (
        net.ops[user] is op
        and targets[user] is None
        and (not label or label == net.nodes[user].label)
        and (not net.loops or (i, user) not in net.loops)
    )
