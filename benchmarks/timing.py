"""Two programs timed in turns, after it has been seen that they compute the same."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

BOUND = 1e-9  # how far two numbers may be apart, relative to their size


class Absent(Exception):
    """A program to compare with that is not on this machine."""


class Disagreement(Exception):
    """Two sides that do not compute the same: there is nothing to compare."""


class Side:
    """One of two programs: `run` does `per` units of the work and gives the numbers that it got."""

    def __init__(self, run: Callable[[], Any], per: int = 1) -> None:
        self.run, self.per = run, per
        self.first: float | None = None  # seconds that the first call took

    def once(self) -> Any:
        """The numbers of the next call."""
        began = time.perf_counter()
        found = self.run()
        if self.first is None:
            self.first = time.perf_counter() - began
        return found

    def seconds(self, calls: int) -> float:
        """Seconds for one unit of the work, over so many calls."""
        run = self.run
        began = time.perf_counter()
        for _ in range(calls):
            run()
        return (time.perf_counter() - began) / (calls * self.per)


class Measured(Side):
    """A side that times itself, in a process of its own: `run` gives the seconds, and the numbers that it got."""

    def once(self) -> Any:
        return self.run()[1]

    def seconds(self, calls: int) -> float:
        return statistics.median(self.run()[0] for _ in range(calls))


@dataclass(frozen=True)
class Duel:
    """Our side of a piece of work and the other one, if there is one; `also` are more to be told of, by name."""

    ours: Side
    theirs: Side | None = None
    also: tuple[tuple[str, Side], ...] = ()
    bound: float = BOUND
    rounds: int = 5  # at least

    @property
    def others(self) -> list[Side]:
        """All sides but ours."""
        return [side for side in (self.theirs, *(side for _, side in self.also)) if side is not None]

    def agree(self) -> None:
        """See that the numbers of the first calls are the same on all sides."""
        for _ in range(0 if not self.others else 1 if isinstance(self.ours, Measured) else 2):
            ours = self.ours.once()
            for side in self.others:
                same(ours, side.once(), self.bound)


@dataclass(frozen=True)
class Times:
    """Medians, in seconds for one unit of the work; the ratio is the median of the ratios of neighbouring turns."""

    ours: float
    theirs: float | None = None
    ratio: float | None = None
    first_ours: float | None = None
    first_theirs: float | None = None


def same(ours: Any, theirs: Any, bound: float = BOUND) -> None:
    """Numbers, nested in whatever way, agree to `bound` of the largest; else a Disagreement."""
    a, b = list(_numbers(ours)), list(_numbers(theirs))
    if len(a) != len(b):
        raise Disagreement(f"{len(a)} numbers here, {len(b)} there")
    size = max(map(abs, b), default=0.0)
    apart = max((abs(x - y) for x, y in zip(a, b, strict=True)), default=0.0)
    if not apart <= bound * size:
        raise Disagreement(f"numbers of size {size:.3g} are {apart:.3g} apart")


def _numbers(x: Any) -> Iterable[float]:
    if isinstance(x, float | int):
        yield float(x)
    elif hasattr(x, "tolist") and not isinstance(x, Sequence):
        yield from _numbers(x.tolist())
    else:
        for part in x:
            yield from _numbers(part)


def timed(duel: Duel, seconds: float) -> list[Times]:
    """All sides in turns, for about so many seconds: the times of each other side against ours."""
    sides = [duel.ours, *duel.others]
    calls = [_calls(side, seconds / 20 / len(sides)) for side in sides]
    rounds: list[list[float]] = []
    ends = time.perf_counter() + seconds
    while len(rounds) < duel.rounds or time.perf_counter() < ends:
        order = range(len(sides)) if len(rounds) % 2 else reversed(range(len(sides)))
        row = [math.nan] * len(sides)
        for k in order:
            row[k] = sides[k].seconds(calls[k])
        rounds.append(row)
    ours, *theirs = (statistics.median(column) for column in zip(*rounds, strict=True))
    ratios = [statistics.median(row[0] / row[k] for row in rounds) for k in range(1, len(sides))]
    found = [
        Times(ours, *each, duel.ours.first, side.first)
        for each, side in zip(zip(theirs, ratios, strict=True), duel.others, strict=True)
    ]
    return found or [Times(ours)]


def _calls(side: Side, seconds: float) -> int:
    """How many calls take about so long; the calls made to find out warm the side up."""
    if isinstance(side, Measured):
        return 1
    calls = 1
    while (took := side.seconds(calls) * side.per * calls) < seconds / 2:
        calls = max(calls + 1, min(10 * calls, math.ceil(calls * seconds / max(took, 1e-9))))
    return calls
