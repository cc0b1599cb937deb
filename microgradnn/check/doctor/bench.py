"""What can be broken at two points: roles, ways, intermediate results, parameters that may be stale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from typing import NamedTuple

from microgradnn.check.doctor.hypothesis import Hypothesis, Stale, Table, adjoints, edits, stale_edges
from microgradnn.check.doctor.mistakes import Mistake
from microgradnn.check.doctor.problem import Point
from microgradnn.check.doctor.relations import is_function, next_functions
from microgradnn.check.doctor.roles import Role, Spot, depths, roles
from microgradnn.check.doctor.softmax import diagonals
from microgradnn.check.doctor.wrongs import How, Wrong, partial, ways
from microgradnn.check.precision import DOUBLE, precision
from microgradnn.ops import Op

FEW_NAMES = 4  # arguments of which every group may have been updated first


def near(x: float, y: float, scale: float = 0.0) -> bool:
    """Whether two numbers are equal but for rounding, as far as a search needs: all points decide afterwards."""
    return abs(x - y) <= precision.get().near * max(abs(x), abs(y), scale)


def tidy(c: float) -> float:
    """A constant as the learner has it, where it is a simple fraction."""
    if abs(c) < 1e-8:
        return 0.0
    most = 1000 if precision.get() is DOUBLE else 50
    simple = float(Fraction(c).limit_denominator(most)) if abs(c) < 1e6 else c
    return simple if near(simple, c) else c


def simple(c: float) -> bool:
    """Whether a constant is one that people lose or put in: besides another mistake, any other explains too much."""
    return near(float(Fraction(c).limit_denominator(64)), c) and abs(c) < 1e6


def constant_kind(c: float) -> tuple[Mistake, float]:
    """What a constant factor on a whole gradient is called, and what it costs to assume it."""
    if c == -1.0:
        return Mistake.SIGN, 0.8
    return (Mistake.MISSING_PATH, 1.0) if c == 0.0 else (Mistake.FACTOR, 1.2)


def groups(names: Sequence[str]) -> list[tuple[str, ...]]:
    """Names that may go together: each alone, then all groups of few names; of many the neighbours in their order."""
    if len(names) <= FEW_NAMES:
        return [some for size in range(1, len(names) + 1) for some in combinations(names, size)]
    ends = range(len(names) + 1)
    runs = [tuple(names[a:b]) for a in ends for b in ends[a + 1 :] if a == 0 or b == len(names)]
    return [*((name,) for name in names), *(run for run in runs if len(run) > 1)]


def place_of(op: Op | None) -> str:
    """How a local derivative can be taken at another node: its slope there, or that node's number."""
    return "slope" if op is not None and (is_function(op) or op.name == "div") else "value"


class Option(NamedTuple):
    """A way to get a role wrong, with the partials it gives at the two points."""

    wrong: Wrong
    partials: tuple[list[float], list[float]]


class State(NamedTuple):
    """A hypothesis worked out at the two points."""

    hypothesis: Hypothesis
    adjoints: tuple[list[float], list[float]]
    tables: tuple[Table, Table]


