"""Functions by name, as pickle has them, and functions that are made again and again of one piece of code."""

from __future__ import annotations

import sys
from operator import attrgetter, is_
from types import FunctionType
from typing import Any

from microgradnn.errors import Misuse


def reference(made: Any, fn: Any) -> str | None:
    """The name under which a module has what was made of fn, if `compile` decorates it; else None.

    Misuse where no module has fn either, as with a lambda.
    """
    if not isinstance(fn, FunctionType):
        return None  # pickle knows what to do
    try:
        found = attrgetter(fn.__qualname__)(sys.modules[fn.__module__])
    except (AttributeError, KeyError):
        found = None
    if found is made:
        return fn.__qualname__
    if found is not fn:
        raise Misuse(
            f"what compile makes is pickled by the name of its function, and no module has {fn.__qualname__!r}, "
            f"the one in {fn.__module__}: define it with def, at the top of a module"
        )
    return None


def alike(f: Any, g: Any) -> bool:
    """Whether two functions are one, or a lambda that was made twice over the same things."""
    if f is g or not (isinstance(f, FunctionType) and isinstance(g, FunctionType)):
        return f is g
    one, two = ((x.__code__, x.__globals__, x.__defaults__, x.__kwdefaults__, *_cells(x)) for x in (f, g))
    return len(one) == len(two) and all(map(is_, one, two))


def _cells(f: FunctionType) -> list[Any]:
    try:
        return [cell.cell_contents for cell in f.__closure__ or ()]
    except ValueError:  # one has nothing in it yet
        return [f]
