"""check_gradients: autodiff agrees with readings that share nothing with it, and planted faults are caught."""

from __future__ import annotations

import dataclasses
import json
import math
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microgradnn as m
from microgradnn import errors
from microgradnn.check import Verdict, check_gradients
from microgradnn.ops import TABLE, Op
from microgradnn.primitives import BUILT_IN
from tests.oracle import point


def readings(op: Op, args: tuple[float, ...]) -> Any:
    return check_gradients(lambda *xs: op(*xs), *args)


@pytest.mark.parametrize(
    "op", [op for op in TABLE.values() if op.name not in ("peak", "where")], ids=lambda op: op.name
)
def test_every_row_agrees_with_all_readings(op: Op) -> None:
    rng = random.Random(f"check {op.name}")
    seen = 0
    for _ in range(12):
        args = tuple(min(max(x, -8.0), 8.0) for x in point(op, rng))
        if not op.domain.holds(*args) or (op.kink and op.kink.at(*args)) or not math.isfinite(op(*args)):
            continue
        report = readings(op, args)
        if all(math.isfinite(row.autodiff) for row in report.rows):
            assert report.ok, f"{args}\n{report}"
            seen += 1
    assert seen > 3


@pytest.mark.parametrize("name", sorted(name for name in BUILT_IN if TABLE[name].public and name != "where"))
@pytest.mark.parametrize("error", [1e-6, 1e-10])
def test_a_planted_fault_is_caught_by_the_complex_step(name: str, error: float) -> None:
    op = TABLE[name]
    args = {"acos": (0.3,), "asin": (0.3,), "clip": (0.3, 0.0, 1.0), "leaky_relu": (-0.7, 0.2), "elu": (-0.7, 1.5)}.get(
        name, (0.7, 1.9, 0.4)[: op.arity or 3]
    )
    spoil = lambda p: lambda *given: p(*given) * (1 + error)
    if op.gradient:
        whole = op.gradient
        bad = dataclasses.replace(op, gradient=lambda xs, out: [p * (1 + error) for p in whole(xs, out)])
    else:
        bad = dataclasses.replace(op, partials=tuple(map(spoil, op.partials)))
    wrong = {row.where for row in readings(bad, args).rows if row.verdict is Verdict.DIFFERS}
    nonzero = {row.where for row in readings(op, args).rows if row.autodiff != 0.0}
    assert wrong == nonzero
    assert readings(op, args).ok


def test_a_coarser_fault_is_caught_by_differences_where_there_is_no_complex_step() -> None:
    cubed = m.primitive("cubed_nearly", lambda x: math.pow(x, 3), lambda x, out: 3.00003 * x * x, check=False)
    report = check_gradients(cubed, 1.3)
    assert not report.ok
    assert report.rows[0].note == "autodiff differs from central differences"
    assert math.isnan(report.rows[0].complex_step)
    assert "the primitive cubed_nearly has no complex meaning" in str(report)
    assert report.rows[0].resolution < 1e-5


def test_a_primitive_of_ones_own_takes_the_complex_step_through_its_value() -> None:
    cubed = m.primitive(
        "cubed_too_steep", lambda x: x**3 if x > 0 else -x, lambda x, out: 3.000003 * x * x, check=False
    )
    report = check_gradients(cubed, 1.3)
    assert report.rows[0].note == "autodiff differs from the complex step and central differences"
    assert report.rows[0].complex_step == pytest.approx(3 * 1.3**2, rel=1e-14)


def test_a_fault_in_one_mode_only_is_caught() -> None:
    # x·x with a partial that is right for Values and wrong for dual numbers
    op = m.primitive(
        "square_two_faced",
        lambda x: x * x,
        lambda x, out: 2 * x * (1 + 1e-6 * (type(x).__name__ == "float")),
        check=False,
    )
    assert not check_gradients(op, 1.5).ok


def test_nested_arguments_and_what_is_passed_on() -> None:
    def f(w: Any, data: Any, *, power: int = 2) -> Any:
        assert data["kind"] == "mean"
        return m.sum(a * b for row in w for a, b in zip(row, data["x"], strict=True)) ** power

    report = check_gradients(f, [[0.3, -0.8], [1.1, 0.2]], {"kind": "mean", "x": (1.0, 2.0)})
    assert report.ok
    assert [row.where for row in report.rows][-1] == "data.x[1]"
    assert report.resolution < 1e-11


