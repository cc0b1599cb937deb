"""explain(): the derivation of a graph, in words, symbols and numbers, in every format."""

from __future__ import annotations

import copy
import doctest
import random
from pathlib import Path
from typing import Any

import pytest

import microgradnn as m
from microgradnn import Value, explain, kinks, no_grad
from microgradnn.errors import Misuse, NotANumber
from microgradnn.nn import MLP
from tests.explaining import (
    KATEX,
    active,
    at,
    explained,
    formulas_of,
    html_problems,
    katex,
    markdown_problems,
    random_graph,
    tex_problems,
)


def leaves(**numbers: float) -> list[Value]:
    return [Value(number, label=label) for label, number in numbers.items()]


def named(value: Any, label: str) -> Any:
    value.label = label
    return value


def neuron() -> tuple[Value, list[Value]]:
    w, x, b, y = leaves(w=0.5, x=1.2, b=0.1, y=1.0)
    z = named(w * x + b, "z")
    a = named(z.sigmoid(), "a")
    return named((a - y) ** 2, "L"), [w, x, b, y]


NEURON = """\
Given
    w = 0.5
    x = 1.2
    b = 0.1
    y = 1

Forward
  z comes from w, x and b:
    z = w·x + b = 0.5 · 1.2 + 0.1 = 0.7
  a comes from z:
    a = σ(z) = σ(0.7) = 0.6682
  L comes from a and y:
    L = (a − y)² = (0.6682 − 1)² = 0.1101

Backward
    ∂L/∂L = 1
  L depends on a directly:
    ∂L/∂a = 2·(a − y) = 2·(0.6682 − 1) = −0.6636
  z acts through a, with the slope that a has there:
    ∂L/∂z = ∂L/∂a · σ′(z) = −0.6636 · 0.2217 = −0.1471
  w acts through z, with the slope that z has there:
    ∂L/∂w = ∂L/∂z · x = −0.1471 · 1.2 = −0.1766

Remarks
  In general:
    σ′(x) = σ(x)·σ(−x)"""


def test_a_neuron_by_its_labels() -> None:
    # By hand: σ(0.7) = 0.66819, σ′ = σ(1 − σ) = 0.22171, 2(σ − 1) = −0.66362; products −0.14713 and −0.17656.
    loss, (w, *_) = neuron()
    assert str(explain(loss, wrt=w)) == NEURON
    assert repr(explain(loss, wrt=w)) == NEURON


def test_numbers_are_those_of_backward_and_nothing_is_written() -> None:
    loss, values = neuron()
    text = str(explain(loss))
    assert not any(value.graded for value in values)
    loss.backward()
    for value in values:
        assert f"{value.grad:.4g}".replace("-", "−") in text


def test_what_is_used_twice_is_named_once_and_its_paths_are_added() -> None:
    (a,) = leaves(a=2.0)
    b = a * 3.0
    text = str(explain(m.sin(b) * b))
    assert text.count("v1 = a·3") == 1
    assert "L = sin(v1)·v1" in text
    c = named(a * a, "c")
    text = str(explain(named(c * 2.0, "d") + named(c * a, "e"), wrt=c))
    assert "c acts through d and e, and what comes down from each adds up:" in text
    assert "∂L/∂c = ∂L/∂d · 2 + ∂L/∂e · a = 1 · 2 + 1 · 2 = 4" in text


def test_unlabelled_values_get_names_that_are_free() -> None:
    a, b = Value(2.0, label="v1"), Value(3.0, label="L")
    c = (a * b).exp()
    text = str(explain(m.sin(c) * c + Value(1.0)))
    assert "v2 = e^(v1·L)" in text
    assert "out = " in text
    assert "x1 = 1" in text


def test_a_formula_has_a_size_that_can_be_read() -> None:
    values = [Value(1.0 + k / 8, label=f"x[{k}]") for k in range(40)]
    out: Any = values[0]
    for value in values[1:]:
        out = out * value + value
    for line in str(explain(out)).split("\n"):
        assert len(line) < 120, line


