"""The table: its digits against the oracle, its higher derivatives and its rows."""

import math
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from microgradnn import grad, jvp, rules
from microgradnn.errors import TableError
from microgradnn.ops import TABLE, Op, named
from tests.oracle import (
    CASES,
    EXACT,
    MEASURED,
    ROWS,
    difference,
    errors,
    exact,
    mp,
    mpf,
    name,
    partial_bound,
    rng_of,
    ulps,
    wanted,
)  # fmt: skip
from tests.points import point

# ---- digits ----------------------------------------------------------------------------------------------


def test_every_row_is_measured() -> None:
    assert {op.name for op in ROWS} - set(EXACT) == {"peak"}  # a constant by definition, although its value is not


@pytest.mark.parametrize("op", MEASURED, ids=name)
def test_values_and_partials_keep_their_digits(op: Op) -> None:
    rng = rng_of(op)
    for _ in range(CASES):
        args = point(op, rng)
        for what, error, bound in errors(op, args):
            assert error <= bound, f"{what} of {op.name}{args} is {error:.3g} units in the last place off"


# Where a naive form loses digits, or where one formula hands over to another.
HARD = {
    "tanh": (5.0, 12.5, 19.9, 300.0, 372.0, -372.4),
    "sigmoid": (-745.0, -744.4, 36.7, 37.0, 40.0, 744.9),
    "softplus": (-745.1, -36.8, 19.99, 20.01, 36.9),
    "expm1": (-40.0, -1e-17, 1e-320, 700.0),
    "asin": (0.9999999999999999, -0.9999999999999999, 0.99, 1e-320),
    "acos": (0.9999999999999999, -0.9999999999999999, 1e-320),
    "atan": (1.0000000000000002, 1.0, 1e154, -1.4e154, 1e160, 1.7e308),
    "erf": (5.5, 10.0, 25.0, 26.6, 27.2, -27.0),
    "normal_cdf": (-38.4, -37.6, -37.4, -20.0, -1.7, 8.2, 8.3),
    "gelu": (-38.5, -37.6, -30.000001, -29.999999, -2.4501, -2.4499, -2.25, -1.2, -0.7517, -0.76, -0.3, 0.0,
             8.0, 39.9),
    "silu": (-751.0, -745.0, -40.0001, -39.9999, -2.0, -1.2785, -1.27, -1.29, -0.8, -0.7999, 0.0, 36.0, 50.0),
    "log1p": (-0.9999999999999999, -0.5, 1e-320, 1e308),
    "tan": (1.5707963267948966, -1.5707963267948966, 1e-320, 1e22),
    "log": (5e-324, 0.9999999999999999, 1.0000000000000002, 1.7e308),
    "sqrt": (5e-324, 1e-310, 1.7e308),
    "sinh": (710.4, -710.4, 1e-320),
    "cosh": (710.4, 1e-320),
}  # fmt: skip
HARD_PAIRS = {
    "pow": (
        (1e-310, 0.0), (1e-320, 2.0**-53), (3e-320, 1e-18), (5e-324, 0.04), (1e200, 1.6), (1e-300, 1.07),
        (0.49, 1030.0), (-0.49, 1031.0), (-0.49, 1030.0), (0.99, 72000.0), (1.01, -71400.0), (-1.01, -71401.0),
        (1.0000000000000002, 3e18), (1e-310, 0.3), (7.0, -2.0), (1e-308, -1.0),
        (2.0, 1023.9), (0.1, -0.1), (-3.0, -3.0), (3.0, 6.0001), (3.2e291, -0.053),
    ),
    "div": ((1e-320, 1e-2), (1e-310, 3e-5), (1.0, 1e-310), (1e308, 1e-5), (3.0, 1e300), (0.0, 1e-200), (1e-320, 1e300)),
    "atan2": (
        (1e-320, 1e-2), (1e-320, 3e-320), (1e308, 1.5e308), (1e-320, 1e308), (1e308, 1e-320), (1e-170, -1e-170),
        (1e160, -3e159), (0.0, 2.0), (2.0, 0.0), (1e-300, 1e20),
    ),
    "mul": ((1e-320, 0.3), (1e200, 1e-200)),
    "elu": ((-744.0, 1e10), (-1e-320, 0.3)),
}  # fmt: skip


@pytest.mark.parametrize("op", [TABLE[key] for key in (*HARD, *HARD_PAIRS)], ids=name)
def test_hard_points_keep_their_digits(op: Op) -> None:
    for args in [*((x,) for x in HARD.get(op.name, ())), *HARD_PAIRS.get(op.name, ())]:
        for what, error, bound in errors(op, args):
            assert error <= bound, f"{what} of {op.name}{args} is {error:.3g} units in the last place off"


def faulty(op: Op, k: int) -> Op:
    """The row with one partial wrong by one part in 10¹²."""
    if op.gradient:
        right = op.gradient
        wrong = lambda args, out: [x * (1 + 1e-12) if j == k else x for j, x in enumerate(right(args, out))]
        return replace(op, gradient=wrong)
    spoilt = lambda *args: op.partials[k](*args) * (1 + 1e-12)
    return replace(op, partials=(*op.partials[:k], spoilt, *op.partials[k + 1 :]))


@pytest.mark.parametrize("op", MEASURED, ids=name)
def test_the_oracle_catches_a_planted_fault(op: Op) -> None:
    rng = rng_of(op)
    caught: set[int] = set()
    constant = {"sign": {0}, "step": {0}, "where": {0}}.get(op.name, set())  # these partials are 0
    for k in range(op.arity or 1):
        wrong = faulty(op, k)
        for _ in range(60):
            args = point(op, rng)
            if any(error > bound for what, error, bound in errors(wrong, args) if what == f"partial {k}"):
                caught.add(k)
                break
    assert caught == set(range(op.arity or 1)) - constant


