"""compare_update: the gradient that a published step implies."""

from __future__ import annotations

import math
from typing import Any

import pytest

import microgradnn as m
from microgradnn import errors
from microgradnn.articles import mikir, nanoneuron, quadrants_1, quadrants_2
from microgradnn.check import Verdict, compare_update
from tests.test_check import ONE, TWO_LAYERS, point

X, Y = nanoneuron.data("train")
BEFORE = {"w": 0.9492, "b": 0.4570}


def quadratic(w: Any, b: Any, x: float) -> Any:
    return (w[0] * x + w[1] + b) ** 2 / 2


def step(w: Any, b: float, x: float, lr: float, wrong: float = 1.0) -> dict[str, Any]:
    error = w[0] * x + w[1] + b
    return {"w": [w[0] - lr * error * x, w[1] - lr * error], "b": b - lr * wrong * error}


AT: dict[str, Any] = {"w": [0.3, -0.8], "b": 0.1}


@pytest.mark.parametrize("lr", [1.0, 0.1, 5e-4, 1e-8])
def test_a_step_of_gradient_descent_is_right_at_any_rate(lr: float) -> None:
    report = compare_update(AT, step(**AT, x=2.0, lr=lr), lr, quadratic, {"x": 2.0})
    assert report.ok, str(report)
    assert [row.where for row in report.rows] == ["w[0]", "w[1]", "b"]


def test_the_rounding_of_the_weights_is_no_mistake_but_hides_some() -> None:
    after = step(**AT, x=2.0, lr=1e-13)
    report = compare_update(AT, after, 1e-13, quadratic, {"x": 2.0})
    assert report.ok
    assert Verdict.ROUNDED in {row.verdict for row in report.rows}


@pytest.mark.parametrize("factor", [2.0, 0.5, 1 + 1e-6])
def test_a_wrong_step_is_seen(factor: float) -> None:
    report = compare_update(AT, step(**AT, x=2.0, lr=0.1, wrong=factor), 0.1, quadratic, {"x": 2.0})
    assert [str(row.verdict) for row in report.rows] == ["agrees", "agrees", "differs"]
    assert not report.ok


def test_ascent_is_a_convention_and_said() -> None:
    report = compare_update(AT, step(**AT, x=2.0, lr=-0.1), 0.1, quadratic, {"x": 2.0})
    assert report.ok
    assert {row.verdict for row in report.rows} == {Verdict.MINUS}
    assert "the step goes up the loss" in str(report)


def test_weights_printed_in_few_digits() -> None:
    after = {"b": round(step(**AT, x=2.0, lr=0.123456)["b"], 4)}
    assert not compare_update(AT, after, 0.123456, quadratic, {"x": 2.0}).ok
    report = compare_update(AT, after, 0.123456, quadratic, {"x": 2.0}, resolution=5e-5)
    assert report.ok
    assert "not in after, so not compared: w" in report.remarks


def test_nanoneuron_steps_down_its_cost() -> None:
    after = nanoneuron.step(BEFORE, 0.0005, X, Y)
    assert compare_update(BEFORE, after, 0.0005, nanoneuron.loss, {"x": X, "y": Y}).ok


@pytest.mark.parametrize(
    ("article", "shapes", "wrong"),
    [
        (quadrants_1, {"weights": (4, 2), "bias": 4}, {"bias"}),
        (quadrants_2, TWO_LAYERS, {"hidden_weights", "hidden_bias", "output_bias"}),
        (mikir, TWO_LAYERS, {"hidden_weights", "hidden_bias"}),
    ],
)
def test_the_articles_rules(article: Any, shapes: Any, wrong: set[str]) -> None:
    before = point(shapes)
    report = compare_update(before, article.step(before, 0.1, **ONE), 0.1, article.loss, ONE)
    assert {row.where.partition("[")[0] for row in report.rows if row.verdict is Verdict.DIFFERS} == wrong
    corrected = article.rule(before, 0.1, **ONE, corrected=True).after
    assert compare_update(before, corrected, 0.1, article.loss, ONE).ok


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lr": 0.0}, "lr is 0.0"),
        ({"lr": math.inf}, "lr is inf"),
        ({"lr": "0.1"}, "lr must be one real number"),
        ({"after": {"w": [1.0]}}, "after: w has length 1; 2 as in w itself"),
        ({"after": {"q": 1.0}}, "after: 'q': there is no such argument; there are: w, b"),
        ({"after": {"b": math.nan}}, "after: b is nan"),
        ({"after": {"b": math.inf}}, "after: b is inf; the step has left the finite numbers"),
        ({"after": [1.0]}, "after is a dict"),
        ({"before": {}}, "cannot be called with x"),
        ({"at": {"x": 2.0, "b": 1.0}}, "'b' stands in before and in at"),
    ],
)
def test_bad_input(change: Any, message: str) -> None:
    given = {"before": AT, "after": {"b": 0.0}, "lr": 0.1, "loss": quadratic, "at": {"x": 2.0}} | change
    with pytest.raises(errors.MicrogradnnError) as caught:
        compare_update(**given)
    assert message in str(caught.value)


def test_a_loss_without_further_arguments() -> None:
    assert compare_update({"w": 3.0}, {"w": 3.0 - 0.1 * 6.0}, 0.1, lambda w: m.square(w)).ok
