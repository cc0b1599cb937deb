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
    """Our side of a piece of work and the other one, if there is one."""

    ours: Side
    theirs: Side | None = None
    bound: float = BOUND
    rounds: int = 5  # at least

    def agree(self, calls: int = 2) -> None:
        """See that the numbers of the first calls are the same on both sides."""
        for _ in range(calls if self.theirs else 0):
            ours, theirs = self.ours.once(), self.theirs.once()
            same(ours, theirs, self.bound)


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


def timed(duel: Duel, seconds: float) -> Times:
    """Both sides in turns, for about so many seconds."""
    sides = [side for side in (duel.ours, duel.theirs) if side is not None]
    calls = [_calls(side, seconds / 40) for side in sides]
    rounds: list[list[float]] = []
    ends = time.perf_counter() + seconds
    while len(rounds) < duel.rounds or time.perf_counter() < ends:
        order = range(len(sides)) if len(rounds) % 2 else reversed(range(len(sides)))
        row = [math.nan] * len(sides)
        for k in order:
            row[k] = sides[k].seconds(calls[k])
        rounds.append(row)
    medians = [statistics.median(column) for column in zip(*rounds, strict=True)]
    if duel.theirs is None:
        return Times(medians[0], first_ours=duel.ours.first)
    ratio = statistics.median(ours / theirs for ours, theirs in rounds)
    return Times(*medians, ratio, duel.ours.first, duel.theirs.first)


def _calls(side: Side, seconds: float) -> int:
    """How many calls take about so long; the calls made to find out warm the side up."""
    if isinstance(side, Measured):
        return 1
    calls = 1
    while (took := side.seconds(calls) * side.per * calls) < seconds / 2:
        calls = max(calls + 1, min(10 * calls, math.ceil(calls * seconds / max(took, 1e-9))))
    return calls
