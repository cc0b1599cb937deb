"""Where everything of a program lies, and which kernel does what: once for single samples, once for many."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from microgradnn.compiler.layout import Group, Layout
from microgradnn.compiler.native.loops import INTO, SAME, SINGLE, WIDTH, Kind
from microgradnn.compiler.native.steps import LANES
from microgradnn.compiler.passes import CHAIN, uses
from microgradnn.compiler.program import Program
from microgradnn.compiler.unknown import HELD
from microgradnn.elementary import mul
from microgradnn.ops import Op
from microgradnn.rules import inner

Array = Any
Alike = tuple[Array, Kind, Array]  # which instructions, their kernel, their places


class Row(NamedTuple):
    """A call of a kernel: as `samples.ROW` has it, with the places of the operands, shape (operands, instructions)."""

    kind: Kind
    out: int
    into: bool
    places: Array


class Plan:
    """A program as kernels take it, for one sample or for many at a time.

    `uniform` and `registers` are the sizes of the arrays, one and the same for single samples. `setup` are the rows
    that are run once, `rows` those for every stretch of samples. `held` where the
    leaves begin, `first` where the inputs do. Gradient k is added up in row `order[k]` of the sums; those that no
    kernel adds there lie in `added`: their places, and their rows.
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
        copies = _Copies(shift + program.size, self.held, shift + program.first)
        for group in self.layout.groups:
            self.rows += _rows(group.op, group.out + shift, self.place(group.args), copies)
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
            self.setup += _rows(group.op, self.uniform, places[:, uniform], None)
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
        if _adds(op, len(places)):
            yield from _sums_alike(op, places, same, self._copied, WIDTH)
            return
        bits = (same << np.arange(len(places))[:, None]).sum(axis=0)
        for mask in np.unique(bits):
            some = np.flatnonzero(bits == mask)
            yield some, Kind(op, len(places), WIDTH, int(mask)), places[:, some]


def _outs(program: Program) -> list[int]:
    return [*program.outputs, *(r for r, _ in program.guards)]


def _adds(op: Op, arity: int) -> bool:
    """Whether instructions are sums of any number of terms for their kernel."""
    return op is CHAIN or (op is inner and arity > 3)


def _sums_alike(op: Op, places: Array, same: Array, copied: Callable[[int], int], form: str) -> Iterator[Alike]:
    """Sums that one kernel can do: which, the kernel, their places, whether the first number is uniform."""
    places, same = places.copy(), same.copy()
    fixed = np.zeros(places.shape[1], bool)
    if op is inner:
        x, y = _factors(places)
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


def _factors(places: Array) -> tuple[slice, slice]:
    """Where the factors of the products of a `dot` are among its operands."""
    half = len(places) // 2
    return slice(1, half + 1), slice(half + 1, None)


# ---- neighbours -------------------------------------------------------------------------------------------


class _Copies:
    """Copies of leaves' numbers, eight side by side, for kernels that take eight instructions at a time."""

    def __init__(self, begin: int, held: int, end: int) -> None:
        self.begin = self.end = begin
        self.held, self.held_end = held, end
        self._known: dict[bytes, int] = {}
        self._sources: list[Array] = []

    def held_(self, places: Array) -> Array:
        return (places >= self.held) & (places < self.held_end)

    def of(self, places: Array) -> int:
        """Where copies of these eight lie."""
        key = places.tobytes()
        if key not in self._known:
            self._known[key] = self.end
            self._sources.append(places)
            self.end += LANES
        return self._known[key]

    def rows(self) -> list[Row]:
        """The copying."""
        if not self._sources:
            return []
        return [Row(Kind(HELD, 1, SINGLE), self.begin, False, np.concatenate(self._sources)[None])]


def _rows(op: Op, out: int, places: Array, copies: _Copies | None) -> list[Row]:
    """A group for one sample: eight instructions at a time where their operands are neighbours, or the same."""
    size = places.shape[1]
    arity = 0 if _adds(op, len(places)) else len(places)
    rows = []
    begin = 0
    for start, taken, form, bits in _blocks(op, places, copies) if size >= LANES else []:
        if start > begin:
            rows.append(Row(Kind(op, arity, SINGLE), out + begin, False, places[:, begin:start]))
        rows.append(Row(Kind(op, arity, form, bits), out + start, False, taken))
        begin = start + taken.shape[1] * LANES
    if begin < size:
        rows.append(Row(Kind(op, arity, SINGLE), out + begin, False, places[:, begin:]))
    return rows


def _windows(flags: Array, length: int) -> Array:
    """Where `length` flags one after the other are set."""
    count = np.cumsum(np.pad(flags, ((0, 0), (1, 0))), axis=1)
    found: Array = count[:, length:] - count[:, :-length] == length
    return found


def _blocks(op: Op, places: Array, copies: _Copies | None) -> list[tuple[int, Array, str, int]]:
    """Stretches of whole blocks of eight instructions: where they begin, their places, their form, what is the same."""
    step = np.diff(places, axis=1)
    near, same = _windows(step == 1, LANES - 1), _windows(step == 0, LANES - 1)
    forms = [SINGLE, WIDTH, SAME]
    if not _adds(op, len(places)):
        sort = (near | same).all(axis=0).astype(int)
        bits = (same << np.arange(len(places))[:, None]).sum(axis=0)
    else:
        first, bits = near[0] | same[0], same[0].astype(int)
        sort = (first & near[1:].all(axis=0)).astype(int)
        if op is inner:
            x, y = _factors(places)
            held = near & False if copies is None else _windows(copies.held_(places), LANES)
            to_x, to_y = same[y] & (near[x] | held[x]), same[x] & (near[y] | held[y])
            sort[first & (to_x | to_y).all(axis=0)] = 2
    starts: list[int] = []
    for start in np.flatnonzero(sort).tolist():
        if not starts or start >= starts[-1] + LANES:
            starts.append(start)
    found: list[tuple[int, Array, str, int]] = []
    k = 0
    while k < len(starts):
        end = k + 1
        while (
            end < len(starts) and starts[end] == starts[end - 1] + LANES
            and sort[starts[end]] == sort[starts[k]] and bits[starts[end]] == bits[starts[k]]
        ):  # fmt: skip
            end += 1
        some = np.array(starts[k:end])
        taken = places[:, some]
        if sort[starts[k]] == 2:
            swap = ~to_x[:, some]
            near_x, near_y = near[x][:, some], near[y][:, some]
            taken[x], taken[y] = np.where(swap, taken[y], taken[x]), np.where(swap, taken[x], taken[y])
            for j, i in np.argwhere(~np.where(swap, near_y, near_x)).tolist():
                row = 1 + j + (y.start - 1 if swap[j, i] else 0)
                taken[1 + j, i] = copies.of(places[row, some[i] : some[i] + LANES]) if copies else 0
        found.append((starts[k], taken, forms[sort[starts[k]]], int(bits[starts[k]])))
        k = end
    return found
