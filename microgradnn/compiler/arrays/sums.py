"""Sums of products as array operations that add in the order of the program: term after term, never term with term.

einsum takes the terms one after the other as long as the samples lie next to each other in memory and the terms of
the same factor further apart, because it goes innermost through what is nearest; so does reduce. That einsum rounds
a product before it is added depends on how numpy was built, and is tried once.
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from microgradnn.compiler.arrays.elements import Call
from microgradnn.compiler.arrays.places import Operand, Piece
from microgradnn.rules import inner

if TYPE_CHECKING:
    from microgradnn.compiler.arrays.plan import Plan

BIAS, FIRST, SECOND, TERMS, PARTIAL = range(5)  # slots of scratch room


@cache
def rounds_products() -> bool:
    """Whether einsum rounds every product before it adds it: (1 + ε)·(1 − ε) − 1 is then 0, and else −ε²."""
    one = np.ones((2, 1, 24))
    x, y = one.copy(), one.copy()
    x[0] = -1.0
    x[1], y[1] = 1 + 2.0**-30, 1 - 2.0**-30
    both = np.einsum("jin,jin->in", x, y), np.einsum("ji,jin->in", x[..., 0], y)
    return not any(map(np.any, both))


class Sums:
    """Some instructions of a piece that adds up: `dot` or `chain`."""

    def __init__(self, plan: Plan, piece: Piece, part: slice, out: Any, calls: list[Call]) -> None:
        self.plan, self.piece, self.part, self.out, self.calls = plan, piece, part, out, calls
        self.products = piece.op is inner
        self.terms = int(piece.operands[1].rows.shape[0])

    def add(self) -> None:
        """Write the calls."""
        first, *factors = self.piece.operands
        if not self.terms:
            self.calls.append((np.copyto, (self.out, self._operand(first, BIAS))))
        elif self.terms == 1 or (self.out.shape[1] > 1 and not self._at_once()):
            self._one_by_one([self._operand(x, FIRST + k) for k, x in enumerate(factors)], self.calls)
        elif self.out.shape[1] == 1:
            self._rows([self._operand(x, FIRST + k) for k, x in enumerate(factors)])
        elif self.piece.zero:
            self.calls.append((self._einsum(factors), ()))
        else:
            self._from_leaf(first, factors)

    def _operand(self, x: Operand, slot: int, gathered: bool = False) -> Any:
        return self.plan.operand(x, self.part, slot, self.calls, gathered)

    def _at_once(self) -> bool:
        """Whether einsum does: it begins with 0.0, and so −0.0 would get lost."""
        factors = self.piece.operands[1:]
        varying = not all(x.uniform for x in factors)
        known = self.piece.zero or (self.piece.held and self.products and factors[0].uniform)
        return varying and known and (not self.products or rounds_products())

    def _einsum(self, factors: list[Operand]) -> Any:
        arrays = [self._operand(x, FIRST + k) for k, x in enumerate(factors)]
        if not any(array.strides[0] > 0 for x, array in zip(factors, arrays, strict=True) if not x.uniform):
            # numpy would go through the terms backwards, or innermost
            arrays[-1] = self._operand(factors[-1], FIRST + len(factors) - 1, gathered=True)
        names = ["ji" if x.uniform else "jin" for x in factors]
        arrays = [array[..., 0] if x.uniform else array for x, array in zip(factors, arrays, strict=True)]
        return partial(np.einsum, f"{','.join(names)}->in", *arrays, out=self.out)

    def _from_leaf(self, first: Operand, factors: list[Operand]) -> None:
        """bias·1 + x₀·y₀ + …, unless a leaf is −0.0, from which the sum has to begin itself."""
        before = len(self.calls)
        one = np.full((1, self.piece.size), self.plan.places.one)
        xs = Operand(True, False, np.concatenate([first.rows[None], factors[0].rows]))
        ys = Operand(False, False, np.concatenate([one, factors[1].rows]))
        einsum = self._einsum([xs, ys])
        quick = [*self.calls[before:], (einsum, ())]
        del self.calls[before:]
        careful: list[Call] = []
        self.calls = careful
        self._one_by_one([self._operand(x, FIRST + k) for k, x in enumerate(factors)], careful)
        plan = self.plan
        plan.clean = True

        def either() -> None:
            for function, args in quick if plan.clean else careful:
                function(*args)

        (plan.once if self.piece.uniform else plan.block).append((either, ()))

    def _one_by_one(self, factors: list[Any], calls: list[Call]) -> None:
        out, bias = self.out, self._operand(self.piece.operands[0], BIAS)
        term = self.plan.scratch(PARTIAL, out.shape)
        for j in range(self.terms):
            x = [factor[j] for factor in factors]
            before = bias if j == 0 else out
            if not self.products:
                calls.append((np.add, (before, x[0], out)))
            elif j == 0 and self.terms == 1 and self.piece.zero and self.piece.summed:
                calls.append((np.multiply, (*x, out)))  # its sums begin with 0.0, so that −0.0 makes no difference
            else:
                product = out if j == 0 else term
                calls += [(np.multiply, (*x, product)), (np.add, (before, product, out))]

    def _rows(self, factors: list[Any]) -> None:
        """One number for each instruction: a row for each term, added row after row."""
        size = self.out.shape[0]
        rows = self.plan.scratch(TERMS, (self.terms + 1, size, 1))
        self.calls.append((np.copyto, (rows[0], self._operand(self.piece.operands[0], BIAS))))
        self.calls.append((np.multiply, (*factors, rows[1:])) if self.products else (np.copyto, (rows[1:], *factors)))
        if size > 1:
            self.calls.append((np.add.reduce, (rows, 0, None, self.out)))
        else:  # reduce would add the terms of one row in pairs
            sums = self.plan.scratch(PARTIAL, rows.shape)
            self.calls.append((np.add.accumulate, (rows, 0, None, sums)))
            self.calls.append((np.copyto, (self.out, sums[-1])))
