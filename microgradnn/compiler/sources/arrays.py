"""A program as operations on numpy's arrays, group by group, over all samples at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from microgradnn.compiler.layout import Group, Layout
from microgradnn.compiler.passes import CHAIN
from microgradnn.compiler.sources.rows import (
    FINITE,
    Function,
    Language,
    identifier,
    inline,
    kinds,
    library,
    python_number,
    tree_of,
    used,
)
from microgradnn.compiler.sources.tables import formula, operands, place, wrapped
from microgradnn.compiler.steps import Step, Tree
from microgradnn.ops import Op
from microgradnn.rules import inner

GROUPS = 200  # of one function
HEAD = '''"""A program of scalars over arrays: run(inputs, held) gives the results and the gradients of n samples.

inputs: ({inputs} numbers of each sample in a row); held: {held} numbers, the leaves from outside.
results: (n, {outcomes}), {outputs} outputs and then conditions, 1.0 where they hold; gradients: (n, {gradients}).
Row k of `r` is register k for all samples; the first {constants} are constants.
{finite}
"""

from __future__ import annotations

import math

import numpy as np
'''
RUN = """def run(inputs, held):
    inputs, held = np.asarray(inputs, float), np.asarray(held, float)
    r = np.empty(({size}, len(inputs)))
    r[:{constants}] = np.array([{numbers}]).reshape(-1, 1)
    r[{constants}:{first}] = inputs.reshape(len(inputs), -1).T
    r[{first}:{begin}] = held.reshape(-1, 1)
    with np.errstate(all="ignore"):
        {parts}
    return r[results].T, 0.0 + r[gradients].T"""


def _called(name: str, args: Sequence[str]) -> str:
    known = {"sqrt": "np.sqrt", "abs": "np.abs"}.get(name, name)
    return " / ".join(args) if name == "/" else f"{known}({', '.join(args)})"


NUMPY = Language(python_number, _called, "np.where({0}, {1}, {2})", "", "", "{} = {}", "return {}")


def source(layout: Layout) -> str:
    """The text; it needs numpy alone."""
    program = layout.program
    constants = len(program.constants)
    outs = [*program.outputs, *(r for r, _ in program.guards)]
    parts = [
        HEAD.format(
            inputs=program.inputs,
            held=len(program.held),
            outcomes=len(outs),
            outputs=len(program.outputs),
            gradients=len(program.gradients),
            finite=FINITE,
            constants=constants,
        ),
        *_rows(kinds([(group.op, len(group.args)) for group in layout.groups])),
    ]
    bodies = [_group(group, k, constants, parts) for k, group in enumerate(layout.groups)]
    pieces = [bodies[begin : begin + GROUPS] for begin in range(0, len(bodies), GROUPS)]
    for k, piece in enumerate(pieces):
        parts.append("\n".join([f"def part_{k}(r):", *(f"    {line}" for body in piece for line in body)]))
    tables = {"results": outs, "gradients": program.gradients}
    parts += [_table(name, [[place(r, constants) for r in found]], flat=True) for name, found in tables.items()]
    parts.append(
        RUN.format(
            size=constants + program.size,
            constants=constants,
            numbers=", ".join(map(python_number, program.constants)),
            first=constants + program.inputs,
            begin=constants + program.first,
            parts="\n        ".join(f"part_{k}(r)" for k in range(len(pieces))) or "pass",
        )
    )
    return "\n\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def _rows(known: Sequence[tuple[Op, int]]) -> list[str]:
    trees = {kind: tree_of(*kind) for kind in known}
    names: set[str] = set().union(*map(used, trees.values())) - {"/", "sqrt"}
    # numpy's own functions of these names have other bits
    every = "\n".join(f"{name} = np.vectorize({name}, otypes=[float])" for name in sorted(names))
    parts = [library(names), every]
    for (op, arity), tree in trees.items():
        args = [f"x{k}" for k in range(arity)]
        if tree is None:
            message = f"{op.name} is a primitive of your own: put its function of arrays here"
            parts.append(f"def {identifier(op)}(*args):\n    raise NotImplementedError({message!a})")
        elif inline(NUMPY, tree, args) is None:
            parts.append(f"def {identifier(op)}({', '.join(args)}):\n" + "\n".join(_Selecting(NUMPY).lines(tree, args)))
    return parts


class _Selecting(Function):
    """The body of a function of arrays: both ways of every branch, and of these one for each number."""

    def lines(self, tree: Tree, args: Sequence[str]) -> list[str]:
        found: list[str] = []
        names: dict[Any, str] = {}
        result = self._selected(tree, args, names, found)
        return [f"    {line}" for line in [*found, f"return {result}"]]

    def _selected(self, tree: Tree, args: Sequence[str], names: dict[Any, str], found: list[str]) -> str:
        if isinstance(tree, Step):
            return self._name(tree, args, names, found)
        a, b = (self._name(x, args, names, found) for x in tree.test.args)
        ways = [self._selected(way, args, names, found) for way in (tree.then, tree.otherwise)]
        name = f"t{len(names)}"
        names[-len(names) - 1] = name
        found.append(f"{name} = np.where({a} {tree.test.name} {b}, {ways[0]}, {ways[1]})")
        return name


def _table(name: str, columns: Sequence[Sequence[int]], flat: bool = False) -> str:
    rows = ",\n".join(f"    [\n{wrapped(column, '        ')}\n    ]" for column in columns)
    return f"{name} = np.array([\n{rows}\n], int)" + ("[0]" if flat else "")


def _group(group: Group, k: int, constants: int, text: list[str]) -> list[str]:
    """What a group computes, as one statement, or as a loop over the terms of sums."""
    parts, terms = operands(group, constants)
    reads = []
    for n, columns in enumerate(parts):
        at = formula(columns) if columns else ""
        if at is None:
            text.append(_table(f"at_{k}_{n}", columns))
            at = f"at_{k}_{n}[{'j' if terms and n else 0}]"
        reads.append(f"r[{at}]")
    out = f"r[{constants + group.out}:{constants + group.out + group.size}]"
    counter = [f"i = np.arange({group.size})"] if any(re.search(r"\bi\b", read) for read in reads) else []
    about = f"# {group.op.name}{f' of {terms} terms' if terms else ''}: {group.size}"
    if group.op in (inner, CHAIN):
        term = f"{reads[1]} * {reads[2]}" if group.op is inner else reads[1]
        loop = [f"for j in range({terms}):", f"    total = total + {term}"] if terms else []
        return [about, *counter, f"total = {reads[0]}", *loop, f"{out} = total"]
    row, joined = inline(NUMPY, tree_of(group.op, len(parts)), reads), ", ".join(reads)
    return [about, *counter, f"{out} = {row or f'{identifier(group.op)}({joined})'}"]
