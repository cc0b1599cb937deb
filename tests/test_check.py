"""compare: right derivations pass, wrong ones are seen, and what is said can be read."""

from __future__ import annotations

import functools
import json
import math
import random
import sys
from collections.abc import Callable
from fractions import Fraction
from math import exp
from typing import Any

import numpy as np
import pytest

import microgradnn as m
from microgradnn import errors
from microgradnn.articles import mikir, mlp_xor, nanoneuron, quadrants_1, quadrants_2
from microgradnn.check import Report, Verdict, compare
from microgradnn.check.rehearsal import rehearse
from microgradnn.check.rounded import Rounded
from microgradnn.check.verdict import Row

AT = {"w": [0.3, -0.8], "b": 0.1, "x": [1.0, 2.0], "y": 1.0}


def neuron(w: Any, b: Any, x: Any, y: Any) -> Any:
    return (m.sigmoid(w[0] * x[0] + w[1] * x[1] + b) - y) ** 2 / 2


def by_hand(w: Any, b: Any, x: Any, y: Any) -> dict[str, Any]:
    o = 1 / (1 + math.exp(-(w[0] * x[0] + w[1] * x[1] + b)))
    delta = (o - y) * o * (1 - o)
    return {"w": [delta * x[0], delta * x[1]], "b": delta}


def verdicts(report: Report) -> list[str]:
    return [str(row.verdict) for row in report.rows]


def scaled(**factors: float) -> Callable[..., dict[str, Any]]:
    """by_hand with the gradients of some names multiplied."""

    def wrong(**named: Any) -> dict[str, Any]:
        found = by_hand(**named)
        for name, factor in factors.items():
            x = found[name]
            found[name] = [factor * each for each in x] if isinstance(x, list) else factor * x
        return found

    return wrong


# ---- verdicts --------------------------------------------------------------------------------------------


def test_a_right_derivation_agrees_in_three_readings() -> None:
    report = compare(neuron, by_hand, at=AT)
    assert report.ok
    assert [row.where for row in report.rows] == ["w[0]", "w[1]", "b"]
    assert verdicts(report) == ["agrees"] * 3
    # (o - y)·o·(1 - o)·x with o = σ(-1.2), by mpmath at 30 digits from these floats
    assert [row.autodiff for row in report.rows] == pytest.approx(
        [-0.136716286483765192, -0.273432572967530385, -0.136716286483765192], rel=1e-14
    )
    for row in report.rows:
        assert abs(row.numeric - row.autodiff) <= row.numeric_error + row.tolerance
        assert row.difference == row.by_hand - row.autodiff


@pytest.mark.parametrize("error", [1e-6, -1e-6, 1e-9, 1e-12, 1.0, -0.5])
def test_a_wrong_number_is_seen_and_the_others_are_not_accused(error: float) -> None:
    report = compare(neuron, scaled(b=1 + error), at=AT)
    assert not report.ok
    assert verdicts(report) == ["agrees", "agrees", "differs"]


def test_minus_the_gradient_is_said_and_can_be_meant() -> None:
    turned = scaled(w=-1.0, b=-1.0)
    report = compare(neuron, turned, at=AT)
    assert not report.ok
    assert set(verdicts(report)) == {"minus the gradient"}
    assert "ascent=True" in str(report)
    assert compare(neuron, turned, at=AT, ascent=True).ok
    assert not compare(neuron, by_hand, at=AT, ascent=True).ok


def test_one_turned_sign_among_others_is_no_convention() -> None:
    assert verdicts(compare(neuron, scaled(b=-1.0), at=AT)) == ["agrees", "agrees", "differs"]


def test_any_subset_of_the_names_may_be_derived() -> None:
    report = compare(neuron, lambda **named: {"b": by_hand(**named)["b"]}, at=AT)
    assert report.ok
    assert [row.where for row in report.rows] == ["b"]
    assert "not derived by hand, so not compared: w, x, y" in report.remarks


