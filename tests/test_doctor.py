"""The parts of the gradient doctor; the large collection of derivations is tests/corpus."""

from __future__ import annotations

import io
import json
import math
import random
import re
from typing import Any

import numpy as np
import pytest

from microgradnn import Value, clip, dot, exp, log, nn, relu, sigmoid, tanh
from microgradnn.articles import mikir, mlp_xor, nanoneuron, quadrants_1, quadrants_2
from microgradnn.check import Diagnosis, Mistake, diagnose, diagnose_update
from microgradnn.errors import DataError, MicrogradnnError, Misuse, SettingError, ShapeError, WrongGradient
from microgradnn.functional import softmax

AT: dict[str, Any] = {"w": [0.3, -0.8], "b": 0.1, "x": [0.5, 0.7], "y": 1.0}


def loss(w: Any, b: Any, x: Any, y: Any) -> Any:
    return (sigmoid(w[0] * x[0] + w[1] * x[1] + b) - y) ** 2 / 2


def logistic(z: float) -> float:
    return 1 / (1 + math.exp(-z))


def neuron(rule: Any) -> Any:
    """by_hand of the neuron from its delta, rule(out, y, z)."""

    def by_hand(w: Any, b: float, x: Any, y: float) -> dict[str, Any]:
        z = w[0] * x[0] + w[1] * x[1] + b
        delta = rule(logistic(z), y, z)
        return {"w": [delta * x[0], delta * x[1]], "b": delta}

    return by_hand


right = neuron(lambda o, y, z: (o - y) * o * (1 - o))


def kinds(diagnosis: Diagnosis) -> dict[str, tuple[Mistake, ...]]:
    return {finding.where: finding.mistakes for finding in diagnosis.findings}


def test_a_right_derivation_is_right_on_every_seed() -> None:
    for seed in range(5):
        assert diagnose(loss, right, AT, seed=seed).ok


@pytest.mark.parametrize(
    ("rule", "mistakes"),
    [
        (lambda o, y, z: -(o - y) * o * (1 - o), (Mistake.SIGN,)),
        (lambda o, y, z: 2 * (o - y) * o * (1 - o), (Mistake.FACTOR,)),
        (lambda o, y, z: o - y, (Mistake.MISSING_LOCAL_DERIVATIVE,)),
        (lambda o, y, z: (o - y) * (o * (1 - o)) ** 2, (Mistake.MISSING_LOCAL_DERIVATIVE,)),
        (lambda o, y, z: o * (1 - o), (Mistake.OUTPUT_NOT_LOSS,)),
        (lambda o, y, z: (o - y) * logistic(o) * (1 - logistic(o)), (Mistake.WRONG_POINT,)),
        (lambda o, y, z: (o - y) * z * (1 - z), (Mistake.WRONG_POINT,)),
        (lambda o, y, z: y - o, (Mistake.MISSING_LOCAL_DERIVATIVE, Mistake.SIGN)),
        (lambda o, y, z: (o - y) * o * (1 - o) + math.sin(z), (Mistake.UNKNOWN,)),
    ],
)
def test_the_mistakes_of_a_neuron_are_named(rule: Any, mistakes: tuple[Mistake, ...]) -> None:
    diagnosis = diagnose(loss, neuron(rule), AT)
    assert not diagnosis.ok
    assert kinds(diagnosis) == dict.fromkeys(("w[0]", "w[1]", "b"), mistakes)


def test_a_finding_carries_its_evidence_and_the_right_expression() -> None:
    found = diagnose(loss, neuron(lambda o, y, z: o - y), AT).findings[0]
    assert found.mistake is Mistake.MISSING_LOCAL_DERIVATIVE
    assert "sigmoid" in found.message
    assert "test_doctor.py" in found.message
    assert found.evidence["right"] == 0
    assert found.evidence["explained"] == found.evidence["points"]
    assert found.evidence["residual"] < 1e-9
    assert found.suggestion == "a = sigmoid(w[0] * x[0] + w[1] * x[1] + b); (a - y) * a * (1 - a) * x[0]"
    assert r"\sigma(" in found.suggestion_tex


