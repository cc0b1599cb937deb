"""Local derivatives as a learner might have them: left out, put in twice, taken elsewhere, of swapped operands."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

from microgradnn.check.doctor.mistakes import Mistake
from microgradnn.check.doctor.roles import Role, Spot
from microgradnn.check.doctor.tape import Tape
from microgradnn.ops import Op, plain
from microgradnn.partials import local

BILINEAR = ("mul", "dot")
LINEAR = ("add", "sub", "neg", "sum", "alias", *BILINEAR)
OF_OUT: dict[str, Callable[[float], float]] = {  # slopes as they are often written, in terms of the function's value
    "sigmoid": lambda o: o * (1.0 - o),
    "tanh": lambda o: 1.0 - o * o,
    "exp": lambda o: o,
    "sqrt": lambda o: 0.5 / o if o else math.nan,
}


class How(NamedTuple):
    """One way to get a local derivative wrong.

    `way`: "one" leaves it out, "half" both of x*x together, "twice" squares it, "swap" swaps the operands, "times"
    multiplies it by `c`, "unsquared" multiplies both of a quotient by its denominator; "slope" takes f′ at another
    node, "formula" the formula in terms of the value there, "value" another node's number where an operand's
    belongs: the node's number is `at`, or found from the edge by `relation`, or stands in `order`, edge by edge.
    With "order", `order` names for each edge the one whose partial was taken in its place.
    """

    way: str
    kind: Mistake
    cost: float
    relation: str = ""
    at: int = -1
    c: float = 1.0
    order: tuple[int, ...] = ()


class Wrong(NamedTuple):
    """A way, and the edges that are wrong in it."""

    how: How
    spots: tuple[Spot, ...]


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
        return _earlier(tape, n)
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


def negative(tape: Tape, n: int, pos: int, how: How) -> bool:
    """Whether the place is what is subtracted in a difference: without the rest, minus it is left."""
    op = tape.ops[tape.edges[n][pos].to]
    return how.relation == "second term" and op is not None and op.name == "sub"


def _before(tape: Tape, n: int) -> int | None:
    """The input of a function of one argument."""
    op, edges = tape.ops[n], tape.edges[n]
    return edges[0].to if op is not None and is_function(op) and len(edges) == 1 else None


def _earlier(tape: Tape, n: int) -> int | None:
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


def slope(tape: Tape, n: int, pos: int, x: float) -> float:
    """The partial of node n where its operand would be x."""
    op, e = tape.ops[n], tape.edges[n][pos]
    if op is None:
        return math.nan
    floats = tape.floats(n)
    floats[e.k] = x
    found = dict(local(op, floats, op.value(*floats), [e.k]))
    return plain(found.get(e.k, 0.0))


def partial(tape: Tape, n: int, pos: int, how: How, now: float, after: list[int | None]) -> float | None:
    """What stands for the partial if it is got wrong in this way; None where that makes no sense."""
    op, e = tape.ops[n], tape.edges[n][pos]
    if op is None:
        return None
    if how.way == "one":
        return 1.0
    if how.way == "half":
        return 0.5
    if how.way == "times":
        return how.c * now
    if how.way == "twice":
        return e.partial * now
    if how.way == "unsquared":
        return now * tape.operand(n, 1)
    if how.way == "swap":
        return _swapped(tape, n, pos)
    if how.way == "diagonal":
        return now  # edited elsewhere, all at once
    if how.relation == "earlier":
        m = _earlier(tape, n)
        return OF_OUT[op.name](0.0 if m is None else tape.data[m]) if op.name in OF_OUT else None
    m = how.at if how.at >= 0 else related(tape, n, pos, how.relation, after)
    if m is None:
        return None
    if how.way == "slope":
        return slope(tape, n, pos, -tape.data[m] if negative(tape, n, pos, how) else tape.data[m])
    if how.way == "formula":
        return OF_OUT[op.name](tape.data[m]) if op.name in OF_OUT else None
    return tape.data[m]


def taken(tape: Tape, wrong: Wrong, k: int, after: list[int | None], now: float = 0.0) -> float | None:
    """What stands for the partial of the k-th of the wrong edges; None where that makes no sense."""
    how, (n, pos) = wrong.how, wrong.spots[k]
    if how.way == "order":
        m, its = wrong.spots[how.order[k]]
        return tape.edges[m][its].partial
    return partial(tape, n, pos, how._replace(at=how.order[k], order=()) if how.order else how, now, after)


def _swapped(tape: Tape, n: int, pos: int) -> float | None:
    op, e = tape.ops[n], tape.edges[n][pos]
    if op is None or op.name not in ("mul", "dot", "div", "pow"):
        return None
    if op.name in BILINEAR:
        return tape.data[e.to] if not (op.name == "dot" and e.k == 0) else None
    x, y = tape.floats(n)
    found = dict(local(op, [y, x], op.value(y, x), [1 - e.k]))
    return plain(found.get(1 - e.k, 0.0))


def constant_part(tape: Tape, n: int, pos: int) -> float | None:
    """The constant of the loss that stands as a factor in a partial: of a division or a product, an exponent."""
    op, e = tape.ops[n], tape.edges[n][pos]
    if op is None or op.name not in ("div", "mul", "pow", "square") or (op.name in ("div", "pow") and e.k == 1):
        return None
    if op.name == "square":
        return 2.0
    if tape.args[n][1 - e.k] is not None:
        return None
    found = tape.operand(n, 1 - e.k)
    return 1.0 / found if op.name == "div" and found else found or None


ONE, TWICE = How("one", Mistake.MISSING_LOCAL_DERIVATIVE, 2.2), How("twice", Mistake.MISSING_LOCAL_DERIVATIVE, 3.0)
HALF = How("half", Mistake.MISSING_LOCAL_DERIVATIVE, 2.6)
UNSQUARED = How("unsquared", Mistake.MISSING_LOCAL_DERIVATIVE, 3.3)
_POINTS = [
    How(way, Mistake.WRONG_POINT, cost, relation)
    for way, relation, cost in (
        ("slope", "out", 2.9), ("formula", "in", 2.9), ("slope", "before", 3.2), ("formula", "next", 3.2),
        ("formula", "earlier", 3.4), ("slope", "next", 3.3), ("formula", "before", 3.3),
        ("slope", "first term", 3.2), ("slope", "second term", 3.5),
    )
]  # fmt: skip
_MET = [How("value", Mistake.WRONG_POINT, 3.1, relation) for relation in ("met before", "met next")]


def ways(tape: Tape, role: Role) -> Iterator[How]:
    """The ways in which the partials of a role may be wrong, other than by a constant factor."""
    n, pos = role.spots[0]
    op, e = tape.ops[n], tape.edges[n][pos]
    if op is None or op.name in ("add", "sub", "neg", "sum", "where"):
        return
    if op.name == "div" and _whole(tape, role):
        yield UNSQUARED
    if op.name in BILINEAR or op.name == "div":
        met = tape.args[n][other(tape, n, e.k)] if op.name != "div" and not (op.name == "dot" and e.k == 0) else None
        if op.name == "mul" and met == e.to and _whole(tape, role):
            yield HALF
        if met is not None or op.name == "div":
            yield ONE._replace(cost=3.4)
            yield TWICE._replace(cost=3.6)
            yield How("swap", Mistake.SWAPPED, 3.2)
        if met is not None:
            yield from _MET
        return
    if op.name != "logsumexp":
        yield ONE
        yield TWICE
    if op.arity is not None:
        again = any(_earlier(tape, n) is not None for n, _ in role.spots)
        yield from (how for how in _POINTS if again or how.relation != "earlier")
        if op.name == "pow":
            yield How("swap", Mistake.SWAPPED, 3.2)


def _whole(tape: Tape, role: Role) -> bool:
    """Whether a role has both edges of each of its nodes."""
    count = len({n for n, _ in role.spots})
    return len(role.spots) == 2 * count and all(len(tape.edges[n]) == 2 for n, _ in role.spots)
