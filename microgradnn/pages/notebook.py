"""Marked cells of a Jupyter notebook."""

from __future__ import annotations

import json
import linecache
import re
from typing import Any

from microgradnn.errors import FileError
from microgradnn.pages.blocks import COMMENT, Block, Place, mark, parsed

MAGIC = re.compile(r"^[%!].*$", re.MULTILINE)  # a line for IPython or the shell


def notebook(text: str, file: str) -> list[Block]:
    """The code cells whose first line is a comment with a mark. Lines of IPython's own (% and !) are left out."""
    blocks = []
    for k, cell in enumerate(_cells(text, file), 1):
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        code = _source(cell.get("source"), file, k)
        blank = len(code) - len(code.lstrip("\n"))
        comment = COMMENT.match(code, blank)
        if comment:
            place = Place(file, blank + 1, k)
            linecache.cache[place.source] = (len(code), None, code.splitlines(keepends=True), place.source)
            body = parsed(MAGIC.sub("", code), place.at(1))
            blocks.append(Block(*mark(comment[1], place), place, tuple(body)))
    return blocks


def _cells(text: str, file: str) -> list[Any]:
    try:
        book = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FileError(f"{file} is no notebook: its JSON is broken ({error})") from error
    cells = book.get("cells") if isinstance(book, dict) else None
    if not isinstance(cells, list):
        raise FileError(f"{file} is no notebook of format 4: it has no list of cells; save it anew with Jupyter")
    return cells


def _source(source: Any, file: str, cell: int) -> str:
    lines = source if isinstance(source, list) else [source]
    if not all(isinstance(line, str) for line in lines):
        raise FileError(f"{file}:cell {cell}: the source of a cell is text or a list of lines; save it anew")
    return "".join(lines).replace("\r\n", "\n")
