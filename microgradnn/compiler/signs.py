"""Where the sign of a zero counts, and where no result tells −0.0 from 0.0.

Rounded to nearest, s + t is −0.0 only if both are: so a sum of which one term never is −0.0 swallows the signs of the
zeros among the others. What a sign makes no difference to can be written more simply: 0.0 + x·y as x·y.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from microgradnn.compiler.instructions import SUMS
from microgradnn.compiler.lowering import lowered
from microgradnn.compiler.program import Program
from microgradnn.compiler.steps import Branch, NotLowered
from microgradnn.elementary import mul
from microgradnn.ops import Op
from microgradnn.rules import inner, total

NEVER, WITH_RESULT, ALWAYS = range(3)  # when the sign of an operand counts
# Another sign of a zero among their operands changes results of these that are zero, in sign, and no others.
CARRYING = ("+", "-", "*", "neg", "sqrt")


def steady(op: Op, args: Sequence[int], known: Callable[[int], bool]) -> bool:
    """Whether an instruction never gives −0.0; `known` says that of its operands."""
    if op is inner:
        return known(args[0])
    if op is mul:
        return args[0] == args[1]  # a square
    return op is total or (op in SUMS and any(map(known, args)))


def positive(x: float) -> bool:
    """Whether a constant is not −0.0."""
    return x != 0.0 or math.copysign(1.0, x) > 0.0


def careless(program: Program) -> list[bool]:
    """Of which registers the sign of a zero makes no difference to any result, gradients being added to 0.0.

    The signs of all of them may change at once: a sum that swallows them stands on a term that is none of them.
    """
    first, code = program.first, program.code
    firm = [False] * program.size + [positive(x) for x in reversed(program.constants)]  # read from the end
    for k, (op, args) in enumerate(code, first):
        if op is mul or op in SUMS:
            firm[k] = steady(op, args, firm.__getitem__)
    found = [True] * len(firm)
    for r in program.outputs:
        found[r] = False
    known: dict[tuple[Op, int], list[int]] = {}
    for k in range(len(code) - 1, -1, -1):
        op, args = code[k]
        mine = found[first + k]
        if op in SUMS:
            if mine or op is total:
                continue
            begins = args[:1] if op is inner else args
            stands = next((arg for arg in begins if firm[arg]), None)
            for arg in args if stands is None else (stands,):
                found[arg] = False
            continue
        kind = (op, len(args))
        if kind not in known:
            known[kind] = _counts(*kind)
        for arg, counts in zip(args, known[kind], strict=True):
            if counts == ALWAYS or (counts == WITH_RESULT and not mine):
                found[arg] = False
    return found


def _counts(op: Op, arity: int) -> list[int]:
    """When the signs of the operands count, read from the steps of the primitive."""
    try:
        if op.arity is None:  # too many ways to look at, of the largest of many
            raise NotLowered
        work: list[tuple[Any, int]] = [(lowered(op, arity), WITH_RESULT)]
    except NotLowered:
        return [ALWAYS] * arity
    found = [NEVER] * arity
    seen: set[tuple[int, int]] = set()
    while work:
        x, counts = work.pop()
        if (id(x), counts) in seen:
            continue
        seen.add((id(x), counts))
        if isinstance(x, Branch):  # a comparison takes 0.0 and −0.0 for the same
            work += [(x.then, counts), (x.otherwise, counts), *((each, NEVER) for each in x.test.args)]
        elif x.name == "arg":
            place = x.args[0]
            found[place] = max(found[place], counts)
        elif x.name in CARRYING:
            work += [(each, counts) for each in x.args]
        elif x.name == "abs":
            work.append((x.args[0], NEVER))
        elif x.name == "/":
            work += [(x.args[0], counts), (x.args[1], ALWAYS)]
        elif x.name != "const":
            work += [(each, ALWAYS) for each in x.args]
    return found
