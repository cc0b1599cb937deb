"""The sweep for Values: with floats, by a short cut that a test holds to `chain.sweep`, and with Values."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from microgradnn import elementary, rules
from microgradnn.chain import Node, graph, operands, sweep
from microgradnn.errors import Misuse
from microgradnn.ops import plain
from microgradnn.partials import added, local

_ADD, _MUL, _SUM, _DOT = elementary.add, elementary.mul, rules.total, rules.inner
_by_time = operator.attrgetter("time")


def edges(node: Any) -> list[tuple[int, float]]:
    """The local derivatives of a computed Value: pairs (position in `args`, partial), as in `partials.local`."""
    if node.op is None:
        return []
    values = [arg if arg.__class__ is float else arg._data for arg in node.args]
    return local(node.op, values, node._data, [k for k, _ in operands(node)])


def name(node: Any) -> str:
    """What to call a Value in a message."""
    return repr(node.label) if node.label else f"the Value {node._data!r}"


def refuse_changed(nodes: Iterable[Any]) -> None:
    """Misuse where an operand got its number after the node that used it."""
    for node in nodes:
        for arg in node.args:
            if arg.__class__ is not float and arg.time > node.time:
                raise Misuse(
                    f".data of {name(arg)} was changed after {node.op.name} had used it: compute the result "
                    "again with the new number, then call backward()"
                )


def refuse_stale(leaf: Any, grad: Any) -> None:
    """Misuse where a leaf still holds a gradient that belongs to data which has changed since."""
    if grad is not None and leaf._graded_at != leaf.time and plain(grad) != 0.0:
        raise Misuse(
            f"the gradient of {name(leaf)} was taken before its data changed, and adding to it would mix two "
            "points: call zero_grad() before backward()"
        )


def backward(root: Any) -> None:
    """Write gradients, floats, to all that `root` was computed from.

    The adjoints are kept in the Values, and the zero with which each begins marks it as reached: it is an
    object of this sweep alone.
    """
    zero = float("0")
    computed: list[Any] = []
    leaves: list[tuple[Any, Any]] = []  # with the gradients that they had
    try:
        _reach(root, zero, computed, leaves)
        computed.sort(key=_by_time, reverse=True)
        if computed and leaves and max(leaf.time for leaf, _ in leaves) > computed[-1].time:
            refuse_changed(computed)
        for leaf, grad in leaves:
            refuse_stale(leaf, grad)
        root._grad = 1.0
        _add_up(computed, zero)
    except BaseException:
        for node in computed:
            node._grad = None
        for leaf, grad in leaves:
            leaf._grad = grad
        raise
    for leaf, grad in leaves:
        if not leaf.live:
            leaf._grad = None
        else:
            leaf._graded_at = leaf.time
            if grad is not None:
                leaf._grad += plain(grad)


def _reach(root: Any, zero: float, computed: list[Any], leaves: list[tuple[Any, Any]]) -> None:
    """Collect the computed Values below `root`, and the leaves; let their gradients begin at `zero`."""
    if root.op is None:
        leaves.append((root, root._grad))
        return
    stack: list[Any] = [root]
    push, pop, found, leaf = stack.append, stack.pop, computed.append, leaves.append
    while stack:
        node = pop()
        found(node)
        x, y = node._x, node._y
        if y is not None:  # two operands, by far the commonest, are written out: a loop takes a third longer
            if x.__class__ is not float and x._grad is not zero:
                if x.op is None:
                    leaf((x, x._grad))
                else:
                    push(x)
                x._grad = zero
            if y.__class__ is not float and y._grad is not zero:
                if y.op is None:
                    leaf((y, y._grad))
                else:
                    push(y)
                y._grad = zero
            continue
        for arg in x:
            if arg.__class__ is not float and arg._grad is not zero:
                if arg.op is None:
                    leaf((arg, arg._grad))
                else:
                    push(arg)
                arg._grad = zero


def _add_up(computed: Sequence[Any], zero: float) -> None:
    # Constants are added to like the rest, which is cheaper than asking; nobody reads it, and it is removed.
    for node in computed:
        grad = node._grad
        if grad is zero:  # nothing came down to it
            continue
        op = node.op
        if op is _ADD:
            x, y = node._x, node._y
            if x.__class__ is not float:
                x._grad += grad
            if y.__class__ is not float:
                y._grad += grad
        elif op is _MUL:
            x, y = node._x, node._y
            if y.__class__ is float:
                x._grad += grad * y
            elif x.__class__ is float:
                y._grad += grad * x
            else:
                x._grad += grad * y._data
                y._grad += grad * x._data
        elif op is _DOT:
            args = node.args
            half = len(args) // 2 + 1
            values = [arg if arg.__class__ is float else arg._data for arg in args]
            if args[0].__class__ is not float:
                args[0]._grad += grad
            for arg, partial in zip(args[1:], values[half:] + values[1:half], strict=True):
                if arg.__class__ is not float:
                    arg._grad += grad * partial
        elif op is _SUM:
            for arg in node.args:
                if arg.__class__ is not float:
                    arg._grad += grad
        else:
            args = node.args
            for position, partial in edges(node):
                args[position]._grad += grad * partial


# ---- with gradients that are Values ----------------------------------------------------------------------


def backward_with_graph(root: Any, constant: Callable[[float], Any]) -> None:
    """Write gradients that are Values themselves; `constant` makes one of a plain number."""
    nodes: Sequence[Any] = graph(root)
    refuse_changed(nodes)
    for node in nodes:
        if node.op is None and node.live:
            refuse_stale(node, node._grad)
    adjoints: Mapping[Any, Any] = symbolic([(root, 1.0)])
    for node, adjoint in adjoints.items():
        grad = adjoint if isinstance(adjoint, Node) else constant(adjoint)
        node.grad = node._grad + grad if node.op is None and node.graded else grad


class _Adjoint:
    """An adjoint to which its terms come one after the other."""

    __slots__ = ("terms", "whole")

    def __init__(self) -> None:
        self.terms: list[tuple[Any, Any]] = []
        self.whole: Any = None

    def number(self) -> Any:
        """The sum, to which nothing comes any more."""
        if self.whole is None:
            self.whole = added(self.terms)
        return self.whole


def _plus(old: Any, term: tuple[Any, Any]) -> _Adjoint:
    adjoint: _Adjoint = old if old.__class__ is _Adjoint else _Adjoint()
    adjoint.terms.append(term)
    return adjoint


def _flowing(node: Any) -> Iterable[tuple[Any, Any]]:
    if node.op is None:
        return ()
    return [(node.args[k], y) for k, y in local(node.op, node.args, node, [k for k, _ in operands(node)])]


def symbolic(seeds: Sequence[tuple[Node, Any]]) -> dict[Node, Any]:
    """The adjoints of all below the seeds, as Values (or floats where they are constants)."""
    pairs = [(root, (seed, 1.0)) for root, seed in seeds]
    found: dict[Any, _Adjoint] = sweep(pairs, _flowing, lambda adjoint, y: (adjoint.number(), y), _plus)
    return {node: found[node].number() for node in sorted(found, key=_by_time, reverse=True)}


def numeric(seeds: Sequence[tuple[Node, float]]) -> dict[Node, float]:
    """The adjoints of all below the seeds, as floats; no Value is written to."""
    return sweep(seeds, lambda node: [(node.args[k], p) for k, p in edges(node)], operator.mul, operator.add)
