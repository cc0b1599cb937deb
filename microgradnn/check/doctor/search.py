"""The search for what went wrong: at two points, where one more mistake would account for what is left."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator

from microgradnn.check.doctor.bench import Bench, State, constant_kind, near, place_of, simple, tidy
from microgradnn.check.doctor.hypothesis import Hypothesis, Stale
from microgradnn.check.doctor.mistakes import Mistake
from microgradnn.check.doctor.outputs import outputs
from microgradnn.check.doctor.roles import Spot
from microgradnn.check.doctor.wrongs import How, Wrong, constant_part, partial
from microgradnn.check.precision import precision

PLAIN = ("add", "sum", "mul", "dot")
FIXED = ("add", "sub", "neg", "sum", "alias", "where", "logsumexp")  # slopes that are taken nowhere

SLOPES = frozenset([Mistake.MISSING_LOCAL_DERIVATIVE, Mistake.WRONG_POINT])

Active = tuple[Spot, tuple[float, float], tuple[float, float]]  # an edge, and what meets there at each point


class Number:
    """One wrong number at the two points, and every single mistake that would account for it."""

    def __init__(self, bench: Bench, i: int) -> None:
        self.bench, self.i = bench, i
        leaf = bench.pair[0].tape.leaf[i]
        self.leaf = -1 if leaf is None else leaf
        self.hand = (bench.pair[0].hand[i], bench.pair[1].hand[i])
        self.above = bench.pair[0].tape.above(self.leaf)

    def explore(self, state: State, deep: bool = True) -> Iterator[Hypothesis]:
        """Hypotheses that add one mistake to those of the state and give the numbers by hand at both points."""
        base = state.hypothesis
        got = (state.adjoints[0][self.leaf], state.adjoints[1][self.leaf])
        if base.kinds and all(map(near, self.hand, got)):
            yield base
            return
        yield from self._constants(base, got)
        a, b = self.bench.pair
        t = (a.tape.tangent(self.leaf, state.tables[0]), b.tape.tangent(self.leaf, state.tables[1]))
        delta = (self.hand[0] - got[0], self.hand[1] - got[1])
        yield from self._siblings(state)
        active = list(self._active(state, t))
        yield from self._edges(state, active, delta, got)
        if deep:
            yield from self._stale(state, t, delta)
        if not base.seeds:
            yield from outputs(self.bench, state, self.above, t, (self.hand, got))
        cut = any(wrong.how.way == "times" and wrong.how.c == 0.0 for wrong in base.wrongs)
        if deep and not base.upstream and not cut:  # any node in place of another, besides a lost path, fits too much
            yield from self._upstream(state, t, delta)
            yield from self._points(state, active, delta)

    def _constants(self, base: Hypothesis, got: tuple[float, float]) -> Iterator[Hypothesis]:
        if self.hand == (0.0, 0.0):
            yield base.and_also(Mistake.MISSING_PATH, 1.0, factor=0.0)
        elif got[0] and got[1] and near(self.hand[0] / got[0], self.hand[1] / got[1]):
            c = tidy(self.hand[0] / got[0])
            if not base.kinds or simple(c):
                yield base.and_also(*constant_kind(c), factor=c)

    def _siblings(self, state: State) -> Iterator[Hypothesis]:
        a = self.bench.pair[0]
        argument = a.arguments.names[self.i].partition("[")[0]
        for j in a.hand:
            leaf = a.tape.leaf[j]
            if leaf is not None and j != self.i:
                got = (state.adjoints[0][leaf], state.adjoints[1][leaf])
                if got[0] and near(self.hand[0], got[0]) and near(self.hand[1], got[1]):
                    near_by = argument == a.arguments.names[j].partition("[")[0]
                    cost = 2.6 if self._moved_on(state) else 3.5 if near_by else 4.2
                    yield state.hypothesis.and_also(Mistake.SWAPPED, cost, sibling=j)

    def _moved_on(self, state: State) -> bool:
        """Whether the number's own gradient was given to another one: then they changed places."""
        a, b = self.bench.pair
        own = (state.adjoints[0][self.leaf], state.adjoints[1][self.leaf])
        return any(j != self.i and near(a.hand[j], own[0]) and near(b.hand[j], own[1]) for j in a.hand)

    def _edges(
        self, state: State, active: list[Active], delta: tuple[float, float], got: tuple[float, float]
    ) -> Iterator[Hypothesis]:
        base, size = state.hypothesis, [max(abs(h), abs(g)) for h, g in zip(self.hand, got, strict=True)]
        taken = {spot for wrong in base.wrongs for spot in wrong.spots}
        flows: dict[int, list[float]] = {}
        changes: dict[int, list[float]] = {}
        for spot, (x, p), (y, r) in active:
            of_roles, of_options = self.bench.at.get(spot, ([], []))
            for k in of_roles:
                flow = flows.setdefault(k, [0.0, 0.0])
                flow[0] += x * p
                flow[1] += y * r
            e, f = (point.tape.edges[spot[0]][spot[1]].partial for point in self.bench.pair)
            for o, u, v in of_options:
                change = changes.setdefault(o, [0.0, 0.0])
                change[0] += (u - e) * x
                change[1] += (v - f) * y
        for k, flow in sorted(flows.items()):
            c = _share(flow, delta)
            spots = self.bench.roles[k].spots
            if c is not None and (simple(c) or not base.kinds) and not taken.intersection(spots):
                kind, _ = constant_kind(c)
                how = How("times", kind, self._cost_of(c, spots), c=c)
                yield base.and_also(kind, how.cost, wrongs=(*base.wrongs, Wrong(how, spots)))
        for o, change in sorted(changes.items()):
            fits = near(change[0], delta[0], size[0]) and near(change[1], delta[1], size[1])
            # a change that is no change explains no difference
            if fits and all(c != 0.0 or d == 0.0 for c, d in zip(change, delta, strict=True)):
                wrong = self.bench.options[o].wrong
                if not taken.intersection(wrong.spots):
                    yield base.and_also(wrong.how.kind, wrong.how.cost, wrongs=(*base.wrongs, wrong))

    def _cost_of(self, c: float, spots: tuple[Spot, ...]) -> float:
        """What it costs to assume a constant at these edges: less where it is one of the loss itself, lost."""
        tape, (n, pos) = self.bench.pair[0].tape, spots[0]
        part, op = constant_part(tape, n, pos), tape.ops[n]
        if c == 0.0:
            return 2.15
        if part is not None and near(part * c, 1.0):
            return 3.0
        return 3.2 if c == -1.0 and op is not None and op.name in PLAIN else 3.1  # there no sign is mistaken

    def _active(self, state: State, t: tuple[list[float], list[float]]) -> Iterator[Active]:
        """The edges on the paths from the number to the loss: what meets there at both points, and the partials."""
        rows, others = (point.tape.plain for point in self.bench.pair)
        edited, again = state.tables
        first, second = t
        adjoints, beside = state.adjoints
        for n in self.above:
            up, over = adjoints[n], beside[n]
            if up == 0.0 == over:
                continue
            a, b = edited.get(n, rows[n]), again.get(n, others[n])
            for pos, (to, p) in enumerate(a):
                x, y = up * first[to], over * second[to]
                if x != 0.0 or y != 0.0:
                    yield (n, pos), (x, p), (y, b[pos][1])

    def _stale(
        self, state: State, t: tuple[list[float], list[float]], delta: tuple[float, float]
    ) -> Iterator[Hypothesis]:
        base = state.hypothesis
        # where the rate may be chosen, it fits too much with most other mistakes
        if base.stale is not None or (self.bench.lr is None and not SLOPES.issuperset(base.kinds)):
            return
        for names in self.bench.stale_sets():
            rates = []
            for q, point in enumerate(self.bench.pair):
                flow, edges, adjoints, slopes, rate = 0.0, point.tape.edges, state.adjoints[q], t[q], point.rate
                stale = self.bench.stale_at(q, names)
                for n in self.above:
                    for pos, moved in stale.get(n, ()):
                        flow += adjoints[n] * moved * slopes[edges[n][pos].to] * rate
                rates.append(delta[q] / flow if flow else math.nan)
            if near(rates[0], rates[1]) and 0.0 < rates[0] < 1e3:
                yield base.and_also(Mistake.STALE_VALUES, 2.7, stale=Stale(names, tidy(rates[0])))

    def _upstream(
        self, state: State, t: tuple[list[float], list[float]], delta: tuple[float, float]
    ) -> Iterator[Hypothesis]:
        first = self.bench.in_order(state.adjoints[0])
        tape = self.bench.pair[0].tape
        for n in self.above:
            if t[0][n] == 0.0 or t[1][n] == 0.0 or n == tape.root:
                continue
            wanted = [state.adjoints[q][n] + delta[q] / t[q][n] for q in (0, 1)]
            for m in _around(first, wanted[0]):
                if m != n and near(state.adjoints[1][m], wanted[1]) and tape.ops[m] is not None:
                    yield state.hypothesis.and_also(Mistake.WRONG_UPSTREAM, 4.0, upstream=((n, m),))

    def _points(self, state: State, active: list[Active], delta: tuple[float, float]) -> Iterator[Hypothesis]:
        """A slope taken at any other node, or another node's number where an operand's belongs."""
        base, a = state.hypothesis, self.bench.pair[0].tape
        taken = {spot for wrong in base.wrongs for spot in wrong.spots}
        for (n, pos), (x, _), (y, _) in active:
            op = a.ops[n]
            if op is None or op.name in FIXED or not x or not y or (n, pos) in taken:
                continue
            e, f = (point.tape.edges[n][pos] for point in self.bench.pair)
            wanted = [e.partial + delta[0] / x, f.partial + delta[1] / y]
            for m in _around(self.bench.elsewhere(n, pos), wanted[0]):
                how = How(place_of(op), Mistake.WRONG_POINT, 4.5, at=m)
                if m != e.to and self._is(how, n, pos, wanted):
                    yield base.and_also(how.kind, how.cost, wrongs=(*base.wrongs, Wrong(how, ((n, pos),))))

    def _is(self, how: How, n: int, pos: int, wanted: list[float]) -> bool:
        for q in (0, 1):
            found = partial(self.bench.pair[q].tape, n, pos, how, 0.0, self.bench.after)
            if found is None or not near(found, wanted[q]):
                return False
        return True


def _share(flow: list[float], delta: tuple[float, float]) -> float | None:
    """The constant by which partials would have to be multiplied, the same at both points."""
    if not flow[0] or not flow[1]:
        return None
    c, d = 1.0 + delta[0] / flow[0], 1.0 + delta[1] / flow[1]
    # near 0 what counts is the size of the terms
    return tidy(c) if near(c, d, 1.0) and abs(c) < 1e6 else None


def _around(pairs: list[tuple[float, int]], x: float) -> Iterator[int]:
    if not math.isfinite(x):
        return
    reach = precision.get().near * abs(x)
    k = bisect_left(pairs, (x - reach, -1))
    while k < len(pairs) and pairs[k][0] <= x + reach:
        yield pairs[k][1]
        k += 1