def test_exchanged_numbers_are_swapped() -> None:
    def by_hand(**named: Any) -> dict[str, Any]:
        gradient = right(**named)
        return {"w": gradient["w"][::-1]}

    assert kinds(diagnose(loss, by_hand, AT)) == {"w[0]": (Mistake.SWAPPED,), "w[1]": (Mistake.SWAPPED,)}


def line(w: Any, xs: Any, ys: Any) -> Any:
    total: Any = 0.0
    for x, y in zip(xs, ys, strict=True):
        total = total + (w * x - y) ** 2
    return total / len(xs)


@pytest.mark.parametrize(
    ("factor", "mistakes"),
    [
        (lambda n: 2.0 / n, ()),
        (lambda n: 2.0, (Mistake.MEAN_VS_SUM,)),
        (lambda n: 2.0 / n / n, (Mistake.MEAN_VS_SUM,)),
        (lambda n: 1.0 / n, (Mistake.FACTOR,)),
        (lambda n: -2.0, (Mistake.SIGN, Mistake.MEAN_VS_SUM)),
    ],
)
def test_another_number_of_samples_tells_a_lost_mean_from_a_lost_two(factor: Any, mistakes: Any) -> None:
    def by_hand(w: float, xs: Any, ys: Any) -> dict[str, float]:
        total = 0.0
        for x, y in zip(xs, ys, strict=True):
            total += (w * x - y) * x
        return {"w": factor(len(xs)) * total}

    found = diagnose(line, by_hand, {"w": 0.4, "xs": [1.0, 2.0], "ys": [0.5, -1.0]})
    assert kinds(found) == ({"w": mistakes} if mistakes else {})


def test_a_path_of_a_shared_node_and_a_gradient_written_over_are_missing_paths() -> None:
    def shared(a: Any, b: Any) -> Any:
        h = tanh(a * b)
        return h * h * a + h * b

    def by_hand(a: float, b: float) -> dict[str, float]:
        h = math.tanh(a * b)
        return {"a": (2 * h * a + b) * (1 - h * h) * b}

    assert kinds(diagnose(shared, by_hand, {"a": 0.5, "b": 0.7})) == {"a": (Mistake.MISSING_PATH,)}

    def last(w: float, xs: Any, ys: Any) -> dict[str, float]:
        return {"w": 2 * (w * xs[-1] - ys[-1]) * xs[-1] / len(xs)}

    found = diagnose(line, last, {"w": 0.4, "xs": [1.0, 2.0, 3.0], "ys": [0.5, -1.0, 2.0]})
    assert kinds(found) == {"w": (Mistake.MISSING_PATH,)}


def test_the_diagonal_of_a_softmax_alone() -> None:
    def cross_entropy(z: Any, t: Any) -> Any:
        total: Any = 0.0
        for share, target in zip(softmax(z), t, strict=True):
            total = total - target * log(share)
        return total

    def by_hand(z: Any, t: Any) -> dict[str, Any]:
        e = [math.exp(x) for x in z]
        whole = e[0] + e[1] + e[2]
        return {"z": [-y * (1 - x / whole) for x, y in zip(e, t, strict=True)]}

    found = diagnose(cross_entropy, by_hand, {"z": [0.1, -0.2, 0.4], "t": [0.2, 0.5, 0.3]})
    assert set(kinds(found).values()) == {(Mistake.SOFTMAX_DIAGONAL,)}


def test_what_is_right_at_the_point_alone_is_a_coincidence() -> None:
    found = diagnose(lambda w, x: tanh(w * x), lambda w, x: {"w": 1 - math.tanh(w * x) ** 2}, {"w": 0.3, "x": 1.0})
    assert found.findings[0].mistakes == (Mistake.COINCIDENCE, Mistake.MISSING_LOCAL_DERIVATIVE)


def test_another_subgradient_is_mentioned_and_right() -> None:
    found = diagnose(lambda w, b: relu(w + b), lambda w, b: {"w": float(w + b >= 0)}, {"w": 1.0, "b": -1.0})
    assert found.ok
    assert [finding.mistake for finding in found.findings] == [Mistake.SUBGRADIENT]
    assert "[0, 1]" in found.findings[0].message


