"""The table: its digits against the oracle, its edges bit for bit, its kinks, its higher derivatives."""

import math
import os
import random
import struct
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

import microgradnn as mg
from microgradnn import Value, grad, jvp, kinks, rules
from microgradnn.errors import SettingError, TableError
from microgradnn.ops import TABLE, Op, named
from microgradnn.partials import local
from tests.oracle import EXACT, difference, errors, exact, mp, mpf, partial_bound, point, ulps, wanted

INF, NAN = math.inf, math.nan
# More than the slice that every run takes: MICROGRADNN_CASES=1000 pytest tests/test_rules.py
CASES = int(os.environ.get("MICROGRADNN_CASES", "25"))
SEED = int(os.environ.get("MICROGRADNN_SEED", "20"))
MEASURED = [op for op in TABLE.values() if op.name in EXACT]


def bits(x: float) -> str:
    return "nan" if x != x else struct.pack(">d", x).hex()


def name(op: Op) -> str:
    return op.name


def rng_of(op: Op) -> random.Random:
    print(f"MICROGRADNN_SEED={SEED} row {op.name}")  # shown when the test fails
    return random.Random(f"{SEED} {op.name}")


# ---- digits ----------------------------------------------------------------------------------------------


def test_every_row_is_measured() -> None:
    # The largest of several is a constant by definition; a user's own rows have no oracle.
    assert {op.name for op in TABLE.values() if op.name not in EXACT} <= {"peak", "cube", "wave", "softsign"}


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
    "gelu": (-38.5, -37.6, -30.000001, -29.999999, -2.2, -1.5, -1.1, -0.7517, -0.76, -0.7417, -0.3, 0.0, 8.0, 39.9),
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
        (2.0, 1023.9), (0.1, -0.1), (-3.0, -3.0), (3.0, 6.0001),
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
    assert ulps(INF, mpf(2) ** 5000) == 0
    assert ulps(-INF, mpf(2) ** 5000) > 1e15
    assert ulps(NAN, mpf(0)) == INF


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


@pytest.mark.parametrize("row", ["tanh", "sigmoid", "softplus", "silu", "gelu", "erf", "sin", "atan", "exp", "log1p"])
def test_second_derivatives_keep_their_digits_where_they_are_small(row: str) -> None:
    for x in (1e-20, -1e-10, 1e-5, 30.0, 300.0, -300.0):
        if TABLE[row].domain.holds(x):
            with mp.workprec(3400):
                truth = float(difference(EXACT[row], [0, 0], [mpf(x)]))
            found = derivative(TABLE[row], [x], [0, 0], reverse)
            assert found == pytest.approx(truth, rel=1e-14, abs=1e-300)


# ---- one table, two readings -----------------------------------------------------------------------------


def everywhere(op: Op, rng: random.Random) -> list[float]:
    """Arguments of every kind: extreme, on kinks, outside the domain, infinite, nan."""
    kinds = (0.0, -0.0, 1.0, -1.0, 5e-324, -1e-310, 1e308, -1e308, INF, -INF, NAN, 0.5, 2.0, -3.0)
    return [rng.choice(kinds) if rng.random() < 0.6 else rng.uniform(-4, 4) for _ in range(op.arity or 3)]


@pytest.mark.parametrize("op", TABLE.values(), ids=name)
def test_forward_mode_is_reverse_mode_and_neither_raises(op: Op) -> None:
    rng = rng_of(op)
    for _ in range(8 * CASES):
        args = everywhere(op, rng)
        for k in range(len(args)):
            f = lambda x, args=args, k=k: op(*args[:k], x, *args[k + 1 :])
            back, ahead = grad(f)(args[k]), jvp(f, [args[k]], [1.0])[1]
            # A derivative of zero may differ in the sign of the zero: an adjoint begins at +0.
            assert back == ahead or bits(back) == bits(ahead), f"{op.name}{args}, argument {k}: {back} and {ahead}"
            assert grad(grad(f))(args[k]).__class__ is float


