"""A function of floats, or of whatever flows, written as a function of JavaScript."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from microgradnn.elementary import add, div, mul, neg, sub, where
from microgradnn.explaining.term import AT_LEAST, AT_MOST, GREATER, LESS, Term, parts, term
from microgradnn.ops import Op
from microgradnn.stepping.tracing import EQUAL, FINITE, UNEQUAL, Tracing

LONG = 90  # letters, from which on an expression gets a line of its own
CONDITIONS = {op: op.symbol for op in (LESS, AT_MOST, GREATER, AT_LEAST, EQUAL, UNEQUAL)}
INFIX = {op: op.symbol for op in (add, sub, mul, div)} | CONDITIONS
Namer = Callable[[Op, int], str]  # what the value of a row with so many arguments is called in the script


def function(
    name: str, compute: Callable[..., Any], arguments: Sequence[str], named: Namer, infix: Mapping[Op, str] = INFIX
) -> str:
    """`name(arguments) { … }`, which returns what `compute` does: a number, a truth, or lists of them.

    `infix` holds the operations that are written between their operands. The function is found by tracing; so every
    error of `compute` passes through, and TableError where it has no end.
    """
    tracing = Tracing(arguments)
    lines: list[str] = []
    scopes: list[dict[Term, str]] = [{}]
    count = 0

    def written(roots: Sequence[Term]) -> list[str]:
        """The texts of these formulas; what stands in several places, or is long, goes before as a const."""
        nonlocal count
        texts = scopes[-1]
        needed = [x for x in parts(*roots) if x not in texts]
        uses: dict[Term, int] = {}
        for x in needed:
            for arg in x.args:
                uses[arg] = uses.get(arg, 0) + 1
        inline = dict(texts)
        for x in needed:
            inline[x] = text = _text(x, inline, named, infix)
            if x.op is not None and (uses.get(x, 0) > 1 or len(text) > LONG):
                count += 1
                inline[x] = texts[x] = f"t{count}"
                lines.append(f"{pad}const t{count} = {_bare(text)};")
        return [inline[root] for root in roots]

    for branch in tracing.branches(compute):
        for condition, _ in branch.asked[branch.shared :]:
            pad = "  " * len(scopes)
            lines.append(f"{pad}if ({_bare(written([condition])[0])}) {{")
            scopes.append(dict(scopes[-1]))
        pad = "  " * len(scopes)
        leaves: list[Term] = []
        shape = _shape(branch.result, leaves)
        lines.append(f"{pad}return {_bare(shape.format(*written(leaves)))};")
        if len(scopes) > 1:
            scopes.pop()
            lines.append("  " * len(scopes) + "}")
    return "\n".join([f"{name}({', '.join(arguments)}) {{", *lines, "}"])


def _shape(x: Any, leaves: list[Term]) -> str:
    """The lists of a result with places for its formulas, which are added to `leaves`."""
    if isinstance(x, list | tuple):
        return f"[{', '.join(_shape(each, leaves) for each in x)}]"
    if isinstance(x, bool):
        return str(x).lower()
    leaves.append(term(x))
    return "{}"


def _text(x: Term, texts: dict[Term, str], named: Namer, infix: Mapping[Op, str]) -> str:
    if x.op is None:
        return x.name or number(x.value)
    args = [texts[arg] for arg in x.args]
    if x.op is where:
        condition = args[0] if x.args[0].op in CONDITIONS else f"{args[0]} !== 0"
        return f"({condition} ? {args[1]} : {args[2]})"
    if x.op in infix:
        return f"({args[0]} {infix[x.op]} {args[1]})"
    if x.op is neg:
        return f"(-{args[0]})"
    called = "Number.isFinite" if x.op is FINITE else named(x.op, len(args))
    return f"{called}({', '.join(map(_bare, args))})"


def number(x: float | None) -> str:
    """A float as JavaScript writes it; a negative one in parentheses, for -3 may follow a minus sign."""
    if x is None or math.isnan(x):
        return "NaN"
    text = repr(x).replace("inf", "Infinity").removesuffix(".0")
    return f"({text})" if text.startswith("-") else text


def _bare(text: str) -> str:
    """The text without parentheses around the whole of it."""
    if not text.startswith("("):
        return text
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return text[1:-1] if place == len(text) - 1 else text
    return text
