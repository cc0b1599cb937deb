"""Local derivatives as a learner might have them: left out, put in twice, taken elsewhere, of swapped operands."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from microgradnn.check.doctor.mistakes import Mistake
from microgradnn.check.doctor.relations import BILINEAR, earlier, negative, other, related
from microgradnn.check.doctor.roles import Role, Spot
from microgradnn.check.doctor.slopes import of_value
from microgradnn.check.doctor.tape import Tape
from microgradnn.ops import plain
from microgradnn.partials import local


class How(NamedTuple):
    """One way to get a local derivative wrong.

    `way`: "one" leaves it out, "half" both of x*x together, "twice" squares it, "swap" swaps the operands, "times"
    multiplies it by `c`, "unsquared" multiplies both of a quotient by its denominator, "numerator" leaves that out;
    "slope" takes f′ at another node, "formula" the formula in terms of the value there, "value" another node's
    number where an operand's belongs: the node's number is `at`, or found from the edge by `relation`, or stands
    in `order`, edge by edge. With "order", `order` names for each edge the one whose partial was taken in its place.
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
    if how.way == "numerator":
        above = tape.operand(n, 0)
        return now / above if above else None
    if how.way == "unsquared":
        return now * tape.operand(n, 1)
    if how.way == "swap":
        return _swapped(tape, n, pos)
    if how.way == "diagonal":
        return now  # edited elsewhere, all at once
    if how.relation == "earlier":
        m = earlier(tape, n)
        return by_value(0.0 if m is None else tape.data[m]) if (by_value := of_value(op)) else None
    m = how.at if how.at >= 0 else related(tape, n, pos, how.relation, after)
    if m is None:
        return None
    if how.way == "slope":
        return slope(tape, n, pos, -tape.data[m] if negative(tape, n, pos, how.relation) else tape.data[m])
    if how.way == "formula":
        return by_value(tape.data[m]) if (by_value := of_value(op)) else None
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
NUMERATOR = How("numerator", Mistake.MISSING_LOCAL_DERIVATIVE, 3.4)
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
    if op.name == "div" and e.k == 1 and pos == 1:
        yield NUMERATOR
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
        again = any(earlier(tape, n) is not None for n, _ in role.spots)
        yield from (how for how in _POINTS if again or how.relation != "earlier")
        if op.name == "pow":
            yield How("swap", Mistake.SWAPPED, 3.2)


def _whole(tape: Tape, role: Role) -> bool:
    """Whether a role has both edges of each of its nodes."""
    count = len({n for n, _ in role.spots})
    return len(role.spots) == 2 * count and all(len(tape.edges[n]) == 2 for n, _ in role.spots)
