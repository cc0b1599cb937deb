"""Derivatives from values alone, with an error estimate that can be believed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from microgradnn.check.rounded import UNIT

LEVELS = 44
CONFIRMED = 4  # by so many further halvings, before an entry is believed


class Estimate(NamedTuple):
    """A derivative, and a bound of its error: truncation and rounding together."""

    value: float
    error: float


NONE = Estimate(math.nan, math.inf)


def central_difference(f: Callable[[float], float], x: float, noise: float) -> Estimate:
    """f′(x) by central differences, extrapolated to step 0 (Richardson), with an honest error estimate.

    `noise` bounds the rounding in f near x. The steps halve, and of the triangle of extrapolations (Ridders,
    "Accurate computation of F′(x) and F′(x)F″(x)", 1982) the entry with the smallest error is taken. That error
    is four times the distance to the entries from which it was extrapolated, plus what the noise can do to it;
    and shorter steps must bear the entry out, since a wave may look flat to steps as long as its period. Where
    the slopes on the two sides of x stay apart, a kink is nearer than the steps can tell, and the error is as
    large as the difference of these slopes; where they run away from each other, a pole is, and there is no estimate.
    Where f is not finite around x, the result is nan with an infinite error.
    """
    best, age = NONE, 0
    centre, bend, kink = f(x), math.inf, 0.0
    h = 0.125 if abs(x) <= 8.0 else 2.0 ** (math.ceil(math.log2(abs(x))) - 6)
    before: list[Estimate] = []  # extrapolated from the step twice as long; `error` is the rounding alone
    for _ in range(LEVELS):
        high, low = x + h, x - h
        if high == low:
            break
        above, below = f(high), f(low)
        rise, run = above - below, high - low
        h /= 2.0
        if not math.isfinite(rise):
            before = []
            continue
        last, bend = bend, abs((above - centre) - (centre - below)) * 2.0 / run  # halves with h where f is smooth
        apart = bend if bend > 0.85 * last and bend > 32.0 * noise / run else 0.0
        apart = math.inf if apart and bend > 1.5 * last else apart
        # x is not quite half way between two floats: that costs the second derivative times the distance
        aside = 2.0 * UNIT * (abs(high) + abs(low)) * bend / run
        slope = rise / run
        row = [Estimate(slope, 2.0 * noise / run + 2.0 * UNIT * abs(slope) + aside)]
        if before and abs(best.value - slope) > best.error + 4.0 * abs(slope - before[0].value) + row[0].error:
            best, before = NONE, []  # what was seen so far was an illusion
        age += 1
        for j, coarse in enumerate(before):
            fine, weight = row[j], 4.0 ** (j + 1)
            value = (weight * fine.value - coarse.value) / (weight - 1.0)
            rounding = (weight * fine.error + coarse.error) / (weight - 1.0) + 4.0 * UNIT * abs(value)
            error = 4.0 * max(abs(value - fine.value), abs(value - coarse.value)) + rounding
            row.append(Estimate(value, rounding))
            if error < best.error:
                best, age, kink = Estimate(value, error), 0, apart
        if row[0].error > best.error and age >= CONFIRMED:
            break
        before = row[:10]
    return NONE if kink == math.inf else Estimate(best.value, max(best.error, kink))
