"""Groups: their order, what they have in common, and that many instructions are laid out as few are."""

import random
from typing import Any

import pytest

from microgradnn.compiler import layout as grouping
from microgradnn.compiler.layout import Layout
from microgradnn.compiler.passes import optimised
from microgradnn.compiler.program import Program
from microgradnn.elementary import add, exp, mul, sin
from microgradnn.engine import Value
from tests.compiled.small import small


def kinds(program: Program) -> list[tuple[str, int]]:
    return [(group.op.name, group.size) for group in Layout(program).groups]


def test_what_took_a_step_less_waits_for_the_others() -> None:
    # The way from exp(x) on is the longest: with its sine, and that of y, the others wait until they are alike.
    code = [(sin, (1,)), (exp, (0,)), (sin, (3,)), (exp, (2,)), (exp, (4,))]
    assert kinds(Program([], 2, [], code, [5, 6])) == [("exp", 1), ("sin", 2), ("exp", 2)]


def test_gradients_that_nothing_reads_come_last_and_in_their_order() -> None:
    code: list[Any] = [(mul, (k, 3)) for k in range(3)] + [(mul, (4, 5))]
    found = Layout(Program([], 4, [], code, [7], [6, 4, 5]))
    assert [(group.op, group.size) for group in found.groups] == [(mul, 2), (mul, 1), (mul, 1)]
    assert found.program.gradients == [7, 4, 5]
    code = [(mul, (k, 3)) for k in range(3)]
    found = Layout(Program([], 4, [], code, [], [6, 4, 5]))
    assert found.program.gradients == [4, 5, 6]
    assert found.groups[0].args == ((2, 0, 1), (3, 3, 3))


def test_what_is_the_same_for_all_samples_is_apart() -> None:
    w = Value(2.0)
    code = [(mul, (1, 1)), (mul, (0, 1)), (add, (2, 3))]
    found = Layout(Program([], 1, [w], code, [4]))
    assert sorted(group.size for group in found.groups) == [1, 1, 1]
    assert {group.args for group in found.groups} == {((1,), (1,)), ((0,), (1,)), ((2,), (3,))}


@pytest.mark.parametrize("seed", range(3))
def test_groups_are_the_same_program_however_many_are_few(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(seed)
    for few in (1, 2, 16):
        monkeypatch.setattr(grouping, "FEW", few)
        for _ in range(50):
            old = optimised(small(rng))
            found = Layout(old)
            new, sample = found.program, [0.5, -1.25]
            before, after = old.run(sample), new.run(sample)
            assert [before[r].hex() for r in old.results] == [after[r].hex() for r in new.results]
            place = new.first
            for group in found.groups:
                assert group.out == place
                rows = list(zip(*group.args, strict=True))
                assert [(group.op, row) for row in rows] == new.code[place - new.first : place - new.first + group.size]
                assert all(arg < group.out for row in rows for arg in row)  # what a group reads is there already
                place += group.size
            assert place == new.size