def test_the_point_may_be_the_defaults_of_the_loss() -> None:
    def loss(w: Any = 2.0, x: Any = 3.0) -> Any:
        return w * x

    assert compare(loss, lambda w, x: {"w": x}).ok
    with pytest.raises(errors.SettingError, match="w, b, x, y have no default"):
        compare(neuron, by_hand)


def test_nestings_of_every_kind_and_things_that_are_no_numbers() -> None:
    def loss(p: Any, kind: str, twice: bool) -> Any:
        total = m.sum(each for row in p["rows"] for each in row) * p["scale"]
        return total * total if twice and kind == "square" else total

    def hand(p: Any, kind: str, twice: bool) -> dict[str, Any]:
        total = sum(each for row in p["rows"] for each in row)
        below = 2 * total * p["scale"] ** 2
        return {"p": {"rows": [[below for _ in row] for row in p["rows"]], "scale": 2 * total**2 * p["scale"]}}

    at = {"p": {"rows": ([1.0, 2], [np.float64(0.25)]), "scale": -1.5}, "kind": "square", "twice": True}
    report = compare(loss, hand, at=at)
    assert report.ok
    assert [row.where for row in report.rows] == ["p.rows[0][0]", "p.rows[0][1]", "p.rows[1][0]", "p.scale"]


def test_values_carry_their_place_as_label() -> None:
    seen = []

    def loss(w: Any) -> Any:
        seen.extend([w[0][1].label, w[1].label])
        return w[0][1] * w[1]

    compare(loss, lambda w: {"w": [[0.0, w[1]], w[0][1]]}, at={"w": [[1.0, 2.0], 3.0]})
    assert seen[:2] == ["w[0][1]", "w[1]"]


# ---- kinks -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slope", [0.0, 0.5, 1.0])
def test_every_subgradient_is_valid_at_a_kink(slope: float) -> None:
    report = compare(lambda x: m.relu(x) * 3, lambda x: {"x": 3 * slope}, at={"x": 0.0})
    assert report.ok
    assert report.rows[0].note == "at a kink of ReLU: any value in [0, 3] is a valid subgradient"


def test_beyond_the_subgradients_a_kink_is_no_excuse() -> None:
    assert not compare(lambda x: m.relu(x) * 3, lambda x: {"x": 3.001}, at={"x": 0.0}).ok
    assert not compare(lambda x: m.relu(x) * 3, lambda x: {"x": 3.0}, at={"x": -1.0}).ok


def test_a_kink_within_rounding_counts() -> None:
    # 0.1 + 0.2 - 0.3 is 5.6e-17 for floats, and 0 on paper
    report = compare(lambda a, b, c: m.relu(a + b - c), lambda a, b, c: {"c": 0.0}, at={"a": 0.1, "b": 0.2, "c": 0.3})
    assert report.rows[0].autodiff == -1.0
    assert verdicts(report) == ["agrees (kink)"]


def test_ties_of_two_variables_share_the_slope_in_any_way() -> None:
    loss = lambda x, y: m.maximum(x, y) * 2
    for share in (0.0, 0.3, 1.0):
        assert compare(loss, lambda x, y, s=share: {"x": 2 * s, "y": 2 * (1 - s)}, at={"x": 1.0, "y": 1.0}).ok


def test_the_truth_is_valid_where_the_chain_rule_at_kinks_misses_it() -> None:
    # relu(x) - relu(-x) is x, whose slope is 1; min-norm subgradients add up to 0
    assert compare(lambda x: m.relu(x) - m.relu(-x), lambda x: {"x": 1.0}, at={"x": 0.0}).ok


# ---- rounding --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "form"),
    [
        (m.tanh, lambda x: 1 - math.tanh(x) ** 2),
        (m.sigmoid, lambda x: math.exp(-x) / (1 + math.exp(-x)) ** 2),
        (m.sigmoid, lambda x: (lambda s: s - s * s)(1 / (1 + math.exp(-x)))),
        (lambda x: m.square(x - 1) / 2, lambda x: (x * x - 1) / (x + 1)),
        (lambda x: m.log(x), lambda x: (1e8 + 1 / x) - 1e8),
        (lambda x: x**3, lambda x: ((x + 1e-3) ** 3 - (x - 1e-3) ** 3) / 2e-3 - 1e-6),
    ],
)
@pytest.mark.parametrize("x", [1e-9, 0.7, 1.0, 3.0, 20.0, 36.0, 300.0])
def test_a_right_form_that_loses_digits_is_not_accused(loss: Any, form: Callable[[float], float], x: float) -> None:
    report = compare(loss, lambda x: {"x": form(x)}, at={"x": x})
    assert report.ok, str(report)