class Bench:
    """Two points of one shape, with everything that can be broken there."""

    def __init__(self, pair: tuple[Point, Point], lines: Sequence[str], names: Sequence[str], lr: float | None) -> None:
        self.pair, self.lines, self.names, self.lr = pair, lines, names, lr
        tape = pair[0].tape
        self.roles = roles(tape, lines, singles=True)
        self.sets = [role for role in self.roles if not role.single]
        self._singles = {role.spots for role in self.roles if role.single}
        self.after = next_functions(tape)
        self.options = [option for role in self.roles if not role.mixed for option in self._options(role)]
        self.stale = [name for name in names if stale_edges(pair[0], (name,))]
        self.outputs = self._outputs()
        self.outputs_with: dict[int, list[int]] = {}  # for each node those that it is part of, by their places
        for k, nodes in enumerate(self.outputs):
            for n in nodes:
                self.outputs_with.setdefault(n, []).append(k)
        self._ordered: tuple[list[float], list[tuple[float, int]]] = ([], [])
        self._stale_at: dict[tuple[int, tuple[str, ...]], dict[int, list[tuple[int, float]]]] = {}
        self.at = self._index()
        self._slopes: dict[tuple[object, ...], list[tuple[float, int]]] = {}
        self._beside: dict[tuple[str, str, int], list[int]] | None = None
        self._worked: list[tuple[Hypothesis, list[float]]] | None = None

    def beside(self, n: int) -> list[int]:
        """The nodes of the same operation in the same line and layer, itself among them."""
        tape, own = self.pair[0].tape, depths(self.pair[0].tape)
        if self._beside is None:
            self._beside = {}
            for m, op in enumerate(tape.ops):
                if op is not None:
                    self._beside.setdefault((op.name, self.lines[m], own[m]), []).append(m)
        op = tape.ops[n]
        return self._beside.get((op.name if op else "", self.lines[n], own[n]), [])

    def _index(self) -> dict[Spot, tuple[list[int], list[tuple[int, float, float]]]]:
        """For every edge the roles and the options that it is part of, the options with its wrong partials."""
        found: dict[Spot, tuple[list[int], list[tuple[int, float, float]]]] = {}
        for r, role in enumerate(self.roles):
            for spot in role.spots:
                found.setdefault(spot, ([], []))[0].append(r)
        for o, option in enumerate(self.options):
            for spot, p, q in zip(option.wrong.spots, *option.partials, strict=True):
                found[spot][1].append((o, p, q))
        return found

    def worked(self) -> list[tuple[Hypothesis, list[float]]]:
        """What to break first, with the adjoints that gives at the first point."""
        if self._worked is None:
            self._worked = [(h, adjoints(self.pair[0], h)) for h in self.starts() if not h.seeds]
        return self._worked

    def elsewhere(self, n: int, pos: int) -> list[tuple[float, int]]:
        """The partial of an edge at the first point if it were taken at any other node: pairs in order."""
        tape = self.pair[0].tape
        op, e = tape.ops[n], tape.edges[n][pos]
        way = place_of(op)
        rest = tuple(x for k, x in enumerate(tape.floats(n)) if k != e.k) if way == "slope" else ()
        key = (way, op.name if op and way == "slope" else "", e.k if way == "slope" else 0, rest)
        if key not in self._slopes:
            how = How(way, Mistake.WRONG_POINT, 4.5)
            found = [(partial(tape, n, pos, how._replace(at=m), 0.0, self.after), m) for m in range(len(tape.data))]
            self._slopes[key] = sorted((x, m) for x, m in found if x is not None and x == x)
        return self._slopes[key]

    def _options(self, role: Role) -> Iterator[Option]:
        for how in ways(self.pair[0].tape, role):
            found: list[list[float]] = []
            for point in self.pair:
                tape = point.tape
                now = [partial(tape, n, pos, how, tape.edges[n][pos].partial, self.after) for n, pos in role.spots]
                if any(x is None or x != x for x in now):
                    break
                found.append([x for x in now if x is not None])
            if len(found) == 2 and not self._steady(role, found):
                yield Option(Wrong(how, role.spots), (found[0], found[1]))

    def _steady(self, role: Role, found: list[list[float]]) -> bool:
        """Whether right and wrong partials are the same at both points: then it is a constant factor."""
        right = [[p.tape.edges[n][pos].partial for n, pos in role.spots] for p in self.pair]
        return (
            found[0] == found[1]
            and right[0] == right[1]
            and not is_function(self.pair[0].tape.ops[role.spots[0][0]])
            and self.pair[0] is not self.pair[1]
        )

    def state(self, hypothesis: Hypothesis) -> State:
        """The hypothesis at both points."""
        a, b = self.pair
        return State(
            hypothesis,
            (adjoints(a, hypothesis), adjoints(b, hypothesis)),
            (edits(a, hypothesis.wrongs, hypothesis.stale), edits(b, hypothesis.wrongs, hypothesis.stale)),
        )

    def starts(self) -> list[Hypothesis]:
        """What to break first where one mistake does not explain all: sets of edges, in every fixed way."""
        a, b = self.pair[0].tape, self.pair[1].tape
        found = [Hypothesis((wrong.how.kind,), wrong.how.cost, (wrong,)) for wrong in diagonals(self.pair[0].tape)]
        usual = [option.wrong for option in self.options if not self._single(option.wrong)]
        found += [Hypothesis((wrong.how.kind,), wrong.how.cost, (wrong,)) for wrong in usual]
        for role in self.sets:
            for c, kind, cost in ((-1.0, Mistake.SIGN, 3.0), (0.0, Mistake.MISSING_PATH, 2.15)):
                wrong = Wrong(How("times", kind, cost, c=c), role.spots)
                found.append(Hypothesis((kind,), cost, (wrong,)))
        for seeds in self.outputs:
            if len(seeds) > 1 or near(a.adjoint[seeds[0]], b.adjoint[seeds[0]]) or len(self.beside(seeds[0])) > 1:
                continue
            found.append(Hypothesis((Mistake.OUTPUT_NOT_LOSS,), 2.0, seeds=seeds))
        if self.lr is not None:
            stale = [Stale(names, self.lr) for names in self.stale_sets()]
            found += [Hypothesis((Mistake.STALE_VALUES,), 2.5, stale=each) for each in stale]
            found += self.recomputed(self.lr)
        return found

    def recomputed(self, rate: float) -> list[Hypothesis]:
        """What was computed again with parameters that had moved: some of them, in the order of the updates."""
        sets = groups(self.names[:8])
        return [
            Hypothesis((Mistake.STALE_VALUES,), 2.6, stale=Stale(names, rate, way))
            for names in sets
            for way in ("all", "factors")
        ]

    def stale_sets(self) -> list[tuple[str, ...]]:
        """Parameters that may have moved too early: each, and all."""
        return groups(self.stale)

    def in_order(self, adjoints: list[float]) -> list[tuple[float, int]]:
        """Adjoints other than 0 with their nodes, by size; those of the last state are kept."""
        if self._ordered[0] is not adjoints:
            self._ordered = adjoints, sorted((x, m) for m, x in enumerate(adjoints) if x != 0.0)
        return self._ordered[1]

    def stale_at(self, q: int, names: tuple[str, ...]) -> dict[int, list[tuple[int, float]]]:
        """For products with these parameters at point q of the pair: edges, and how their partials move."""
        if (q, names) not in self._stale_at:
            found = self._stale_at[q, names] = {}
            for n, pos, moved in stale_edges(self.pair[q], names):
                found.setdefault(n, []).append((pos, moved))
        return self._stale_at[q, names]

    def _single(self, wrong: Wrong) -> bool:
        return wrong.spots in self._singles

    def _outputs(self) -> list[tuple[int, ...]]:
        """Nodes, and layers of nodes, that might be differentiated in place of the loss."""
        tape = self.pair[0].tape
        found: dict[tuple[int, ...], None] = {}
        for n in range(len(tape.data) - 1):
            if tape.ops[n] is not None:
                found[(n,)] = None
        for role in self.sets:
            nodes = tuple(sorted({n for n, _ in role.spots}))
            if len(nodes) > 1 and tape.root not in nodes:
                found[nodes] = None
        return list(found)
