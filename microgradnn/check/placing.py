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


def gradient_by_hand(by_hand: Function, arguments: Arguments) -> tuple[dict[int, Any], list[str]]:
    """What the user derived: for each of the numbers that were given, by its place; and the names left out."""
    return placed(call("by_hand", by_hand, arguments.given()), arguments)


def placed(result: Any, arguments: Arguments, role: str = "by_hand") -> tuple[dict[int, Any], list[str]]:
    """A dict of gradients, checked against the arguments' nesting and laid out number by number."""
    if not isinstance(result, Mapping):
        raise DataError(
            f"{role} must return a dict {{name: gradient}}, such as {{{next(iter(arguments.named))!r}: …}}, "
            f"and returned {kind_of(result)}"
        )
    for name in result:
        if name not in arguments.named:
            raise DataError(
                f"{role} has a gradient for {name!r}, which is no argument; there are: {', '.join(arguments.named)}"
            )
    if not result:
        raise DataError(f"{role} returned an empty dict: give a gradient for some of {', '.join(arguments.named)}")
    of_name = _places_by_name(arguments)
    found: dict[int, Any] = {}
    for name, gradient in result.items():
        if not of_name[name]:
            raise DataError(f"{role} has a gradient for {name!r}, in which there are no numbers")
        _no_array(gradient, f"{role}: the gradient of {name}")
        leaves = match(
            arguments.named[name], gradient, f"{role}: the gradient of {name}", expected=f"as in {name} itself"
        )
        wanted = flatten(arguments.named[name])[0]
        given = [x for x, want in zip(leaves, wanted, strict=True) if is_number(want)]
        found |= dict(zip(of_name[name], given, strict=True))
    return found, [name for name in arguments.named if name not in result and of_name[name]]


def _no_array(gradient: Any, what: str) -> None:
    for x in flatten(gradient)[0]:
        if getattr(x, "shape", ()):
            raise DataError(f"{what} holds an array: give nested lists, which .tolist() makes of it")


def _places_by_name(arguments: Arguments) -> dict[str, list[int]]:
    """For each argument the places of its numbers."""
    found: dict[str, list[int]] = {}
    first = 0
    for name, value in arguments.named.items():
        count = len([x for x in flatten(value)[0] if is_number(x)])
        found[name] = list(range(first, first + count))
        first += count
    return found


def finite(found: dict[int, Any], arguments: Arguments, role: str = "by_hand") -> dict[int, float]:
    """The gradients as floats; a string, None or nan among them is an error that names the place."""
    result: dict[int, float] = {}
    for i, x in found.items():
        what = f"{role}: the gradient of {arguments.names[i]}"
        try:
            result[i] = number(x, what)
        except MicrogradnnError:
            if isinstance(x, Value):
                raise DataError(f"{what} is a Value: compute with the plain numbers that come in") from None
            raise
        if math.isnan(result[i]):
            raise DataError(f"{what} is nan: look for 0/0, inf - inf, or a function outside its domain")
    return result
