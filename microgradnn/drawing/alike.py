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

Uses = set[tuple[int, int, bool]]


def classes(net: Net, made: Units, own: Container[int]) -> list[int]:
    """The class of each unit; units of one class are alike. The leaves in `own` are like nothing but themselves."""
    colours: dict[Any, int] = {}
    colour = [-1] * len(made.all)
    for u in made.order:
        unit = made.all[u]
        key = _apart(net, unit, own)
        if unit.part is not None:
            # Which leaves it reads does not tell one call from another: a row of a table of words, or the next.
            key += tuple(sorted({colour[v] for v in unit.fed if not is_leaf(net, made.all[v])}))
        elif unit.fed:
            fed = [colour[v] for v in unit.fed]
            key += tuple(fed if unit.single else sorted(fed))
        colour[u] = colours.setdefault(key, len(colours))
    refined = {u: _by_use(net, made.all[u], colour[u], uses, own) for u, uses in _uses(net, made, colour).items()}
    for u, used in refined.items():
        if used is not None:
            colour[u] = colours.setdefault(used, len(colours))
    return colour


def is_leaf(net: Net, unit: Unit) -> bool:
    """Whether a unit is a single number that nothing was computed for, and in no part that is folded."""
    return unit.part is None and net.ops[unit.members[0]] is None


def _apart(net: Net, unit: Unit, own: Container[int]) -> tuple[Any, ...]:
    """What a unit is, apart from its operands and its users."""
    i = unit.members[0]
    if unit.part is not None:
        return "held" if unit.held else "call", owner(unit.part)
    if net.ops[i] is not None:
        return "step" if unit.single else "chain", net.ops[i]
    if i in own:
        return "own", i
    if i >= net.size and net.ops[net.places[i - net.size][0]] is power:  # x² and x³ are not alike
        return "exponent", net.data[i]
    return "leaf", net.kinds[i]


def _uses(net: Net, made: Units, colour: list[int]) -> dict[int, Uses]:
    """For each leaf the classes of its users, in which places, and whether they are calls."""
    found: dict[int, Uses] = {u: set() for u in made.order if is_leaf(net, made.all[u])}
    for u in made.order:
        unit = made.all[u]
        call = unit.part is not None
        for k, v in enumerate(unit.fed):
            if v in found:
                found[v].add((colour[u], k if unit.single else -1, call))
    return found


def _by_use(net: Net, unit: Unit, colour: int, uses: Uses, own: Container[int]) -> tuple[Any, ...] | None:
    """What tells a leaf from others in the end: what reads it, in which place, and its name up to a digit.

    None for what is like nothing but itself; but what only calls of modules and groups read is not.
    """
    i = unit.members[0]
    if i in own:
        if not all(call for _, _, call in uses):
            return None
        colour = -1
    return "used", net.kinds[i], colour, stem(net, i), tuple(sorted(uses))


def stem(net: Net, i: int) -> str:
    """The label of a number up to the first digit or bracket, which is what the members of a table share."""
    label = str(net.nodes[i].label) if i < net.size else ""
    return "".join(takewhile(lambda c: not c.isdecimal() and c not in "[(", label))


def own_leaves(net: Net, made: Units) -> set[int]:
    """The leaves that are like nothing but themselves: parameters, and what several samples share.

    Samples are the terms of a sum (or of what else takes any number of operands) that are alike when all leaves
    are taken to be alike. Of sums within such terms nothing is concluded. `made` are the units at depth 4.
    """
    colour = _blind(net, made)
    term: dict[int, int] = {}  # for units below a sum of samples: the one term that needs them, −1 for several
    for u in reversed(made.order):
        unit = made.all[u]
        op = net.ops[unit.members[0]]
        if u in term:
            mine = term[u]
            for v in unit.fed:
                term[v] = mine if term.get(v, mine) == mine else -1
        elif op is not None and (not unit.single or op.arity is None):
            alike: dict[int, int] = {}
            for v in unit.fed:
                alike[colour[v]] = alike.get(colour[v], 0) + 1
            for v in unit.fed:
                if alike[colour[v]] > 1 and made.all[v].fed:
                    term[v] = v if term.get(v, v) == v else -1
    shared = {made.all[u].members[0] for u, which in term.items() if which < 0 and not made.all[u].fed}
    return {i for i in range(net.size) if net.ops[i] is None and (i in shared or net.kinds[i] == "parameter")}


def _blind(net: Net, made: Units) -> list[int]:
    """The classes of units where leaves are told apart by nothing but their being leaves."""
    colours: dict[Any, int] = {}
    colour = [-1] * len(made.all)
    for u in made.order:
        unit = made.all[u]
        fed = [colour[v] for v in unit.fed]
        key = (net.ops[unit.members[0]], *(fed if unit.single else sorted(set(fed))))
        colour[u] = colours.setdefault(key, len(colours))
    return colour
