"""Derivations in single precision, as numpy's float32 and torch have them, are held to the digits that they have."""

from __future__ import annotations

import math
import struct
from typing import Any

import numpy as np
import pytest

from microgradnn import dot, exp, log, sigmoid, tanh
from microgradnn.check import Mistake, compare, compare_update, diagnose, diagnose_steps, diagnose_update
from microgradnn.check.precision import DOUBLE, SINGLE
from microgradnn.check.single import SAID, is_single, precision_at_once, precision_of
from microgradnn.functional import softmax

F = np.float32
NETWORK: dict[str, Any] = {
    "W": [[0.3, -0.8], [0.5, 0.1], [-0.4, 0.9]], "b": [0.1, -0.2, 0.05], "V": [0.7, -0.3, 0.2], "c": 0.1,
    "x": [0.5, 0.7], "y": 0.3,
}  # fmt: skip


def network(W: Any, b: Any, V: Any, c: Any, x: Any, y: Any) -> Any:
    hidden = [tanh(dot(row, x, bias)) for row, bias in zip(W, b, strict=True)]
    return (sigmoid(dot(V, hidden, c)) - y) ** 2 / 2


def vectors(slip: str = "", kind: Any = F) -> Any:
    """The network's gradients in numpy's arrays of one kind, as they come or with something left out."""

    def by_hand(W: Any, b: Any, V: Any, c: Any, x: Any, y: Any) -> dict[str, Any]:
        with np.errstate(over="ignore"):
            W, b, V, x = (np.array(a, dtype=kind) for a in (W, b, V, x))
            c, y = kind(c), kind(y)
            h = np.tanh(W @ x + b)
            o = kind(1) / (kind(1) + np.exp(-(V @ h + c)))
        delta = (o - y) if slip == "sigmoid" else (o - y) * o * (1 - o)
        below = delta * V * (1 - h * h)
        if slip == "sign":
            below = -below
        if slip == "half":
            below = below / 2
        return {"W": np.outer(below, x).tolist(), "b": list(below), "V": (delta * h).tolist(), "c": delta}

    return by_hand


def test_a_right_derivation_in_single_precision_is_right_and_a_remark_says_what_it_is_held_to() -> None:
    for seed in range(5):
        found = diagnose(network, vectors(), NETWORK, seed=seed)
        assert found.ok, str(found)
        assert f"by_hand {SAID}" in found.remarks
    report = compare(network, vectors(), NETWORK)
    assert report.ok, str(report)
    assert f"by_hand {SAID}" in report.remarks


def test_one_point_is_enough_to_tell() -> None:
    assert diagnose(network, vectors(), NETWORK, points=1).ok


def test_a_derivation_in_double_precision_is_held_to_its_own_digits() -> None:
    def nearly(**named: Any) -> dict[str, Any]:
        found: dict[str, Any] = vectors(kind=np.float64)(**named)
        return {"c": found["c"] * (1 + 1e-9)}

    for found in (
        diagnose(network, vectors(kind=np.float64), NETWORK),
        compare(network, vectors(kind=np.float64), NETWORK),
    ):
        assert found.ok
        assert not any(SAID in remark for remark in found.remarks)
    assert not compare(network, nearly, NETWORK).ok
    assert not diagnose(network, nearly, NETWORK).ok


@pytest.mark.parametrize(
    ("slip", "wrong", "mistake"),
    [
        ("sigmoid", "WbVc", Mistake.MISSING_LOCAL_DERIVATIVE),
        ("sign", "Wb", Mistake.SIGN),
        ("half", "Wb", Mistake.FACTOR),
    ],
)
def test_a_wrong_derivation_in_single_precision_is_named(slip: str, wrong: str, mistake: Mistake) -> None:
    found = diagnose(network, vectors(slip), NETWORK)
    assert {finding.where[0] for finding in found.findings} == set(wrong)
    for finding in found.findings:
        assert finding.mistakes == (mistake,), str(found)
        assert finding.evidence["explained"] == finding.evidence["points"]
        assert 1e-9 < finding.evidence["residual"] < 1e-5  # single precision has 6e-8
    report = compare(network, vectors(slip), NETWORK)
    assert {row.where[0] for row in report.rows if not row.verdict.startswith("agrees")} == set(wrong)


def test_scalars_of_single_precision_and_numbers_of_other_arguments_in_double() -> None:
    def loss(w: Any, b: Any, x: Any, y: Any) -> Any:
        return (sigmoid(w * x + b) - y) ** 2 / 2

    def by_hand(w: float, b: float, x: float, y: float) -> dict[str, Any]:
        with np.errstate(over="ignore"):
            o = 1 / (1 + np.exp(-F(w * x + b)))
        delta = (o - F(y)) * o * (1 - o)
        return {"w": float(delta) * x, "b": delta}  # w in double, of a number that has only the digits of a single

    assert diagnose(loss, by_hand, {"w": 0.3, "b": -0.1, "x": 0.7, "y": 1.0}).ok
    assert compare(loss, by_hand, {"w": 0.3, "b": -0.1, "x": 0.7, "y": 0.9}).ok


def test_softmax_with_cross_entropy_in_single_precision() -> None:
    def loss(z: Any, t: Any) -> Any:
        return -sum(a * log(p) for a, p in zip(t, softmax(z), strict=True))

    def by_hand(z: Any, t: Any) -> dict[str, Any]:
        shifted = np.exp(np.array(z, F) - np.max(np.array(z, F)))
        return {"z": (shifted / shifted.sum() - np.array(t, F)).tolist()}

    at = {"z": [0.3, -1.2, 2.0], "t": [0.0, 1.0, 0.0]}
    for seed in range(3):
        assert diagnose(loss, by_hand, at, seed=seed).ok
    assert compare(loss, by_hand, at).ok


