"""`microgradnn diagnose`: the verdict on each published rule, and that the rule put right passes."""

from __future__ import annotations

import dataclasses
import io
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from rich.console import Console

from microgradnn import cli
from microgradnn.articles.diagnosed import Verdicts, verdicts
from microgradnn.articles.stories import ARTICLES
from microgradnn.check import Diagnosis, Finding, Mistake
from microgradnn.drawing.text import xml
from microgradnn.tour.clinic import report, tell

M, S, P = Mistake.MISSING_LOCAL_DERIVATIVE, Mistake.STALE_VALUES, Mistake.WRONG_POINT
# The faults of the published rules, worked out by hand from the articles: {parameter: kinds}.
FAULTS: dict[str, dict[str, set[Mistake]]] = {
    "nanoneuron": {},
    "mikir": {"hidden_weights": {S}, "hidden_bias": {S}},
    "mlp_xor": {"synapse0": {P}, "synapse1": {P}},
    "quadrants_1": {"bias": {M}},
    "quadrants_2": {"hidden_weights": {M, S}, "hidden_bias": {M, S}, "output_bias": {M}},
}


@pytest.fixture(scope="module")
def found() -> dict[str, Verdicts]:
    return {name: verdicts(article) for name, article in ARTICLES.items()}


def test_every_article_has_its_faults_here() -> None:
    assert list(FAULTS) == list(ARTICLES)


@pytest.mark.parametrize("name", FAULTS)
def test_the_faults_are_named_and_the_corrected_rule_passes(name: str, found: dict[str, Verdicts]) -> None:
    kinds: dict[str, set[Mistake]] = {}
    for finding in found[name].published.findings:
        kinds.setdefault(finding.where.partition("[")[0], set()).update(finding.mistakes)
    assert {where: each - {Mistake.COINCIDENCE} for where, each in kinds.items()} == FAULTS[name]
    assert found[name].corrected.ok
    assert found[name].published.ok == (not FAULTS[name])


def test_descent_written_as_minus_the_gradient_is_told(found: dict[str, Verdicts]) -> None:
    assert found["nanoneuron"].minus
    assert [name for name in ARTICLES if found[name].minus] == ["nanoneuron"]
    assert "descent, written as minus the gradient and added" in found["nanoneuron"].line


def test_findings_speak_of_neurons_by_name(found: dict[str, Verdicts]) -> None:
    last = found["mlp_xor"].published.findings[-1]
    assert last.where == "synapse1[3][0]"
    assert "z_output" in last.message  # where the slope should have been taken
    assert "z_blue" in found["quadrants_1"].published.findings[0].message


def wrong(*findings: tuple[str, tuple[Mistake, ...]]) -> Diagnosis:
    return Diagnosis(tuple(Finding(where, kinds, f"why {where}") for where, kinds in findings))


def test_the_line_names_each_kind_once() -> None:
    published = wrong(
        ("w[0]", (Mistake.STALE_VALUES, Mistake.COINCIDENCE)),
        ("w[1]", (Mistake.STALE_VALUES,)),
        ("b", (Mistake.SIGN, Mistake.STALE_VALUES)),
        ("c", (Mistake.COINCIDENCE,)),
        ("d", (Mistake.SUBGRADIENT,)),
    )
    corrected = wrong(("w[0]", (Mistake.UNKNOWN,)))
    line = Verdicts(ARTICLES["mikir"], published, corrected, False).line
    named = "stale values in w, b; sign in b; coincidence in c"
    assert line == f"The published rule is wrong: {named}. The corrected rule is wrong as well."


def test_the_command_prints_both_reports(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["diagnose", "quadrants_1"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "\x1b" not in out
    for part in (ARTICLES["quadrants_1"].title, "The rule as published", "The rule put right", "bias[0], bias[1]"):
        assert part in out
    assert out.endswith("The published rule is wrong: missing local derivative in bias. The corrected rule is right.\n")


def test_without_a_name_all_are_diagnosed(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr("microgradnn.tour.clinic.tell", lambda articles: bool(seen.append(articles)))
    assert cli.run(["diagnose"]) == 1  # the stand-in says that a corrected rule fails
    assert cli.run(["diagnose", "mikir", "mlp_xor"]) == 1
    assert [[article.name for article in articles] for articles in seen] == [list(ARTICLES), ["mikir", "mlp_xor"]]


def test_an_unknown_name_lists_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["diagnose", "perceptron"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert all(name in err for name in ARTICLES)
    assert cli.run(["diagnose", "--help"]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in ARTICLES)


def test_a_terminal_gets_lines_of_its_width(monkeypatch: pytest.MonkeyPatch) -> None:
    published = wrong(("w[0]", (Mistake.SIGN,)))
    published = dataclasses.replace(published, remarks=("a remark of many words " * 10, "and \x1b[31mno colour"))
    both = Verdicts(ARTICLES["mikir"], published, published, False)
    monkeypatch.setattr("microgradnn.tour.clinic.verdicts", lambda _: both)
    out = io.StringIO()
    screen = Console(file=out, force_terminal=True, width=40, color_system=None, highlight=False)
    assert not tell([ARTICLES["mikir"]] * 2, screen)
    body = out.getvalue().split("The rule put right")[0]
    assert max(map(len, body.splitlines())) <= 40
    assert "\x1b[31m" not in out.getvalue()


def test_the_report_is_a_page_with_all_there_is_to_say() -> None:
    finding = Finding("w[0]", (Mistake.SIGN,), "a < b", {}, "-(a & b)", "", (wrong(("w", (P,))).findings[0],))  # type: ignore[arg-type]
    html = report(Verdicts(ARTICLES["mikir"], Diagnosis((finding,), remarks=("note",)), wrong(), False))
    for part in ("<title>mikir: ", "a &lt; b", "-(a &amp; b)", "Or else: why w", "<p>note</p>", "sign: <code>w[0]"):
        assert part in html


def test_the_right_expression_is_typeset_without_a_script(found: dict[str, Verdicts]) -> None:
    html = report(found["quadrants_2"])
    assert "<script" not in html
    formulas = re.findall(r'<div class="formula">(<math.*?</math>)</div>', html)
    assert len(formulas) > 10
    for formula in formulas:
        words = "".join(ElementTree.fromstring(formula).itertext())
        assert "\\" not in words
        assert "mathit" not in words
    bias = next(f for f in found["quadrants_2"].published.findings if f.where == "output_bias[0]")
    assert f"<pre>{xml(bias.suggestion_tex)}</pre>" in html
    # By hand: minus η times -(target - blue) · blue · (1 - blue), with a for the error.
    assert any("".join(ElementTree.fromstring(f).itertext()) == "output_bias0+ηablue(1−blue)" for f in formulas)
