"""Derivatives from values alone: their error estimates hold; and rounding is bounded as it is said to be."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microgradnn as m
from microgradnn.check.numeric import central_difference
from microgradnn.check.rounded import Rounded, followed
from microgradnn.check.spans import rounded, spans
from microgradnn.engine import Value
from microgradnn.ops import TABLE

U = 2.0**-53

# The function, its derivative, and how many times its own size the rounding in it may be (beyond two units).
FUNCTIONS: dict[str, tuple[Callable[[float], float], Callable[[float], float], Callable[[float], float]]] = {
    "exp": (math.exp, math.exp, lambda x: 2),
    "sin": (math.sin, math.cos, lambda x: 2),
    "cube": (lambda x: x**3, lambda x: 3 * x * x, lambda x: 2),
    "square": (lambda x: x * x, lambda x: 2 * x, lambda x: 2),
    "constant": (lambda x: 3.0, lambda x: 0.0, lambda x: 2),
    "wave": (lambda x: math.sin(50 * x), lambda x: 50 * math.cos(50 * x), lambda x: 2 + 50 * abs(x)),
    "fast wave": (lambda x: math.sin(1000 * x), lambda x: 1000 * math.cos(1000 * x), lambda x: 2 + 1000 * abs(x)),
    "Runge": (lambda x: 1 / (1 + 25 * x * x), lambda x: -50 * x / (1 + 25 * x * x) ** 2, lambda x: 4),
    "bell": (lambda x: math.exp(-30 * x * x), lambda x: -60 * x * math.exp(-30 * x * x), lambda x: 4 + 90 * x * x),
    "log": (lambda x: math.log(x) if x > 0 else math.nan, lambda x: 1 / x, lambda x: 2),
    "root": (lambda x: math.sqrt(x) if x >= 0 else math.nan, lambda x: 0.5 / math.sqrt(x), lambda x: 2),
    "relu": (lambda x: max(x - 0.3, 0.0), lambda x: float(x > 0.3), lambda x: 2),
    "abs": (abs, lambda x: math.copysign(1.0, x), lambda x: 2),
    "rough": (lambda x: abs(x) ** 3, lambda x: 3 * x * abs(x), lambda x: 2),
    "pole": (lambda x: 1 / x, lambda x: -1 / x**2, lambda x: 2),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_error_estimate_of_differences_holds(name: str) -> None:
    f, slope, size = FUNCTIONS[name]
    rng = random.Random(f"differences {name}")
    told = []
    for _ in range(400):
        x = rng.choice([rng.uniform(-3, 3), rng.uniform(-1, 1) * 10 ** rng.uniform(-12, 2)])
        x = abs(x) if name in ("log", "root") else x
        noise = 4 * U * size(x) * max(abs(f(x)), 1e-3) if name != "pole" else 4 * U * abs(f(x))
        found = central_difference(f, x, noise)
        assert found.error == math.inf or abs(found.value - slope(x)) <= found.error, f"x = {x!r}: {found}"
        told.append(found.error / (1 + abs(slope(x))))
    assert sorted(told)[200] < 1e-8  # and it is no empty promise


def test_differences_at_a_kink_are_the_mean_with_the_jump_as_error() -> None:
    found = central_difference(lambda x: max(x, 0.0), 0.0, 1e-17)
    assert found.value == pytest.approx(0.5)
    assert found.error >= 0.5


def test_there_is_no_difference_where_nothing_is_finite() -> None:
    found = central_difference(lambda x: math.nan, 1.0, 1e-17)
    assert math.isnan(found.value)
    assert found.error == math.inf
    assert central_difference(lambda x: math.sqrt(x) if x >= 0 else math.nan, 0.0, 1e-17).error == math.inf


# ---- rounding bounds, against exact arithmetic -----------------------------------------------------------


def polynomial(x: Any, y: Any) -> Any:
    return ((x + y) * (x - y) - x * x + y * y) * 3 + (x * x * x - 1) * (x - 1) / (y * y + 1)


@settings(max_examples=200, deadline=None)
@given(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3))
def test_the_bound_holds_for_rational_functions(x: float, y: float) -> None:
    got = polynomial(Rounded(x), Rounded(y))
    truth = polynomial(Fraction(x), Fraction(y))
    assert float(abs(Fraction(float(got)) - truth)) <= got.error


FORMS: dict[str, tuple[Callable[[float], float], Callable[[Any], Any]]] = {
    "1 - tanh²": (lambda x: 1 - math.tanh(x) ** 2, lambda x: mpmath.sech(x) ** 2),
    "log(1 + exp)": (lambda x: math.log(1 + math.exp(x)), lambda x: mpmath.log(1 + mpmath.exp(x))),
    "1 - cos": (lambda x: (1 - math.cos(x)) / 2, lambda x: mpmath.sin(x / 2) ** 2),
    "cosh - sinh": (lambda x: math.cosh(x) - math.sinh(x), lambda x: mpmath.exp(-x)),
    "hypot": (lambda x: math.hypot(x, 1) - 1, lambda x: mpmath.hypot(x, 1) - 1),
    "fsum": (lambda x: math.fsum([x, 1e8, -1e8, x * x]), lambda x: x + x * x),
    "prod": (lambda x: math.prod([x, x + 1, x + 2]), lambda x: x * (x + 1) * (x + 2)),
    "pow": (lambda x: math.pow(x * x + 1, 1.5) - 1, lambda x: (x * x + 1) ** mpmath.mpf(1.5) - 1),
    "gamma": (lambda x: math.gamma(abs(x) + 1), lambda x: mpmath.gamma(abs(x) + 1)),
}


@pytest.mark.parametrize("name", FORMS)
def test_the_bound_holds_for_functions_of_the_math_module(name: str) -> None:
    from microgradnn.check.rehearsal import rehearse

    form, exact = FORMS[name]
    rng = random.Random(f"bound {name}")
    for _ in range(60):
        x = rng.choice([rng.uniform(-8, 8), rng.uniform(-1e-4, 1e-4)])
        got, escaped = rehearse(form, {"x": Rounded(x)})
        assert not escaped
        assert isinstance(got, Rounded)
        with mpmath.workprec(400):
            away = abs(mpmath.mpf(float(got)) - exact(mpmath.mpf(x)))
        assert away <= got.error, f"x = {x!r}"
        assert got.error < 1e-10 * (1 + abs(float(got))) + 1e-7 * (name == "cosh - sinh") + 1e-6 * (name == "fsum")


def test_numbers_that_keep_account_pass_for_floats() -> None:
    x = Rounded(0.75, 1e-3)
    assert isinstance(x, float)
    assert (float(x), int(x), bool(x), f"{x:.2f}", repr(x), complex(x)) == (0.75, 0, True, "0.75", "0.75", 0.75 + 0j)
    assert (x == 0.75, x != 1, x < 1, x <= 0.75, x > 0, x >= 0.75) == (True,) * 6
    assert hash(x) == hash(0.75)
    assert max(x, 0.5) is x
    assert (1 - x).error == pytest.approx(1e-3)
    assert (x * 2).error == pytest.approx(2e-3)
    assert m.exp(x).error == pytest.approx(1e-3 * math.exp(0.75), rel=1e-3)
    assert m.relu(Rounded(-1e-4, 1e-3)).error == pytest.approx(9e-4)


def test_a_followed_function_tells_what_it_does_not_know() -> None:
    assert followed(math.floor)(Rounded(2.5, 1.0)) == 2  # an int is a count, not a measurement
    assert followed(math.log2)(Rounded(0.5, 1.0)).error == math.inf  # whose domain ends within the error
    assert followed(math.exp)(2.0) == math.exp(2.0)


def test_spans_bound_the_rounding_of_the_gradient() -> None:
    rng = random.Random("spans")
    for _ in range(100):
        x, y = (Value(rng.uniform(-3, 3)) for _ in range(2))
        out = m.tanh(x * y) * m.exp(x - y) + m.log(x * x + 1) / (y * y + 2)
        out.backward()
        numbers = rounded(out)
        with mpmath.workprec(400):
            a, b = mpmath.mpf(x.data), mpmath.mpf(y.data)
            f = lambda a, b: mpmath.tanh(a * b) * mpmath.exp(a - b) + mpmath.log(a * a + 1) / (b * b + 2)
            truth = [mpmath.diff(f, (a, b), (1, 0)), mpmath.diff(f, (a, b), (0, 1))]
            assert abs(f(a, b) - mpmath.mpf(out.data)) <= numbers[out].error
            for leaf, exact in zip((x, y), truth, strict=True):
                error = spans(out, numbers)[leaf].error
                assert abs(exact - mpmath.mpf(leaf.grad)) <= error
                assert error < 1e-12 * (1 + abs(leaf.grad))


def test_every_row_lets_account_be_kept() -> None:
    for op in TABLE.values():
        args = [Rounded(x, 1e-10) for x in (0.6, 0.8, 0.9, 0.7, 0.5)[: op.arity or 5]]
        if op.domain.holds(*map(float, args)):
            out = op(*args)
            assert isinstance(out, Rounded)
            assert 0.0 <= out.error < 1e-8, op.name
