"""What is told of the paths between two Values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from microgradnn.check.sheet import MOST, Printable, Sheet
from microgradnn.drawing.text import shorten
from microgradnn.notation import expression
from microgradnn.paths.recursion import CALLS, Recursion
from microgradnn.paths.steps import Step

WIDEST = 32  # characters of a name
ENDS = 4  # of a long path: so many steps are shown at either end
NEVER = 10**16  # calls that take three hundred years at a million a second
DIGITS = 4000  # an int of more is not written in decimal digits, which Python refuses


@dataclass(frozen=True, eq=False)
class Path:
    """One way from root down to x: its steps, and the product of their local derivatives, root first.

    Where a step passes nothing on at all the product is 0.0.
    """

    steps: tuple[Step, ...]
    product: float

    @classmethod
    def of(cls, steps: tuple[Step, ...]) -> Path:
        product = 1.0
        for step in steps:
            product *= step.derivative
        return cls(steps, product if all(step.flows for step in steps) else 0.0)

    @property
    def values(self) -> tuple[Any, ...]:
        """The Values on the way, root first, x last; none where root is x."""
        return (self.steps[0].value, *(step.operand for step in self.steps)) if self.steps else ()

    @property
    def derivatives(self) -> tuple[float, ...]:
        return tuple(step.derivative for step in self.steps)


@dataclass(frozen=True, eq=False, repr=False)
class Paths(Printable):
    """∂root/∂x as the sum over all paths. `text()` is a table with an explanation.

    paths      the largest, in order of the size of their products
    count      how many there are, exactly: an int of any size
    blocked    on how many of them nothing flows: a flat piece such as relu below 0, or a branch not taken
    total      the sum of the products of all paths, also of those that are not listed
    size       the sum of their absolute values: where it is much larger than `total`, terms cancel
    rounding   how far rounding may take `total` and `gradient` apart
    gradient   what backward() computes, in topological order, with a visit to each Value
    naive      what the recursion without topological order computes (see `recursion`); None where it would need
               more than 200,000 calls, and more than there are Values on the way
    calls      how many calls that recursion makes, exactly
    longest    the steps of the longest path
    """

    root: Any
    x: Any
    paths: tuple[Path, ...]
    count: int
    blocked: int
    total: float
    size: float
    rounding: float
    gradient: float
    recursion: Recursion | None
    calls: int
    longest: int

    @property
    def naive(self) -> float | None:
        return None if self.recursion is None else self.recursion.gradient

    def __repr__(self) -> str:
        numbers = f"total={self.total!r}, gradient={self.gradient!r}, naive={self.naive!r}"
        return f"Paths(count={written(self.count)}, {numbers})"

    def to_dict(self) -> dict[str, Any]:
        """Plain dicts, lists, strings and numbers; a count of more than 4,000 digits as a text, "0x…"."""
        on_the_way = dict.fromkeys(value for path in self.paths for value in path.values)
        names = {value: named(value) for value in on_the_way}  # paths share most of their Values
        return {
            "root": named(self.root),
            "x": named(self.x),
            "paths": [
                {
                    "values": [names[value] for value in path.values],
                    "derivatives": list(path.derivatives),
                    "flows": all(step.flows for step in path.steps),
                    "product": path.product,
                }
                for path in self.paths
            ],
            "count": _plain(self.count),
            "blocked": _plain(self.blocked),
            "total": self.total,
            "size": self.size,
            "rounding": self.rounding,
            "gradient": self.gradient,
            "naive": self.naive,
            "calls": _plain(self.calls),
            "longest": self.longest,
        }

    def sheet(self) -> Sheet:
        shown = self.paths[:MOST]
        return Sheet(
            f"∂({named(self.root)})/∂({named(self.x)}), path by path",
            ("path", "product", "local derivatives, from the result down"),
            tuple((_route(path), f"{path.product:.9g}", _factors(path)) for path in shown),
            tuple("good" if all(step.flows for step in path.steps) else "warn" for path in shown),
            (*self._told(), *self._lesson()),
        )

    def _told(self) -> list[str]:
        """The paths and their sum."""
        said = []
        if self.count > (listed := min(len(self.paths), MOST)):
            said.append(f"{written(self.count)} paths; these are the {listed} largest")
        if self.blocked:
            which = "the only path" if self.count == 1 else f"{written(self.blocked)} of {written(self.count)} paths"
            said.append(
                f"nothing flows on {which}: a function is flat there (relu below 0), or the branch was not taken"
            )
        paths = "the only path gives" if self.count == 1 else f"the sum over all {written(self.count)} paths is"
        if self.count >= 10**15:
            paths = "the sum over all of them is"
        said.append(f"{paths} {self.total:.9g}; backward() gives {self.gradient:.9g}{self._agreed()}")
        if self.size > 1e3 * abs(self.total) and math.isfinite(self.size):
            said.append(f"the terms cancel: their absolute values add up to {self.size:.3g}")
        return said

    def _agreed(self) -> str:
        if self.total == self.gradient or (math.isnan(self.total) and math.isnan(self.gradient)):
            return ""
        if abs(self.total - self.gradient) <= self.rounding:
            return " (the rest is rounding: the same terms are added in another order)"
        return " (a product on the way is too large or too small for a float, and the orders of multiplying differ)"

    def _lesson(self) -> list[str]:
        """What the order of the sweep is for."""
        if self.root is self.x:
            return []
        if self.recursion is None:
            long = (
                "and would not finish in a lifetime"
                if self.calls > NEVER
                else f"more than the {CALLS:,} that are tried"
            )
            return [
                "without topological order: a recursion that goes down at once makes a call for every path, "
                f"{written(self.calls)} in all, {long}; in topological order each Value is visited once"
            ]
        _, twice, passed, held = self.recursion
        rule = (
            "without topological order: a recursion that adds derivative * v.grad to an operand of v and goes down "
            "at once"
        )
        deep = (
            f"; it would have to be {self.longest} calls deep, where Python stops at about 1000"
            if self.longest > 900
            else ""
        )
        if twice is None:
            return [f"{rule} gives the same here, since no Value on the way is reached twice{deep}"]
        name = named(twice)
        wrong = self.naive != self.gradient and not (math.isnan(self.naive or 0.0) and math.isnan(self.gradient))
        return [
            f"{rule} gives {self.naive:.9g}, {'which is wrong' if wrong else 'right only by chance'}{deep}",
            f"why: it reaches {name} first with {passed:.6g} and passes that on; reaching it again, it passes on "
            f"all that {name} holds by then, {held:.6g}, and so counts the {passed:.6g} again. backward() waits "
            "until everything has arrived, and then passes it on once: that is the topological order",
        ]


def named(value: Any) -> str:
    """The Value's label, or how it was computed, as far down as there is room for."""
    if value.label:
        return shorten(value.label, WIDEST)
    text = expression(value, 1)
    for depth in (2, 3, 4):
        deeper = expression(value, depth) if len(text) <= WIDEST // 2 else ""
        if not 0 < len(deeper) <= WIDEST:
            break
        text = deeper
    return shorten(text, WIDEST)