def test_lost_digits_are_said() -> None:
    report = compare(m.tanh, lambda x: {"x": 1 - math.tanh(x) ** 2}, at={"x": 20.0})
    assert verdicts(report) == ["lost in rounding"]
    assert "try another point" in str(report)


def test_a_form_that_loses_digits_hides_no_mistake_where_it_keeps_them() -> None:
    assert not compare(m.tanh, lambda x: {"x": (1 - math.tanh(x) ** 2) * (1 + 1e-9)}, at={"x": 0.7}).ok


class Derivation:
    """Functions kept in an object and in a list, where a copy of the code must find them."""

    forms: tuple[Any, ...] = (math.tanh,)

    def __init__(self) -> None:
        self.tanh = {"tanh": [math.tanh]}

    def slope(self, x: float) -> float:
        return 1 - self.tanh["tanh"][0](x) ** 2

    def by_hand(self, x: float) -> dict[str, float]:
        return {"x": self.slope(x)}


def numpy_form(x: float) -> dict[str, float]:
    return {"x": float(1 - np.tanh(np.array([x]))[0] ** 2)}


def numpy_scalar(x: float) -> dict[str, float]:
    return {"x": 1 - np.tanh(x) ** 2}


def class_form(x: float) -> dict[str, float]:
    return {"x": 1 - Derivation.forms[0](x) ** 2}


@pytest.mark.parametrize("hand", [Derivation().by_hand, numpy_form, numpy_scalar, class_form])
@pytest.mark.parametrize("x", [0.7, 5.0, 20.0])
def test_lost_digits_are_found_wherever_functions_are_kept(hand: Any, x: float) -> None:
    assert compare(m.tanh, hand, at={"x": x}).ok
    assert not compare(m.tanh, lambda x: {"x": hand(x)["x"] + 1e-6}, at={"x": x}).ok


def test_a_comparison_that_rounding_decides_is_no_reason_to_accuse() -> None:
    def hand(x: float) -> dict[str, float]:
        p = 0.5 * (1 + math.tanh(x / 2))  # 0 for x = -100, where the sigmoid is 4e-44
        return {"x": 0.0 if p == 0.0 else p * (1 - p)}

    assert compare(m.sigmoid, hand, at={"x": -100.0}).ok


# ---- autodiff in doubt, no gradient ----------------------------------------------------------------------


def test_a_wrong_partial_does_not_make_a_right_derivation_wrong() -> None:
    cubed = m.primitive("cubed_badly", lambda x: x**3, lambda x, out: 3.00001 * x * x, check=False)
    report = compare(cubed, lambda x: {"x": 3 * x * x}, at={"x": 1.3})
    assert verdicts(report) == ["autodiff in doubt"]
    assert not report.ok
    assert "check_gradients" in str(report)


def test_a_detached_part_is_noticed() -> None:
    report = compare(lambda x: x * x.detach(), lambda x: {"x": x}, at={"x": 2.0})
    assert report.ok
    assert "is something detached" in str(report)


def test_an_infinite_gradient_agrees_with_itself_only() -> None:
    assert compare(m.sqrt, lambda x: {"x": math.inf}, at={"x": 0.0}).ok
    report = compare(lambda x, y: m.sqrt(x * x + y * y), lambda x, y: {"x": 0.0}, at={"x": 0.0, "y": 0.0})
    assert verdicts(report) == ["autodiff not finite"]
    assert "its derivative at the operand 0 is inf" in str(report)
    report = compare(lambda x: x * 2, lambda x: {"x": x * 1e200 * 1e200 * 2e-200 * 1e-200}, at={"x": 1.0})
    assert verdicts(report) == ["by hand not finite"]
    assert not report.ok
    assert "if it overflows on the way, choose a smaller point" in str(report)


