"""A worksheet that has been filled in, read again."""

from __future__ import annotations

import ast
import json
import re
from typing import Any

from microgradnn.check.worksheet import BAR, HEAD, TICK
from microgradnn.errors import DataError, FileError
from microgradnn.wholefile import Path, reason


def read(path: Path) -> dict[str, Any]:
    """The answers in a worksheet that has been filled in."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except (OSError, ValueError, TypeError) as error:
        raise FileError(f"{path} cannot be read: {reason(error)}") from error
    return _from_notebook(path, text) if str(path).lower().endswith(".ipynb") else _from_markdown(path, text)


def _from_markdown(path: Path, text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    inside = False
    for k, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.strip().startswith("|"):
            inside = False
        elif cells == [cell.strip() for cell in HEAD.strip("|").split("|")]:
            inside = True
        elif inside and len(cells) == 3 and cells[0].startswith("`"):
            name = cells[0].strip("`").replace(TICK[1], TICK[0]).replace(BAR[1], BAR[0])
            found[name] = _number(cells[2], f"{path}, line {k}")
    if not found:
        raise FileError(f"{path} is no worksheet: it has no table with the columns {HEAD.strip('| ')}")
    return found


def _number(text: str, where: str) -> float | None:
    bare = text.replace("−", "-").replace("*", "").strip("`_ ")
    if not bare:
        return None
    try:
        return float(bare)
    except ValueError:
        raise DataError(f"{where}: {text!r:.40} is no number; write it like -0.1234 or 1.2e-05") from None


def _from_notebook(path: Path, text: str) -> dict[str, Any]:
    try:
        cells = json.loads(text)["cells"]
        sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FileError(f"{path} is no notebook: {error}") from error
    for source in sources:
        if re.match(r"\s*answers\s*=", source):
            try:
                found = ast.literal_eval(source.split("=", 1)[1].strip())
            except (ValueError, SyntaxError, RecursionError) as error:
                raise DataError(f"{path}: the cell with the answers is no dict of numbers: {error}") from error
            if isinstance(found, dict):
                return found
    raise FileError(f"{path} has no cell that begins with answers = {{…}}")
