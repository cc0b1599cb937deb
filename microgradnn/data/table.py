"""Tables of numbers in text files."""

import csv
import re
from collections.abc import Sequence
from os import PathLike

from microgradnn.data.checks import Rows, Targets
from microgradnn.errors import DataError, SettingError

Column = int | str
# Stricter than `float`, which also takes nan, infinity, 1_000 and the digits of every script.
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def read_csv(
    path: str | PathLike[str],
    target: Column | Sequence[Column] = -1,
    header: bool | None = None,
    delimiter: str = ",",
) -> tuple[Rows, Targets]:
    """A table of numbers is a data set: one column (or several) is the target, all others are the inputs.

    `target` is a column's place (from 0; −1 is the last) or its name in the header, or a list of them:
    then the targets are rows. `header` says whether the first line names the columns; without it, it does
    if it holds words and no number. Blank lines are passed over. What is no finite number is a DataError
    with its line and column, as is a line that is too short or too long.
    """
    if type(delimiter) is not str or len(delimiter) != 1 or delimiter in '"\r\n':
        raise SettingError(f"delimiter is {delimiter!r}; it is one character, such as ',' or ';' or a tab")
    lines = _lines(path, delimiter)
    if not lines:
        raise DataError(f"{path} is empty; there is nothing to learn from")
    first = lines[0][1]
    names: list[str] | None = None
    if header or (header is None and all(_is_word(text) for text in first)):
        names = [text.strip() for text in first]
        del lines[0]
        if not lines:
            raise DataError(f"{path} has a header and no rows; there is nothing to learn from")
    columns: Sequence[Column] = [target] if isinstance(target, int | str) else target
    wanted = [_column(column, names, len(first), path) for column in columns]
    if not wanted or len(set(wanted)) != len(wanted):
        raise SettingError(f"target is {target!r}; one column, or several that differ, are expected")
    rest = [j for j in range(len(first)) if j not in wanted]
    if not rest:
        raise DataError(
            f"{path} has no column left for inputs once {target!r} is the target; where columns are not "
            f"divided by {delimiter!r}, say by what: delimiter=';'"
        )
    rows = [_numbers(texts, len(first), line, names, path) for line, texts in lines]
    X = [[row[j] for j in rest] for row in rows]
    if isinstance(target, int | str):
        return X, [row[wanted[0]] for row in rows]
    return X, [[row[j] for j in wanted] for row in rows]


def _lines(path: str | PathLike[str], delimiter: str) -> list[tuple[int, list[str]]]:
    """All lines that hold something, cut into fields, with their numbers in the file."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=delimiter, strict=True)
            try:
                return [(reader.line_num, texts) for texts in reader if any(text.strip() for text in texts)]
            except csv.Error as error:
                raise DataError(f"{path}, line {reader.line_num}: {error}; repair the quoting") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is no UTF-8 text; save it as UTF-8") from error
    except (OSError, ValueError) as error:  # a ValueError is a path that no file can have
        raise DataError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _is_word(text: str) -> bool:
    """Not even a number of the kinds that are refused below: a gap in the first row is no header."""
    try:
        float(text)
    except ValueError:
        return True
    return False


def _column(column: Column, names: list[str] | None, width: int, path: object) -> int:
    """The place of a column that was given by its place or by its name."""
    if isinstance(column, str):
        if names is None:
            raise DataError(f"{path} has no header, so there is no column {column!r}; give its place, from 0")
        if names.count(column) != 1:
            what = "several columns" if column in names else "no column"
            raise DataError(f"{path} has {what} {column!r}; it has {', '.join(map(repr, names))}")
        return names.index(column)
    if type(column) is not int:
        raise SettingError(f"a target column is {column!r}; it is a place (an integer) or a name")
    if not -width <= column < width:
        raise DataError(f"{path} has no column {column}; it has {width}, counted from 0")
    return column % width


def _numbers(texts: list[str], width: int, line: int, names: list[str] | None, path: object) -> list[float]:
    """One line's fields as finite numbers, or a DataError that says where the first wrong one stands."""
    if len(texts) != width:
        raise DataError(f"{path}, line {line} has {len(texts)} columns; the first line has {width}")
    numbers: list[float] = []
    for j, text in enumerate(texts):
        bare = text.strip()
        value = float(bare) if _NUMBER.fullmatch(bare) else None
        if value is None or value - value != 0.0:
            column = f"column {j + 1}" + (f" ({names[j]})" if names else "")
            found = repr(bare if len(bare) <= 40 else bare[:39] + "…") if bare else "nothing"
            raise DataError(f"{path}, line {line}, {column}: {found}; a finite number is expected")
        numbers.append(value)
    return numbers
