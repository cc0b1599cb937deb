"""A row, or an element, at a place that may be an input of a compiled function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from microgradnn.arithmetic import at
from microgradnn.compiler.unknown import Place, Unknown
from microgradnn.errors import DataError, NotANumber, ShapeError
from microgradnn.nest import flatten
from microgradnn.ops import Flow


def take(rows: Sequence[Any], index: Any) -> Any:
    """rows[index], for an integer that may be an input: the row of an embedding, the logit of a target.

    `rows` is a list of numbers, or of lists nested alike; places are counted from 0. In a function that is
    compiled, `rows[index]` would hold for one place only, and this holds for all.
    A place that is no integer, or outside the list, is a DataError.
    """
    if not isinstance(rows, list | tuple) or not rows:
        raise ShapeError(f"take(rows, index) takes from a list that holds something, not from {rows!r:.40}")
    index = index.plain() if isinstance(index, Flow) else index
    if isinstance(index, Place):
        return _chosen(rows, index)
    if isinstance(index, Unknown):
        raise NotANumber("take(rows, index): the index is no integer; hand places over as an array of integers")
    place = index.item() if hasattr(index, "item") else index
    if isinstance(place, float) and place.is_integer():
        place = int(place)
    if not isinstance(place, int) or isinstance(place, bool):
        raise NotANumber(f"take(rows, index): the index is {index!r:.40}, which is no integer")
    if not 0 <= place < len(rows):
        raise DataError(f"take(rows, index): there is no place {place} among {len(rows)}, counted from 0")
    return rows[place]


def _chosen(rows: Sequence[Any], index: Place) -> Any:
    if index < 0 or index > len(rows) - 1:  # a guard: such a place is left to the eager engine, which refuses it
        raise DataError(f"take(rows, index): a place is outside the {len(rows)} rows")
    forms = [flatten(row) for row in rows]
    columns = [leaves for leaves, _ in forms]
    if len({len(leaves) for leaves in columns}) > 1:
        raise ShapeError("take(rows, index) at a place that is an input takes from rows of one form")
    picked = at([list(column) for column in zip(*columns, strict=True)], index)
    return forms[0][1](picked)