# ---- the articles ----------------------------------------------------------------------------------------


def test_nanoneuron_is_minus_the_gradient() -> None:
    x, y = nanoneuron.data("train")
    at = {"w": 0.9492, "b": 0.4570, "x": x, "y": y}
    assert set(verdicts(compare(nanoneuron.loss, nanoneuron.by_hand, at=at))) == {"minus the gradient"}
    assert compare(nanoneuron.loss, nanoneuron.by_hand, at=at, ascent=True).ok
    assert compare(nanoneuron.loss, nanoneuron.by_hand_corrected, at=at).ok


def point(shapes: dict[str, Any], seed: int = 1) -> dict[str, Any]:
    """Random numbers in matrices (pairs), rows (numbers), or what is given in lists."""
    rng = random.Random(seed)
    row = lambda n: [rng.uniform(-1, 1) for _ in range(n)]
    made: dict[str, Any] = {}
    for name, shape in shapes.items():
        made[name] = [row(shape[1]) for _ in range(shape[0])] if isinstance(shape, tuple) else shape
        made[name] = row(shape) if isinstance(shape, int) else made[name]
    return made


TWO_LAYERS = {"hidden_weights": (3, 2), "hidden_bias": 3, "output_weights": (4, 3), "output_bias": 4}
FOUR = {"inputs": mlp_xor.ROWS, "targets": [[0.0], [1.0], [1.0], [0.0]]}
ONE = {"inputs": [0.3, -0.7], "targets": [0.0, 1.0, 0.0, 0.0]}


@pytest.mark.parametrize(
    ("article", "at", "wrong"),
    [
        (mlp_xor, point({"synapse0": (2, 4), "synapse1": (4, 1)}) | FOUR, ("synapse0", "synapse1")),
        (quadrants_1, point({"weights": (4, 2), "bias": 4}) | ONE, ("bias",)),
        (quadrants_2, point(TWO_LAYERS) | ONE, ("hidden_weights", "hidden_bias", "output_bias")),
        (mikir, point(TWO_LAYERS) | ONE, ("hidden_weights", "hidden_bias")),
    ],
)  # fmt: skip
def test_published_rules_are_wrong_exactly_where_they_are_known_to_be(article: Any, at: Any, wrong: Any) -> None:
    report = compare(article.loss, article.by_hand, at=at)
    assert {row.where.partition("[")[0] for row in report.rows if row.verdict is Verdict.DIFFERS} == set(wrong)
    assert compare(article.loss, article.by_hand_corrected, at=at).ok


# ---- bad input -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "message"),
    [
        ({"w": [1.0, 2.0, 3.0]}, "by_hand: the gradient of w has length 3; 2 as in w itself"),
        ({"w": 1.0}, "by_hand: the gradient of w is a number; a list of length 2 as in w itself"),
        ({"b": [1.0]}, "by_hand: the gradient of b is a list of length 1; a number as in b itself"),
        ({"q": 1.0}, "by_hand: the gradient of 'q': there is no such argument; there are: w, b, x, y"),
        ({}, "by_hand: the gradient of …: the dict is empty"),
        (None, "by_hand: the gradient of … must come in a dict, such as {'w': …}, and one NoneType came"),
        ([1.0], "must come in a dict, such as {'w': …}, and one list came"),
        ({"w": ["a", 1.0]}, "by_hand: the gradient of w[0] must be one real number, but str 'a' came"),
        ({"w": [None, 1.0]}, "by_hand: the gradient of w[0] must be one real number, but NoneType came"),
        ({"b": math.nan}, "by_hand: the gradient of b is nan"),
        ({"b": 1j}, "by_hand: the gradient of b must be one real number"),
        ({"w": np.array([1.0, 2.0])}, "by_hand: the gradient of w holds an array"),
        ({"b": np.array(1.0)}, "by_hand: the gradient of b must be one real number"),
        ({"b": m.Value(1.0)}, "by_hand: the gradient of b is a Value"),
    ],
)
def test_what_by_hand_returns_is_checked(result: Any, message: str) -> None:
    with pytest.raises(errors.MicrogradnnError) as caught:
        compare(neuron, lambda w, b, x, y: result, at=AT)
    assert message in str(caught.value)


