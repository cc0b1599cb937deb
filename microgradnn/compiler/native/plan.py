"""Where everything of a program lies, and which kernel does what: once for single samples, once for many."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from microgradnn.compiler.instructions import CHAIN
from microgradnn.compiler.layout import Group, Layout
from microgradnn.compiler.native.loops import INTO, SAME, WIDTH, Kind
from microgradnn.compiler.native.neighbours import Copies, Row, adds, factors, rows
from microgradnn.compiler.passes import uses
from microgradnn.compiler.program import Program
from microgradnn.compiler.unknown import HELD
from microgradnn.elementary import mul
from microgradnn.ops import Op
from microgradnn.rules import inner

Array = Any
Alike = tuple[Array, Kind, Array]  # which instructions, their kernel, their places


class Plan:
    """A program as kernels take it, for one sample or for many at a time.

    `uniform` and `registers` are the sizes of the arrays, one and the same for single samples. `setup` are the rows
    that are run once, `rows` those for every stretch of samples. The numbers of the leaves begin at `held`, the inputs
    at `first`; the results lie at `outs`. Gradient k is added up in row `order[k]` of the sums; those that no kernel
    adds there lie in `added`: their places, and their rows.
    """

    def __init__(self, layout: Layout, single: bool) -> None:
        program = self.program = layout.program
        self.layout = layout
        self.setup: list[Row] = []
        self.rows: list[Row] = []
        shift = len(program.constants)
        # Of a register r the place is _places[r + shift]; the last constant comes first.
        self._places = np.full(shift + program.size, -1, np.int64)
        self._places[:shift] = np.arange(shift)[::-1]
        self._shift = shift
        self.added: list[tuple[int, int]] = []
        if single:
            self._single()
        else:
            self._wide()

    def place(self, registers: Any) -> Array:
        """Where registers lie."""
        return self._places[np.asarray(registers, np.int64) + self._shift]

    # ---- one sample at a time ----

    def _single(self) -> None:
        program, shift = self.program, self._shift
        self._places[shift:] = np.arange(shift, shift + program.size)
        self.first, self.held = shift, shift + program.inputs
        copies = Copies(shift + program.size, self.held, shift + program.first)
        for group in self.layout.groups:
            self.rows += rows(group.op, group.out + shift, self.place(group.args), copies)
        self.setup += copies.rows()
        self.uniform = self.registers = copies.end
        self.outs = self.place(_outs(program))
        self.order = np.arange(len(program.gradients))
        self.added = list(zip(self.place(program.gradients).tolist(), self.order.tolist(), strict=True))

    # ---- many samples at a time ----

    def _wide(self) -> None:
        program, shift = self.program, self._shift
        self.first, self.held = 0, shift
        self._uniform = np.ones(shift + program.size, bool)
        self._uniform[shift : shift + program.inputs] = False
        self._places[shift : shift + program.inputs] = np.arange(program.inputs)
        self._places[shift + program.inputs : shift + program.first] = np.arange(shift, shift + len(program.held))
        self.uniform, self.registers = shift + len(program.held), program.inputs
        self._spread: dict[int, int] = {}
        self._zero, self.uniform = self.uniform, self.uniform + 1  # where 0.0 lies
        read, gradients = uses(program), np.array(program.gradients, np.int64)
        self.order = np.full(len(gradients), -1, np.int64)
        self._alone = {r: k for k, r in enumerate(program.gradients) if r >= program.first and read[r] == 1}
        sums = 0
        for group in self.layout.groups:
            sums = self._group(group, sums)
        for k in np.flatnonzero(self.order < 0).tolist():
            self.order[k] = sums
            sums += 1
            r = program.gradients[k]
            if r >= 0 or program.constants[-1 - r] != 0.0:  # else nothing is added
                self.added.append((self._varying(r), sums - 1))
        self.outs = np.array([self._varying(r) for r in _outs(program)], np.int64)
        spreading = [
            Row(Kind(HELD, 1, WIDTH, 1), place, False, np.array([[source]])) for source, place in self._spread.items()
        ]
        self.rows = spreading + self.rows

    def _varying(self, r: int) -> int:
        """The place of a register in `registers`."""
        place = int(self._places[r + self._shift])
        return self._copied(place) if self._uniform[r + self._shift] else place

    def _copied(self, place: int) -> int:
        """Where a copy lies of what is uniform."""
        if place not in self._spread:
            self._spread[place] = self.registers
            self.registers += 1
        return self._spread[place]

    def _group(self, group: Group, sums: int) -> int:
        """The kernels for a group; gives how many sums there are after it."""
        args = np.array(group.args, np.int64)
        places, same = self.place(args), self._uniform[args + self._shift]
        out = np.arange(group.out, group.out + group.size)
        uniform = same.all(axis=0)
        self._uniform[out + self._shift] = uniform
        if uniform.any():
            self.setup += rows(group.op, self.uniform, places[:, uniform], Copies(0, 0, 0))
            self.uniform = self._put(out[uniform], self.uniform)
        summed = np.array([r in self._alone for r in out.tolist()]) & ~uniform
        if group.op not in (mul, inner, CHAIN):
            summed[:] = False
        op, own = group.op, np.flatnonzero(~uniform & ~summed)
        for some, kind, taken in self._alike(op, places[:, own], same[:, own]):
            self.rows.append(Row(kind, self.registers, False, taken))
            self.registers = self._put(out[own[some]], self.registers)
        own = np.flatnonzero(summed)
        if op is mul:  # 0.0 + x·y, which a sum that began with 0.0 does not tell from x·y
            op, zero = inner, np.full((1, group.size), self._zero)
            places, same = np.concatenate([zero, places]), np.concatenate([zero >= 0, same])
        for some, kind, taken in _sums_alike(op, places[:, own], same[:, own], self._copied, INTO):
            self.rows.append(Row(kind, sums, True, taken))
            self.order[[self._alone[r] for r in out[own[some]].tolist()]] = np.arange(sums, sums + len(some))
            sums += len(some)
        return sums

    def _put(self, registers: Array, place: int) -> int:
        self._places[registers + self._shift] = np.arange(place, place + len(registers))
        return place + len(registers)

    def _alike(self, op: Op, places: Array, same: Array) -> Iterator[Alike]:
        if adds(op, len(places)):
            yield from _sums_alike(op, places, same, self._copied, WIDTH)
            return
        bits = (same << np.arange(len(places))[:, None]).sum(axis=0)
        for mask in np.unique(bits):
            some = np.flatnonzero(bits == mask)
            yield some, Kind(op, len(places), WIDTH, int(mask)), places[:, some]


def _outs(program: Program) -> list[int]:
    return [*program.outputs, *(r for r, _ in program.guards)]


def _sums_alike(op: Op, places: Array, same: Array, copied: Callable[[int], int], form: str) -> Iterator[Alike]:
    """Sums that one kernel can do: which, the kernel, their places, whether the first number is uniform."""
    places, same = places.copy(), same.copy()
    fixed = np.zeros(places.shape[1], bool)
    if op is inner:
        x, y = factors(places)
        swap = same[x] & ~same[y]
        places[x], places[y] = np.where(swap, places[y], places[x]), np.where(swap, places[x], places[y])
        same[x], same[y] = same[x] & same[y], same[x] | same[y]
        if form != INTO:
            fixed = same[y].all(axis=0)
    copy = same.copy()
    copy[0] = False
    if op is inner:
        copy[y] &= ~fixed
    for j, i in np.argwhere(copy).tolist():
        places[j, i] = copied(int(places[j, i]))
    for sort in np.unique(2 * fixed + same[0]).tolist():
        some = np.flatnonzero(2 * fixed + same[0] == sort)
        arity = 3 if form == INTO and len(places) == 3 else 0  # one product is the most common
        yield some, Kind(op, arity, SAME if sort > 1 else form, sort & 1), places[:, some]
