"""The graph of a loss at one point as rows of floats, so that the chain rule can be swept again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from microgradnn.chain import graph, operands
from microgradnn.engine import Value
from microgradnn.ops import TABLE, Op
from microgradnn.partials import local

UNIT = 2.0**-53


PLAIN: dict[Op, Callable[[float, float], tuple[float, float]]] = {
    TABLE["add"]: lambda x, y: (1.0, 1.0),
    TABLE["sub"]: lambda x, y: (1.0, -1.0),
    TABLE["mul"]: lambda x, y: (y, x),
}


class Edge(NamedTuple):
    """A use of a node: `to` is the operand's number, `partial` the local derivative, `k` its place in args."""

    to: int
    partial: float
    k: int


Edits = Mapping[int, Sequence[tuple[int, float]]]  # for some nodes, other (operand, partial) pairs


class Tape:
    """A graph in creation order: for each node its operation, number and edges.

    `leaf` gives the node of each number of the arguments (None where the loss does not use it); `adjoint` is
    the right one; `loose` bounds generously what rounding and usual forms may lose of it.
    """

    def __init__(self, leaves: Sequence[Value | None], out: Value, lines: Mapping[Value, str]) -> None:
        nodes: list[Any] = graph(out)
        index = {node: n for n, node in enumerate(nodes)}
        self.nodes = nodes
        self.data: list[float] = [node.data for node in nodes]
        self.ops: list[Op | None] = [node.op for node in nodes]
        self.lines = [lines.get(node, "") for node in nodes]
        self.root = index[out]
        self.leaf = [index.get(leaf) if leaf is not None else None for leaf in leaves]
        self.args: list[tuple[int | None, ...]] = []
        self.edges: list[tuple[Edge, ...]] = []
        for node in nodes:
            self.args.append(tuple(index[arg] if isinstance(arg, Value) else None for arg in node.args))
            self.edges.append(self._edges(node, index))
        self.plain = [[(e.to, e.partial) for e in edges] for edges in self.edges]
        self.adjoint = self.sweep()
        self._loose: list[float] | None = None
        self.after: list[int | None] | None = None  # for each node the first function applied to it, once asked for
        self.depths: list[int] | None = None  # for each node the longest way up from a leaf, once asked for
        self._tangents: dict[int, list[float]] = {}
        self._users: list[list[int]] | None = None
        self._above: tuple[int, list[int]] = (-1, [])  # of the node that was asked for last

    @staticmethod
    def _edges(node: Any, index: Mapping[Any, int]) -> tuple[Edge, ...]:
        if node.op is None:
            return ()
        args, plainly = node.args, PLAIN.get(node.op)
        if plainly is not None:  # most nodes of a large graph
            x, y = args
            if x.__class__ is Value is y.__class__:
                p, q = plainly(x.data, y.data)
                return Edge(index[x], p, 0), Edge(index[y], q, 1)
        floats = [arg.data if isinstance(arg, Value) else arg for arg in args]
        live = operands(node)
        found = dict(local(node.op, floats, node.data, [k for k, _ in live]))
        # on flat pieces there is no pair, and the partial is 0
        return tuple(Edge(index[arg], found.get(k, 0.0), k) for k, arg in live)

    @property
    def shape(self) -> tuple[Any, ...]:
        """What is the same at two points at which the loss took the same branches."""
        return tuple((op.name if op else "", args) for op, args in zip(self.ops, self.args, strict=True))

    def operand(self, n: int, k: int) -> float:
        """The number of argument k of node n."""
        a = self.args[n][k]
        return float(self.nodes[n].args[k]) if a is None else self.data[a]

    def floats(self, n: int) -> list[float]:
        """The numbers of all arguments of node n."""
        return [self.operand(n, k) for k in range(len(self.args[n]))]

    def sweep(
        self,
        edits: Edits | None = None,
        seeds: Mapping[int, float] | None = None,
        upstream: Mapping[int, float] | None = None,
    ) -> list[float]:
        """All adjoints by the chain rule, with some edges edited, other seeds, or some adjoints replaced."""
        found = [0.0] * len(self.data)
        for n, seed in ({self.root: 1.0} if seeds is None else seeds).items():
            found[n] += seed
        plain, edits, upstream = self.plain, edits or {}, upstream or {}
        for n in range(len(found) - 1, -1, -1):
            if n in upstream:
                found[n] = upstream[n]
            adjoint = found[n]
            if adjoint != 0.0:
                for to, partial in edits.get(n, plain[n]) if edits else plain[n]:
                    found[to] += adjoint * partial
        return found

    def above(self, n: int) -> list[int]:
        """All nodes that are computed from a node, in order."""
        if self._users is None:
            self._users = [[] for _ in self.data]
            for m, edges in enumerate(self.edges):
                for e in edges:
                    self._users[e.to].append(m)
        if self._above[0] != n:
            found: set[int] = set()
            stack = [n]
            while stack:
                new = [m for m in self._users[stack.pop()] if m not in found]
                found.update(new)
                stack += new
            self._above = n, sorted(found)
        return self._above[1]

    def tangent(self, leaf: int, edits: Edits | None = None) -> list[float]:
        """The derivative of every node with respect to one leaf, with the same edits."""
        if not edits and leaf in self._tangents:
            return self._tangents[leaf]
        found = [0.0] * len(self.data)
        found[leaf] = 1.0
        plain = self.plain
        for n in self.above(leaf):
            total = 0.0
            for to, partial in edits.get(n, plain[n]) if edits else plain[n]:
                t = found[to]
                if t != 0.0:
                    total += t * partial
            found[n] = total
        if not edits:
            self._tangents[leaf] = found
        return found

    @property
    def loose(self) -> list[float]:
        """For every adjoint a generous bound of what rounding, and usual forms of the slopes, lose of it."""
        if self._loose is None:
            size = self._sizes()
            lost, whole = [0.0] * len(size), [0.0] * len(size)
            whole[self.root] = 1.0
            for n in range(len(size) - 1, -1, -1):
                op = self.ops[n]
                if op is None or (whole[n] == 0.0 and lost[n] == 0.0):
                    continue
                inner = sum_of(size[e.to] for e in self.edges[n])
                for e in self.edges[n]:
                    p = abs(e.partial)
                    slack = 8 * UNIT * (p if op.binds else max(1.0, p, abs(self.data[n])))
                    slack += inner if not op.binds or op.name == "pow" else inner * (op.name in ("mul", "div"))
                    slack += inner if op.name == "dot" else 0.0
                    whole[e.to] += whole[n] * p
                    lost[e.to] += lost[n] * p + whole[n] * slack
            self._loose = lost
        return self._loose

    def _sizes(self) -> list[float]:
        """A bound of the rounding in every number."""
        size = [2 * UNIT * abs(x) for x in self.data]
        for n, edges in enumerate(self.edges):
            for e in edges:
                size[n] += abs(e.partial) * size[e.to] + UNIT * abs(e.partial * self.data[e.to])
        return size


def sum_of(xs: Iterable[float]) -> float:
    """The sum from the left."""
    total = 0.0
    for x in xs:
        total += x
    return total
