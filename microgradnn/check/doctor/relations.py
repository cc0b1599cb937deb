"""Nodes that are easily taken for each other: the value for the argument, the next function's for this one's."""

from __future__ import annotations

from microgradnn.check.doctor.tape import Tape
from microgradnn.ops import Op

BILINEAR = ("mul", "dot")
LINEAR = ("add", "sub", "neg", "sum", "alias", *BILINEAR)


def is_function(op: Op | None) -> bool:
    """Whether the operation is a function with a slope of its own, not arithmetic."""
    return op is not None and op.name not in LINEAR and op.name != "div"


def other(tape: Tape, n: int, k: int) -> int:
    """The place of the operand that argument k of a product meets."""
    if tape.ops[n].name == "mul":  # type: ignore[union-attr]
        return 1 - k
    half = len(tape.args[n]) // 2
    return k + half if k <= half else k - half


def related(tape: Tape, n: int, pos: int, relation: str, after: list[int | None]) -> int | None:
    """The node at which the derivative might have been taken by mistake."""
    e = tape.edges[n][pos]
    if relation == "out":
        return n
    if relation == "earlier":
        return earlier(tape, n)
    if relation == "in":
        return e.to
    if relation == "next":
        return after[n]
    if relation == "before":
        return _before(tape, e.to)
    if relation.endswith(" term"):
        op, args = tape.ops[e.to], tape.args[e.to]
        return args[relation == "second term"] if op is not None and op.name in ("sub", "add") else None
    met = tape.args[n][other(tape, n, e.k)]
    if met is None:
        return None
    return _before(tape, met) if relation == "met before" else after[met]


def negative(tape: Tape, n: int, pos: int, relation: str) -> bool:
    """Whether the place is what is subtracted in a difference: without the rest, minus it is left."""
    op = tape.ops[tape.edges[n][pos].to]
    return relation == "second term" and op is not None and op.name == "sub"


def _before(tape: Tape, n: int) -> int | None:
    """The input of a function of one argument."""
    op, edges = tape.ops[n], tape.edges[n]
    return edges[0].to if op is not None and is_function(op) and len(edges) == 1 else None


def earlier(tape: Tape, n: int) -> int | None:
    """The same function one step before, in a recurrence."""
    stack, seen = [e.to for e in tape.edges[n]], set()
    found = -1
    while stack:
        m = stack.pop()
        if m in seen:
            continue
        seen.add(m)
        if tape.ops[m] is tape.ops[n]:
            found = max(found, m)
        else:
            stack += [e.to for e in tape.edges[m]]
    return found if found >= 0 else None


def next_functions(tape: Tape) -> list[int | None]:
    """For every node the first function that is applied to it."""
    if tape.after is None:
        found: list[int | None] = [None] * len(tape.data)
        for n, edges in enumerate(tape.edges):
            if len(edges) == 1 and found[edges[0].to] is None and is_function(tape.ops[n]):
                found[edges[0].to] = n
        tape.after = found
    return tape.after