def test_labels_stay_labels() -> None:
    """p - t is right only where t adds up to 1, and a class is chosen by a whole number."""

    def by_hand(z: Any, t: Any) -> dict[str, Any]:
        e = [math.exp(x) for x in z]
        return {"z": [x / (e[0] + e[1]) - y for x, y in zip(e, t, strict=True)]}

    def loss_of(z: Any, t: Any) -> Any:
        p = softmax(z)
        return -(t[0] * log(p[0]) + t[1] * log(p[1]))

    assert diagnose(loss_of, by_hand, {"z": [0.3, -0.4], "t": [0.0, 1.0]}).ok

    def chosen(z: Any, k: int) -> Any:
        return log(exp(z[0]) + exp(z[1])) - z[k]

    def chosen_by_hand(z: Any, k: int) -> dict[str, Any]:
        e = [math.exp(x) for x in z]
        return {"z": [x / (e[0] + e[1]) - (j == k) for j, x in enumerate(e)]}

    assert diagnose(chosen, chosen_by_hand, {"z": [0.3, -0.4], "k": 1}).ok


def test_a_power_of_what_is_1_at_the_point_is_one_missing_factor_not_two_mistakes() -> None:
    def radial(s: Any, d: Any, y: Any) -> Any:
        return (exp(-d / (2 * s**2)) - y) ** 2 / 2

    def by_hand(s: float, d: float, y: float) -> dict[str, float]:
        out = math.exp(-d / (2 * s * s))
        return {"s": (out - y) * out * d}  # / s**3

    found = diagnose(radial, by_hand, {"s": 1.0, "d": 0.7, "y": 0.9})
    assert kinds(found) == {"s": (Mistake.COINCIDENCE, Mistake.MISSING_LOCAL_DERIVATIVE)}
    assert "the right gradient times s**3: the division by s**3 is missing" in found.findings[0].message
    assert found.findings[0].evidence["explained"] == found.findings[0].evidence["points"]


def margin(w: Any, b: Any, x: Any, y: Any) -> Any:
    return (1 - y * (w * x + b)) ** 2


def squares_are_one(w: float, b: float, x: float, y: float) -> dict[str, float]:
    delta = 2 * (w * x + b - y)  # -2y(1 - ym) for y of -1 and 1
    return {"w": delta * x, "b": delta}


@pytest.mark.parametrize("y", [-1.0, 1.0, -1, 1])
def test_what_is_right_for_labels_of_either_sign_is_not_accused(y: float) -> None:
    for seed in range(3):
        found = diagnose(margin, squares_are_one, {"w": 0.3, "b": 0.2, "x": 0.5, "y": y}, seed=seed)
        assert found.ok, str(found)
    assert diagnose(margin, squares_are_one, {"w": 0.3, "b": 0.2, "x": 0.5, "y": 0.7}).ok is False


@pytest.mark.parametrize(
    ("loss", "by_hand", "at"),
    [
        (
            lambda w, X, Y: sum((1 - y * w * x) ** 2 for x, y in zip(X, Y, strict=True)) / len(X),
            lambda w, X, Y: {"w": sum(2 * (w * x - y) * x for x, y in zip(X, Y, strict=True)) / len(X)},
            {"w": 0.3, "X": [0.3, 0.5, 0.2], "Y": [-1.0, 1.0, 1.0]},
        ),
        (
            lambda w, d: sum((1 - y * (w * x)) ** 2 for x, y in d) / len(d),
            lambda w, d: {"w": sum(2 * (w * x - y) * x for x, y in d) / len(d)},
            {"w": 0.3, "d": [(0.5, -1.0), (0.2, 1.0)]},
        ),
        (
            lambda w, d: (1 - d[1] * w * d[0]) ** 2,
            lambda w, d: {"w": 2 * (w * d[0] - d[1]) * d[0]},
            {"w": 0.3, "d": [0.3, -1.0]},
        ),
    ],
)
def test_labels_in_lists_and_records_may_be_squared_too(loss: Any, by_hand: Any, at: Any) -> None:
    found = diagnose(loss, by_hand, at)
    assert found.ok, str(found)
    assert any("as at the point given; not for other numbers" in remark for remark in found.remarks)


