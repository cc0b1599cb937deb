"""From a graph to what a picture of it shows: as much as can be taken in, folded where it is more."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from microgradnn.drawing.alike import classes, own_leaves
from microgradnn.drawing.divide import Plan, by_operation, by_owner, with_parameters
from microgradnn.drawing.division import everything
from microgradnn.drawing.net import Net, net
from microgradnn.drawing.order import length
from microgradnn.drawing.quotient import quotient
from microgradnn.drawing.scene import Scene
from microgradnn.drawing.units import target, units
from microgradnn.engine import Value
from microgradnn.unhindered import unhindered

DETAIL = 300  # numbers that are all drawn when no depth is asked for
READABLE = 60, 80  # boxes, and pairs of them with arrows between, that fit one screen
NEURONS = 500  # the same, where the boxes are neurons: between layers that every reader knows to be wired densely
DRAWABLE = 3000, 6000  # the same for what is laid out within seconds,
LONGEST = 40_000  # if its arrows together cross no more than so many ranks
KINDS = {1: "model", 2: "layer", 3: "neuron"}
ALIKE = "parameters taken to be alike"
CALLS = "all calls of one thing in one box"
OPERATIONS = "each operation in one box"


class Step(NamedTuple):
    """One way to fold: to which level (0: coarser than models), in which words, and what comes of it."""

    level: int
    how: str
    plan: Plan


def scene(root: Value, depth: int | None = None) -> Scene:
    """The boxes and arrows of the picture of `root`, folded to `depth` (4: every number its own box).

    Where that depth would be more than can be drawn it is folded further, and the remark says so.
    """
    with unhindered():
        return _scene(net(root), depth)


def _scene(graph: Net, depth: int | None) -> Scene:
    if (depth is None and len(graph.args) <= DETAIL) or (depth == 4 and _drawable(graph)):
        return quotient(graph, everything(graph))
    step = _chosen(graph, depth)
    level, how = (0, OPERATIONS) if step is None else (step.level, step.how)
    if depth is not None and (depth == 4 or level < min(depth, _deepest(graph))):
        how = f"depth={depth} is more than can be drawn{', ' if how else ''}{how}"
    return quotient(graph, by_operation(graph) if step is None else step.plan.division(graph), how)


def _drawable(graph: Net) -> bool:
    boxes, arrows = DRAWABLE
    if len(graph.args) > boxes or sum(map(len, graph.args)) > arrows:
        return False
    return length(graph.args, graph.order, graph.loops) <= LONGEST


def _chosen(graph: Net, depth: int | None) -> Step | None:
    """The first way that gives a readable picture; where a depth was asked for, one that can be drawn will do."""
    for _, steps in groupby(_steps(graph, depth), key=lambda step: step.level):
        first: Step | None = None
        for step in steps:
            boxes, arrows = READABLE
            if step.plan.fits(boxes, NEURONS if step.level == 3 else arrows):
                return step
            first = first or step
        if depth is not None and first is not None and first.plan.fits(*DRAWABLE) and first.plan.length() <= LONGEST:
            return first
    return None


def _steps(graph: Net, depth: int | None) -> Iterator[Step]:
    """The ways that come into question, from fine to coarse."""
    made = units(graph, 4, glue=False)
    own = own_leaves(graph, made)
    paths = set(graph.groups.values())
    deepest = _deepest(graph)
    if depth == 4 or not paths or (depth is None and len(own) <= READABLE[0]):  # each of its own leaves is a box there
        yield Step(4, "", Plan(made, classes(graph, made, own)))
    for level in range(min(depth or 3, deepest), 0, -1) if paths else ():
        loose = any(target(path, level, glue=False) is None for path in paths)
        for glue in (False, True)[: 1 + loose]:
            made = units(graph, level, glue)
            yield Step(level, _depth(graph, level), with_parameters(Plan(made, classes(graph, made, own))))
    top = f"{_depth(graph, 1)}, " if paths else ""
    yield Step(0, f"{top}{ALIKE}", with_parameters(Plan(made, classes(graph, made, ()))))
    for level in (2, 1) if paths else (1,):
        how = f"{_depth(graph, level)}, {CALLS}" if paths else OPERATIONS
        yield Step(0, how, by_owner(graph, units(graph, level, glue=True) if paths else made))


def _deepest(graph: Net) -> int:
    """The deepest level at which anything can be folded; 3 where a program has no parts at all."""
    return max((part.level for path in set(graph.groups.values()) for part in path), default=3)


def _depth(graph: Net, level: int) -> str:
    """In words, to what a graph is folded at this depth."""
    known = any(part.kind == KINDS[level] for path in set(graph.groups.values()) for part in path)
    return f"folded to depth {level}" + (f", {KINDS[level]}s" if known else "")
