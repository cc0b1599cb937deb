"""Whether a derivation computes in single precision: its own numbers show it."""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence

from microgradnn.check.arguments import Arguments, Function
from microgradnn.check.placing import finite, gradient_by_hand
from microgradnn.check.precision import DOUBLE, SINGLE, Precision
from microgradnn.errors import MicrogradnnError

SAID = "computes in single precision (float32): its numbers are held to 2**-24"
FEWEST = 3  # numbers that tell
TELLING, MANY = 12, 19  # significant bits: a single has 24, and chance or short decimals seldom more than this


def is_single(x: float) -> bool:
    """Whether a float is exactly one of single precision."""
    try:
        return bool(struct.unpack("<f", struct.pack("<f", x))[0] == x)
    except OverflowError:
        return False


def longer(x: float, bits: int) -> bool:
    """Whether a float needs more than so many significant bits."""
    mantissa = math.frexp(x)[0] * 2.0**bits
    return mantissa != math.floor(mantissa)


def precision_of(numbers: Iterable[Sequence[float]]) -> Precision:
    """The precision of a derivation, from each of its numbers at several points.

    It takes one number that is a single at every point, and no short one at some: a double is a single by chance
    once in 2**29 times, but zeros, halves and whole numbers are singles, too.
    """
    for values in numbers:
        told = [x for x in values if x and math.isfinite(x)]
        several = len({x for x in told if longer(x, TELLING)}) >= FEWEST
        if (several or any(longer(x, MANY) and x != math.floor(x) for x in told)) and all(map(is_single, told)):
            return SINGLE
    return DOUBLE


def precision_at_once(numbers: Iterable[float]) -> Precision:
    """The precision of numbers that cannot be asked for at other points: all of them, and two of many bits."""
    told = [x for x in numbers if x and math.isfinite(x)]
    return SINGLE if len([x for x in told if longer(x, MANY)]) >= 2 and all(map(is_single, told)) else DOUBLE


def precision_around(by_hand: Function, arguments: Arguments, found: Mapping[int, float]) -> Precision:
    """The precision of a derivation that was run at one point: it is run at some more, close by."""
    if not any(map(is_single, found.values())):
        return DOUBLE
    rng = random.Random(0)
    values = {i: [x] for i, x in found.items()}
    for _ in range(FEWEST + 1):
        try:
            there = finite(gradient_by_hand(by_hand, _close(arguments, rng.uniform))[0], arguments)
        except MicrogradnnError:  # a point at the end of a domain: this one lies out of it
            continue
        for i, x in there.items():
            values[i].append(x)
    return precision_of(values.values())


def _close(arguments: Arguments, uniform: Callable[[float, float], float]) -> Arguments:
    """Another point, whole numbers as they are: they count things."""
    things = [arguments.things[k] for k in arguments.places]
    return Arguments(
        arguments.lifted(lambda x, i: things[i] if isinstance(things[i], int) else x * (1.0 + uniform(-1e-3, 1e-3)))
    )
