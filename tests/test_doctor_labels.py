"""Data that keep to a few values at the point given: labels are left so, all else is drawn freely."""

from __future__ import annotations

import math
from typing import Any

import pytest

from microgradnn import exp, log, relu, sigmoid
from microgradnn.check import Diagnosis, Mistake, diagnose
from microgradnn.check.arguments import Arguments
from microgradnn.check.doctor.arguing import is_label
from microgradnn.errors import DataError
from microgradnn.functional import cross_entropy_with_logits


def s(z: float) -> float:
    return 1 / (1 + math.exp(-z)) if z > -700 else 0.0


def kinds(found: Diagnosis) -> dict[str, tuple[Mistake, ...]]:
    return {finding.where: finding.mistakes for finding in found.findings}


square = lambda w, x, y: (w * x - y) ** 2


@pytest.mark.parametrize(
    ("loss", "by_hand", "at"),
    [
        (lambda z, T: sigmoid(z / T), lambda z, T: {"z": s(z / T) * s(-z / T) * T}, {"z": 0.4, "T": 1.0}),
        (lambda z, T: sigmoid(z / T), lambda z, T: {"z": s(z / T) * s(-z / T) * 2 / T**2}, {"z": 0.4, "T": 2}),
        (lambda w, x: w * w * x, lambda w, x: {"x": w}, {"w": 1.0, "x": 1.7}),
        (lambda w, x: w * w * x, lambda w, x: {"x": w}, {"w": 0.0, "x": 1.7}),
        (lambda w, c: w * c**3, lambda w, c: {"w": c}, {"w": 0.4, "c": 1.0}),
        (lambda w, c: w * c**3, lambda w, c: {"w": c}, {"w": 0.4, "c": -1.0}),
        (lambda w, lam: lam * lam * w**2, lambda w, lam: {"w": 2 * lam * w}, {"w": 0.4, "lam": 1.0}),
        (lambda w, n: w**n, lambda w, n: {"w": 2 * w}, {"w": 0.4, "n": 2}),
        (lambda w, y: (w - y) ** 2, lambda w, y: {"w": 2 * (w - 2 * y + 3)}, {"w": 0.4, "y": 3}),
        (lambda w, x: w * (x[0] ** 2 + x[1] ** 2), lambda w, x: {"w": x[0] + x[1]}, {"w": 0.4, "x": [1.0, 0.0]}),
        (lambda w, x: w * (x[0] + x[1] ** 2), lambda w, x: {"w": x[0] + 2 * x[1]}, {"w": 0.4, "x": [1, 2]}),
        (square, lambda w, x, y: {"w": 2 * (w * x - y) * x * x}, {"w": 0.5, "x": 1.0, "y": 0.0}),
        (  # what is called otherwise than a count may be anything
            lambda w, xs, T: (w * xs[0] + xs[1]) ** 2 / T**2,
            lambda w, xs, T: {"w": (w * xs[0] + xs[1]) * xs[0] / len(xs) * 2 / T},
            {"w": 0.4, "xs": [0.7, 0.3], "T": 2.0},
        ),
    ],
)
def test_what_is_right_for_a_few_values_of_an_input_or_a_scale_is_a_coincidence(
    loss: Any, by_hand: Any, at: Any
) -> None:
    for seed in range(2):
        found = diagnose(loss, by_hand, at, seed=seed)
        (mistakes,) = kinds(found).values()
        assert mistakes[0] is Mistake.COINCIDENCE
        assert found.findings[0].message.startswith("right at the point given, but only by coincidence")


@pytest.mark.parametrize(
    ("loss", "by_hand", "at", "remark"),
    [
        (
            lambda w, y: (w - y) ** 2,
            lambda w, y: {"w": 2 * (w - y**3)},
            {"w": 0.4, "y": 1},
            "w: right for y of 1, as at the point given; not for other numbers",
        ),
        (
            lambda w, x, ys: (w * x - ys[0]) ** 2 + (w - ys[1]) ** 2,
            lambda w, x, ys: {"w": 2 * (w * x - ys[0] ** 2) * x + 2 * (w - ys[1])},
            {"w": 0.4, "x": 0.7, "ys": [1.0, 0.0]},
            "w: right for ys of 0 and 1, as at the point given; not for other numbers",
        ),
        (
            lambda w, p: w * (p[0] + p[1]) ** 2,
            lambda w, p: {"w": 1.0},
            {"w": 0.4, "p": [0.5, 0.5]},
            "w: right for p that adds up to 1, as at the point given; not for other numbers",
        ),
        (
            lambda w, xs, n: sum((w * x) ** 2 for x in xs) / n,
            lambda w, xs, n: {"w": sum(2 * w * x * x for x in xs) / len(xs)},
            {"w": 0.4, "xs": [0.3, 0.5, 0.9], "n": 3},
            "w: right for n = 3, the length of a list, as at the point given; not for other numbers",
        ),
        (
            lambda w, xs, count: sum((w * x) ** 2 for x in xs) / count,
            lambda w, xs, count: {"w": sum(2 * w * x * x for x in xs) / len(xs)},
            {"w": 0.4, "xs": [0.3, 0.5, 0.9], "count": 3.0},
            "w: right for count = 3, the length of a list, as at the point given; not for other numbers",
        ),
        (
            lambda w, x, side: (side - w * x) ** 2,
            lambda w, x, side: {"w": -2 * (side - side * side * w * x) * x},
            {"w": 0.4, "x": 1.3, "side": 1.0},
            "w: right for side of -1 and 1, as at the point given; not for other numbers",
        ),
    ],
)
def test_what_is_right_for_labels_shares_and_counts_is_remarked_on(
    loss: Any, by_hand: Any, at: Any, remark: str
) -> None:
    found = diagnose(loss, by_hand, at)
    assert found.ok, str(found)
    assert remark in found.remarks


