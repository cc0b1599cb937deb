"""Formulas in writing: no parenthesis too many, none too few, and every row in TeX that parses."""

from __future__ import annotations

import random
import re

import pytest

import microgradnn as m
from microgradnn import primitive
from microgradnn.explaining.figures import tex_number, text_number
from microgradnn.explaining.labels import tex_name, text_name
from microgradnn.explaining.mathml import mathml
from microgradnn.explaining.term import Term, applied, slopes, symbol
from microgradnn.explaining.tex import tex
from microgradnn.explaining.text import text
from microgradnn.explaining.writing import write
from microgradnn.notation import CODE, Written
from microgradnn.ops import TABLE, Op
from tests.explaining import KATEX, katex, tex_problems

x, y, z = symbol("x"), symbol("y"), symbol("z")
NESTED = [
    (x + y * z, "x + y·z", r"x + y \cdot z"),
    ((x + y) * z, "(x + y)·z", r"(x + y) \cdot z"),
    (x - (y - z), "x − (y − z)", "x - (y - z)"),
    (x - y - z, "x − y − z", "x - y - z"),
    (x + (y + z), "x + y + z", "x + y + z"),
    (x + -y, "x − y", "x - y"),
    (x - -y, "x − (−y)", "x - (-y)"),
    (x * -y, "x·(−y)", r"x \cdot (-y)"),
    (-(x + y), "−(x + y)", "-(x + y)"),
    (-(x * y), "−x·y", r"-x \cdot y"),
    (m.neg(-x), "−(−x)", "-(-x)"),
    ((-x) ** 2, "(−x)²", "(-x)^2"),
    (-(x**2), "−x²", "-x^2"),
    (x**y, "x^y", "x^y"),
    (x ** (y + 1), "x^(y + 1)", "x^{y + 1}"),
    ((x**y) ** z, "(x^y)^z", "(x^y)^z"),
    (x**-1, "x⁻¹", "x^{-1}"),
    (2 * x, "2·x", "2 x"),
    (2 * (x - y), "2·(x − y)", "2 (x - y)"),
    (x / (y * z), "x/(y·z)", r"\frac{x}{y \cdot z}"),
    (x / y / z, "x/y/z", r"\frac{\frac{x}{y}}{z}"),
    ((x / y) ** 2, "(x/y)²", r"\left(\frac{x}{y}\right)^2"),
    (m.square(x + 1), "(x + 1)²", "(x + 1)^2"),
    (m.log(x) + y, "ln(x) + y", r"\ln x + y"),
    (y * m.log(x + 1), "y·ln(x + 1)", r"y \cdot \ln(x + 1)"),
    (m.log1p(-x), "ln(1 + (−x))", r"\ln(1 + (-x))"),
    (m.log(x / y), "ln(x/y)", r"\ln\left(\frac{x}{y}\right)"),
    (m.sin(x) ** 2, "sin(x)²", r"\sin^2 x"),
    (m.exp(-x), "e^(−x)", "e^{-x}"),
    (m.exp(x) ** 2, "(e^x)²", "(e^x)^2"),
    (m.sqrt(x + y), "√(x + y)", r"\sqrt{x + y}"),
    (m.abs(x - y), "|x − y|", r"\left|x - y\right|"),
    (m.sigmoid(x), "σ(x)", r"\sigma(x)"),
    (m.leaky_relu(x), "leaky_relu(x, 0.01)", r"\operatorname{leaky\_relu}(x, 0.01)"),
    (m.maximum(x, y), "max(x, y)", r"\max(x, y)"),
    (m.gauss(x, y + 1), "e^(−(y + 1)·x²)", "e^{-(y + 1) x^2}"),
    (m.mul(m.mul(symbol("x") * 0 + 2, 3.0), 1.5), "(x·0 + 2)·3·1.5", r"(x \cdot 0 + 2) \cdot 3 \cdot 1.5"),
    (m.dot([x, y], [y, z], z), "x·y + y·z + z", r"x \cdot y + y \cdot z + z"),
    (m.sum([x, -y, 2.0]), "x − y + 2", "x - y + 2"),
    (m.sum([x] * 9), "x + x + x + x + … + x", r"x + x + x + x + \cdots + x"),
    (m.logsumexp([x, y]), "logsumexp(x, y)", r"\operatorname{logsumexp}(x, y)"),
    (x * 1e-5, "x·10⁻⁵", r"x \cdot 10^{-5}"),
    (x + 1.5e-7, "x + 1.5·10⁻⁷", r"x + 1.5 \cdot 10^{-7}"),
    (m.where(x > y, x, y + 1), "x if x > y else y + 1",
     r"\begin{cases}x & \text{if } x > y \\ y + 1 & \text{otherwise}\end{cases}"),
    (m.where(x, y, z), "y if x ≠ 0 else z",
     r"\begin{cases}y & \text{if } x \ne 0 \\ z & \text{otherwise}\end{cases}"),
    (m.where(x + 1, 1.0, 0.0), "[x + 1 ≠ 0]", r"[x + 1 \ne 0]"),
    (y * m.tanh(x + 1) ** 2, "y·tanh(x + 1)²", r"y \cdot \tanh^2(x + 1)"),
    ((m.tanh(x) ** 2) ** y, "(tanh(x)²)^y", r"\tanh^2(x)^y"),
    (2 * symbol("rate"), "2·rate", r"2 \cdot \mathrm{rate}"),
    (2 * m.where(x > 0, 1.0, 0.0), "2·[x > 0]", "2 [x > 0]"),
    (symbol("w[0][1]") * symbol("alpha"), "w[0][1]·alpha", r"w_{0,1} \cdot \alpha"),
    (symbol("w[0]") ** 2, "w[0]²", "w_0^2"),
    (symbol("layer0.neuron3.w[1]") ** 2, "layer0.neuron3.w[1]²", "(w^{(0)}_{3,1})^2"),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "plain", "typeset"), NESTED, ids=[case[1] for case in NESTED])
