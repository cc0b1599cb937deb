"""What came of a file: a verdict on each derivation, or why there is none. Plain data, so that it can be sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from microgradnn.pages.blocks import Place


@dataclass(frozen=True)
class Checked:
    """One derivation: `ok`, or None where `error` says why there is no verdict; `place` is that of by_hand."""

    title: str
    place: Place
    ok: bool | None
    error: str = ""
    summary: str = ""
    text: str = ""
    diagnosis: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain dicts, lists, strings and numbers."""
        where = {"line": self.place.line} | ({} if self.place.cell is None else {"cell": self.place.cell})
        return {
            "title": self.title, **where, "ok": self.ok, "error": self.error,
            "summary": self.summary, "text": self.text, "diagnosis": dict(self.diagnosis),
        }  # fmt: skip


@dataclass(frozen=True)
class Page:
    """One file: its derivations, and what went wrong besides them, in `error`."""

    file: str
    derivations: tuple[Checked, ...]
    error: str

    @property
    def errors(self) -> list[str]:
        """All that kept derivations from a verdict."""
        found = [each.error for each in self.derivations if each.error]
        return [*found, self.error] if self.error else found

    @property
    def wrong(self) -> bool:
        """Whether a derivation is wrong."""
        return any(each.ok is False for each in self.derivations)

    def to_dict(self) -> dict[str, Any]:
        """Plain dicts, lists, strings and numbers."""
        return {"file": self.file, "error": self.error, "derivations": [each.to_dict() for each in self.derivations]}


def page(data: Mapping[str, Any]) -> Page:
    """The page of which `to_dict` gave the data."""
    file = data["file"]
    found = [
        Checked(
            each["title"], Place(file, each["line"], each.get("cell")), each["ok"], each["error"],
            each["summary"], each["text"], each["diagnosis"],
        )
        for each in data["derivations"]
    ]  # fmt: skip
    return Page(file, tuple(found), data["error"])
