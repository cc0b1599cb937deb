"""Columns brought to one scale, and back."""

import math
from collections.abc import Callable
from typing import Any, Self

from microgradnn.data.checks import Rows, Targets, check_inputs, check_targets
from microgradnn.errors import DataError, Misuse, SettingError, ShapeError

_TOO_WIDE = "column {} spans more than a float can hold; scale the data first"


class Normaliser:
    """Each column x becomes (x − shift) / scale, with the statistics of the data it was fitted to.

    `kind="standard"`: shift is the mean and scale the standard deviation (of the whole, divided by n);
    `kind="min-max"`: the least value goes to 0 and the greatest to 1. A constant column goes to 0.

    Fit it to the training data alone, then apply it to all: what is known of the test data must not leak into
    training. A flat list of numbers, such as targets, is a single column and stays flat.
    """

    def __init__(self, kind: str = "standard") -> None:
        if kind not in ("standard", "min-max"):
            raise SettingError(
                f"there is no kind {kind!r:.40} of normalising; there are 'standard' and 'min-max'"
                " (data go to fit: Normaliser().fit(X))"
            )
        self.kind = kind
        self.shift: list[float] = []
        self.scale: list[float] = []
        self.flat = False

    def fit(self, X: Any) -> Self:
        """Remember the statistics of every column; returns the normaliser itself."""
        rows, flat = _rows(X)
        measure = _standard if self.kind == "standard" else _min_max
        statistics = [measure([row[j] for row in rows], j) for j in range(len(rows[0]))]
        self.shift = [shift for shift, _ in statistics]
        self.scale = [scale for _, scale in statistics]
        self.flat = flat
        return self

    def apply(self, X: Any) -> Any:
        """The same rows on the common scale: (x − shift) / scale."""
        return self._each(X, lambda x, shift, scale: (x - shift) / scale)

    def undo(self, X: Any) -> Any:
        """The inverse of `apply`: x · scale + shift. It gives predictions their unit back."""
        return self._each(X, lambda x, shift, scale: x * scale + shift)

    def _each(self, X: Any, formula: Callable[[float, float, float], float]) -> Targets:
        if not self.scale:
            raise Misuse("this Normaliser knows no statistics yet; call fit with the training data first")
        rows, flat = _rows(X)
        if flat is not self.flat or len(rows[0]) != len(self.scale):
            was, now = _form(self.flat, len(self.scale)), _form(flat, len(rows[0]))
            raise ShapeError(f"this Normaliser was fitted to {was}, and {now} came; give the same columns")
        statistics = list(zip(self.shift, self.scale, strict=True))
        out = [[formula(x, *known) for x, known in zip(row, statistics, strict=True)] for row in rows]
        return [row[0] for row in out] if flat else out

    def __repr__(self) -> str:
        known = f" of {_form(self.flat, len(self.scale))}" if self.scale else ", not fitted"
        return f"Normaliser({self.kind}{known})"


def _rows(X: Any) -> tuple[Rows, bool]:
    """Rows, and whether they were a flat list of single numbers."""
    items = check_targets(X, "X")
    if isinstance(items[0], list):
        return check_inputs(items, "X"), False
    return [[x] for x in items], True


def _form(flat: bool, columns: int) -> str:
    return "a flat list" if flat else f"rows of {columns} column{'s' if columns > 1 else ''}"


def _standard(column: list[float], j: int) -> tuple[float, float]:
    """Mean and standard deviation; measured in units of the largest deviation, so that no square is lost."""
    if min(column) == max(column):
        return column[0], 1.0
    try:
        mean = math.fsum(column) / len(column)
    except OverflowError:
        raise DataError(_TOO_WIDE.format(j)) from None
    deviations = [x - mean for x in column]
    largest = max(abs(d) for d in deviations)
    if math.isinf(largest):
        raise DataError(_TOO_WIDE.format(j))
    spread = math.sqrt(math.fsum((d / largest) ** 2 for d in deviations) / len(column))
    return mean, largest * spread or largest


def _min_max(column: list[float], j: int) -> tuple[float, float]:
    low, high = min(column), max(column)
    if math.isinf(high - low):
        raise DataError(_TOO_WIDE.format(j))
    return low, (high - low) or 1.0
