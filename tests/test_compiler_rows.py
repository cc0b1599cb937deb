"""Every row of the table, and its first, second and third derivatives, at the edges, on every backend."""

import math
import random
from typing import Any

import pytest

from microgradnn import compile, grad, value_and_grad
from microgradnn.ops import TABLE, Op
from tests.bits import bits
from tests.compiled.check import COMPILER, Rows
from tests.compiled.graphs import EDGES, ROWS


@pytest.mark.parametrize("name", ROWS)
def test_programs_and_texts(name: str) -> None:
    rows = Rows(1, samples=100, names=[name])
    assert rows.check_program() > 50
    rows.check_backends(["numpy", "python"])
    rows.check_sources(c=False)


def test_all_of_them_in_one_native_program() -> None:
    rows = Rows(2, samples=60)
    assert rows.check_program() > 2000
    rows.check_backends(["native"])


@pytest.mark.skipif(COMPILER is None, reason="no C compiler is installed: neither gcc nor cc")
@pytest.mark.parametrize("part", range(4))
def test_all_of_them_in_c(part: int) -> None:
    Rows(part, samples=20, names=ROWS[part::4]).check_sources()


def places(op: Op) -> list[tuple[float, ...]]:
    """Arguments at the edges: all of them for one argument, and many for more."""
    if op.arity == 1:
        return [(x,) for x in EDGES]
    draw = random.Random(op.name)
    return [tuple(draw.choice(EDGES) for _ in range(op.arity or 5)) for _ in range(60)]


@pytest.mark.parametrize("name", ROWS)
def test_compiled_functions_of_one_row(name: str) -> None:
    # Where a result is not finite the engine takes over, which has to be seen from the numbers.
    op = TABLE[name]
    first = lambda *xs: op(*xs)
    functions: list[Any] = [first, lambda *xs: grad(first, len(xs) - 1)(*xs)]
    for fn in functions:
        compiled = compile(fn, backend="python")
        for args in places(op):
            every = tuple(range(len(args)))
            assert bits(as_nan(compiled.value_and_grad(*args))) == bits(as_nan(value_and_grad(fn, every)(*args))), args
            assert bits(as_nan(compiled(*args))) == bits(as_nan(fn(*args))), args


def as_nan(x: Any) -> Any:
    """The same, all nans being one."""
    if isinstance(x, tuple):
        return tuple(map(as_nan, x))
    return math.nan if x != x else float(x)
