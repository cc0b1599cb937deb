"""A graph of Values as lists of integers, which folding can go through a million times a second."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from microgradnn.chain import graph
from microgradnn.drawing.dot import kind, parameters_among
from microgradnn.drawing.order import Loops, topological
from microgradnn.engine import Value
from microgradnn.groups import Part, parts
from microgradnn.ops import Op, plain

Groups = dict[Value, tuple[Part, ...]]


class Net(NamedTuple):
    """The numbers of a graph: its Values in order of creation, then the plain numbers among their operands.

    `args[i]` are the operands of number i, `users[i]` the numbers that it is an operand of, each as often as it
    is used. `order` goes from operands to results; `loops` holds the uses (operand, result) that lead back, which
    only a graph changed by hand has.
    """

    root: int
    nodes: list[Any]
    ops: list[Op | None]
    args: list[Sequence[int]]
    users: list[list[int]]
    data: list[float]
    kinds: list[str]
    places: list[tuple[int, int]]  # of the plain numbers: whose operand each is, and which
    groups: Groups
    order: Sequence[int]
    loops: Loops

    @property
    def size(self) -> int:
        """How many Values there are; the plain numbers come after them."""
        return len(self.nodes)

    def name(self, i: int) -> str:
        """The id of a number."""
        if i < len(self.nodes):
            return f"n{i}"
        user, k = self.places[i - len(self.nodes)]
        return f"n{user}_{k}"

    def rank(self, i: int) -> tuple[int, int]:
        """By which numbers are sorted: in order of creation, plain ones before their users."""
        if i < len(self.nodes):
            return i, len(self.args[i])
        return self.places[i - len(self.nodes)]

    def uses(self) -> Iterator[tuple[int, int, int]]:
        """Every use of a number: (operand, result, position)."""
        for i, args in enumerate(self.args):
            for k, arg in enumerate(args):
                yield arg, i, k


def net(root: Value) -> Net:
    """The graph below `root`, and what its Values belong to."""
    nodes: list[Any] = list(graph(root))
    groups = parts(nodes)
    index = {node: i for i, node in enumerate(nodes)}
    size = len(nodes)
    data = [plain(node) for node in nodes]
    ops: list[Op | None] = [node.op for node in nodes]
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
                data.append(arg)
        args.append(found)
    args += [()] * len(places)
    ops += [None] * len(places)
    users: list[list[int]] = [[] for _ in args]
    for i, operands in enumerate(args):
        for arg in operands:
            users[arg].append(i)
    known = parameters_among(nodes)
    known.update(node for node, path in groups.items() if node.op is None and path and path[-1].call == 0)
    kinds = [kind(node, known) for node in nodes] + ["constant"] * len(places)
    order, loops = _order(size, args)
    return Net(index[root], nodes, ops, args, users, data, kinds, places, groups, order, loops)


def _order(size: int, args: list[Sequence[int]]) -> tuple[Sequence[int], Loops]:
    """All numbers, each after its operands. That of creation is such an order, unless leaves were changed since."""
    if all(arg < i or arg >= size for i, operands in enumerate(args) for arg in operands):
        return [*range(size, len(args)), *range(size)], set()
    return topological(args)
