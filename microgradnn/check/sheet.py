"""A table with remarks: as plain text, for rich, and as HTML."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import IO, Any

from microgradnn.drawing.text import visible, xml

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


class Printable:
    """What is shown as a sheet: plain by `str()`, coloured by `.print()` on a terminal, HTML in a notebook."""

    def sheet(self) -> Sheet:
        """What there is to show."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.sheet().text()

    def _repr_html_(self) -> str:
        return self.sheet().html()

    def __rich__(self) -> Any:
        return self.sheet().rich()

    def print(self, file: IO[str] | None = None) -> None:
        """Print to `file`, by default the standard output: a coloured table on a terminal, else plain text."""
        file = sys.stdout if file is None else file
        if file.isatty():
            from rich.console import Console

            Console(file=file).print(self)
        else:
            print(self, file=file)