def test_a_long_sum_shows_its_ends() -> None:
    values = [Value(1.0, label=f"w[{k}]") for k in range(20)]
    text = str(explain(m.dot(values, [2.0] * 20), wrt=values[0]))
    assert "L = w[0]·2 + w[1]·2 + w[2]·2 + w[3]·2 + … + w[19]·2" in text
    (a,) = leaves(a=0.5)
    text = str(explain(m.sum([named((a * float(k)).exp(), f"s{k}") for k in range(10)])))
    assert "a acts through s0, s1, s2, s3, …, s9" in text
    assert "∂L/∂a = ∂L/∂s0 · 0 + ∂L/∂s1 · s1 + ∂L/∂s2 · 2·s2 + ∂L/∂s3 · 3·s3 + … + ∂L/∂s9 · 9·s9" in text


def test_equal_labels_are_told_apart() -> None:
    a, b = Value(2.0, label="w"), Value(5.0, label="w")
    text = str(explain(a * b))
    assert "L = w·w#2 = 2 · 5 = 10" in text
    assert "Several Values are labelled 'w'" in text


def test_labels_that_look_alike_in_tex_are_told_apart() -> None:
    a, b = Value(2.0, label="w1"), Value(5.0, label="w_1")
    latex = explain(a * b).to_latex()
    assert r"w_1 \cdot \text{w\_1}" in latex


def test_kinks_in_use_are_said_with_the_slope_that_was_chosen() -> None:
    (a,) = leaves(a=0.0)
    assert "In L the operand of relu lies on its kink, x = 0" in str(explain(m.relu(a)))
    assert "the rule in force chooses 0." in str(explain(m.relu(a)))
    with kinks("right"):
        assert "the rule in force chooses 1." in str(explain(m.relu(a)))


def test_a_flat_piece_passes_nothing_down() -> None:
    (a,) = leaves(a=-1.3)
    text = str(explain(named(m.relu(a), "r") * 2.0, wrt=a))
    assert "a does not move r here, so nothing comes down:" in text
    assert "∂L/∂a = ∂L/∂r · [a > 0] = 2 · 0 = 0" in text
    assert "A condition in square brackets is 1 where it holds and 0 elsewhere." in text


def test_births_of_nan_and_infinity_are_said() -> None:
    (a,) = leaves(a=-2.0)
    assert "nan was born in log(a)" in str(explain(m.log(a) + 1.0))
    (a,) = leaves(a=0.0)
    assert "the gradient became inf in sqrt(a)" in str(explain(m.sqrt(a)))


def test_constants() -> None:
    a, b = leaves(a=2.0, b=3.0)
    b.frozen = True
    text = str(explain(a * b + 1.0))
    assert "A constant, through which no gradient is taken:\n    b = 3" in text
    assert "∂L/∂b" not in text
    with no_grad():
        c = a * b
    assert "nothing was recorded" in str(explain(c))
    assert "Nothing was computed here: this is a leaf" in str(explain(a))


def test_wrt_limits_the_second_part() -> None:
    loss, (w, x, b, _) = neuron()
    assert "∂L/∂x" not in str(explain(loss, wrt=w))
    both = str(explain(loss, wrt=[w, b]))
    assert "∂L/∂w" in both
    assert "∂L/∂b" in both
    assert "∂L/∂x" not in both
    assert x.label == "x"


def test_what_cannot_be_explained_is_refused_with_a_way_out() -> None:
    (a,) = leaves(a=2.0)
    with pytest.raises(NotANumber, match="takes the Value"):
        explain(3.0)  # type: ignore[arg-type]
    with pytest.raises(NotANumber, match="wrt is a Value"):
        explain(a * 2.0, wrt=3.0)  # type: ignore[arg-type]
    with pytest.raises(Misuse, match="empty list"):
        explain(a * 2.0, wrt=[])
    with pytest.raises(Misuse, match="was not computed from"):
        explain(a * 2.0, wrt=Value(1.0))
    frozen = Value(1.0)
    frozen.frozen = True
    with pytest.raises(Misuse, match="is a constant"):
        explain(a * frozen, wrt=frozen)
    stale = a * a
    a.data = 3.0
    with pytest.raises(Misuse, match="was changed after"):
        explain(stale)
    ring = a * 2.0 + 1.0
    ring._x._x = ring
    with pytest.raises(Misuse, match="circle"):
        explain(ring)


