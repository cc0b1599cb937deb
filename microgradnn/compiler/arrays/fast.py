"""The same programs with numpy's own functions and with BLAS: quicker, and right to rounding only.

A sum of n products is within n·2⁻⁵² of the sum of their sizes, in whatever order it is added, and numpy's functions
are within 4 units in the last place. What these differences grow to in later steps depends on the program.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from microgradnn.compiler.arrays.elements import Call, Writing, library_calls, steps
from microgradnn.compiler.arrays.matrices import Table, grid, tables
from microgradnn.compiler.arrays.places import Piece, Places
from microgradnn.compiler.arrays.plan import OWN, Plan
from microgradnn.compiler.arrays.sums import BIAS, FIRST, PARTIAL, SECOND
from microgradnn.compiler.lanes import LANES
from microgradnn.compiler.steps import Branch, Step
from microgradnn.rules import inner

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": np.exp, "expm1": np.expm1, "log": np.log, "log1p": np.log1p, "sin": np.sin, "cos": np.cos, "tan": np.tan,
    "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "atan2": np.arctan2, "sinh": np.sinh, "cosh": np.cosh,
    "tanh": np.tanh, "pow": np.power,
}  # fmt: skip


class FastPlan(Plan):
    """Calls that may add in another order, and gradients that are added up while they are multiplied."""

    def __init__(self, places: Places, width: int) -> None:
        self._tables: list[Table] = []
        self._size = 0
        self._place = np.full(len(places.grads), -1)  # of each gradient in the tables, one after the other
        super().__init__(places, width)
        rest = np.flatnonzero(self._place < 0)
        self._place[rest] = self._size + np.arange(len(rest))
        self._rest = places.grads[rest]
        self.gradients = np.empty((len(rest), width))
        self._sums = np.empty(self._size + len(rest))
        self._adding: dict[int, list[Call]] = {}  # by the number of samples

    def _whole(self, piece: Piece) -> None:
        if self._plain(piece) or not (self._tabled(piece) or self._multiplied(piece)):
            super()._whole(piece)

    def _plain(self, piece: Piece) -> bool:
        """Whether there is too little of it to be quicker at."""
        return self.width < LANES or piece.uniform

    def _add(self, piece: Piece, begin: int, end: int) -> None:
        whole = None if self._plain(piece) else steps(piece.op, len(piece.operands))
        tree = _ordered(whole)
        bound = _bound(tree)
        calls = library_calls(tree) if tree is not None else set()
        if tree is None or not calls <= FUNCTIONS.keys() or (bound is None and tree is whole and not calls):
            super()._add(piece, begin, end)
            return
        out = self._out(piece, begin, end)
        args = [self.operand(x, slice(begin, end), k, self.block) for k, x in enumerate(piece.operands)]
        if bound is not None:
            self.block.append((partial(np.maximum, out=out), (args[0], bound)))
            return
        room = lambda slot, kind: self.scratch(OWN + slot, out.shape, kind)
        Writing(args, room, self.block, FUNCTIONS).write(tree, out)

    def _out(self, piece: Piece, begin: int, end: int) -> Any:
        return self.numbers[False][piece.out + begin : piece.out + end]

    def _multiplied(self, piece: Piece) -> bool:
        """Sums of leaves times numbers of the samples, for many leaves and many numbers, are a product of matrices."""
        if piece.op is not inner or not piece.operands[1].uniform or piece.operands[2].uniform:
            return False
        first, x, y = piece.operands
        found = grid(x.rows, y.rows)
        if found is None:
            return False
        part, out, calls = slice(0, piece.size), self._out(piece, 0, piece.size), self.block
        weights = np.empty(found.weights.shape)
        self.once.append((self.numbers[True][:, 0].take, (np.ascontiguousarray(found.weights), 0, weights, "clip")))
        columns = self._numbers(found.columns, SECOND, calls)
        if found.across:
            columns = columns.reshape(len(columns), -1)
        calls.append((np.matmul, (weights, columns, out.reshape(*columns.shape[:-2], len(weights), -1))))
        for j in found.beside:
            product = self.scratch(PARTIAL, out.shape)
            pair = [self.operand(z._replace(rows=z.rows[j]), part, k, calls) for k, z in ((FIRST, x), (SECOND, y))]
            calls += [(np.multiply, (*pair, product)), (np.add, (out, product, out))]
        if not piece.zero:
            calls.append((np.add, (self.operand(first, part, BIAS, calls), out, out)))
        return True

    def _numbers(self, places: Any, slot: int, calls: list[Call]) -> Any:
        """The samples' numbers at these rows, as they are where the rows follow each other."""
        rows, first, shape = self.numbers[False], int(places.flat[0]), (*places.shape, self.width)
        if (places.ravel() == np.arange(first, first + places.size)).all():
            return rows[first : first + places.size].reshape(shape)
        found = self.scratch(slot, shape)
        calls.append((rows.take, (np.ascontiguousarray(places), 0, found, "clip")))
        return found

    def _tabled(self, piece: Piece) -> bool:
        """Gradients x₁ᵢ·y₁ⱼ + … for many i and j, summed over the samples, are products of matrices."""
        found = tables(piece) if piece.summed else None
        if found is None:
            return False
        mine, places = found
        asked = np.flatnonzero((self.places.grads >= piece.out) & (self.places.grads < piece.out + piece.size))
        self._place[asked] = self._size + places[self.places.grads[asked] - piece.out]
        self._tables += mine
        self._size += sum(table.size for table in mine)
        return True

    def add_up(self, sums: Any, size: int, begin: int) -> None:
        """Add the gradients of a block of samples: all in the first lane."""
        if self.width == 1:
            sums[:, 0] += self.numbers[False][self.places.grads, 0]
            return
        if size not in self._adding:
            self._adding = {size: self._products(size)}
        for function, args in self._adding[size]:
            function(*args)
        sums[:, 0] += self._sums.take(self._place)

    def _products(self, size: int) -> list[Call]:
        """The calls that add up the gradients of so many samples."""
        begin, calls = 0, list[Call]()
        for table in self._tables:
            factors = []
            for slot, places in ((FIRST, table.xs), (SECOND, table.ys)):
                numbers = self._numbers(places.T, slot, calls)[:, :, :size]
                if len(places) > 1 and size < self.width:
                    some = np.empty(numbers.shape)
                    calls.append((np.copyto, (some, numbers)))
                    numbers = some
                factors.append(numbers.reshape(len(numbers), -1))
            xs, ys = factors
            out = self._sums[begin : (begin := begin + table.size)].reshape(len(xs), len(ys))
            calls.append((np.matmul, (xs, ys.T, out)))
        if len(self._rest):
            calls.append((self.numbers[False].take, (self._rest, 0, self.gradients, "clip")))
            calls.append((np.matmul, (self.gradients[:, :size], np.ones(size), self._sums[begin:])))
        return calls


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
