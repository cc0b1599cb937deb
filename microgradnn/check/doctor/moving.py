"""Steps that go wrong as steps, whatever the gradient: no step at all, one without the learning rate, one with two."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from microgradnn.check.doctor.mistakes import Mistake
from microgradnn.check.doctor.problem import Point
from microgradnn.check.precision import precision

SPARE = 4.0  # times the rounding of the step
SQUARED = {-1: "the learning rate is missing from it", 1: "the learning rate is in it twice"}


class Move(NamedTuple):
    """What is wrong with a step: the mistakes, in words, and how it was confirmed."""

    mistakes: tuple[Mistake, ...]
    told: str
    tried: int
    residual: float


def wrong_move(points: Sequence[Point], i: int, error: Callable[[int, int], float]) -> Move | None:
    """What is wrong with the step of number i other than its gradient; `error` bounds the rounding of it."""
    start = points[0]
    if start.problem is None or not start.problem.by_rate:
        return None
    where = start.arguments.names[i]
    usual = [q for q, point in enumerate(points) if not point.extreme]
    if all(points[q].hand[i] == 0.0 for q in usual):
        told = f"{where} is not updated: the step leaves it as it is, though its gradient is not 0"
        return Move((Mistake.MISSING_PATH,), told, len(usual), 0.0)
    if len({points[q].rate for q in usual}) < 2:
        return None
    for power, lost in SQUARED.items():
        for sign in (1.0, -1.0):
            residual = _residual(points, usual, i, sign, power, error)
            if residual is not None:
                turned = "" if sign > 0.0 else "; besides, its sign is flipped"
                mistakes = (Mistake.FACTOR,) if sign > 0.0 else (Mistake.SIGN, Mistake.FACTOR)
                return Move(
                    mistakes, f"{where} moves along the right gradient, but {lost}{turned}", len(usual), residual
                )
    return None


def _residual(
    points: Sequence[Point], usual: list[int], i: int, sign: float, power: int, error: Callable[[int, int], float]
) -> float | None:
    worst = 0.0
    for q in usual:
        point = points[q]
        said = sign * point.auto(i) * point.rate**power
        apart, size = abs(said - point.hand[i]), max(abs(said), abs(point.hand[i]))
        if apart <= precision.get().clear * size:
            worst = max(worst, apart / size if size else 0.0)
        elif not apart <= SPARE * error(q, i) + 2.0 * point.loose(i):
            return None
    return worst
