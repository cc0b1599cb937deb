"""What is remarked at the end of an explanation: kinks in use, numbers that are none, and less common signs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from microgradnn import elementary
from microgradnn.births import looked_at, place
from microgradnn.chain import operands
from microgradnn.explaining.lines import Line
from microgradnn.explaining.plan import Step
from microgradnn.explaining.shares import on_kinks
from microgradnn.explaining.term import Term, applied, parts, symbol
from microgradnn.notation import expression, number
from microgradnn.ops import TABLE, Op, plain
from microgradnn.reverse import edges


def undefined(steps: Sequence[Step], first: Any) -> list[Line]:
    """Where infinite operands gave birth to a nan, as ∞ − ∞ does; `first` was told before."""
    told: list[Line] = []
    for node in [node for step in steps for node in step.inner]:
        args = [plain(arg) for arg in looked_at(node)]
        if node is first or not math.isnan(node.data) or any(map(math.isnan, args)) or not any(map(math.isinf, args)):
            continue
        assert node.op is not None  # what is in a step was computed
        at = f" at {place(*node.born.rsplit(':', 1))}" if node.born else ""
        shown = " and ".join(map(number, args))
        told.append(Line((f"nan was born in {expression(node)}{at}: {node.op.name} of {shown} has no value.",)))
    return told


def kinks(steps: Sequence[Step]) -> list[Line]:
    """Where a derivative is one of several possible ones, and which was taken."""
    told: list[Line] = []
    for step in steps:
        for node in on_kinks(step):
            assert node.op is not None
            assert node.op.kink is not None
            taken = dict(edges(node))
            chosen = " and ".join(number(taken.get(k, 0.0)) for k, _ in operands(node))
            words = f" the operand of {node.op.name} lies on its kink, {node.op.kink.text}: of the slopes on its two "
            rest = f"sides, and all between them, the rule in force chooses {chosen or 'none, for it is a constant'}."
            told.append(Line(("In ", symbol(step.name), words + rest)))
    return told


def legend(formulas: Sequence[Term]) -> list[Line]:
    """What the less common signs in these formulas mean."""
    seen: dict[Op, None] = {}
    bracket = False
    for formula in formulas:
        for part in parts(formula):
            if part.op is not None:
                seen[part.op] = None
                bracket = bracket or (part.op is elementary.where and _is(part.args[1], 1) and _is(part.args[2], 0))
    lines = []
    for op in seen:
        if op.definition is not None and op.name in TABLE and not op.public and op.arity == 1 and op.name != "alias":
            x = symbol("x")
            lines.append(Line(("In general:",), applied(op, [x]), (op.definition(x),)))
    if bracket:
        lines.append(Line(("A condition in square brackets is 1 where it holds and 0 elsewhere.",)))
    return lines


def _is(x: Term, value: float) -> bool:
    return x.constant and x.value == value
