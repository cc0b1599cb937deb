"""Which of the explanations that fit is believed, and which are too good to be one."""

from __future__ import annotations

import math
from typing import Any

import pytest

from microgradnn import exp, functional, log, sigmoid, sum, tanh
from microgradnn.check import Diagnosis, Mistake, diagnose

MISSING, SIGN, UNKNOWN = Mistake.MISSING_LOCAL_DERIVATIVE, Mistake.SIGN, Mistake.UNKNOWN


def kinds(diagnosis: Diagnosis) -> dict[str, tuple[Mistake, ...]]:
    return {finding.where: finding.mistakes for finding in diagnosis.findings}


def neuron(w: Any, b: Any, x: Any, y: Any) -> Any:
    return (tanh(w * x + b) - y) ** 2 / 2


NEURON: dict[str, Any] = {"w": 0.6, "b": -0.3, "x": 1.4, "y": 0.5}


def test_the_cause_that_others_have_comes_before_an_exchange_and_both_are_named() -> None:
    def by_hand(w: float, b: float, x: float, y: float) -> dict[str, float]:
        delta = y - math.tanh(w * x + b)
        return {"w": delta * x, "b": delta, "y": delta}

    found = diagnose(neuron, by_hand, NEURON)
    assert kinds(found) == {"w": (MISSING, SIGN), "b": (MISSING, SIGN)}
    assert [other.mistakes for other in found.findings[1].alternatives] == [(Mistake.SWAPPED,)]


def test_a_product_in_place_of_a_sum_is_not_explained_away() -> None:
    def loss(a: Any, b: Any, c: Any) -> Any:
        return a * b + b * c + c * a

    at = {"a": 0.8, "b": 1.7, "c": -0.4}
    assert kinds(diagnose(loss, lambda a, b, c: {"a": b * c}, at)) == {"a": (UNKNOWN,)}
    assert kinds(diagnose(loss, lambda a, b, c: {"a": a + b + c}, at)) == {"a": (UNKNOWN,)}


def test_no_three_mistakes_are_claimed_where_no_other_number_has_one_of_them() -> None:
    def loss(b: Any, xs: Any, ys: Any) -> Any:
        return functional.huber([b + x for x in xs], ys, delta=0.7)

    def by_hand(b: float, xs: Any, ys: Any) -> dict[str, float]:
        return {"b": sum(b + x - y for x, y in zip(xs, ys, strict=True)) / len(xs)}

    at = {"b": 0.2, "xs": [0.9, -1.8, 0.4], "ys": [0.1, 0.3, 0.8]}
    assert kinds(diagnose(loss, by_hand, at)) == {"b": (UNKNOWN,)}


def test_two_means_that_are_both_lost_are_one_mistake() -> None:
    def loss(w: Any, X: Any) -> Any:
        rows = [sum([(w * x) ** 2 for x in row]) / len(row) for row in X]
        return sum(rows) / len(rows)

    def by_hand(w: float, X: Any) -> dict[str, float]:
        return {"w": sum(2 * w * x * x for row in X for x in row)}

    found = diagnose(loss, by_hand, {"w": 0.7, "X": [[0.4, -1.2], [0.9, 0.3], [1.1, -0.6]]})
    assert kinds(found) == {"w": (Mistake.MEAN_VS_SUM,)}


@pytest.mark.parametrize("y", [-1.0, 1.0, -1.3])
def test_a_label_that_was_lost_is_named_whatever_the_label_is(y: float) -> None:
    def loss(w: Any, x: Any, y: Any) -> Any:
        return log(1 + exp(-y * w * x))

    def by_hand(w: float, x: float, y: float) -> dict[str, float]:
        return {"w": -x / (1 + math.exp(y * w * x))}

    (found,) = diagnose(loss, by_hand, {"w": 0.4, "x": 1.5, "y": y}).findings
    assert MISSING in found.mistakes
    assert UNKNOWN not in found.mistakes


def test_the_slope_of_a_square_that_is_written_as_a_product_is_one_local_derivative() -> None:
    def loss(a: Any, b: Any) -> Any:
        return sigmoid(a / (b * b + 1))

    def by_hand(a: float, b: float) -> dict[str, float]:
        m = b * b + 1
        out = 1 / (1 + math.exp(-a / m))
        return {"b": -out * (1 - out) * a / m**2}

    (found,) = diagnose(loss, by_hand, {"a": 1.3, "b": -0.8}).findings
    assert found.mistakes == (MISSING,)
    assert "2 * b, the derivative of b * b" in found.message


def test_a_factor_that_is_lost_wherever_it_stands_is_one_mistake() -> None:
    def loss(v: Any, x: Any) -> Any:
        return (v[0] * x[0] * v[1] * x[1] + v[1] * x[1] * v[2] * x[2]) ** 2

    def by_hand(v: Any, x: Any) -> dict[str, Any]:
        s = v[0] * x[0] * v[1] * x[1] + v[1] * x[1] * v[2] * x[2]
        return {"v": [2 * s * x[0] * v[1] * x[1], 2 * s * (v[0] * x[0] + v[2] * x[2]), 2 * s * x[2] * v[1] * x[1]]}

    found = diagnose(loss, by_hand, {"v": [0.5, -1.1, 0.7], "x": [1.2, 0.6, -0.9]})
    assert kinds(found) == {"v[1]": (MISSING,)}


def test_what_is_nearly_right_is_told_by_how_much_it_is_off() -> None:
    def by_hand(w: float, b: float, x: float, y: float) -> dict[str, float]:
        out = math.tanh(w * x + b)
        return {"b": (out - y) * (1.0 + 3e-7 * math.cos(w) - out * out)}

    (found,) = diagnose(neuron, by_hand, NEURON).findings
    assert found.mistakes == (UNKNOWN,)
    assert "of its size, as rounded constants, a small epsilon or finite differences are" in found.message


def test_a_number_of_samples_written_as_a_constant_may_be_a_mean() -> None:
    def loss(w: Any, xs: Any) -> Any:
        return sum([(w * x) ** 2 for x in xs]) / 3

    def by_hand(w: float, xs: Any) -> dict[str, float]:
        return {"w": sum(2 * w * x * x for x in xs)}

    (found,) = diagnose(loss, by_hand, {"w": 0.7, "xs": [0.4, -1.2, 0.9]}).findings
    assert found.mistakes == (Mistake.FACTOR,)
    assert [other.mistakes for other in found.alternatives] == [(Mistake.MEAN_VS_SUM,)]


def test_a_number_that_is_the_same_everywhere_was_not_derived() -> None:
    found = diagnose(neuron, lambda w, b, x, y: {"w": 0.5, "b": 0.5}, NEURON)
    assert set(kinds(found).values()) == {(UNKNOWN,)}


def test_a_numerator_that_is_lost_in_the_quotient_rule_is_named() -> None:
    def loss(p: Any, q: Any) -> Any:
        return exp(p / q)

    (found,) = diagnose(loss, lambda p, q: {"q": -math.exp(p / q) / q**2}, {"p": 0.7, "q": 1.9}).findings
    assert found.mistakes == (MISSING,)
    assert "p, the numerator of p / q" in found.message
