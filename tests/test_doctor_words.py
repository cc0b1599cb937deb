"""The doctor's words: in the user's names, whole, and of no single point."""

from __future__ import annotations

import ast
import cProfile
import inspect
import json
import math
import re
import sys
from typing import Any

import pytest

from microgradnn import Value, sigmoid, tanh
from microgradnn import sum as total
from microgradnn.check import diagnose
from microgradnn.check.doctor.calling import several
from microgradnn.check.doctor.telling import amount, besides, constant
from microgradnn.check.doctor.variables import christened
from microgradnn.engine import origins
from tests.corpus.cases import wrong_cases
from tests.corpus.snapshots import FILE

READ: dict[str, dict[str, Any]] = json.loads(FILE.read_text("utf-8"))


def messages(name: str) -> list[str]:
    """What the doctor says of a case, without the suggestions and the count at the end."""
    said = [line for where, lines in READ[name].items() if where not in ("ok", "remarks") for line in lines[1:]]
    return [re.sub(r"\. Right on .*", "", line) for line in said if not line.startswith("right: ")]


@pytest.mark.parametrize("case", wrong_cases(), ids=lambda case: case.name)
def test_a_message_is_whole_and_has_no_numbers_but_those_of_the_loss(case: Any) -> None:
    tree = ast.parse(inspect.getsource(case.problem.loss).lstrip())
    own = {f"{node.value:.4g}" for node in ast.walk(tree) if isinstance(node, ast.Constant) and node.value is not ...
           and isinstance(node.value, int | float)}  # fmt: skip
    for message in messages(case.name):
        assert "…" not in message
        plain = re.sub(
            r"rate of \S+|is -?\S+ times|\(-?\S+ times\)|in line \d+|: any value in .*|is right: .*", "", message
        )
        for found in re.findall(r"(?<![\w.\[])\d+\.\d+(?:e-?\d+)?", plain):
            assert found in own, message


def test_a_report_counts_points_once() -> None:
    def loss(w: Any, x: Any) -> Any:
        return (w * x) ** 2

    def by_hand(w: float, x: float) -> dict[str, float]:
        return {"w": w * x * x}

    report = diagnose(loss, by_hand, {"w": 0.5, "x": 0.7})
    assert report.points == 32
    assert report.extreme > 0
    assert report.findings[0].evidence["points"] == 32
    assert "tried on 32 points" in report.summary
    assert "Right on 0 of 32 points" in report.findings[0].message
    right = diagnose(loss, lambda w, x: {"w": 2 * w * x * x}, {"w": 0.5, "x": 0.7})
    assert right.summary == (
        f"the gradient by hand is right on 32 points, and on {right.extreme} with very large or very small numbers."
    )


def test_variables_of_the_loss_are_called_by_their_names() -> None:
    def loss(W: Any, v: Any, x: Any) -> Any:
        hidden = [tanh(total(w * y for w, y in zip(row, x, strict=True))) for row in W]
        score = total(a * h for a, h in zip(v, hidden, strict=True))
        out = sigmoid(score)
        return out * out

    def by_hand(W: Any, v: Any, x: Any) -> dict[str, Any]:
        h = [math.tanh(sum(w * y for w, y in zip(row, x, strict=True))) for row in W]
        out = 1 / (1 + math.exp(-sum(a * b for a, b in zip(v, h, strict=True))))
        return {"v": [2 * out * b for b in h]}

    at = {"W": [[0.1, 0.2], [0.3, -0.4]], "v": [0.5, -0.6], "x": [1.0, 2.0]}
    finding = diagnose(loss, by_hand, at).findings[0]
    assert "divided by sigmoid′(score)" in finding.message
    assert finding.suggestion.startswith("hidden = [tanh(W[i][0] * x[0] + W[i][1] * x[1]) for i in range(2)]")
    assert "score = v[0] * hidden[0] + v[1] * hidden[1]" in finding.suggestion


def named(loss: Any, *args: Any) -> list[str]:
    before = sys.getprofile()
    with origins() as mine, christened(loss, ["x"], mine):
        loss(*args)
    assert sys.getprofile() is before
    return [node.label for node in mine]


def test_names_are_given_to_what_has_none_and_never_twice() -> None:
    def loss(x: Any) -> Any:
        a = x * 2.0
        a.label = "mine"
        b = a
        c = [a + 1.0, a + 2.0]
        x = c[0] * c[1]  # the argument's name is taken
        _hidden = x + 1.0
        return b + _hidden

    assert named(loss, Value(1.0, label="x")) == ["mine", "c[0]", "c[1]", "", "", ""]


def test_a_value_of_before_and_a_callable_that_is_no_function_are_left_alone() -> None:
    old = Value(2.0) * 1.0

    def loss(x: Any) -> Any:
        kept = old
        return kept * x

    class Loss:
        def __call__(self, x: Any) -> Any:
            z = x * x
            return z + 1.0

    assert named(loss, Value(1.0)) == [""]
    assert old.label == ""
    assert named(Loss(), Value(1.0)) == ["", ""]


def test_a_profiler_that_runs_is_left_alone() -> None:
    profiler = cProfile.Profile()
    profiler.enable()
    try:
        assert named(lambda x: x * x, Value(1.0)) == [""]
    finally:
        profiler.disable()


def test_constants_are_told_as_people_write_them() -> None:
    assert [amount(c) for c in (2.0, 0.5, 1 / 3, -2 / 3, 0.1234567)] == ["2", "0.5", "1/3", "-2/3", "0.123457"]
    assert constant(-1.0, False, "the right one") == "has its sign flipped: it is minus the right one"
    assert constant(-1.0, False) == "has its sign flipped"
    assert constant(0.2, True, "the right one") == "is 1/5 times the right one: a mean stands where a sum belongs"
    assert constant(-3.0, False) == (
        "is -3 times its right value: the sign is flipped, and a constant factor is too much"
    )
    assert besides(-1.0, False) == "the sign is flipped"
    assert besides(0.5, False) == "a constant factor is lost (0.5 times)"
    assert several(["a"]) == "a"
    assert several(["a", "b", "c", "d"]) == "a, b, c and d"
    assert several(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
