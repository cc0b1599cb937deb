"""What notebooks show of larger things: HTML that unfolds, takes its colours from the page, and needs no script."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from microgradnn.drawing.text import xml

NEW_LINE = "\n"
GAP = "…"
T = TypeVar("T")
Cell = tuple[str, str]  # what is shown, and what pointing at it tells


def unfolding(summary: str, content: Iterable[str], unfolded: bool = False) -> list[str]:
    """A line that unfolds to more; both are ready HTML."""
    state = " open" if unfolded else ""
    return [
        f'<details{state} style="margin-left:1.2em"><summary style="cursor:pointer">{summary}</summary>',
        *content,
        "</details>",
    ]


def table(columns: Sequence[str], rows: Iterable[tuple[str, Sequence[Cell]]]) -> list[str]:
    """A table of plain text: names of columns, and of each row its name and its cells."""
    lines = ['<div style="overflow-x:auto"><table style="font-variant-numeric:tabular-nums"><thead><tr>']
    lines += [f'<th scope="col" style="text-align:right">{xml(name)}</th>' for name in columns]
    lines.append("</tr></thead><tbody>")
    for name, cells in rows:
        told = "".join(f'<td style="text-align:right" title="{xml(full)}">{xml(text)}</td>' for text, full in cells)
        lines.append(f'<tr><th scope="row" style="text-align:right">{xml(name)}</th>{told}</tr>')
    return [*lines, "</tbody></table></div>"]


def some(size: int, most: int) -> tuple[list[int], int]:
    """The first and the last of so many things, `most` in all, and how many lie between that are left out."""
    if size <= most:
        return list(range(size)), 0
    first = (most + 1) // 2
    return [*range(first), *range(size - most // 2, size)], size - most


def gapped(items: Sequence[T], gap: T, left_out: int) -> list[T]:
    """The items of `some`, with a sign where others were left out."""
    middle = (len(items) + 1) // 2
    return [*items[:middle], gap, *items[middle:]] if left_out else list(items)


def shown(thing: object, lines: Callable[[], Iterable[str]]) -> str:
    """The lines as one text; whatever goes wrong with them, and with the thing's own repr, is told in their place."""
    try:
        return "\n".join(lines())
    except Exception as problem:  # a representation that raised would hide the cell's result
        try:
            text = f"{object.__repr__(thing)}\n(not shown: {problem})"
        except Exception:
            text = object.__repr__(thing)
        return pre(text)


def pre(text: str) -> str:
    """Text of several lines as it stands."""
    return f'<pre style="white-space:pre-wrap">{NEW_LINE.join(map(xml, text.split(NEW_LINE)))}</pre>'
