"""Where in a graph something happens that a reader should see: a nan is born, a function is at its corner."""

from __future__ import annotations

import math

from microgradnn.births import looked_at, place
from microgradnn.drawing.net import Net
from microgradnn.ops import plain
from microgradnn.partials import at_kink
from microgradnn.reverse import edges


def births(net: Net) -> dict[int, str]:
    """For each number at which a nan or an infinity begins, in its data or in the gradients, what and where.

    A number is born not finite where all that it was computed from is finite; a gradient becomes so in the
    operation whose own gradient was finite and which passed on one that is not.
    """
    found: dict[int, str] = {}
    for i, node in enumerate(net.nodes):
        x = net.data[i]
        if x - x != 0.0 and all(math.isfinite(plain(arg)) for arg in looked_at(node)):
            found[i] = f"{x} born here{_where(node)}" if node.op is not None else f"{x} came in here{_where(node)}"
        grad = _grad(node)
        if grad is not None and grad - grad != 0.0:
            _of_gradient(net, i, grad, found)
    return found


def _where(node: object) -> str:
    line = getattr(node, "born", None)
    return f" ({place(*line.rsplit(':', 1))})" if line else ""


def _grad(node: object) -> float | None:
    held = getattr(node, "_grad", None)
    return None if held is None else plain(held)


def _of_gradient(net: Net, i: int, grad: float, found: dict[int, str]) -> None:
    """Note the users of number i whose gradients are finite, and which gave it one that is not."""
    users = [user for user in dict.fromkeys(net.users[i]) if _grad(net.nodes[user]) is not None]
    if not all(math.isfinite(_grad(net.nodes[user]) or 0.0) for user in users):
        return
    if not all(math.isfinite(net.data[k]) for user in users for k in (user, *net.args[user])):
        return  # the nan of a number goes on into the gradients: it was born there, not here
    guilty = [user for user in users if any(not math.isfinite(p) for _, p in edges(net.nodes[user]))]
    for user in guilty or [i]:
        said = f"gradient {grad} born here"
        if said not in found.get(user, ""):
            found[user] = f"{found[user]}; {said}" if user in found else said


def kinks(net: Net) -> dict[int, str]:
    """The operations whose arguments lie exactly on a corner of theirs, and where that corner is."""
    return {
        i: op.kink.text
        for i, op in enumerate(net.ops)
        if op is not None and op.kink is not None and at_kink(op, [net.data[arg] for arg in net.args[i]])
    }
