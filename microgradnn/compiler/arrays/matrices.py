"""Products of matrices among instructions: x₁·y₁ + x₂·y₂ + … for every pair of some xs and some ys."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from microgradnn.compiler.arrays.places import Piece
from microgradnn.elementary import mul
from microgradnn.rules import inner

BESIDE = 2  # terms that go beside a product of matrices, at most
LEAST = 4  # numbers that tables have on the average, at least
ROUNDS = 8  # from factor to factor within which a table is found


class Table(NamedTuple):
    """The rows of factors, (term, i) and (term, j): the sums of their products are a number for every i and j."""

    xs: Any
    ys: Any

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return int(self.xs.shape[1] * self.ys.shape[1])


class Grid(NamedTuple):
    """Instructions side by side, (i, t) or (t, i): the weights (i, term) times the columns (term, t).

    `beside` are terms that do not belong there.
    """

    weights: Any
    columns: Any
    across: bool  # whether instructions of the same weights follow each other
    beside: list[int]


def tables(piece: Piece) -> tuple[list[Table], Any] | None:
    """The tables that have the results of a piece, and its instructions' places in them, one after the other."""
    if piece.op not in (inner, mul) or (piece.op is inner and not piece.zero):
        return None
    x, y = piece.operands[-2:]
    if x.uniform or y.uniform or not x.rows.shape[0]:
        return None
    xs, ys = (np.atleast_2d(operand.rows) for operand in (x, y))
    (i_first, i), (j_first, j) = kinds(xs), kinds(ys)
    found, places, size = [], np.empty(piece.size, np.intp), 0
    lots = _apart(i, j)
    if lots is None or len(lots) * LEAST > piece.size:
        return None
    for part in lots:
        (rows, down), (columns, across) = (np.unique(kind[part], return_inverse=True) for kind in (i, j))
        if len(rows) * len(columns) > 2 * len(part):
            return None
        found.append(Table(xs[:, i_first[rows]], ys[:, j_first[columns]]))
        places[part] = size + down * len(columns) + across
        size += found[-1].size
    return found, places


def grid(xs: Any, ys: Any) -> Grid | None:
    """The grid that sums of products are, xs and ys of shape (term, instruction), if they are one."""
    count = ys.shape[1]
    alone = [len(np.unique(row)) == count > 1 for row in ys]
    beside = np.flatnonzero(alone).tolist()
    xs, ys = xs[np.logical_not(alone)], ys[np.logical_not(alone)]
    if len(xs) < 2 or len(beside) > BESIDE:
        return None
    width = len(kinds(ys)[0])
    if count % width or width == count > 1:
        return None
    x, y = (rows.reshape(len(rows), width, -1) for rows in (xs, ys))
    if (x == x[:, :1]).all() and (y == y[:, :, :1]).all():
        return Grid(x[:, 0].T, y[:, :, 0].T, False, beside)
    x, y = (rows.reshape(len(rows), -1, width) for rows in (xs, ys))
    if (x == x[:, :, :1]).all() and (y == y[:, :1]).all():
        return Grid(x[:, :, 0].T, y[:, 0], True, beside)
    return None


def kinds(rows: Any) -> tuple[Any, Any]:
    """Which columns are the same: the first of each kind, and the kind of every column."""
    first, kind = np.zeros(1, np.intp), np.zeros(rows.shape[1], np.intp)
    for row in rows:
        _, first, kind = np.unique(kind * (row.max() + 1) + row, return_index=True, return_inverse=True)
    return first, kind


def _apart(i: Any, j: Any) -> list[Any] | None:
    """Products that share a factor, directly or by way of others, together: the places of each lot."""
    lot = np.arange(len(i))
    for _ in range(ROUNDS):
        before = lot
        for factor in (i, j):
            least = np.full(len(lot), len(lot))
            np.minimum.at(least, factor, lot)
            lot = least[factor]
        if (lot == before).all():
            return [np.flatnonzero(lot == each) for each in np.unique(lot)]
    return None