def written(count: int) -> str:
    """A whole number, rounded to three digits where it has more than fifteen."""
    if count < 10**15:
        return f"{count:,}"
    exponent = math.floor(math.log10(count))
    return f"about {count * 100 // 10**exponent / 100}e{exponent}"


def _plain(count: int) -> int | str:
    return count if count < 10**DIGITS else hex(count)


def _route(path: Path) -> str:
    if not path.steps:
        return "itself"
    shown = [named(path.steps[0].value), *map(_reached, _few(path.steps))]
    if len(path.steps) > 2 * ENDS:
        shown.insert(ENDS + 1, f"… {len(path.steps) - 2 * ENDS} more …")
    return " → ".join(shown)


def _reached(step: Step) -> str:
    """The operand's name, and which of the operands it is, where it is more than one."""
    uses = sum(1 for arg in step.value.args if arg is step.operand)
    return f"{named(step.operand)} [operand {step.position + 1}]" if uses > 1 else named(step.operand)


def _factors(path: Path) -> str:
    shown = [f"{step.derivative:.4g}" if step.flows else "nothing" for step in _few(path.steps)]
    if len(path.steps) > 2 * ENDS:
        shown.insert(ENDS, f"… {len(path.steps) - 2 * ENDS} more …")
    return " · ".join(shown) or "1"


def _few(steps: Sequence[Step]) -> Sequence[Step]:
    return steps if len(steps) <= 2 * ENDS else (*steps[:ENDS], *steps[-ENDS:])
