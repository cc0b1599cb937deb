"""Explanations of wrong numbers, each confirmed at every point, those not used to find it included."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from microgradnn.check.doctor.bench import Bench, State, near
from microgradnn.check.doctor.fits import MARGIN, Fit, distinct, joined, known, simplest
from microgradnn.check.doctor.hypothesis import Hypothesis, adjoints, predicted
from microgradnn.check.doctor.pairing import Pairing
from microgradnn.check.doctor.parallel import Parallels
from microgradnn.check.doctor.problem import Point
from microgradnn.check.doctor.search import Number
from microgradnn.check.doctor.staleness import rates
from microgradnn.check.precision import precision

WORK = 6e6  # edges looked at in a search for combinations of mistakes, about a second or two
LESS = 3e6  # in a large graph, where all else takes its time, too
THOROUGH = 24  # numbers that are searched in any case, before a known explanation is enough
SEARCHES = 10  # numbers for which combinations may be searched in vain
INHERITED = 12  # explanations of other numbers to which one more mistake is added
FEW = 3  # of them with mistakes at parallel nodes on top
LARGE = 300  # nodes of a graph in which no more than two numbers of an argument are searched in vain
MUCH = 60  # states that must be left over for further numbers


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
        self.looked, self.left = 0, LESS if len(points[0].tape.data) > LARGE else WORK
        self.through = True  # whether all combinations were looked at that should be
        self.failures: list[str] = []  # the arguments for whose numbers combinations were searched in vain
        self._inherits: set[tuple[int, int, Hypothesis]] = set()
        self._pairing = Pairing(points)
        self._order = [q for q, point in enumerate(points) if not point.extreme]
        self._start: dict[tuple[int, Hypothesis], State] = {}
        self._parallels: dict[int, Parallels] = {}

    def fit(self, hypothesis: Hypothesis, i: int) -> Fit | None:
        """The hypothesis confirmed at all points; None where one of them speaks against it."""
        worst, tried, closely = 0.0, 0, precision.get().clear
        doubtful = 0
        swept = self._swept.setdefault(hypothesis.swept, {})
        for place, q in enumerate(self._order):
            point = self.points[q]
            if q not in swept:
                swept[q] = adjoints(point, hypothesis)
            said, hand = predicted(point, hypothesis, i, swept[q]), point.hand[i]
            size = max(abs(said), abs(hand), abs(point.auto(i)))
            apart = abs(said - hand)
            clear = apart <= closely * size
            if not apart <= closely * size + 100.0 * point.loose(i):
                doubtful += 1
                # by_hand's own formula may lose digits, as o*(1 - o) does for o near 1: it is asked
                sure = not apart < math.inf or 3 * doubtful > len(self.points)
                if sure or apart > 4.0 * self.error(q, i):
                    self._order.insert(0, self._order.pop(place))  # what speaks against one speaks against many
                    return None
            tried += 1
            if size > 0.0 and clear:
                worst = max(worst, apart / size)
        return Fit(hypothesis, tried, worst)

    def bench(self, a: int, b: int) -> Bench:
        """The bench of two points."""
        if (a, b) not in self._benches:
            pair = (self.points[a], self.points[b])
            self._benches[a, b] = Bench(pair, self.lines, self.names, self.lr)
        return self._benches[a, b]

    def explain(self, i: int, wrong: Sequence[int]) -> list[Fit]:
        """The simplest explanations of number i, the likeliest first; none where nothing fits."""
        others = [fit for h in self.accepted if (fit := self.fit(h, i)) is not None]
        if self.looked >= THOROUGH and any(len(fit.hypothesis.kinds) == 1 for fit in others):
            return simplest(others)
        if self.points[0].tape.leaf[i] is None:  # on this branch of the loss nothing flows to it
            return simplest(others)
        self.looked += 1
        bench = self.bench(*self._pairing.pair(wrong, i, self._benches))
        number = Number(bench, i)
        start = self._state(bench, Hypothesis())
        alone = [h for h, adjoint in bench.worked() if near(adjoint[number.leaf], number.hand[0])]
        found = self._confirmed([*number.explore(start), *alone], i)
        if not found and others:
            found = others
        if not found:
            found = self._neighbours(i)
        if not found:
            found = self._inherited(bench, number, i)
        if not found and self._worth(i):
            found = self._together(bench, number, i)
        if not found and self._worth(i):
            found = self._stale(bench, number, i)
        if not found and self._worth(i):
            found = self._combined(bench, number, i)
            if not found:
                self.failures.append(self._argument(i))
        found = simplest([*found, *others])
        for fit in found:
            self.accepted.setdefault(fit.hypothesis, i)
        return found

    def again(self, i: int, wrong: Sequence[int]) -> list[Fit]:
        """What is found for a number that was not explained, now that others are."""
        others = [fit for h in self.accepted if (fit := self.fit(h, i)) is not None]
        if self.points[0].tape.leaf[i] is None:
            return simplest(others)
        bench = self.bench(*self._pairing.pair(wrong, i, self._benches))
        found = simplest(others or self._inherited(bench, Number(bench, i), i))
        for fit in found:
            self.accepted.setdefault(fit.hypothesis, i)
        return found

    def _argument(self, i: int) -> str:
        return self.points[0].arguments.names[i].partition("[")[0]

    def _worth(self, i: int) -> bool:
        """Whether to search for combinations: what was not found for two numbers of an argument is not for a third."""
        few = 2 if len(self.points[0].tape.data) > LARGE else SEARCHES
        worth = self.left > 0 and len(self.failures) < SEARCHES and self.failures.count(self._argument(i)) < few
        self.through &= worth
        return worth

    def _inherited(self, bench: Bench, number: Number, i: int) -> list[Fit]:
        """One more mistake on top of those found in other numbers: learners make the same ones in all."""
        found: list[Fit] = []
        for h in known(self.accepted)[:INHERITED]:
            key = (id(bench), i, h)
            if key not in self._inherits and self.left > 0:
                self._inherits.add(key)
                self.left -= len(bench.pair[0].tape.data) * 30
                state = self._state(bench, h)
                found += self._confirmed(list(number.explore(state)), i)
        return found

    def revised(self, i: int, fits: Sequence[Fit]) -> list[Fit]:
        """The explanations of number i once those of all other numbers are known: what explains more is likelier."""
        also = [fit for h in self.accepted if h.sibling is None and (fit := self.fit(h, i)) is not None]
        found = simplest([fit for fit in (*fits, *also) if self._credible(fit.hypothesis, i)])
        if found and all(fit.hypothesis.sibling is not None for fit in found):
            # the cause of what is wrong with others is likelier than an exchange with one of them
            causes = [fit for fit in also if self.accepted[fit.hypothesis] != i and len(fit.hypothesis.kinds) < 3]
            found = [*simplest(causes), *found]
        return found

    def _credible(self, h: Hypothesis, i: int) -> bool:
        """Three mistakes at once are believed where a part of them is what is wrong with another number.

        A number that is the same everywhere was not derived: no two mistakes explain it.
        """
        if (h.parts > 1 or h.upstream) and len({point.hand[i] for point in self.points}) == 1 < len(self.points):
            return False
        return h.parts < 3 or any(g.parts < h.parts and g.within(h) for g in self.accepted)

    def _state(self, bench: Bench, hypothesis: Hypothesis) -> State:
        key = (id(bench), hypothesis)
        if key not in self._start:
            self._start[key] = bench.state(hypothesis)
        return self._start[key]

    def _neighbours(self, i: int) -> list[Fit]:
        """What explained another number, with numbers exchanged as there."""
        swapped = {h._replace(sibling=None): h for h in self.accepted if h.sibling is not None and len(h.kinds) > 1}
        others = [j for j in self.points[0].hand if j != i]
        return self._confirmed([h._replace(sibling=j) for h in swapped.values() for j in others], i)

    def _together(self, bench: Bench, number: Number, i: int) -> list[Fit]:
        """What was done wrong at parallel nodes, alone or on top of what is wrong in other numbers."""
        if id(bench) not in self._parallels:
            self._parallels[id(bench)] = Parallels(bench)
        parallels = self._parallels[id(bench)]
        for h in [Hypothesis(), *known(self.accepted)[:FEW]]:
            self.left -= parallels.size
            found = self._confirmed(list(parallels.explore(number, self._state(bench, h))), i)
            if found:
                return found
        return []

    def _stale(self, bench: Bench, number: Number, i: int) -> list[Fit]:
        """Values computed again after an update, at whatever learning rate."""
        if self.lr is not None or number.leaf < 0:
            return []
        wanted = [h.stale for h in bench.recomputed(1.0) if h.stale is not None]
        if len(bench.pair[0].tape.data) > LARGE:  # where each takes its time: every argument for itself, and all
            wanted = [stale for stale in wanted if len(stale.names) in (1, len(bench.names))]
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
        """Two mistakes, then three, as far as half of the work that is left allows."""
        each = len(bench.pair[0].tape.data) * 30
        starts = bench.starts()
        if len(starts) * each > self.left:  # single nodes in place of the loss are many, and rarely differentiated
            starts = [h for h in starts if len(h.seeds) != 1]
            self.through = False
        # slopes are what most goes wrong
        firsts = sorted(
            distinct(bench, starts), key=lambda h: (bool(h.wrongs and h.wrongs[0].how.way == "times"), h.cost)
        )
        self.left -= len(firsts) * each / 10
        end = self.left / 2 if self.left > MUCH * each else 0.0
        found: list[Fit] = []
        states = []
        for first in firsts:
            self.left -= each
            if self.left < end:
                self.through = False
                return found
            states.append(bench.state(first))
            found += self._confirmed([*number.explore(states[-1])], i)
        if found:
            return found
        for k, state in enumerate(states):
            for second in states[k + 1 :]:
                both = joined(state.hypothesis, second.hypothesis)
                if both is not None:
                    self.left -= 2 * each
                    if self.left < end:
                        self.through = False
                        return found
                    found += self._confirmed([*number.explore(bench.state(both), deep=False)], i)
        return found