@pytest.mark.parametrize("scale", [1e-15, 1e-3, 1e3, 1e12])
def test_large_and_small_numbers_in_single_precision(scale: float) -> None:
    def loss(w: Any, x: Any, y: Any) -> Any:
        return (w[0] * x[0] + w[1] * x[1] - y) ** 2

    def by_hand(w: Any, x: Any, y: float) -> dict[str, Any]:
        w, x = np.array(w, F), np.array(x, F)
        return {"w": (2 * (w @ x - F(y)) * x).tolist()}

    at = {"w": [0.3, -0.8], "x": [0.5 * scale, 0.7 * scale], "y": 0.13 * scale}
    assert diagnose(loss, by_hand, at).ok
    assert compare(loss, by_hand, at).ok


def test_steps_in_single_precision() -> None:
    def loss(w: Any, x: Any, y: Any) -> Any:
        z = w * x
        z.label = "z"
        out = sigmoid(z)
        out.label = "out"
        return (out - y) ** 2 / 2

    def rounded(x: float) -> float:
        return float(F(x))

    at = {"w": 0.3, "x": 0.7, "y": 0.1}
    o = rounded(1 / (1 + math.exp(-0.21)))
    out = rounded(o - 0.1)
    steps = {"out": out, "z": rounded(out * o * (1 - o)), "w": rounded(out * o * (1 - o) * 0.7)}
    report = diagnose_steps(loss, steps, at)
    assert [str(row.verdict) for row in report.rows] == ["right"] * 3
    assert f"the derivation {SAID}" in report.remarks
    wrong = diagnose_steps(loss, steps | {"z": rounded(out * 0.7)}, at)
    assert [str(row.verdict) for row in wrong.rows][:2] == ["right", "wrong"]


def test_update_rules_in_single_precision() -> None:
    def step(params: Any, lr: float, **data: Any) -> dict[str, Any]:
        gradient = vectors()(**params, **data)
        return {name: (np.array(params[name], F) - F(lr) * np.array(gradient[name], F)).tolist() for name in params}

    params = {name: NETWORK[name] for name in ("W", "b", "V", "c")}
    data = {"x": [0.5, 0.7], "y": 0.3}
    found = diagnose_update(step, network, params, 0.5, data)
    assert found.ok, str(found)
    assert f"the step {SAID}" in found.remarks
    report = compare_update(params, step(params, 0.5, **data), 0.5, network, data)
    assert report.ok, str(report)
    up = diagnose_update(lambda params, lr, **data: step(params, -lr, **data), network, params, 0.5, data)
    assert up.ok
    assert any("goes up the loss" in remark for remark in up.remarks)


def test_constants_and_numbers_that_are_lost_in_single_precision_are_no_mistakes() -> None:
    mean = lambda x: (x[0] + x[1] + x[2]) / 3
    for third in (F(1) / F(3), float(F(1) / F(3))):
        assert diagnose(mean, lambda x, third=third: {"x": [third] * 3}, {"x": [1.0, 2.0, 3.0]}).ok
        assert compare(mean, lambda x, third=third: {"x": [third] * 3}, {"x": [1.0, 2.0, 3.0]}).ok
    apart = lambda a, b: (a - b) ** 2
    by_hand = lambda a, b: {"a": 2 * (F(a) - F(b)), "b": 2 * (F(b) - F(a))}
    report = compare(apart, by_hand, {"a": 1e8 + 0.1, "b": 1e8})  # as singles they are the same number
    assert report.ok
    assert {str(row.verdict) for row in report.rows} == {"lost in rounding"}
    assert not compare(apart, lambda a, b: {"a": F(1.001) * F(2) * (F(a) - F(b))}, {"a": 3.1, "b": 1.7}).ok


def test_arrays_are_refused_by_name() -> None:
    with pytest.raises(Exception, match=r"by_hand: the gradient of W holds an array: give nested lists"):
        diagnose(network, lambda **named: {"W": np.zeros((3, 2), F)}, NETWORK)


def test_a_single_is_what_four_bytes_hold() -> None:
    for x in (0.0, -1.5, 3.0, float(F(0.1)), 2.0**-149, float(np.finfo(F).max)):
        assert is_single(x)
    for x in (0.1, 1 / 3, 1e39, 2.0**-150, 1.0 + 2.0**-24):
        assert not is_single(x)
    assert struct.calcsize("f") == 4


def test_halves_zeros_and_whole_numbers_are_no_evidence() -> None:
    assert precision_of([[0.0] * 9, [0.5, 3.0, -17.0, 4095.0, 0.25, 1.0]]) is DOUBLE
    assert precision_of([[float(F(0.1))] * 30]) is SINGLE  # a constant of so many bits is no chance
    assert precision_of([[1234567.0] * 30, [1234567.0, 1234569.0, 0.5]]) is DOUBLE
    assert precision_of([[1 + 2.0**-13] * 30]) is DOUBLE
    tenths = [float(F(k / 10)) for k in range(1, 6)]
    assert precision_of([[0.1, 0.2], tenths]) is SINGLE
    assert precision_of([[*tenths, 0.1]]) is DOUBLE
    assert precision_at_once([0.5, 0.25, 3.0, 2.0]) is DOUBLE
    assert precision_at_once([0.5, *tenths[:2]]) is SINGLE
    assert precision_at_once([0.5, *tenths, 1 / 3]) is DOUBLE
    assert exp(0.0) == 1.0
