"""A program as a list to be read: one line for what lies evenly in a group, else one for each instruction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from microgradnn.compiler.layout import Group, Layout
from microgradnn.compiler.passes import CHAIN
from microgradnn.compiler.program import Program
from microgradnn.compiler.sources.tables import formula
from microgradnn.rules import inner


def source(layout: Layout) -> str:
    """Registers are r0, r1 …: inputs first, then leaves from outside, then results; constants stand as numbers."""
    program = layout.program
    lines = [f"{_several('r', 0, program.inputs)} = inputs"] if program.inputs else []
    for k, value in enumerate(program.held, program.inputs):
        lines.append(f"r{k} = held" + (f" {value.label!r}" if value.label else ""))
    for group in layout.groups:
        for stretch in _stretches(group):
            lines += _stretch(program, stretch)
    for what, registers in (("outputs", program.outputs), ("gradients", program.gradients)):
        if registers:
            lines.append(f"{what} = {', '.join(_name(program, r) for r in registers)}")
    lines += [f"holds while {_name(program, r)} is {float(outcome)!r}" for r, outcome in program.guards]
    return "\n".join(lines) + "\n"


def code(program: Program) -> str:
    """The same of a program without groups: one line for each instruction."""
    lines = []
    for r, (op, args) in enumerate(program.code, program.first):
        lines.append(f"r{r} = {_call(op.name, [_name(program, arg) for arg in args], op is inner)}")
    return "\n".join(lines) + "\n"


def _several(name: str, begin: int, size: int) -> str:
    return f"{name}{begin}" if size == 1 else f"{name}{begin} … {name}{begin + size - 1}"


def _name(program: Program, r: int) -> str:
    return f"r{r}" if r >= 0 else repr(program.constants[-1 - r])


def _call(name: str, args: Sequence[str], products: bool) -> str:
    if products:
        half = len(args) // 2
        terms = [f"{x}·{y}" for x, y in zip(args[1 : half + 1], args[half + 1 :], strict=True)]
        args = [args[0], *terms]
    return f"{name}({', '.join(args)})"


def _stretches(group: Group) -> Iterator[Group]:
    """The group in parts in which every operand goes on as it began."""
    rows = list(zip(*group.args, strict=True))
    steps = [[after - r for r, after in zip(*pair, strict=True)] for pair in pairwise(rows)]
    begin = 0
    while begin < group.size:
        end = begin + 1
        while end < group.size and steps[end - 1] == steps[begin]:
            end += 1
        yield Group(group.op, group.out + begin, end - begin, [column[begin:end] for column in group.args])
        begin = end


def _stretch(program: Program, group: Group) -> Iterator[str]:
    even = _even(program, group) if group.size > 1 else None
    if even is not None:
        yield f"{_several('r', group.out, group.size)} = {even}  (i = 0 … {group.size - 1})"
        return
    for i in range(group.size):
        args = [_name(program, column[i]) for column in group.args]
        yield f"r{group.out + i} = {_call(group.op.name, args, group.op is inner)}"


def _even(program: Program, group: Group) -> str | None:
    """One call for all instructions, with the operands as formulas of i; of sums the terms by j."""
    if group.op is inner:
        half = len(group.args) // 2
        parts = [_part(program, x) for x in (group.args[:1], group.args[1 : half + 1], group.args[half + 1 :])]
        if None in parts:
            return None
        return f"dot({parts[0]}, {parts[1]}·{parts[2]})" + _terms(half)
    if group.op is CHAIN:
        parts = [_part(program, group.args[:1]), _part(program, group.args[1:])]
        return None if None in parts else f"chain({parts[0]}, {parts[1]})" + _terms(len(group.args) - 1)
    parts = [_part(program, [column]) for column in group.args]
    return None if None in parts else f"{group.op.name}({', '.join(map(str, parts))})"


def _terms(count: int) -> str:
    return f" for j = 0 … {count - 1}" if count > 1 else ""


def _part(program: Program, columns: Sequence[Sequence[int]]) -> str | None:
    if not columns:
        return ""
    if any(r < 0 for column in columns for r in column):
        same = {r for column in columns for r in column}
        return _name(program, same.pop()) if len(same) == 1 else None
    at = formula(columns)
    return None if at is None else f"r[{at}]" if not at.isdigit() else f"r{at}"
