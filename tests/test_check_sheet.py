"""Reports as they are shown: in colours on a terminal, plain elsewhere, HTML in a notebook; one verdict for all."""

from __future__ import annotations

import io
import re
import sys
from typing import Any

import pytest

from microgradnn.check import Diagnosis, Finding, Mistake, check_gradients, compare, diagnose_steps
from microgradnn.check.sheet import Judged, colourful
from microgradnn.errors import WrongGradient

CODE = "a = w < 1\n2 * a"


def diagnosis(*mistakes: Mistake, message: str = "why") -> Diagnosis:
    return Diagnosis((Finding("w[0]", mistakes, message, suggestion=CODE, suggestion_tex="2 a"),), 32, remarks=("so",))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal as the standard output."""
    found = Terminal()
    monkeypatch.setattr(sys, "stdout", found)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("TTY_COMPATIBLE", raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    return found


def bare(text: str) -> list[str]:
    """The words without the escape codes of colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text).split()


def test_print_is_coloured_on_a_terminal_and_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    found, out = diagnosis(Mistake.SIGN), terminal(monkeypatch)
    print(found)
    assert "\x1b[" in out.getvalue()
    assert bare(out.getvalue()) == found.text().split()
    assert "\x1b[" not in f"{found}" + found.text() + repr(found)


def test_a_report_printed_to_a_file_is_plain_even_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    found, file, out = diagnosis(Mistake.SIGN), io.StringIO(), terminal(monkeypatch)
    found.print(file)
    assert file.getvalue() == found.text() + "\n"
    found.print()
    assert "\x1b[" in out.getvalue()


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_who_wants_no_colours_gets_none(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    out = terminal(monkeypatch)
    monkeypatch.setenv(name, value)
    print(diagnosis(Mistake.SIGN))
    assert out.getvalue() == diagnosis(Mistake.SIGN).text() + "\n"


def test_a_stream_that_cannot_be_asked_is_no_terminal() -> None:
    assert not colourful(None)
    assert not colourful(object())
    assert not colourful(io.StringIO())


def test_html_is_escaped_and_keeps_the_lines_of_code() -> None:
    html = diagnosis(Mistake.SIGN, message="<script>&")._repr_html_()
    assert "&lt;script&gt;&amp;" in html
    assert "<pre>a = w &lt; 1\n2 * a</pre>" in html
    assert "$2 a$" in html
    assert "<script" not in html


def test_text_cannot_break_out_of_its_line() -> None:
    assert "\x1b" not in diagnosis(Mistake.SIGN, message="\x1b[31m red").text()


def square(w: Any) -> Any:
    return w * w


def test_all_reports_have_one_verdict() -> None:
    at = {"w": 3.0}
    right: list[Judged] = [
        compare(square, lambda w: {"w": 2 * w}, at),
        check_gradients(square, 3.0),
        diagnose_steps(square, {"w": 6.0}, at),
        Diagnosis(()),
        diagnosis(Mistake.SUBGRADIENT),
    ]
    wrong: list[Judged] = [
        compare(square, lambda w: {"w": w}, at),
        diagnose_steps(square, {"w": 5.0}, at),
        diagnosis(Mistake.SIGN),
        diagnosis(Mistake.SUBGRADIENT, Mistake.SIGN),
    ]
    for report in right:
        assert report.ok
        assert report.require() is report
    for report in wrong:
        assert not report.ok
        with pytest.raises(WrongGradient) as error:
            report.require()
        assert str(error.value) == report.text()