def test_an_explanation_holds_what_was_so_when_it_was_made() -> None:
    loss, (w, *_) = neuron()
    explanation = explain(loss)
    before = explanation.to_html()
    w.data = 100.0
    loss._x = loss
    assert explanation.to_html() == before
    assert "w = 0.5" in repr(explanation)


def test_a_very_large_graph_is_explained_at_its_end() -> None:
    (a,) = leaves(a=1.0)
    out: Any = a
    for _ in range(60_000):
        out = out * 0.5 + 1.0
    explanation = explain(out)
    text = str(explanation)
    assert "The graph is large: only its 20,000 youngest Values are explained" in text
    assert "more steps are left out here" in text
    assert len(text) < 30_000
    assert len(explanation.to_html()) < 300_000
    with pytest.raises(Misuse, match="more than 20,000 Values"):
        explain(out, wrt=a)


def test_a_training_step_of_a_network_is_explained() -> None:
    random.seed(1)
    model = MLP(2, [16, 16, 1])
    loss = m.sum([(model([0.1 * k, -0.2 * k]) - 1.0) ** 2 for k in range(20)])
    loss.backward()
    text = str(explain(loss))
    assert "numbers are left out here" in text
    assert "derivatives are left out here" in text
    explain(loss, wrt=model.parameters()[-1]).to_html()


def test_no_format_depends_on_anything_but_the_graph() -> None:
    first, second = explain(neuron()[0]), explain(copy.deepcopy(neuron()[0]))
    for write in ("to_latex", "to_markdown", "to_html", "__str__"):
        assert getattr(first, write)() == getattr(second, write)()


def test_every_format_is_valid_on_random_graphs() -> None:
    for seed in range(40):
        root, _ = at(*random_graph(seed)[:2])
        e = explain(root)
        assert markdown_problems(e.to_markdown()) == [], seed
        assert html_problems(e.to_html(), []) == [], seed
        for formula in formulas_of(e):
            assert tex_problems(formula) == [], f"{seed}: {formula}"


def test_hostile_labels_are_shown_and_do_nothing() -> None:
    # A slice of `python -m tests.explaining 10000`.
    assert [problem for seed in range(60) for problem in active(seed)] == []


def test_hostile_labels_are_shown_as_they_are() -> None:
    a = Value(1.0, label='<b>"&amp;\\input{x}%$')
    e = explain(a * 2.0)
    assert 'L = “<b>"&amp;\\input{x}%$”·2' in str(e)
    assert "&lt;b&gt;&quot;&amp;amp;\\input{x}%$" in e.to_html()


@pytest.mark.skipif(not KATEX, reason="MICROGRADNN_KATEX names no folder that holds KaTeX, so it cannot be asked")
def test_katex_parses_200_random_graphs_and_hostile_labels() -> None:
    formulas = [formula for seed in range(200) for formula in formulas_of(explain(at(*random_graph(seed)[:2])[0]))]
    formulas += [formula for seed in range(60) for formula in formulas_of(explained(seed)[0])]
    assert katex(formulas) == []


def test_notebooks_get_latex() -> None:
    e = explain(neuron()[0])
    assert e._repr_latex_() == f"$$\n{e.to_latex()}\n$$"
    assert e.to_latex().startswith("\\begin{aligned}\n&\\textbf{Given} \\\\\nw &= 0.5 \\\\\n")


def test_the_page_shows_what_happens() -> None:
    page = Path(__file__).parent.parent / "docs" / "explaining.md"
    assert doctest.testfile(str(page), module_relative=False) == (0, 11)
