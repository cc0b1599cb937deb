"""A stretch of the real line, drawn: where a number lies on it, and which numbers are written beside it."""

import math
from collections.abc import Iterable
from typing import NamedTuple


class Axis(NamedTuple):
    """A stretch from `low` to `high`, linear or logarithmic, with the numbers marked on it."""

    low: float
    high: float
    log: bool
    ticks: tuple[float, ...]

    def shows(self, x: float) -> bool:
        """Whether x has a place on this axis: nan and infinity have none, nor has 0 on a logarithmic one."""
        return math.isfinite(x) and (x > 0.0 or not self.log)

    def place(self, x: float) -> float:
        """The place of x as a fraction of the way from `low` (0) to `high` (1)."""
        low, high = self.low, self.high
        if self.log:
            x, low, high = math.log10(x), math.log10(low), math.log10(high)
        # Halved first: high − low may exceed the largest double. Held to the ends, whatever rounding does.
        return min(max((x / 2 - low / 2) / (high / 2 - low / 2), 0.0), 1.0)


def linear(numbers: Iterable[float], about: int = 6) -> Axis:
    """A linear axis around the finite numbers, with ticks at 1, 2 or 5 times a power of ten and multiples."""
    # Held to 8e307, so that the ends have room to be rounded outwards.
    finite = [min(max(x, -8e307), 8e307) for x in numbers if math.isfinite(x)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    if high - low <= 1e-12 * max(abs(low), abs(high)):  # constant, to what a picture can show
        room = abs(high) / 2 or 1.0
        low, high = low - room, high + room
    step = _step((high / 2 - low / 2) * 2 / max(about - 1, 1))
    first, last = math.floor(low / step), math.ceil(high / step)
    ticks = tuple(_tidy(i * step) for i in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], False, ticks)


def _step(rough: float) -> float:
    """The number of the form 1, 2 or 5 times a power of ten that is next to `rough` from above."""
    if rough < 1e-300:
        return 1e-300
    power = 10.0 ** math.floor(math.log10(rough))
    return next(m * power for m in (1.0, 2.0, 5.0, 10.0, 20.0) if m * power >= rough)


def _tidy(x: float) -> float:
    """The number without the last digits that multiplying a step leaves behind (0.30000000000000004)."""
    return float(f"{x:.12g}")


def logarithmic(numbers: Iterable[float], about: int = 7) -> Axis:
    """A logarithmic axis around the positive, finite numbers, from a power of ten to a power of ten."""
    shown = [x for x in numbers if math.isfinite(x) and x > 0.0]
    low, high = (min(shown), max(shown)) if shown else (1.0, 10.0)
    first = math.floor(math.log10(low))
    last = math.ceil(math.log10(high))
    # Logarithms are rounded, and a power of ten may be on the other side of its neighbour.
    first = min(max(first, -323), 307)
    last = min(max(last, first + 1), 308)
    every = max(1, math.ceil((last - first) / about))
    ticks = tuple(float(f"1e{power}") for power in range(first, last + 1, every))
    return Axis(min(ticks[0], low), max(float(f"1e{last}"), high), True, ticks)


def chosen(numbers: Iterable[float]) -> Axis:
    """A logarithmic axis where the numbers are positive and span two powers of ten, else a linear one."""
    finite = [x for x in numbers if math.isfinite(x)]
    spans = bool(finite) and min(finite) > 0.0 and math.log10(max(finite)) - math.log10(min(finite)) >= 2.0
    return logarithmic(finite) if spans else linear(finite)


def written(x: float) -> str:
    """A tick's number, short: 0.05, 1500, 2e-05 as 2e-5.

    >>> [written(x) for x in (0.0, 0.05, 1500.0, 20000.0, 1e-6, 1e+22)]
    ['0', '0.05', '1500', '20000', '1e-6', '1e22']
    """
    if x == 0.0:
        return "0"
    if 1e-3 <= abs(x) < 1e6:
        return f"{x:.10g}"
    digits, _, power = f"{x:.10e}".partition("e")
    return f"{float(digits):g}e{int(power)}"