def test_what_is_right_for_shares_of_a_whole_is_not_accused() -> None:
    def loss(z: Any, t: Any) -> Any:  # t meets z in a product, as inputs do
        return log(exp(z[0]) + exp(z[1])) * (t[0] + t[1]) - dot(z, t)

    def by_hand(z: Any, t: Any) -> dict[str, Any]:
        whole = math.exp(z[0]) + math.exp(z[1])
        return {"z": [math.exp(a) / whole - b for a, b in zip(z, t, strict=True)]}

    found = diagnose(loss, by_hand, {"z": [0.2, 0.5], "t": [0.3, 0.7]})
    assert found.ok
    assert any("right for numbers that add up to 1" in remark for remark in found.remarks)


def test_labels_stay_labels_where_by_hand_works_for_nothing_else() -> None:
    chosen = lambda w, x: (w[0] * x[0] + w[1] * x[1]) ** 2

    def by_hand(w: Any, x: Any) -> dict[str, Any]:
        return {"w": [2 * w[x.index(1)] * a for a in x]}  # index fails where no number is 1

    found = diagnose(chosen, by_hand, {"w": [0.3, 0.5], "x": [0.0, 1.0]})
    assert found.ok
    assert found.points > 20
    assert not diagnose(chosen, lambda w, x: {"w": [w[x.index(1)] * a for a in x]}, {"w": [0.3, 0.5], "x": [0, 1]}).ok


def test_a_guard_against_the_logarithm_of_0_may_be_passed_over_and_a_clip_may_not() -> None:
    guarded = lambda p: -log(clip(p, 1e-12, 1 - 1e-12))
    found = diagnose(guarded, lambda p: {"p": -1 / p}, {"p": 0.3})
    assert found.ok
    assert "p: right but where a clip is at its end; there its derivative is 0" in found.remarks
    assert not diagnose(guarded, lambda p: {"p": 1 / p}, {"p": 0.3}).ok
    assert not diagnose(lambda p: clip(p, 0.1, 0.9) ** 2, lambda p: {"p": 2 * p}, {"p": 0.3}).ok


def test_the_remark_names_the_labels() -> None:
    gate = lambda w, x, t: (t * w - x) ** 2
    found = diagnose(gate, lambda w, x, t: {"w": 2 * t * (w - x)}, {"w": 0.3, "x": 0.2, "t": 1.0})
    assert found.ok  # t² is t for 0 and 1
    assert "w: right for t of 0 and 1, as at the point given; not for other numbers" in found.remarks


@pytest.mark.parametrize(
    ("loss", "by_hand", "at"),
    [
        (lambda w, x, y: (w * x - y) ** 2, lambda w, x, y: {"w": 2 * (w * x - y)}, {"w": 0.3, "x": 1.0, "y": 0.4}),
        (lambda w, x, y: (w * x - y) ** 2, lambda w, x, y: {"w": 0.0}, {"w": 0.3, "x": 0.0, "y": 0.4}),
        (lambda w, x: (w * w - x) ** 2, lambda w, x: {"w": 4 * (w * w - x)}, {"w": 1.0, "x": 0.4}),
        (
            lambda w, s, y: (w / s**2 - y) ** 2,
            lambda w, s, y: {"w": 2 * (w / s**2 - y) / s},
            {"w": 0.7, "s": 1.0, "y": 0.4},
        ),
    ],
)
def test_a_number_that_happens_to_be_0_or_1_is_a_coincidence_all_the_same(loss: Any, by_hand: Any, at: Any) -> None:
    for seed in range(3):
        found = diagnose(loss, by_hand, at, seed=seed)
        assert kinds(found)["w"][0] is Mistake.COINCIDENCE


@pytest.mark.parametrize("scale", [1e-150, 1e-8, 1.0, 1e8, 1e150])
def test_right_at_any_scale_and_where_terms_cancel(scale: float) -> None:
    def by_hand(a: float, b: float) -> dict[str, float]:
        return {"a": 2 * a - 2 * b, "b": 2 * b - 2 * a}

    at = {"a": scale, "b": scale * (1 + 1e-12)}
    assert diagnose(lambda a, b: (a - b) ** 2, by_hand, at).ok


# ---- the articles ----------------------------------------------------------------------------------------