def test_a_formula_is_set_as_in_a_textbook(formula: Term, plain: str, typeset: str) -> None:
    assert text(formula).text == plain
    assert tex(formula).text == typeset


@pytest.mark.parametrize(
    ("label", "typeset"),
    [
        ("w", "w"),
        ("w1", "w_{1}"),
        ("w_1", "w_{1}"),
        ("w[0][1]", "w_{0,1}"),
        ("w[i]", "w_{i}"),
        ("layer0.neuron3.w[1]", "w^{(0)}_{3,1}"),
        ("layer2.neuron0.b", "b^{(2)}_{0}"),
        ("alpha", r"\alpha"),
        ("α", r"\alpha"),
        ("beta_2", r"\beta_{2}"),
        ("loss", r"\mathrm{loss}"),
        ("loss_fn", r"\mathrm{loss\_fn}"),
        ("y_pred", r"y_{\mathrm{pred}}"),
        ("x'", "x'"),
        ("w#2", r"w^{\langle 2 \rangle}"),
        ("model.w", r"\text{model{.}w}"),
        ("größe", r"\text{größe}"),
        ("3", r"\text{{\char8220}3{\char8221}}"),
        ("  ", r"\text{{\char8220}  {\char8221}}"),
        ('"', r"\text{{\char34}}"),
        (r"\input{x}", r"\text{{\textbackslash}input\{x\}}"),
        ("$%&#", r"\text{{\textdollar}\%\&\#}"),
        ("a\nb", r"\text{a{\textbackslash}nb}"),
        ("a\u202eb", r"\text{a{\textbackslash}u202eb}"),
        ("<script>", r"\text{{\textless}script{\textgreater}}"),
    ],
)
def test_a_label_in_tex(label: str, typeset: str) -> None:
    assert tex_name(label) == typeset


def test_a_label_in_text_stands_in_quotation_marks_where_it_reads_as_no_name() -> None:
    assert text_name("layer0.neuron3.w[1]") == "layer0.neuron3.w[1]"
    assert text_name("a + b") == "“a + b”"
    assert text_name("3") == "“3”"
    assert text_name("a\u202eb") == r"“a\u202eb”"
    assert len(text_name("x" * 1000)) == 62  # the middle is left out


