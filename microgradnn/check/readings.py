"""One derivative, read in several ways: by reverse mode with its exactness, by complex step, by differences."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from microgradnn import reverse
from microgradnn.births import looked_at
from microgradnn.chain import Node
from microgradnn.check.arguments import Arguments, Function
from microgradnn.check.calling import constant_value, flowing
from microgradnn.check.complexstep import NotAnalytic, complex_step
from microgradnn.check.numeric import NONE, Estimate, central_difference
from microgradnn.check.precision import unit
from microgradnn.check.rounded import UNIT
from microgradnn.check.spans import NOTHING, Span, rounded, spans
from microgradnn.dual import Dual, next_level, parts
from microgradnn.engine import Value
from microgradnn.ops import plain


class Reverse(NamedTuple):
    """The gradient by reverse mode, number by number: what autodiff says, and how exact that is; and a bound of
    the rounding in the loss itself."""

    gradient: list[float]
    spans: list[Span]
    noise: float


def by_reverse(leaves: Sequence[Value], out: Value) -> Reverse:
    """The gradient of `out` with respect to the leaves."""
    adjoints = reverse.numeric([(out, 1.0)])
    numbers = rounded(out)
    exact = spans(out, numbers)
    return Reverse(
        [float(adjoints.get(leaf, 0.0)) for leaf in leaves],
        [exact.get(leaf, NOTHING) for leaf in leaves],
        numbers[out].error,
    )


def reached(out: Value) -> set[Node]:
    """Everything on which the number of `out` depends here: of a `where`, the branch taken."""
    found: set[Node] = {out}
    stack: list[Node] = [out]
    while stack:
        for arg in looked_at(stack.pop()):
            if isinstance(arg, Node) and arg not in found:
                found.add(arg)
                stack.append(arg)
    return found


def slack() -> float:
    """The error that usual forms of functions and slopes get besides."""
    return 8.0 * unit()


def usual_loss(leaves: Sequence[Value], out: Value) -> list[float]:
    """What usual forms of the functions and of their slopes lose of the gradient, for each leaf (see `spans`)."""
    loose = spans(out, rounded(out, slack()), slack())
    return [loose.get(leaf, NOTHING).error for leaf in leaves]


def by_forward(loss: Function, arguments: Arguments, k: int, by_position: bool = False) -> float:
    """The derivative with respect to number k by forward mode, dual numbers through the same rows; nan where
    they do not go through."""
    rank = next_level()
    lift: Callable[[float, int], Dual] = lambda x, i: Dual(x, 1.0 if i == k else 0.0, rank)
    try:
        return plain(parts(flowing(loss, arguments, lift, by_position), rank)[1])
    except Exception:  # what works with Values, their labels for instance, need not work with dual numbers
        return math.nan


def by_complex_step(
    loss: Function, arguments: Arguments, k: int, error: float, by_position: bool = False
) -> Estimate | NotAnalytic:
    """The derivative with respect to number k by complex step, or the reason why that does not apply here.

    `error` bounds the rounding in the same derivative by reverse mode, whose sums are as long.
    """
    try:
        along: Callable[[Any], Any] = lambda lift: flowing(loss, arguments, lift, by_position)
        value = complex_step(along, k, arguments.numbers[k])
    except NotAnalytic as reason:
        return reason
    except Exception as reason:  # what works with Values need not work with complex numbers
        return NotAnalytic(f"complex numbers do not go through: {reason}")
    return Estimate(value, 8.0 * error + 64.0 * UNIT * abs(value))


def by_difference(
    loss: Function, arguments: Arguments, k: int, noise: float, role: str, by_position: bool = False
) -> Estimate:
    """The derivative with respect to number k by central differences, extrapolated; none where they fail."""
    at = arguments.numbers[k]
    along: Callable[[float], float] = lambda x: constant_value(loss, arguments, role, by_position, {k: x})
    return central_difference(along, at, noise) if math.isfinite(noise) else NONE
