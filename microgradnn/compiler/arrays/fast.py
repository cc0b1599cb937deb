"""The same programs with numpy's own functions and with BLAS: quicker, and right to rounding only.

A sum of n products is within n·2⁻⁵² of the sum of their sizes, in whatever order it is added, and numpy's functions
are within 4 units in the last place. What these differences grow to in later steps depends on the program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from microgradnn.compiler.arrays.elements import Call, Writing, library_calls, steps
from microgradnn.compiler.arrays.places import Piece, Places
from microgradnn.compiler.arrays.plan import OWN, Plan
from microgradnn.compiler.arrays.sums import BIAS, SECOND, Sums
from microgradnn.compiler.lanes import LANES
from microgradnn.compiler.steps import Branch, Step
from microgradnn.elementary import mul
from microgradnn.rules import inner

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": np.exp, "expm1": np.expm1, "log": np.log, "log1p": np.log1p, "sin": np.sin, "cos": np.cos, "tan": np.tan,
    "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "atan2": np.arctan2, "sinh": np.sinh, "cosh": np.cosh,
    "tanh": np.tanh, "pow": np.power,
}  # fmt: skip


class FastPlan(Plan):
    """Calls that may add in another order, and gradients that are added up while they are multiplied."""

    def __init__(self, places: Places, width: int) -> None:
        self._tables: list[tuple[Any, Any]] = []
        self._size = 0
        self._place = np.full(len(places.grads), -1)  # of each gradient in the tables, one after the other
        super().__init__(places, width)
        rest = np.flatnonzero(self._place < 0)
        self._place[rest] = self._size + np.arange(len(rest))
        self._rest = places.grads[rest]
        self.gradients = np.empty((len(rest), width))
        self._sums = np.empty(self._size + len(rest))
        self._adding: dict[int, list[Call]] = {}  # by the number of samples

    def _add(self, piece: Piece, begin: int, end: int) -> None:
        if self.width < LANES or piece.uniform:
            super()._add(piece, begin, end)
        elif begin == 0 and end == piece.size and self._tabled(piece):
            pass
        elif piece.op is inner:
            FastSums(self, piece, slice(begin, end), self._out(piece, begin, end), self.block).add()
        else:
            self._elements(piece, slice(begin, end), self._out(piece, begin, end))

    def _elements(self, piece: Piece, part: slice, out: Any) -> None:
        whole = steps(piece.op, len(piece.operands))
        tree = _ordered(whole)
        bound = _bound(tree)
        calls = library_calls(tree) if tree is not None else set()
        if tree is None or not calls <= FUNCTIONS.keys() or (bound is None and tree is whole and not calls):
            super()._add(piece, part.start, part.stop)
            return
        args = [self.operand(x, part, k, self.block) for k, x in enumerate(piece.operands)]
        if bound is not None:
            self.block.append((partial(np.maximum, out=out), (args[0], bound)))
            return
        room = lambda slot, kind: self.scratch(OWN + slot, out.shape, kind)
        Writing(args, room, self.block, FUNCTIONS).write(tree, out)

    def _out(self, piece: Piece, begin: int, end: int) -> Any:
        return self.numbers[False][piece.out + begin : piece.out + end]

    def _tabled(self, piece: Piece) -> bool:
        """Gradients xᵢ·yⱼ for many i and j, summed over the samples, are products of matrices: one for each layer."""
        factors = _factors(piece)
        if not piece.summed or factors is None:
            return False
        tables, at, size = [], np.empty(piece.size, np.intp), self._size
        for part in _apart(*factors):
            (xs, i), (ys, j) = (np.unique(rows[part], return_inverse=True) for rows in factors)
            if len(xs) * len(ys) > 2 * len(part):
                return False
            tables.append((xs, ys))
            at[part] = size + i * len(ys) + j
            size += len(xs) * len(ys)
        self._tables += tables
        self._size = size
        asked = np.flatnonzero((self.places.grads >= piece.out) & (self.places.grads < piece.out + piece.size))
        self._place[asked] = at[self.places.grads[asked] - piece.out]
        return True

    def add_up(self, sums: Any, size: int, begin: int) -> None:
        """Add the gradients of a block of samples: all in the first lane."""
        if self.width == 1:
            sums[:, 0] += self.numbers[False][self.places.grads, 0]
            return
        if size not in self._adding:
            self._adding = {size: list(self._products(size))}
        for function, args in self._adding[size]:
            function(*args)
        sums[:, 0] += self._sums.take(self._place)

    def _products(self, size: int) -> Iterator[Call]:
        """The calls that add up the gradients of so many samples."""
        rows, begin = self.numbers[False], 0
        for factors in self._tables:
            arrays = []
            for places in factors:
                first, last = places[0], places[-1] + 1
                array = rows[first:last]  # a view where they follow each other
                if last - first != len(places):
                    array = np.empty((len(places), self.width))
                    yield rows.take, (places, 0, array, "clip")
                arrays.append(array[:, :size])
            xs, ys = arrays
            table = self._sums[begin : (begin := begin + len(xs) * len(ys))].reshape(len(xs), len(ys))
            yield np.matmul, (xs, ys.T, table)
        if len(self._rest):
            yield rows.take, (self._rest, 0, self.gradients, "clip")
            yield np.matmul, (self.gradients[:, :size], np.ones(size), self._sums[begin:])


def _factors(piece: Piece) -> tuple[Any, Any] | None:
    """The rows of the two factors, if the piece is nothing but products of the samples' numbers."""
    *first, x, y = piece.operands if piece.op in (inner, mul) else piece.operands[:1] * 2
    if piece.op not in (inner, mul) or x.uniform or y.uniform or (first and not (piece.zero and len(x.rows) == 1)):
        return None
    return x.rows.reshape(-1), y.rows.reshape(-1)


