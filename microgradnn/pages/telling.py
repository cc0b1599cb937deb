"""Verdicts as lines for a terminal, an editor or a log: file, line, and what is wrong there."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from microgradnn.check.doctor.calling import several
from microgradnn.drawing.text import visible
from microgradnn.pages.result import Checked, Page

Line = tuple[str, str]  # a text and its colour; "" is that of the terminal


def lines(page: Page) -> list[Line]:
    """What there is to say of a page's derivations; its errors are not part of it."""
    return [line for each in page.derivations if each.ok is not None for line in _derivation(each)]


def _derivation(checked: Checked) -> list[Line]:
    colour = "green" if checked.ok else "red"
    place = visible(str(checked.place))
    found = [(f"{place}: {'right' if checked.ok else 'wrong'}: {checked.title}: {checked.summary}", colour)]
    for places, finding in groups(checked.diagnosis["findings"]):
        found.append((f"{place}: {places}: {' + '.join(finding['mistakes'])}: {finding['message']}", ""))
        found += [(f"    or else: {other['message']}", "") for other in finding["alternatives"]]
        if finding["suggestion"]:
            code = finding["suggestion"].split("\n")  # its lines stand below each other
            found.append((f"    right: {code[0]}" if len(code) == 1 else "\n      ".join(["    right:", *code]), ""))
    return found + [(f"    {remark}", "") for remark in checked.diagnosis.get("remarks", ())]


def told(checked: Checked) -> str:
    """One derivation in plain text."""
    return "\n".join(wrapped(each, None) for text, _ in _derivation(checked) for each in text.split("\n"))


def groups(findings: Sequence[Mapping[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    """Findings of one kind in one argument are told by the first of them."""
    groups: dict[tuple[str, tuple[str, ...]], list[Mapping[str, Any]]] = {}
    for finding in findings:
        groups.setdefault((finding["where"].partition("[")[0], tuple(finding["mistakes"])), []).append(finding)
    return [(several([finding["where"] for finding in group]), group[0]) for group in groups.values()]


def summary(pages: Sequence[Page]) -> Line:
    """How many derivations there are, and how many are right."""
    all_ = [each for page in pages for each in page.derivations]
    right, wrong = ([each for each in all_ if each.ok is ok] for ok in (True, False))
    files = f"{len(pages)} file{'s' if len(pages) != 1 else ''}"
    said = f"{len(all_)} derivation{'s' if len(all_) != 1 else ''} in {files}: {len(right)} right, {len(wrong)} wrong"
    if len(right) + len(wrong) < len(all_):
        said += f", {len(all_) - len(right) - len(wrong)} without a verdict"
    return said, "red" if wrong else "green" if right and len(right) == len(all_) else ""


def wrapped(text: str, width: int | None) -> str:
    """A line of text as it is shown: nothing in it can steer a terminal; folded to a width where one is given."""
    shown = visible(text)
    if width is None or len(shown) <= width:
        return shown
    own = shown[: len(shown) - len(shown.lstrip())]
    return textwrap.fill(
        shown.strip(), max(width, 20), initial_indent=own, subsequent_indent=own + "    ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def strict(data: Any) -> Any:
    """Data for JSON, which knows no nan and no infinity: they become text."""
    if isinstance(data, Mapping):
        return {str(key): strict(each) for key, each in data.items()}
    if isinstance(data, list | tuple):
        return [strict(each) for each in data]
    return str(data) if isinstance(data, float) and not math.isfinite(data) else data
