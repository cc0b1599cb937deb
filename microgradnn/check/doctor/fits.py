"""Explanations that were confirmed, and which of them are the simplest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from microgradnn.check.doctor.bench import Bench
from microgradnn.check.doctor.hypothesis import Hypothesis, adjoints
from microgradnn.check.doctor.problem import Point

SPLIT = 2.0**24 + 1.0  # Dekker's splitting (Numer. Math. 18, 1971): it leaves 29 of the 53 digits of a number
MARGIN = 1.3  # how much less likely an alternative may be and still be named


class Fit(NamedTuple):
    """A hypothesis with the evidence: at how many points it was tried, and the worst relative residual."""

    hypothesis: Hypothesis
    tried: int
    residual: float


def joined(a: Hypothesis, b: Hypothesis) -> Hypothesis | None:
    """Two hypotheses together; None where they contradict each other."""
    if (a.seeds and b.seeds) or (a.stale and b.stale):
        return None
    mine = {spot for wrong in a.wrongs for spot in wrong.spots}
    if any(spot in mine for wrong in b.wrongs for spot in wrong.spots):
        return None
    return Hypothesis(
        a.kinds + b.kinds, a.cost + b.cost, a.wrongs + b.wrongs, a.seeds or b.seeds, stale=a.stale or b.stale
    )


def known(hypotheses: Iterable[Hypothesis]) -> list[Hypothesis]:
    """What was found wrong in some numbers, constants and exchanges apart: the same may be wrong in others."""
    found: dict[Hypothesis, None] = {}
    for h in hypotheses:
        if h.sibling is None and (h.wrongs or h.seeds or h.stale or h.upstream):
            kinds = h.kinds if h.factor == 1.0 else h.kinds[:-1]
            found[h._replace(kinds=kinds, factor=1.0)] = None
    return list(found)


def distinct(bench: Bench, hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
    """One hypothesis of those that give the same adjoints at the first point, the cheapest."""
    seen: dict[tuple[float, ...], Hypothesis] = {}
    worked = dict(bench.worked())
    for h in sorted(hypotheses, key=lambda h: h.cost):
        found = worked.get(h) or adjoints(bench.pair[0], h)
        seen.setdefault(tuple([(up := x * SPLIT) - (up - x) for x in found]), h)
    return list(seen.values())


def alive(point: Point) -> int:
    """How much flows at the point: the edges that pass something on, and saturated ones left out."""
    tape = point.tape
    count = 0
    for edges in tape.edges:
        for e in edges:
            count += 1e-6 < abs(e.partial) < 1e6
    return count


def simplest(fits: Sequence[Fit]) -> list[Fit]:
    """Those with the fewest mistakes, of each combination of kinds the cheapest; the likeliest first."""
    if not fits:
        return []
    least = min(len(fit.hypothesis.kinds) for fit in fits)
    cheapest = min(fit.hypothesis.cost for fit in fits if len(fit.hypothesis.kinds) == least)
    best: dict[frozenset[object], Fit] = {}
    for fit in sorted(fits, key=lambda fit: (fit.hypothesis.cost, -_breadth(fit.hypothesis))):
        if len(fit.hypothesis.kinds) == least and fit.hypothesis.cost <= cheapest + MARGIN:
            best.setdefault(frozenset(fit.hypothesis.kinds), fit)
    return list(best.values())


def _breadth(h: Hypothesis) -> int:
    return sum(len(wrong.spots) for wrong in h.wrongs)