def test_ulps_know_the_ends_of_the_range() -> None:
    assert ulps(1.0, mpf(1)) == 0
    assert ulps(math.nextafter(1.0, 2.0), mpf(1)) == 1
    assert ulps(5e-324, mpf(0)) == 1
    assert ulps(math.inf, mpf(2) ** 5000) == 0
    assert ulps(-math.inf, mpf(2) ** 5000) > 1e15
    assert ulps(math.nan, mpf(0)) == math.inf


# ---- higher derivatives ----------------------------------------------------------------------------------


def derivative(op: Op, args: Sequence[float], along: Sequence[int], mode: Callable[..., Any]) -> float:
    """The derivative of a row with respect to the arguments numbered `along`, one after the other."""
    f: Callable[..., Any] = op
    for k in along:
        f = mode(f, k)
    return float(f(*args))


def reverse(f: Callable[..., Any], k: int) -> Callable[..., Any]:
    return grad(f, k)


def forward(f: Callable[..., Any], k: int) -> Callable[..., Any]:
    return lambda *args: jvp(f, args, [float(j == k) for j in range(len(args))])[1]


ZEROS: list[tuple[str, tuple[float, ...]]] = [
    *((op.name, (0.0,)) for op in MEASURED if op.arity == 1 and not op.kink and op.name not in ("log", "sqrt")),
    *(("pow", (0.0, float(n))) for n in range(1, 9)),
    ("mul", (0.0, 0.0)), ("mul", (0.0, 3.0)), ("div", (0.0, 3.0)), ("div", (0.0, -1e-3)), ("atan2", (0.0, 2.0)),
    ("atan2", (2.0, 0.0)), ("gauss", (0.0, 1.0)), ("gauss", (0.0, 0.5)),
]  # fmt: skip


@pytest.mark.parametrize("mode", [reverse, forward])
@pytest.mark.parametrize(("row", "args"), ZEROS, ids=str)
def test_derivatives_at_zero_to_third_order(row: str, args: tuple[float, ...], mode: Callable[..., Any]) -> None:
    for order in (1, 2, 3):
        with mp.workprec(3400):
            truth = float(difference(EXACT[row], [0] * order, list(map(mpf, args))))
        found = derivative(TABLE[row], args, [0] * order, mode)
        assert abs(found - truth) <= 1e-14 * (1 + abs(truth)), f"order {order}: {found!r}, not {truth!r}"


@pytest.mark.parametrize("op", MEASURED, ids=name)
def test_second_derivatives_agree_with_the_oracle(op: Op) -> None:
    rng = rng_of(op)
    for _ in range(max(6, CASES // 4)):
        while True:
            count = op.arity or 3
            args = [
                rng.uniform(0.05, 0.95) if op.name in ("asin", "acos") else rng.uniform(-3, 3) for _ in range(count)
            ]
            if op.domain.holds(*args) and not (op.kink and op.kink.at(*args)):
                break
        live = wanted(op, args)
        for j in live:
            for k in live:
                with mp.workprec(3400):
                    truth = float(difference(EXACT[op.name], [j, k], list(map(mpf, args))))
                for mode in (reverse, forward):
                    found = derivative(op, args, [j, k], mode)
                    assert abs(found - truth) <= 1e-11 * (1 + abs(truth)), (args, j, k, mode, found, truth)


@pytest.mark.parametrize("row", ["tanh", "sigmoid", "softplus", "silu", "gelu", "erf", "sin", "atan", "asin", "exp"])
def test_second_derivatives_keep_their_digits_where_they_are_small(row: str) -> None:
    for x in (1e-20, -1e-10, 1e-5, 30.0, 300.0, -300.0):
        if TABLE[row].domain.holds(x):
            with mp.workprec(3400):
                truth = float(difference(EXACT[row], [0, 0], [mpf(x)]))
            found = derivative(TABLE[row], [x], [0, 0], reverse)
            assert found == pytest.approx(truth, rel=1e-14, abs=1e-300)


# ---- rows ------------------------------------------------------------------------------------------------


def test_definitions_are_the_functions() -> None:
    for op in MEASURED:
        if op.definition is None:
            continue
        rng = rng_of(op)
        for _ in range(10):
            args = [rng.uniform(-2, 2) for _ in range(op.arity or 3)]
            if not op.domain.holds(*args):
                continue
            truth = float(exact(op.name, args))
            assert op.definition(*args) == pytest.approx(truth, rel=1e-13, abs=1e-15), op.name


def test_names_and_symbols_are_those_of_the_table() -> None:
    for key, op in TABLE.items():
        assert named(key) is op
        assert op.name == key
        assert op.symbol
        assert repr(op).startswith(f"<primitive {key}(")
    with pytest.raises(TableError, match="no primitive"):
        named("nonsense")


def test_softmax_partials_have_a_bound_of_their_own() -> None:
    assert partial_bound(rules.log_sum_exp, (0.0, 30.0)) == 34.0
    assert partial_bound(rules.tanh, (30.0,)) == 4.0


def test_the_long_campaign_runs() -> None:
    command = [sys.executable, "-m", "tests.oracle", "--cases", "2", "--only", "tanh", "--seed", "7"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parent.parent)
    assert "tanh          partial 0" in done.stdout
    assert done.stdout.endswith("seed 7: 0 beyond their bounds\n")