def test_a_function_that_raises_is_told_with_its_line() -> None:
    def hand(w: Any, b: Any, x: Any, y: Any) -> Any:
        return 1 / (y - 1)

    with pytest.raises(
        errors.Misuse, match=r"by_hand raised ZeroDivisionError at .*test_check\.py:\d+: float division"
    ):
        compare(neuron, hand, at=AT)
    with pytest.raises(errors.Misuse, match=r"loss raised NotANumber at .*test_check\.py:\d+: .*microgradnn\.sin"):
        compare(lambda x: math.sin(x), lambda x: {"x": 0.0}, at={"x": 1.0})


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (lambda x: None, "loss returned None: is a return statement missing"),
        (lambda x: 3.0, "loss must return one Value, and returned 3.0: it left the graph"),
        (lambda x: x.data * 2, "it left the graph on the way"),
        (lambda x: [x], "loss must return one Value, and returned one list"),
        (lambda x: "x", "loss must return one Value, and returned 'x'"),
        (lambda x: m.Value(3.0), "loss does not depend on its arguments x"),
        (lambda x: x.detach(), "loss does not depend on its arguments x"),
        (lambda x: m.log(x - 2), "loss is nan at this point: nan was born in log(x - 2)"),
        (lambda x: x * random.random(), "is it random, or does it keep state?"),
        (lambda: m.Value(1.0), "cannot be called with x"),
        (lambda x, y: x, "cannot be called with x"),
        ("loss", "loss must be a function, and str came"),
    ],
)
def test_what_the_loss_returns_is_checked(loss: Any, message: str) -> None:
    with pytest.raises(errors.MicrogradnnError) as caught:
        compare(loss, lambda x: {"x": 0.0}, at={"x": 0.7})
    assert message in str(caught.value)


def test_an_argument_that_the_loss_ignores_is_named() -> None:
    with pytest.raises(errors.Misuse, match="does not use its argument 'b'"):
        compare(lambda w, b: w * 2, lambda w, b: {"b": 1.0}, at={"w": 1.0, "b": 1.0})
    report = compare(lambda w, b: m.where(w > 0, w, b), lambda w, b: {"w": 1.0, "b": 0.0}, at={"w": 1.0, "b": 1.0})
    assert report.ok
    assert "the loss does not use b at this point" in report.remarks


def test_a_random_derivation_is_refused() -> None:
    rng = random.Random(0)
    with pytest.raises(errors.Misuse, match="is it random"):
        compare(lambda x: x * 2, lambda x: {"x": rng.random()}, at={"x": 1.0})


@pytest.mark.parametrize(
    ("at", "message"),
    [
        ({"x": math.nan}, "at: x is nan"),
        ({"x": [1.0, math.inf]}, "at: x[1] is inf"),
        ({"x": "one"}, "at holds no numbers"),
        ({}, "at holds no numbers"),
        ([1.0], "at is a dict"),
        ({1: 2.0}, "1 is no name"),
        ({"x": 2**60 + 1}, "at: x: this int needs 61 bits"),
    ],
)
def test_the_point_is_checked(at: Any, message: str) -> None:
    with pytest.raises(errors.MicrogradnnError) as caught:
        compare(lambda x: x * 2, lambda x: {"x": 2.0}, at=at)
    assert message in str(caught.value)


def test_lists_that_a_function_changes_are_its_own() -> None:
    def hand(w: Any) -> Any:
        w[0] += 1.0
        return {"w": [2.0]}

    at = {"w": [1.0]}
    assert compare(lambda w: w[0] * 2, hand, at=at).ok
    assert at == {"w": [1.0]}


# ---- what is printed -------------------------------------------------------------------------------------

