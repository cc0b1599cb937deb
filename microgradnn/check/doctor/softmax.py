"""Softmax with its off-diagonal terms forgotten: where a graph has one, and what its edges become."""

from __future__ import annotations

from microgradnn.check.doctor.mistakes import Mistake
from microgradnn.check.doctor.tape import Tape
from microgradnn.check.doctor.wrongs import How, Wrong


def diagonals(tape: Tape) -> list[Wrong]:
    """The softmax Jacobians of a graph with their off-diagonal terms dropped."""
    how = How("diagonal", Mistake.SOFTMAX_DIAGONAL, 0.5)
    shares = [n for n in range(len(tape.data)) if _is_share(tape, n)]
    wholes = [n for n, op in enumerate(tape.ops) if op is not None and op.name == "logsumexp"]
    return [Wrong(how, tuple((n, 0) for n in nodes)) for nodes in (shares, wholes) if nodes]


def _is_share(tape: Tape, n: int) -> bool:
    """Whether node n is exp(x) over a sum in which the same exp(x) is a term."""
    op, edges = tape.ops[n], tape.edges[n]
    if op is None or op.name != "div" or len(edges) != 2:
        return False
    terms, stack = set(), [edges[1].to]
    while stack:
        m = stack.pop()
        if tape.ops[m] is not None and tape.ops[m].name in ("add", "sum"):  # type: ignore[union-attr]
            stack += [e.to for e in tape.edges[m]]
        else:
            terms.add(m)
    return len(terms) > 1 and edges[0].to in terms


def diagonal(tape: Tape, n: int) -> list[tuple[int, float]]:
    """The edges of a softmax's node with the diagonal terms of its Jacobian alone."""
    edges = tape.edges[n]
    if tape.ops[n].name == "div":  # type: ignore[union-attr]
        return [(edges[0].to, edges[0].partial + edges[1].partial), (edges[1].to, 0.0)]
    whole = tape.adjoint[n]
    found = []
    for e in edges:
        rest = tape.adjoint[e.to] - whole * e.partial  # what the other uses pass down: minus the target's share
        found.append((e.to, e.partial * -rest / whole if whole else 0.0))
    return found
