"""Data that look like labels, and derivations that are right for labels: y·y is 1 for every label of -1 and 1."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import NamedTuple

from microgradnn.check.doctor.arguing import by_cases, is_count, is_target
from microgradnn.check.doctor.points import Drawer, are_shares, blocks, drawn
from microgradnn.check.doctor.problem import Point, Problem
from microgradnn.check.doctor.referee import Referee
from microgradnn.check.placing import places_by_name
from microgradnn.errors import DataError

TRIED = 16  # points at which labels keep to their kind
MOVED = 3  # of them, at least, with labels other than those given
BINARY, SIGNED = (0.0, 1.0), (-1.0, 1.0)


class Kind(NamedTuple):
    """Numbers taken for labels, with the values that each may have; none where a list of them adds up to 1. `said`
    tells which these are; `sure` whether they are labels by name, or by what the argument holds."""

    said: str
    values: Mapping[int, tuple[float, ...]]
    sure: bool = True

    @property
    def fixed(self) -> bool:
        """Whether the numbers have one value each: they count something."""
        return all(len(own) == 1 for own in self.values.values())


def right_for_labels(problem: Problem, start: Point, accused: Iterable[int]) -> dict[str, list[int]]:
    """Numbers that are wrong for other data, but right as long as labels are labels, by what these labels are.

    Only what by_hand has no gradient for can be a label: a weight that happens to be 1 may be anything. And so may
    an input or a scale, unless by_hand chooses by it.
    """
    left, found = list(accused), dict[str, list[int]]()
    for kind in kinds(start, problem.level) if problem.redrawn else []:
        rng = random.Random(0)
        if not left:
            break
        try:
            points, _ = drawn(problem, start, TRIED, rng, Drawer(start, set(start.hand), rng, kind.values))
        except DataError:  # no such values, then
            continue
        for point in points[1:]:
            if point.sign != start.sign:
                point.turn()
        given = start.arguments.numbers
        moved = [p for p in points if not p.extreme and any(p.arguments.numbers[i] != given[i] for i in kind.values)]
        if len(moved) >= MOVED or kind.fixed:
            referee = Referee(problem, points)
            right = [i for i in left if not referee.judge(i).wrong]
            if not kind.sure:
                right = [i for i in right if by_cases(problem, start, kind.values, i)]
            found |= {kind.said: right} if right else {}
            left = [i for i in left if i not in right]
    return found


def drawn_as_labels(problem: Problem, start: Point, points: int, rng: random.Random) -> tuple[list[Point], int]:
    """Points as `drawn` gives them; where all fail, points at which what may be labels are labels."""
    try:
        return drawn(problem, start, points, rng)
    except DataError:
        for kind in reversed(kinds(start, problem.level)):
            with suppress(DataError):
                return drawn(problem, start, points, rng, Drawer(start, set(start.hand), rng, kind.values))
        raise


def kinds(start: Point, level: int) -> list[Kind]:
    """What may be labels: the numbers -1, 0 and 1 of one argument, or of all; and what may be counts. A lone 1 may be
    of two kinds, but where the loss needs its whole numbers as they are (`level`) they are classes, counted from 0."""
    given = start.arguments
    ones: list[Kind] = []
    count = 0
    all_sure = True
    both: list[dict[int, tuple[float, ...]]] = [{}, {}]
    for name, places in places_by_name(given).items():
        labels = [i for i in places if i not in start.hand and given.numbers[i] in (-1.0, 0.0, 1.0)]
        seen = {given.numbers[i] for i in labels}
        if not labels:
            continue
        count += 1
        several = [tuple(sorted(seen | set(SIGNED if -1.0 in seen else BINARY)))]
        if seen == {1.0} and not (level > 0 and all(isinstance(given.things[given.places[i]], int) for i in labels)):
            several.append(SIGNED)
        where = name if len(labels) == len(places) else ", ".join(given.names[i] for i in labels[:3])
        sure = is_target(start, name)
        all_sure &= sure
        ones += [Kind(f"{where} of {_listed(values)}", dict.fromkeys(labels, values), sure) for values in several]
        for all_, values in zip(both, (several[0], several[-1]), strict=True):
            all_.update(dict.fromkeys(labels, values))
    if count > 1:
        told = [(f"data of {_listed(sorted({x for y in each.values() for x in y}))}", each) for each in both]
        ones += [Kind(said, each, all_sure) for said, each in told]
    parts = [
        block
        for block in blocks(given)
        if not start.hand.keys() & set(block) and are_shares([given.numbers[i] for i in block])
    ]
    shares: dict[int, tuple[float, ...]] = {i: () for block in parts for i in block if i not in both[0]}
    ones += [
        Kind(f"{given.names[i]} = {x:.0f}, the length of a list", {i: (x,)})
        for i, x in enumerate(given.numbers)
        if i not in start.hand and x > 1.0 and is_count(given, i)
    ]
    return [*ones, Kind("numbers that add up to 1", shares)] if shares else ones


def _listed(values: Iterable[float]) -> str:
    *first, last = (f"{x:.0f}" for x in values)
    return f"{', '.join(first)} and {last}"
