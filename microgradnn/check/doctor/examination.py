"""What explains the wrong numbers of a derivation: a finding for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from microgradnn.check.doctor.access import accesses, primitives
from microgradnn.check.doctor.clinic import Clinic
from microgradnn.check.doctor.counting import Counter
from microgradnn.check.doctor.fits import Fit
from microgradnn.check.doctor.mistakes import Explanation, Finding, Mistake
from microgradnn.check.doctor.moving import Move, wrong_move
from microgradnn.check.doctor.ones import power_of_one
from microgradnn.check.doctor.referee import Judgement, Referee
from microgradnn.check.doctor.suggestion import Author
from microgradnn.check.doctor.telling import RULED_OUT, Teller
from microgradnn.check.doctor.writing import MINUS, ONE, Text, named, plus, times

ENOUGH = 3  # points for a name: two to find what explains a number, and at least one that was not used to find it

FEW_POINTS = (
    "It takes two to find an explanation and others to confirm it: give more points=, or a sample= that varies."
)

LR = Text("lr", r"\eta")
SLIGHT = 1e-3  # what a number may be off, of its size, to be called nearly right


class Examination:
    """Explains wrong numbers, those of one shape of the graph together."""

    def __init__(self, referee: Referee, wrong: Mapping[int, Judgement], lr: float | None) -> None:
        self.referee, self.wrong = referee, wrong
        self.points = points = referee.points
        self.start = points[0]
        self.lr = lr
        problem, given = referee.problem, points[0].arguments
        codes = accesses(given.named, problem.model)
        self.words, self.by_rate = problem.words, problem.by_rate
        self.codes = [codes[k] for k in given.places]
        self.author = Author(points[0].tape, self.codes, primitives(problem.loss))
        self.counter = Counter(referee.problem, points[0])
        self.clinics: dict[int, tuple[Clinic, list[int], Teller]] = {}
        self.moves: dict[int, Move] = {}
        self.right_at_start = not any(0 in j.wrong for j in wrong.values())

    def findings(self) -> list[Finding]:
        """A finding for each wrong number."""
        self.moves = {i: move for i in self.wrong if (move := wrong_move(self.points, i, self.referee.error))}
        first = {i: self._explained(i) for i in self.wrong}
        known = -1
        while known != (known := sum(len(clinic.accepted) for clinic, _, _ in self.clinics.values())):
            for i, (clinic, fits, teller) in first.items():
                if not fits and i not in self.moves and self._enough(i):
                    first[i] = clinic, clinic.again(i, self._places(i)), teller
        revised = {
            i: (clinic.revised(i, fits) if self._enough(i) and i not in self.moves else [], teller)
            for i, (clinic, fits, teller) in first.items()
        }
        return [self._finding(i, *found) for i, found in revised.items()]

    def _clinic(self, shape: int) -> tuple[Clinic, list[int], Teller]:
        if shape not in self.clinics:
            places = [q for q, point in enumerate(self.points) if point.shape == shape]
            lines = self.points[places[0]].tape.lines
            names = list(dict.fromkeys(self._argument(i) for i in self.start.hand))
            error: Callable[[int, int], float] = lambda k, i: self.referee.error(places[k], i)
            clinic = Clinic([self.points[q] for q in places], lines, names, self.lr, error)
            self.clinics[shape] = clinic, places, Teller(self.points[places[0]], lines)
        return self.clinics[shape]

    def _argument(self, i: int) -> str:
        return self.start.arguments.names[i].partition("[")[0]

    def _shape(self, i: int) -> int:
        """The shape of the graph at most of the points where number i is wrong."""
        shapes: dict[int, int] = {}
        for q in self.wrong[i].wrong:
            shapes[self.points[q].shape] = shapes.get(self.points[q].shape, 0) + 1
        return max(shapes, key=lambda s: (shapes[s], s == self.start.shape))

    def _places(self, i: int) -> list[int]:
        """The points of that shape at which number i is wrong, by their places in the clinic."""
        places = self._clinic(self._shape(i))[1]
        return [k for k, q in enumerate(places) if q in self.wrong[i].wrong]

    def _explained(self, i: int) -> tuple[Clinic, list[Fit], Teller]:
        clinic, _, teller = self._clinic(self._shape(i))
        known = i in self.moves or not self._enough(i)
        return clinic, [] if known else clinic.explain(i, self._places(i)), teller

    def _enough(self, i: int) -> bool:
        """Whether there are points enough to find an explanation, and others to confirm it."""
        return len([q for q in self._clinic(self._shape(i))[1] if not self.points[q].extreme]) >= ENOUGH

    def _finding(self, i: int, fits: list[Fit], teller: Teller) -> Finding:
        where, wrong = self.start.arguments.names[i], self.wrong[i].wrong
        witness = wrong[0]
        point = self.points[witness]
        usual = [q for q, each in enumerate(self.points) if not each.extreme]
        right = len([q for q in usual if q not in wrong])
        evidence: dict[str, Any] = {
            "points": len(usual),
            "right": right,
            "by_hand": point.hand[i],
            "right_gradient": point.auto(i),
            "at": dict(zip(point.arguments.names, point.arguments.numbers, strict=True)),
        }
        lucky = 0 not in wrong
        move = self.moves.get(i)
        right_one = self._right(i)
        if move is not None:
            told = move.told + self._tail(right, len(usual), move.tried, move.residual)
            evidence |= {"explained": move.tried, "residual": move.residual}
            return Finding(where, move.mistakes, told, evidence, right_one.code, right_one.tex)
        if lucky and self._enough(i) and min((len(fit.hypothesis.kinds) for fit in fits), default=2) > 1:
            power = power_of_one(self.points, i, self.referee.error)
            if power is not None:  # which is simpler than two mistakes that come to the same
                lost: tuple[Mistake, ...] = (Mistake.COINCIDENCE, Mistake.MISSING_LOCAL_DERIVATIVE)
                told = f"{self.words.of}{where} is {self.words.right} {power.told()}"
                told = f"right at the point given, but only by coincidence: {told}"
                told += self._tail(right, len(usual), power.tried, power.residual)
                evidence |= {"explained": power.tried, "residual": power.residual}
                return Finding(where, lost, told, evidence, right_one.code, right_one.tex)
        if not fits:
            kinds: tuple[Mistake, ...] = (Mistake.COINCIDENCE,) if lucky and self.right_at_start else (Mistake.UNKNOWN,)
            told = f"{self.words.of}{where} is wrong on {len(wrong)} of {len(usual)} points{self._far(i)}"
            if lucky:
                told = f"right at the point given, but only by coincidence: {told}"
            if len({self.points[q].hand[i] for q in usual}) == 1 < len(usual) and not self.by_rate:
                told += f", on all of which by_hand gives {point.hand[i]:.6g}"
            message = f"{told}, and nothing that is known explains it. Ruled out: {RULED_OUT}{self._pairs()}."
            if not self._enough(i):
                message = f"{told}: these are too few points to tell why. {FEW_POINTS}"
            return Finding(
                where, kinds, message, {**evidence, "explained": 0, "residual": None}, right_one.code, right_one.tex
            )
        named = [(kinds, fit) for fit in fits for kinds in self._kinds(fit, i)]
        kinds = named[0][0]
        tail = self._tail(right, len(usual), fits[0].tried, fits[0].residual)
        message = teller.message(i, fits[0].hypothesis, kinds) + tail
        if lucky:
            kinds = (Mistake.COINCIDENCE, *kinds) if self.right_at_start else (*kinds, Mistake.COINCIDENCE)
            message = f"right at the point given, but only by coincidence: {message}"
        others = tuple(Explanation(other, teller.message(i, fit.hypothesis, other)) for other, fit in named[1:5])
        evidence |= {"explained": fits[0].tried, "residual": fits[0].residual}
        return Finding(where, kinds, message, evidence, right_one.code, right_one.tex, others)

    def _right(self, i: int) -> Text:
        """What would be right."""
        leaf = self.start.tape.leaf[i]
        return self.author.gradient(leaf, self._step(i) if self.by_rate else None)

    def _step(self, i: int) -> Callable[[Text], Text]:
        """A step of number i down its gradient, or up where the step goes up the loss."""
        number, way = named(self.codes[i]), ONE if self.start.sign < 0.0 else MINUS
        return lambda gradient: plus([number, times([way, LR, gradient])])

    def _kinds(self, fit: Fit, i: int) -> list[tuple[Mistake, ...]]:
        """The kinds of mistake, once constants are told apart."""
        h = fit.hypothesis
        if h.factor not in (0.0, 1.0):
            whole = not (h.wrongs or h.seeds or h.upstream or h.stale) and h.sibling is None
            rest = h.kinds[:-1]
            return [(*rest, *kinds) for kinds in self.counter.kinds(h.factor, i, whole)]
        last = h.wrongs[-1].how if h.wrongs else None
        if last is not None and last.way == "times" and last.c not in (-1.0, 0.0) and h.kinds[-1] is Mistake.FACTOR:
            return [(*h.kinds[:-1], *kinds) for kinds in self.counter.kinds(last.c, i, False)]
        return [h.kinds]

    def _far(self, i: int) -> str:
        """How far a number is off where that is little: constants with too few digits, or finite differences."""
        pairs = [(self.points[q].hand[i], self.points[q].auto(i)) for q in self.wrong[i].wrong]
        shares = sorted(abs(hand - auto) / max(abs(hand), abs(auto)) for hand, auto in pairs)
        usual = shares[len(shares) // 2]
        if usual > SLIGHT:
            return ""
        return f", by about {usual:.0e} of its size, as rounded constants, a small epsilon or finite differences are"

    def _pairs(self) -> str:
        """What is ruled out of combinations: the search for them is bounded."""
        through = all(clinic.through for clinic, _, _ in self.clinics.values())
        return ", and pairs of these" if through else "; of pairs of these, only a part was tried"

    @staticmethod
    def _tail(right: int, of: int, tried: int, residual: float) -> str:
        closely = f"{max(residual, 1e-16):.0e}".replace("e-0", "e-")
        return f". Right on {right} of {of} points, explained to {closely} on {tried} of {tried}."
