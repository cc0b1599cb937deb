"""A worksheet that has been filled in, read again."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from microgradnn.check.worksheet import BAR, COMPUTED, HEAD, HIDDEN, TICK
from microgradnn.errors import DataError, FileError
from microgradnn.wholefile import Path, reason


class Filled(NamedTuple):
    """What a worksheet that has been filled in says: the answers, and what it is a worksheet of.

    `about` are its seed and its number of blanks (None where the heading is gone), `numbers` the values of the
    steps, as printed.
    """

    path: Path
    answers: dict[str, Any]
    about: tuple[int, int] | None
    numbers: dict[str, str]

    def of(self, seed: int, blanks: int, numbers: Mapping[str, str]) -> dict[str, Any]:
        """The answers; DataError where they are those to another worksheet, by which nobody would be marked."""
        if self.about not in (None, (seed, blanks)):
            its_seed, its_blanks = self.about or (0, 0)
            raise DataError(
                f"{self.path} is exercise {its_seed} with {its_blanks} blanks, and this is exercise {seed} with "
                f"{blanks}: mark it by exercise(…, seed={its_seed}, blanks={its_blanks})"
            )
        for name, x in numbers.items():
            if self.numbers.get(name, x) != x:
                raise DataError(
                    f"{self.path} has {self.numbers[name]} for {name}, where this worksheet has {x}: it was made of "
                    "another loss or at another point; mark it by what made it"
                )
        return self.answers


def read(path: Path) -> Filled:
    """A worksheet that has been filled in."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except (OSError, ValueError, TypeError) as error:
        raise FileError(f"{path} cannot be read: {reason(error)}") from error
    if str(path).lower().endswith(".ipynb"):
        return _from_notebook(path, text)
    answers = {name: _number(cell, f"{path}, line {k}") for k, name, cell in _table(text, HEAD)}
    if not answers:
        raise FileError(f"{path} is no worksheet: it has no table with the columns {HEAD.strip('| ')}")
    return Filled(path, answers, *_about(text))


def _about(text: str) -> tuple[tuple[int, int] | None, dict[str, str]]:
    """The seed and the number of blanks that the introduction tells, and the numbers of the steps."""
    seed, blanks = re.search(r"^# .*: exercise (-?\d+)\s*$", text, re.MULTILINE), re.search(r"; (\d+) of these", text)
    about = (int(seed[1]), int(blanks[1])) if seed and blanks else None
    return about, {name: cell for _, name, cell in _table(text, COMPUTED)}


def _table(text: str, head: str) -> list[tuple[int, str, str]]:
    """The tables that begin so: of each row its line, its name and its last cell."""
    found: list[tuple[int, str, str]] = []
    inside = False
    for k, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.strip().startswith("|"):
            inside = False
        elif cells == [cell.strip() for cell in head.strip("|").split("|")]:
            inside = True
        elif inside and len(cells) == 3 and cells[0].startswith("`"):
            found.append((k, cells[0].strip("`").replace(TICK[1], TICK[0]).replace(BAR[1], BAR[0]), cells[2]))
    return found


def _number(text: str, where: str) -> float | None:
    bare = text.replace("−", "-").replace("*", "").strip("`_ ")
    if not bare or bare == HIDDEN:
        return None
    try:
        return float(bare)
    except ValueError:
        raise DataError(f"{where}: {text!r:.40} is no number; write it like -0.1234 or 1.2e-05") from None


def _from_notebook(path: Path, text: str) -> Filled:
    try:
        cells = json.loads(text)["cells"]
        sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        words = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FileError(f"{path} is no notebook: {error}") from error
    for source in sources:
        if re.match(r"\s*answers\s*=", source):
            try:
                found = ast.literal_eval(source.split("=", 1)[1].strip())
            except (ValueError, SyntaxError, RecursionError) as error:
                raise DataError(f"{path}: the cell with the answers is no dict of numbers: {error}") from error
            if isinstance(found, dict):
                return Filled(path, found, *_about(words))
    raise FileError(f"{path} has no cell that begins with answers = {{…}}")
