"""grad, value_and_grad, jvp, vjp, jacobian and hessian."""

import math
from collections.abc import Callable
from typing import Any

import pytest

import microgradnn as mg
from microgradnn import Value, grad, hessian, jacobian, jvp, no_grad, value_and_grad, vjp
from microgradnn.errors import NotANumber, SettingError, ShapeError


def test_the_gradient_has_the_nesting_of_the_argument() -> None:
    def f(w: Any, b: float, scale: float = 1.0) -> Any:
        return (w[0][0] * w[1][0] + w[1][1] * b) * scale

    w = ([2.0], (3.0, 5.0))
    assert grad(f)(w, 7.0) == ([3.0], (2.0, 7.0))
    assert grad(f, wrt=1)(w, 7.0) == 5.0
    assert grad(f, wrt=-1)(w, 7.0) == 5.0
    assert grad(f, wrt="b")(w, 7.0) == 5.0
    assert grad(f, wrt="b")(w, b=7.0) == 5.0
    assert grad(f, wrt=1)(w, b=7.0) == 5.0
    assert grad(f, wrt=(1, "w"))(w, 7.0) == (5.0, ([3.0], (2.0, 7.0)))
    assert grad(f, wrt="scale")(w, 7.0, scale=2.0) == 2 * 3 + 5 * 7


@pytest.mark.parametrize("wrt", [2, -3, "c"])
def test_an_argument_that_is_not_there(wrt: int | str) -> None:
    with pytest.raises(SettingError, match="wrt="):
        grad(lambda a, b: a * b, wrt=wrt)(1.0, 2.0)


@pytest.mark.parametrize(
    ("wrt", "said"), [([0, 1], "is a list"), (None, "NoneType"), ((0, -2), "twice"), ((0, "a"), "twice")]
)
def test_wrt_that_is_malformed(wrt: Any, said: str) -> None:
    def f(a: Any, b: Any) -> Any:
        return a * b

    for transform in (grad, value_and_grad, jacobian, hessian):
        with pytest.raises(SettingError, match=said):
            transform(f, wrt=wrt)(1.0, 2.0)


def test_jvp_takes_tuples() -> None:
    with pytest.raises(ShapeError, match=r"primals are one float; .*\(1\.0,\)"):
        jvp(mg.sin, 1.0, (1.0,))  # type: ignore[arg-type]
    with pytest.raises(ShapeError, match="tangents are one float"):
        jvp(mg.sin, (1.0,), 1.0)  # type: ignore[arg-type]


def test_what_has_no_gradient() -> None:
    with pytest.raises(NotANumber, match="jacobian"):
        grad(lambda x: [x])(1.0)
    with pytest.raises(NotANumber):
        grad(lambda x: x)("1")
    assert grad(lambda x: 3)(1.0) == 0.0
    assert grad(lambda x: x.detach() * x)(3.0) == 3.0
    with no_grad():
        assert grad(lambda x: x * x)(3.0) == 0.0


# f, and its first four derivatives by calculus.
TOWERS: list[tuple[Callable[[Any], Any], float, list[float]]] = [
    (lambda x: x**5, 2.0, [80.0, 160.0, 240.0, 240.0]),
    (lambda x: x**3, 0.0, [0.0, 0.0, 6.0, 0.0]),
    (mg.sin, 0.0, [1.0, 0.0, -1.0, 0.0]),
    (mg.tanh, 0.0, [1.0, 0.0, -2.0, 0.0]),
    (mg.sigmoid, 0.0, [0.25, 0.0, -0.125, 0.0]),
    (lambda x: 1 / x, 2.0, [-1 / 4, 1 / 4, -3 / 8, 3 / 4]),
    (lambda x: mg.exp(2 * x), 0.0, [2.0, 4.0, 8.0, 16.0]),
]


@pytest.mark.parametrize(("f", "x", "expected"), TOWERS)
def test_any_order_by_reverse_mode(f: Callable[[Any], Any], x: float, expected: list[float]) -> None:
    for derivative in expected:
        f = grad(f)
        assert f(x) == pytest.approx(derivative, rel=1e-14, abs=1e-15)


