"""The doctor on the corpus: mistakes named, no right derivation accused, every message as it was read."""

from __future__ import annotations

import ast
import json
import math
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import microgradnn
from docs.make_mistakes import page
from microgradnn.check import Mistake
from microgradnn.check.arguments import Arguments
from microgradnn.check.doctor.problem import Problem
from microgradnn.check.doctor.tape import Tape
from microgradnn.errors import MicrogradnnError
from tests.corpus.campaign import accused
from tests.corpus.case import PROBLEMS, Case
from tests.corpus.cases import mutant_cases, right_cases, wrong_cases
from tests.corpus.score import Outcome, examined, judged, told
from tests.corpus.snapshots import EVERY, FILE, snapshot
from tests.corpus.truth import points, report, wrong_numbers

# A derivation may overflow at a point that is drawn far away; that is its own business.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
ROOT = Path(__file__).parent.parent


@cache
def outcomes() -> list[Outcome]:
    return [judged(case) for case in [*wrong_cases(), *mutant_cases(EVERY)]]


def test_the_corpus_is_as_large_as_it_should_be() -> None:
    assert len(PROBLEMS) >= 20
    unusual = [case for case in right_cases() if case.function is not case.problem.reference]
    assert len(unusual) >= 40
    wrong = wrong_cases()
    assert len(wrong) >= 60
    assert len({case.problem.name for case in wrong}) >= 20
    named = Counter(kind for case in wrong for kind in {k for where in _labels(case) for k in where})
    assert all(named[mistake.name] >= 3 for mistake in Mistake), named
    assert len([case for case in wrong if any("+" in label for label in case.labels.values())]) >= 5


def _labels(case: Case) -> list[frozenset[str]]:
    return [answer for name in case.labels for answer in case.answers(name)]


def test_names_are_unique() -> None:
    names = Counter(case.name for case in [*right_cases(), *wrong_cases()])
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("case", right_cases(), ids=lambda case: case.name)
def test_a_right_derivation_is_right(case: Case) -> None:
    """By `compare`, before the doctor is asked: the corpus itself must be sound."""
    assert wrong_numbers(case) == {}


@pytest.mark.parametrize("case", right_cases(), ids=lambda case: case.name)
def test_no_right_derivation_is_accused(case: Case) -> None:
    diagnosis = examined(case)
    assert diagnosis.ok, f"{diagnosis}"


def test_mistakes_are_named() -> None:
    found = outcomes()
    failures = [told(outcome) for outcome in found if not outcome.named]
    assert len(failures) <= 0.05 * len(found), "\n".join(failures)


def test_no_right_number_of_a_wrong_derivation_is_accused() -> None:
    assert [told(outcome) for outcome in outcomes() if outcome.accused] == []


def test_a_wrong_derivation_is_never_called_right() -> None:
    kinks = frozenset({"SUBGRADIENT"})
    assert [o.case.name for o in outcomes() if o.diagnosis.ok and o.case.answers("") != [kinks]] == []


def test_the_words_are_those_that_were_read() -> None:
    read = json.loads(FILE.read_text("utf-8"))
    said = {outcome.case.name: snapshot(outcome.diagnosis) for outcome in outcomes()}
    changed = [name for name in said if json.loads(json.dumps(said[name])) != read.get(name)]
    again = "look at `python -m tests.corpus.snapshots` and the difference it makes"
    assert changed == [], again
    assert sorted(read) == sorted(said), again


def test_suggestions_run_as_they_stand_and_are_the_right_gradient() -> None:
    """Every suggestion is run with the arguments, the functions of the package and those of math, at the point of
    the case and at others where the loss takes the same branches; autodiff tells what must come out."""
    tried = 0
    failures: set[str] = set()
    for outcome in outcomes():
        case = outcome.case
        assert case.problem.reference is not None
        findings = [finding for finding in outcome.diagnosis.findings if not finding.harmless]
        for at in [case.at, *points(case, count=6)]:
            good = report(replace(case, function=case.problem.reference, step=False), at)
            if good is None or branches(case, at) != branches(case, case.at):
                continue
            right = {row.where: row for row in good.rows}
            for finding in findings:
                row = right[finding.where]
                space = {**vars(math), **FUNCTIONS, **case.problem.loss.__globals__, **at}
                # A step is number - lr * gradient: at so large a rate the number is nothing.
                found = (
                    run(finding.suggestion, {**space, "lr": 1e30}) / -1e30
                    if case.step
                    else run(finding.suggestion, space)
                )
                tried += 1
                if not abs(found - row.autodiff) <= 1e-9 * abs(row.autodiff) + 10 * row.tolerance:
                    failures.add(f"{case.name}, {finding.where}: {finding.suggestion}")
    assert failures == set()
    assert tried > 2000


FUNCTIONS = {name: getattr(microgradnn, name) for name in microgradnn.__all__} | {"sum": sum, "abs": abs}


def run(code: str, space: dict[str, Any]) -> float:
    """The value of the last line, after the others."""
    *steps, last = ast.parse(code).body
    assert isinstance(last, ast.Expr)
    exec(compile(ast.Module(steps, []), "<suggestion>", "exec"), space)
    return float(eval(compile(ast.Expression(last.value), "<suggestion>", "eval"), space))


def branches(case: Case, at: dict[str, Any]) -> Any:
    """The form of the loss's graph at a point, with the conditions on which it depends."""
    problem = Problem(case.problem.loss, case.function)
    try:
        problem.start(Arguments(case.at))
        tape = Tape(*problem.record(Arguments(at)), {})
    except MicrogradnnError:
        return None
    return tape.shape, [node.args[0] for node in tape.nodes if node.op is not None and node.op.name == "where"]


REPORTS = """
import warnings
warnings.simplefilter("ignore")
from tests.corpus.cases import wrong_cases
from tests.corpus.score import examined
for case in wrong_cases()[::8]:
    print(examined(case, seed=5).to_dict())
"""


def test_the_same_seed_gives_the_same_report_in_any_process() -> None:
    said = set()
    for seed in ("0", "77"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        run = subprocess.run(
            [sys.executable, "-c", REPORTS], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        said.add(run.stdout)
    assert len(said) == 1


# One seed in a hundred of the campaign, of both families.
@pytest.mark.parametrize("seed", range(0, 10_000, 99))
def test_random_right_derivations_are_not_accused(seed: int) -> None:
    assert not accused(seed), f"python -m tests.corpus.campaign --seed {seed} --cases 1"


def test_the_page_of_mistakes_shows_what_the_doctor_says() -> None:
    assert (ROOT / "docs" / "mistakes.md").read_text("utf-8") == page(), "run python -m docs.make_mistakes"


EXAMPLES = re.findall(r"## (\w+)\n.*?```python\n(.*?)```.*?```text\n(.*?)```", page(), re.DOTALL)


@pytest.mark.parametrize(("kind", "code", "report"), EXAMPLES, ids=[kind for kind, _, _ in EXAMPLES])
def test_an_example_of_the_page_runs_as_it_stands(
    kind: str, code: str, report: str, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(compile(code, f"<the example of {kind}>", "exec"), {"__name__": "example"})
    assert capsys.readouterr().out.split()[:9] == report.split()[:9]