def network(inputs: int, hidden: int, outputs: int) -> dict[str, Any]:
    rng = random.Random(5)

    def row(size: int) -> list[float]:
        return [round(rng.uniform(-1.0, 1.0), 3) for _ in range(size)]

    return {
        "hidden_weights": [row(inputs) for _ in range(hidden)], "hidden_bias": row(hidden),
        "output_weights": [row(hidden) for _ in range(outputs)], "output_bias": row(outputs),
    }  # fmt: skip


CORNER: dict[str, Any] = {"inputs": [0.5, -0.5], "targets": [0.0, 1.0, 0.0, 0.0]}
ARTICLES: dict[str, tuple[Any, dict[str, Any], dict[str, Any]]] = {
    "nanoneuron": (nanoneuron, {"w": 0.9, "b": 0.4}, {"x": [0.0, 1.0, 2.0], "y": [32.0, 33.8, 35.6]}),
    "mikir": (mikir, network(2, 3, 1), {"inputs": [0.3, 0.7], "targets": [1.0]}),
    "mlp_xor": (
        mlp_xor, {"synapse0": [[0.3, -0.6], [0.8, 0.1]], "synapse1": [[-0.4], [0.7]]},
        {"inputs": mlp_xor.ROWS, "targets": [[0.0], [1.0], [1.0], [0.0]]},
    ),
    "quadrants_1": (
        quadrants_1, {"weights": network(2, 4, 1)["hidden_weights"], "bias": [0.1, -0.3, 0.2, 0.6]}, CORNER,
    ),
    "quadrants_2": (quadrants_2, network(2, 3, 4), CORNER),
}  # fmt: skip
MISSING, STALE, POINT = Mistake.MISSING_LOCAL_DERIVATIVE, Mistake.STALE_VALUES, Mistake.WRONG_POINT
FAULTS: dict[str, dict[str, set[Mistake]]] = {
    "nanoneuron": {},
    "mikir": {"hidden_weights": {STALE}, "hidden_bias": {STALE}},
    "mlp_xor": {"synapse0": {POINT}, "synapse1": {POINT}},
    "quadrants_1": {"bias": {MISSING}},
    "quadrants_2": {
        "hidden_weights": {MISSING, STALE}, "hidden_bias": {MISSING, STALE}, "output_bias": {MISSING},
    },
}  # fmt: skip


@pytest.mark.parametrize("name", ARTICLES)
def test_every_fault_of_an_article_is_named_and_nothing_else(name: str) -> None:
    article, parameters, sample = ARTICLES[name]
    found = diagnose_update(article.step, article.loss, parameters, 0.1, sample)
    said: dict[str, set[Mistake]] = {}
    for finding in found.findings:
        said.setdefault(finding.where.partition("[")[0], set()).update(finding.mistakes)
    assert said == FAULTS[name]


@pytest.mark.parametrize("name", ARTICLES)
def test_the_corrected_rules_pass(name: str) -> None:
    article, parameters, sample = ARTICLES[name]
    assert diagnose(article.loss, article.by_hand_corrected, {**parameters, **sample}).ok


def test_nanoneurons_deltas_are_minus_the_gradient() -> None:
    article, parameters, sample = ARTICLES["nanoneuron"]
    found = diagnose(article.loss, article.by_hand, {**parameters, **sample})
    assert set(kinds(found).values()) == {(Mistake.SIGN,)}


def test_a_step_up_the_loss_is_said_and_not_called_an_error() -> None:
    def climb(params: dict[str, Any], lr: float, y: float) -> dict[str, Any]:
        return {"w": params["w"] + lr * 2 * (params["w"] - y)}

    found = diagnose_update(climb, lambda w, y: (w - y) ** 2, {"w": 0.7}, 0.1, {"y": 0.2})
    assert found.ok
    assert "goes up" in found.remarks[0]


# ---- models ----------------------------------------------------------------------------------------------


