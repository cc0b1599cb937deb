"""The kinds of mistake in a derivation by hand, a finding for each wrong number, and the report of all."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from microgradnn.check.doctor.calling import several
from microgradnn.check.sheet import Judged
from microgradnn.drawing.text import visible, xml


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


class Words(NamedTuple):
    """What a derivation gives for a number, in words; `of` stands before the number's name."""

    role: str = "by_hand"
    of: str = "∂loss/∂"
    another: str = "the gradient of "
    right: str = "the right gradient"
    so: str = "this is the gradient at no one point"


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

    @property
    def unexplained(self) -> bool:
        """Whether nothing is known to give the number."""
        return set(self.mistakes) <= {Mistake.UNKNOWN, Mistake.COINCIDENCE}

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


class Group(NamedTuple):
    """Numbers that are told of together: where they are, and the finding of the first."""

    places: str
    first: Finding

    @property
    def kinds(self) -> str:
        return " + ".join(map(str, self.first.mistakes))


@dataclass(frozen=True, repr=False)
class Diagnosis(Judged):
    """The report on a derivation: a finding for each wrong number. Printed in colours on a terminal; `text()` is plain.

    `points` counts the points at which gradients were compared, `dropped` those at which the loss or by_hand
    raised or was not finite, `extreme` further ones, very large or very small, that accuse nobody.
    """

    findings: tuple[Finding, ...]
    points: int = 0
    dropped: int = 0
    remarks: tuple[str, ...] = ()
    title: str = "the gradient by hand"
    extreme: int = 0
    role: str = "by_hand"

    @property
    def ok(self) -> bool:
        """Whether the derivation is right; another valid choice at a kink leaves it so."""
        return all(finding.harmless for finding in self.findings)

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
        were = "was" if self.dropped == 1 else "were"
        left_out = f" ({self.dropped} more {were} dropped: the loss or {self.role} failed there)"
        left_out = left_out if self.dropped else ""
        tried = f"{self.points} point{'s' if self.points != 1 else ''}"
        if self.ok:
            far = f", and on {self.extreme} with very large or very small numbers" if self.extreme else ""
            return f"{self.title} is right on {tried}{far}{left_out}."
        return f"{self.title} is wrong in {wrong} number{'s' if wrong != 1 else ''}, tried on {tried}{left_out}."

    def __repr__(self) -> str:
        return f"<{self.summary}>"

    def text(self) -> str:
        lines = [self.summary]
        for group in self._grouped():
            lines += ["", f"{group.places}: {group.kinds}", f"  {group.first.message}"]
            lines += [f"  or else: {other.message}" for other in group.first.alternatives]
            if "\n" in group.first.suggestion:
                lines += ["  right:", *(f"    {line}" for line in group.first.suggestion.split("\n"))]
            elif group.first.suggestion:
                lines.append(f"  right: {group.first.suggestion}")
        if self.remarks:
            lines += ["", *self.remarks]
        return "\n".join(map(visible, lines))

    def _grouped(self) -> list[Group]:
        """Findings of one kind in one argument, shown by the first of them."""
        groups: dict[tuple[str, tuple[Mistake, ...]], list[Finding]] = {}
        for finding in self.findings:
            name = finding.where.partition("[")[0]
            groups.setdefault((name, finding.mistakes), []).append(finding)
        return [Group(several([each.where for each in group]), group[0]) for group in groups.values()]

    def __rich__(self) -> Any:
        from rich.console import Group as Stack
        from rich.padding import Padding
        from rich.text import Text

        parts: list[Any] = [Text(visible(self.summary), "bold green" if self.ok else "bold red")]
        for group in self._grouped():
            tone = "yellow" if group.first.harmless else "bold red"
            parts += [Text(""), Text.assemble((visible(group.places), "bold"), ": ", (group.kinds, tone))]
            parts.append(Padding(Text(visible(group.first.message)), (0, 0, 0, 2)))
            for other in group.first.alternatives:
                parts.append(Padding(Text.assemble(("or else: ", "dim"), visible(other.message)), (0, 0, 0, 2)))
            if group.first.suggestion:
                code = Text("\n".join(map(visible, group.first.suggestion.split("\n"))), "cyan")
                parts += [Padding(Text("right:", "green"), (0, 0, 0, 2)), Padding(code, (0, 0, 0, 4))]
        parts += [Text(""), *(Text(visible(remark), "dim") for remark in self.remarks)] if self.remarks else []
        return Stack(*parts)

    def _repr_html_(self) -> str:
        colour = "#1a7f37" if self.ok else "#cf222e"
        parts = [f'<p><b style="color:{colour}">{xml(self.summary)}</b></p>']
        for group in self._grouped():
            tone = "#9a6700" if group.first.harmless else "#cf222e"
            head = f'<code>{xml(group.places)}</code>: <b style="color:{tone}">{xml(group.kinds)}</b>'
            parts.append(f"<p>{head}<br>{xml(group.first.message)}</p>")
            parts += [f"<p>Or else: {xml(other.message)}</p>" for other in group.first.alternatives]
            if group.first.suggestion:
                code = "\n".join(map(xml, group.first.suggestion.split("\n")))
                parts.append(f"<p>Right would be:</p><pre>{code}</pre>")
            if group.first.suggestion_tex:
                parts.append(f"<p>${xml(group.first.suggestion_tex)}$</p>")
        parts += [f"<p>{xml(remark)}</p>" for remark in self.remarks]
        return f"<div>{''.join(parts)}</div>"