@pytest.mark.parametrize(
    ("number", "plain", "typeset"),
    [
        (0.06208, "0.06208", "0.06208"),
        (-3.0, "−3", "-3"),
        (1e-5, "10⁻⁵", "10^{-5}"),
        (-1e22, "−10²²", "-10^{22}"),
        (0.1 + 0.2, "0.3", "0.3"),
        (0.999999, "0.999999", "0.999999"),
        (float("inf"), "∞", r"\infty"),
        (float("-inf"), "−∞", r"-\infty"),
        (float("nan"), "nan", r"\mathrm{nan}"),
        (3.141592653589793, "π", r"\pi"),
    ],
)
def test_numbers(number: float, plain: str, typeset: str) -> None:
    assert text_number(number).text == plain
    assert tex_number(number).text == typeset


def row_formulas(op: Op) -> list[str]:
    """A row, alone and with operands that need parentheses, and its derivatives."""
    count = op.arity or 3
    plain, compound = [x, y, z][:count], [x + y, x / y, -z][:count]
    formulas = [applied(op, plain), applied(op, compound) ** 2, y * applied(op, compound) * x, -applied(op, compound)]
    if op.name != "peak":
        formulas += slopes(op, plain, applied(op, plain), range(count))
        formulas += slopes(op, compound, applied(op, compound), range(count))
    return [tex(formula).text for formula in formulas]


@pytest.mark.parametrize("op", TABLE.values(), ids=lambda op: op.name)
def test_every_row_is_tex_that_closes_what_it_opens(op: Op) -> None:
    for formula in row_formulas(op):
        assert tex_problems(formula) == []
        assert len(re.findall(r"\\left\b", formula)) == len(re.findall(r"\\right\b", formula))


@pytest.mark.skipif(not KATEX, reason="MICROGRADNN_KATEX names no folder that holds KaTeX, so it cannot be asked")
def test_katex_parses_every_row_every_label_and_every_number() -> None:
    formulas = [formula for op in TABLE.values() for formula in row_formulas(op)]
    formulas += [case[2] for case in NESTED]
    assert katex(formulas) == []


def test_a_users_row_is_written_by_its_own_template_or_by_its_name() -> None:
    slope = [lambda x, out: 3 * x**2]
    good = primitive("cube_shown", lambda x: x**3, slope, tex=r"\operatorname{{cube}}({0})")
    bad = primitive("cube_bad", lambda x: x**3, slope, tex="{1} {oops}")
    try:
        assert tex(good(x + 1)).text == r"\operatorname{cube}(x + 1)"
        assert text(good(x + 1)).text == "cube(x + 1)"
        assert tex(bad(x)).text == r"\operatorname{cube\_bad}(x)"
        assert text(bad(x)).text == "cube_bad(x)"
    finally:
        del TABLE["cube_shown"], TABLE["cube_bad"]


def test_another_language_is_a_notation_of_its_own() -> None:
    code = write(m.exp(x * (y + 1)) ** 2, CODE, Written, lambda number: Written(repr(number)))
    assert code.text == "exp(x * (y + 1.0)) ** 2.0"


def test_mathml_nests_as_the_formula_does() -> None:
    assert mathml(r"\frac{x}{2}") == (
        "<math><mrow><mfrac><mrow><mi>x</mi></mrow><mrow><mn>2</mn></mrow></mfrac></mrow></math>"
    )
    assert "<msubsup>" in mathml("w^{(0)}_{3,1}")
    assert "<mtext>a&lt;b</mtext>" in mathml(r"\text{a{\textless}b}")


def test_mathml_never_fails() -> None:
    rng = random.Random(5)
    commands = [rf"\{name}" for name in ("left", "right", "frac", "begin", "end", "char", "text", "foo", "", "\\")]
    pieces = [*commands, "{", "}", "^", "_", "'", "{cases}", "&", "x", "1.5", " ", "("]
    for _ in range(3000):
        formula = "".join(rng.choice(pieces) for _ in range(rng.randrange(1, 12)))
        found = mathml(formula)
        assert found.startswith("<math>"), formula
        assert found.count("<mrow>") == found.count("</mrow>"), formula
