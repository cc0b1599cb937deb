"""Graphs copied and pickled at any depth: flat lists instead of recursion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from microgradnn.chain import Node, graph
from microgradnn.making import Made
from microgradnn.ops import Op, plain

_new: Callable[[Any], Any] = object.__new__
_PAST = 2**62  # what is loaded was computed before anything of this process; among itself it keeps its order


def _everything(root: Any) -> Sequence[Any]:
    """All that `root` stands on, and all that gradients which are Values stand on."""
    roots, seen = [root], {root}
    while True:
        nodes: Sequence[Any] = graph(*roots)
        more = [n._grad for n in nodes if isinstance(n._grad, Node) and n._grad not in seen]
        if not more:
            return nodes
        roots += more
        seen.update(more)


def _kind(node: Any) -> Any:
    return node.kept_as or node.__class__


def deep_copy(root: Any, memo: dict[int, Any]) -> Any:
    """A copy of all that `root` stands on. Copies keep the times of their originals, and so their order."""
    fresh = [node for node in _everything(root) if id(node) not in memo]
    for node in fresh:
        memo[id(node)] = _new(_kind(node))
    for node in fresh:
        _copy(node, memo[id(node)], lambda x: memo[id(x)] if isinstance(x, Node) else x)
    return memo[id(root)]


def shallow_copy(node: Any) -> Any:
    """Another Value of the same number, computed from the same operands."""
    out: Any = _new(_kind(node))
    _copy(node, out, lambda x: x)
    return out


def _copy(node: Any, out: Any, copied: Callable[[Any], Any]) -> None:
    args = tuple(copied(arg) for arg in node.args)
    _fill(out, node.op, args, node._data, copied(node._grad), current(node), *_notes(node))


def _fill(
    node: Any, op: Op | None, args: tuple[Any, ...], data: float, grad: Any, is_current: bool, *notes: Any
) -> None:
    node.op = op
    node._x, node._y = args if len(args) == 2 else (args, None)
    node._data = data
    node._grad = grad
    node.label, born, node.time = notes
    node.made = Made(born) if born else None
    node._graded_at = node.time - (not is_current)


def _notes(node: Any) -> tuple[str, str | None, int]:
    """What a copy takes along; which call of which module made the original is not true of it."""
    return node.label, node.born, node.time


def current(node: Any) -> bool:
    """Whether the gradient that a leaf holds belongs to its present number."""
    return node.op is not None or node._grad is None or node._graded_at == node.time


def reduce(root: Any) -> tuple[Any, ...]:
    """What pickle is to store: a leaf by itself, and of a computed Value the list of steps that leads to it.

    The leaves stand in that list as themselves, so that pickle keeps their identity within one dump. The
    gradient of a computed Value is stored as a number.
    """
    if root.op is None:
        state = (root._grad, current(root))
        return leaf, (_kind(root), root._data, *_notes(root)), state
    nodes: list[Any] = sorted(graph(root), key=lambda node: node.op is not None)  # leaves first
    index = {node: k for k, node in enumerate(nodes)}
    steps: list[Any] = []
    for node in nodes:
        if node.op is None:
            steps.append(node)
            continue
        args = tuple(index[arg] if isinstance(arg, Node) else arg for arg in node.args)
        grad = None if node._grad is None else plain(node._grad)
        steps.append((_kind(node), node.op, args, node._data, grad, *_notes(node)))
    return restore, (steps,)


def _past(label: str, born: str | None, time: int) -> tuple[str, str | None, int]:
    return label, born, time - _PAST


def leaf(kind: type, data: float, *notes: Any) -> Any:
    """A leaf as it was stored."""
    node: Any = _new(kind)
    _fill(node, None, (), data, None, True, *_past(*notes))
    return node


def restore(steps: Sequence[Any]) -> Any:
    """The Value to which stored steps lead: in `args` an int is the position of an earlier step."""
    nodes: list[Any] = []
    for step in steps:
        if isinstance(step, Node):
            nodes.append(step)
            continue
        kind, op, args, data, grad, *notes = step
        node: Any = _new(kind)
        _fill(
            node,
            op,
            tuple(nodes[a] if a.__class__ is int else a for a in args),
            data,
            grad,
            True,
            *_past(*notes),
        )
        nodes.append(node)
    return nodes[-1]
