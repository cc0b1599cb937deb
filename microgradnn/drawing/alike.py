"""Which units of a graph are built alike, so that a picture shows them once, as "× N".

Two units are alike where they apply the same operation, or call the same module, to operands that are alike.
Parameters, and leaves that several samples share, are like nothing but themselves; plain numbers and the inputs of
one sample are alike where they are used alike. Source of the idea: hash consing (Ershov, 1958), and for the leaves
one round of colour refinement (Weisfeiler and Leman, 1968).
"""

from __future__ import annotations

from collections.abc import Container
from itertools import takewhile
from typing import Any

from microgradnn.drawing.net import Net
from microgradnn.drawing.units import Unit, Units, owner
from microgradnn.elementary import power


def classes(net: Net, made: Units, shared: Container[int]) -> list[int]:
    """The class of each unit; units of one class are alike."""
    colours: dict[Any, int] = {}
    colour = [-1] * len(made.all)
    leaves = []
    for u in made.order:
        unit = made.all[u]
        key = _own(net, unit, shared)
        if made.is_leaf(net, u):
            leaves.append(u)
        elif unit.part is not None:
            # Which leaves it reads does not tell one call from another: a row of a table of words, or the next.
            key += tuple(sorted({colour[v] for v in made.operands(net, u) if not made.is_leaf(net, v)}))
        else:
            fed = [colour[v] for v in made.operands(net, u)]
            key += tuple(fed if made.ordered(u) else sorted(fed))
        colour[u] = colours.setdefault(key, len(colours))
    uses = _uses(net, made, leaves, colour)
    refined = {u: _by_use(net, made, u, colour[u], uses[u], shared) for u in leaves}
    for u, used in refined.items():
        if used is not None:
            colour[u] = colours.setdefault(used, len(colours))
    return colour


def _own(net: Net, unit: Unit, shared: Container[int]) -> tuple[Any, ...]:
    """What a unit is, apart from its operands and its users."""
    i = unit.members[0]
    if unit.part is not None:
        return "call" if unit.part.call else "held", owner(unit.part)
    if net.ops[i] is not None:
        return "chain" if len(unit.members) > 1 else "step", net.ops[i]
    if _one(net, i, shared):
        return "one", i
    if i >= net.size and net.ops[net.places[i - net.size][0]] is power:  # x² and x³ are not alike
        return "exponent", net.data[i]
    return "leaf", net.kinds[i]


def _one(net: Net, i: int, shared: Container[int]) -> bool:
    """Whether a leaf is like nothing but itself."""
    return i in shared or net.kinds[i] == "parameter"


def _by_use(
    net: Net, made: Units, u: int, colour: int, uses: set[tuple[int, int, bool]], shared: Container[int]
) -> tuple[Any, ...] | None:
    """What tells a leaf from others in the end: what reads it, in which place, and its name up to a digit.

    None for what is like nothing but itself; but what only calls of modules and groups read is not.
    """
    i = made.all[u].members[0]
    if _one(net, i, shared):
        if not all(call for _, _, call in uses):
            return None
        colour = -1
    return "used", net.kinds[i], colour, stem(net, i), tuple(sorted(uses))


def stem(net: Net, i: int) -> str:
    """The label of a number up to the first digit or bracket, which is what the members of a table share."""
    label = str(net.nodes[i].label) if i < net.size else ""
    return "".join(takewhile(lambda c: not c.isdecimal() and c not in "[(", label))


def _uses(net: Net, made: Units, leaves: list[int], colour: list[int]) -> dict[int, set[tuple[int, int, bool]]]:
    """For each of these leaves the classes of its users, in which places, and whether they are calls."""
    found: dict[int, set[tuple[int, int, bool]]] = {u: set() for u in leaves}
    for arg, i, k in net.uses():
        u = made.of[arg]
        if u in found:
            user = made.of[i]
            call = made.all[user].part is not None
            found[u].add((colour[user], k if made.ordered(user) else -1, call))
    return found


def shared_leaves(net: Net, made: Units) -> set[int]:
    """The leaves that several samples share; `made` are the units at depth 4.

    Samples are the terms of a sum (or of what else takes any number of operands) that are alike when all leaves
    are taken to be alike. Of sums within such terms nothing is concluded.
    """
    colour = _blind(net, made)
    term: dict[int, int] = {}  # for units below a sum of samples: the one term that needs them, −1 for several
    for u in reversed(made.order):
        unit = made.all[u]
        op = net.ops[unit.members[0]]
        if op is None:
            continue
        fed = made.operands(net, u)
        if u in term:
            mine = term[u]
            for v in fed:
                term[v] = mine if term.get(v, mine) == mine else -1
        elif len(unit.members) > 1 or op.arity is None:
            alike: dict[int, int] = {}
            for v in fed:
                alike[colour[v]] = alike.get(colour[v], 0) + 1
            for v in fed:
                if alike[colour[v]] > 1 and net.ops[made.all[v].members[0]] is not None:
                    term[v] = v if term.get(v, v) == v else -1
    return {
        made.all[u].members[0]
        for u, which in term.items()
        if which < 0 and made.is_leaf(net, u) and made.all[u].members[0] < net.size
    }


def _blind(net: Net, made: Units) -> list[int]:
    """The classes of units where leaves are told apart by nothing but their being leaves."""
    colours: dict[Any, int] = {}
    colour = [-1] * len(made.all)
    for u in made.order:
        op = net.ops[made.all[u].members[0]]
        fed = [colour[v] for v in made.operands(net, u)]
        key = (op, *(fed if made.ordered(u) else sorted(set(fed))))
        colour[u] = colours.setdefault(key, len(colours))
    return colour
