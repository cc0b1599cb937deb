"""What is wrong with this update rule? The gradient that a published step implies, diagnosed."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from microgradnn.check.arguments import Arguments, Function, arguments, require_callable, require_names
from microgradnn.check.calling import call
from microgradnn.check.doctor.diagnose import examined, tried
from microgradnn.check.doctor.labelled import drawn_as_labels
from microgradnn.check.doctor.mistakes import Diagnosis, Words
from microgradnn.check.doctor.points import sample_of, sampled
from microgradnn.check.doctor.problem import Point, Problem
from microgradnn.check.placing import finite, placed
from microgradnn.check.precision import Precision, held_to
from microgradnn.check.single import precision_of
from microgradnn.check.update import CLIMBS
from microgradnn.errors import MicrogradnnError, Misuse, SettingError
from microgradnn.ieee import number


class Step(Problem):
    """An update rule as a derivation: what it moves the parameters by, over minus the learning rate."""

    words = Words(
        "the step", "the update of ", "the update of ", "the right one", "it follows the gradient at no one point"
    )

    def __init__(self, loss: Function, step: Function, names: tuple[str, ...], lr: float) -> None:
        super().__init__(loss, partial(self._implied, step))
        self.names, self.lr = names, lr
        self.rate, self.by_rate = lr, True
        self.left_out: list[str] = []
        self.after: list[dict[int, float]] = []  # the new parameters of each call

    def start(self, arguments: Arguments) -> tuple[Point, list[str]]:
        """The point to start from; what is wrong with the step is said as it is."""
        try:
            return super().start(arguments)
        except Misuse as error:
            if isinstance(error.__cause__, MicrogradnnError):
                raise error.__cause__ from None
            raise

    def precision(self, points: Sequence[Point]) -> Precision:
        """The precision in which the step computes: that of the new parameters."""
        return precision_of([after[i] for after in self.after if i in after] for i in self.after[0])

    def _implied(self, step: Function, /, **named: Any) -> dict[str, Any]:
        before = {name: named.pop(name) for name in self.names}
        kept = Arguments(before, "params")
        after = call("step", step, named, (before, self.rate))
        raw, self.left_out = placed(after, kept, "step")
        new = finite(raw, kept, "step")
        self.after.append(new)
        things = list(kept.things)
        for i, k in enumerate(kept.places):
            if i in new:
                # raw, not new: numbers that keep account of their rounding stay what they are
                things[k] = (kept.things[k] - raw[i]) / self.rate
        found = kept.rebuild(things)
        return {name: x for name, x in found.items() if name not in self.left_out}


def diagnose_update(
    step: Function,
    loss: Function,
    params: Mapping[str, Any],
    lr: float,
    at: Mapping[str, Any] | None = None,
    *,
    sample: Callable[[random.Random], Mapping[str, Any]] | None = None,
    points: int = 32,
    seed: int = 0,
) -> Diagnosis:
    """Name the mistakes in an update rule, as published: `step(params, lr, **at)` gives the new parameters.

    `params` and `at` hold numbers or nested lists of numbers; the loss is `loss(**params, **at)`. The step
    implies the gradient (before - after)/lr, which is diagnosed as in `diagnose`, at several learning rates:
    values that were read after their update give what vanishes with the rate. Whether a rule subtracts the
    gradient or adds minus the gradient is a convention, and a step up the loss is said, not called an error.
    """
    require_callable(step, "step")
    require_callable(loss, "loss")
    rate = number(lr, "lr")
    if not math.isfinite(rate) or rate == 0.0:
        raise SettingError(f"lr is {lr}; a step implies a gradient only at a finite rate other than 0")
    for what, named in (("params", params), ("at", {} if at is None else at)):
        if not isinstance(named, Mapping):
            raise SettingError(f"{what} is a dict from names to numbers or lists, and {type(named).__name__} came")
    both = [name for name in params if name in (at or {})]
    if both:
        raise SettingError(f"{both[0]!r} stands in params and in at; weights belong in params, the rest in at")
    tried(points)
    problem, rng = Step(loss, step, tuple(params), rate), random.Random(seed)
    if sample is None or at:
        given = arguments(loss, {**params, **(at or {})})
        require_names(loss, given.named, "params with at")
    else:
        given = sample_of(sample, rng, problem)
    start, _ = problem.start(given)
    if sample is None:
        found, dropped = drawn_as_labels(problem, start, points, rng)
        problem.redrawn = True
    else:
        found, dropped = sampled(problem, given, sample, points, rng, start)
    remarks = [f"not moved by the step, so not compared: {', '.join(problem.left_out)}"] if problem.left_out else []
    with held_to(problem.precision(found)):
        climbs = _climbs(found)
    if climbs:
        remarks.append(CLIMBS)
        for point in found:
            point.turn()
    return examined(problem, found, dropped, remarks, 1.0, f"the step at rates around {rate:.6g}")


def _climbs(points: list[Point]) -> bool:
    """Whether more numbers are minus the gradient than the gradient."""
    usual = [point for point in points if not point.extreme]
    down = up = 0
    for i in points[0].hand:
        down += all(point.apart(i) <= 30.0 for point in usual)
        for point in usual:
            point.turn()
        up += all(point.apart(i) <= 30.0 for point in usual)
        for point in usual:
            point.turn()
    return up > down
