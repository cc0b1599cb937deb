"""The chain rule, written once: it knows no numbers and no Value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any, ClassVar, TypeVar, cast

from microgradnn.ops import Flow, Op

N = TypeVar("N")


class Node(Flow):
    """A step of a computation: `op` applied to `args`, which are Nodes or numbers; a leaf has no op.

    `time` counts upwards in the order in which nodes got their numbers, so that it sorts every graph.
    """

    __slots__ = ("op", "time")
    live: ClassVar[bool] = True  # False for what is never differentiated
    op: Op | None
    time: int

    @property
    def args(self) -> tuple[Any, ...]:
        raise NotImplementedError


def operands(node: Node) -> list[tuple[int, Node]]:
    """The arguments of `node` that are differentiated, with their positions."""
    return [(k, arg) for k, arg in enumerate(node.args) if isinstance(arg, Node) and arg.live]


def graph(*roots: Node) -> list[Node]:
    """Everything that `roots` were computed from, and they themselves, in the order of creation."""
    seen = set(roots)
    stack: list[Node] = list(seen)
    found: list[Node] = []
    while stack:
        node = stack.pop()
        found.append(node)
        for arg in node.args:
            if isinstance(arg, Node) and arg not in seen:
                seen.add(arg)
                stack.append(arg)
    found.sort(key=attrgetter("time"))
    return found


def sweep(
    seeds: Sequence[tuple[N, Any]],
    local: Callable[[N], Iterable[tuple[N, Any]]],
    times: Callable[[Any, Any], Any],
    plus: Callable[[Any, Any], Any],
    nodes: Sequence[N] | None = None,
) -> dict[N, Any]:
    """The adjoint of every node that the `seeds` (pairs of a node and its adjoint) depend on.

    From the last node to the first, what a node passes to an operand is its adjoint times the local partial;
    an adjoint begins at 0.0 and adds up what the uses of the node pass down, the latest use first. With `nodes`,
    oldest first, the sweep goes through these alone, and they may be anything that has an adjoint, such as registers.
    """
    adjoints: dict[N, Any] = {}
    for node, seed in seeds:
        adjoints[node] = plus(adjoints.get(node, 0.0), seed)
    every: Sequence[Any] = graph(*cast(Any, adjoints)) if nodes is None else nodes
    for node in reversed(every):
        if node in adjoints:
            adjoint = adjoints[node]
            for operand, partial in local(node):
                adjoints[operand] = plus(adjoints.get(operand, 0.0), times(adjoint, partial))
    return adjoints
