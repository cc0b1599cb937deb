"""The part of a graph that lies between two Values: its steps, and sums over all paths through them."""

from __future__ import annotations

from typing import Any, NamedTuple

from microgradnn.chain import graph, operands
from microgradnn.reverse import edges


class Step(NamedTuple):
    """One step of the chain rule, from a Value down to an operand: ∂value/∂operand is `derivative`.

    `position` is the operand's place in `value.args`. `flows` is False where nothing is passed on at all: on a
    flat piece of a function made of pieces (relu below 0), or into a branch that was not taken.
    """

    value: Any
    operand: Any
    position: int
    derivative: float
    flows: bool


Between = dict[Any, list[Step]]


def between(root: Any, x: Any) -> Between:
    """The Values from which `x` can be reached, oldest first, each with its steps towards it; `x` has none.

    Without `root` among them there is no path.
    """
    found: Between = {x: []}
    for node in graph(root):
        if node is x or not node.live:
            continue
        down = [(k, arg) for k, arg in operands(node) if arg in found]
        if down:
            partials = dict(edges(node))
            found[node] = [Step(node, arg, k, partials.get(k, 0.0), k in partials) for k, arg in down]
    return found


class Count(NamedTuple):
    """Exact numbers: paths, those of them on which nothing flows, and calls a recursion would make."""

    paths: int
    blocked: int
    calls: int


def count(root: Any, steps: Between) -> Count:
    """How many paths lead from `root` down to x, counted downwards: the numbers may be astronomical.

    A recursion that goes down to the operands at once calls itself for a Value once for each path to it.
    """
    every, flowing = {root: 1}, {root: 1}
    calls = paths = open_paths = 0
    for node in reversed(steps):  # x comes last
        # A number of thousands of digits is let go as soon as it has been used.
        paths, open_paths = every.pop(node, 0), flowing.pop(node, 0)
        calls += paths
        for step in steps[node]:
            every[step.operand] = every.get(step.operand, 0) + paths
            if step.flows:
                flowing[step.operand] = flowing.get(step.operand, 0) + open_paths
    return Count(paths, paths - open_paths, calls)


class Sums(NamedTuple):
    """Over all paths: the sum of their products, that of their absolute values, and the longest path's steps."""

    total: float
    size: float
    longest: int


def sums(root: Any, steps: Between) -> Sums:
    """The sums, from `x` upwards: the other way round than backward() goes."""
    total: dict[Any, float] = {}
    size: dict[Any, float] = {}
    longest: dict[Any, int] = {}
    for node, down in steps.items():
        if not down:
            total[node], size[node], longest[node] = 1.0, 1.0, 0
            continue
        total[node] = size[node] = 0.0
        longest[node] = 1 + max(longest[step.operand] for step in down)
        for step in down:
            if step.flows:
                total[node] += step.derivative * total[step.operand]
                size[node] += abs(step.derivative) * size[step.operand]
    return Sums(total[root], size[root], longest[root])
