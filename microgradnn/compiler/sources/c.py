"""A program as C99: it compiles alone, `cc -O2 -ffp-contract=off program.c -lm`, and gives the same bits."""

from __future__ import annotations

import math
from collections.abc import Sequence

from microgradnn.compiler.layout import Group, Layout
from microgradnn.compiler.passes import CHAIN
from microgradnn.compiler.sources.rows import FINITE, Function, Language, identifier, inline, kinds, tree_of, used
from microgradnn.compiler.sources.tables import formula, operands, place, wrapped
from microgradnn.errors import Untraceable
from microgradnn.ops import Op
from microgradnn.rules import inner

GROUPS = 200  # of one function
STACK = 1 << 15  # registers that may lie on the stack
HEAD = """/* A program of scalars.

   void run(const double *inputs, const double *held, double *results, double *gradients);

   One sample: {inputs} inputs, {held} numbers held (leaves from outside); {outputs} outputs and then {guards}
   conditions, 1.0 where they hold, are written to results; {gradients} numbers to gradients.
   Compile it so that products and sums are rounded one by one: cc -O2 -ffp-contract=off program.c -lm
   It needs the C library of the machine on which Python runs.
   {finite}{static} */

#include <math.h>
"""
STATIC = "\n   The registers are static: one call at a time."


def _number(x: float) -> str:
    if not math.isfinite(x):
        return "NAN" if x != x else "INFINITY" if x > 0 else "(-INFINITY)"
    return x.hex() if math.copysign(1.0, x) > 0 else f"({x.hex()})"


def _called(name: str, args: Sequence[str]) -> str:
    if name == "/":
        return " / ".join(args)
    known = {"abs": "fabs", "sqrt": "sqrt"}.get(name, f"library_{name}")
    return f"{known}({', '.join(args)})"


C = Language(_number, _called, "{0} ? {1} : {2}", "if ({}) {{", "}", "const double {} = {};", "return {};")


def source(layout: Layout) -> str:
    """The text; Untraceable where a primitive of the user's own is no arithmetic of floats."""
    program = layout.program
    constants = len(program.constants)
    size = constants + program.size
    text = [
        HEAD.format(
            inputs=program.inputs,
            held=len(program.held),
            outputs=len(program.outputs),
            guards=len(program.guards),
            gradients=len(program.gradients),
            finite=FINITE.replace("\n", "\n   "),
            static=STATIC if size > STACK else "",
        )
    ]
    labels = [f"   held[{k}]: {_comment(x.label)}" for k, x in enumerate(program.held) if x.label]
    text += ["/* " + "\n".join(labels).strip() + " */\n"] if labels else []
    text += _rows(kinds([(group.op, len(group.args)) for group in layout.groups]))
    if constants:
        numbers = wrapped([_number(x) for x in program.constants], "    ")
        text.append(f"static const double constants[{constants}] = {{\n{numbers}\n}};\n")
    bodies = [_group(group, k, constants, text) for k, group in enumerate(layout.groups)]
    parts = [bodies[begin : begin + GROUPS] for begin in range(0, len(bodies), GROUPS)]
    for k, part in enumerate(parts):
        lines = "\n".join(line for body in part for line in body)
        text.append(f"static void part_{k}(double *r)\n{{\n    int i, j;\n    (void)i, (void)j;\n{lines}\n}}\n")
    outs = [*program.outputs, *(r for r, _ in program.guards)]
    copies = [
        _copied("r[{}]", "constants[i]", 0, constants),
        _copied("r[{}]", "inputs[i]", constants, program.inputs),
        _copied("r[{}]", "held[i]", constants + program.inputs, len(program.held)),
        *(f"    part_{k}(r);" for k in range(len(parts))),
        _given("results", [place(r, constants) for r in outs], text),
        _given("gradients", [place(r, constants) for r in program.gradients], text, "0.0 + "),
    ]
    body = "\n".join(line for line in copies if line)
    kind = "static double" if size > STACK else "double"
    text.append(
        "void run(const double *inputs, const double *held, double *results, double *gradients)\n{\n"
        f"    {kind} r[{max(size, 1)}];\n    int i;\n    (void)i, (void)inputs, (void)held;\n"
        f"    (void)results, (void)gradients;\n{body}\n}}\n"
    )
    return "\n".join(text)


