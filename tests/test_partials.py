"""The edges of every function bit for bit, and the rule at kinks."""

import math
from collections.abc import Callable
from typing import Any

import pytest

import microgradnn as mg
from microgradnn import Value, grad, jvp, kinks
from microgradnn.errors import SettingError
from microgradnn.ops import TABLE, Op
from microgradnn.partials import at_kink, local
from tests.oracle import bits, name

INF, NAN = math.inf, math.nan


def forward(f: Callable[..., Any], k: int) -> Callable[..., Any]:
    return lambda *args: jvp(f, args, [float(j == k) for j in range(len(args))])[1]


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


def test_a_kink_is_known() -> None:
    assert at_kink(TABLE["relu"], [Value(0.0)])
    assert not at_kink(TABLE["relu"], [Value(1.0)])
    assert not at_kink(TABLE["tanh"], [0.0])


def test_a_kink_with_an_infinite_side_is_no_error() -> None:
    assert bits(grad(mg.leaky_relu)(0.0, NAN)) == "nan"
    assert grad(mg.leaky_relu)(0.0, INF) == 1.0
    assert grad(mg.leaky_relu)(0.0, 1e308) == 1.0
    assert grad(mg.leaky_relu)(0.0, -1e308) == 0.0
    assert grad(mg.elu)(0.0, -0.1) == 0.0


def test_nothing_flows_through_a_flat_piece_of_a_derivative_either() -> None:
    inner = lambda x: grad(lambda z: mg.relu(z) ** 0.8)(x)  # at −1: 0.8·0^−0.2, which is infinite, times nothing
    assert inner(-1.0) == 0.0
    assert inner(Value(-1.0)).data == 0.0
    assert grad(inner)(-1.0) == 0.0
