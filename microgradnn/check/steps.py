"""Which step of this derivation is wrong? Intermediate gradients by hand, marked in order."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from typing import Any

from microgradnn.check.arguments import Arguments, Function, arguments, whole
from microgradnn.check.calling import kind_of
from microgradnn.check.compare import point
from microgradnn.check.elsewhere import OTHERS, drawn, elsewhere
from microgradnn.check.marking import digits_of
from microgradnn.check.marks import StepReport, StepRow, StepVerdict
from microgradnn.check.naming import with_name
from microgradnn.check.pointwise import Steps, case, marked
from microgradnn.check.precision import SINGLE, held_to
from microgradnn.check.single import SAID, precision_at_once
from microgradnn.errors import DataError, MicrogradnnError, SettingError
from microgradnn.nest import flatten

FEWEST = 3  # digits from which on agreement is no chance


def diagnose_steps(
    loss: Function,
    steps: Steps,
    at: Mapping[str, Any] | None = None,
    *,
    digits: int | None = None,
    seed: int = 0,
) -> StepReport:
    """The derivatives of the loss with respect to what lies on the way, step by step, as they were derived by hand.

    `steps` has them in the order in which they were derived: `{"out": …, "z": …, "w": …}`, by the labels that
    `loss` gives its Values (`z.label = "z"`) or by the names of its arguments. Each is a number, a nesting like
    the argument's (Values labelled `z[0]`, `z[1]`, … are together the list `z`), or a function of those of the
    named arguments that it names, for plain numbers. `loss(**at)` is as in `compare`.

    A step is "right" if it equals the gradient. If it does not, but the chain rule gives just this when it goes
    on from the earlier numbers by hand, it is "consistent with the earlier error"; else it is "wrong", the step
    in which an error came in. What rounding accounts for is no error; it is bounded as in `compare`, and for a
    bare number by what usual forms of the derivatives lose. Numbers that were rounded on paper, to 4 significant
    digits for instance, are marked so with `digits=4`.

    The first wrong number is explained, where something explains it: a slope left out, a path forgotten, a sign.

    Where all steps are functions, they are held against other points, too, drawn from `seed`: "right at this
    point only" is wrong as well.

    >>> from microgradnn.check import diagnose_steps
    >>> from microgradnn import sigmoid
    >>> def loss(w, x, y):
    ...     z = w * x; z.label = "z"
    ...     out = sigmoid(z); out.label = "out"
    ...     return (out - y) ** 2 / 2
    >>> report = diagnose_steps(loss, {"out": -0.5, "z": -0.5, "w": -1.5}, at={"w": 0.0, "x": 3.0, "y": 1.0})
    >>> [(row.where, str(row.verdict)) for row in report.rows]
    [('out', 'right'), ('z', 'wrong'), ('w', 'consistent with the earlier error')]

    Errors (all MicrogradnnErrors) name the step: a name that the loss does not have, several Values of one
    label, another nesting, text, arrays or nan, functions that raise or are random.
    """
    given = arguments(loss, at)
    if not isinstance(steps, Mapping):
        raise DataError(
            f"steps is a dict {{label or argument: gradient}} in the order of the derivation, and {kind_of(steps)} came"
        )
    if not steps:
        raise DataError("steps is empty: give a gradient for some of the labels or arguments of the loss")
    for name in steps:
        if not isinstance(name, str):
            raise DataError(f"steps is a dict from labels or names of arguments, and {name!r:.40} is no name")
    if digits is not None and whole(digits, "digits") < 1:
        raise SettingError(f"digits is 1 or more, and {digits} came")
    rows = marked(loss, steps, given, digits)
    held = precision_at_once(row.by_hand for row in rows)
    with held_to(held):
        if held is SINGLE:
            rows = marked(loss, steps, given, digits)
        remarks = _rounded(rows)
        if not remarks:
            rows = _named(loss, steps, given, rows, whole(seed, "seed"))
        if all(_functions(thing) for thing in steps.values()):
            rows, more = elsewhere(loss, steps, given, rows, whole(seed, "seed"))
            remarks += more
    if held is SINGLE:
        remarks.append(f"the derivation {SAID}")
    return StepReport(f"step by step, at {point(given)}", tuple(rows), tuple(remarks))


def _rounded(rows: list[StepRow]) -> list[str]:
    """A word where numbers are wrong only in that they have few digits."""
    few = [
        max(digits_of(row.by_hand, x, 13) for x in (row.autodiff, row.expected_from_yours))
        for row in rows
        if row.verdict is StepVerdict.WRONG
    ]
    short = [digits for digits in few if digits >= FEWEST]
    if not short:
        return []
    told = f"{len(short)} wrong number{'s are' if len(short) > 1 else ' is'} right to {min(short)} significant digits"
    return [f"{told}: if numbers were rounded, say so with digits={min(short)}"]


def _named(loss: Function, steps: Steps, given: Arguments, rows: list[StepRow], seed: int) -> list[StepRow]:
    """The rows, the first wrong one with its mistake by name; with functions, at other points, too."""
    first = next((row for row in rows if row.verdict is StepVerdict.WRONG), None)
    if first is None or not math.isfinite(first.by_hand):
        return rows
    cases = [case(loss, steps, given, first)]
    if all(_functions(thing) for thing in steps.values()):
        rng = random.Random(f"microgradnn: points for naming, {seed}")
        for _ in range(OTHERS):
            try:
                cases.append(case(loss, steps, drawn(given, set(given.named), rng), first))
            except MicrogradnnError:  # outside a domain, or in another branch
                continue
    named = with_name(first, cases)
    return [named if row is first else row for row in rows]


def _functions(thing: Any) -> bool:
    """Whether all of it are functions, which can be held against other points."""
    return all(callable(leaf) for leaf in flatten(thing)[0])
