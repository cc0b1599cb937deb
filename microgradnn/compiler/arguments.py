"""The arguments of a compiled function: numbers in a row, and how they were nested."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from numbers import Integral
from struct import pack
from typing import Any

import numpy as np

from microgradnn.compiler.sampled import Array
from microgradnn.errors import NotANumber, ShapeError
from microgradnn.ieee import number
from microgradnn.nest import flatten
from microgradnn.ops import Flow

MANY = 10_000  # parts of a nesting, after which it is looked at whether it ends
_OTHER = 2  # in a form: a whole number of another kind than Python's


def taken(args: tuple[Any, ...]) -> tuple[tuple[Any, ...], Array, tuple[Any, ...]]:
    """The arguments, whole numbers of numpy's being Python's, with their row and form."""
    row, form = _row(args)
    if _OTHER not in form:
        return args, row, form
    leaves, rebuild = flatten(args)
    args = rebuild([int(x) if isinstance(x, Integral) and not isinstance(x, bool) else x for x in leaves])
    return args, row, tuple([1 if kind == _OTHER else kind for kind in form])


def _row(args: Sequence[Any]) -> tuple[Array, tuple[Any, ...]]:
    """The numbers of the arguments as a row, and what tells their nesting."""
    form: list[Any] = []
    row: list[float] = []
    work = list(reversed(args))
    while work:
        x = work.pop()
        kind = x.__class__
        if kind is float:
            row.append(x)
            form.append(0)
        elif kind is list and x and list(map(type, x)).count(float) == len(x):
            row += x
            form.append((list, len(x), float))
        elif kind is list or kind is tuple or kind is dict:
            form.append((kind, tuple(x) if kind is dict else len(x)))
            if len(form) == MANY:
                flatten(args)  # which refuses what contains itself, and would go on here for ever
            work += reversed(list(x.values()) if kind is dict else x)
        elif isinstance(x, Flow):
            raise NotANumber(
                f"a compiled function takes plain numbers, and a {type(x).__name__} came: "
                "give its .data, or for a graph call the function that was compiled, which is its .fn"
            )
        elif isinstance(x, np.ndarray):
            raise NotANumber(
                "a compiled function takes numbers and lists of numbers, and an array came: give array.tolist(), "
                "or arrays that hold many samples to its .batch"
            )
        elif isinstance(x, list | tuple | dict):
            raise ShapeError(f"a compiled function takes numbers, lists, tuples and dicts, not one {type(x).__name__}")
        else:
            row.append(number(x, "an argument of a compiled function"))
            whole = isinstance(x, Integral) and not isinstance(x, bool)
            form.append(1 if kind is int else _OTHER if whole else 0)
    return np.frombuffer(pack(f"{len(row)}d", *row)).reshape(1, -1), tuple(form)


def nested(leaves: list[float], args: Sequence[Any], form: Sequence[Any]) -> tuple[Any, ...]:
    """Numbers nested as the arguments are."""
    if len(form) == len(args) and all(kind in (0, 1) or kind[-1] is float for kind in form):
        ends = accumulate(1 if kind in (0, 1) else kind[1] for kind in form)
        parts = zip(form, ends, strict=True)
        return tuple([leaves[end - 1] if kind in (0, 1) else leaves[end - kind[1] : end] for kind, end in parts])
    found: tuple[Any, ...] = flatten(tuple(args))[1](leaves)
    return found
