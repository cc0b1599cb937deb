"""The part of the table that a graph needs, as JavaScript: values, partials and kinks, as the table has them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from microgradnn.elementary import div, power
from microgradnn.ops import TABLE, Op
from microgradnn.primitives import BUILT_IN
from microgradnn.stepping.javascript import INFIX, function
from microgradnn.stepping.rebound import GIVEN, RAISING, rebound

_RAISING_INFIX = {op: symbol for op, symbol in INFIX.items() if op is not div}
Row = tuple[Op, int]  # a row, and how many arguments it is applied to


class Rows:
    """A script that is written row by row: `values`, functions that call each other, and `entries`, one a row."""

    def __init__(self) -> None:
        self._values: dict[Row, str] = {}
        self._names: dict[Row, str] = {}
        self._entries: dict[Row, str] = {}
        self._missing: list[Row] = []

    def add(self, op: Op, count: int) -> str:
        """Write the row for that many arguments, if it is not there; what it is called in the script.

        Whatever a user's function raises that cannot be called with formulas passes through, and then the script
        is as it was before.
        """
        row = op, count
        if row not in self._entries:
            before = dict(self._values), dict(self._names), list(self._missing)
            try:
                entry = self._entry(op, count)
                while self._missing:
                    self._write(*self._missing.pop())
            except BaseException:
                self._values, self._names, self._missing = before
                raise
            self._entries[row] = entry
        return self._names[row]

    def script(self) -> str:
        """The statements that define `rows`: by name, objects of value, partials, kinks and what else is known."""
        entries = [f"{self._names[row]}: {{\n{entry}\n}}," for row, entry in self._entries.items()]
        return "\n".join([*self._values.values(), "const rows = {", *entries, "};"])

    def _named(self, op: Op, count: int) -> str:
        row = op, count
        if row not in self._names:
            # The ending keeps names apart from each other and from JavaScript's own words.
            self._names[row] = f"{op.name}_{len(self._names)}"
            self._missing.append(row)
        return self._names[row]

    def _raising(self, op: Op, count: int) -> str:
        """The same within a function of a user's own, where Python's operators are those of floats, which may raise."""
        return {div: "ieee.quotient", power: "ieee.power"}.get(op) or self._named(op, count)

    def _write(self, op: Op, count: int) -> None:
        name, names = self._names[op, count], _arguments(op, count)
        if op.name in GIVEN and op is TABLE.get(op.name, op):
            text = f"const {name} = ieee.{op.name};"
        elif op in INFIX or op is TABLE["neg"]:  # traced, it would be found to call itself
            text = f"const {name} = ({', '.join(names)}) => {' '.join([*names[:-1], op.symbol, names[-1]])};"
        elif op in RAISING.values():
            text = f"const {name} = ieee.raising(ieee.{op.name.removeprefix('math_')});"
        elif op.name in BUILT_IN:
            text = f"function {function(name, rebound(op.value), names, self._named)}"
        else:
            text = f"function {function(name, rebound(op.value, raising=True), names, self._raising, _RAISING_INFIX)}"
        self._values[op, count] = text

    def _entry(self, op: Op, count: int) -> str:
        name, names = self._named(op, count), _arguments(op, count)
        texts = [f"value: {name}"]
        made: list[tuple[str, Callable[..., Any], list[str]]] = [("partials", _slopes(op), [*names, "out"])]
        if op.textbook is not None and op.name in BUILT_IN:
            made.append(("textbook", _textbook(op), [*names, "out"]))
        if op.domain.text:
            texts.append(f"domain: {json.dumps(op.domain.text)}")
        if op.kink is not None:
            made += [("at", op.kink.at, names), ("sides", op.kink.sides, names)]
        if op.taken is not None:
            made.append(("taken", op.taken, names))
        return ",\n".join([*texts, *(function(*each, self._named) for each in made)])


def _arguments(op: Op, count: int) -> list[str]:
    return list(op.arguments) if op.arity else [f"x{k}" for k in range(count)]


def _textbook(op: Op) -> Callable[..., Any]:
    """The partials as they are shown, of which the page says only what is so for the numbers of the moment."""
    shown: Any = op.textbook
    return shown if op.partials else lambda *args: shown(args[:-1], args[-1])


def _slopes(op: Op) -> Callable[..., Any]:
    """All partials of a row as one function of the arguments and the value there."""
    gradient = op.gradient
    if gradient is not None:
        return lambda *args: gradient(args[:-1], args[-1])
    # Those of the table speak to rows already; a user's may call `math`.
    each = [partial if op.name in BUILT_IN else rebound(partial) for partial in op.partials]
    return lambda *args: [partial(*args) for partial in each]
