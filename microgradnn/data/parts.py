"""A data set in parts: for training, validation and testing, and in mini-batches."""

import math
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from microgradnn.data.chance import generator, permutation
from microgradnn.data.checks import Rows, Targets, amount, check_data, positive, real
from microgradnn.errors import DataError, SettingError


def split(
    X: Any,
    Y: Any,
    fractions: Sequence[float] = (0.7, 0.15, 0.15),
    seed: int | Random = 0,
    shuffle: bool = True,
) -> list[tuple[Rows, Targets]]:
    """A data set falls into parts, each row into exactly one, their sizes in the ratio of the fractions.

    For training, validation and test by default; two fractions, or more than three, are as welcome:
    `(X, Y), (X_test, Y_test) = split(X, Y, (0.8, 0.2))`. The fractions add up to 1, and no part stays empty.
    """
    rows, targets = check_data(X, Y)
    bounds = _bounds(len(rows), fractions)
    order = permutation(generator(seed), len(rows)) if shuffle else list(range(len(rows)))
    return [_take(rows, targets, order[a:b]) for a, b in zip([0, *bounds], bounds, strict=False)]


def _bounds(size: int, fractions: Sequence[float]) -> list[int]:
    """Where each part ends: the fractions' running total of the whole, to the nearest row."""
    if not isinstance(fractions, Sequence) or isinstance(fractions, str):
        raise SettingError(f"fractions are {fractions!r}; give one for each part, such as (0.8, 0.2)")
    shares = [amount(fraction, f"fractions[{i}]") for i, fraction in enumerate(fractions)]
    if len(shares) < 2 or any(share <= 0.0 for share in shares) or abs(math.fsum(shares) - 1.0) > 1e-9:
        raise SettingError(f"fractions are {list(fractions)}; two or more above 0 that add up to 1 are expected")
    bounds = [math.floor(size * math.fsum(shares[: i + 1]) + 0.5) for i in range(len(shares))]
    bounds[-1] = size
    for i, (a, b) in enumerate(zip([0, *bounds], bounds, strict=False)):
        if a >= b:
            raise DataError(f"{size} rows are too few: fractions[{i}] = {shares[i]} of them is less than one row")
    return bounds


def batches(X: Any, Y: Any, size: int, shuffle: bool = False, seed: int | Random = 0) -> Iterator[tuple[Rows, Targets]]:
    """One pass over a data set, `size` rows at a time; the last batch holds what is left.

    Shuffled, each row still comes exactly once. A `random.Random` as seed goes on where it stands, so
    that every epoch can have an order of its own.
    """
    rows, targets = check_data(X, Y)
    positive(size, "size")
    order = permutation(generator(seed), len(rows)) if shuffle else list(range(len(rows)))
    return (_take(rows, targets, order[i : i + size]) for i in range(0, len(rows), size))


def _take(rows: Rows, targets: Targets, places: list[int]) -> tuple[Rows, Targets]:
    return [rows[i] for i in places], [targets[i] for i in places]  # type: ignore[return-value]


def one_hot(labels: Sequence[Any], classes: int | Sequence[Any] | None = None) -> Rows:
    """A label among k classes is the unit vector of length k that points at its class.

    `classes` is their number (labels count from 0) or the labels in order; without it, the labels are
    integers and the largest one tells.
    """
    labels = list(labels)
    if isinstance(classes, int) or classes is None:
        whole = [_whole(label, i) for i, label in enumerate(labels)]
        if not whole:
            raise DataError("labels are empty; there is nothing to learn from")
        k = max(whole) + 1 if classes is None else positive(classes, "classes")
        if k > 10_000 and classes is None:  # a slip, such as the wrong column, would fill the memory
            raise DataError(f"labels go up to {k - 1}; if there are so many classes, say it: classes={k}")
        places = whole
        if max(whole) >= k:
            i = next(i for i, label in enumerate(whole) if label >= k)
            raise DataError(f"labels[{i}] is {whole[i]}; {k} classes are counted from 0 to {k - 1}")
    else:
        names = list(classes)
        k = len(names)
        for i, label in enumerate(labels):
            if label not in names:
                raise DataError(f"labels[{i}] is {label!r}; the classes are {', '.join(map(repr, names))}")
        places = [names.index(label) for label in labels]
    return [[1.0 if i == place else 0.0 for i in range(k)] for place in places]


def _whole(label: Any, i: int) -> int:
    """A label that counts from 0: a whole number, whatever type it has."""
    try:
        value = real(label, "")
    except DataError:
        value = -1.0
    if value < 0.0 or value != int(value):
        raise DataError(f"labels[{i}] is {label!r:.40}; labels count from 0 (or name them: classes=[…])")
    return int(value)
