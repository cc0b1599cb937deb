"""Second derivatives read in three ways: reverse over reverse, forward over reverse, differences."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from microgradnn.check.arguments import Arguments, Function
from microgradnn.check.calling import flowing
from microgradnn.check.numeric import NONE, Estimate, central_difference
from microgradnn.check.readings import by_reverse
from microgradnn.check.spans import NOTHING, Span
from microgradnn.engine import Value
from microgradnn.ops import plain
from microgradnn.transforms import grad, jvp


class Second(NamedTuple):
    """∂²f/∂a∂b: by reverse mode twice, with its exactness; by forward mode over reverse; by differences."""

    where: str
    reverse: float
    span: Span
    forward: float
    numeric: Estimate


def second_derivatives(f: Function, given: Arguments, spans: list[Span]) -> Iterator[Second]:
    """Every second derivative once; `spans` are those of the first derivatives."""
    at = given.numbers
    along: Callable[[list[Any]], list[Any]] = grad(lambda xs: flowing(f, given, lambda _, i: xs[i], by_position=True))
    for k, name in enumerate(given.names):
        leaves = [Value(x) for x in at]
        slope = along(leaves)[k]
        row, exact = [0.0] * len(at), [NOTHING] * len(at)
        if isinstance(slope, Value) and slope.live:
            auto = by_reverse(leaves, slope)
            row, exact = auto.gradient, auto.spans
        _, forward = jvp(along, [at], [[float(i == k) for i in range(len(at))]])
        seen: dict[float, list[float]] = {}

        def gradient(x: float, k: int = k, seen: dict[float, list[float]] = seen) -> list[float]:
            if x not in seen:
                seen[x] = [plain(slope) for slope in along([*at[:k], x, *at[k + 1 :]])]
            return seen[x]

        for j in range(k, len(at)):
            noise = spans[j].error

            def slope_along(x: float, j: int = j, gradient: Callable[[float], list[float]] = gradient) -> float:
                return gradient(x)[j]

            numeric = central_difference(slope_along, at[k], noise) if math.isfinite(noise) else NONE
            yield Second(f"∂²/∂{name}∂{given.names[j]}", row[j], exact[j], plain(forward[j]), numeric)
