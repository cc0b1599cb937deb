"""Is this gradient, derived by hand, right? Autodiff is the referee, and rounding sets the tolerance."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from microgradnn.births import first_nonfinite
from microgradnn.chain import Node
from microgradnn.check.arguments import Arguments, Function, arguments
from microgradnn.check.calling import evaluate
from microgradnn.check.complexstep import NotAnalytic
from microgradnn.check.hand import derived, rounding
from microgradnn.check.numeric import NONE, Estimate
from microgradnn.check.placing import places_by_name
from microgradnn.check.precision import DOUBLE, SINGLE, held_to, precision
from microgradnn.check.readings import Reverse, by_complex_step, by_difference, by_reverse, reached, usual_loss
from microgradnn.check.single import SAID, precision_around
from microgradnn.check.spans import Span
from microgradnn.check.verdict import Report, Row, Verdict
from microgradnn.engine import Value
from microgradnn.errors import Misuse

ADDED = (
    "by_hand gives minus the gradient, in every number: right if it is added to the weights (w += lr*delta; "
    "say so with ascent=True), wrong if it is subtracted"
)
CONFIRMS = 1e-3  # of a number: a third reading that is less exact says nothing
SAFETY = 2.0  # the bounds are of first order


def compare(
    loss: Function,
    by_hand: Function,
    at: Mapping[str, Any] | None = None,
    *,
    ascent: bool = False,
    numeric: bool = True,
) -> Report:
    """Compare a gradient derived by hand with autodiff's, number by number, at one point.

    `loss(**at)` gets a Value for each number in `at` (numbers or nested lists, tuples and dicts of numbers;
    anything else comes as it is) and returns a Value. `by_hand(**at)` gets the plain numbers and returns
    {name: gradient}, nested like the arguments, for any of the names. Without `at`, the defaults of the loss's
    arguments are the point. Both functions are called several times.

    There is no fixed epsilon. What may differ by rounding is bounded on both sides: by_hand runs once more on
    numbers that keep account of their rounding, from inputs known to a unit in the last place, so that its own
    formula tells how many digits it keeps; and the same account is kept of the graph and of the sweep, where
    the sizes of all the terms of a sum count, not their difference. Twice the sum of the two is the tolerance,
    and 1e-300 besides, below which people write 0. A by_hand whose numbers all are exactly single precision
    (float32), here and close by, is held to roundings of 2**-24, and a remark says so.
    Where it exceeds a millionth of the gradient the verdict is "lost in rounding": nothing was found wrong, but
    hardly a digit was compared; choose another point.

    At a kink every choice of subgradient is accepted, and the report says which values are valid. A kink within
    rounding of the point counts.

    If all numbers are minus the gradient, the report says so, and is not ok: a rule that *adds* its deltas to
    the weights is right in this way, and `ascent=True` says that this is meant.

    `numeric=False` leaves out the third reading: complex step where the loss is analytic, else central
    differences. It is no referee, but where it agrees with by_hand against autodiff, the verdict is "autodiff
    in doubt": look for a primitive with a wrong partial, or for a value taken out of the graph.

    Errors (all MicrogradnnErrors) name the argument: by_hand with another nesting, unknown names, text, arrays
    or nan; a loss that returns no Value, or does not use an argument that by_hand has a gradient for; functions
    that raise, or are random.
    """
    given = arguments(loss, at)
    leaves, out = evaluate(loss, given)
    hand, left_out, singles = derived(by_hand, given)
    remarks = _unused(given, leaves, reached(out), hand)
    auto = by_reverse(leaves, out)
    held = SINGLE if singles else precision_around(by_hand, given, hand)
    with held_to(held):
        exact = auto if held is DOUBLE else by_reverse(leaves, out)  # what is a kink within rounding depends on it
        errors = rounding(by_hand, given, hand, lambda: usual_loss(leaves, out))
        rows = []
        for i, x in hand.items():
            third = third_reading(loss, given, i, auto) if numeric else NONE
            rows.append(judged(given.names[i], -x if ascent else x, auto.gradient[i], exact.spans[i], errors[i], third))
        rows, said = signed(rows, ADDED)
    if left_out:
        remarks.append(f"not derived by hand, so not compared: {', '.join(left_out)}")
    if held is SINGLE:
        remarks.append(f"by_hand {SAID}")
    remarks = said + remarks + doubts(rows)
    if ascent:
        remarks.insert(0, "shown with the sign turned, as ascent=True asks: by_hand gives minus the gradient")
    if not all(map(math.isfinite, auto.gradient)):
        remarks.append(f"{first_nonfinite(out)}")
    return Report(f"by hand against autodiff, at {point(given)}", tuple(rows), tuple(remarks))


def point(given: Arguments) -> str:
    shown = [f"{name} = {x:.6g}" for name, x in zip(given.names, given.numbers, strict=True)]
    return ", ".join(shown if len(shown) <= 6 else [*shown[:5], f"… ({len(shown)} numbers)"])


def _unused(given: Arguments, leaves: list[Value], used: set[Node], hand: dict[int, float]) -> list[str]:
    """Names the loss does not depend on here. A gradient for one, other than 0, is a misunderstanding."""
    said = []
    for name, places in places_by_name(given).items():
        if any(leaves[i] in used for i in places) or not any(i in hand for i in places):
            continue
        if any(hand.get(i, 0.0) != 0.0 for i in places):
            raise Misuse(
                f"the loss does not use its argument {name!r} at this point, and by_hand has a gradient for it: "
                "is it left out of the loss, or read by .data, .item() or detach()?"
            )
        said.append(f"the loss does not use {name} at this point")
    return said


def third_reading(loss: Function, given: Arguments, i: int, auto: Reverse) -> Estimate:
    """A reading of the derivative that asks no partial: complex step, or central differences where it stops."""
    found = by_complex_step(loss, given, i, auto.spans[i].error)
    return by_difference(loss, given, i, auto.noise, "loss") if isinstance(found, NotAnalytic) else found


def judged(where: str, hand: float, auto: float, span: Span, error: float, third: Estimate) -> Row:
    """The row for one number: `error` bounds the rounding in `hand`, `span` tells that in `auto`."""
    vanishing = precision.get().vanishing
    tolerance = SAFETY * (error + span.error) + vanishing
    note = ""
    if not math.isfinite(auto) or not math.isfinite(hand):
        verdict = Verdict.AGREES if hand == auto else Verdict.INFINITE if math.isfinite(auto) else Verdict.UNDEFINED
        note = "" if hand == auto else f"autodiff gives {auto}"
        if verdict is Verdict.INFINITE:
            note = f"by hand gives {hand}: if it overflows on the way, choose a smaller point"
        confirmed = third.error <= CONFIRMS * max(abs(hand), CONFIRMS)
        if verdict is Verdict.UNDEFINED and confirmed and abs(hand - third.value) <= 2.0 * third.error + tolerance:
            verdict, note = Verdict.DOUBT, f"{note}, on the way to a number that by hand finds"
        tolerance = vanishing
    elif abs(hand - auto) <= tolerance:
        verdict = Verdict.AGREES
    elif span.low - tolerance <= hand <= span.high + tolerance:
        verdict = Verdict.AT_KINK
    else:
        verdict = Verdict.DIFFERS
        if abs(hand - third.value) <= 2.0 * third.error + tolerance and _apart(auto, third, tolerance):
            verdict, note = Verdict.DOUBT, "autodiff disagrees with the values of the loss; by hand agrees with them"
    if span.kinks and math.isfinite(auto) and span.high - span.low > tolerance:
        kinks = f"at a kink of {', '.join(span.kinks)}"
        note = f"{kinks}: any value in [{span.low:.6g}, {span.high:.6g}] is a valid subgradient"
    return Row(
        where, hand, auto, third.value, 0.0 if hand == auto else hand - auto, verdict, tolerance, third.error, note
    )


def _apart(auto: float, third: Estimate, tolerance: float) -> bool:
    return abs(auto - third.value) > 10.0 * third.error + tolerance


def signed(rows: list[Row], minus: str) -> tuple[list[Row], list[str]]:
    """The rows with their last verdicts: lost in rounding, or minus the gradient everywhere (said by `minus`)."""
    largest = max((abs(row.autodiff) for row in rows if math.isfinite(row.autodiff)), default=0.0)
    result, lost, few = [], False, precision.get().few
    for row in rows:
        size = max(abs(row.autodiff), abs(row.by_hand), 1e-3 * largest)
        if row.verdict is Verdict.AGREES and row.difference and few * size < row.tolerance and math.isfinite(size):
            row, lost = _with(row, Verdict.ROUNDED), True
        result.append(row)
    said = []
    if lost:
        said.append("lost in rounding: terms cancel until hardly a digit is left to compare; try another point")
    wrong = [row for row in result if row.verdict is Verdict.DIFFERS]
    if wrong and all(abs(row.by_hand + row.autodiff) <= row.tolerance for row in result):
        result = [_with(row, Verdict.MINUS) if row.verdict is Verdict.DIFFERS else row for row in result]
        said.append(minus)
    return result, said


def _with(row: Row, verdict: Verdict) -> Row:
    return Row(**{**vars(row), "verdict": verdict})


def doubts(rows: list[Row]) -> list[str]:
    """A word where autodiff itself does not agree with the values of the loss."""
    apart = [
        row.where
        for row in rows
        if not row.note
        and math.isfinite(row.autodiff)
        and _apart(row.autodiff, Estimate(row.numeric, row.numeric_error), row.tolerance)
    ]
    if not apart and not any(row.verdict is Verdict.DOUBT for row in rows):
        return []
    names = apart or [row.where for row in rows if row.verdict is Verdict.DOUBT]
    return [
        f"autodiff disagrees with the values of the loss at {', '.join(names[:6])}: is something detached or read "
        "by .data, or has a primitive a wrong partial (check_gradients tells)?"
    ]
