"""The operands of a group as formulas of two counters, where they lie evenly, or as tables."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import NamedTuple

from microgradnn.compiler.layout import Group, stride
from microgradnn.compiler.passes import CHAIN
from microgradnn.rules import inner


class Operands(NamedTuple):
    """The operands of a group by their parts: bias, xs and ys of `dot`, first and rest of `chain`, else each by itself.

    Every part is a list of columns, one for each term, of places: the constants first, then the registers.
    """

    parts: list[list[list[int]]]
    terms: int  # of a sum; 0 for what is no sum


def place(r: int, constants: int) -> int:
    """Where a register lies: after the constants, of which −1 is the first."""
    return r + constants if r >= 0 else -1 - r


def operands(group: Group, constants: int) -> Operands:
    """The parts of a group's operands."""
    columns = [[place(r, constants) for r in column] for column in group.args]
    if group.op is CHAIN:
        return Operands([columns[:1], columns[1:]], len(columns) - 1)
    if group.op is inner:
        half = len(columns) // 2
        return Operands([columns[:1], columns[1 : half + 1], columns[half + 1 :]], half)
    return Operands([[column] for column in columns], 0)


def formula(columns: Sequence[Sequence[int]]) -> str | None:
    """Places as start + down·i + across·j; None where they do not lie evenly."""
    found = stride(columns)
    if found is None:
        return None
    text = str(found.start) if found.start else ""
    for step, counter in ((found.down, "i"), (found.across, "j")):
        if step:
            size = counter if abs(step) == 1 else f"{abs(step)} * {counter}"
            sign = "-" if step < 0 else "+"
            text += f" {sign} {size}" if text or step < 0 else size
    return text or "0"


def wrapped(numbers: Sequence[object], indent: str) -> str:
    """Numbers with commas, in lines of moderate length."""
    text = ", ".join(map(str, numbers))
    lines = textwrap.wrap(text, 110, initial_indent=indent, subsequent_indent=indent, break_long_words=False)
    return "\n".join(lines)
