"""What a derivation by hand says, and how much of it may be rounding."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

from microgradnn.check.arguments import Arguments, Function
from microgradnn.check.calling import call
from microgradnn.check.placing import finite, gradient_by_hand, placed
from microgradnn.check.precision import seed, unit
from microgradnn.check.rehearsal import rehearse
from microgradnn.check.rounded import Rounded
from microgradnn.errors import Misuse
from microgradnn.ieee import number

DIRECTIONS = 4


def derived(by_hand: Function, arguments: Arguments) -> tuple[dict[int, float], list[str], bool]:
    """The gradients, by the place of their numbers; the names of arguments that have none; and whether some of the
    numbers say by their type that they are of single precision."""
    raw, left_out = gradient_by_hand(by_hand, arguments)
    found = finite(raw, arguments)
    again = finite(gradient_by_hand(by_hand, arguments)[0], arguments)
    for i, x in found.items():
        if again.get(i) != x:
            raise Misuse(
                f"by_hand gave {x!r}, then {again.get(i)!r} for {arguments.names[i]} at the same point: "
                "is it random, or does it change what it was given?"
            )
    return found, left_out, any(type(x).__name__ == "float32" for x in raw.values())


def rounding(
    by_hand: Function, arguments: Arguments, found: dict[int, float], usual: Callable[[], list[float]]
) -> dict[int, float]:
    """For each gradient a bound of the rounding in it.

    by_hand runs once more on numbers that keep account of it (see `rehearsal`). Where they do not go through,
    or not all the way, as in numpy's arrays, the bound is made of what a unit in the last place of the inputs
    changes, and of what usual forms lose (`usual`: 1 - t*t for the slope of tanh loses a rounding of 1).
    """
    kept, escaped = _rehearsed(by_hand, arguments)
    result: dict[int, float] = {}
    moved: list[dict[int, Any]] | None = None
    for i, x in found.items():
        told = kept.get(i)
        result[i] = 0.0
        if isinstance(told, Rounded) and abs(told.plain() - x) <= 2.0 * told.error + 4.0 * unit() * abs(x):
            result[i] = told.error
            if not escaped:
                continue
        if moved is None:
            moved, loose = _nudged(by_hand, arguments), usual()
        spread = max((abs(number(each[i]) - x) for each in moved if i in each), default=0.0)
        result[i] += 4.0 * spread + 16.0 * unit() * abs(x) + 2.0 * loose[i]
    return {i: error if error == error else math.inf for i, error in result.items()}


def _rehearsed(by_hand: Function, arguments: Arguments) -> tuple[dict[int, Any], bool]:
    named = arguments.given() | _lifted_floats(arguments)
    try:
        result, escaped = rehearse(by_hand, named)
        return placed(result, arguments)[0], escaped
    except Exception:  # the numbers that keep account are no plain floats, and some code minds that
        return {}, True


def _lifted_floats(arguments: Arguments) -> dict[str, Any]:
    """Ints stay: they count things."""
    return arguments.lifted(
        lambda x, i: arguments.things[arguments.places[i]] if _whole(arguments, i) else Rounded(x, seed() * abs(x))
    )


def _whole(arguments: Arguments, i: int) -> bool:
    return isinstance(arguments.things[arguments.places[i]], int)


def _nudged(by_hand: Function, arguments: Arguments) -> list[dict[int, Any]]:
    """by_hand at inputs that differ by a unit in the last place, in a few fixed directions."""
    rng = random.Random(0)
    found = []
    for _ in range(DIRECTIONS):
        signs = [rng.choice((-1.0, 1.0)) for _ in arguments.numbers]
        named = arguments.lifted(
            lambda x, i, signs=signs: (  # type: ignore[misc]
                arguments.things[arguments.places[i]] if _whole(arguments, i) else x * (1.0 + signs[i] * seed())
            )
        )
        try:
            found.append(placed(call("by_hand", by_hand, named), arguments)[0])
        except Misuse:  # an input at the end of a domain: this direction leads out of it
            continue
    return found
