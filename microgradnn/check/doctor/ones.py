"""Numbers that happen to be 1 at the point given: a factor that was left out does not show there."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from microgradnn.check.doctor.problem import Point
from microgradnn.check.precision import precision

EXPONENTS = (-1, 1, -2, 2, -3, 3, -4, 4)
SPARE = 4.0  # times the rounding of by_hand's own formula


class Power(NamedTuple):
    """By hand is the right gradient times this number to this power, at all points but the extreme ones."""

    name: str
    exponent: int
    tried: int
    residual: float

    def told(self) -> str:
        """What the number does to the right one, for a person."""
        power = self.name if abs(self.exponent) == 1 else f"{self.name}**{abs(self.exponent)}"
        way, lost = ("times", "division by") if self.exponent > 0 else ("divided by", "factor")
        missing = f"the {lost} {power} is missing, as if {self.name} were 1"
        return f"{way} {power}: {missing}"


def power_of_one(points: Sequence[Point], i: int, error: Callable[[int, int], float]) -> Power | None:
    """The number, 1 at the first point, of which a power was left out of gradient i; `error` bounds its rounding."""
    start = points[0].arguments
    usual = [q for q, point in enumerate(points) if not point.extreme]
    for j, x in enumerate(start.numbers):
        if x == 1.0 and any(points[q].arguments.numbers[j] != 1.0 for q in usual):
            for k in EXPONENTS:
                residual = _residual(points, usual, i, j, k, error)
                if residual is not None:
                    return Power(start.names[j], k, len(usual), residual)
    return None


def _residual(
    points: Sequence[Point], usual: list[int], i: int, j: int, k: int, error: Callable[[int, int], float]
) -> float | None:
    worst = 0.0
    for q in usual:
        point = points[q]
        try:
            said = point.auto(i) * point.arguments.numbers[j] ** k
        except (ZeroDivisionError, OverflowError):
            return None
        apart, size = abs(said - point.hand[i]), max(abs(said), abs(point.hand[i]))
        if apart <= precision.get().clear * size:
            worst = max(worst, apart / size if size else 0.0)
        elif not math.isfinite(apart) or apart > SPARE * error(q, i) + 2.0 * point.loose(i):
            return None
    return worst
