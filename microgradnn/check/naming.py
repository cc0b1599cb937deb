"""What kind of mistake a single step holds, judged by the graph around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from microgradnn.check.arguments import Arguments
from microgradnn.check.doctor.hypothesis import Hypothesis, edits
from microgradnn.check.doctor.mistakes import Explanation, Mistake
from microgradnn.check.doctor.problem import Point
from microgradnn.check.doctor.roles import roles, uses
from microgradnn.check.doctor.tape import Tape
from microgradnn.check.doctor.telling import Teller
from microgradnn.check.doctor.wrongs import How, Wrong, ways
from microgradnn.check.marks import StepRow

WORK = 2_000_000  # edges looked at
LARGEST = 400  # nodes of a graph in which single edges are tried one by one
MARGIN = 1.3  # how much less likely an explanation may be than the likeliest and still be named
MOST = 3  # more explanations than this say nothing
FACTORS = {2.0: 1.8, 0.5: 1.8, 3.0: 2.6, 1 / 3: 2.6, 4.0: 2.6, 0.25: 2.6}  # what is lost or added by chance
SIGN = How("times", Mistake.SIGN, 2.4, c=-1.0)
LOST = How("times", Mistake.MISSING_PATH, 2.6, c=0.0)


class Case(NamedTuple):
    """A number by hand at one point: of which node, what was told before it, and how exact it is.

    The tape has the node for its only leaf; `told` are the adjoints by hand of nodes above.
    """

    tape: Tape
    told: dict[int, float]
    given: float
    tolerance: float

    @property
    def node(self) -> int:
        leaf = self.tape.leaf[0]
        return -1 if leaf is None else leaf

    def predicted(self, h: Hypothesis) -> float:
        """What the hypothesis makes of the number, going on from what was told."""
        if h.seeds:
            return self.tape.sweep(None, dict.fromkeys(h.seeds, 1.0))[self.node]
        return h.factor * self.tape.sweep(edits(self._point(), h.wrongs), None, self.told)[self.node]

    def fits(self, h: Hypothesis) -> bool:
        """Whether that is the number given."""
        said = self.predicted(h)
        return abs(said - self.given) <= 1e-10 * max(abs(said), abs(self.given)) + 4.0 * self.tolerance

    def _point(self) -> Point:
        return Point(_named("x"), [], self.tape, {}, False)


def with_name(row: StepRow, cases: Sequence[Case]) -> StepRow:
    """The row with its mistake by name, if something explains it at all points."""
    found = explained(row.where, cases)
    if not found:
        return row
    tried = f"it fits at {len(cases)} points" if len(cases) > 1 else "as far as one point can tell"
    told = "; or else: ".join(each.message for each in found)
    note = f"{row.note}; {told} ({tried})" if row.note else f"{told} ({tried})"
    return replace(row, note=note, mistakes=found[0].mistakes)


def explained(where: str, cases: Sequence[Case]) -> list[Explanation]:
    """The explanations of a wrong number that fit at all points, the likeliest first; none if too many do."""
    first = cases[0]
    if first.node < 0 or any(case.node < 0 or case.tape.shape != first.tape.shape for case in cases):
        return []
    found = [h for h in _hypotheses(first) if first.fits(h) and all(case.fits(h) for case in cases[1:])]
    if not found:
        return []
    found.sort(key=lambda h: h.cost)
    best: dict[tuple[Mistake, ...], Hypothesis] = {}
    for h in found:
        if h.cost <= found[0].cost + MARGIN:
            best.setdefault(h.kinds, h)
    if len(best) > MOST:
        return []
    teller = Teller(Point(_named(where), [], first.tape, {}, False), first.tape.lines)
    return [Explanation(kinds, teller.message(0, h, kinds)) for kinds, h in best.items()]


def _named(where: str) -> Arguments:
    arguments = Arguments({"x": 0.0})
    arguments.names = [where]
    return arguments


def _hypotheses(case: Case) -> Iterator[Hypothesis]:
    """What might have happened on the way from what was told to the node."""
    tape, node = case.tape, case.node
    right = case.predicted(Hypothesis())
    if right and case.given:
        yield Hypothesis((Mistake.SIGN,), 0.8, factor=-1.0)
        for c, cost in FACTORS.items():
            yield Hypothesis((Mistake.FACTOR,), cost, factor=c)
            yield Hypothesis((Mistake.FACTOR, Mistake.SIGN), cost + 1.0, factor=-c)
    tangent = tape.tangent(node)
    above = [n for n, t in enumerate(tangent) if t != 0.0 and n not in (node, tape.root)]
    for n in above:
        yield Hypothesis((Mistake.OUTPUT_NOT_LOSS,), 2.0, seeds=(n,))
    several = {spot for spots in uses(tape) if len(spots) > 1 for spot in spots}
    left = WORK
    for role in roles(tape, tape.lines, len(tape.data) <= LARGEST):
        spots = tuple((n, pos) for n, pos in role.spots if tangent[tape.edges[n][pos].to] != 0.0)
        if not spots:
            continue
        hows = [] if role.mixed else [*ways(tape, role), SIGN]
        hows += [LOST] if all(spot in several for spot in spots) else []
        for how in hows:
            left -= len(tape.data)
            if left < 0:
                return
            yield Hypothesis((how.kind,), how.cost + 0.2 * role.single, (Wrong(how, role.spots),))
