"""Expressions that differ in an index alone, written once: `sum(w[i] * x[i] for i in range(8))`."""

from __future__ import annotations

import re
from collections.abc import Sequence

INDEX = re.compile(r"(?<=\[)\d+(?=\])")
SUBSCRIPT = re.compile(r"(?<=[{,])\d+(?=[,}])")  # of TeX, as named() writes them
LONG = 20  # characters of a long entry
LETTERS = ("i", "j", "k", "l", "m", "n")


def free_letter(texts: Sequence[str]) -> str:
    """A letter for an index that none of the expressions uses; none where all are used."""
    used = {word for text in texts for word in re.findall(r"[A-Za-z_]\w*", text)}
    return next((letter for letter in LETTERS if letter not in used), "")


def template(texts: Sequence[str], letter: str, pattern: re.Pattern[str] = INDEX) -> str:
    """The expression of which all are the case for letter = 0, 1, 2, …; none where there is no such one.

    >>> template(["w[1] * x[0]", "w[2] * x[1]"], "i")
    'w[i + 1] * x[i]'
    """
    pieces = [pattern.split(text) for text in texts]
    if not letter or len(texts) < 2 or any(each != pieces[0] for each in pieces):
        return ""
    numbers = [[int(x) for x in pattern.findall(text)] for text in texts]
    found, varies = [], False
    for place, first in enumerate(numbers[0]):
        column = [row[place] for row in numbers]
        if all(x == first for x in column):
            found.append(str(first))
        elif column == list(range(first, first + len(texts))):
            found.append(f"{letter} + {first}" if first else letter)
            varies = True
        else:
            return ""
    whole = "".join(text + index for text, index in zip(pieces[0], [*found, ""], strict=True))
    return whole if varies else ""


def listed(texts: Sequence[str]) -> str:
    """A list of expressions, as a comprehension where they differ in an index alone."""
    letter = free_letter(texts)
    rule = template(texts, letter) if len(texts) > 1 and (len(texts) > 2 or len(texts[0]) > LONG) else ""
    return f"[{rule} for {letter} in range({len(texts)})]" if rule else f"[{', '.join(texts)}]"


def columns(texts: Sequence[str]) -> int:
    """How wide a table is that would hold the expressions row by row and can be written with two indices; or 0."""
    count = len(texts)
    for width in range(2, count // 2 + 1):
        if count % width == 0 and not template(texts, free_letter(texts)):
            rows = [texts[k : k + width] for k in range(0, count, width)]
            lists = [listed(row) for row in rows]
            if template(lists, free_letter(lists)):
                return width
    return 0
