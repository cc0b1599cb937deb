"""Where a nan or an infinity came from."""

from __future__ import annotations

import math
import os
import sys
from types import SimpleNamespace
from typing import Any

import pytest

import microgradnn as m
from microgradnn import Value, first_nonfinite, no_grad
from microgradnn.articles.stories import ARTICLES
from microgradnn.births import place
from microgradnn.engine import origins
from microgradnn.nest import flatten


def here(offset: int = 0) -> str:
    """The caller's line, as messages have it."""
    import sys

    frame = sys._getframe(1)
    return place(frame.f_code.co_filename, frame.f_lineno + offset)


def test_the_message_of_the_design() -> None:
    x = Value(0.7, label="x")
    root = m.log(x - 2) * 3
    line = here(-1)
    birth = first_nonfinite(root)
    assert birth is not None
    assert str(birth) == f"nan was born in log(x - 2) at {line}: -1.3 is outside its domain x > 0"
    assert (birth.kind, birth.expression, birth.line) == ("value", "log(x - 2)", line)
    assert math.isnan(birth.number)


def made(text: str) -> Any:
    names = {name: Value(x, label=name) for name, x in {"x": 0.0, "y": -2.0, "big": 1e200, "z": 1000.0}.items()}
    return eval(text, {"m": m, **names})


@pytest.mark.parametrize(
    ("text", "start", "reason"),
    [
        ("1 / x", "inf was born in 1 / x", "x = 1, y = 0 is outside its domain y ≠ 0"),
        ("m.exp(z)", "inf was born in exp(z)", "the result is too large for a float; the operands are 1000"),
        (
            "big * big - big * big",
            "inf was born in big * big",
            "too large for a float; the operands are 1e+200, 1e+200",
        ),
        ("y ** 0.5", "nan was born in y ** 0.5", "x = -2, y = 0.5 is outside its domain"),
        ("m.sqrt(y * 3)", "nan was born in sqrt(y * 3)", "-6 is outside its domain x ≥ 0"),
        ("m.asin(y)", "nan was born in asin(y)", "-2 is outside its domain −1 ≤ x ≤ 1"),
        ("m.dot([big, x], [big, z])", "inf was born in dot([big, x], [big, z])", "too large for a float"),
        ("m.tanh(m.log(x) * 0)", "-inf was born in log(x)", "0 is outside its domain x > 0"),
    ],
)
def test_operations_that_give_birth(text: str, start: str, reason: str) -> None:
    message = str(first_nonfinite(made(text)))
    assert message.startswith(start), message
    assert "at <string>:1:" in message
    assert message.partition(": ")[2].endswith(reason) or reason in message


def test_the_first_one_is_named_and_not_one_that_did_no_harm() -> None:
    x = Value(0.0, label="x")
    harmless = m.exp(m.log(x))  # exp(-inf) is 0
    root = harmless + m.log(x - 1)
    assert str(first_nonfinite(root)).startswith("nan was born in log(x - 1)")


def test_a_branch_that_was_not_taken_is_not_named() -> None:
    x = Value(-1.0, label="x")
    root = m.sqrt(m.where(x > 0, m.log(x), x))
    assert str(first_nonfinite(root)).startswith("nan was born in sqrt(where(0, log(x), x))")


def test_what_came_in_from_outside() -> None:
    bad = Value(math.nan, label="target")
    assert str(first_nonfinite(bad * 2 + 1)) == "nan came in from outside, as 'target': look at the data"
    assert str(first_nonfinite(Value(1.0) * math.inf)) == "inf came in from outside, as a number: look at the data"
    assert first_nonfinite(bad).kind == "input"  # type: ignore[union-attr]
    assert first_nonfinite(math.inf).kind == "input"  # type: ignore[union-attr]


def test_what_was_not_recorded_still_has_its_line() -> None:
    with no_grad():
        frozen = m.log(Value(-1.0))
        line = here(-1)
    message = str(first_nonfinite(frozen + Value(1.0)))
    assert message == f"nan was born at {line}, in a computation that was not recorded"


def test_what_is_finite_has_no_birth() -> None:
    assert first_nonfinite(Value(1.0)) is None
    assert first_nonfinite(2.0) is None
    x = Value(0.5)
    assert first_nonfinite(m.tanh(x) * x) is None
    assert x.grad == 0.0
    assert not x.graded


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("m.sqrt(x)", "the gradient became inf in sqrt(x): its derivative at x = 0 is inf"),
        (
            "m.square(m.sqrt(x))",
            "the gradient became nan in sqrt(x): its derivative at x = 0 is inf, and what arrives from above is 0",
        ),
        ("m.sqrt(x * x) + z", "the gradient became inf in sqrt(x * x): its derivative at the operand 0 is inf"),
        (
            "x * big * big",
            "the gradient became inf in x * big: 1e+200 arrives from above, and the derivative is 1e+200: "
            "the product overflows",
        ),
        (
            "x * 1e308 + x * 1e308",
            "the gradient became inf in x * 1e+308: several paths add up to more than a float holds",
        ),
    ],
)  # fmt: skip
def test_gradients_that_are_not_finite_though_the_numbers_are(text: str, message: str) -> None:
    birth = first_nonfinite(made(text))
    assert birth is not None
    assert birth.kind == "gradient"
    assert str(birth) == message


def test_lines_are_told_from_where_one_stands(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert place(str(tmp_path / "model.py"), 12) == "model.py:12"
    assert place(str(tmp_path.parent / "model.py"), 12) == f"{tmp_path.parent / 'model.py'}:12"
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert place("model.py", 3) == "model.py:3"
    os.chdir(tmp_path)


def test_a_chain_of_any_length() -> None:
    x = Value(-1.0, label="x")
    root = m.log(x)
    for _ in range(100_000):
        root = root + 1.0
    assert str(first_nonfinite(root)).startswith("nan was born in log(x)")


def test_a_cell_of_a_notebook_is_told_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    # File names as ipykernel and IPython make them; IPython's compiler tells ("Cell", "In[3]") for one that it knows.
    file = os.path.join(os.sep, "tmp", "ipykernel_2054", "964256634.py")
    assert place(file, 5) == "a cell, line 5"
    assert place("<ipython-input-7-1a2b3c4d5e6f>", 5) == "cell [7], line 5"
    told = {file: ("Cell", "In[3]")}
    compiler = SimpleNamespace(format_code_name=lambda name: told.get(name))
    ipython = SimpleNamespace(get_ipython=lambda: SimpleNamespace(compile=compiler))
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    assert place(file, 5) == "cell [3], line 5"
    assert place(file.replace("9642", "9643"), 5) == "a cell, line 5"
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    assert place(file, "5") == "a cell, line 5"


def test_a_module_of_an_installed_library_is_told_from_the_library_on() -> None:
    folder = os.path.join(os.sep, "home", "me", "venv", "lib", "site-packages")
    assert place(os.path.join(folder, "nets", "losses.py"), 3) == f"{os.path.join('nets', 'losses.py')}:3"


def test_lines_of_the_articles_are_not_told() -> None:
    article = ARTICLES["mikir"]
    values, rebuild = flatten(article.at())
    with origins() as lines:
        article.network.loss(**rebuild([Value(x) for x in values]))
        own = Value(2.0) * 3.0
    assert lines[own].startswith(__file__)
    assert {line for value, line in lines.items() if value is not own} == {""}
