"""Mistakes that are made at all samples, nodes of a layer or time steps at once."""

from __future__ import annotations

import math
from typing import Any

import pytest

from microgradnn import dot, exp, tanh
from microgradnn.check import Diagnosis, Mistake, diagnose

MISSING, POINT, SWAPPED = Mistake.MISSING_LOCAL_DERIVATIVE, Mistake.WRONG_POINT, Mistake.SWAPPED


def kinds(diagnosis: Diagnosis) -> set[tuple[Mistake, ...]]:
    return {finding.mistakes for finding in diagnosis.findings}


def line(w: Any, b: Any, xs: Any, ts: Any) -> Any:
    loss = 0.0
    for x, t in zip(xs, ts, strict=True):
        loss = loss + (w * x + b - t) ** 2
    return loss / len(xs)


LINE: dict[str, Any] = {"w": 0.4, "b": -0.2, "xs": [0.6, -1.1, 1.7], "ts": [0.3, 0.8, -0.4]}


def slopes(factor: Any) -> Any:
    """by_hand of the line from what each sample gives for w and b."""

    def by_hand(w: float, b: float, xs: Any, ts: Any) -> dict[str, float]:
        each = [factor(w * x + b, x, t) for x, t in zip(xs, ts, strict=True)]
        return {"w": 2 * sum(d * g for d, g in each) / len(xs), "b": 2 * sum(d for d, _ in each) / len(xs)}

    return by_hand


def test_targets_forgotten_in_a_mean_are_a_wrong_point() -> None:
    found = diagnose(line, slopes(lambda o, x, t: (o, x)), LINE)
    assert kinds(found) == {(POINT,)}
    assert "and likewise in 2 more" in found.findings[0].message


def test_a_target_that_the_output_is_taken_from_is_forgotten_with_its_sign() -> None:
    def loss(w: Any, xs: Any, ts: Any) -> Any:
        return (ts[0] - w * xs[0]) ** 2 + (ts[1] - w * xs[1]) ** 2

    def by_hand(w: float, xs: Any, ts: Any) -> dict[str, float]:
        return {"w": 2 * (w * xs[0] * xs[0] + w * xs[1] * xs[1])}

    found = diagnose(loss, by_hand, {"w": 0.7, "xs": [1.3, -0.6], "ts": [0.4, 0.9]})
    assert kinds(found) == {(POINT,)}
    assert "taken at minus w * xs[0], not at ts[0] - w * xs[0]" in found.findings[0].message


def test_an_input_put_in_twice_is_named_with_its_factor() -> None:
    found = diagnose(line, slopes(lambda o, x, t: (o - t, x * x)), LINE)
    assert {finding.where for finding in found.findings} == {"w"}
    assert kinds(found) == {(MISSING,)}
    assert "the factor xs[0], by which w is multiplied" in found.findings[0].message
    assert "was put in twice, and likewise in 2 more" in found.findings[0].message


def shares(z: Any) -> Any:
    e = [exp(q) for q in z]
    return [q / (e[0] + e[1] + e[2]) for q in e]


def test_a_softmax_left_out_altogether_is_named_through_the_weights_of_a_batch() -> None:
    def loss(W: Any, X: Any, T: Any) -> Any:
        total = 0.0
        for x, t in zip(X, T, strict=True):
            p = shares([dot(row, x) for row in W])
            total = total + (p[0] - t[0]) ** 2 + (p[1] - t[1]) ** 2 + (p[2] - t[2]) ** 2
        return total

    def by_hand(W: Any, X: Any, T: Any) -> dict[str, Any]:
        found = [[0.0, 0.0] for _ in W]
        for x, t in zip(X, T, strict=True):
            e = [math.exp(row[0] * x[0] + row[1] * x[1]) for row in W]
            for k, row in enumerate(found):
                for j in (0, 1):
                    row[j] += 2 * (e[k] / sum(e) - t[k]) * x[j]
        return {"W": found}

    at = {"W": [[0.3, -0.5], [0.8, 0.1], [-0.6, 0.4]], "X": [[0.7, -1.2], [0.5, 0.9]], "T": [[0, 1, 0], [1, 0, 0]]}
    found = diagnose(loss, by_hand, at)
    assert kinds(found) == {(MISSING,)}
    assert len(found.findings) == 6


