"""Instructions of one kind side by side: groups, and the places of their operands.

What does not depend on each other and does the same becomes one array operation: a group, of one primitive and
arity. Its results have registers next to each other, so that the operands of others too are, mostly, rows at even
distances.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import repeat
from typing import NamedTuple

from microgradnn.compiler.passes import rewritten
from microgradnn.compiler.program import Code, Program
from microgradnn.ops import Op


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
    args: list[list[int]]


class Kind(NamedTuple):
    """What the instructions of a group have in common.

    `fixed`: they are the same for all samples. `last`: nobody reads them, they are only asked for as gradients.
    """

    op: Op
    arity: int
    fixed: bool
    last: bool


@dataclass
class Layout:
    """A program whose code is sorted into groups; `levels` is the length of its longest chain of instructions."""

    program: Program
    groups: list[Group]
    levels: int


def layout(program: Program) -> Layout:
    """Group the instructions, and number the registers anew."""
    first, code = program.first, program.code
    heights = _heights(program)
    asked = {r: k for k, r in reversed(list(enumerate(program.gradients)))}
    names = [*range(first), *[0] * len(code), *range(-len(program.constants), 0)]  # constants are read from the end
    name = names.__getitem__
    groups: list[Group] = []
    new: Code = []
    for kind, members in _agenda(program, heights):
        # Neighbours read neighbours: the order is that of the operands in their new places; at last that of the
        # gradients.
        rows = [(*map(name, code[k][1]), k) for k in members]
        rows.sort(key=(lambda row: asked[first + row[-1]]) if kind.last else None)
        *columns, order = map(list, zip(*rows, strict=True))
        out = first + len(new)
        for place, k in enumerate(order, out):
            names[first + k] = place
        new += zip(repeat(kind.op), zip(*columns, strict=True))
        groups.append(Group(kind.op, out, len(order), columns))
    levels = max(heights[first : program.size], default=0)
    return Layout(rewritten(program, program.constants, new, name), groups, levels)


def _heights(program: Program) -> list[int]:
    """How long the longest chain of instructions is that begins at a register; constants are read from the end."""
    found = [0] * (program.size + len(program.constants))
    for r in range(program.size - 1, program.first - 1, -1):
        found[r] = above = found[r] + 1
        for arg in program.code[r - program.first][1]:
            if found[arg] < above:
                found[arg] = above
    return found


def _kinds(program: Program) -> list[Kind]:
    """Of every instruction what it has in common with others."""
    fixed = [False] * program.inputs + [True] * (program.size - program.inputs + len(program.constants))
    last = [False] * len(fixed)
    for r in program.gradients:
        last[r] = True
    for r in (*program.outputs, *(r for r, _ in program.guards)):
        last[r] = False
    known: dict[Kind, Kind] = {}
    kinds = []
    for r, (_, args) in enumerate(program.code, program.first):
        fixed[r] = all(map(fixed.__getitem__, args))
        for arg in args:
            last[arg] = False
    for r, (op, args) in enumerate(program.code, program.first):
        kind = Kind(op, len(args), fixed[r], last[r])
        kinds.append(known.setdefault(kind, kind))
    return kinds


def _agenda(program: Program, heights: Sequence[int]) -> Iterator[tuple[Kind, list[int]]]:
    """The groups one after another: whichever has the longest chain before it goes next, with all that is ready.

    So what many samples of a sequence do alike comes together again where some of them needed a step less.
    """
    first, code = program.first, program.code
    users: list[list[int] | None] = [None] * len(code)
    waiting = []
    for k, (_, args) in enumerate(code):
        count = 0
        for arg in args:
            if arg >= first:
                count += 1
                found = users[arg - first]
                if found is None:
                    users[arg - first] = [k]
                else:
                    found.append(k)
        waiting.append(count)
    kinds = _kinds(program)
    number = {kind: n for n, kind in enumerate(dict.fromkeys(kinds))}  # what breaks ties
    ready: dict[Kind, list[int]] = {}
    urgent: dict[Kind, int] = {}
    heap: list[tuple[int, int, Kind]] = []

    def free(k: int) -> None:
        kind, height = kinds[k], heights[first + k]
        if kind not in ready:
            ready[kind], urgent[kind] = [k], 0
        else:
            ready[kind].append(k)
        if height > urgent[kind]:
            urgent[kind] = height
            heappush(heap, (-height, number[kind], kind))

    for k, count in enumerate(waiting):
        if not count:
            free(k)
    while heap:
        height, _, kind = heappop(heap)
        if kind not in ready or urgent[kind] != -height:
            continue
        members = ready.pop(kind)
        yield kind, members
        for k in members:
            for user in users[k] or ():
                waiting[user] -= 1
                if not waiting[user]:
                    free(user)


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
