"""What data must be before anything learns from them: numbers, finite, in rows of one length."""

from collections.abc import Iterable, Mapping, Set
from numbers import Real
from typing import Any

from microgradnn.errors import DataError, NotANumber, SettingError, ShapeError
from microgradnn.ieee import number

Rows = list[list[float]]
Targets = list[float] | list[list[float]]


def check_data(X: Any, Y: Any, names: tuple[str, str] = ("X", "Y")) -> tuple[Rows, Targets]:
    """A data set is a list of rows and as many targets; both come back as lists of floats.

    Lists, tuples, iterators and arrays are taken. A DataError or a ShapeError names the first row that is
    wrong.
    """
    rows, targets = check_inputs(X, names[0]), check_targets(Y, names[1])
    if len(rows) != len(targets):
        few = min(len(rows), len(targets))
        raise ShapeError(
            f"{names[0]} has {len(rows)} rows and {names[1]} has {len(targets)}; "
            f"row {few} has no partner: give one target for each row"
        )
    return rows, targets


def check_inputs(X: Any, name: str = "X") -> Rows:
    """Inputs are a list of rows, all of one length, of finite numbers."""
    rows: Rows = []
    for i, row in enumerate(_items(X, name)):
        if isinstance(row, Real):
            raise ShapeError(f"{name}[{i}] is a number; each row of {name} is a list: write [[x] for x in {name}]")
        rows.append(_row(row, f"{name}[{i}]"))
        if len(rows[i]) != len(rows[0]):
            raise ShapeError(f"{name}[{i}] has length {len(rows[i])}, but {name}[0] has length {len(rows[0])}")
    return rows


def check_targets(Y: Any, name: str = "Y") -> Targets:
    """Targets are a list of finite numbers, or of rows of them, all of one length."""
    items = _items(Y, name)
    if any(isinstance(item, Iterable) and not isinstance(item, str | bytes) for item in items):
        for i, item in enumerate(items):
            if isinstance(item, Real):
                raise ShapeError(f"{name}[{i}] is a number, but other targets are lists; make them all alike")
        return check_inputs(items, name)
    return [real(item, f"{name}[{i}]") for i, item in enumerate(items)]


def real(x: Any, where: str) -> float:
    """A finite real number as a float, exactly; anything else is a DataError that says where it stands."""
    try:
        value = number(x, where)
    except NotANumber as refusal:
        raise DataError(str(refusal)) from None
    if value - value != 0.0:  # true of nan and of both infinities, and of nothing else
        raise DataError(f"{where} is {value}; drop the row or fill the gap, nothing can be learned from it")
    return value


def amount(value: Any, name: str) -> float:
    """A setting that is a finite number."""
    try:
        return real(value, name)
    except DataError:
        raise SettingError(f"{name} is {_short(value)}; it is a finite number") from None


def positive(value: Any, name: str) -> int:
    """A count: an integer of at least 1."""
    if type(value) is not int or value < 1:
        raise SettingError(f"{name} is {value!r}; it is an integer of at least 1")
    return value


def _short(x: Any) -> str:
    """A value's text, cut to what fits into a line."""
    text = repr(x)
    return text if len(text) <= 40 else text[:39] + "…"


def _row(row: Any, where: str) -> list[float]:
    return [real(x, f"{where}[{j}]") for j, x in enumerate(_items(row, where))]


def _items(x: Any, where: str) -> list[Any]:
    """What an iterable holds, if it has an order, and something to hold."""
    if isinstance(x, str | bytes | bytearray):
        raise DataError(f"{where} is {_short(x)} ({type(x).__name__}); data are plain numbers")
    if isinstance(x, Mapping | Set):
        raise ShapeError(f"{where} is a {type(x).__name__}, which has no columns in order; give a list")
    try:
        items = list(x)
    except TypeError:
        raise ShapeError(f"{where} is {_short(x)} ({type(x).__name__}); a list is expected") from None
    if not items:
        raise DataError(f"{where} is empty; there is nothing to learn from")
    return items
