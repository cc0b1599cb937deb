"""A fault planted in a pass, in the groups or in their strides is noticed by the random graphs."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from microgradnn.compiler import layout as grouping
from microgradnn.compiler import passes, simpler, writer
from microgradnn.compiler.arrays import plan, sums
from microgradnn.compiler.passes import optimised
from microgradnn.compiler.program import Program
from microgradnn.compiler.sources import tables
from microgradnn.elementary import add, mul, sin, sub
from microgradnn.rules import inner
from tests.compiled.check import Bundle
from tests.compiled.small import check_small

Pass = Callable[[Program], Program]


def wrong_fold(before: Pass) -> Pass:
    """The last constant that is folded comes out one unit in the last place too large."""

    def simplified(old: Program) -> Program:
        new = before(old)
        if len(new.constants) > len(old.constants):
            new.constants[-1] = math.nextafter(new.constants[-1], math.inf)
        return new

    return simplified


def wrong_merge(before: Pass) -> Pass:
    """Two instructions are taken for one where only their first operands are the same."""

    def simplified(old: Program) -> Program:
        new = before(old)
        seen: dict[Any, int] = {}
        names = {}
        for k, (op, args) in enumerate(new.code, new.first):
            if len(args) > 1:
                names[k] = seen.setdefault((op, args[0]), k)
        code = [(op, tuple(names.get(arg, arg) for arg in args)) for op, args in new.code]
        return replace(new, code=code)

    return simplified


def wrong_order(before: Pass) -> Pass:
    """Sums of products are added up from the right."""

    def fused(old: Program) -> Program:
        new = before(old)
        code = []
        for op, args in new.code:
            half = len(args) // 2
            if op is inner:
                args = (args[0], *args[half:0:-1], *args[:half:-1])
            code.append((op, args))
        return replace(new, code=code)

    return fused


def wrong_expansion(before: Pass) -> Pass:
    """Of two numbers the larger is the sum."""

    def simplified(old: Program) -> Program:
        new = before(old)
        return replace(new, code=[(add if op is passes.LARGER else op, args) for op, args in new.code])

    return simplified


def wrong_removal(before: Pass) -> Pass:
    """Differences lose their second operand."""

    def fused(old: Program) -> Program:
        new = before(old)
        return replace(new, code=[(op, (args[0], args[0]) if op is sub else args) for op, args in new.code])

    return fused


def wrong_group(before: Callable[[Program], Any]) -> Callable[[Program], Any]:
    """The results of the largest group change places, and their readers do not know."""

    def made(old: Program) -> Any:
        new, groups, levels = before(old)
        group = max(groups, key=lambda group: group.size)
        first = group.out - new.first
        new.code[first : first + group.size] = reversed(new.code[first : first + group.size])
        return new, groups, levels

    return made


def first_two(columns: Any) -> Any:
    """Strides as the first two operands have them, whatever the others are."""
    start = columns[0][0]
    down = columns[0][1] - start if len(columns[0]) > 1 else 0
    return grouping.Stride(start, down, columns[1][0] - start if len(columns) > 1 else 0)


def shifted(array: Any, rows: Any) -> Any:
    """A view that is right but for its last row."""
    found = plan_even(array, rows)
    return None if found is None or rows.shape[-1] < 2 else np.roll(found, 1, axis=-2)


def backwards(self: Any, factors: Any) -> Any:
    """Products that einsum adds up from the right."""
    found = at_once(self, factors)
    names, *arrays = found.args
    return lambda: found.func(names, *(x[::-1].copy() for x in arrays), **found.keywords)


plan_even, at_once = plan.even, sums.Sums._einsum
FAULTS = {
    "merge": (passes, "simplified", wrong_merge(passes.simplified)),
    "order": (passes, "fused", wrong_order(passes.fused)),
    "expansion": (passes, "simplified", wrong_expansion(passes.simplified)),
    "signs that count": (simpler, "careless", lambda program: [True] * program.size),
    "signs of sums": (writer, "steady", lambda *known: True),
    "signs of constants": (writer, "positive", lambda x: True),
    "zeros and ones": (writer.Writer, "truth", lambda self, r: True),
    "order of factors": (simpler.RULES, mul, lambda writer, args, loose: (mul, (args[0], args[0]))),
    "differences": (simpler.RULES, sub, lambda writer, args, loose: args[0]),
    "removal": (passes, "fused", wrong_removal(passes.fused)),
    "group": (grouping, "_grouped", wrong_group(grouping._grouped)),
    "stride of text": (tables, "stride", first_two),
    "stride of arrays": (plan, "even", shifted),
    "order of einsum": (sums.Sums, "_einsum", backwards),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, attribute, fault = FAULTS[name]
    (monkeypatch.setitem if isinstance(where, dict) else monkeypatch.setattr)(where, attribute, fault)
    for seed in range(20):
        try:
            check_small(seed, 100)
            bundle = Bundle(seed, 20, ["logsumexp", "dot", "relu", "sub", "exp"])
            bundle.check_program(eager=False)
            bundle.check_backends(["numpy", "python"])
            bundle.check_sources(c=False)
        except (AssertionError, IndexError):
            return
    pytest.fail(f"{name}: nothing noticed")


def test_constants_are_folded_with_the_rows_own_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    # Tracing leaves few that are still to fold.
    code = [(add, (-1, -2)), (sin, (1,)), (mul, (0, 2))]
    old = Program([0.1, 0.2], 1, [], code, [3], [])
    new = optimised(old)
    assert len(new.code) == 1
    assert new.run([0.7])[new.outputs[0]] == old.run([0.7])[3] == 0.7 * math.sin(0.1 + 0.2)
    monkeypatch.setattr(passes, "simplified", wrong_fold(passes.simplified))
    new = optimised(old)
    assert new.run([0.7])[new.outputs[0]] != old.run([0.7])[3]
