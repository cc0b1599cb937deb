"""Which step of this derivation is wrong? Intermediate gradients by hand, marked in order."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from microgradnn.check.arguments import Arguments, Function, arguments, is_number
from microgradnn.check.calling import evaluate, kind_of
from microgradnn.check.compare import point
from microgradnn.check.doctor.mistakes import Mistake
from microgradnn.check.doctor.tape import Tape
from microgradnn.check.labels import Names
from microgradnn.check.marking import Answer, Marker
from microgradnn.check.marks import Mark, StepReport, StepRow
from microgradnn.check.naming import Case, with_name
from microgradnn.check.placing import places_by_name
from microgradnn.check.saying import numbers, said
from microgradnn.engine import origins
from microgradnn.errors import DataError, MicrogradnnError, Misuse, SettingError
from microgradnn.nest import flatten
from microgradnn.reverse import numeric

OTHERS = 8  # points besides the given one
REACH = 0.5  # how far from it, relative to each number


def diagnose_steps(
    loss: Function, steps: Mapping[str, Any], at: Mapping[str, Any] | None = None, *, seed: int = 0
) -> StepReport:
    """The derivatives of the loss with respect to what lies on the way, step by step, as they were derived by hand.

    `steps` has them in the order in which they were derived: `{"out": …, "z": …, "w": …}`, by the labels that
    `loss` gives its Values (`z.label = "z"`) or by the names of its arguments. Each is a number, a nesting like
    the argument's (Values labelled `z[0]`, `z[1]`, … are together the list `z`), or a function of those of the
    named arguments that it names, for plain numbers. `loss(**at)` is as in `compare`.

    A step is "right" if it equals the gradient. If it does not, but the chain rule gives just this when it goes
    on from the earlier numbers by hand, it is "consistent with the earlier error"; else it is "wrong", the step
    in which an error came in. What rounding accounts for is no error; it is bounded as in `compare`, and for a
    bare number by what usual forms of the derivatives lose.

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
    rows = _at(loss, steps, given)
    remarks: list[str] = []
    if all(_functions(thing) for thing in steps.values()):
        rows, remarks = _elsewhere(loss, steps, given, rows, whole(seed, "seed"))
    rows = _named(loss, steps, given, rows, whole(seed, "seed"))
    return StepReport(f"step by step, at {point(given)}", tuple(rows), tuple(remarks))


def whole(x: Any, role: str) -> int:
    """A whole number, or an error that names its role."""
    if isinstance(x, bool) or not isinstance(x, int):
        raise SettingError(f"{role} is a whole number, and {x!r:.40} came")
    return x


def _role(name: str) -> str:
    return f"steps: the gradient of {name}"


def _functions(thing: Any) -> bool:
    return all(callable(leaf) for leaf in flatten(thing)[0])


def _at(loss: Function, steps: Mapping[str, Any], given: Arguments) -> list[StepRow]:
    """The steps, marked at one point."""
    leaves, out = evaluate(loss, given)
    names, marker = Names(given, leaves, out), Marker(out)
    rows: list[StepRow] = []
    for name, thing in steps.items():
        nesting, places = names.find(name)
        told = said(_role(name), thing, nesting, given)
        rows += marker.step(
            [Answer(name, where, value, *each) for (where, value), each in zip(places, told, strict=True)]
        )
    return rows


def _elsewhere(
    loss: Function, steps: Mapping[str, Any], given: Arguments, rows: list[StepRow], seed: int
) -> tuple[list[StepRow], list[str]]:
    """The rows, those marked that are right at this point only, and remarks.

    The arguments that the steps are about may have any values. The others may have to keep to something that
    the derivation relies on, such as a sum of 1; what fails when they change is no verdict, but a question.
    """
    rng = random.Random(f"microgradnn: points for steps, {seed}")
    good = [row.where for row in rows if row.verdict.good]
    own = {name for name in given.named if name in steps}
    all_ = {name for name in given.named if not _shares(given.named[name])}
    failed, used = _held(loss, steps, given, own, rng, good)
    asked, more = _held(loss, steps, given, all_ | own, rng, [where for where in good if where not in failed])
    marked = [
        replace(
            row,
            verdict=Mark.ONLY_HERE,
            note=f"right at this point, but {failed[row.where]}",
            mistakes=(Mistake.COINCIDENCE,),
        )
        if row.where in failed
        else row
        for row in rows
    ]
    lost = 2 * OTHERS - used - more
    dropped = f" ({lost} more were dropped: a function fails there)" if lost else ""
    remarks = [f"held against {used + more} points around this one as well{dropped}"]
    remarks += [
        f"{where}: is something missing that is 0 or 1 here? Right at this point, but {why}. Unless "
        f"{', '.join(sorted(all_ - own))} must keep to something, that is an error"
        for where, why in asked.items()
    ]
    return marked, remarks


