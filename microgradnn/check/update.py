"""Is this update rule right? The gradient that a published step implies, against autodiff's."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from microgradnn.check.arguments import Arguments, Function, arguments
from microgradnn.check.calling import evaluate
from microgradnn.check.compare import doubts, judged, signed, third_reading
from microgradnn.check.numeric import NONE
from microgradnn.check.placing import finite, placed
from microgradnn.check.precision import SINGLE, held_to, unit
from microgradnn.check.readings import by_reverse, usual_loss
from microgradnn.check.single import SAID, precision_at_once
from microgradnn.check.verdict import Report
from microgradnn.errors import DataError, SettingError
from microgradnn.ieee import number

CLIMBS = (
    "the step goes up the loss, along its gradient: right where the loss is to be made large, or where it is "
    "minus the cost; wrong where it is to be made small"
)


def compare_update(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    lr: float,
    loss: Function,
    at: Mapping[str, Any] | None = None,
    *,
    resolution: float = 0.0,
    numeric: bool = True,
) -> Report:
    """Compare the step from the weights `before` to the weights `after` with gradient descent at rate `lr`.

    `before` and `after` are dicts of numbers or nested lists of numbers; `at` holds what else the loss needs,
    such as a sample: `loss(**before, **at)`. The step implies the gradient (before - after)/lr, which is
    compared, at `before`, as in `compare` (the column "by hand"). The tolerance has room for the rounding of
    the weights, divided by lr, and for what usual forms of the derivatives lose; `resolution` is how far
    `after` may be off besides, say 5e-5 where it was printed with four decimals.

    A step that goes up instead, by minus that gradient in every number, is a convention: the verdict is "minus
    the gradient", a remark says what it means, and the report is ok.

    `after` may leave names out; another nesting, unknown names, nan or a rate of 0 are errors.
    """
    rate = number(lr, "lr")
    if not math.isfinite(rate) or rate == 0.0:
        raise SettingError(f"lr is {lr}; a step implies a gradient only at a finite rate other than 0")
    for what, named in (("before", before), ("after", after), ("at", {} if at is None else at)):
        if not isinstance(named, Mapping):
            raise SettingError(f"{what} is a dict from names to numbers or lists, and {type(named).__name__} came")
    both = [name for name in before if name in (at or {})]
    if both:
        raise SettingError(f"{both[0]!r} stands in before and in at; weights belong in before, the rest in at")
    given = arguments(loss, {**before, **(at or {})})
    leaves, out = evaluate(loss, given)
    weights = Arguments(before, "before")
    raw, left_out = placed(after, weights, "after:")
    steps = finite(raw, weights, "after:")
    for i, new in steps.items():
        if not math.isfinite(new):
            raise DataError(f"after: {weights.names[i]} is {new}; the step has left the finite numbers")
    rows = []
    held = precision_at_once(steps.values())
    with held_to(held):
        auto, loose = by_reverse(leaves, out), usual_loss(leaves, out)
        for i, new in steps.items():
            old = weights.numbers[i]
            implied = (old - new) / rate
            error = (2.0 * unit() * (abs(old) + abs(new)) + resolution) / abs(rate)
            error += 2.0 * loose[i] + 16.0 * unit() * abs(implied)
            third = third_reading(loss, given, i, auto) if numeric else NONE
            rows.append(judged(weights.names[i], implied, auto.gradient[i], auto.spans[i], error, third))
        rows, remarks = signed(rows, CLIMBS)
    if held is SINGLE:
        remarks.append(f"the step {SAID}")
    if left_out:
        remarks.append(f"not in after, so not compared: {', '.join(left_out)}")
    title = f"the step (before - after)/lr against autodiff, at lr = {rate:.6g}"
    return Report(title, tuple(rows), tuple(remarks + doubts(rows)), sign_is_convention=True)
