"""What the doctor says of the corpus, written down: `python -m tests.corpus.snapshots` writes it again.

Look at the difference before it is committed: each message is one that a person has read. Residuals and
the lines in files are left out: they change with C libraries and with what stands above.
"""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path
from typing import Any

from microgradnn.check import Diagnosis
from tests.corpus.case import Case
from tests.corpus.cases import mutant_cases, wrong_cases
from tests.corpus.score import examined

FILE = Path(__file__).with_name("snapshots.json")
EVERY = 12  # of the mechanical cases, one in so many is tried in the tests


def snapshot(diagnosis: Diagnosis) -> dict[str, Any]:
    """The report's words: for each number its mistakes, the message, the other explanations, the correction."""
    found: dict[str, Any] = {
        finding.where: [
            " + ".join(mistake.name for mistake in finding.mistakes),
            _steady(finding.message),
            *(f"or else: {_steady(other.message)}" for other in finding.alternatives),
            *([f"right: {finding.suggestion}"] if finding.suggestion else []),
        ]
        for finding in diagnosis.findings
    }
    return {"ok": diagnosis.ok, **found, "remarks": [_steady(remark) for remark in diagnosis.remarks]}


def _steady(message: str) -> str:
    message = re.sub(r"explained to \S+ on", "explained to … on", message)
    return re.sub(r" \(\S*\.py:\d+\)", "", message)


def recorded() -> list[Case]:
    """The cases whose reports are written down: all that were made by hand, and a slice of the others."""
    return [*wrong_cases(), *mutant_cases(EVERY)]


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    words = {case.name: snapshot(examined(case)) for case in recorded()}
    FILE.write_text(json.dumps(words, indent=1, ensure_ascii=False) + "\n", "utf-8")
