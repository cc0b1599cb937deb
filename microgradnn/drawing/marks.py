"""Where in a graph something happens that a reader should see: a nan is born, a function is at its corner."""

from __future__ import annotations

import math
from typing import Any

from microgradnn.births import looked_at, place
from microgradnn.drawing.net import Net
from microgradnn.ops import plain
from microgradnn.partials import at_kink
from microgradnn.reverse import edges


def births(net: Net) -> dict[int, str]:
    """For each number at which a nan or an infinity begins, in its data or in the gradients, what and where.

    A number is born not finite where all that it was computed from is finite, and nan also where infinities meet,
    as in ∞ − ∞. A gradient becomes so in an operation among finite numbers, whose own gradient is finite, and which
    passes on one that is not.
    """
    found: dict[int, str] = {}
    for i, x in enumerate(net.data[: net.size]):
        if x - x != 0.0:
            node = net.nodes[i]
            before = [plain(arg) for arg in looked_at(node)]
            if all(map(math.isfinite, before)) or (x != x and not any(y != y for y in before)):
                found[i] = f"{x} {'born' if node.op is not None else 'came in'} here{_where(node)}"
    lost = [i for i, node in enumerate(net.nodes) if node._grad is not None and not math.isfinite(plain(node._grad))]
    if lost:
        _of_gradients(net, lost, found)
    return found


def _where(node: Any) -> str:
    return f" ({place(*node.born.rsplit(':', 1))})" if node.born else ""


def _of_gradients(net: Net, lost: list[int], found: dict[int, str]) -> None:
    """Note the operations among finite numbers that pass on to the `lost` ones a gradient that is not finite."""
    bad = set(lost)
    from_users: set[int] = set()
    for i, node in enumerate(net.nodes):
        args = net.args[i]
        if node._grad is None or bad.isdisjoint(args):
            continue
        grad = plain(node._grad)
        if not math.isfinite(grad):
            from_users.update(args)
            continue
        wrong = [(args[k], grad * p) for k, p in edges(node) if args[k] in bad and not math.isfinite(grad * p)]
        from_users.update(arg for arg, _ in wrong)
        if wrong and all(math.isfinite(net.data[k]) for k in (i, *args)):
            _note(found, i, f"gradient {wrong[0][1]} born here")
    for i in lost:
        if i not in from_users:  # finite parts whose sum is not, or a gradient that was set by hand
            _note(found, i, f"gradient {plain(net.nodes[i]._grad)} born here")


def _note(found: dict[int, str], i: int, said: str) -> None:
    found[i] = f"{found[i]}; {said}" if i in found else said


def kinks(net: Net) -> dict[int, str]:
    """The operations whose arguments lie exactly on a corner of theirs, and where that corner is."""
    return {
        i: op.kink.text
        for i, op in enumerate(net.ops)
        if op is not None and op.kink is not None and at_kink(op, [net.data[arg] for arg in net.args[i]])
    }


def changed(net: Net) -> int:
    """How many leaves got their number after something had been computed from them."""
    size, nodes = net.size, net.nodes
    used = {arg for i, args in enumerate(net.args) for arg in args if i < arg < size}
    return len([arg for arg in used if nodes[arg].op is None])
