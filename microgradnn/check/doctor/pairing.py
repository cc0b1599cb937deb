"""The two points at which what went wrong with a number is looked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from microgradnn.check.doctor.fits import alive
from microgradnn.check.doctor.problem import Point


class Pairing:
    """Chooses pairs among points of one shape: clearly wrong, alive, and as different as can be."""

    def __init__(self, points: Sequence[Point]) -> None:
        self.points = points
        self._alive = [alive(point) for point in points]
        self._shared: dict[tuple[int, int], int] = {}
        rows = [point.arguments.numbers for point in points]
        self._moving = [i for i in range(len(rows[0])) if any(row[i] != rows[0][i] for row in rows)]

    def pair(self, wrong: Sequence[int], i: int, known: Iterable[tuple[int, int]]) -> tuple[int, int]:
        """Two points at which number i is wrong, and everything flows; one of the known pairs where it does as well.

        A gradient of 0 by hand tells little, where there are others. Labels should not be the same at both.
        """
        hand = [point.hand[i] for point in self.points]
        telling = len([q for q in wrong if hand[q]]) > 1
        by_life: Callable[[int], tuple[bool, int, int]] = lambda q: (not hand[q], -self._alive[q], q)
        odd: Callable[[int], bool] = lambda q: telling and not hand[q]
        # Where it is wrong at one point alone, the other point is one at which it is right.
        rest = [q for q in range(len(self.points)) if q not in wrong]
        first, *others = [*sorted(wrong, key=by_life), *sorted(rest, key=by_life)]
        second = min(others, key=lambda q: (odd(q), self._common(first, q)), default=first)
        for a, b in known:
            usual = a in wrong and b in wrong and not odd(a) and not odd(b)
            if usual and self._common(a, b) <= self._common(first, second):
                return (a, b)
        return (min(first, second), max(first, second))

    def _common(self, a: int, b: int) -> int:
        """How many of the numbers that are not the same at all points are the same at these two."""
        if (a, b) not in self._shared:
            numbers = [self.points[q].arguments.numbers for q in (a, b)]
            self._shared[a, b] = len([i for i in self._moving if numbers[0][i] == numbers[1][i]])
        return self._shared[a, b]