@pytest.mark.parametrize("op", TABLE.values(), ids=name)
def test_values_come_out_the_same_through_every_door(op: Op) -> None:
    rng = rng_of(op)
    for _ in range(4 * CASES):
        args = everywhere(op, rng)
        plain = op(*args)
        assert plain.__class__ is float
        recorded = op(*map(Value, args))
        assert bits(recorded.data) == bits(plain)
        assert bits(jvp(op, args, [1.0] * len(args))[0]) == bits(plain)


# ---- edges -----------------------------------------------------------------------------------------------

# What is differentiated, where, its value there and its gradient; the cases are those of the design's table.
EDGES: dict[str, tuple[Callable[..., Any], tuple[float, ...], float, tuple[float, ...]]] = {
    "x**0 at 0": (lambda x: x**0, (0.0,), 1.0, (0.0,)),
    "x**0 at a subnormal": (lambda x: x**0, (1e-310,), 1.0, (0.0,)),
    "x**y at (0, 0)": (lambda x, y: x**y, (0.0, 0.0), 1.0, (0.0, 0.0)),
    "x**y at (0, 1)": (lambda x, y: x**y, (0.0, 1.0), 0.0, (1.0, 0.0)),
    "x**y at (0, 2)": (lambda x, y: x**y, (0.0, 2.0), 0.0, (0.0, 0.0)),
    "x**y at (0, ½)": (lambda x, y: x**y, (0.0, 0.5), 0.0, (INF, 0.0)),
    "x**y at (0, 0.3)": (lambda x, y: x**y, (0.0, 0.3), 0.0, (INF, 0.0)),
    "0**x at 0": (lambda x: 0**x, (0.0,), 1.0, (0.0,)),
    "0**x at 2": (lambda x: 0**x, (2.0,), 0.0, (0.0,)),
    "x**y at (-2, 2)": (lambda x, y: x**y, (-2.0, 2.0), 4.0, (-4.0, NAN)),
    "x**2 at -2": (lambda x: x**2, (-2.0,), 4.0, (-4.0,)),
    "x**3 at -2": (lambda x: x**3, (-2.0,), -8.0, (12.0,)),
    "x**9 at 0": (lambda x: x**9, (0.0,), 0.0, (0.0,)),
    "x**-1 at 0": (lambda x: x**-1, (0.0,), INF, (-INF,)),
    "x**-1 at -0": (lambda x: x**-1, (-0.0,), -INF, (-INF,)),
    "x**1e300 at 1": (lambda x: x**1e300, (1.0,), 1.0, (1e300,)),
    "x**½ at -2": (lambda x: x**0.5, (-2.0,), NAN, (NAN,)),
    "x**y at (-2, ½)": (lambda x, y: x**y, (-2.0, 0.5), NAN, (NAN, NAN)),
    "x**3 at 1e200": (lambda x: x**3, (1e200,), INF, (INF,)),
    "sqrt 0": (mg.sqrt, (0.0,), 0.0, (INF,)),
    "sqrt -0": (mg.sqrt, (-0.0,), -0.0, (-INF,)),
    "sqrt -1": (mg.sqrt, (-1.0,), NAN, (NAN,)),
    "1/x at 0": (lambda x: 1 / x, (0.0,), INF, (-INF,)),
    "1/x at -0": (lambda x: 1 / x, (-0.0,), -INF, (-INF,)),
    "x/y at (0, 0)": (lambda x, y: x / y, (0.0, 0.0), NAN, (INF, NAN)),
    "log 0": (mg.log, (0.0,), -INF, (INF,)),
    "log -1": (mg.log, (-1.0,), NAN, (NAN,)),
    "log1p -1": (mg.log1p, (-1.0,), -INF, (INF,)),
    "log1p -2": (mg.log1p, (-2.0,), NAN, (NAN,)),
    "asin 1": (mg.asin, (1.0,), math.pi / 2, (INF,)),
    "asin 2": (mg.asin, (2.0,), NAN, (NAN,)),
    "acos -1": (mg.acos, (-1.0,), math.pi, (-INF,)),
    "acos 2": (mg.acos, (2.0,), NAN, (NAN,)),
    "atan2 at (0, 0)": (mg.atan2, (0.0, 0.0), 0.0, (NAN, NAN)),
    "exp 1000": (mg.exp, (1000.0,), INF, (INF,)),
    "sinh -1000": (mg.sinh, (-1000.0,), -INF, (INF,)),
    "sin inf": (mg.sin, (INF,), NAN, (NAN,)),
    "sigmoid -1000": (mg.sigmoid, (-1000.0,), 0.0, (0.0,)),
    "softplus 1000": (mg.softplus, (1000.0,), 1000.0, (1.0,)),
    "softplus -1000": (mg.softplus, (-1000.0,), 0.0, (0.0,)),
    "tanh 1000": (mg.tanh, (1000.0,), 1.0, (0.0,)),
    "silu 1000": (mg.silu, (1000.0,), 1000.0, (1.0,)),
    "silu inf": (mg.silu, (INF,), INF, (1.0,)),
    "silu -inf": (mg.silu, (-INF,), -0.0, (-0.0,)),
    "gelu 1000": (mg.gelu, (1000.0,), 1000.0, (1.0,)),
    "gelu inf": (mg.gelu, (INF,), INF, (1.0,)),
    "gelu -inf": (mg.gelu, (-INF,), -0.0, (-0.0,)),
    "erf inf": (mg.erf, (INF,), 1.0, (0.0,)),
    "atan inf": (mg.atan, (INF,), math.pi / 2, (0.0,)),
    "logsumexp 1000, 1000": (
        lambda x, y: mg.logsumexp([x, y]), (1e3, 1e3), 1e3 + math.log(2), (0.5, 0.5),
    ),
    "relu 0": (mg.relu, (0.0,), 0.0, (0.0,)),
    "relu nan": (mg.relu, (NAN,), NAN, (NAN,)),
    "abs 0": (abs, (0.0,), 0.0, (0.0,)),
    "abs -0": (abs, (-0.0,), 0.0, (0.0,)),
    "clip at its lower end": (lambda x: mg.clip(x, -1, 2), (-1.0,), -1.0, (0.0,)),
    "clip at its upper end": (lambda x: mg.clip(x, -1, 2), (2.0,), 2.0, (0.0,)),
    "clip nan": (lambda x: mg.clip(x, -1, 2), (NAN,), NAN, (NAN,)),
    "hinge 0": (lambda x: mg.relu(1 - 2 * x), (0.5,), 0.0, (0.0,)),
    "leaky relu 0": (mg.leaky_relu, (0.0,), 0.0, (0.01,)),
    "leaky relu 0, slope 0": (lambda x: mg.leaky_relu(x, slope=0), (0.0,), 0.0, (0.0,)),
    "elu 0": (mg.elu, (0.0,), 0.0, (1.0,)),
    "elu 0, alpha ½": (lambda x: mg.elu(x, alpha=0.5), (0.0,), 0.0, (0.5,)),
    "maximum at a tie": (mg.maximum, (3.0, 3.0), 3.0, (0.5, 0.5)),
    "maximum at a tie with a constant": (lambda x: mg.maximum(x, 3), (3.0,), 3.0, (0.0,)),
    "minimum at a tie": (mg.minimum, (3.0, 3.0), 3.0, (0.5, 0.5)),
    "minimum at a tie with a constant": (lambda x: mg.minimum(3, x), (3.0,), 3.0, (0.0,)),
    "maximum(1, nan)": (mg.maximum, (1.0, NAN), NAN, (NAN, NAN)),
    "minimum(nan, 1)": (mg.minimum, (NAN, 1.0), NAN, (NAN, NAN)),
    "maximum(-0, 0)": (mg.maximum, (-0.0, 0.0), 0.0, (0.5, 0.5)),
    "step 0": (mg.step, (0.0,), 0.0, (0.0,)),
    "step nan": (mg.step, (NAN,), NAN, (0.0,)),
    "sign 0": (mg.sign, (0.0,), 0.0, (0.0,)),
    "a branch not taken": (lambda x: mg.where(x > 0, mg.sqrt(x), 0), (0.0,), 0.0, (0.0,)),
    "a branch not taken is not even nan": (lambda x: mg.where(x > 0, mg.log(x), x), (-1.0,), -1.0, (1.0,)),
    "a subnormal product": (lambda x, y: x * y, (1e-320, 0.5), 5e-321, (0.5, 1e-320)),
    "a subnormal exponential": (mg.exp, (-745.0,), 5e-324, (5e-324,)),
    "the sign of zero": (lambda x: x * 1.0, (-0.0,), -0.0, (1.0,)),
    "sin of -0": (mg.sin, (-0.0,), -0.0, (1.0,)),
}  # fmt: skip


