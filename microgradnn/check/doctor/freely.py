"""Data that kept to their kind at all points are drawn freely: what is right for labels only is told, at least."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from microgradnn.check.doctor.arguing import SMALL, by_cases, is_count, is_target
from microgradnn.check.doctor.points import Drawer, drawn
from microgradnn.check.doctor.problem import Point, Problem
from microgradnn.check.doctor.referee import Judgement, Referee
from microgradnn.check.placing import places_by_name
from microgradnn.errors import DataError

FEW, MANY = 10, 24  # points: to see whether anything is wrong there, and to say what
TRUST = 3  # points at least, of which something may be said

Judged = tuple[Referee, dict[int, Judgement]]
Held = Mapping[str, list[tuple[str, list[int]]]]  # by argument: the kind of data, and where


class Trial(NamedTuple):
    """Numbers of one argument that are to be drawn freely; `said` calls what they keep to otherwise.

    `harmless`: they are labels, parts of a whole, or a number of something: what is wrong then is a remark.
    """

    name: str
    places: tuple[int, ...]
    whole: bool
    said: str
    harmless: bool


def trials(start: Point, held: Held) -> Iterator[Trial]:
    """What is to be tried: argument by argument, whole numbers first as other whole numbers."""
    given = start.arguments
    for name, groups in held.items():
        places = tuple(i for _, block in groups for i in block)
        things = [given.things[given.places[i]] for i in places]
        numbers = [given.numbers[i] for i in places]
        small = all(x in SMALL for x in numbers)
        parts = {kind for kind, _ in groups} == {"shares"}
        label = small and is_target(start, name)
        counted = not label and all(is_count(given, i) for i in places)
        said = f"{name} of {_listed(numbers)}" if small else f"{name} = {_listed(numbers)}"
        if parts:
            said = f"{name} that adds up to 1"
        elif counted:
            said += f", the length of a list{' here' if small else ''}"
        harmless = label or parts or counted
        if all(isinstance(x, int) for x in things):
            yield Trial(name, places, True, said, harmless)
        yield Trial(name, places, False, said, harmless)


def held_by_name(start: Point) -> Held:
    """The data that are not drawn freely, by argument, with their kinds."""
    groups = Drawer(start, set(start.hand), random.Random(0)).groups
    found: dict[str, list[tuple[str, list[int]]]] = {}
    for name, places in places_by_name(start.arguments).items():
        own = [(kind, block) for kind, block in groups if set(block) <= set(places)]
        if own:
            found[name] = own
    return found


def freed(problem: Problem, start: Point, places: Collection[int], whole: bool, points: int) -> list[Point]:
    """The start and points at which these numbers keep to no kind; none but the start where all of them fail."""
    rng = random.Random(0)
    drawer = Drawer(start, set(start.hand), rng, loose=places, whole=whole)
    try:
        found = drawn(problem, start, points, rng, drawer)[0]
    except DataError:
        return [start]
    for point in found[1:]:
        if point.sign != start.sign:
            point.turn()
    return found


def wrong_elsewhere(
    problem: Problem, start: Point, right: Collection[int]
) -> tuple[list[Judged], dict[str, list[int]]]:
    """Of the numbers that are `right` at all points so far those that are wrong for other data, argument by
    argument; and those of which only a remark is made, by what they are right for."""
    wrong: list[Judged] = []
    said: dict[str, list[int]] = {}
    left = list(right)
    tried: set[str] = set()  # arguments whose whole numbers could be others
    for trial in trials(start, held_by_name(start)) if problem.redrawn else ():
        if not left:
            break
        points = freed(problem, start, trial.places, trial.whole, FEW)
        referee = Referee(problem, points)
        if len(points) <= TRUST:
            continue
        bad = [i for i in left if referee.judge(i).wrong]
        values = dict.fromkeys(trial.places, _values(start, trial.places))
        only_whole = trial.name in tried  # as other whole numbers they were right
        if trial.whole:
            tried.add(trial.name)
        cases = [i for i in bad if trial.harmless or only_whole or by_cases(problem, start, values, i)]
        if cases:
            said.setdefault(f"whole {trial.name}" if only_whole and not trial.harmless else trial.said, []).extend(
                cases
            )
        accused = [i for i in bad if i not in cases]
        if accused:
            again = Referee(problem, freed(problem, start, trial.places, trial.whole, MANY))
            judged = {i: again.judge(i) for i in accused}
            wrong.append((again, {i: judgement for i, judgement in judged.items() if judgement.wrong}))
        left = [i for i in left if i not in bad]
    return wrong, said


def _values(start: Point, places: Collection[int]) -> tuple[float, ...]:
    seen = {start.arguments.numbers[i] for i in places}
    return tuple(sorted(seen | ({-1.0, 1.0} if -1.0 in seen else {0.0, 1.0})))


def _listed(numbers: Collection[float]) -> str:
    shown = [f"{x:.0f}" for x in sorted(set(numbers))]
    shown = [*shown[:3], "…", shown[-1]] if len(shown) > 5 else shown
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]


def all_freed(problem: Problem, start: Point) -> list[Point]:
    """Points at which no data keep to a kind; none where none do, or where nothing works."""
    places = [i for groups in held_by_name(start).values() for _, block in groups for i in block]
    found = freed(problem, start, places, False, MANY) if places and problem.redrawn else []
    return found if len(found) > TRUST else []
