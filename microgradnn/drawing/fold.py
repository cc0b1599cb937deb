"""From a graph to what a picture of it shows: as much as can be taken in, folded where it is more."""

from __future__ import annotations

from collections.abc import Iterator

from microgradnn.drawing.alike import shared_leaves
from microgradnn.drawing.divide import by_operation, by_owner, by_structure, loops, size
from microgradnn.drawing.net import Net, net
from microgradnn.drawing.quotient import Division, everything, quotient
from microgradnn.drawing.scene import Scene
from microgradnn.drawing.units import units
from microgradnn.drawing.words import counted
from microgradnn.engine import Value

DETAIL = 300  # numbers that are all drawn when no depth is asked for
READABLE = 60, 80  # boxes, and pairs of them with arrows between, that fit one screen
DRAWABLE = 3000, 6000  # the same for what is laid out within seconds
KINDS = {1: "model", 2: "layer", 3: "neuron"}


def scene(root: Value, depth: int | None = None) -> Scene:
    """The boxes and arrows of the picture of `root`, folded to `depth` (4: every number its own box).

    Where that depth would be more than can be drawn it is folded further, and the remark says so.
    """
    nodes = net(root)
    if (depth is None and len(nodes.args) <= DETAIL) or depth == 4:
        return quotient(nodes, everything(nodes))
    name, division = _chosen(nodes, depth)
    return quotient(nodes, division, remark=_remark(nodes, division, name))


def _chosen(nodes: Net, depth: int | None) -> tuple[str, Division]:
    """The first division that is small enough, of those that come into question."""
    limits = [READABLE] if depth is None else [READABLE, DRAWABLE]
    for level in range(4 if depth is None else depth, 0, -1):
        found = list(_folded(nodes, level)) if depth is not None else _folded(nodes, level)
        for limit in limits:
            for name, division in found:
                if _fits(size(nodes, division), limit):
                    return name, division
    for level in (2, 1):
        division = by_owner(nodes, units(nodes, level, glue=True))
        if _fits(size(nodes, division), READABLE):
            return f"{_depth(nodes, level)}, all calls in one", division
    return "folded to operations", by_operation(nodes)


def _fits(found: tuple[int, int], limit: tuple[int, int]) -> bool:
    return found[0] <= limit[0] and found[1] <= limit[1]


def _folded(nodes: Net, level: int) -> Iterator[tuple[str, Division]]:
    shared = shared_leaves(nodes, units(nodes, 4, glue=False))
    for glue in (False, True)[: 1 if level == 4 else 2]:
        yield _depth(nodes, level), by_structure(nodes, units(nodes, level, glue), shared)


def _depth(nodes: Net, level: int) -> str:
    """In words, to what a graph is folded at this depth."""
    if level not in KINDS:
        return ""
    known = any(part.kind == KINDS[level] for path in nodes.groups.values() for part in path)
    return f"folded to depth {level}" + (f", {KINDS[level]}s" if known else "")


def _remark(nodes: Net, division: Division, name: str) -> str:
    said = f"{counted(nodes.size, 'node')} in {len(set(division.of)):,} boxes; × N: N equal parts drawn as one"
    said = f"{name}: {said}" if name else said
    if loops(nodes, division):
        said += "; the graph itself has no cycle, arrows that lead back come from the folding"
    return said
