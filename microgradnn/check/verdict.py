"""What is said of one number, and the report of all."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from microgradnn.check.sheet import Judged, Sheet


class Verdict(StrEnum):
    """What is said of one number."""

    AGREES = "agrees"
    AT_KINK = "agrees (kink)"  # another choice of subgradient, as valid
    ROUNDED = "lost in rounding"  # no disagreement, but hardly a digit to compare either
    MINUS = "minus the gradient"
    DIFFERS = "differs"
    DOUBT = "autodiff in doubt"  # by hand and by differences agree, and autodiff does not
    UNDEFINED = "autodiff not finite"  # at this point
    INFINITE = "by hand not finite"  # as where a product overflows on the way


GOOD = (Verdict.AGREES, Verdict.AT_KINK, Verdict.ROUNDED)
NEITHER = (Verdict.ROUNDED, Verdict.DOUBT, Verdict.UNDEFINED, Verdict.INFINITE)
TONES = dict.fromkeys(GOOD, "good") | dict.fromkeys(NEITHER, "warn")


@dataclass(frozen=True)
class Row:
    """One number: its gradient by hand, by autodiff and by differences, and the verdict.

    `difference` is by hand minus autodiff, `tolerance` what rounding can account for; `numeric_error` bounds
    the error of `numeric`.
    """

    where: str
    by_hand: float
    autodiff: float
    numeric: float
    difference: float
    verdict: Verdict
    tolerance: float = 0.0
    numeric_error: float = math.inf
    note: str = ""


@dataclass(frozen=True, repr=False)
class Report(Judged):
    """A comparison of gradients, a row for each number. `text()` is a table in plain text."""

    title: str
    rows: tuple[Row, ...]
    remarks: tuple[str, ...] = ()
    sign_is_convention: bool = False

    @property
    def ok(self) -> bool:
        """Whether no number was found wrong."""
        good = (*GOOD, Verdict.MINUS) if self.sign_is_convention else GOOD
        return all(row.verdict in good for row in self.rows)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain dicts, lists, strings and finite floats: JSON takes it."""
        return {
            "title": self.title,
            "ok": self.ok,
            "rows": [dictionary(row) for row in self.rows],
            "remarks": list(self.remarks),
        }

    @property
    def summary(self) -> str:
        """How many numbers got which verdict."""
        counts = dict.fromkeys(Verdict, 0)
        for row in self.rows:
            counts[row.verdict] += 1
        told = ", ".join(f"{verdict}: {count}" for verdict, count in counts.items() if count)
        return f"{'ok' if self.ok else 'not ok'} - {told}"

    def __repr__(self) -> str:
        return f"<{self.title}: {self.summary}>"

    def sheet(self) -> Sheet:
        rows = [
            (
                row.where,
                *map(shown, (row.by_hand, row.autodiff, row.numeric)),
                brief(row.difference),
                str(row.verdict),
            )
            for row in self.rows
        ]
        return Sheet(
            self.title,
            ("where", "by hand", "autodiff", "numeric", "difference", "verdict"),
            tuple(rows),
            tuple(TONES.get(row.verdict, "bad") for row in self.rows),
            (self.summary, *self.remarks, *(f"{row.where}: {row.note}" for row in self.rows if row.note)),
        )


def dictionary(row: Any) -> dict[str, Any]:
    """A row as a dict: None for what was not computed, text for verdicts and infinities."""
    return {name: dictionary_entry(x) for name, x in vars(row).items()}


def dictionary_entry(x: Any) -> Any:
    """A float if it is finite, None for nan, and text for all else."""
    if isinstance(x, float):
        return x if math.isfinite(x) else None if math.isnan(x) else str(x)
    return str(x)


def shown(x: float) -> str:
    """A number in nine digits; a dash for what was not computed."""
    return "—" if math.isnan(x) else f"{x:.9g}"


def brief(x: float) -> str:
    """A difference in three digits."""
    return "—" if math.isnan(x) else f"{x:.2e}" if x else "0"
