"""Marking as a teacher does: the step that brought an error in is wrong, and what follows from it is forgiven."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from microgradnn import reverse
from microgradnn.chain import Node, graph, operands, sweep
from microgradnn.check.compare import SAFETY
from microgradnn.check.marks import StepRow, StepVerdict
from microgradnn.check.precision import precision, unit
from microgradnn.check.readings import slack
from microgradnn.check.rounded import TINY, Rounded
from microgradnn.check.spans import NOTHING, Span, rounded, spans
from microgradnn.engine import Value


class Answer(NamedTuple):
    """One number by hand: the derivative with respect to `value`. None is an answer that was not given.

    `error` bounds the rounding in it; to that comes what usual forms lose, unless the bound is `known` to be all.
    """

    step: str
    where: str
    value: Value
    given: float | None
    error: float = 0.0
    known: bool = False


class _Sweep(NamedTuple):
    """What the chain rule gives when it goes on from certain numbers, and what usual forms lose of that."""

    floats: dict[Any, float]
    spans: dict[Node, Span]
    loose: dict[Node, Span]

    def tolerance(self, answer: Answer, x: float) -> float:
        found = SAFETY * (self.hand(answer, x) + self.spans.get(answer.value, NOTHING).error) + TINY
        return math.inf if math.isnan(found) else found

    def hand(self, answer: Answer, x: float) -> float:
        usual = 16.0 * unit() * abs(x) + 2.0 * self.loose.get(answer.value, NOTHING).error
        return answer.error if answer.known else answer.error + usual

    def agrees(self, answer: Answer, x: float) -> bool:
        span, tolerance = self.spans.get(answer.value, NOTHING), self.tolerance(answer, x)
        return span.low - tolerance <= x <= span.high + tolerance


class Marker:
    """Marks one step after another; what was answered before counts for what comes after."""

    def __init__(self, out: Value, numbers: dict[Node, Rounded] | None = None, on_paper: bool = False) -> None:
        self.out = out
        self.on_paper = on_paper  # answers have few digits, and what that hides is no finding
        self.numbers = numbers or rounded(out)
        self.loosely = rounded(out, slack())
        self.yours: dict[Node, Span] = {}
        self.right: dict[Node, Span] = {}
        self.wrong: list[tuple[str, set[Node]]] = []
        self.levels = _levels(out)
        self.auto = self._sweep({})

    def step(self, answers: Sequence[Answer]) -> list[StepRow]:
        """The rows of one step. Its numbers are taken from the result down, whatever their order."""
        rows: dict[int, StepRow] = {}
        groups: dict[int, list[int]] = {}
        for k, answer in enumerate(answers):
            groups.setdefault(self.levels.get(answer.value, 0), []).append(k)
        for _, group in sorted(groups.items()):
            onward = self._sweep(self.yours) if self.yours else self.auto
            clean = onward if len(self.right) == len(self.yours) else self._sweep(self.right)
            rows |= {k: self._marked(answers[k], onward, clean) for k in group}
            for k in group:
                self._remember(answers[k], rows[k].verdict, onward)
        return [rows[k] for k in range(len(answers))]

    def tell(self, value: Value, x: float, error: float) -> None:
        """A derivative that is given as right, to within `error`: what follows goes on from it."""
        self.yours[value] = self.right[value] = Span(x, x, error)

    def _sweep(self, told: Mapping[Node, Span]) -> _Sweep:
        floats = sweep(
            [(self.out, 1.0)],
            lambda node: [(node.args[k], (node, p)) for k, p in reverse.edges(node)],
            lambda adjoint, partial: (told[partial[0]].low if partial[0] in told else adjoint) * partial[1],
            operator.add,
        )
        return _Sweep(
            floats,
            spans(self.out, self.numbers, instead=told),
            spans(self.out, self.loosely, slack(), instead=told),
        )

    def _marked(self, answer: Answer, onward: _Sweep, clean: _Sweep) -> StepRow:
        right, yours = (each.floats.get(answer.value, 0.0) for each in (self.auto, onward))
        x = answer.given
        if x is None:
            # What it should be is for the one who asks to find.
            return StepRow(answer.step, answer.where, math.nan, math.nan, math.nan, StepVerdict.UNANSWERED)
        tolerance = self.auto.tolerance(answer, x)
        mark, note = self._judged(answer, x, onward, clean)
        return StepRow(answer.step, answer.where, x, right, yours, mark, tolerance, note)

    def _judged(self, answer: Answer, x: float, onward: _Sweep, clean: _Sweep) -> tuple[StepVerdict, str]:
        right, yours = (each.floats.get(answer.value, 0.0) for each in (self.auto, onward))
        if not math.isfinite(right):
            return (StepVerdict.RIGHT, "") if x == right else (StepVerdict.UNDEFINED, f"autodiff gives {right}")
        if not math.isfinite(x):
            return (StepVerdict.CONSISTENT if x == yours else StepVerdict.WRONG), ""
        causes = self._causes(answer.value)
        if self.auto.agrees(answer, x):
            tolerance, span = self.auto.tolerance(answer, x), self.auto.spans.get(answer.value, NOTHING)
            if span.kinks and abs(x - right) > tolerance:
                kinks = f"at a kink of {', '.join(span.kinks)}"
                return (
                    StepVerdict.AT_KINK,
                    f"{kinks}: any value in [{span.low:.6g}, {span.high:.6g}] is a valid subgradient",
                )
            if not self.on_paper and x != right and tolerance > precision.get().few * max(abs(x), abs(right)):
                return StepVerdict.ROUNDED, "terms cancel until hardly a digit is left to compare"
            if causes and not onward.agrees(answer, x):
                return StepVerdict.RIGHT, f"right, though it does not follow from your {causes}: {yours:.6g} would"
            return StepVerdict.RIGHT, ""
        if onward.agrees(answer, x):
            return (
                (StepVerdict.RIGHT, "")
                if clean.agrees(answer, x)
                else (StepVerdict.CONSISTENT, f"right, given your {causes}")
            )
        return StepVerdict.WRONG, f"wrong by itself too: your {causes} would give {yours:.6g}" if causes else ""

    def _causes(self, value: Value) -> str:
        """The steps found wrong so far on which this derivative depends."""
        return " and ".join(dict.fromkeys(where for where, below in self.wrong if value in below))

    def _remember(self, answer: Answer, mark: StepVerdict, onward: _Sweep) -> None:
        x = answer.given
        if x is None:
            return
        self.yours[answer.value] = Span(x, x, onward.hand(answer, x))
        if mark.good:
            self.right[answer.value] = self.yours[answer.value]
        elif mark is StepVerdict.WRONG:
            self.wrong.append((answer.where, set(graph(answer.value)) - {answer.value}))


def half_unit(x: float, digits: int) -> float:
    """What rounding to so many significant digits may change."""
    return 0.5 * 10.0 ** (math.floor(math.log10(abs(x))) + 1 - digits) if x and math.isfinite(x) else 0.0


def digits_of(x: float, right: float, most: int) -> int:
    """To how many significant digits, below `most`, `right` would have to be rounded to give x; 0 if to none."""
    return next((few for few in range(1, most) if float(f"{right:.{few}g}") == x), 0)


def _levels(out: Value) -> dict[Node, int]:
    """For each node the longest way down to it from the result: of one level, none lies below another."""
    found: dict[Node, int] = {out: 0}
    for node in reversed(graph(out)):
        for _, operand in operands(node):
            found[operand] = max(found.get(operand, 0), found.get(node, 0) + 1)
    return found
