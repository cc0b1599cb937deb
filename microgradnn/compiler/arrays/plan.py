"""A program as calls of numpy: made once for a number of samples, then repeated."""

from __future__ import annotations

from typing import Any

import numpy as np

from microgradnn.compiler.arrays.elements import TESTS, Call, Writing, chosen, direct, into, steps
from microgradnn.compiler.arrays.places import Operand, Piece, Places, comparison
from microgradnn.compiler.arrays.sums import Sums
from microgradnn.compiler.lanes import LANES
from microgradnn.compiler.passes import CHAIN
from microgradnn.compiler.steps import calls as calls_library
from microgradnn.elementary import where
from microgradnn.rules import inner

OWN = 16  # slots of scratch room below this are operands
MINUS_ZERO = np.array(-0.0).view(np.int64)  # the least of all integers
MOST = 1 << 16  # numbers that one call goes through, so that they stay near the processor


class Plan:
    """What is to be called, for `width` samples at a time.

    `numbers` and `truths` are the arrays that the pieces read and write, by whether they are uniform: an array has
    one row for each place. `once` is called once for each run and `block` once for each `width` samples.
    """

    def __init__(self, places: Places, width: int) -> None:
        self.width = width
        self.places = places
        widths = {True: 1, False: width}
        self.numbers = {uniform: np.zeros((places.rows[uniform], widths[uniform])) for uniform in (True, False)}
        some = bool(places.truth.any())
        self.truths = {
            uniform: np.zeros((places.rows[uniform] * some, widths[uniform]), bool) for uniform in (True, False)
        }
        self.numbers[True][: places.shift, 0] = places.program.constants
        self.numbers[False][places.one] = 1.0
        self.gradients = np.empty((len(places.grads), width))  # not made anew for each block, which takes long
        self.clean: bool | None = None  # whether no leaf from outside is −0.0, where some call asks for it
        self.once: list[Call] = []
        self.block: list[Call] = []
        self._pool: dict[tuple[int, str], Any] = {}
        for piece in places.pieces:
            self._whole(piece)
        if places.twins:
            sources, twins = zip(*places.twins, strict=True)
            self.once.append((self._spread, (np.array(sources), np.array(twins))))

    def start(self, held: Any) -> None:
        """Give the leaves from outside these numbers, and compute what stands on them alone."""
        shift = self.places.shift
        self.numbers[True][shift : shift + len(held), 0] = held
        if self.clean is not None:
            self.clean = not len(held) or bool(held.view(np.int64).min() != MINUS_ZERO)
        for function, args in self.once:
            function(*args)

    def go(self) -> None:
        """Compute the rest, for the samples that lie in the rows of inputs."""
        for function, args in self.block:
            function(*args)

    def add_up(self, sums: Any, size: int, begin: int) -> None:
        """Add the gradients of so many samples, the first of which is number `begin`, to the sums in their lanes."""
        found = self.gradients
        self.numbers[False].take(self.places.grads, 0, found, "clip")
        if self.width == 1:
            sums[:, begin % sums.shape[1]] += found[:, 0]
            return
        found[:, size:] = 0.0
        blocks = found.reshape(len(found), -1, LANES)
        if begin:  # the lanes go on where they were
            blocks = np.concatenate([sums[:, None], blocks], axis=1)
        np.einsum("imj->ij", blocks, out=sums)

    def _spread(self, sources: Any, twins: Any) -> None:
        self.numbers[False][twins] = self.numbers[True][sources]

    def _whole(self, piece: Piece) -> None:
        for begin in range(0, piece.size, rows := self._rows(piece)):
            self._add(piece, begin, min(begin + rows, piece.size))

    def _rows(self, piece: Piece) -> int:
        """How many instructions of a piece are done at a time."""
        terms = max((x.rows.shape[0] for x in piece.operands if x.rows.ndim > 1), default=1)
        return max(1, MOST // (max(terms, 1) * (1 if piece.uniform else self.width)))

    def _add(self, piece: Piece, begin: int, end: int) -> None:
        calls = self.once if piece.uniform else self.block
        out = self.numbers[piece.uniform][piece.out + begin : piece.out + end]
        part = slice(begin, end)
        if piece.op in (inner, CHAIN):
            Sums(self, piece, part, out, calls).add()
            return
        args = [self.operand(x, part, k, calls) for k, x in enumerate(piece.operands)]
        if piece.truth:
            truth = self.truths[piece.uniform][piece.out + begin : piece.out + end]
            test = comparison(piece.op, len(args))
            calls.append((np.logical_and if test is None else TESTS[test], (*args, truth)))
            if piece.floats:
                calls.append((np.copyto, (out, truth)))
        elif piece.op is where and piece.operands[0].truth:
            calls.append((chosen, (out, *args)))
        elif (function := direct(piece.op, len(args))) is not None:
            calls.append((function, (*args, out)))
        elif (tree := steps(piece.op, len(args))) is not None and not calls_library(tree):
            room = lambda slot, kind: self.scratch(OWN + slot, out.shape, kind)
            Writing(args, room, calls).write(tree, out)
        else:
            calls.append((into, (out, piece.op, *args)))

    def operand(self, operand: Operand, part: slice, slot: int, calls: list[Call], gathered: bool = False) -> Any:
        """An array (…, instructions, samples) of the operand's numbers: a view, where its rows are evenly spaced."""
        source = (self.truths if operand.truth else self.numbers)[operand.uniform]
        rows = np.ascontiguousarray(operand.rows[..., part])
        view = None if gathered else even(source, rows)
        if view is not None:
            return view
        every = (*rows.shape, source.shape[1])
        if rows.ndim > 1 and (rows == rows[:, :1]).all():
            rows = np.ascontiguousarray(rows[:, :1])
        shape = (*rows.shape, source.shape[1])
        if operand.uniform:  # which has its numbers before any block
            found = np.empty(shape, source.dtype)
            self.once.append((source.take, (rows, 0, found, "clip")))
        else:
            found = self.scratch(slot, shape, source.dtype)
            calls.append((source.take, (rows, 0, found, "clip")))
        return np.broadcast_to(found, every)

    def scratch(self, slot: int, shape: tuple[int, ...], kind: Any = float) -> Any:
        """Room for numbers that are needed only until the next piece."""
        size = int(np.prod(shape))
        key = (slot, np.dtype(kind).char)
        if size > MOST:
            return np.empty(shape, kind)
        if key not in self._pool:
            self._pool[key] = np.empty(MOST, kind)
        return self._pool[key][:size].reshape(shape)


def even(source: Any, rows: Any) -> Any:
    """The rows of an array as a view of it, (…, instructions, samples), where they are at even distances."""
    start = int(rows.flat[0])
    expected: Any = start
    down = []
    for axis, size in enumerate(rows.shape):
        step = int(rows[(0,) * axis + (1,) + (0,) * (rows.ndim - axis - 1)]) - start if size > 1 else 0
        down.append(step)
        expected = expected + step * np.arange(size).reshape((-1,) + (1,) * (rows.ndim - axis - 1))
    if not (rows == expected).all():
        return None
    row, item = source.strides
    shape = (*rows.shape, source.shape[1])
    return np.ndarray(shape, source.dtype, source, start * row, (*(row * step for step in down), item))
