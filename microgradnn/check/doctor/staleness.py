"""At which learning rate would stale values explain a gradient?"""

from __future__ import annotations

import math
from collections.abc import Iterator

from microgradnn.check.doctor.bench import near, tidy
from microgradnn.check.doctor.hypothesis import Hypothesis, Stale, adjoints
from microgradnn.check.doctor.mistakes import Mistake
from microgradnn.check.doctor.problem import Point
from microgradnn.check.doctor.search import Number

STEP = 1e-3  # the first rate that is tried
LARGE = 1000  # nodes of a graph in which both points must speak of like rates at once
APART = 8.0  # times that they may differ


def rates(number: Number, names: tuple[str, ...], way: str) -> Iterator[Hypothesis]:
    """The learning rate at which stale values of these parameters would explain the number, by the secant method."""
    a, b = number.bench.pair

    def off(point: Point, rate: float, hand: float) -> float:
        h = Hypothesis(stale=Stale(names, rate, way))
        return adjoints(point, h)[number.leaf] - hand

    x, y = 0.0, STEP
    fx, fy = off(a, x, number.hand[0]), off(a, y, number.hand[0])
    if len(a.tape.data) > LARGE:  # each rate that is tried there takes its time
        ahead = STEP * fx / (fx - fy) if fx != fy else -1.0
        gx, gy = off(b, x, number.hand[1]), off(b, y, number.hand[1])
        if not ahead / APART < (STEP * gx / (gx - gy) if gx != gy else -1.0) < ahead * APART:
            return
    for _ in range(12):
        if fy == fx or not math.isfinite(fy) or abs(y) > 1e3:
            return
        x, y, fx = y, y - fy * (y - x) / (fy - fx), fy
        fy = off(a, y, number.hand[0])
        if near(fy + number.hand[0], number.hand[0]) and near(x, y):
            break
    rate = tidy(y)
    if rate > 0.0 and all(near(off(p, rate, h) + h, h) for p, h in zip((a, b), number.hand, strict=True)):
        yield Hypothesis((Mistake.STALE_VALUES,), 2.8, stale=Stale(names, rate, way))
