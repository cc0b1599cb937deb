"""A row of the table: what is compared with what, and what is to be reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.timing import Duel


@dataclass(frozen=True)
class Row:
    """A piece of work, set up by `make`.

    `at_most` bounds the ratio of the times, or what is measured (in `unit`) where nobody is on the other side; `limit`
    is what stands in the way, told where the bound is missed.
    """

    name: str
    work: str
    against: str
    make: Callable[[], Duel]
    at_most: float | None = None
    unit: str = "s"
    limit: str = ""
