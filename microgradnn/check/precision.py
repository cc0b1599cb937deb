"""The precision that a derivation is held to: double, unless its own numbers show that it computes in single."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple


class Precision(NamedTuple):
    """A format of floating-point numbers, and what follows from it.

    `unit` is the largest relative error of one rounding to nearest, `tiny` what underflow may cost, `normal` the
    smallest number with all its digits, `large` a relative error whose square is more than a rounding,
    `vanishing` the size below which people write 0, as for a sigmoid whose exponential overflows. Two numbers are
    `near` that may be the same for all that a search needs, and `clear` where no doubt is left. Where rounding hides
    more than `few` of a gradient, little was compared.
    """

    unit: float
    tiny: float
    normal: float
    large: float
    vanishing: float
    near: float
    clear: float
    few: float


DOUBLE = Precision(2.0**-53, 5e-324, 2.0**-1022, 1e-8, 1e-300, 1e-8, 1e-10, 1e-6)
SINGLE = Precision(2.0**-24, 2.0**-149, 2.0**-126, 2.0**-12, 1e-37, 5e-6, 1e-5, 1e-3)

precision: ContextVar[Precision] = ContextVar("precision of the derivation", default=DOUBLE)


@contextmanager
def held_to(found: Precision) -> Iterator[None]:
    """Within, rounding is bounded for a derivation in this precision."""
    token = precision.set(found)
    try:
        yield
    finally:
        precision.reset(token)


def unit() -> float:
    """The largest relative error of one rounding to nearest."""
    return precision.get().unit


def seed() -> float:
    """The relative error of an input: one unit in its last place."""
    return 2.0 * precision.get().unit
