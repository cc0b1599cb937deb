"""A program as straight-line Python: floats and nothing else, the same bits."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from microgradnn.compiler.layout import Group, Layout
from microgradnn.compiler.passes import CHAIN
from microgradnn.compiler.program import Program
from microgradnn.compiler.sources.rows import (
    FINITE,
    PYTHON,
    Function,
    identifier,
    inline,
    kinds,
    library,
    python_number,
    tree_of,
    used,
)
from microgradnn.rules import inner

LINES = 2000  # of one function
TERMS = 8  # of a sum in one line
HEAD = '''"""A program of scalars: run(inputs, held) gives the results and the gradients of one sample.

inputs: {inputs} floats; held: {held} floats, the leaves from outside; both give floats.
results: {outputs} outputs, then {guards} conditions, 1.0 where they hold; gradients: {gradients}.
{finite}
"""

from __future__ import annotations

import math
'''


class Line(NamedTuple):
    """A statement: the registers that it reads, and the one that it gives (None for a comment)."""

    text: str
    reads: Sequence[int]
    gives: int | None


def source(layout: Layout) -> str:
    """The text; it holds the primitives that it needs, and imports the standard library alone."""
    program = layout.program
    known = kinds([(group.op, len(group.args)) for group in layout.groups])
    trees = {kind: tree_of(*kind) for kind in known}
    names: set[str] = set().union(*map(used, trees.values()))
    head = HEAD.format(
        inputs=program.inputs,
        held=len(program.held),
        outputs=len(program.outputs),
        guards=len(program.guards),
        gradients=len(program.gradients),
        finite=FINITE,
    )
    parts = [head, library(names)]
    for (op, arity), tree in trees.items():
        args = [f"x{k}" for k in range(arity)]
        if tree is None:
            message = f"{op.name} is a primitive of your own: put its function here"
            parts.append(f"def {identifier(op)}(*args):\n    raise NotImplementedError({message!a})")
        elif inline(PYTHON, tree, args) is None:
            body = "\n".join(Function(PYTHON).body(tree, args, 1))
            parts.append(f"def {identifier(op)}({', '.join(args)}):\n{body}")
    parts += _functions(program, list(_lines(layout)))
    return "\n\n\n".join(parts) + "\n"


def name(program: Program, r: int) -> str:
    """What a register is called: x for inputs, p for leaves from outside, v for what is computed."""
    if r < 0:
        return python_number(program.constants[-1 - r])
    kind = "x" if r < program.inputs else "p" if r < program.first else "v"
    return f"{kind}{r - program.inputs if kind == 'p' else r}"


def _lines(layout: Layout) -> Iterator[Line]:
    for group in layout.groups:
        times = f", {group.size} times" if group.size > 1 else ""
        yield Line(f"# {group.op.name}{times}", (), None)
        for i in range(group.size):
            yield from _instruction(layout.program, group, i)


def _instruction(program: Program, group: Group, i: int) -> Iterator[Line]:
    registers = [column[i] for column in group.args]
    args = [name(program, r) for r in registers]
    out = group.out + i
    target = name(program, out)
    if group.op not in (inner, CHAIN):
        text = inline(PYTHON, tree_of(group.op, len(args)), args) or f"{identifier(group.op)}({', '.join(args)})"
        yield Line(f"{target} = {text}", registers, out)
        return
    half = len(args) // 2 if group.op is inner else len(args) - 1
    start, read = args[0], [registers[0]]
    for begin in range(1, half + 1, TERMS):
        end = min(begin + TERMS, half + 1)
        terms, more = args[begin:end], registers[begin:end]
        if group.op is inner:
            terms = [f"{x} * {y}" for x, y in zip(terms, args[half + begin : half + end], strict=True)]
            more = more + registers[half + begin : half + end]
        yield Line(f"{target} = {' + '.join([start, *terms])}", [*read, *more], out)
        start, read = target, [out]
    if not half:
        yield Line(f"{target} = {start}", read, out)


def _functions(program: Program, lines: list[Line]) -> list[str]:
    """One function, or more where there are many lines; what one leaves for another is kept in a list `r`."""
    pieces: list[list[Line]] = [[]]
    size = 0
    for line in lines:
        size += 1 + len(line.reads)
        if size > LINES and pieces[-1]:
            pieces.append([])
            size = 1 + len(line.reads)
        pieces[-1].append(line)
    results = [*program.outputs, *(r for r, _ in program.guards)]
    if len(pieces) == 1:
        ends = [f"results = {_list(program, results)}", f"gradients = {_list(program, program.gradients)}"]
        body = [*_read(program, lines, program.results, kept=False), *(line.text for line in lines), *ends]
        return [_function("run(inputs, held)", [*body, "return results, [0.0 + x for x in gradients]"])]
    last: dict[int, int] = {r: len(pieces) for r in program.results}
    for k, piece in enumerate(pieces):
        for line in piece:
            last |= {r: max(k, last.get(r, 0)) for r in line.reads}
    parts = []
    for k, piece in enumerate(pieces):
        given = dict.fromkeys(line.gives for line in piece if line.gives is not None)
        kept = [f"r[{r}] = {name(program, r)}" for r in given if last.get(r, 0) > k]
        body = [*_read(program, piece, (), kept=True), *(line.text for line in piece), *kept]
        parts.append(_function(f"part_{k}(inputs, held, r)", body))
    asked = sorted({r for r in program.results if r >= program.first})
    body = [f"r = [0.0] * {program.size}", *(f"part_{k}(inputs, held, r)" for k in range(len(pieces)))]
    body += [*_read(program, [], program.results, kept=True)] if asked else _read(program, [], program.results, True)
    ends = [f"results = {_list(program, results)}", f"gradients = {_list(program, program.gradients)}"]
    return [*parts, _function("run(inputs, held)", [*body, *ends, "return results, [0.0 + x for x in gradients]"])]


def _read(program: Program, lines: Sequence[Line], more: Sequence[int], kept: bool) -> list[str]:
    """What is read before it is given here gets its name first."""
    given: set[int] = set()
    found: dict[int, None] = {}
    for line in lines:
        found |= dict.fromkeys(r for r in line.reads if r >= 0 and r not in given)
        given |= {line.gives} if line.gives is not None else set()
    found |= dict.fromkeys(r for r in more if r >= 0 and r not in given)
    return [text for r in sorted(found) if (text := _fetched(program, r, kept))]


def _fetched(program: Program, r: int, kept: bool) -> str:
    if r < program.inputs:
        return f"{name(program, r)} = inputs[{r}]"
    if r < program.first:
        value = program.held[r - program.inputs]
        label = f"  # {value.label!a}" if value.label else ""
        return f"{name(program, r)} = held[{r - program.inputs}]{label}"
    return f"{name(program, r)} = r[{r}]" if kept else ""


def _list(program: Program, registers: Sequence[int]) -> str:
    text = f"[{', '.join(name(program, r) for r in registers)}]"
    return text if len(text) < 90 else "\n        ".join(textwrap.wrap(text, 100, break_long_words=False))


def _function(head: str, body: Sequence[str]) -> str:
    return "\n    ".join([f"def {head}:", *(body or ["pass"])])
