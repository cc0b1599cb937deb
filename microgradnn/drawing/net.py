"""A graph of Values as lists of integers, which folding can go through a million times a second."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from microgradnn.chain import graph
from microgradnn.drawing.dot import kind, parameters_among
from microgradnn.drawing.order import Loops, topological
from microgradnn.engine import Value
from microgradnn.groups import Part, parts
from microgradnn.ieee import number
from microgradnn.ops import Op, plain

SEVERAL = -1  # in place of the one user of a number, where there is none or more than one


class Net(NamedTuple):
    """The numbers of a graph: its Values in order of creation, then the plain numbers among their operands.

    `size` is the number of Values. `args[i]` are the operands of number i; `user[i]` is the number in which it is
    used, if that is one and uses it once. `places` tells of the plain numbers whose operand each is, and which.
    `order` goes from operands to results; `loops` holds the uses (operand, result) that lead back, which only a
    graph changed by hand has.
    """

    root: int
    size: int
    nodes: list[Any]
    ops: list[Op | None]
    args: list[Sequence[int]]
    user: list[int]
    data: list[float]
    kinds: list[str]
    places: list[tuple[int, int]]
    groups: dict[Value, tuple[Part, ...]]
    order: Sequence[int]
    loops: Loops

    def name(self, i: int) -> str:
        """The id of a number."""
        if i < self.size:
            return f"n{i}"
        user, k = self.places[i - self.size]
        return f"n{user}_{k}"

    def rank(self, i: int) -> tuple[int, int]:
        """By which numbers are sorted: in order of creation, plain ones before their users."""
        return (i, len(self.args[i])) if i < self.size else self.places[i - self.size]

    def holder(self, i: int) -> Any:
        """The Value that a number is, or whose operand it is."""
        return self.nodes[i if i < self.size else self.places[i - self.size][0]]


def net(root: Value) -> Net:
    """The graph below `root`, and what its Values belong to."""
    nodes: list[Any] = list(graph(root))
    index = {node: i for i, node in enumerate(nodes)}
    size = len(nodes)
    data = [plain(node) for node in nodes]
    args: list[Sequence[int]] = []
    places: list[tuple[int, int]] = []
    for i, node in enumerate(nodes):
        found: list[int] = []
        for k, arg in enumerate(node.args):
            if isinstance(arg, Value):
                found.append(index[arg])
            else:
                found.append(size + len(places))
                places.append((i, k))
                data.append(arg if arg.__class__ is float else number(arg, f"operand {k} of {node._op!r}"))
        args.append(found)
    ops: list[Op | None] = [node.op for node in nodes] + [None] * len(places)
    args += [()] * len(places)
    groups = parts(nodes)
    order, loops = _order(size, args)
    return Net(
        index[root], size, nodes, ops, args, _users(args), data, _kinds(nodes, groups) + ["constant"] * len(places),
        places, groups, order, loops,
    )  # fmt: skip


def _users(args: Sequence[Sequence[int]]) -> list[int]:
    user = [SEVERAL] * len(args)
    seen = bytearray(len(args))
    for i, operands in enumerate(args):
        for arg in operands:
            user[arg] = SEVERAL if seen[arg] else i
            seen[arg] = 1
    return user


def _kinds(nodes: Sequence[Any], groups: dict[Value, tuple[Part, ...]]) -> list[str]:
    """What each Value is: parameters are what a module that was called holds, and of other leaves go by their names."""
    held = {node for node, path in groups.items() if node.op is None and path[-1].call == 0}
    known = held | parameters_among(node for node in nodes if node not in held)
    return [kind(node, known) for node in nodes]


def _order(size: int, args: list[Sequence[int]]) -> tuple[Sequence[int], Loops]:
    """All numbers, each after its operands. That of creation is such an order, unless leaves were changed since."""
    if all(
        not operands or max([arg for arg in operands if arg < size], default=-1) < i for i, operands in enumerate(args)
    ):
        return [*range(size, len(args)), *range(size)], set()
    return topological(args)
