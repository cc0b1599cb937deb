"""Explanations of wrong numbers, each confirmed at every point, those not used to find it included."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from microgradnn.check.doctor.bench import Bench, State, near
from microgradnn.check.doctor.hypothesis import Hypothesis, adjoints, predicted
from microgradnn.check.doctor.problem import Point
from microgradnn.check.doctor.search import Number
from microgradnn.check.doctor.staleness import rates
from microgradnn.check.precision import precision

WORK = 6e6  # edges looked at in a search for combinations of mistakes, about a second or two
THOROUGH = 24  # numbers that are searched in any case, before a known explanation is enough
MARGIN = 1.3  # how much less likely an alternative may be and still be named
SEARCHES = 10  # numbers for which combinations are searched


class Fit(NamedTuple):
    """A hypothesis with the evidence: at how many points it was tried, and the worst relative residual."""

    hypothesis: Hypothesis
    tried: int
    residual: float


class Clinic:
    """The points of one shape, and all hypotheses that were worked out there."""

    def __init__(
        self,
        points: Sequence[Point],
        lines: Sequence[str],
        names: Sequence[str],
        lr: float | None,
        error: Callable[[int, int], float],
    ) -> None:
        self.points, self.lines, self.names, self.lr, self.error = points, lines, names, lr, error
        self._benches: dict[tuple[int, int], Bench] = {}
        self._swept: dict[Hypothesis, dict[int, list[float]]] = {}
        self.accepted: dict[Hypothesis, int] = {}
        self.explained: dict[Hypothesis, set[int]] = {}
        self.searches, self.looked, self.left = 0, 0, WORK
        self._alive = [_alive(point) for point in points]
        self._start: dict[int, State] = {}

    def fit(self, hypothesis: Hypothesis, i: int) -> Fit | None:
        """The hypothesis confirmed at all points; None where one of them speaks against it."""
        worst, tried, closely = 0.0, 0, precision.get().clear
        doubtful: list[tuple[int, float]] = []
        swept = self._swept.setdefault(hypothesis.swept, {})
        for q, point in enumerate(self.points):
            if point.extreme:
                continue
            if q not in swept:
                swept[q] = adjoints(point, hypothesis)
            said, hand = predicted(point, hypothesis, i, swept[q]), point.hand[i]
            size = max(abs(said), abs(hand), abs(point.auto(i)))
            apart = abs(said - hand)
            clear = apart <= closely * size
            if not apart <= closely * size + 100.0 * point.loose(i):
                doubtful.append((q, apart))
                if not apart < math.inf or 3 * len(doubtful) > len(self.points):
                    return None
            tried += 1
            if size > 0.0 and clear:
                worst = max(worst, apart / size)
        # by_hand's own formula may lose digits, as o*(1 - o) does for o near 1: it is asked
        if any(apart > 4.0 * self.error(q, i) for q, apart in doubtful):
            return None
        return Fit(hypothesis, tried, worst)

    def bench(self, a: int, b: int) -> Bench:
        """The bench of two points."""
        if (a, b) not in self._benches:
            pair = (self.points[a], self.points[b])
            self._benches[a, b] = Bench(pair, self.lines, self.names, self.lr)
        return self._benches[a, b]

    def explain(self, i: int, wrong: Sequence[int]) -> list[Fit]:
        """The simplest explanations of number i, the likeliest first; none where nothing fits."""
        known = [fit for h in self.accepted if (fit := self.fit(h, i)) is not None]
        if self.looked >= THOROUGH and any(len(fit.hypothesis.kinds) == 1 for fit in known):
            return _simplest(known)
        if self.points[0].tape.leaf[i] is None:  # on this branch of the loss nothing flows to it
            return _simplest(known)
        self.looked += 1
        bench = self.bench(*self._pair(wrong))
        number = Number(bench, i)
        start = self._start.setdefault(id(bench), bench.state(Hypothesis()))
        alone = [h for h, adjoint in bench.worked() if near(adjoint[number.leaf], number.hand[0])]
        found = self._confirmed([*number.explore(start), *alone], i)
        if not found and known:
            found = known
        if not found:
            found = self._neighbours(i)
        if not found and self.searches < SEARCHES and self.left > 0:
            found = self._stale(bench, number, i)
        if not found and self.searches < SEARCHES and self.left > 0:
            self.searches += 1
            found = self._combined(bench, number, i)
        found = _simplest([*found, *known])
        for fit in found:
            self.accepted.setdefault(fit.hypothesis, i)
        return found

    def revised(self, i: int, fits: Sequence[Fit]) -> list[Fit]:
        """The explanations of number i once those of all other numbers are known: what explains more is likelier."""
        also = [fit for h in self.accepted if h.sibling is None and (fit := self.fit(h, i)) is not None]
        found = _simplest([*fits, *also])
        for fit in found:
            self.explained.setdefault(fit.hypothesis, set()).add(i)
        return found

    def _pair(self, wrong: Sequence[int]) -> tuple[int, int]:
        """Two points at which a number is clearly wrong, and everything flows; the same as before where they do."""
        for a, b in self._benches:
            if a in wrong and b in wrong:
                return (a, b)
        by_life: Callable[[int], tuple[int, int]] = lambda q: (-self._alive[q], q)
        # Where it is wrong at one point alone, the other point is one at which it is right.
        rest = [q for q in range(len(self.points)) if q not in wrong]
        chosen = [*sorted(wrong, key=by_life), *sorted(rest, key=by_life)][:2]
        return (min(chosen), max(chosen))

    def _neighbours(self, i: int) -> list[Fit]:
        """What explained another number, with numbers exchanged as there."""
        swapped = {h._replace(sibling=None): h for h in self.accepted if h.sibling is not None and len(h.kinds) > 1}
        others = [j for j in self.points[0].hand if j != i]
        return self._confirmed([h._replace(sibling=j) for h in swapped.values() for j in others], i)

    def _stale(self, bench: Bench, number: Number, i: int) -> list[Fit]:
        """Values computed again after an update, at whatever learning rate."""
        if self.lr is not None or number.leaf < 0:
            return []
        wanted = [h.stale for h in bench.recomputed(1.0) if h.stale is not None]
        return self._confirmed([h for s in wanted for h in rates(number, s.names, s.way)], i)

    def _confirmed(self, hypotheses: Sequence[Hypothesis], i: int) -> list[Fit]:
        found: list[Fit] = []
        least = math.inf
        for h in sorted(dict.fromkeys(hypotheses), key=lambda h: (len(h.kinds), h.cost)):
            if found and (len(h.kinds) > len(found[0].hypothesis.kinds) or h.cost > least + MARGIN):
                break
            fit = self.fit(h, i)
            if fit is not None:
                found.append(fit)
                least = min(least, h.cost)
        return found

    def _combined(self, bench: Bench, number: Number, i: int) -> list[Fit]:
        """Two mistakes, then three, as far as the work allows."""
        firsts = _distinct(bench, bench.starts())
        each = len(bench.pair[0].tape.data) * 30
        self.left -= len(firsts) * each
        found: list[Fit] = []
        states = [bench.state(h) for h in firsts]
        for state in states:
            self.left -= each
            if self.left < 0:
                return found
            found += self._confirmed([*number.explore(state)], i)
        if found:
            return found
        for k, first in enumerate(states):
            for second in states[k + 1 :]:
                both = _joined(first.hypothesis, second.hypothesis)
                if both is not None:
                    self.left -= 2 * each
                    if self.left < 0:
                        return found
                    found += self._confirmed([*number.explore(bench.state(both), deep=False)], i)
        return found


def _joined(a: Hypothesis, b: Hypothesis) -> Hypothesis | None:
    if (a.seeds and b.seeds) or (a.stale and b.stale):
        return None
    mine = {spot for wrong in a.wrongs for spot in wrong.spots}
    if any(spot in mine for wrong in b.wrongs for spot in wrong.spots):
        return None
    return Hypothesis(
        a.kinds + b.kinds, a.cost + b.cost, a.wrongs + b.wrongs, a.seeds or b.seeds, stale=a.stale or b.stale
    )


def _distinct(bench: Bench, hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
    """One hypothesis of those that give the same adjoints at the first point, the cheapest."""
    seen: dict[tuple[float, ...], Hypothesis] = {}
    for h in sorted(hypotheses, key=lambda h: h.cost):
        found = adjoints(bench.pair[0], h)
        seen.setdefault(tuple(float(f"{x:.9e}") for x in found), h)
    return list(seen.values())


def _alive(point: Point) -> int:
    """How much flows at the point: the edges that pass something on, and saturated ones left out."""
    tape = point.tape
    count = 0
    for edges in tape.edges:
        for e in edges:
            count += 1e-6 < abs(e.partial) < 1e6
    return count


def _simplest(fits: Sequence[Fit]) -> list[Fit]:
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
