"""Primitives of a user's own: followed where they are arithmetic of floats, called where they are not."""

import math
import random
import re
import sys
from collections.abc import Callable
from math import exp as c_exp
from typing import Any

import numpy as np
import pytest

import microgradnn as mg
from microgradnn import compile, primitive
from microgradnn.compiler.lowering import in_python, lowered
from microgradnn.compiler.steps import evaluate
from microgradnn.ops import Op

SCALE = 2.0
TERMS = [1.0, -2.0, 0.5]
POINTS = [
    0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -3.0, 30.0, 710.0, -745.0, 1e300, -1e300, 1e-300, 5e-324,
    math.inf, -math.inf, math.nan, 0.1, 1.0000000000000002, 1.4142135623730951,
]  # fmt: skip


def helper(x: float) -> float:
    return SCALE * x + 1


def newton(x: float) -> float:
    y = 0.5 * x + 1.0
    for _ in range(30):  # y stands in each step three times: 3³⁰ steps, were they not shared
        y = y - (y * y - x) / (2 * y)
    return y


def horner(x: float) -> float:
    result = 0.0
    for c in TERMS:
        result = result * x + c
    return result


def within(factor: float) -> Callable[[float], float]:
    def scaled(x: float, shift: float = 0.25) -> float:
        return factor * math.tanh(x) - shift

    return scaled


def guarded(x: float) -> float:
    try:
        return math.log(x)
    except ValueError:
        return -1.0


def typed(x: float) -> float:
    return x if isinstance(x, float) else 1 / 0


FOLLOWED: dict[str, Callable[..., Any]] = {
    "builtin": math.sin,
    "imported": lambda x: 1 / (1 + c_exp(-x)),
    "overflow": lambda x: 1 / (1 + math.exp(-x)),
    "helper": lambda x: helper(helper(x)),
    "newton": newton,
    "list": horner,
    "closure": within(2.5),
    "row": lambda x: mg.sigmoid(x) * mg.relu(x),
    "square": lambda x: x**2,
    "cube": lambda x: -(x**3) + x**-1,
    "root": lambda x: x**0.5,
    "base": lambda x: 2**x,
    "branch": lambda x: x if x > 0 else math.expm1(x),
    "refused": guarded,
    "typed": typed,
    "largest": lambda x: max(0.0, min(x, 6.0)),
    "condition": lambda x: (x > 0) * x + float(x <= 0),
    "chosen": lambda x: (1.0, 2.0)[int(x > 0)] * x,
    "softsign": lambda x: x / (1 + abs(x)),
    "constant": lambda x: 1,
    "outside": lambda x: math.sqrt(x) + math.asin(x) + math.log1p(x) + math.cos(x),
    "finite": lambda x: x if math.isfinite(x) else 0.0,
}


class Scale:
    factor = 3.0

    def __call__(self, x: float) -> float:
        return self.factor * x


counted = 0


def counting(x: float) -> float:
    global counted
    counted += 1
    return x * counted


def growing(x: float) -> float:
    while not x > 10:
        x += 1.0
    return x


CALLED: dict[str, tuple[Callable[..., Any], str]] = {
    "object": (Scale(), "reads one Scale"),
    "state": (counting, "sets the global 'counted'"),
    "random": (lambda x: x * random.random(), "calls Random.random"),
    "numpy": (lambda x: float(np.exp(x)), "reads exp"),
    "loop": (growing, "branches too often"),
    "floor": (lambda x: float(math.floor(x)), "calls math.floor"),
    "asks": (lambda x: 1.0 if type(x) is float else 0.0, "calls type"),
    "value": (lambda x: mg.Value(x).data, "reads Value"),
    "sums": (lambda x: math.fsum([x, 1.0]), "number"),
}


def row(function: Callable[..., Any]) -> Op:
    return primitive("ones_own", function, lambda x, out: 2.0 * x, check=False)


def eager(op: Op, x: float) -> float:
    try:
        return op.value(x)
    except Exception:  # the eager engine raises it where the number reaches a result
        return math.nan


@pytest.mark.parametrize("name", FOLLOWED)
def test_arithmetic_is_followed(name: str) -> None:
    op = row(FOLLOWED[name])
    assert in_python(op, 1) is None
    draw = random.Random(name)
    for x in [*POINTS, *(draw.gauss(0.0, 3.0) for _ in range(200))]:
        assert evaluate(lowered(op, 1), (x,)).hex() == eager(op, x).hex(), x


@pytest.mark.parametrize("backend", ["native", "numpy", "python"])
@pytest.mark.parametrize("name", FOLLOWED)
def test_what_is_followed_has_the_bits_of_its_function(name: str, backend: str) -> None:
    op = row(FOLLOWED[name])
    draw = random.Random(name)
    xs = [x for x in (*POINTS, *(draw.gauss(0.0, 3.0) for _ in range(80))) if math.isfinite(eager(op, x))]
    f = compile(lambda x: op(x) + x, backend=backend)
    assert [y.hex() for y in f.batch(xs).tolist()] == [(op.value(x) + x).hex() for x in xs]
    assert [f(x).hex() for x in xs[:9]] == [(op.value(x) + x).hex() for x in xs[:9]]
    assert f.grad(0.5) == (2.0,)


@pytest.mark.parametrize("name", CALLED)
def test_what_cannot_be_followed_is_called(name: str) -> None:
    function, why = CALLED[name]
    op = row(function)
    assert re.search(why, str(in_python(op, 1)))
    if name in ("state", "random", "value"):  # which no trace takes
        return
    f = compile(lambda x: op(x) * x)
    assert f.batch([0.5, 20.0]).tolist() == [op.value(0.5) * 0.5, op.value(20.0) * 20.0]


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="Python's sum is a compensated one since 3.12")
def test_a_sum_is_followed_where_it_is_plain() -> None:
    assert in_python(row(lambda x: sum([x, 0.1, x])), 1) is None


def test_two_primitives_of_one_name_are_two() -> None:
    one, two = row(lambda x: x + 1.0), row(lambda x: x + 2.0)
    for backend in ("native", "numpy", "python"):
        f = compile(lambda x: [one(x), two(x), one(two(x))], backend=backend)
        assert f(0.5) == [1.5, 2.5, 3.5]
        assert f.batch([0.5] * 9).tolist() == [[1.5, 2.5, 3.5]] * 9


@pytest.mark.parametrize("backend", ["native", "numpy", "python"])
def test_a_number_that_a_primitive_reads_may_change(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    op = row(helper)
    f = compile(lambda x: op(x), backend=backend)
    assert f(3.0) == 7.0
    monkeypatch.setattr(sys.modules[__name__], "SCALE", 10.0)
    assert f(3.0) == 31.0
    of_terms = row(horner)
    g = compile(lambda x: of_terms(x), backend=backend)
    assert g(2.0) == 0.5
    TERMS[0] = 2.0
    try:
        assert g(2.0) == 4.5
    finally:
        TERMS[0] = 1.0
