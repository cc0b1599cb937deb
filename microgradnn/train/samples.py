"""Samples as a training run takes them, and the order in which it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from numbers import Integral, Real
from random import Random
from typing import Any

from microgradnn.data.chance import generator, permutation
from microgradnn.data.checks import real
from microgradnn.errors import DataError, SettingError, ShapeError


def samples(X: Any, Y: Any, names: tuple[str, str] = ("X", "Y")) -> tuple[list[Any], list[Any]]:
    """Inputs and as many targets, as lists of plain numbers nested as they came; iterators are read here.

    What is no finite number is a DataError that says where it stands. Whole numbers stay whole, since a model
    may use them as places in a table.
    """
    rows, targets = _items(X, names[0]), _items(Y, names[1])
    if len(rows) != len(targets):
        raise ShapeError(
            f"{names[0]} has {len(rows)} samples and {names[1]} has {len(targets)}: give one target for each"
        )
    if not rows:
        raise DataError(f"{names[0]} is empty; there is nothing to learn from")
    return (
        [_plain(row, f"{names[0]}[{i}]") for i, row in enumerate(rows)],
        [_plain(target, f"{names[1]}[{i}]") for i, target in enumerate(targets)],
    )


def _plain(x: Any, where: str) -> Any:
    if x.__class__ is int:
        return x
    if isinstance(x, Integral) and not isinstance(x, bool):
        return int(x)
    if isinstance(x, Real):
        return real(x, where)
    if isinstance(x, dict):
        return {key: _plain(part, f"{where}[{key!r}]") for key, part in x.items()}
    # Most are floats as they should be, of which nothing needs to be said.
    return [
        part if part.__class__ is float and part - part == 0.0 else _plain(part, f"{where}[{i}]")
        for i, part in enumerate(_items(x, where))
    ]


def _items(x: Any, where: str) -> list[Any]:
    if isinstance(x, str | bytes | Mapping | Set):
        raise DataError(f"{where} is a {type(x).__name__}; data are numbers and lists of numbers")
    try:
        return list(x)
    except TypeError:
        raise DataError(f"{where} is one {type(x).__name__}; data are numbers and lists of numbers") from None


def chance(shuffle: bool, seed: int | Random | None) -> Random | None:
    """What orders the samples: None for the order in which they came. Without a seed it starts at 0."""
    rng = generator(0 if seed is None else seed)
    return rng if shuffle else None


def batches(size: int, batch_size: int | None, rng: Random | None) -> Iterator[list[int]]:
    """The places of one epoch's samples, a mini-batch at a time, the last one holding what is left."""
    order = list(range(size)) if rng is None else permutation(rng, size)
    each = size if batch_size is None else batch_size
    return (order[k : k + each] for k in range(0, size, each))


def whole(n: Any, name: str, least: int, otherwise: str = "") -> int:
    """A setting that is a count."""
    if not isinstance(n, Integral) or isinstance(n, bool) or n < least:
        raise SettingError(f"{name} is {n!r}; it is an integer of at least {least}{otherwise}")
    return int(n)


def size_of_batch(batch_size: Any) -> int | None:
    """A mini-batch's size, or None for all samples together."""
    return None if batch_size is None else whole(batch_size, "batch_size", 1, ", or None for all samples")
