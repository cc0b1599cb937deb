"""Which numbers of a derivation are wrong: autodiff decides, and rounding sets the tolerance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from microgradnn.check.compare import judged
from microgradnn.check.doctor.exact import Appeal
from microgradnn.check.doctor.problem import Point, Problem
from microgradnn.check.hand import rounding
from microgradnn.check.numeric import NONE
from microgradnn.check.readings import Reverse, by_reverse, usual_loss
from microgradnn.check.verdict import GOOD, Row

WITNESSES = 8  # points that are looked at exactly before a number is called right after all
CLEAR = 30.0  # times what rounding usually does


class Judgement(NamedTuple):
    """What is said of one number: the points at which it is wrong; and what is said of a kink, where one was met."""

    wrong: tuple[int, ...]
    kink: str
    far: bool  # wrong at extreme points alone


class Referee:
    """Judges numbers point by point, with the exact account of rounding kept where it is needed."""

    def __init__(self, problem: Problem, points: Sequence[Point]) -> None:
        self.problem, self.points = problem, points
        self.appeal = Appeal(problem)
        self._errors: dict[int, dict[int, float]] = {}
        self._spans: dict[int, Reverse] = {}

    def error(self, q: int, i: int) -> float:
        """A bound of the rounding in what by_hand gives for number i at point q."""
        point = self.points[q]
        if q not in self._errors:
            usual = lambda: usual_loss(*point.graph())
            self.problem.rate = point.rate
            given = {i: x * point.sign for i, x in point.hand.items()}
            self._errors[q] = rounding(self.problem.by_hand, point.arguments, given, usual)
        return self._errors[q][i] + point.noise * abs(point.arguments.numbers[i])

    def row(self, q: int, i: int) -> Row:
        """The exact verdict on number i at point q."""
        point = self.points[q]
        if q not in self._spans:
            self._spans[q] = by_reverse(*point.graph())
        auto, error = self._spans[q], self.error(q, i)
        return judged(point.arguments.names[i], point.hand[i], auto.gradient[i], auto.spans[i], error, NONE)

    def _kink(self, i: int) -> str:
        """What to say where number i is another choice at a kink, at the point given."""
        point = self.points[0]
        self.row(0, i)
        span, hand, spare = self._spans[0].spans[i], point.hand[i], point.loose(i) + 1e-15 * abs(point.hand[i])
        if not span.kinks or span.high - span.low <= spare or not span.low - spare <= hand <= span.high + spare:
            return ""
        return f"at a kink of {', '.join(span.kinks)}: any value in [{span.low:.6g}, {span.high:.6g}] is valid"

    def judge(self, i: int) -> Judgement:
        """The points at which number i is wrong beyond rounding and beyond any choice at a kink."""
        apart = [point.apart(i) for point in self.points]
        suspects = [q for q in sorted(range(len(apart)), key=lambda q: -apart[q]) if apart[q] > 1.0]
        if not suspects:
            return Judgement((), "", False)
        kink = self._kink(i) if apart[0] > 1.0 else ""
        witness = None
        usual = [q for q in suspects if not self.points[q].extreme]
        # of the clear cases first those at points that were worked out already
        usual.sort(key=lambda q: apart[q] <= CLEAR or q not in self.appeal.heard)
        for q in usual[:WITNESSES]:
            row = self.row(q, i)
            if row.verdict not in GOOD and not self.appeal.acquits(q, self.points[q], i):
                witness = q
                break
        if witness is None:
            far = any(self.row(q, i).verdict not in GOOD for q in suspects[:2] if self.points[q].extreme)
            return Judgement((), kink, far)
        wrong = [q for q in usual if apart[q] > CLEAR or q == witness]
        if 0 in wrong and (kink or self.row(0, i).verdict in GOOD):
            wrong.remove(0)
        return Judgement(tuple(sorted(wrong)), kink, False)
