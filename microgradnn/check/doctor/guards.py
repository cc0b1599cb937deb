"""Guards such as clip(p, 1e-12, 1 - 1e-12), which keep a probability off its ends and are passed over by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from microgradnn.check.doctor.problem import Point
from microgradnn.check.doctor.referee import Judgement

CLOSE = 1e-5  # to 0 or to 1: a bound that is there for the sake of rounding alone


def behind_guards(points: Sequence[Point], wrong: Mapping[int, Judgement]) -> list[int]:
    """The numbers that are wrong only where a guard is at its end, which is no place for a probability to be."""
    held = {q for q, point in enumerate(points) if _held(point)}
    return [i for i, judgement in wrong.items() if held.issuperset(judgement.wrong)] if 0 not in held else []


def _held(point: Point) -> bool:
    tape = point.tape
    for n, op in enumerate(tape.ops):
        if op is not None and op.name in ("clip", "maximum", "minimum"):
            ends = [tape.operand(n, k) for k, a in enumerate(tape.args[n]) if a is None]
            if any(tape.data[n] == end for end in _guards(ends)):
                return True
    return False


def _guards(ends: Iterable[float]) -> list[float]:
    return [end for end in ends if 0.0 < abs(end) <= CLOSE or 0.0 < abs(1.0 - end) <= CLOSE]
