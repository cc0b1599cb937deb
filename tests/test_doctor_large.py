"""The doctor and a network of 304 parameters: several mistakes together, and numbers that nothing explains."""

from __future__ import annotations

import math
import random
from collections import Counter
from functools import cache
from typing import Any

import pytest

from microgradnn import sigmoid
from microgradnn import sum as total
from microgradnn.check import Diagnosis, Mistake, diagnose

INPUTS, HIDDEN, OUTPUTS = 10, 20, 4


def loss(W: Any, b: Any, V: Any, c: Any, x: Any, t: Any) -> Any:
    hidden = [sigmoid(total(w * y for w, y in zip(row, x, strict=True)) + d) for row, d in zip(W, b, strict=True)]
    out = [sigmoid(total(v * h for v, h in zip(row, hidden, strict=True)) + d) for row, d in zip(V, c, strict=True)]
    return total((o - want) ** 2 for o, want in zip(out, t, strict=True)) / 2


@cache
def point() -> dict[str, Any]:
    rng = random.Random(1)

    def row(n: int) -> list[float]:
        return [rng.gauss(0.0, 1.0) for _ in range(n)]

    def table(m: int, n: int) -> list[list[float]]:
        return [row(n) for _ in range(m)]

    W, V = table(HIDDEN, INPUTS), table(OUTPUTS, HIDDEN)
    return {"W": W, "b": row(HIDDEN), "V": V, "c": row(OUTPUTS), "x": row(INPUTS), "t": [0.9, 0.2, 0.4, 0.6]}


def logistic(z: float) -> float:
    return 1.0 / (1.0 + math.exp(-z))


def rule(output: Any, weights: Any, hidden_slope: Any, times: float = 1.0) -> Any:
    """A derivation: what the errors of the outputs become, which weights they go down by, the hidden slope."""

    def by_hand(W: Any, b: Any, V: Any, c: Any, x: Any, t: Any) -> dict[str, Any]:
        h = [logistic(sum(w * y for w, y in zip(row, x, strict=True)) + d) for row, d in zip(W, b, strict=True)]
        o = [logistic(sum(v * y for v, y in zip(row, h, strict=True)) + d) for row, d in zip(V, c, strict=True)]
        delta = [output(p, want) for p, want in zip(o, t, strict=True)]
        dV = [[d * y for y in h] for d in delta]
        V = weights(V, dV)
        down = [sum(delta[m] * V[m][j] for m in range(OUTPUTS)) for j in range(HIDDEN)]
        inner = [d * hidden_slope(y) for d, y in zip(down, h, strict=True)]
        dW = [[times * d * (y * (1 - y) if times == 1.0 else 1.0) * z for z in x] for d, y in zip(down, h, strict=True)]
        return {"V": dV, "c": delta, "W": dW, "b": inner}

    return by_hand


def kinds(diagnosis: Diagnosis) -> Counter[tuple[str, frozenset[Mistake]]]:
    return Counter((finding.where[0], frozenset(finding.mistakes)) for finding in diagnosis.findings)


def moved(V: Any, dV: Any) -> Any:
    return [[v - 0.5 * g for v, g in zip(row, slopes, strict=True)] for row, slopes in zip(V, dV, strict=True)]


def test_three_mistakes_in_one_number_are_named() -> None:
    """As in the second version of quadrants: no slope at the output, weights that have moved, no hidden slope in b."""
    found = diagnose(loss, rule(lambda o, t: o - t, moved, lambda h: 1.0), point())
    missing = frozenset({Mistake.MISSING_LOCAL_DERIVATIVE})
    both = missing | {Mistake.STALE_VALUES}
    assert kinds(found) == {("V", missing): 80, ("c", missing): 4, ("W", both): 200, ("b", both): 20}
    message = next(finding.message for finding in found.findings if finding.where == "b[0]")
    assert "argument of out[0]" in message
    assert "argument of hidden[0]" in message
    assert "V was read after the update (at a learning rate of 0.5)" in message


def test_a_sign_a_factor_and_two_slopes_are_named_together() -> None:
    found = diagnose(loss, rule(lambda o, t: t - o, lambda V, dV: V, lambda h: 1.0, times=2.0), point())
    both = frozenset({Mistake.MISSING_LOCAL_DERIVATIVE, Mistake.SIGN})
    more = both | {Mistake.FACTOR}
    assert kinds(found) == {("V", both): 80, ("c", both): 4, ("W", more): 200, ("b", both): 20}


def made_up(W: Any, b: Any, V: Any, c: Any, x: Any, t: Any) -> dict[str, Any]:
    rng = random.Random(5)
    return {
        "W": [[rng.gauss(0.0, 1.0) for _ in row] for row in W],
        "b": [rng.gauss(0.0, 1.0) for _ in b],
        "V": [[rng.gauss(0.0, 1.0) for _ in row] for row in V],
        "c": [rng.gauss(0.0, 1.0) for _ in c],
    }


@pytest.fixture(scope="module")
def unexplained() -> Diagnosis:
    return diagnose(loss, made_up, point())


def test_made_up_numbers_are_unknown_and_never_guessed_at(unexplained: Diagnosis) -> None:
    unknown = frozenset({Mistake.UNKNOWN})
    assert kinds(unexplained) == {("W", unknown): 200, ("b", unknown): 20, ("V", unknown): 80, ("c", unknown): 4}
    message = unexplained.findings[0].message
    assert "on all of which by_hand gives" in message
    assert "of pairs of these, only a part was tried" in message


def test_the_right_gradient_of_a_large_network_is_a_few_lines(unexplained: Diagnosis) -> None:
    finding = next(finding for finding in unexplained.findings if finding.where == "W[3][2]")
    assert finding.suggestion.split("\n")[:2] == [
        "hidden = [sigmoid(sum(W[j][i] * x[i] for i in range(10)) + b[j]) for j in range(20)]",
        "out = [sigmoid(sum(V[j][i] * hidden[i] for i in range(20)) + c[j]) for j in range(4)]",
    ]
    assert len(finding.suggestion.split("\n")) <= 6
