"""Which units of a graph are built alike, so that a picture shows them once, as "× N".

Two units are alike where they apply the same operation, or call the same module, to operands that are alike.
Parameters, and leaves that several samples share, are like nothing but themselves; plain numbers and the inputs of
one sample are alike where they are used alike. Source of the idea: hash consing (Ershov, 1958), and for the leaves
one round of colour refinement (Weisfeiler and Leman, 1968).
"""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from microgradnn.drawing.net import Net
from microgradnn.drawing.units import Unit, Units, owner
from microgradnn.elementary import power


def classes(net: Net, made: Units, shared: Container[int]) -> list[int]:
    """The class of each unit; units of one class are alike."""
    colours: dict[Any, int] = {}
    colour = [-1] * len(made.all)
    by_kind: list[int] = []
    for u in made.order:
        unit = made.all[u]
        key = _own(net, unit, shared)
        if key is None:
            by_kind.append(u)
            key = "leaf", net.kinds[unit.members[0]]
        else:
            fed = [colour[v] for v in made.operands(net, u)]
            if unit.part is not None:
                fed = sorted(set(fed))
            elif not made.ordered(u):
                fed.sort()
            key = (*key, *fed)
        colour[u] = colours.setdefault(key, len(colours))
    uses = _uses(net, made, set(by_kind), colour)
    refined = [colours.setdefault((colour[u], *sorted(uses[u])), len(colours)) for u in by_kind]
    for u, new in zip(by_kind, refined, strict=True):
        colour[u] = new
    return colour


def _own(net: Net, unit: Unit, shared: Container[int]) -> tuple[Any, ...] | None:
    """What a unit is, apart from its operands; None for a leaf that is like others of its kind."""
    i = unit.members[0]
    if unit.part is not None:
        return "call" if unit.part.call else "held", owner(unit.part)
    if net.ops[i] is not None:
        return "chain" if len(unit.members) > 1 else "step", net.ops[i]
    if i in shared or net.kinds[i] == "parameter":
        return "one", i
    if i >= net.size:
        user, _ = net.places[i - net.size]
        if net.ops[user] is power:  # x² and x³ are not alike
            return "exponent", net.data[i]
    return None


def _uses(net: Net, made: Units, leaves: set[int], colour: list[int]) -> dict[int, set[tuple[int, int]]]:
    """For each of these units the classes of those that use it, and in which places."""
    found: dict[int, set[tuple[int, int]]] = {u: set() for u in leaves}
    for arg, i, k in net.uses():
        u = made.of[arg]
        if u in found:
            user = made.of[i]
            found[u].add((colour[user], k if made.ordered(user) else -1))
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
    return {made.all[u].members[0] for u, which in term.items() if which < 0 and _is_leaf(net, made.all[u])}


def _is_leaf(net: Net, unit: Unit) -> bool:
    return net.ops[unit.members[0]] is None and unit.members[0] < net.size


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
