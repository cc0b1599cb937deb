"""The last word before an accusation: exact numbers, for every operation, for models and for update rules."""

from __future__ import annotations

import math
import random
import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any

import mpmath
import pytest

from microgradnn import nn, sigmoid, tanh
from microgradnn.check import diagnose
from microgradnn.check.arguments import Arguments
from microgradnn.check.doctor.exact import Appeal, Exact, exact
from microgradnn.check.doctor.problem import Problem
from microgradnn.check.doctor.update import Step
from microgradnn.ops import TABLE
from microgradnn.partials import local
from microgradnn.primitives import BUILT_IN

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_every_operation_and_its_partials_have_an_exact_meaning(name: str) -> None:
    op = TABLE[name]
    arity = 5 if op.arity is None else op.arity
    for args in ([0.3125, 0.625, 0.75, 0.5, 0.25], [-0.3125, -0.125, 0.75, 0.5, 0.25], [0.8125, 0.5, 0.75, 2.0, 3.0]):
        floats = args[:arity]
        if not math.isfinite(op.value(*floats)):
            continue
        with mpmath.workdps(60):
            numbers = [Exact(Fraction(x)) for x in floats]
            out = op(*numbers)
            slopes = {k: float(exact(slope)) for k, slope in local(op, numbers, out, range(arity))}
        # the same rows in floats: some last places apart at these tame points
        assert float(exact(out)) == pytest.approx(op.value(*floats), rel=1e-14, abs=1e-15)
        wanted = dict(local(op, floats, op.value(*floats), range(arity)))  # without flat pieces
        assert slopes == pytest.approx(dict.fromkeys(slopes, 0.0) | wanted, rel=1e-13, abs=1e-15)


def test_what_the_verdicts_need_comes_with_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert any(need.startswith("mpmath") for need in project["dependencies"])


def logistic(z: float) -> float:
    return 1 / (1 + math.exp(-z))


def heard(problem: Problem, given: Arguments, turned: bool = False) -> list[bool]:
    """What the appeal says of every number that by_hand gives at one point."""
    start, _ = problem.start(given)
    if turned:
        start.turn()
    appeal = Appeal(problem)
    return [appeal.acquits(0, start, i) for i in start.hand]


@pytest.mark.parametrize(("factor", "acquitted"), [(1.0, True), (1.0 + 1e-12, False)])
def test_models_have_the_last_word_too(factor: float, acquitted: bool) -> None:
    model = nn.Neuron(2, activation="sigmoid", rng=random.Random(1))
    names = [name for name, _ in model.named_parameters()]

    def loss(model: Any, x: Any, y: Any) -> Any:
        return (model(x) - y) ** 2

    def by_hand(model: Any, x: Any, y: float) -> dict[str, Any]:
        *w, b = (p.data for p in model.parameters())
        o = logistic(w[0] * x[0] + w[1] * x[1] + b)
        delta = factor * 2 * (o - y) * o * (1 - 2 * o + o * o) / (1 - o)  # cancels for o near 1
        return dict(zip(names, (delta * x[0], delta * x[1], delta), strict=True))

    problem = Problem(loss, by_hand, model)
    given = Arguments(problem.with_model({"x": [4.0, -6.0], "y": 0.5}))
    assert heard(problem, given) == [acquitted] * 3
    diagnose(loss, by_hand, model=model, at={"x": [4.0, -6.0], "y": 0.5})
    assert all(type(p.data) is float for p in model.parameters())


@pytest.mark.parametrize("way", [-1.0, 1.0])
def test_update_rules_have_the_last_word_too_up_or_down_the_loss(way: float) -> None:
    def loss(w: Any, x: Any, y: Any) -> Any:
        return (tanh(w * x) - y) ** 2 + sigmoid(w)

    def step(params: Any, lr: float, x: float, y: float) -> dict[str, float]:
        w = params["w"]
        t, s = math.tanh(w * x), logistic(w)
        return {"w": w + way * lr * (2 * (t - y) * (1 - t * t) * x + s * (1 - s))}

    given = Arguments({"w": 0.5, "x": 0.7, "y": 0.3})
    assert heard(Step(loss, step, ("w",), 0.1), given, turned=way > 0.0) == [True]
    assert heard(Step(loss, step, ("w",), 0.1), given, turned=way < 0.0) == [False]
