"""What is wrong with this derivation? The mistakes by name, with evidence."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from microgradnn.check.arguments import Arguments, Function, arguments, defaults, require_callable, require_names
from microgradnn.check.doctor.examination import Examination
from microgradnn.check.doctor.excuses import excused
from microgradnn.check.doctor.freely import all_freed, wrong_elsewhere
from microgradnn.check.doctor.labelled import drawn_as_labels
from microgradnn.check.doctor.mistakes import Diagnosis, Finding, Mistake
from microgradnn.check.doctor.points import sample_of, sampled
from microgradnn.check.doctor.problem import Point, Problem
from microgradnn.check.doctor.referee import Judgement, Referee
from microgradnn.check.doctor.refusing import require_model
from microgradnn.check.precision import SINGLE, held_to
from microgradnn.check.single import SAID
from microgradnn.errors import SettingError
from microgradnn.unhindered import unhindered

FEW_NODES = 100  # of a graph that is searched once more


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

    Labels keep to their kind: what is called y, t, target, label, class, truth or the like, and lists that are
    one-hot or hold 0s and 1s. A derivation that is right for labels only is right, with a remark. Inputs, scales and
    all else may be any numbers, whole ones any whole numbers: what is right for the given one only is a coincidence.
    """
    require_callable(loss, "loss")
    require_callable(by_hand, "by_hand")
    tried(points)
    require_model(model)
    problem = Problem(loss, by_hand, model)
    kept = {p: p.data for p in problem.parameters.values()}
    try:
        with unhindered():
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
        named = defaults(problem.loss, first=1) if at is None else at
        if not isinstance(named, Mapping):
            raise SettingError(f"at is a dict from argument names to numbers or lists, and {type(named).__name__} came")
        given = Arguments(problem.with_model(named))
        require_names(problem.loss, named, first=1)
    else:
        given = arguments(problem.loss, at)
        require_names(problem.loss, given.named)
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
    points = _different(points)
    held = problem.precision(points)
    if held is SINGLE:
        remarks.append(f"{problem.words.role} {SAID}")
    with held_to(held):
        return _examined(problem, points, dropped, remarks, lr, title)


def _different(points: Sequence[Point]) -> list[Point]:
    """The points, each once: the same numbers again are no further evidence."""
    found: dict[tuple[float, ...], Point] = {}
    for point in points:
        found.setdefault((*point.arguments.numbers, point.rate), point)
    return list(found.values())


def _examined(
    problem: Problem, points: list[Point], dropped: int, remarks: list[str], lr: float | None, title: str
) -> Diagnosis:
    referee = Referee(problem, points)
    judgements = {i: referee.judge(i) for i in points[0].hand}
    wrong = {i: j for i, j in judgements.items() if j.wrong}
    elsewhere, right_for = wrong_elsewhere(problem, points[0], [i for i in judgements if i not in wrong])
    wrong, said = excused(problem, points, wrong, right_for)
    remarks += said
    findings = [_kink(problem, points[0], i, j) for i, j in judgements.items() if j.kink and not j.wrong]
    far = [points[0].arguments.names[i] for i, j in judgements.items() if j.far]
    if far:
        where = ", ".join(far[:6])
        remarks.append(f"{problem.words.role} loses its digits at extreme numbers: {where}; nothing is wrong elsewhere")
    flat = all(point.auto(i) == 0.0 for point in points for i in point.hand)
    if flat:
        remarks.append("the loss is flat around all the points: step, sign and comparisons have no slope to learn by")
    if wrong:
        findings += _again(problem, points[0], Examination(referee, wrong, lr).findings(), lr)
    for other, judged in elsewhere:
        findings += Examination(other, judged, lr).findings()
    usual = len([point for point in points if not point.extreme])
    return Diagnosis(tuple(findings), usual, dropped, tuple(remarks), title, len(points) - usual, problem.words.role)


def _again(problem: Problem, start: Point, findings: list[Finding], lr: float | None) -> list[Finding]:
    """The findings; what labels made unknown is looked at for other numbers, too, where more can be told apart."""
    unknown = {finding.where for finding in findings if finding.unexplained}
    points = all_freed(problem, start) if unknown and len(start.tape.data) <= FEW_NODES else []
    if not points:
        return findings
    referee, names = Referee(problem, points), start.arguments.names
    judged = {i: referee.judge(i) for i in start.hand if names[i] in unknown}
    wrong = {i: judgement for i, judgement in judged.items() if judgement.wrong}
    again = {finding.where: finding for finding in Examination(referee, wrong, lr).findings()} if wrong else {}
    known = {where: finding for where, finding in again.items() if not finding.unexplained}
    return [known.get(finding.where, finding) for finding in findings]


def _kink(problem: Problem, start: Point, i: int, judgement: Judgement) -> Finding:
    where = start.arguments.names[i]
    return Finding(
        where,
        (Mistake.SUBGRADIENT,),
        f"{problem.words.of}{where} is right: {start.hand[i]:.6g} is another choice than autodiff's "
        f"{start.auto(i):.6g} {judgement.kink}",
        {"by_hand": start.hand[i], "autodiff": start.auto(i)},
    )