def test_a_model_is_diagnosed_by_its_parameters_names_and_left_as_it_was() -> None:
    model = nn.Neuron(2, activation="tanh", rng=0)
    before = model.state_dict()
    names = [name for name, _ in model.named_parameters()]

    def by_hand(sign: float, model: Any, x: Any, y: float) -> dict[str, float]:
        out = model(x).item()
        delta = sign * 2 * (out - y) * (1 - out * out)
        return dict(zip(names, [delta * x[0], delta * x[1], delta], strict=True))

    def distance(model: Any, x: Any, y: Any) -> Any:
        return (model(x) - y) ** 2

    at = {"x": [0.3, -0.5], "y": 0.7}
    assert diagnose(distance, lambda model, x, y: by_hand(1.0, model, x, y), at, model=model).ok
    wrong = diagnose(distance, lambda x, y: by_hand(-1.0, model, x, y), at, model=model)
    assert kinds(wrong) == dict.fromkeys(names, (Mistake.SIGN,))
    assert model.state_dict() == before


def test_a_model_needs_no_point_where_the_loss_has_defaults_for_the_rest() -> None:
    model = nn.Neuron(1, activation="linear", rng=0)
    (w, p), (b, _) = model.named_parameters()

    def distance(model: Any, x: Any = (0.5,), y: Any = 0.25) -> Any:
        return (model(list(x)) - y) ** 2

    def by_hand(x: Any = (0.5,), y: float = 0.25) -> dict[str, float]:
        delta = 2 * (model(list(x)).item() - y)
        return {w: delta * x[0], b: delta}

    found = diagnose(distance, by_hand, model=model)
    assert found.ok
    assert found.points == 32  # x and y are drawn, too: by_hand that left them out would be a coincidence
    lucky = diagnose(distance, lambda x, y: {w: 2 * (model(list(x)).item() - y) * 0.5}, model=model)
    assert kinds(lucky)[w][0] is Mistake.COINCIDENCE
    assert diagnose(lambda model: p * p + 1.0, lambda: {w: 2 * p.data}, model=model).ok  # no other arguments at all
    with pytest.raises(SettingError, match=r"at which point.*y has no default"):
        diagnose(lambda model, y: p * y, by_hand, model=model)


# ---- the report ------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_report_in_every_form() -> None:
    first, again = (diagnose(loss, neuron(lambda o, y, z: o - y), AT, seed=3) for _ in range(2))
    assert str(first) == str(again)
    assert json.loads(json.dumps(first.to_dict())) == again.to_dict()
    assert "<pre>" in first._repr_html_()
    assert "missing local derivative" in first._repr_html_()
    file = io.StringIO()
    first.print(file)
    assert "sigmoid" in file.getvalue()
    with pytest.raises(WrongGradient, match="missing"):
        first.require()


def test_text_of_the_users_does_not_act_in_html() -> None:
    found = diagnose(lambda **k: k["<b>"] ** 2, lambda **k: {"<b>": k["<b>"]}, {"<b>": 0.3})
    assert "<b>∂" not in found._repr_html_()
    assert "&lt;b&gt;" in found._repr_html_()


def test_points_where_by_hand_fails_are_dropped_and_counted() -> None:
    found = diagnose(lambda w: log(w), lambda w: {"w": 1 / w + 0 * math.log(w)}, {"w": 0.3})
    assert found.ok
    assert found.dropped > 0
    assert found.points == 32


def test_points_of_the_users_own() -> None:
    found = diagnose(lambda w: log(w), lambda w: {"w": 2 / w}, sample=lambda rng: {"w": rng.uniform(1.0, 2.0)})
    assert kinds(found) == {"w": (Mistake.FACTOR,)}
    assert 1.0 <= found.findings[0].evidence["at"]["w"] <= 2.0


def test_too_few_points_name_nothing() -> None:
    """Any number is the right one times some constant: a name takes points that were not used to find it."""
    made_up = lambda w, b, x, y: {"b": 0.731}
    same = diagnose(loss, made_up, sample=lambda rng: AT)
    for found, points in (
        (same, 1),
        (diagnose(loss, made_up, AT, points=1), 1),
        (diagnose(loss, made_up, AT, points=2), 2),
    ):
        assert kinds(found) == {"b": (Mistake.UNKNOWN,)}
        assert found.points == points
        assert "too few points to tell why" in found.findings[0].message
    assert kinds(diagnose(loss, neuron(lambda o, y, z: o - y), AT, points=4))["b"] == (
        Mistake.MISSING_LOCAL_DERIVATIVE,
    )


