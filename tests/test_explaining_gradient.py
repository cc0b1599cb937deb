"""The symbolic gradient: simplified, readable, callable, and equal to what autodiff finds."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

import microgradnn as m
from microgradnn import Value, explain, primitive
from microgradnn.errors import Misuse, NotANumber, SettingError
from microgradnn.explaining.simplify import simplify
from microgradnn.explaining.term import Term, evaluate, symbol
from microgradnn.explaining.text import text
from microgradnn.ops import TABLE
from tests.explaining import unequal

x, y, z = symbol("x"), symbol("y"), symbol("z")


@pytest.mark.parametrize(
    ("formula", "simpler"),
    [
        (0 + x, "x"),
        (1 * x, "x"),
        (0 * x, "0"),
        (x * x, "x²"),
        (m.neg(-x), "x"),
        (x - x, "0"),
        (x / x, "1"),
        (x + x, "2·x"),
        (2 * x * 3, "6·x"),
        (x - -(x + y), "2·x + y"),
        (x - 1 * -(y - x) - z, "y − z"),
        (x**2 * x, "x³"),
        (x * x * x / x, "x²"),
        (x**0.5 * x**0.5, "x"),
        ((x * x) ** 0.5, "(x²)^0.5"),  # |x|, so the exponents are not multiplied
        (-x + 1, "1 − x"),
        (-x - y, "−x − y"),
        ((x + y) - (x - y), "2·y"),
        (3 + x + 4, "7 + x"),
        (2 * x + 2 * y, "2·(x + y)"),
        (x * y + x * z, "x·(y + z)"),
        (x * y * 2 - x * z * 2, "2·x·(y − z)"),
        (-1 * x * -1 * y, "x·y"),
        (1 / (2 * m.sqrt(x)), "1/(2·√x)"),
        (x / 2, "x/2"),
        (0.25 * x, "0.25·x"),
        ((x + y) * (x + y), "(x + y)²"),
        (m.exp(0 * x), "1"),
        (m.log(symbol("x") ** 0), "0"),
        (x + math.log(2), "x + 0.6931"),
        (m.dot([x, 1.0], [y, z], 0.0), "x·y + z"),
        (m.where(x > 0, 1.0, math.nan), "1"),
        (m.where(x > 0, y, y), "y"),
        (m.where(1.0, x, y), "x"),
    ],
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_simplified(formula: Term, simpler: str) -> None:
    assert text(simplify(formula)[0]).text == simpler


def test_simplifying_changes_no_number() -> None:
    rng = random.Random(11)
    for _ in range(500):
        made: list[Any] = [x, y, z, 2.0, -1.0, 0.5, 0.0, 1.0]
        for _ in range(8):
            a, b = rng.choice(made), rng.choice(made)
            made.append(
                rng.choice([a + b, a - b, a * b, a * a, -a, a * 3.0, m.square(a), m.tanh(a), a / (2.0 + m.square(b))])
            )
        formula = made[-1]
        if isinstance(formula, Term):
            numbers = {name: rng.uniform(-2, 2) for name in "xyz"}
            before, after = evaluate([formula, *simplify(formula)], numbers)
            assert after == pytest.approx(before, rel=1e-9, abs=1e-9), text(formula).text


@pytest.mark.parametrize("block", range(4))
def test_the_formula_is_the_gradient_of_random_graphs(block: int) -> None:
    # A slice of `python -m tests.explaining 10000`.
    problems = [problem for seed in range(100 * block, 100 * block + 100) if (problem := unequal(seed))]
    assert problems == []


def leaves(**numbers: float) -> list[Value]:
    return [Value(number, label=label) for label, number in numbers.items()]


def test_a_neuron() -> None:
    w, x, b, y = leaves(w=0.5, x=1.2, b=0.1, y=1.0)
    loss = (m.sigmoid(w * x + b) - y) ** 2
    gradient = explain(loss, wrt=w).gradient
    assert str(gradient) == "2·(σ(w·x + b) − y)·σ′(w·x + b)·x"
    assert repr(gradient) == f"∂L/∂w = {gradient}"
    assert gradient.to_latex() == r"2 (\sigma(w \cdot x + b) - y) \cdot \sigma'(w \cdot x + b) \cdot x"
    assert gradient._repr_latex_().startswith(r"$\frac{\partial L}{\partial w} = 2 (")
    loss.backward()
    assert gradient() == pytest.approx(w.grad, rel=1e-12)
    again = [Value(number) for number in (0.3, 1.2, -2.0, 1.0)]
    other = (m.sigmoid(again[0] * again[1] + again[2]) - again[3]) ** 2
    other.backward()
    assert gradient(w=0.3, b=-2.0) == pytest.approx(again[0].grad, rel=1e-12)


def test_leaves_are_called_by_their_labels_and_others_by_the_names_shown() -> None:
    first, second = Value(2.0, label="w[0]"), Value(3.0)
    gradient = explain(first * first * second, wrt=first).gradient
    assert str(gradient) == "2·x1·w[0]"
    assert gradient(**{"w[0]": 5.0, "x1": 2.0}) == 20.0
    assert gradient.names == ("x1", "w[0]")
    with pytest.raises(SettingError, match="'q'"):
        gradient(q=1.0)
    with pytest.raises(NotANumber):
        gradient(x1="2")


def test_two_leaves_of_one_label_are_two() -> None:
    a, b = Value(2.0, label="w"), Value(3.0, label="w")
    gradients = explain(a * b * b).gradients
    assert {name: str(gradient) for name, gradient in gradients.items()} == {"w": "w#2²", "w#2": "2·w·w#2"}
    assert gradients["w"](**{"w#2": 5.0}) == 25.0


def test_a_function_made_of_pieces_is_right_on_the_other_side_too() -> None:
    (w,) = leaves(w=2.0)
    gradient = explain(m.relu(w) * 3.0, wrt=w).gradient
    assert str(gradient) == "3·[w > 0]"
    assert (gradient(), gradient(w=-1.0), gradient(w=0.0)) == (3.0, 0.0, 0.0)
    kept = explain(m.where(1.0, w, 0.0) * m.sqrt(w), wrt=w).gradient
    assert kept(w=4.0) == pytest.approx(3.0)


def test_nothing_flows_through_a_piece_that_is_flat_even_where_the_rest_is_nan() -> None:
    (w,) = leaves(w=-1.0)
    root = m.sqrt(m.relu(w) - 1.0)
    gradient = explain(root, wrt=w).gradient
    root.backward()
    assert w.grad == 0.0
    assert gradient() == 0.0


def test_at_a_tie_with_a_constant_nothing_is_halved() -> None:
    a, b = leaves(a=1.0, b=1.0)
    assert explain(m.maximum(a, 1.0), wrt=a).gradient() == 0.0
    assert explain(m.maximum(a, b), wrt=a).gradient() == 0.5


def test_a_constant_stays_a_number_and_a_frozen_leaf_a_name() -> None:
    a, b = leaves(a=2.0, b=3.0)
    b.frozen = True
    assert str(explain(a * b + a * 4.0, wrt=a).gradient) == "b + 4"
    assert str(explain(a * a.detach(), wrt=a).gradient) == "a#2"


def test_a_users_partial_that_takes_numbers_alone_is_named_and_right() -> None:
    bend = primitive("bend", lambda x: x * x if x > 0 else x, lambda x, out: 2 * x if x > 0 else 1.0)
    wave = primitive(
        "wave", lambda x, y: math.exp(x) * y, [lambda x, y, out: math.exp(x) * y, lambda x, y, out: math.exp(x)]
    )
    try:
        (a,) = leaves(a=0.5)
        e = explain(bend(a) + wave(a, 2.0), wrt=a)
        assert str(e.gradient) == "bend′(a) + wave′₁(a, 2)"
        assert e.gradient.to_latex() == r"\operatorname{bend}'(a) + \operatorname{wave}'_1(a, 2)"
        assert e.gradient() == pytest.approx(1.0 + 2.0 * math.exp(0.5))
        assert e.gradient(a=-1.0) == pytest.approx(1.0 + 2.0 * math.exp(-1.0))
        assert "∂L/∂a = bend′(a) + wave′₁(a, 2)" in str(e)
    finally:
        del TABLE["bend"], TABLE["wave"]


def test_a_long_formula_names_what_it_needs_more_than_once() -> None:
    (a,) = leaves(a=0.5)
    out: Any = a
    for _ in range(30):
        out = m.sin(out) * out
    gradient = explain(out, wrt=a).gradient
    assert str(gradient).startswith("g1 = sin(a)·a; ")
    assert len(str(gradient)) < 5000
    out.backward()
    assert gradient() == pytest.approx(a.grad, rel=1e-9, abs=1e-12)
    assert gradient.to_latex().startswith(r"\begin{aligned} g_1 &= \sin(a) \cdot a \\ g_2 &= \sin g_1 \\ g_3 &= ")
    (b,) = leaves(g_1=0.5)  # which is set as g1 would be
    for _ in range(30):
        b = m.sin(b) * b
    assert str(explain(b).gradient).startswith("g2 = sin(g_1)·g_1; ")


def test_the_root_by_itself_is_1_and_what_does_not_matter_0() -> None:
    (a,) = leaves(a=0.5)
    assert str(explain(a, wrt=a).gradient) == "1"
    assert str(explain(m.sign(a) + 1.0, wrt=a).gradient) == "0"


def test_several_are_asked_for_by_name() -> None:
    a, b = leaves(a=2.0, b=3.0)
    several = explain(a * b, wrt=[b, a])
    assert list(several.gradients) == ["b", "a"]
    with pytest.raises(Misuse, match="gradients"):
        _ = several.gradient
    out: Any = a
    for _ in range(2000):
        out = out + 1.0
    with pytest.raises(Misuse, match="no formula that could be read"):
        _ = explain(out, wrt=a).gradient
