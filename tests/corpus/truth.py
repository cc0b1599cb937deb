"""Which numbers of a derivation are wrong, told by `compare` at many points: the referee of the corpus itself."""

from __future__ import annotations

import random
from functools import partial
from typing import Any

from microgradnn.check import Report, Verdict, compare, compare_update
from microgradnn.errors import MicrogradnnError
from microgradnn.nest import flatten
from tests.corpus.case import Case

WRONG = {Verdict.DIFFERS, Verdict.MINUS, Verdict.DOUBT, Verdict.UNDEFINED}
POINTS = 8


def points(case: Case, seed: int = 0, count: int = POINTS) -> list[dict[str, Any]]:
    """Points around and away from the case's own; labels (0 and 1, -1 and 1) change places, whole numbers stay."""
    rng = random.Random(seed)
    found = []
    for k in range(count):
        numbers: dict[str, Any] = {}
        for name, given in case.at.items():
            parts, rebuild = flatten(given)
            spread = 0.3 if k < count // 2 else 1.5
            if name in case.problem.choices:
                numbers[name] = rng.choice(case.problem.choices[name])
            elif isinstance(given, int):
                numbers[name] = given
            elif set(parts) in ({0.0, 1.0}, {-1.0, 1.0}):
                numbers[name] = rebuild(rng.sample(parts, len(parts)))
            else:
                numbers[name] = rebuild([x * rng.uniform(0.7, 1.3) + rng.gauss(0, spread) for x in parts])
        found.append(numbers)
    return found


def report(case: Case, at: dict[str, Any]) -> Report | None:
    """The comparison at one point; None where the functions cannot be evaluated there."""
    problem = case.problem
    try:
        if not case.step:
            whole = {name: x for name, x in at.items() if isinstance(x, int)}  # such as an index
            real = {name: x for name, x in at.items() if name not in whole}
            return compare(partial(problem.loss, **whole), partial(case.function, **whole), real, numeric=False)
        before = {name: at[name] for name in problem.weights}
        rest = {name: x for name, x in at.items() if name not in problem.weights}
        after = case.function(before, problem.lr, **rest)
        return compare_update(before, after, problem.lr, problem.loss, rest, numeric=False)
    except (MicrogradnnError, ArithmeticError, ValueError):
        return None


def wrong_numbers(case: Case) -> dict[str, bool]:
    """The numbers that are wrong somewhere, each with whether it is right at the case's own point."""
    reports = [found for at in [case.at, *points(case)] if (found := report(case, at)) is not None]
    first = report(case, case.at)
    if first is None:
        raise ValueError(f"{case.name} cannot be evaluated at its own point")
    if len(reports) < POINTS // 2:
        raise ValueError(f"{case.name} can be evaluated at {len(reports)} points only")
    here = {row.where: row.verdict in WRONG for row in first.rows}
    wrong = [
        row.where for found in reports if not (case.step and found.ok) for row in found.rows if row.verdict in WRONG
    ]
    return {where: not here[where] for where in dict.fromkeys(wrong)}