@pytest.mark.parametrize(
    ("move", "mistakes", "told"),
    [
        (
            lambda lr, g: g,
            (Mistake.FACTOR,),
            "w moves along the right gradient, but the learning rate is missing from it.",
        ),
        (
            lambda lr, g: lr * lr * g,
            (Mistake.FACTOR,),
            "w moves along the right gradient, but the learning rate is in it t",
        ),
        (lambda lr, g: 0.0, (Mistake.MISSING_PATH,), "w is not updated: the step leaves it as it is"),
    ],
)
def test_a_step_without_its_rate_or_without_a_step_is_told_as_such(move: Any, mistakes: Any, told: str) -> None:
    def step(params: Any, lr: float, x: float, y: float) -> dict[str, float]:
        w, b = params["w"], params["b"]
        error = w * x + b - y
        return {"w": w - move(lr, 2 * error * x), "b": b - lr * 2 * error}

    found = diagnose_update(
        step, lambda w, b, x, y: (w * x + b - y) ** 2, {"w": 0.4, "b": 0.1}, 0.3, {"x": 1.4, "y": 0.2}
    )
    assert kinds(found) == {"w": mistakes}
    assert found.findings[0].message.startswith(told)


@pytest.mark.parametrize(("way", "sign"), [(1.0, "-"), (-1.0, "+")])
def test_a_wrong_update_is_told_as_an_update_and_put_right_as_one(way: float, sign: str) -> None:
    def loss(w: Any, v: Any, u: Any, c: Any, x: Any) -> Any:
        return (w * x - 1) ** 2 + (v * x - 1) ** 2 + (u * x - 1) ** 2 + (tanh(c) - x) ** 2

    def step(params: Any, lr: float, x: float) -> dict[str, float]:
        w, v, u = params["w"], params["v"], params["u"]
        steps = {"w": 2 * (w * x - 1), "v": 4 * (v * x - 1) * x, "u": 2 * (u * x - 1) * x, "c": 0.3}
        return {name: params[name] - way * lr * steps[name] for name in params}

    found = diagnose_update(step, loss, {"w": 0.4, "v": 0.1, "u": 0.2, "c": 0.7}, 0.3, {"x": 1.7})
    told = {
        finding.where: re.sub(r" \(\S*:\d+\)", "", finding.message).partition(". Right on")[0]
        for finding in found.findings
    }
    assert told["w"] == "the update of w is wrong: the factor x, by which w is multiplied, is missing"
    assert told["v"] == "the update of v is 2 times the right one: a constant factor is too much"
    assert told["c"].startswith("the update of c is wrong on 32 of 32 points, and nothing")
    assert found.findings[0].suggestion == f"w {sign} 2 * lr * (w * x - 1) * x"


def test_values_computed_again_after_some_of_the_updates_are_stale() -> None:
    """Gauss and Seidel's order: w and b move, then v by what the network gives with them."""

    def step(params: Any, lr: float, x: float, y: float) -> dict[str, float]:
        w, b, v = params["w"], params["b"], params["v"]
        h = math.tanh(w * x + b)
        slope = (v * h - y) * v * (1 - h * h)
        w, b = w - lr * slope * x, b - lr * slope
        h = math.tanh(w * x + b)
        return {"w": w, "b": b, "v": v - lr * (v * h - y) * h}

    def loss(w: Any, b: Any, v: Any, x: Any, y: Any) -> Any:
        return (v * tanh(w * x + b) - y) ** 2 / 2

    found = diagnose_update(step, loss, {"w": 0.4, "b": 0.1, "v": 0.7}, 0.3, {"x": 1.4, "y": 1.0})
    assert kinds(found) == {"v": (Mistake.STALE_VALUES,)}
    assert "w and b were read after the update" in found.findings[0].message