def forward(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: jvp(f, (x,), (1.0,))[1]


@pytest.mark.parametrize(("f", "x", "expected"), TOWERS)
def test_any_order_by_forward_mode_and_by_mixing(f: Callable[[Any], Any], x: float, expected: list[float]) -> None:
    assert forward(f)(x) == pytest.approx(expected[0], rel=1e-14)
    for second in (forward(forward(f)), grad(forward(f)), forward(grad(f))):
        assert second(x) == pytest.approx(expected[1], rel=1e-14, abs=1e-15)
    for third in (
        forward(grad(grad(f))),
        grad(forward(grad(f))),
        grad(grad(forward(f))),
        forward(forward(grad(f))),
    ):
        assert third(x) == pytest.approx(expected[2], rel=1e-14, abs=1e-15)


def test_nested_derivatives_are_not_confused() -> None:
    # d/dx (x · d/dy (x·y)) = d/dx x² = 2x, and the classic of Siskind & Pearlmutter (2005): d/dx (x · d/dy (x+y)) = 1.
    for inner in (grad, forward):
        for outer in (grad, forward):
            assert outer(lambda x, d=inner: x * d(lambda y: x * y)(2.0))(3.0) == 6.0
            assert outer(lambda x, d=inner: x * d(lambda y: x + y)(1.0))(1.0) == 1.0


def test_values_that_the_function_holds_are_constants() -> None:
    w = Value(3.0)
    assert grad(lambda x: w * x)(2.0) == 3.0
    assert not w.graded
    assert value_and_grad(lambda x: w * x)(2.0) == (6.0, 3.0)


def test_a_gradient_of_values_is_a_value() -> None:
    x = Value(2.0)
    slope = grad(lambda t: t**3)(x)
    slope.backward()
    assert (slope.data, x.grad) == (12.0, 12.0)


def test_pullbacks_are_reusable_and_checked() -> None:
    out, pullback = vjp(lambda x: {"a": x[0] * x[1], "b": [x[0]]}, [2.0, 5.0])
    assert out == {"a": 10.0, "b": [2.0]}
    assert pullback({"a": 1.0, "b": [0.0]}) == ([5.0, 2.0],)
    assert pullback({"a": 0.0, "b": [3.0]}) == ([3.0, 0.0],)
    with pytest.raises(ShapeError):
        pullback([1.0, 0.0])
    with pytest.raises(NotANumber):
        pullback({"a": "1", "b": [0.0]})


def test_directions_are_checked() -> None:
    with pytest.raises(ShapeError, match="one tangent for each primal"):
        jvp(lambda x, y: x * y, (1.0, 2.0), (1.0,))
    with pytest.raises(ShapeError):
        jvp(lambda x: x[0], ([1.0],), (1.0,))
    assert jvp(lambda x: 3.0, (1.0,), (1.0,)) == (3.0, 0.0)


def test_jacobian_and_hessian_nest() -> None:
    f = lambda a, v: (a * v[0], [mg.exp(v[1])])
    assert jacobian(f, wrt=(0, 1))(2.0, [3.0, 0.0]) == ((3.0, [2.0, 0.0]), [(0.0, [0.0, 1.0])])
    g = lambda x, y: x**2 * y**3
    assert hessian(g, wrt=(0, 1))(1.0, 2.0) == ((16.0, 24.0), (24.0, 12.0))
    assert hessian(g, wrt=("y",))(1.0, y=2.0) == ((12.0,),)
    assert hessian(lambda x: x**4)(1.0) == 12.0
    # Mixed modes agree: the Hessian times a direction is the forward derivative of the gradient.
    rosenbrock = lambda v: (1 - v[0]) ** 2 + 100 * (v[1] - v[0] ** 2) ** 2
    at, direction = [-1.2, 1.0], [0.3, -0.7]
    rows = hessian(rosenbrock)(at)
    # Second derivatives of Rosenbrock's function by calculus: 2 − 400(y − 3x²), −400x, 200.
    assert rows[0][0] == pytest.approx(2 - 400 * (1.0 - 3 * 1.44), rel=1e-14)
    assert [rows[0][1], rows[1][1]] == pytest.approx([480.0, 200.0])
    _, product = jvp(grad(rosenbrock), (at,), (direction,))
    assert product == pytest.approx([math.fsum(a * b for a, b in zip(row, direction, strict=True)) for row in rows])


def test_a_derivative_of_values_is_a_value_wherever_it_is_flat() -> None:
    # At −1 nothing flows through relu, and what comes out is still differentiated by the parameter.
    w, x = Value(2.0), Value(-1.0)
    for derivative in (grad(mg.relu), lambda x: jvp(mg.relu, (x,), (1.0,))[1]):
        at = derivative(x)
        assert isinstance(at, Value)
        slope = grad(lambda t: w * t)(at)
        slope.backward()
        assert (at.data, slope.data, w.grad) == (0.0, 2.0, 1.0)
        w.zero_grad()


def test_forward_and_backward_agree_at_a_tie_with_what_is_flat() -> None:
    f = lambda t: mg.maximum(mg.relu(t), t + 1)  # at −1 both are 0, and only one of them rises
    assert grad(f)(-1.0) == jvp(f, (-1.0,), (1.0,))[1] == 0.5
    # Nothing flows on, also where the slope that follows is infinite.
    assert jvp(lambda t: mg.sqrt(mg.relu(t)), (-1.0,), (1.0,))[1] == 0.0
