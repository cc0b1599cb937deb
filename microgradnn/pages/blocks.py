"""Marked code: what a mark says, and the statements it stands for, at their true lines in the file."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from dataclasses import dataclass

from microgradnn.errors import FileError

SETUP, LOSS, BY_HAND, CHECK = "setup", "loss", "by_hand", "check"
AT, MODEL, SAMPLE = "at", "model", "sample"
ROLES = (SETUP, LOSS, BY_HAND, AT, MODEL, SAMPLE, CHECK)
COMMENT = re.compile(r"[ \t]*#[ \t]*microgradnn[ \t]*:[ \t]*(.*)")


@dataclass(frozen=True)
class Place:
    """A line of a file; `cell`, counted from 1, where the file is a notebook, and the line is within that cell."""

    file: str
    line: int
    cell: int | None = None

    def __str__(self) -> str:
        return f"{self.source}:{self.line}"

    @property
    def source(self) -> str:
        """What Python is to call the source: the file, or the cell of a notebook."""
        return self.file if self.cell is None else f"{self.file}:cell {self.cell}"

    def at(self, line: int) -> Place:
        """Another line of the same source."""
        return Place(self.file, line, self.cell)


@dataclass(frozen=True)
class Block:
    """Statements that a mark stands above: their role, the name that pairs them, and where the mark is."""

    role: str
    name: str
    place: Place
    body: tuple[ast.stmt, ...]


def mark(words: str, place: Place) -> tuple[str, str]:
    """Role and name of "ROLE" or "ROLE NAME"; FileError where it is neither."""
    role, *names = words.split() or [""]
    if role not in ROLES:
        said = f"the role {role!r} does not exist" if role else "the mark names no role"
        raise FileError(f"{place}: {said}; write one of {', '.join(ROLES)} after microgradnn")
    if len(names) > 1:
        raise FileError(f"{place}: a mark is a role and at most one name, and this is {words.strip()!r}")
    return role, names[0] if names else ""


def parsed(code: str, place: Place) -> list[ast.stmt]:
    """The statements of code that begins at a place; FileError where it is not Python."""
    try:
        with warnings.catch_warnings(action="ignore"):  # the style of the author's strings is not what is checked
            tree = ast.parse("\n" * (place.line - 1) + code, place.source)
    except SyntaxError as error:
        raise FileError(f"{place.at(error.lineno or place.line)}: this is not Python: {error.msg}") from error
    except (ValueError, RecursionError, MemoryError) as error:  # a null byte; brackets nested without end
        python = f"Python {sys.version_info.major}.{sys.version_info.minor}"
        raise FileError(f"{place}: {python} cannot read this code: {error or type(error).__name__}") from error
    return tree.body


def bound(body: tuple[ast.stmt, ...]) -> dict[str, ast.stmt]:
    """The names that statements bind at the top level, by def, import or =, with the last that binds each."""
    found: dict[str, ast.stmt] = {}
    for statement in body:
        names: list[str] = []
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names = [statement.name]
        elif isinstance(statement, ast.Assign):
            names = [target.id for target in statement.targets if isinstance(target, ast.Name)]
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            names = [statement.target.id]
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            names = [alias.asname or alias.name for alias in statement.names]
        for name in names:
            found.pop(name, None)
            found[name] = statement
    return found