def test_a_kernel_that_is_not_turned_round_is_swapped() -> None:
    def loss(k: Any, x: Any) -> Any:
        return (k[0] * x[0] + k[1] * x[1]) ** 2 + (k[0] * x[1] + k[1] * x[2]) ** 2

    def by_hand(k: Any, x: Any) -> dict[str, Any]:
        e = [2 * (k[0] * x[i] + k[1] * x[i + 1]) for i in (0, 1)]
        return {"x": [e[0] * k[0], e[0] * k[0] + e[1] * k[1], e[1] * k[1]]}

    found = diagnose(loss, by_hand, {"k": [0.8, -0.3], "x": [1.2, 0.4, -0.7]})
    assert [finding.where for finding in found.findings] == ["x[1]"]
    assert kinds(found) == {(SWAPPED,)}
    assert "k[0] stands where k[1] belongs" in found.findings[0].message


def test_time_steps_in_the_wrong_order_are_swapped() -> None:
    def loss(u: Any, w: Any, x: Any) -> Any:
        return tanh(u * x[1] + w * tanh(u * x[0]))

    def by_hand(u: float, w: float, x: Any) -> dict[str, float]:
        h = math.tanh(u * x[0])
        later = 1 - math.tanh(u * x[1] + w * h) ** 2
        return {"u": later * x[0] + later * w * (1 - h * h) * x[1]}

    found = diagnose(loss, by_hand, {"u": 0.6, "w": -0.9, "x": [1.3, 0.5]})
    assert kinds(found) == {(SWAPPED,)}


@pytest.mark.parametrize("by_dot", [False, True])
def test_the_weights_of_a_layer_in_the_wrong_order_are_swapped_over_a_batch(by_dot: bool) -> None:
    def loss(a: Any, v: Any, xs: Any) -> Any:
        total = 0.0
        for x in xs:
            h = [tanh(a[0] * x), tanh(a[1] * x)]
            total = total + (dot(v, h) if by_dot else v[0] * h[0] + v[1] * h[1]) ** 2
        return total

    def by_hand(a: Any, v: Any, xs: Any) -> dict[str, Any]:
        found = [0.0, 0.0]
        for x in xs:
            h = [math.tanh(a[0] * x), math.tanh(a[1] * x)]
            e = 2 * (v[0] * h[0] + v[1] * h[1])
            for k in (0, 1):
                found[k] += e * v[1 - k] * (1 - h[k] ** 2) * x
        return {"a": found}

    found = diagnose(loss, by_hand, {"a": [0.5, -1.1], "v": [0.9, 0.4], "xs": [0.7, -0.3, 1.6]})
    assert kinds(found) == {(SWAPPED,)}
    assert "v[1] stands where v[0] belongs" in found.findings[0].message


def test_a_sign_besides_what_is_missing_everywhere_is_told_as_two_mistakes() -> None:
    def loss(w: Any, xs: Any, ts: Any) -> Any:
        return (tanh(w * xs[0]) - ts[0]) ** 2 + (tanh(w * xs[1]) - ts[1]) ** 2

    def by_hand(w: float, xs: Any, ts: Any) -> dict[str, float]:
        return {"w": sum(2 * (t - math.tanh(w * x)) * x for x, t in zip(xs, ts, strict=True))}

    found = diagnose(loss, by_hand, {"w": 0.7, "xs": [1.3, -0.6], "ts": [0.4, 0.9]})
    assert kinds(found) == {(MISSING, Mistake.SIGN)}
    assert "the derivative of tanh" in found.findings[0].message
