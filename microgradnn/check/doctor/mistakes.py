"""The kinds of mistake in a derivation by hand, a finding for each wrong number, and the report of all."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from microgradnn.check.sheet import Printable, Sheet
from microgradnn.errors import WrongGradient


class Mistake(StrEnum):
    """What can be wrong with a gradient derived by hand."""

    SIGN = "sign"
    FACTOR = "factor"
    MEAN_VS_SUM = "mean vs sum"
    MISSING_LOCAL_DERIVATIVE = "missing local derivative"
    WRONG_POINT = "wrong point"
    MISSING_PATH = "missing path"
    WRONG_UPSTREAM = "wrong upstream"
    SOFTMAX_DIAGONAL = "softmax diagonal"
    OUTPUT_NOT_LOSS = "output, not loss"
    STALE_VALUES = "stale values"
    SWAPPED = "swapped"
    COINCIDENCE = "coincidence"
    SUBGRADIENT = "subgradient"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Explanation:
    """What would have given the numbers that by_hand gave: the mistakes that stand together, in words."""

    mistakes: tuple[Mistake, ...]
    message: str

    @property
    def mistake(self) -> Mistake:
        """The first of the mistakes."""
        return self.mistakes[0]


@dataclass(frozen=True)
class Finding:
    """What is wrong with one number of a gradient.

    `where` is its place, the argument's name first; `mistakes` all that stand together, in order; `evidence`
    plain data (points tried, right and explained; an example); `suggestion` the right expression as code, and
    `suggestion_tex` typeset; `alternatives` the other explanations that fit as well.
    """

    where: str
    mistakes: tuple[Mistake, ...]
    message: str
    evidence: dict[str, Any] = field(default_factory=dict)
    suggestion: str = ""
    suggestion_tex: str = ""
    alternatives: tuple[Explanation, ...] = ()

    @property
    def mistake(self) -> Mistake:
        """The first of the mistakes."""
        return self.mistakes[0]

    @property
    def harmless(self) -> bool:
        """Whether the number is right after all: another choice at a kink."""
        return self.mistakes == (Mistake.SUBGRADIENT,)

    def to_dict(self) -> dict[str, Any]:
        """The finding as plain dicts, lists, strings and numbers."""
        return {
            "where": self.where,
            "mistakes": [str(mistake) for mistake in self.mistakes],
            "message": self.message,
            "evidence": self.evidence,
            "suggestion": self.suggestion,
            "suggestion_tex": self.suggestion_tex,
            "alternatives": [
                {"mistakes": [str(mistake) for mistake in other.mistakes], "message": other.message}
                for other in self.alternatives
            ],
        }


@dataclass(frozen=True)
class Diagnosis(Printable):
    """The report on a derivation: a finding for each wrong number. `str()` is plain text.

    `points` counts the points at which gradients were compared, `dropped` those at which the loss or by_hand
    raised or was not finite, `extreme` further ones, very large or very small, that accuse nobody.
    """

    ok: bool
    findings: tuple[Finding, ...]
    points: int = 0
    dropped: int = 0
    remarks: tuple[str, ...] = ()
    title: str = "the gradient by hand"
    extreme: int = 0

    def require(self) -> Diagnosis:
        """The report itself where it is ok; else WrongGradient, an AssertionError, with the report."""
        if not self.ok:
            raise WrongGradient(str(self))
        return self

    def to_dict(self) -> dict[str, Any]:
        """The report as plain dicts, lists, strings and numbers."""
        return {
            "title": self.title,
            "ok": self.ok,
            "points": self.points,
            "dropped": self.dropped,
            "extreme": self.extreme,
            "findings": [finding.to_dict() for finding in self.findings],
            "remarks": list(self.remarks),
        }

    @property
    def summary(self) -> str:
        """The verdict in a sentence."""
        wrong = len([finding for finding in self.findings if not finding.harmless])
        left_out = f" ({self.dropped} more were dropped: the loss or by_hand failed there)" if self.dropped else ""
        tried = f"{self.points} point{'s' if self.points != 1 else ''}"
        if self.ok:
            far = f", and on {self.extreme} with very large or very small numbers" if self.extreme else ""
            return f"{self.title} is right on {tried}{far}{left_out}."
        return f"{self.title} is wrong in {wrong} number{'s' if wrong != 1 else ''}, tried on {tried}{left_out}."

    def __str__(self) -> str:
        lines = [self.summary]
        for message, places, finding in self._grouped():
            lines += ["", f"{places}: {' + '.join(map(str, finding.mistakes))}", f"  {message}"]
            lines += [f"  or else: {other.message}" for other in finding.alternatives]
            if finding.suggestion:
                lines.append(f"  right: {finding.suggestion}")
        if self.remarks:
            lines += ["", *self.remarks]
        return "\n".join(lines)

    def _grouped(self) -> list[tuple[str, str, Finding]]:
        """Findings of one kind that follow each other in one argument, shown by the first of them."""
        groups: dict[tuple[str, tuple[Mistake, ...]], list[Finding]] = {}
        for finding in self.findings:
            name = finding.where.partition("[")[0]
            groups.setdefault((name, finding.mistakes), []).append(finding)
        found = []
        for group in groups.values():
            names = [finding.where for finding in group]
            places = ", ".join(names if len(names) <= 4 else [*names[:3], f"… ({len(names)} numbers)"])
            found.append((group[0].message, places, group[0]))
        return found

    def sheet(self) -> Sheet:
        rows, tones = [], []
        for message, places, finding in self._grouped():
            others = "".join(f" Or else: {other.message}" for other in finding.alternatives)
            rows.append((places, " + ".join(map(str, finding.mistakes)), finding.suggestion, message + others))
            tones.append("warn" if finding.harmless else "bad")
        headers = ("where", "mistake", "right would be", "why")
        return Sheet(self.summary, headers, tuple(rows), tuple(tones), self.remarks)
