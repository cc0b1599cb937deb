"""Marked statements of a Python file."""

from __future__ import annotations

import ast
import io
import tokenize

from microgradnn.errors import FileError
from microgradnn.pages.blocks import BY_HAND, CHECK, COMMENT, LOSS, SETUP, Block, Place, bound, mark, parsed


def script(text: str, file: str) -> list[Block]:
    """The statements below each mark, a comment on a line of its own, and the imports at the top level.

    A mark stands for the one statement below it, a function as a rule; `setup` for those below it up to the
    first empty line; `check` for those until both loss and by_hand are there.
    """
    body = parsed(text, Place(file, 1))
    marks = _marks(text, file)
    blocks, taken = [], set()
    for k, (line, words) in enumerate(marks):
        place = Place(file, line)
        role, name = mark(words, place)
        if any(_first(each) < line <= (each.end_lineno or 0) for each in body):
            raise FileError(
                f"{place}: the mark stands within a statement; marks belong above functions at the top level"
            )
        end = marks[k + 1][0] if k + 1 < len(marks) else len(text) + 2
        below = _below(role, [each for each in body if line < _first(each) < end])
        if not below:
            raise FileError(f"{place}: nothing stands below the mark; put it right above the function it is for")
        taken.update(below)
        blocks.append(Block(role, name, place, tuple(below)))
    blocks += [
        Block(SETUP, "", Place(file, each.lineno), (each,))
        for each in (body if marks else [])
        if isinstance(each, ast.Import | ast.ImportFrom) and each not in taken
    ]
    return sorted(blocks, key=lambda block: block.body[0].lineno)


def _marks(text: str, file: str) -> list[tuple[int, str]]:
    """The lines of marks and what they say; text within strings is none."""
    found = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        said = COMMENT.fullmatch(token.string) if token.type == tokenize.COMMENT else None
        if said and not token.line[: token.start[1]].strip():
            if token.start[1]:
                place = Place(file, token.start[0])
                raise FileError(f"{place}: the mark is indented; marks belong above functions at the top level")
            found.append((token.start[0], said[1]))
    return found


def _first(statement: ast.stmt) -> int:
    """The line at which a statement begins, its decorators included."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(each.lineno for each in decorators)])


def _below(role: str, body: list[ast.stmt]) -> list[ast.stmt]:
    found: list[ast.stmt] = []
    for each in body:
        if found and role == SETUP and _first(each) > (found[-1].end_lineno or 0) + 1:
            break
        found.append(each)
        if role not in (SETUP, CHECK) or (role == CHECK and {LOSS, BY_HAND} <= bound(tuple(found)).keys()):
            break
    return found