def test_networks_with_kinks_are_checked_to_all_digits_off_them() -> None:
    rng = random.Random(3)
    w = [[rng.uniform(-1, 1) for _ in range(3)] for _ in range(4)]

    def f(w: Any, v: Any, x: Any) -> Any:
        return m.dot(v, [m.relu(m.dot(row, x)) + m.gelu(m.dot(row, x)) for row in w]).tanh()

    report = check_gradients(f, w, [0.3, -0.2, 0.7, 0.9], [1.0, -2.0, 0.5])
    assert report.ok
    assert not any(math.isnan(row.complex_step) for row in report.rows)
    assert report.resolution < 1e-11


def test_a_models_own_parameters_are_constants() -> None:
    w, b = m.Value(0.7), m.Value(-0.2)
    report = check_gradients(lambda x: m.tanh(w * x + b) + x / w - m.relu(w), 0.4)
    assert report.ok
    assert not math.isnan(report.rows[0].complex_step)


def test_functions_that_differentiate_within_themselves_have_no_complex_step() -> None:
    for inner in (m.grad(lambda t: t**3), lambda x: m.jvp(lambda t: t**3, [x], [1.0])[1]):
        report = check_gradients(lambda x, inner=inner: inner(x) * x, 2.0)
        assert report.ok
        assert report.rows[0].autodiff == pytest.approx(36.0)


def test_at_a_kink_the_choice_is_said() -> None:
    report = check_gradients(lambda x: m.relu(x) * 3, 0.0)
    assert report.ok
    assert report.rows[0].note == "at a kink of ReLU: any value in [0, 3] is valid"
    assert "relu is evaluated at its kink" in str(report)


@pytest.mark.parametrize("order", [1, 2])
def test_second_order(order: int) -> None:
    f = lambda x, y: m.exp(x * y) + m.sin(x) / y + m.logsumexp([x, y, x * x])
    report = check_gradients(f, 0.7, 1.3, order=order)
    assert report.ok
    assert [row.where for row in report.rows][2:] == (["∂²/∂x∂x", "∂²/∂x∂y", "∂²/∂y∂y"] if order == 2 else [])


def test_a_wrong_second_derivative_is_caught() -> None:
    # The slope is right as a number, and its own slope is wrong: abs loses the sign that x·|x| needs.
    sine = m.primitive("sine_flat", math.sin, lambda x, out: math.cos(x.data if isinstance(x, m.Value) else x))
    x = 0.7
    assert check_gradients(sine, x).ok
    report = check_gradients(sine, x, order=2)
    assert not report.ok
    assert [row.verdict for row in report.rows] == [Verdict.AGREES, Verdict.DIFFERS]


def test_things_constant_or_linear_have_second_derivative_zero() -> None:
    report = check_gradients(lambda x, y: 3 * x + y, 1.0, 2.0, order=2)
    assert report.ok
    assert [row.autodiff for row in report.rows] == [3.0, 1.0, 0.0, 0.0, 0.0]


def test_labels_and_methods_go_through_every_reading() -> None:
    def f(x: Any) -> Any:
        z = x.tanh()
        z.label = "z"
        return z * z

    report = check_gradients(f, 0.4)
    assert report.ok
    assert not math.isnan(report.rows[0].forward + report.rows[0].complex_step)


def test_a_bare_number_taken_out_stops_the_complex_step_and_shows() -> None:
    report = check_gradients(lambda x: x * x.data, 2.0)
    assert not report.ok
    assert "takes the bare number out" in str(report)


def test_infinite_gradients_are_told() -> None:
    report = check_gradients(m.sqrt, 0.0)
    assert [row.verdict for row in report.rows] == [Verdict.UNDEFINED]
    assert "its derivative at args[0] = 0 is inf" in str(report)


@settings(max_examples=40, deadline=None)
@given(st.floats(-3, 3), st.floats(0.1, 3), st.sampled_from(["tanh", "sigmoid", "silu", "gelu", "softplus", "atan"]))
def test_any_composition_agrees(x: float, y: float, name: str) -> None:
    f = TABLE[name]
    report = check_gradients(lambda x, y: f(x * y) * m.log(y) + f(x) ** 2 / y, x, y)
    assert report.ok, str(report)