def _apart(xs: Any, ys: Any) -> list[Any]:
    """Products that share a factor, directly or by way of others, together: the places of each lot."""
    (_, i), (_, j) = (np.unique(rows, return_inverse=True) for rows in (xs, ys))
    lot = np.arange(len(xs))
    while True:
        before = lot
        for factor in (i, j):
            least = np.full(len(xs), len(xs))
            np.minimum.at(least, factor, lot)
            lot = least[factor]
        if (lot == before).all():
            return [np.flatnonzero(lot == each) for each in np.unique(lot)]


def _ordered(tree: Step | Branch | None) -> Step | Branch | None:
    """The steps without the way that none but nan goes: where that comes up, the eager engine computes the sample."""
    if not isinstance(tree, Branch) or not isinstance(tree.otherwise, Branch):
        return tree
    first, second = tree.test, tree.otherwise.test
    if (first.name, second.name) != ("<", "<=") or first.args != second.args[::-1]:
        return tree
    return Branch(first, tree.then, tree.otherwise.then)


def _bound(tree: Step | Branch | None) -> float | None:
    """The constant of which, and of its one argument, a primitive is the larger; None for every other primitive."""
    if not isinstance(tree, Branch) or tree.test.name != "<=" or tree.otherwise != Step("arg", (0,)):
        return None
    x, c = tree.test.args
    return float.fromhex(c.args[0]) if x == tree.otherwise and c.name == "const" and tree.then == c else None


class FastSums(Sums):
    """Sums of products with the same factors for every instruction, as a product of matrices."""

    def add(self) -> None:
        first, x, y = self.piece.operands
        part = y.rows[:, self.part]
        if not x.uniform or y.uniform or self.terms < 2 or not (part == part[:, :1]).all():
            super().add()
            return
        weights = np.empty((self.out.shape[0], self.terms))
        source = self.plan.numbers[True][:, 0]
        self.plan.once.append((source.take, (np.ascontiguousarray(x.rows[:, self.part].T), 0, weights, "clip")))
        ys = self._operand(y, SECOND)
        if ys.strides[0] <= 0:
            ys = self._operand(y, SECOND, gathered=True)
        self.calls.append((np.matmul, (weights, ys[:, 0], self.out)))
        if not self.piece.zero:
            self.calls.append((np.add, (self._operand(first, BIAS), self.out, self.out)))
