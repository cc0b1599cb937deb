"""Leaves whose numbers live in an array for a while, where compiled training moves them all at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from microgradnn import engine
from microgradnn.chain import Node
from microgradnn.engine import Value
from microgradnn.making import Call, tick

_time: Any = Node.__dict__["time"]


class Ledger:
    """An array of numbers that leaves have lent; `clock` has the time at which all of them were last moved."""

    def __init__(self, numbers: Any) -> None:
        self.numbers = numbers
        self.view = memoryview(numbers)
        self.clock = [0]

    def moved(self) -> None:
        """Say that the numbers in the array are new ones."""
        self.clock[0] = tick()


class Loan(NamedTuple):
    """Where the number of a leaf is kept."""

    ledger: Ledger
    place: int
    line: str = ""
    calls: tuple[Call, ...] = ()


class Lent(Value):
    """A leaf that has lent its number: it is read and written in the array, and its time is that of the array."""

    __slots__ = ()
    kept_as = Value

    @property
    def _data(self) -> float:
        loan: Any = self.made
        number: float = loan.ledger.view[loan.place]
        return number

    @_data.setter
    def _data(self, data: float) -> None:
        loan: Any = self.made
        loan.ledger.view[loan.place] = data

    @property
    def time(self) -> int:
        loan: Any = self.made
        own: int = _time.__get__(self)
        moved: int = loan.ledger.clock[0]
        return max(own, moved)

    @time.setter
    def time(self, time: int) -> None:
        _time.__set__(self, time)


def recall(values: Sequence[Value]) -> None:
    """Let leaves keep their numbers themselves again."""
    for value in values:
        if value.__class__ is Lent:
            data, at = value._data, value.time
            value.__class__ = Value  # type: ignore[assignment]
            value._data, value.made = data, None
            value.time = at
    engine.makings += 1


def lend(values: Sequence[Value], zeros: Any) -> Ledger:
    """Let the leaves keep their numbers side by side in an array: `zeros`, or the one where they are already."""
    loans: list[Any] = [value.made for value in values]
    if all(value.__class__ is Lent for value in values):
        ledger: Ledger = loans[0].ledger
        if len(ledger.numbers) == len(values) and all(
            loan.ledger is ledger and loan.place == k for k, loan in enumerate(loans)
        ):
            return ledger
    ledger = Ledger(zeros)
    for place, value in enumerate(values):
        data, at = value._data, value.time
        value.__class__ = Lent
        value.made = Loan(ledger, place)  # type: ignore[assignment]
        value._data = data
        value.time = at
    engine.makings += 1
    return ledger