def test_the_report_for_machines_and_people() -> None:
    report = check_gradients(lambda w: w[0] * w[1], [2.0, 3.0])
    told = report.to_dict()
    assert json.loads(json.dumps(told)) == told
    assert told["ok"] is True
    assert report.require() is report
    assert str(report).splitlines()[0] == "autodiff against other readings of the derivative: <lambda>"
    assert "<lambda>" not in report._repr_html_()  # escaped
    bad = m.primitive("bad_slope", lambda x: x * x, lambda x, out: 3 * x, check=False)
    with pytest.raises(errors.WrongGradient, match="differs"):
        check_gradients(bad, 2.0).require()


@pytest.mark.parametrize(
    ("f", "args", "message"),
    [
        (lambda x: None, (1.0,), "f returned None"),
        (lambda x: [x], (1.0,), "f must return one Value, and returned one list"),
        (lambda x: x, (), "the arguments hold no numbers"),
        (lambda x: x, ("one",), "the arguments hold no numbers"),
        (lambda x: x, (1.0, 2.0), "cannot be called with 2 arguments"),
        (lambda x: m.log(x), (-1.0,), "f is nan at this point: nan was born in log(x)"),
        (lambda x: x / 0 if x > 0 else x, (1.0,), "f is inf at this point"),
        (lambda x: 1 // 0, (1.0,), "f raised ZeroDivisionError at"),
        (lambda x: x, (math.inf,), "args: x is inf"),
    ],
)
def test_bad_input(f: Any, args: Any, message: str) -> None:
    with pytest.raises(errors.MicrogradnnError) as caught:
        check_gradients(f, *args)
    assert message in str(caught.value)


def test_there_is_no_third_order() -> None:
    with pytest.raises(errors.SettingError, match="order is 1, or 2"):
        check_gradients(m.exp, 1.0, order=3)


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (lambda x: x**100, (1.01,)),
        (lambda x: x**101.0, (-1.01,)),
        (lambda x: x**-3, (-0.7,)),
        (lambda x: x**2.5, (1.7,)),
        (lambda x, y: x**y, (1.7, -2.3)),
        (lambda y, x: m.atan2(y, x), (0.3, -2.0)),
        (lambda y, x: m.atan2(y, x), (-2.0, 0.3)),
        (lambda x, y: x * y if x < y and x <= 2 and y > x and y >= 1 else x, (1.0, 1.5)),
        (lambda x: m.softplus(x) + m.sigmoid(x), (-30.0,)),
        (lambda x: m.clip(x, -1.0, 1.0) + m.sign(x) + m.step(x) + m.minimum(x, 2.0), (0.4,)),
    ],
)
def test_the_complex_step_goes_all_these_ways(f: Any, args: tuple[float, ...]) -> None:
    report = check_gradients(f, *args)
    assert report.ok, str(report)
    assert not any(math.isnan(row.complex_step) for row in report.rows)
    assert report.resolution < 1e-10


@pytest.mark.parametrize(
    ("f", "x", "reason"),
    [
        (lambda x: m.sqrt(x), 0.0, "sqrt is evaluated at the end of its domain"),
        (lambda x: x**1.5, 0.0, "pow is evaluated where it has no complex continuation"),
        (lambda x: abs(x), 0.0, "abs is evaluated at its kink"),
        (lambda x: x * 1e-200 * 1e-75, 1.0, "mul makes the imaginary part underflow"),
        (lambda x: m.relu(-x) + 1, 1.0, "the imaginary part vanishes on the way"),
        (lambda x: x * 2, 1e-200, "1e-200 is too near 0 for a step beside it"),
    ],
)
def test_where_the_complex_step_does_not_apply_the_report_says_why(f: Any, x: float, reason: str) -> None:
    report = check_gradients(f, x)
    assert f"no complex step: {reason}" in str(report)
    assert Verdict.DIFFERS not in {row.verdict for row in report.rows}


def test_no_resolution_is_claimed_at_a_kink_or_for_zeros() -> None:
    for f, x in ((m.relu, 0.0), (m.leaky_relu, 0.0), (lambda x: x * 0.0, 1.0)):
        assert "no relative error to see" in str(check_gradients(f, x))
    assert "would have been seen everywhere" in str(check_gradients(lambda x, y: m.relu(x) + m.sin(y), 0.0, 1.0))
