"""A hypothesis: which rules of the chain were broken, and what gradient that would have given."""

from __future__ import annotations

from typing import NamedTuple

from microgradnn.check.doctor.mistakes import Mistake
from microgradnn.check.doctor.problem import Point, belongs
from microgradnn.check.doctor.relations import next_functions
from microgradnn.check.doctor.softmax import diagonal
from microgradnn.check.doctor.tape import Tape
from microgradnn.check.doctor.wrongs import Wrong, taken


class Stale(NamedTuple):
    """Parameters that were read after they had moved by rate times their gradients by hand.

    `way`: "read" where they stand as factors in a product, "factors" where anything computed from them does,
    "all" where everything was computed again.
    """

    names: tuple[str, ...]
    rate: float
    way: str = "read"


class Hypothesis(NamedTuple):
    """What was done instead of the chain rule.

    `wrongs` are edited edges; `seeds` the nodes that were differentiated instead of the loss; `upstream` pairs
    (node, other node): the other one's adjoint was passed down; `stale` parameters read too late. Of what comes
    out, `factor` times the gradient of number `sibling` (of the number itself where it is None) is given.
    """

    kinds: tuple[Mistake, ...] = ()
    cost: float = 0.0
    wrongs: tuple[Wrong, ...] = ()
    seeds: tuple[int, ...] = ()
    upstream: tuple[tuple[int, int], ...] = ()
    stale: Stale | None = None
    factor: float = 1.0
    sibling: int | None = None

    @property
    def swept(self) -> Hypothesis:
        """What is the same for all numbers."""
        return self._replace(kinds=(), cost=0.0, factor=1.0, sibling=None)

    @property
    def parts(self) -> int:
        """How many things went wrong."""
        others = (self.seeds, self.upstream, self.stale, self.sibling is not None, self.factor != 1.0)
        return len(self.wrongs) + sum(map(bool, others))

    def within(self, other: Hypothesis) -> bool:
        """Whether all that went wrong here did in the other one, too; something other than a constant."""
        parts = ((self.seeds, other.seeds), (self.upstream, other.upstream), (self.stale, other.stale))
        mine, theirs = set(self.wrongs), set(other.wrongs)
        return (
            bool(mine or self.seeds or self.upstream or self.stale)
            and mine <= theirs
            and all(not own or own == its for own, its in parts)
        )

    def and_also(self, kind: Mistake, cost: float, **changes: object) -> Hypothesis:
        """The hypothesis with one more mistake."""
        return self._replace(kinds=(*self.kinds, kind), cost=self.cost + cost, **changes)  # type: ignore[arg-type]


Table = dict[int, list[tuple[int, float]]]


def edits(point: Point, wrongs: tuple[Wrong, ...], stale: Stale | None = None) -> Table:
    """The edges as they were taken."""
    tape = point.tape
    table: Table = {}
    if stale is not None and stale.way != "read":
        table |= _recomputed(point, stale)
    elif stale is not None:
        for n, pos, moved in stale_edges(point, stale.names):
            row = table.setdefault(n, list(tape.plain[n]))
            row[pos] = (row[pos][0], row[pos][1] + stale.rate * point.rate * moved)
    if not wrongs:
        return table
    after = next_functions(tape)
    for wrong in wrongs:
        for k, (n, pos) in enumerate(wrong.spots):
            if wrong.how.way == "diagonal":
                table[n] = diagonal(tape, n)
                continue
            row = table.setdefault(n, list(tape.plain[n]))
            found = taken(tape, wrong, k, after, row[pos][1])
            if found is not None:
                row[pos] = (row[pos][0], found)
    return table


def _recomputed(point: Point, stale: Stale) -> Table:
    """The edges as they are after the move: all, or those of products."""
    there = point.moved(stale.names, stale.rate * point.rate)
    if there is None:
        return {}
    of_products = ("mul", "dot", "div")
    return {
        n: row
        for n, (row, op) in enumerate(zip(there.plain, there.ops, strict=True))
        if op is not None and (stale.way == "all" or op.name in of_products)
    }


def stale_edges(point: Point, names: tuple[str, ...]) -> list[tuple[int, int, float]]:
    """The edges of products whose partial is a parameter, with how the partial moves per unit of the rate."""
    key = (names, point.sign)
    if key not in point.stale:
        point.stale[key] = _stale_edges(point, names)
    return point.stale[key]


def _stale_edges(point: Point, names: tuple[str, ...]) -> list[tuple[int, int, float]]:
    tape = point.tape
    moves: dict[int, float] = {}
    for i, hand in point.hand.items():
        leaf = tape.leaf[i]
        name = point.arguments.names[i]
        if leaf is not None and belongs(name, names):
            moves[leaf] = -hand * point.sign
    found = []
    for n, args in enumerate(tape.args):
        op = tape.ops[n]
        if op is None or op.name not in ("mul", "dot") or not moves.keys() & set(args):
            continue
        for pos, e in enumerate(tape.edges[n]):
            if op.name == "dot" and e.k == 0:
                continue
            half = len(args) // 2
            met = args[1 - e.k] if op.name == "mul" else args[e.k + half if e.k <= half else e.k - half]
            if met in moves and e.to not in moves:
                found.append((n, pos, moves[met]))
    return found


def adjoints(point: Point, hypothesis: Hypothesis) -> list[float]:
    """All adjoints under the hypothesis."""
    tape: Tape = point.tape
    table = edits(point, hypothesis.wrongs, hypothesis.stale)
    seeds = dict.fromkeys(hypothesis.seeds, 1.0) if hypothesis.seeds else None
    found = tape.sweep(table, seeds)
    if hypothesis.upstream:
        found = tape.sweep(table, seeds, {n: found[m] for n, m in hypothesis.upstream})
    return found


def predicted(point: Point, hypothesis: Hypothesis, i: int, swept: list[float]) -> float:
    """What by_hand gives for number i under the hypothesis."""
    leaf = point.tape.leaf[i if hypothesis.sibling is None else hypothesis.sibling]
    return 0.0 if leaf is None else hypothesis.factor * swept[leaf]