SNAPSHOT = """\
by hand against autodiff, at w[0] = 0.3, w[1] = -0.8, b = 0.1, x[0] = 1, x[1] = 2, y = 1

where       by hand      autodiff       numeric  difference  verdict
─────  ────────────  ────────────  ────────────  ──────────  ───────
w[0]   -0.136716286  -0.136716286  -0.136716286           0  agrees
w[1]   -0.273432573  -0.273432573  -0.273432573           0  agrees
b      -0.273432573  -0.136716286  -0.136716286   -1.37e-01  differs

not ok - agrees: 2, differs: 1
not derived by hand, so not compared: x, y"""


def test_the_report_as_text() -> None:
    assert str(compare(neuron, scaled(b=2.0), at=AT)) == SNAPSHOT


def test_the_report_is_the_same_every_time() -> None:
    first, second = (compare(neuron, scaled(b=2.0), at=AT) for _ in range(2))
    assert first == second


def test_the_report_for_machines() -> None:
    told = compare(neuron, scaled(b=2.0), at=AT).to_dict()
    assert json.loads(json.dumps(told)) == told
    assert told["ok"] is False
    assert told["rows"][2]["where"] == "b"
    assert told["rows"][2]["verdict"] == "differs"


def test_html_escapes_what_the_user_wrote() -> None:
    report = compare(lambda p: p["<b>&"] * 2, lambda p: {"p": {"<b>&": 2.0}}, at={"p": {"<b>&": 1.0}})
    html = report._repr_html_()
    assert "&lt;b&gt;&amp;" in html
    assert "<b>&" not in html


def test_control_characters_in_names_do_not_reach_the_terminal() -> None:
    report = compare(lambda p: p["\x1b[31m"] * 2, lambda p: {"p": {"\x1b[31m": 2.0}}, at={"p": {"\x1b[31m": 1.0}})
    assert "\x1b" not in str(report)


class Terminal:
    """A file that says it is a terminal, or not."""

    def __init__(self, terminal: bool) -> None:
        self.terminal, self.text = terminal, ""

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return self.terminal


def test_printing_to_a_terminal_and_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    report = compare(neuron, scaled(b=2.0), at=AT)
    plain, terminal = Terminal(False), Terminal(True)
    report.print(plain)  # type: ignore[arg-type]
    assert plain.text == SNAPSHOT + "\n"
    report.print(terminal)  # type: ignore[arg-type]
    assert "w[0]" in terminal.text  # which rich would take for markup
    assert "┃" in terminal.text


def test_a_long_report_prints_what_matters_and_says_what_it_leaves_out() -> None:
    rows = [Row(f"w[{k}]", 1.0, 1.0, 1.0, 0.0, Verdict.AGREES) for k in range(300)]
    rows[200] = Row("w[200]", 2.0, 1.0, 1.0, 1.0, Verdict.DIFFERS)
    text = str(Report("many", tuple(rows)))
    assert "w[200]" in text
    assert "w[250]" not in text
    assert "239 more rows, all good, are not printed" in text
    assert "239 more rows" in Report("many", tuple(rows))._repr_html_()


def test_require_raises_with_the_report() -> None:
    report = compare(neuron, by_hand, at=AT)
    assert report.require() is report
    with pytest.raises(errors.WrongGradient, match="differs") as caught:
        compare(neuron, scaled(b=2.0), at=AT).require()
    assert isinstance(caught.value, AssertionError)


def test_without_the_third_reading_there_is_a_dash() -> None:
    report = compare(neuron, by_hand, at=AT, numeric=False)
    assert report.ok
    assert math.isnan(report.rows[0].numeric)
    assert "—" in str(report)


# ---- wherever by_hand keeps its functions ----------------------------------------------------------------


@functools.cache
def cached_tanh(x: float) -> float:
    return math.tanh(x)


def slope_by(tanh: Callable[[float], float], x: float) -> dict[str, float]:
    return {"x": 1 - tanh(x) ** 2}


class Recursive:
    """A class whose methods call each other, and one whose objects hold others."""

    def __init__(self, depth: int) -> None:
        self.below = Recursive(depth - 1) if depth else None

    def tanh(self, x: float) -> float:
        return self.below.tanh(x) if self.below else math.tanh(x)


