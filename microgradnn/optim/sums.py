"""The sums of a step of training, in their order: over samples, and of the penalties over parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from microgradnn.elementary import sign

LANES = 8


def added(lanes: Iterable[Any]) -> Any:
    """The sum over samples of a number of each: that of sample k is added to lane k mod 8, and the lanes to each other.

    Each lane is added up from the left. This order is quick for processors, and the same in compiled training,
    however a batch is cut up there. None is a lane without samples, and so is one that is missing; what is added may
    be floats, or arrays of them.
    """
    t = [0.0 if x is None else x for x in lanes]
    t += [0.0] * (LANES - len(t))
    return ((t[0] + t[4]) + (t[2] + t[6])) + ((t[1] + t[5]) + (t[3] + t[7]))


def from_left(xs: Iterable[Any]) -> Any:
    """((0 + x₀) + x₁) + …"""
    total: Any = 0.0
    for x in xs:
        total = total + x
    return total


def penalty(
    loss: float, parameters: Sequence[Any], l1: float, l2: float, total: Callable[[Iterable[Any]], Any] = from_left
) -> Any:
    """loss + l1·Σ|p| + l2·Σp², each sum from the left; a penalty of weight 0 is left out.

    The parameters may come as arrays where `total` adds up what is in these.
    """
    if l1:
        loss = loss + l1 * total(abs(p) for p in parameters)
    if l2:
        loss = loss + l2 * total(p * p for p in parameters)
    return loss


def slope(g: Any, p: Any, l1: float, l2: float) -> Any:
    """The gradient g of the mean loss and, after it, those of the penalties: g + l1·sign(p) + l2·(2p)."""
    if l1:
        g = g + l1 * sign(p)
    if l2:
        g = g + l2 * (2.0 * p)
    return g
