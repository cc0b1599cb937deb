"""What is wrong with this derivation? The mistakes by name, with evidence."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

from microgradnn.check.arguments import Arguments, Function, arguments, defaults, require_callable
from microgradnn.check.doctor.access import accesses, primitives
from microgradnn.check.doctor.clinic import Clinic
from microgradnn.check.doctor.counting import Counter
from microgradnn.check.doctor.excuses import excused
from microgradnn.check.doctor.fits import Fit
from microgradnn.check.doctor.labelled import drawn_as_labels
from microgradnn.check.doctor.mistakes import Diagnosis, Explanation, Finding, Mistake
from microgradnn.check.doctor.ones import power_of_one
from microgradnn.check.doctor.points import sample_of, sampled
from microgradnn.check.doctor.problem import Point, Problem
from microgradnn.check.doctor.referee import Judgement, Referee
from microgradnn.check.doctor.suggestion import Author
from microgradnn.check.doctor.telling import RULED_OUT, Teller
from microgradnn.check.precision import SINGLE, held_to
from microgradnn.check.single import SAID
from microgradnn.errors import SettingError


def diagnose(
    loss: Function,
    by_hand: Function,
    at: Mapping[str, Any] | None = None,
    *,
    sample: Callable[[random.Random], Mapping[str, Any]] | None = None,
    model: Any = None,
    points: int = 32,
    seed: int = 0,
) -> Diagnosis:
    """Name the mistakes in a gradient derived by hand, number by number.

    `loss(**at)` is written with Values; `by_hand(**at)` gets plain numbers and returns {name: gradient}, nested
    like the arguments, for any of the names. `at` gives the nesting and a point to start from (without it, the
    defaults of the loss's arguments); further points are drawn around it and away from it, or by the user's own
    `sample(rng)`. With a `model` the loss is `loss(model, **at)` and gradients go by the parameters' names;
    by_hand may take the model first, too.
    """
    require_callable(loss, "loss")
    require_callable(by_hand, "by_hand")
    tried(points)
    problem = Problem(loss, by_hand, model)
    kept = {p: p.data for p in problem.parameters.values()}
    try:
        return _diagnosed(problem, at, sample, points, random.Random(seed))
    finally:
        for p, x in kept.items():
            p.data = x


def _diagnosed(
    problem: Problem, at: Mapping[str, Any] | None, sample: Any, points: int, rng: random.Random
) -> Diagnosis:
    if at is None and sample is not None:
        given = sample_of(sample, rng, problem)
    elif problem.model is not None:
        given = Arguments(problem.with_model(defaults(problem.loss, first=1) if at is None else at))
    else:
        given = arguments(problem.loss, at)
    start, left_out = problem.start(given)
    if sample is None:
        found, dropped = drawn_as_labels(problem, start, points, rng)
        problem.redrawn = True
    else:
        found, dropped = sampled(problem, given, sample, points, rng, start)
    remarks = [f"not derived by hand, so not compared: {', '.join(left_out)}"] if left_out else []
    return examined(problem, found, dropped, remarks, None)


def tried(points: int) -> None:
    """A number of points, or an error."""
    if isinstance(points, bool) or not isinstance(points, int) or points < 1:
        raise SettingError(f"points is {points!r}; give a whole number of at least 1")


def examined(
    problem: Problem,
    points: list[Point],
    dropped: int,
    remarks: list[str],
    lr: float | None,
    title: str = "the gradient by hand",
) -> Diagnosis:
    """The report on a derivation that was run at these points, the first of which was given."""
    held = problem.precision(points)
    if held is SINGLE:
        remarks.append(f"{problem.role} {SAID}")
    with held_to(held):
        return _examined(problem, points, dropped, remarks, lr, title)


def _examined(
    problem: Problem, points: list[Point], dropped: int, remarks: list[str], lr: float | None, title: str
) -> Diagnosis:
    referee = Referee(problem, points)
    judgements = {i: referee.judge(i) for i in points[0].hand}
    wrong = {i: j for i, j in judgements.items() if j.wrong}
    wrong, said = excused(problem, points, wrong)
    remarks += said
    findings = [_kink(points[0], i, j) for i, j in judgements.items() if j.kink and not j.wrong]
    far = [points[0].arguments.names[i] for i, j in judgements.items() if j.far]
    if far:
        remarks.append(f"by_hand loses its digits at extreme numbers: {', '.join(far[:6])}; nothing is wrong elsewhere")
    flat = all(point.auto(i) == 0.0 for point in points for i in point.hand)
    if flat:
        remarks.append("the loss is flat around all the points: step, sign and comparisons have no slope to learn by")
    if wrong:
        findings += Examination(referee, wrong, lr).findings()
    usual = len([point for point in points if not point.extreme])
    return Diagnosis(tuple(findings), usual, dropped, tuple(remarks), title, len(points) - usual)


def _kink(start: Point, i: int, judgement: Judgement) -> Finding:
    where = start.arguments.names[i]
    return Finding(
        where,
        (Mistake.SUBGRADIENT,),
        f"∂loss/∂{where} is right: {start.hand[i]:.6g} is another choice than autodiff's {start.auto(i):.6g} "
        f"{judgement.kink}",
        {"by_hand": start.hand[i], "autodiff": start.auto(i)},
    )


class Examination:
    """Explains wrong numbers, those of one shape of the graph together."""

    def __init__(self, referee: Referee, wrong: Mapping[int, Judgement], lr: float | None) -> None:
        self.referee, self.wrong = referee, wrong
        self.points = points = referee.points
        self.start = points[0]
        self.lr = lr
        problem, given = referee.problem, points[0].arguments
        codes = accesses(given.named, problem.model)
        self.author = Author(points[0].tape, [codes[k] for k in given.places], primitives(problem.loss))
        self.counter = Counter(referee.problem, points[0])
        self.clinics: dict[int, tuple[Clinic, list[int], Teller]] = {}
        self.right_at_start = not any(0 in j.wrong for j in wrong.values())

    def findings(self) -> list[Finding]:
        """A finding for each wrong number."""
        first = {i: self._explained(i) for i in self.wrong}
        known = -1
        while known != (known := sum(len(clinic.accepted) for clinic, _, _ in self.clinics.values())):
            for i, (clinic, fits, teller) in first.items():
                if not fits:
                    first[i] = clinic, clinic.again(i, self._places(i)), teller
        revised = {i: (clinic.revised(i, fits), teller) for i, (clinic, fits, teller) in first.items()}
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
        return clinic, clinic.explain(i, self._places(i)), teller

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
        right_one = self.author.gradient(self.start.tape.leaf[i])
        if lucky and min((len(fit.hypothesis.kinds) for fit in fits), default=2) > 1:
            power = power_of_one(self.points, i, self.referee.error)
            if power is not None:  # which is simpler than two mistakes that come to the same
                lost: tuple[Mistake, ...] = (Mistake.COINCIDENCE, Mistake.MISSING_LOCAL_DERIVATIVE)
                told = f"right at the point given, but only by coincidence: {power.told(where)}"
                told += self._tail(right, len(usual), power.tried, power.residual)
                evidence |= {"explained": power.tried, "residual": power.residual}
                return Finding(where, lost, told, evidence, right_one.code, right_one.tex)
        if not fits:
            kinds: tuple[Mistake, ...] = (Mistake.COINCIDENCE,) if lucky and self.right_at_start else (Mistake.UNKNOWN,)
            told = f"∂loss/∂{where} is wrong on {len(wrong)} of {len(usual)} points"
            if len({self.points[q].hand[i] for q in usual}) == 1 < len(usual):
                told += f", on all of which by_hand gives {point.hand[i]:.6g}"
            message = f"{told}, and nothing that is known explains it. Ruled out: {RULED_OUT}{self._pairs()}."
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

    def _pairs(self) -> str:
        """What is ruled out of combinations: the search for them is bounded."""
        through = all(clinic.through for clinic, _, _ in self.clinics.values())
        return ", and pairs of these" if through else "; of pairs of these, only a part was tried"

    @staticmethod
    def _tail(right: int, of: int, tried: int, residual: float) -> str:
        closely = f"{max(residual, 1e-16):.0e}".replace("e-0", "e-")
        return f". Right on {right} of {of} points, explained to {closely} on {tried} of {tried}."
