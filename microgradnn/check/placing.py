"""Gradients as the user returns them, laid out number by number beside the arguments they belong to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from microgradnn.check.arguments import Arguments, Function, is_number
from microgradnn.check.calling import call, kind_of
from microgradnn.engine import Value
from microgradnn.errors import DataError, MicrogradnnError
from microgradnn.ieee import number
from microgradnn.nest import flatten, match

GRADIENT = "by_hand: the gradient of"
POINT_OF = {"step": "params", "after:": "before"}  # where the numbers are that something is given for; else in at


def gradient_by_hand(by_hand: Function, arguments: Arguments) -> tuple[dict[int, Any], list[str]]:
    """What the user derived: for each of the numbers that were given, by its place; and the names left out."""
    return placed(call("by_hand", by_hand, arguments.given()), arguments)


def placed(result: Any, arguments: Arguments, what: str = GRADIENT) -> tuple[dict[int, Any], list[str]]:
    """A dict by name, checked against the arguments' nesting and laid out number by number; and the names that
    it leaves out. `what` begins the messages."""
    if not isinstance(result, Mapping):
        first = next(iter(arguments.named))
        raise DataError(f"{what} … must come in a dict, such as {{{first!r}: …}}, and {kind_of(result)} came")
    for name in result:
        if name not in arguments.named:
            raise DataError(f"{what} {name!r}: there is no such argument; there are: {', '.join(arguments.named)}")
    if not result:
        raise DataError(f"{what} …: the dict is empty; give something for some of {', '.join(arguments.named)}")
    of_name = places_by_name(arguments)
    found: dict[int, Any] = {}
    for name, gradient in result.items():
        if not of_name[name]:
            given = arguments.named[name]
            kind = "an array: give its .tolist()" if getattr(given, "shape", ()) else f"{kind_of(given)}: give numbers"
            raise DataError(f"{POINT_OF.get(what, 'at')}: there are no numbers in {name} itself; it is {kind}")
        refuse_array(gradient, f"{what} {name}")
        leaves = match(arguments.named[name], gradient, f"{what} {name}", expected=f"as in {name} itself")
        wanted = flatten(arguments.named[name])[0]
        given = [x for x, want in zip(leaves, wanted, strict=True) if is_number(want)]
        found |= dict(zip(of_name[name], given, strict=True))
    return found, [name for name in arguments.named if name not in result and of_name[name]]


def refuse_array(gradient: Any, what: str) -> None:
    for x in flatten(gradient)[0]:
        if getattr(x, "shape", ()):
            raise DataError(f"{what} holds an array: give nested lists, which .tolist() makes of it")


def places_by_name(arguments: Arguments) -> dict[str, list[int]]:
    """For each argument the places of its numbers."""
    found: dict[str, list[int]] = {}
    first = 0
    for name, value in arguments.named.items():
        count = len([x for x in flatten(value)[0] if is_number(x)])
        found[name] = list(range(first, first + count))
        first += count
    return found


def finite(found: dict[int, Any], arguments: Arguments, what: str = GRADIENT) -> dict[int, float]:
    """The gradients as floats; a string, None or nan among them is an error that names the place."""
    result: dict[int, float] = {}
    for i, x in found.items():
        place = f"{what} {arguments.names[i]}"
        try:
            result[i] = number(x, place)
        except MicrogradnnError:
            if isinstance(x, Value):
                raise DataError(f"{place} is a Value: compute with the plain numbers that come in") from None
            raise
        if math.isnan(result[i]):
            raise DataError(f"{place} is nan: look for 0/0, inf - inf, or a function outside its domain")
    return result
