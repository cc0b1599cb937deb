"""Instructions of one kind side by side: groups, and the places of their operands.

What does not depend on each other and does the same becomes one array operation: a group, of one primitive and
arity. Its results have registers next to each other, so that the operands of others too are, mostly, rows at even
distances.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from heapq import heappop, heappush
from itertools import chain, repeat
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from microgradnn.compiler.passes import rewritten
from microgradnn.compiler.program import Code, Program
from microgradnn.ops import Op
from microgradnn.unhindered import unhindered

FEW = 16  # instructions that are quicker looked at one by one than all at once
KEYS = 3  # operands by which the instructions of a group are sorted


class Stride(NamedTuple):
    """Registers at even distances: that of row i and column j is start + i·down + j·across."""

    start: int
    down: int
    across: int


class Group(NamedTuple):
    """`size` instructions of one primitive: their results are the registers from `out` on.

    `args[j][i]` is the j-th operand of the i-th of them.
    """

    op: Op
    out: int
    size: int
    args: Sequence[Sequence[int]]


class Kind(NamedTuple):
    """What the instructions of a group have in common.

    `fixed`: they are the same for all samples. `last`: nobody reads them, they are only asked for as gradients.
    """

    op: Op
    arity: int
    fixed: bool
    last: bool


class Making(NamedTuple):
    """How many instructions were traced, and the seconds that it took to trace them, and to make groups of them."""

    traced: int = 0
    tracing: float = 0.0
    building: float = 0.0


UNTOLD = Making()


class Layout:
    """A program whose code is sorted into groups, when that is first asked for.

    `plain` is the program as it is until then, which does the same; `levels` is the length of its longest chain of
    instructions.
    """

    def __init__(self, program: Program, making: Making = UNTOLD) -> None:
        self.plain, self.making = program, making

    @cached_property
    def _sorted(self) -> tuple[Program, list[Group], int]:
        began = perf_counter()
        with unhindered():
            found = _grouped(self.plain)
        self.plain = found[0]
        self.making = self.making._replace(building=self.making.building + perf_counter() - began)
        return found

    @property
    def program(self) -> Program:
        """The program, its code in the order of the groups."""
        return self._sorted[0]

    @property
    def groups(self) -> list[Group]:
        """The groups, in an order in which they can be done."""
        return self._sorted[1]

    @property
    def levels(self) -> int:
        """How many instructions wait for one another."""
        return self._sorted[2]

    @property
    def kinds(self) -> set[tuple[Op, int]]:
        """The primitives that there are, with their numbers of operands."""
        return {(op, len(args)) for op, args in self.plain.code}


def _grouped(program: Program) -> tuple[Program, list[Group], int]:
    """Group the instructions, and number the registers anew."""
    first, code = program.first, program.code
    found = _Graph(program)
    asked = np.full(program.size, len(program.gradients))
    for k in range(len(program.gradients) - 1, -1, -1):
        if program.gradients[k] >= 0:
            asked[program.gradients[k]] = k
    # Constants are read from the end. Few numbers are looked at one by one, many at once, in the same memory.
    names: Any = np.array([*range(first), *[0] * len(code), *range(-len(program.constants), 0)])
    one_by_one = memoryview(names)
    name = one_by_one.__getitem__
    known = [*range(program.size), *range(-len(program.constants), 0)].__getitem__  # one object for each number
    groups: list[Group] = []
    columns: Sequence[Sequence[int]]
    new: Code = []
    for kind, members in found.agenda():
        out = first + len(new)
        if len(members) < FEW:
            rows = [(tuple(map(name, code[k][1])), k) for k in members]
            if len(rows) > 1:
                rows.sort(key=(lambda row: asked[first + row[1]]) if kind.last else (lambda row: row[0][:KEYS]))
            for place, (row, k) in enumerate(rows, out):
                one_by_one[first + k] = place
                new.append((kind.op, row))
            columns = tuple(zip(*[row for row, _ in rows], strict=True))  # which the collector need not look into
        else:
            which = np.array(members)
            table = names[found.args[found.begins[which][:, None] + np.arange(kind.arity)]]
            keys = (asked[first + which],) if kind.last else tuple(table.T[KEYS - 1 :: -1])
            places = np.lexsort(keys)
            table = table[places]
            names[first + which[places]] = range(out, out + len(members))
            lines = [tuple(map(known, line)) for line in table.tolist()]
            columns = tuple(zip(*lines, strict=True))
            new += zip(repeat(kind.op), lines)
        groups.append(Group(kind.op, out, len(members), columns))
    return rewritten(program, program.constants, new, name), groups, max(found.heights, default=0)


class _Graph:
    """Which instruction reads which: `args` has all operands, those of instruction k from begins[k] on."""

    def __init__(self, program: Program) -> None:
        self.first, self.code = program.first, program.code
        n, every = len(self.code), [args for _, args in self.code]
        sizes = np.fromiter(map(len, every), np.int64, n)
        self.begins = np.cumsum(sizes) - sizes
        self.args = np.fromiter(chain.from_iterable(every), np.int64, int(sizes.sum()))
        self.kinds, self.numbers = self._kinds(program)
        reads = self.args >= self.first
        readers, read = np.repeat(np.arange(n), sizes)[reads], self.args[reads] - self.first
        self.waiting: Any = np.bincount(readers, minlength=n)
        self.readers: Any = readers[np.argsort(read, kind="stable")]
        # Those of instruction k are in `readers` from bounds[k] to bounds[k + 1].
        self.bounds: Any = np.array([0, *np.cumsum(np.bincount(read, minlength=n))])
        self.heights = self._heights()

    def _heights(self) -> list[int]:
        """How long the longest chain of instructions is that begins with each."""
        readers, bounds = self.readers.tolist(), self.bounds.tolist()
        found = [1] * len(self.code)
        height = found.__getitem__
        for k in range(len(found) - 1, -1, -1):
            begin, end = bounds[k], bounds[k + 1]
            if begin < end:
                found[k] = 1 + max(map(height, readers[begin:end]))
        return found

    def _kinds(self, program: Program) -> tuple[list[Kind], list[int]]:
        """What instructions can have in common, and the number of what each has."""
        size = program.size
        read = np.zeros(size + len(program.constants), bool)
        read[self.args] = True
        read[[*program.outputs, *(r for r, _ in program.guards)]] = True
        last = (~read[self.first : size]).tolist()
        fixed = [False] * program.inputs + [True] * (len(read) - program.inputs)
        kinds: dict[tuple[Op, int, bool, bool], int] = {}
        numbers = []
        for r, (op, args) in enumerate(self.code, self.first):
            fixed[r] = mine = all(map(fixed.__getitem__, args))
            numbers.append(kinds.setdefault((op, len(args), mine, last[r - self.first]), len(kinds)))
        return [Kind(*kind) for kind in kinds], numbers

    def agenda(self) -> Iterator[tuple[Kind, list[int]]]:
        """The groups one after another: whichever has the longest chain before it goes next, with all that is ready.

        So what many parts of a sequence do alike comes together again where some of them needed a step less.
        """
        heights, numbers = self.heights, self.numbers
        waiting, readers, bounds = memoryview(self.waiting), memoryview(self.readers), memoryview(self.bounds)
        ready: dict[int, list[int]] = {}
        urgent: dict[int, int] = {}
        heap: list[tuple[int, int]] = []

        def free(k: int) -> None:
            number, height = numbers[k], heights[k]
            if number not in ready:
                ready[number], urgent[number] = [k], 0
            else:
                ready[number].append(k)
            if height > urgent[number]:
                urgent[number] = height
                heappush(heap, (-height, number))

        for k in np.flatnonzero(self.waiting == 0).tolist():
            free(k)
        while heap:
            height, number = heappop(heap)
            if number not in ready or urgent[number] != -height:
                continue
            members = ready.pop(number)
            members.sort()
            yield self.kinds[number], members
            if len(members) >= FEW:
                for k in self._freed(np.array(members)):
                    free(k)
                continue
            for k in members:
                for reader in readers[bounds[k] : bounds[k + 1]]:
                    waiting[reader] -= 1
                    if not waiting[reader]:
                        free(reader)

    def _freed(self, members: Any) -> list[int]:
        """What waits for nothing more than these."""
        ends = self.bounds[members + 1]
        sizes = ends - self.bounds[members]
        inside = np.arange(int(sizes.sum())) + np.repeat(ends - np.cumsum(sizes), sizes)
        readers, counts = np.unique(self.readers[inside], return_counts=True)
        self.waiting[readers] -= counts
        found: list[int] = readers[self.waiting[readers] == 0].tolist()
        return found


def stride(columns: Sequence[Sequence[int]]) -> Stride | None:
    """The strides of operands, `columns[j][i]`, where they have any."""
    start = columns[0][0]
    down = columns[0][1] - start if len(columns[0]) > 1 else 0
    across = columns[1][0] - start if len(columns) > 1 else 0
    for j, column in enumerate(columns):
        expected = start + j * across
        for r in column:
            if r != expected:
                return None
            expected += down
    return Stride(start, down, across)
