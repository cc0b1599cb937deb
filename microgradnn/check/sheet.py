"""A table with remarks: as plain text, for rich, and as HTML."""

from __future__ import annotations

import io
import os
import shutil
import sys
from dataclasses import dataclass
from typing import IO, Any, Self

from microgradnn.drawing.text import visible, xml
from microgradnn.errors import WrongGradient

MOST = 60  # rows that are printed even if nothing is wrong with them
COLOURS = {"good": "green", "warn": "yellow", "bad": "bold red"}


@dataclass(frozen=True)
class Sheet:
    """A title, columns, rows of cells with a tone ("good", "warn" or "bad") each, and remarks below."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    tones: tuple[str, ...]
    remarks: tuple[str, ...]

    def printed(self) -> tuple[list[tuple[tuple[str, ...], str]], str]:
        """The rows that are printed, with their tones, and a sentence on those that are not."""
        rows = list(zip(self.rows, self.tones, strict=True))
        kept = [k for k, (_, tone) in enumerate(rows) if tone != "good" or k < MOST]
        left = len(rows) - len(kept)
        said = f"{left} more rows, all good, are not printed; they are in .rows" if left else ""
        return [rows[k] for k in kept], said

    def text(self) -> str:
        """The table in plain text."""
        rows, left = self.printed()
        cells = [self.headers, *(tuple(map(visible, row)) for row, _ in rows)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = ["  ".join(_justified(row, widths)).rstrip() for row in cells]
        lines.insert(1, "  ".join("─" * width for width in widths))
        return "\n".join([visible(self.title), "", *lines, "", *map(visible, _told(left, self.remarks))])

    def html(self) -> str:
        """The table as an HTML fragment; every text in it is escaped."""
        rows, left = self.printed()
        style = {"good": "", "warn": ' style="color:#9a6700"', "bad": ' style="color:#cf222e;font-weight:bold"'}
        head = "".join(f"<th>{xml(header)}</th>" for header in self.headers)
        body = "".join(
            f"<tr{style[tone]}>" + "".join(f"<td>{xml(c)}</td>" for c in row) + "</tr>" for row, tone in rows
        )
        remarks = "".join(f"<p>{xml(remark)}</p>" for remark in _told(left, self.remarks))
        return (
            f"<div><p><b>{xml(self.title)}</b></p><table><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table>{remarks}</div>"
        )

    def rich(self) -> Any:
        """The table for rich; needs the library of that name."""
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        rows, left = self.printed()
        table = Table(title=Text(visible(self.title)), title_justify="left")
        for k, header in enumerate(self.headers):
            table.add_column(Text(header), justify="right" if 0 < k < len(self.headers) - 1 else "left")
        for row, tone in rows:
            *cells, last = (Text(visible(cell)) for cell in row)
            last.stylize(COLOURS[tone])
            table.add_row(*cells, last)
        return Group(table, *(Text(visible(remark)) for remark in _told(left, self.remarks)))


def _justified(row: tuple[str, ...], widths: list[int]) -> list[str]:
    """Words to the left, numbers between them to the right."""
    inner = [cell.rjust(width) for cell, width in zip(row[1:-1], widths[1:-1], strict=True)]
    return [row[0].ljust(widths[0]), *inner, row[-1]]


def _told(left: str, remarks: tuple[str, ...]) -> list[str]:
    return [left, *remarks] if left else list(remarks)


def colourful(file: Any) -> bool:
    """Whether a stream is a terminal that shows colours, and whoever sits there wants them (NO_COLOR, TERM)."""
    if file is None or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    is_terminal = getattr(file, "isatty", None)  # some streams that take text cannot be asked
    return bool(is_terminal is not None and is_terminal())


class Printable:
    """What is shown as a sheet: coloured on a terminal, HTML in a notebook, plain text everywhere else.

    Python cannot tell `print(x)` from `str(x)`, so both are coloured while the standard output is a terminal that
    shows colours. What goes to a file is `x.text()`, `f"{x}"` or `x.print(file)`: always plain, always the same.
    """

    def sheet(self) -> Sheet:
        """What there is to show."""
        raise NotImplementedError

    def text(self) -> str:
        """The sheet in plain text."""
        return self.sheet().text()

    def __str__(self) -> str:
        return self._coloured() if colourful(sys.stdout) else self.text()

    def __format__(self, form: str) -> str:
        return format(self.text(), form)

    def _repr_html_(self) -> str:
        return self.sheet().html()

    def __rich__(self) -> Any:
        return self.sheet().rich()

    def _coloured(self) -> str:
        from rich.console import Console

        console = Console(file=io.StringIO(), force_terminal=True, width=shutil.get_terminal_size().columns)
        with console.capture() as capture:
            console.print(self)
        return capture.get().rstrip("\n")

    def print(self, file: IO[str] | None = None) -> None:
        """Print to `file`, by default the standard output: in colours on a terminal, else as plain text.

        What the file's encoding does not have, such as ∂ in ASCII, becomes a question mark.
        """
        file = sys.stdout if file is None else file
        said, encoding = (
            self._coloured() if colourful(file) else self.text(),
            getattr(file, "encoding", None) or "utf-8",
        )
        print(said.encode(encoding, "replace").decode(encoding), file=file)


class Judged(Printable):
    """What is shown and has a verdict."""

    @property
    def ok(self) -> bool:
        """Whether nothing was found wrong."""
        raise NotImplementedError

    def require(self) -> Self:
        """The report itself where it is ok; else WrongGradient, an AssertionError, with the report as text."""
        if not self.ok:
            raise WrongGradient(self.text())
        return self
