"""Instructions of one kind side by side: levels, groups, and the places of their operands.

What does not depend on each other and does the same becomes one array operation. Within a level the
instructions of one primitive and arity form a group; a group's results have registers next to each other, so
that its operands too are, mostly, rows at even distances.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from microgradnn.compiler.passes import rewritten
from microgradnn.compiler.program import Program
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


@dataclass
class Layout:
    """A program whose code is sorted into groups; `levels` is the length of its longest chain of groups."""

    program: Program
    groups: list[Group]
    levels: int


def layout(program: Program) -> Layout:
    """Level and group the instructions, and number the registers anew."""
    first = program.first
    depth = [0] * program.size
    kinds: dict[tuple[int, int, Op, int], list[int]] = {}
    order: dict[Op, int] = {}
    for k, (op, args) in enumerate(program.code):
        level = 0
        for arg in args:
            if arg >= 0 and depth[arg] > level:
                level = depth[arg]
        level += 1
        depth[first + k] = level
        kinds.setdefault((level, order.setdefault(op, len(order)), op, len(args)), []).append(k)
    names = list(range(program.size))
    place = first
    sorted_kinds = sorted(kinds, key=lambda key: (key[0], key[1], key[3]))
    for key in sorted_kinds:
        members = kinds[key]
        # Neighbours read neighbours: the order is that of the operands in their new places.
        members.sort(key=lambda k: [names[r] if r >= 0 else r for r in program.code[k][1]])
        for k in members:
            names[first + k] = place
            place += 1
    groups, code = [], []
    place = first
    for key in sorted_kinds:
        members = kinds[key]
        rows = [[names[r] if r >= 0 else r for r in program.code[k][1]] for k in members]
        code += [(key[2], tuple(row)) for row in rows]
        groups.append(Group(key[2], place, len(members), [list(column) for column in zip(*rows, strict=True)]))
        place += len(members)
    new = rewritten(program, program.constants, code, lambda r: names[r] if r >= 0 else r)
    return Layout(new, groups, max(depth, default=0))


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