@pytest.mark.parametrize(
    ("loss", "by_hand", "at"),
    [
        (  # a choice between two cases, whatever it is called by
            lambda w, x, c: -(c * log(sigmoid(w * x)) + (1 - c) * log(1 - sigmoid(w * x))),
            lambda w, x, c: {"w": (s(w * x) - 1) * x if c == 1 else s(w * x) * x},
            {"w": 0.3, "x": 0.5, "c": 1.0},
        ),
        (
            lambda w, x, side: relu(1 - side * w * x),
            lambda w, x, side: {"w": 0.0 if side * w * x >= 1 else (-x if side > 0 else x)},
            {"w": 0.3, "x": 0.5, "side": -1.0},
        ),
        (  # the row of a table, found by a one-hot input
            lambda w, x: (w[0] * x[0] + w[1] * x[1] + w[2] * x[2]) ** 2,
            lambda w, x: {"w": [2 * w[k] if k == x.index(max(x)) else 0.0 for k in range(3)]},
            {"w": [0.3, -0.5, 0.8], "x": [0.0, 1.0, 0.0]},
        ),
        (
            lambda z, k: log(exp(z[0]) + exp(z[1]) + exp(z[2])) - z[k],
            lambda z, k: {"z": [math.exp(a) / sum(map(math.exp, z)) - (i == k) for i, a in enumerate(z)]},
            {"z": [0.3, -0.5, 0.8], "k": 2},
        ),
    ],
)
def test_what_chooses_by_the_data_is_right_for_the_choices_there_are(loss: Any, by_hand: Any, at: Any) -> None:
    for seed in range(2):
        found = diagnose(loss, by_hand, at, seed=seed)
        assert found.ok, str(found)


def test_mistakes_that_look_alike_for_labels_are_told_apart_by_other_numbers() -> None:
    def logistic(w: Any, x: Any, y: Any) -> Any:
        return log(1 + exp(-y * w * x))

    found = diagnose(logistic, lambda w, x, y: {"w": -x * s(-y * w * x)}, {"w": 0.4, "x": 1.5, "y": -1.0})
    assert Mistake.UNKNOWN not in kinds(found)["w"]
    assert "y, by which w is multiplied" in found.findings[0].message


def test_a_loss_that_takes_one_hot_targets_only_gets_no_others() -> None:
    entropy = lambda z, t: cross_entropy_with_logits(z, t)
    shares = lambda z: [math.exp(a) / sum(map(math.exp, z)) for a in z]
    at = {"z": [0.2, -0.7, 1.1], "t": [0.0, 1.0, 0.0]}
    assert diagnose(entropy, lambda z, t: {"z": [p - a for p, a in zip(shares(z), t, strict=True)]}, at).ok
    turned = diagnose(entropy, lambda z, t: {"z": [a - p for p, a in zip(shares(z), t, strict=True)]}, at)
    assert set(kinds(turned).values()) == {(Mistake.SIGN,)}


def test_labels_are_known_by_their_names_or_by_what_an_argument_holds() -> None:
    given = Arguments(
        {
            "y": 1.0, "y_true": [1, 0], "yTrue": 1, "targets": [[1.0, 1.0]], "T": 1.0, "x": [0.0, 1.0],
            "X_train": [1.0], "hot": 1.0, "lam": 1.0, "k": [1.0, 0.0, 1.0], "d": [0.3, -1.0],
            "onehots": [[0, 1], [1, 0]], "ones": [1.0, 1.0],
        }
    )  # fmt: skip
    labels = {name for name in given.named if is_label(given, name)}
    assert labels == {"y", "y_true", "yTrue", "targets", "hot", "k", "d", "onehots"}


def test_where_all_other_points_fail_it_is_said_why() -> None:
    def by_hand(w: float, x: float) -> dict[str, float]:
        if w != 0.3:
            raise ValueError("only for 0.3")
        return {"w": x}

    with pytest.raises(DataError, match=r"fails at all 96 points .*by_hand raised ValueError.*only for 0.3"):
        diagnose(lambda w, x: w * x, by_hand, {"w": 0.3, "x": 0.5})
