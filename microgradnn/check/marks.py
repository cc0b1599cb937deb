"""What is said of each step of a derivation, and the report of all."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from microgradnn.check.doctor.mistakes import Mistake
from microgradnn.check.sheet import Judged, Sheet
from microgradnn.check.verdict import shown


class StepVerdict(StrEnum):
    """What is said of one number of a derivation."""

    RIGHT = "right"
    AT_KINK = "right (kink)"  # another choice of subgradient, as valid
    ROUNDED = "lost in rounding"  # not wrong, but hardly a digit to compare
    WRONG = "wrong"
    CONSISTENT = "consistent with the earlier error"
    ONLY_HERE = "right at this point only"
    TOO_FEW = "too few digits"  # right as far as it goes
    UNANSWERED = "not answered"
    UNDEFINED = "no gradient"  # not finite at this point

    @property
    def good(self) -> bool:
        return self in (StepVerdict.RIGHT, StepVerdict.AT_KINK, StepVerdict.ROUNDED)


_WARN = (StepVerdict.ROUNDED, StepVerdict.CONSISTENT, StepVerdict.TOO_FEW, StepVerdict.UNANSWERED)
_TONES = dict.fromkeys(_WARN, "warn")


@dataclass(frozen=True)
class StepRow:
    """One number of a step: by hand, by autodiff, and what the chain rule gives from the earlier numbers by hand.

    `step` is the name under which it was handed in, `where` its place in it, such as `z[1]`. Of a number that was
    not handed in, all three are nan. `mistakes` are what the first wrong number is explained by, where something
    explains it: the likeliest kinds first.
    """

    step: str
    where: str
    by_hand: float
    autodiff: float
    expected_from_yours: float
    verdict: StepVerdict
    tolerance: float = 0.0
    note: str = ""
    mistakes: tuple[Mistake, ...] = ()


@dataclass(frozen=True)
class StepReport(Judged):
    """A derivation, marked step by step. `text()` is a table in plain text."""

    title: str
    rows: tuple[StepRow, ...]
    remarks: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every number was given and is right."""
        return all(row.verdict.good for row in self.rows)

    @property
    def first_wrong(self) -> StepRow | None:
        """The number with which the first error came in; None where there is no error."""
        return next((row for row in self.rows if row.verdict in (StepVerdict.WRONG, StepVerdict.ONLY_HERE)), None)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain dicts, lists, strings and floats; None for the numbers of an answer not given."""
        first, numbers = self.first_wrong, ("by_hand", "autodiff", "expected_from_yours")
        return {
            "title": self.title,
            "ok": self.ok,
            "first_wrong": None if first is None else first.where,
            "rows": [
                {
                    **vars(row),
                    "verdict": str(row.verdict),
                    "mistakes": [str(mistake) for mistake in row.mistakes],
                    **(dict.fromkeys(numbers) if row.verdict is StepVerdict.UNANSWERED else {}),
                }
                for row in self.rows
            ],
            "remarks": list(self.remarks),
        }

    @property
    def summary(self) -> str:
        """How many numbers got which mark."""
        counts = dict.fromkeys(StepVerdict, 0)
        for row in self.rows:
            counts[row.verdict] += 1
        told = ", ".join(f"{mark}: {count}" for mark, count in counts.items() if count)
        return f"{'ok' if self.ok else 'not ok'} - {told}"

    def _told(self) -> list[str]:
        """Where the first error came in, and what becomes of the steps after it."""
        first = self.first_wrong
        if first is None:
            return []
        said = [
            f"the first error is in {first.where}: {shown(first.by_hand)} by hand, {shown(first.autodiff)} is right"
        ]
        if any(row.verdict is StepVerdict.CONSISTENT for row in self.rows):
            said.append("what is consistent with the earlier error is right in itself: put that right, and it follows")
        return said

    def sheet(self) -> Sheet:
        return Sheet(
            self.title,
            ("step", "by hand", "autodiff", "from your numbers", "verdict"),
            tuple(
                (row.where, *map(shown, (row.by_hand, row.autodiff, row.expected_from_yours)), str(row.verdict))
                for row in self.rows
            ),
            tuple(
                "good" if row.verdict.good and row.verdict not in _TONES else _TONES.get(row.verdict, "bad")
                for row in self.rows
            ),
            (
                self.summary,
                *self._told(),
                *self.remarks,
                *(f"{row.where}: {row.note}" for row in self.rows if row.note),
            ),
        )
