"""A recorded run is data: its start, settings and samples are read strictly, or refused with a reason.

A *golden file* holds one run of an article's own rule, made in JavaScript (IEEE doubles) from a fixed start:
the settings and samples it used, and what came out. `start(name)` gives the ones that come with this package.
Readers call every number by its place in that file, so that an error can say where it stands.
"""

import json
import math
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from microgradnn.errors import DataError, NotANumber, SettingError, ShapeError

Row = list[float]
Matrix = list[Row]
Golden = Mapping[str, Any]

STARTS = (
    "nanoneuron",
    "mikir_xor",
    "mikir_xor_lr05",
    "mlp_xor_as_published",
    "mlp_xor_corrected",
    "quadrants_2_4",
    "quadrants_2_6_4",
)


def start(name: str) -> dict[str, Any]:
    """One recorded run by name: see `STARTS`. Every call reads it anew, so the caller may change it."""
    if name not in STARTS:
        raise SettingError(f"there is no recorded run {name!r}; choose one of {', '.join(STARTS)}")
    text = (files("microgradnn.articles") / "starts" / f"{name}.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def table(value: object, where: str) -> Mapping[str, Any]:
    """A dict."""
    if not isinstance(value, Mapping):
        raise DataError(f"{where} is {_said(value)}; give a dict, as the recorded runs have it")
    return value


def field(golden: object, key: str, where: str) -> Any:
    """What stands under a key of a dict; a missing key is an error that names it."""
    found = table(golden, where)
    if key not in found:
        raise DataError(f"{where} lacks {key!r}; it has {', '.join(map(repr, found)) or 'no keys'}")
    return found[key]


def real(value: object, where: str) -> float:
    """A finite real number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotANumber(f"{where} is {_said(value)}; give a real number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise DataError(f"{where} is {_said(value)}; give a finite number, at most about 1.8e308")
    return number


def natural(value: object, where: str, least: int = 1) -> int:
    """A whole number, at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise NotANumber(f"{where} is {_said(value)}; give a whole number")
    if value < least:
        raise DataError(f"{where} is {value}; give {least} or more")
    return value


def items(value: object, where: str, length: int | None = None) -> Sequence[Any]:
    """A list or tuple that is not empty, of the given length if one is given."""
    if not isinstance(value, list | tuple):
        raise ShapeError(f"{where} is {_said(value)}; give a list")
    if not value:
        raise ShapeError(f"{where} is empty; give {'at least one item' if length is None else length}")
    if length is not None and len(value) != length:
        raise ShapeError(f"{where} has length {len(value)}; {length} is needed")
    return value


def row(value: object, where: str, length: int | None = None) -> Row:
    """A list of finite numbers."""
    return [real(x, f"{where}[{i}]") for i, x in enumerate(items(value, where, length))]


def matrix(value: object, where: str, rows: int | None = None, columns: int | None = None) -> Matrix:
    """A list of rows that are equally long."""
    found: Matrix = []
    for i, line in enumerate(items(value, where, rows)):
        found.append(row(line, f"{where}[{i}]", columns))
        columns = len(found[0])
    return found


def widths(value: object, where: str, length: int) -> list[int]:
    """The numbers of neurons in layers, inputs first."""
    return [natural(n, f"{where}[{i}]") for i, n in enumerate(items(value, where, length))]


def pairs(value: object, where: str, inputs: int, outputs: int) -> list[tuple[Row, Row]]:
    """Samples [[inputs], [targets]] of the given widths, in their order."""
    found = []
    for i, pair in enumerate(items(value, where)):
        x, t = items(pair, f"{where}[{i}]", 2)
        found.append((row(x, f"{where}[{i}][0]", inputs), row(t, f"{where}[{i}][1]", outputs)))
    return found


def order(value: object, where: str, size: int) -> list[int]:
    """Places in a list of `size` samples, in the order in which they were drawn."""
    found = [natural(k, f"{where}[{i}]", least=0) for i, k in enumerate(items(value, where))]
    for i, k in enumerate(found):
        if k >= size:
            raise DataError(f"{where}[{i}] is {k}, but there are {size} samples: give 0 to {size - 1}")
    return found


def recorded_at(written: object, steps: int, every: int) -> list[int]:
    """The steps at which a run writes its loss down: each `every`-th and the last.

    Where the golden file has a record that ends with the last step, its own choice of steps is kept.
    """
    if isinstance(written, Mapping):
        given: list[Any] = list(written)
    elif isinstance(written, list | tuple):
        given = [entry[0] for entry in written if isinstance(entry, list | tuple) and entry]
    else:
        given = []
    try:
        chosen = [int(step) for step in given]
    except (TypeError, ValueError):
        chosen = []
    if chosen and min(chosen) >= 0 and max(chosen) == steps - 1:
        return sorted(set(chosen))
    return sorted({*range(0, steps, every), steps - 1})


def _said(value: object) -> str:
    """A value in a few words, for an error."""
    text = repr(value)
    return f"{text[:40]}{'…' if len(text) > 40 else ''} ({type(value).__name__})"
