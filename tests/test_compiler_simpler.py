"""Every rule by which instructions are written more simply keeps the bits, signs of zeros included."""

import pytest

from microgradnn.compiler.passes import optimised
from microgradnn.compiler.program import Program
from microgradnn.elementary import add, div, mul, sub
from microgradnn.rules import inner
from tests.compiled.small import check_small


@pytest.mark.parametrize("seed", range(4))
def test_short_programs_keep_their_bits(seed: int) -> None:
    check_small(seed, 500)


def test_what_a_sum_swallows_is_not_written() -> None:
    # (0.0 + x·y)·y as a gradient: no sign of a zero is seen, so that products are left.
    code = [(inner, (-1, 0, 1)), (inner, (-1, 2, 1))]
    assert optimised(Program([0.0], 2, [], code, [], [3])).code == [(mul, (0, 1)), (mul, (2, 1))]
    # As a result it is seen.
    assert len(optimised(Program([0.0], 2, [], code, [3])).code) == 2
    assert optimised(Program([0.0], 2, [], code, [3])).code[1][0] is inner


def test_what_changes_nothing_is_left_out() -> None:
    code = [(mul, (-1, 0)), (add, (2, -2)), (sub, (3, -3)), (div, (4, -1))]
    new = optimised(Program([1.0, -0.0, 0.0], 1, [], code, [4]))
    assert (new.code, new.outputs) == ([], [0])


def test_products_are_the_same_in_either_order() -> None:
    code = [(mul, (0, 1)), (mul, (1, 0)), (sub, (2, 3))]
    assert len(optimised(Program([], 2, [], code, [4])).code) == 2
