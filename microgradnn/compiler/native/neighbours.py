"""Instructions for one sample, eight at a time: where the operands of eight are neighbours, or all the same.

Then the kernel for eight samples does them, as if the registers of eight instructions were those of eight samples.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from microgradnn.compiler.instructions import CHAIN
from microgradnn.compiler.native.loops import SAME, SINGLE, WIDTH, Kind
from microgradnn.compiler.native.steps import LANES
from microgradnn.compiler.unknown import HELD
from microgradnn.ops import Op
from microgradnn.rules import inner

Array = Any


class Row(NamedTuple):
    """A call of a kernel: as `samples.ROW` has it, with the places of the operands, shape (operands, instructions)."""

    kind: Kind
    out: int
    into: bool
    places: Array


def adds(op: Op, arity: int) -> bool:
    """Whether instructions are sums of any number of terms for their kernel."""
    return op is CHAIN or (op is inner and arity > 3)


def factors(places: Array) -> tuple[slice, slice]:
    """Where the factors of the products of a `dot` are among its operands."""
    half = len(places) // 2
    return slice(1, half + 1), slice(half + 1, None)


class Copies:
    """Copies of leaves' numbers, which lie from `held` to `end` − 1, eight side by side, from `begin` on."""

    def __init__(self, begin: int, held: int, end: int) -> None:
        self.begin, self.end = begin, begin
        self._held = held, end
        self._known: dict[bytes, int] = {}
        self._sources: list[Array] = []

    def possible(self, places: Array) -> Array:
        """Where there may be copies."""
        return (places >= self._held[0]) & (places < self._held[1])

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


class Stretch(NamedTuple):
    """Whole blocks of eight instructions: where the first begins, and what their kernel is told."""

    start: int
    places: Array
    form: str
    same: int


def rows(op: Op, out: int, places: Array, copies: Copies) -> list[Row]:
    """The kernels for a group, whose results lie from `out` on."""
    size = places.shape[1]
    arity = 0 if adds(op, len(places)) else len(places)
    found = []
    begin = 0
    for start, taken, form, same in _stretches(op, places, copies) if size >= LANES else []:
        if start > begin:
            found.append(Row(Kind(op, arity, SINGLE), out + begin, False, places[:, begin:start]))
        found.append(Row(Kind(op, arity, form, same), out + start, False, taken))
        begin = start + taken.shape[1] * LANES
    if begin < size:
        found.append(Row(Kind(op, arity, SINGLE), out + begin, False, places[:, begin:]))
    return found


def _windows(flags: Array, length: int) -> Array:
    """Where `length` flags one after the other are set."""
    count = np.cumsum(np.pad(flags, ((0, 0), (1, 0))), axis=1)
    found: Array = count[:, length:] - count[:, :-length] == length
    return found


def _stretches(op: Op, places: Array, copies: Copies) -> list[Stretch]:
    step = np.diff(places, axis=1)
    near, same = _windows(step == 1, LANES - 1), _windows(step == 0, LANES - 1)
    across = np.zeros(near.shape[1], bool)  # where each product has a factor that is the same for all eight
    if not adds(op, len(places)):
        fine = (near | same).all(axis=0)
        bits = (same << np.arange(len(places))[:, None]).sum(axis=0)
    else:
        first, bits = near[0] | same[0], same[0].astype(int)
        fine = first & near[1:].all(axis=0)
        if op is inner:
            x, y = factors(places)
            taken = near | _windows(copies.possible(places), LANES)
            across = first & ((same[y] & taken[x]) | (same[x] & taken[y])).all(axis=0)
    sort = np.where(across, 2, fine)
    starts: list[int] = []
    for start in np.flatnonzero(sort).tolist():
        if not starts or start >= starts[-1] + LANES:
            starts.append(start)
    found = []
    kinds = [(int(sort[start]), int(bits[start])) for start in starts]
    begin = 0
    for end in range(1, len(starts) + 1):
        if end < len(starts) and starts[end] == starts[end - 1] + LANES and kinds[end] == kinds[begin]:
            continue
        some, (kind, bit) = np.array(starts[begin:end]), kinds[begin]
        chosen = _across(places, some, near, same, copies) if kind == 2 else places[:, some]
        found.append(Stretch(starts[begin], chosen, SAME if kind == 2 else WIDTH, bit))
        begin = end
    return found


def _across(places: Array, starts: Array, near: Array, same: Array, copies: Copies) -> Array:
    """Of every product first the factor of neighbours, or a copy that is, and then the one that is the same."""
    found = places[:, starts]
    x, y = factors(places)
    swap = ~(same[y] & (near[x] | _windows(copies.possible(places[x]), LANES)))[:, starts]
    found[x], found[y] = np.where(swap, found[y], found[x]), np.where(swap, found[x], found[y])
    lies = np.where(swap, near[y][:, starts], near[x][:, starts])
    for j, i in np.argwhere(~lies).tolist():
        row = places[y if swap[j, i] else x][j]
        found[1 + j, i] = copies.of(row[starts[i] : starts[i] + LANES])
    return found