# ---- bad input -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by_hand", "error", "words"),
    [
        (lambda **k: {"w": 1.0}, ShapeError, "gradient of w"),
        (lambda **k: {"v": 1.0}, DataError, "'v'"),
        (lambda **k: {"b": math.nan}, DataError, "gradient of b is nan"),
        (lambda **k: {"b": math.inf}, DataError, "gradient of b is inf"),
        (lambda **k: {"b": "0.5"}, MicrogradnnError, "gradient of b"),
        (lambda **k: [1.0], DataError, "dict"),
        (lambda **k: 1 / 0, Misuse, "by_hand raised ZeroDivisionError at .*test_doctor.py"),
        (lambda **k: {"b": random.random()}, Misuse, "random"),
        (lambda w, b, x, y: right(w, b, x, y) if b == 0.1 else 1 / 0, DataError, "fails at all"),
    ],
)
def test_a_bad_derivation_is_an_error_that_names_the_argument(by_hand: Any, error: Any, words: str) -> None:
    with pytest.raises(error, match=words):
        diagnose(loss, by_hand, AT)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"w": 1.0}, "at: the loss and by_hand both fail for w: a number, .*x: a list of length 2.* nesting"),
        ({"w": [0.3]}, "at: the loss and by_hand both fail for w: a list of length 1, .*IndexError"),
        ({"b": "0.1"}, "at: b is '0.1', where the loss and by_hand want a number"),
        ({"b": None}, "at: b is one NoneType"),
        ({"b": True}, "at: there are no numbers in b itself; it is True"),
        ({"w": np.array([0.3, 0.4])}, r"at: there are no numbers in w itself; it is an array: give its .tolist\(\)"),
        ({"q": 1.0}, r"at does not fit loss\(w, b, x, y\): it has q, which it does not take"),
    ],
)
def test_a_bad_point_is_not_laid_at_the_door_of_by_hand(changed: Any, words: str) -> None:
    with pytest.raises(MicrogradnnError, match=f"^{words}"):
        diagnose(loss, right, {**AT, **changed})


def test_a_point_or_a_model_that_does_not_fit_is_named() -> None:
    with pytest.raises(SettingError, match=r"at does not fit loss.*it lacks b, x, y"):
        diagnose(loss, right, {"w": [0.3, 0.4]})
    with pytest.raises(SettingError, match="model is 3; give a Module"):
        diagnose(loss, right, AT, model=3)
    squared = lambda m, x: m([x, x]) ** 2
    with pytest.raises(SettingError, match="it lacks x and has z"):
        diagnose(squared, lambda x: {"b": 1.0}, {"z": 1.0}, model=nn.Neuron(2))
    with pytest.raises(DataError, match="params: there are no numbers in w itself"):
        diagnose_update(lambda params, lr, x: {"w": 1.0}, lambda w, x: w * x, {"w": "1"}, 0.1, {"x": 2.0})


@pytest.mark.parametrize(
    ("bad", "error", "words"),
    [
        (lambda w, b, x, y: None, Misuse, "return statement"),
        (lambda w, b, x, y: [b], Misuse, "one list"),
        (lambda w, b, x, y: b.item(), Misuse, "left the graph"),
        (lambda w, b, x, y: Value(1.0), Misuse, "the result is a constant"),
        (lambda w, b, x, y: w[0] * x[0] + w[1] * x[1], Misuse, "does not use its argument 'b'"),
        (lambda w, b, x, y: loss(w, b, x, y) + random.random(), Misuse, "random"),
        (lambda w, b, x, y: log(-b * b), DataError, "nan"),
        (lambda w, b, x, y: w[7], Misuse, "loss raised IndexError"),
    ],
)
def test_a_bad_loss_is_an_error_that_says_what_to_do(bad: Any, error: Any, words: str) -> None:
    with pytest.raises(error, match=words):
        diagnose(bad, right, AT)


def test_settings_are_checked() -> None:
    with pytest.raises(SettingError, match="at="):
        diagnose(loss, right)
    with pytest.raises(SettingError, match="points"):
        diagnose(loss, right, AT, points=0)
    with pytest.raises(SettingError, match="lr"):
        diagnose_update(lambda params, lr: params, lambda w: w**2, {"w": 1.0}, 0.0)
    with pytest.raises(DataError, match="sample"):
        diagnose(loss, right, AT, sample=lambda rng: 3)  # type: ignore[arg-type, return-value]


def test_a_flat_loss_is_said_to_be_flat() -> None:
    found = diagnose(lambda w, x: dot([w], [x]) * 0.0, lambda w, x: {"w": 0.0}, {"w": 0.3, "x": 2.0})
    assert found.ok
    assert any("flat" in remark for remark in found.remarks)