def _rows(known: Sequence[tuple[Op, int]]) -> list[str]:
    """The primitives as functions; those of the C library through pointers, so that no compiler replaces them."""
    names: set[str] = set()
    functions = []
    for op, arity in known:
        tree = tree_of(op, arity)
        if tree is None:
            raise Untraceable(f"source('c'): the primitive {op.name!r} is a Python function, which C cannot call")
        names |= used(tree)
        args = [f"x{k}" for k in range(arity)]
        if inline(C, tree, args) is None:
            head = f"static double {identifier(op)}_{arity}({', '.join('double ' + x for x in args)})"
            functions.append("\n".join([head, "{", *Function(C).body(tree, args, 1), "}\n"]))
    two = {"pow", "atan2"}
    pointers = [
        f"static double (*volatile library_{name})({'double, double' if name in two else 'double'}) = {name};"
        for name in sorted(names - {"/", "sqrt"})
    ]
    return ["\n".join(pointers) + "\n", *functions] if pointers else functions


def _copied(to: str, what: str, begin: int, size: int) -> str:
    target = to.format(f"{begin} + i" if begin else "i")
    return f"    for (i = 0; i < {size}; i++) {target} = {what};" if size else ""


def _table(name: str, numbers: Sequence[int], text: list[str]) -> None:
    text.append(f"static const int {name}[{len(numbers)}] = {{\n{wrapped(numbers, '    ')}\n}};\n")


def _given(name: str, places: list[int], text: list[str], begin: str = "") -> str:
    if not places:
        return ""
    at = formula([places])
    if at is None:
        _table(f"{name}_at", places, text)
        at = f"{name}_at[i]"
    return f"    for (i = 0; i < {len(places)}; i++) {name}[i] = {begin}r[{at}];"


def _group(group: Group, k: int, constants: int, text: list[str]) -> list[str]:
    """The loop over a group; operands that lie unevenly get a table."""
    parts, terms = operands(group, constants)
    reads = []
    for n, columns in enumerate(parts):
        at = formula(columns) if columns else ""
        if at is None:
            _table(f"at_{k}_{n}", [r for column in columns for r in column], text)
            at = f"at_{k}_{n}[{_index(group.size, len(columns))}]"
        reads.append(f"r[{at}]")
    out = f"r[{constants + group.out}{' + i' if group.size > 1 else ''}]"
    about = f"    /* {group.op.name.replace('*', '')}{f' of {terms} terms' if terms else ''}: {group.size} */"
    loop = f"    for (i = 0; i < {group.size}; i++) {{" if group.size > 1 else "    {"
    if group.op in (inner, CHAIN):
        term = f"{reads[1]} * {reads[2]}" if group.op is inner else reads[1]
        adding = [f"        for (j = 0; j < {terms}; j++) sum += {term};"] if terms else []
        return [about, loop, f"        double sum = {reads[0]};", *adding, f"        {out} = sum;", "    }"]
    names = [f"x{n}" for n in range(len(parts))]
    row = inline(C, tree_of(group.op, len(parts)), names)
    row = row or f"{identifier(group.op)}_{len(parts)}({', '.join(names)})"
    read = [f"        const double {name} = {x};" for name, x in zip(names, reads, strict=True)]
    return [about, loop, *read, f"        {out} = {row};", "    }"]


def _index(size: int, terms: int) -> str:
    """Where in its table the operand of instruction i and term j stands."""
    return "i" if terms == 1 else "j" if size == 1 else f"j * {size} + i"


def _comment(label: str) -> str:
    """A label that cannot end the comment it stands in, nor be taken for a trigraph."""
    return ascii(label).replace("*/", "* /").replace("/*", "/ *").replace("??", "? ?")
