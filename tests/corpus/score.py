"""How the doctor does on a case: what it names right, what it misnames, whom it accuses wrongly."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

from microgradnn import check
from microgradnn.check import Diagnosis, diagnose
from tests.corpus.case import Case
from tests.corpus.truth import wrong_numbers

COINCIDENCE = "COINCIDENCE"


@dataclass(frozen=True)
class Outcome:
    """A case and its report. `accused` are right numbers called wrong, `misnamed` wrong ones not named rightly."""

    case: Case
    diagnosis: Diagnosis
    accused: tuple[str, ...]
    misnamed: tuple[str, ...]

    @property
    def named(self) -> bool:
        return not self.misnamed


def examined(case: Case, seed: int = 0) -> Diagnosis:
    """The doctor's report on a case."""
    problem = case.problem
    if not case.step:
        return diagnose(problem.loss, case.function, case.at, seed=seed)
    weights = {name: case.at[name] for name in problem.weights}
    rest = {name: x for name, x in case.at.items() if name not in problem.weights}
    return check.diagnose_update(case.function, problem.loss, weights, problem.lr, rest, seed=seed)


def named_rightly(kinds: frozenset[str], answers: list[frozenset[str]], lucky: bool) -> bool:
    """Whether the kinds that were named are one of the answers. What is right at the point it came with, and
    wrong elsewhere, must be called a coincidence besides."""
    if lucky and COINCIDENCE not in kinds:
        return False
    plain = kinds - {COINCIDENCE}
    return any(
        plain == answer - {COINCIDENCE} and (COINCIDENCE in kinds) >= (COINCIDENCE in answer) for answer in answers
    )


def judged(case: Case, truth: dict[str, bool] | None = None, seed: int = 0) -> Outcome:
    """Compare the report on a case with the truth: which numbers are wrong, and what the label says of them."""
    wrong = wrong_numbers(case) if truth is None else truth
    diagnosis = examined(case, seed)
    said = {finding.where: finding for finding in diagnosis.findings}
    accused = tuple(where for where, finding in said.items() if where not in wrong and not finding.harmless)
    misnamed: list[str] = []
    if case.answers("") == [frozenset({"SUBGRADIENT"})]:
        kinks = [where for where, finding in said.items() if finding.harmless]
        misnamed += [] if kinks and diagnosis.ok else ["a different choice at the kink was not mentioned"]
    for where, lucky in wrong.items():
        answers = case.answers(where)
        wanted = " or ".join("+".join(sorted(answer)) for answer in answers)
        if where not in said:
            misnamed.append(f"{where}: not found; it is {wanted}")
            continue
        kinds = frozenset(mistake.name for mistake in said[where].mistakes)
        if not named_rightly(kinds, answers, lucky):
            others = [" and ".join(m.name for m in other.mistakes) for other in said[where].alternatives]
            also = f" (or {', '.join(others)})" if others else ""
            misnamed.append(f"{where}: called {'+'.join(sorted(kinds))}{also}; it is {wanted}")
    return Outcome(case, diagnosis, accused, tuple(misnamed))


def told(outcome: Outcome) -> str:
    """The outcome for a person, with the derivation's source."""
    lines = [outcome.case.name]
    lines += [f"  wrongly accused: {', '.join(outcome.accused)}"] if outcome.accused else []
    lines += [f"  {line}" for line in outcome.misnamed]
    return "\n".join(lines)


def source(function: Any) -> str:
    """The text of a function, without decorators."""
    text = inspect.getsource(function)
    return text[text.index("def ") :]