def _shares(argument: Any) -> bool:
    """Whether it looks like probabilities or classes: numbers from 0 to 1 that add up to a whole number."""
    numbers = [float(x) for x in flatten(argument)[0] if is_number(x)]
    total = math.fsum(numbers)
    return len(numbers) > 1 and all(0.0 <= x <= 1.0 for x in numbers) and abs(total - round(total)) < 1e-9


def _held(
    loss: Function, steps: Mapping[str, Any], given: Arguments, moving: set[str], rng: random.Random, good: list[str]
) -> tuple[dict[str, str], int]:
    """Which of the `good` numbers are wrong at other points, and where; and how many points there were."""
    failed: dict[str, str] = {}
    used = 0
    for _ in range(OTHERS if moving else 0):
        there = _drawn(given, moving, rng)
        try:
            # Marking takes its time, and is for numbers that are not plainly the same.
            rows = _at(loss, steps, there) if _apart(loss, steps, there, good) else []
        except MicrogradnnError:  # outside a domain, or in another branch; the point is dropped, and counted
            continue
        used += 1
        for row in rows:
            if row.verdict is Mark.WRONG and row.where in good:
                apart = f"{row.by_hand:.6g} by hand where {row.autodiff:.6g} is right"
                failed.setdefault(row.where, f"at {point(there)} it is {apart}")
    return failed, used


def _apart(loss: Function, steps: Mapping[str, Any], given: Arguments, good: list[str]) -> bool:
    """Whether one of the `good` numbers is not the gradient to nine digits."""
    leaves, out = evaluate(loss, given)
    names, gradient = Names(given, leaves, out), numeric([(out, 1.0)])
    for name, thing in steps.items():
        nesting, places = names.find(name)
        for (where, value), x in zip(places, numbers(_role(name), thing, nesting, given), strict=True):
            right = float(gradient.get(value, 0.0))
            if where in good and not abs(x - right) <= 1e-9 * abs(right):
                return True
    return False


def _named(loss: Function, steps: Mapping[str, Any], given: Arguments, rows: list[StepRow], seed: int) -> list[StepRow]:
    """The rows, the first wrong one with its mistake by name; with functions, at other points, too."""
    first = next((row for row in rows if row.verdict is Mark.WRONG), None)
    if first is None or not math.isfinite(first.by_hand):
        return rows
    cases = [_case(loss, steps, given, first)]
    if all(_functions(thing) for thing in steps.values()):
        rng = random.Random(f"microgradnn: points for naming, {seed}")
        for _ in range(OTHERS):
            try:
                cases.append(_case(loss, steps, _drawn(given, set(given.named), rng), first))
            except MicrogradnnError:  # outside a domain, or in another branch
                continue
    named = with_name(first, cases)
    return [named if row is first else row for row in rows]


def _case(loss: Function, steps: Mapping[str, Any], given: Arguments, row: StepRow) -> Case:
    """One number at one point, with what was told before it."""
    with origins() as lines:
        leaves, out = evaluate(loss, given)
    names = Names(given, leaves, out)
    told: dict[Any, float] = {}
    for name, thing in steps.items():
        nesting, places = names.find(name)
        step = dict(zip(places, numbers(_role(name), thing, nesting, given), strict=True))
        for (where, value), x in step.items():
            if name == row.step and where == row.where:
                tape = Tape([value], out, lines)
                above = {n: told[node] for n, node in enumerate(tape.nodes) if node in told}
                return Case(tape, above, x, row.tolerance)
        told.update({value: x for (_, value), x in step.items()})
    raise Misuse(f"the loss has no {row.where} at another point")


def _drawn(given: Arguments, moving: set[str], rng: random.Random) -> Arguments:
    """A point around, in which only the numbers of the arguments in `moving` are others."""
    places = {i for name, own in places_by_name(given).items() if name in moving for i in own}
    return Arguments(
        given.lifted(
            lambda x, i: (
                x + rng.uniform(-REACH, REACH) * (abs(x) or 1.0) if i in places else given.things[given.places[i]]
            )
        )
    )