def by_class(x: float) -> dict[str, float]:
    return slope_by(Recursive(3).tanh, x)


def by_recursion(x: float, depth: int = 3) -> dict[str, float]:
    return by_recursion(x, depth - 1) if depth else slope_by(exp_tanh, x)


def exp_tanh(x: float) -> float:
    return (exp(x) - exp(-x)) / (exp(x) + exp(-x))


def by_map(x: float) -> dict[str, float]:
    grow, decay = map(exp, [x, -x])
    return {"x": 4 / (grow + decay) ** 2}


def by_sum(x: float) -> dict[str, float]:
    return {"x": math.fsum([1.0, *(-t for t in [math.tanh(x) ** 2])])}


FORMS = [
    functools.partial(slope_by, math.tanh),
    functools.partial(slope_by, cached_tanh),
    by_class,
    by_recursion,
    by_map,
    by_sum,
    functools.partial(slope_by, Recursive(2).tanh),
]


@pytest.mark.parametrize("hand", FORMS)
@pytest.mark.parametrize("x", [0.7, 5.0, 20.0])
def test_account_is_kept_through_helpers_of_every_kind(hand: Any, x: float) -> None:
    result, escaped = rehearse(hand, {"x": Rounded(x, 1e-15)})
    assert not escaped
    assert isinstance(result["x"], Rounded)
    assert compare(m.tanh, lambda x: hand(x=x), at={"x": x}).ok
    assert compare(m.tanh, hand, at={"x": x}).ok


def test_nothing_of_the_users_is_changed_by_the_rehearsal() -> None:
    class Counter:
        def __init__(self) -> None:
            self.calls, self.function = 0, math.tanh

        def by_hand(self, x: float) -> dict[str, float]:
            self.calls += 1
            return {"x": 1 - self.function(x) ** 2}

    counter = Counter()
    assert compare(m.tanh, counter.by_hand, at={"x": 0.3}).ok
    assert counter.function is math.tanh
    assert counter.calls == 2  # the rehearsal counted in a copy
    assert math.tanh.__name__ == "tanh"


def test_a_profiler_is_left_in_peace() -> None:
    seen = []
    sys.setprofile(lambda *event: seen.append(event[1]))
    try:
        assert compare(m.tanh, lambda x: {"x": 1 - math.tanh(x) ** 2}, at={"x": 0.3}).ok
        assert sys.getprofile() is not None
    finally:
        sys.setprofile(None)
    assert seen


def test_a_derivation_in_exact_numbers_is_right_too() -> None:
    assert compare(lambda x: x * x / 3, lambda x: {"x": float(Fraction(x) * 2 / 3)}, at={"x": 0.1}).ok


def test_a_loss_may_differentiate_within_itself() -> None:
    report = compare(lambda x: m.grad(lambda t: t**3)(x) * 2, lambda x: {"x": 12 * x}, at={"x": 0.7})
    assert report.ok


def test_arrays_in_the_point_are_passed_on_and_told() -> None:
    data = np.array([1.0, 2.0])
    loss = lambda w, x: m.dot([w, w], x) ** 2
    assert compare(loss, lambda w, x: {"w": 2 * w * float(sum(x)) ** 2}, at={"w": 0.5, "x": data}).ok
    with pytest.raises(errors.DataError, match=r"no numbers in x itself; it is an array: give its \.tolist\(\)"):
        compare(loss, lambda w, x: {"x": [1.0, 2.0]}, at={"w": 0.5, "x": data})


def test_a_report_has_a_short_name() -> None:
    assert repr(compare(m.tanh, lambda x: {"x": 0.0}, at={"x": 0.3})) == (
        "<by hand against autodiff, at x = 0.3: not ok - differs: 1>"
    )


def test_what_was_not_computed_is_null_for_machines() -> None:
    told = compare(m.sqrt, lambda x: {"x": math.inf}, at={"x": 0.0}).to_dict()
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["rows"][0]["by_hand"] == "inf"
    assert told["rows"][0]["numeric"] is None
