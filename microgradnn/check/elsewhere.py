"""Whether a derivation by steps holds at other points, too."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from typing import Any

from microgradnn.check.arguments import Arguments, Function, is_number
from microgradnn.check.compare import point
from microgradnn.check.doctor.arguing import is_label
from microgradnn.check.doctor.mistakes import Mistake
from microgradnn.check.marks import StepRow, StepVerdict
from microgradnn.check.placing import places_by_name
from microgradnn.check.pointwise import Steps, apart, marked
from microgradnn.errors import MicrogradnnError
from microgradnn.nest import flatten

OTHERS = 8  # points besides the given one
REACH = 0.5  # how far from it, relative to each number


def elsewhere(
    loss: Function, steps: Steps, given: Arguments, rows: list[StepRow], seed: int
) -> tuple[list[StepRow], list[str]]:
    """The rows, those marked that are right at this point only, and remarks.

    The arguments that the steps are about may have any values, and so may inputs and scales. Labels, whole numbers
    and shares may have to keep to something that the derivation relies on; what fails when they change is no
    verdict, but a question.
    """
    rng = random.Random(f"microgradnn: points for steps, {seed}")
    good = [row.where for row in rows if row.verdict.good]
    own = {
        name for name in given.named if any(each == name or each.startswith((f"{name}[", f"{name}.")) for each in steps)
    }
    all_ = {name for name in given.named if not _shares(given.named[name])}
    sure = own | {name for name in all_ if not is_label(given, name) and not _whole(given.named[name])}
    failed, used = _held(loss, steps, given, sure, rng, good)
    if not used:
        failed, used = _held(loss, steps, given, own, rng, good)
    asked, more = _held(loss, steps, given, all_ | own, rng, [where for where in good if where not in failed])
    told = [
        replace(
            row,
            verdict=StepVerdict.ONLY_HERE,
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
        f"{where}: is something missing that is 0 or 1 here, or a number put in for an argument? Right at this "
        f"point, but {why}. Unless {', '.join(sorted(all_ - sure))} must keep to something, that is an error"
        for where, why in asked.items()
    ]
    return told, remarks


def _shares(argument: Any) -> bool:
    """Whether it looks like probabilities or classes: numbers from 0 to 1 that add up to a whole number."""
    numbers = [float(x) for x in flatten(argument)[0] if is_number(x)]
    total = math.fsum(numbers)
    return len(numbers) > 1 and all(0.0 <= x <= 1.0 for x in numbers) and abs(total - round(total)) < 1e-9


def _whole(argument: Any) -> bool:
    """Whether all its numbers are whole ones, which count or choose."""
    return all(isinstance(x, int) for x in flatten(argument)[0] if is_number(x))


def _held(
    loss: Function, steps: Steps, given: Arguments, moving: set[str], rng: random.Random, good: list[str]
) -> tuple[dict[str, str], int]:
    """Which of the `good` numbers are wrong at other points, and where; and how many points there were."""
    failed: dict[str, str] = {}
    used = 0
    for _ in range(OTHERS if moving else 0):
        there = drawn(given, moving, rng)
        try:
            # Marking takes its time, and is for numbers that are not plainly the same.
            rows = marked(loss, steps, there) if apart(loss, steps, there, good) else []
        except MicrogradnnError:  # outside a domain, or in another branch; the point is dropped, and counted
            continue
        used += 1
        for row in rows:
            if row.verdict is StepVerdict.WRONG and row.where in good:
                two = f"{row.by_hand:.6g} by hand where {row.autodiff:.6g} is right"
                failed.setdefault(row.where, f"at {point(there)} it is {two}")
    return failed, used


def drawn(given: Arguments, moving: set[str], rng: random.Random) -> Arguments:
    """A point around, in which only the numbers of the arguments in `moving` are others."""
    places = {i for name, own in places_by_name(given).items() if name in moving for i in own}
    return Arguments(
        given.lifted(
            lambda x, i: (
                x + rng.uniform(-REACH, REACH) * (abs(x) or 1.0) if i in places else given.things[given.places[i]]
            )
        )
    )
