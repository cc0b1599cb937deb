"""What a network may be fed with: any ordered row of numbers, its length checked and nothing cut off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from itertools import islice
from numbers import Real
from typing import Any

from microgradnn.errors import NotANumber, ShapeError
from microgradnn.ieee import number
from microgradnn.ops import Flow

ENOUGH = 1000  # inputs too many: after so many nobody counts on


def vector(x: Any, size: int, who: str) -> Sequence[Any]:
    """The inputs of `who`, which takes `size` of them: floats and things that flow.

    Lists, tuples, iterators and arrays are taken, and a bare number where one input is expected.
    """
    kind = x.__class__
    if kind is not list and kind is not tuple:
        x = _listed(x, size, who)
    if len(x) != size:
        got = f"{len(x)}" if len(x) < size + ENOUGH else f"{len(x)} or more"
        raise ShapeError(f"{who} expects {size} input{'' if size == 1 else 's'}, got {got}")
    for v in x:
        if v.__class__ is not float and not isinstance(v, Flow):
            return [v if isinstance(v, Flow) else number(v, f"an input of {who}") for v in x]
    return x  # type: ignore[no-any-return]


def _listed(x: Any, size: int, who: str) -> list[Any]:
    """The inputs as a list; of an iterator, which may never end, no more than are needed to say what is wrong."""
    if isinstance(x, Flow | Real):
        return [x]
    if isinstance(x, str | bytes):
        raise NotANumber(f"{who} takes numbers, and {x!r:.40} is text: convert it first")
    if isinstance(x, Mapping | Set):
        raise NotANumber(f"{who} takes inputs in order, which a {type(x).__name__} does not have: give a list")
    try:
        return list(islice(x, size + ENOUGH))
    except TypeError:
        raise NotANumber(f"{who} takes a list of numbers, not one {type(x).__name__}") from None