@pytest.mark.parametrize("edge", EDGES)
def test_edges_bit_for_bit(edge: str) -> None:
    f, args, value, gradient = EDGES[edge]
    leaves = [Value(x) for x in args]
    out = f(*leaves)
    assert bits(out.data) == bits(value)
    out.backward()
    # An adjoint begins at +0, so a zero derivative loses its sign in a sweep.
    assert [bits(leaf.grad) for leaf in leaves] == [bits(slope + 0.0) for slope in gradient]
    every = tuple(range(len(args)))
    assert [bits(x) for x in grad(f, every)(*args)] == [bits(slope + 0.0) for slope in gradient]
    for k, slope in enumerate(gradient):
        # Along one axis: but 0 times what is not finite along the others is nan.
        expected = slope if all(math.isfinite(x) for j, x in enumerate(gradient) if j != k) else NAN
        assert bits(forward(f, k)(*args) + 0.0) == bits(expected + 0.0)


def test_where_torch_gives_nothing_at_40() -> None:
    # sigmoid'(40) = 4.248354255291589e-18, by mpmath
    x = Value(40.0)
    out = x.sigmoid()
    out.backward()
    assert out.data == 1.0
    assert x.grad == 4.248354255291589e-18


# ---- kinks -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("minimum norm", [0.0, 0.0, 0.01, 0.0, 0.0, (0.5, 0.5), (0.5, 0.5)]),
        ("left", [0.0, -1.0, 0.01, 0.0, 1.0, (1.0, 0.0), (1.0, 0.0)]),
        ("right", [1.0, 1.0, 1.0, 1.0, 0.0, (0.0, 1.0), (0.0, 1.0)]),
        ("middle", [0.5, 0.0, 0.01 + 0.5 * 0.99, 0.5, 0.5, (0.5, 0.5), (0.5, 0.5)]),
    ],
)
def test_the_rule_at_kinks_can_be_chosen(rule: str, expected: list[Any]) -> None:
    def found() -> list[Any]:
        return [
            grad(mg.relu)(0.0),
            grad(lambda x: abs(x))(0.0),
            grad(mg.leaky_relu)(0.0),
            grad(lambda x: mg.clip(x, 0, 1))(0.0),
            grad(lambda x: mg.clip(x, 0, 1))(1.0),
            grad(mg.maximum, (0, 1))(2.0, 2.0),
            grad(mg.minimum, (0, 1))(2.0, 2.0),
        ]

    with kinks(rule):
        inside = found()
    assert inside == expected
    assert found() == [0.0, 0.0, 0.01, 0.0, 0.0, (0.5, 0.5), (0.5, 0.5)]


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(SettingError, match="minimum norm"), kinks("central"):
        pass


@pytest.mark.parametrize("op", [op for op in TABLE.values() if op.kink], ids=name)
def test_sides_of_a_kink_are_the_partials_beside_it(op: Op) -> None:
    assert op.kink is not None
    at = {"maximum": (2.0, 2.0), "minimum": (2.0, 2.0), "clip": (1.0, 1.0, 3.0)}.get(op.name)
    args = list(at or (0.0, *op.defaults))
    assert op.kink.at(*args)
    beside = []
    for d in (-1e-9, 1e-9):
        near = [args[0] + d, *args[1:]]
        found = dict(local(op, near, op.value(*near), range(len(args))))
        beside.append(tuple(found.get(k, 0.0) for k in range(len(args))))
    sides = [pytest.approx(side, abs=1e-8) for side in op.kink.sides(*args)]
    assert beside == sides or beside == sides[::-1]


# ---- rows ------------------------------------------------------------------------------------------------


def test_definitions_are_the_functions() -> None:
    for op in MEASURED:
        if op.definition is None:
            continue
        rng = rng_of(op)
        for _ in range(10):
            args = [rng.uniform(-2, 2) for _ in range(op.arity or 3)]
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
