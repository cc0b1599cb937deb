"""Backpropagation by hand, as an exercise: the user's own graph, with gradients left blank."""

from __future__ import annotations

import math
import os
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from microgradnn.chain import Node, graph, operands
from microgradnn.check.arguments import Arguments, Function, arguments, whole
from microgradnn.check.calling import evaluate, kind_of
from microgradnn.check.doctor.tape import Tape
from microgradnn.check.filled import read
from microgradnn.check.marking import Answer, Marker, digits_of, half_unit
from microgradnn.check.marks import StepReport, StepRow, StepVerdict
from microgradnn.check.naming import Case, with_name
from microgradnn.check.rounded import SEED, Rounded
from microgradnn.check.sheet import Printable, Sheet
from microgradnn.check.worksheet import BLANK, Line, formula, markdown, notebook, same_size, shortest, step_names
from microgradnn.engine import Value
from microgradnn.errors import DataError, SettingError
from microgradnn.ieee import number
from microgradnn.nest import flatten, paths
from microgradnn.reverse import edges, numeric
from microgradnn.wholefile import Path, write

LONGEST = 300  # steps of a computation that a person can be asked to follow


def exercise(
    loss: Function,
    at: Mapping[str, Any] | None = None,
    *,
    seed: int = 0,
    blanks: int | None = None,
    digits: int = 4,
) -> Exercise:
    """A worksheet on the gradients of `loss` at the point `at`: the computation step by step, and blanks to fill in.

    The loss and `at` are as in `compare`. Steps are called by their labels, or else v1, v2, …. Of the gradients
    `blanks` are left out, by default half of them, chosen from `seed`, and what equals one of them is not shown;
    answers are asked for in `digits` significant digits. The same seed makes the same worksheet, byte for byte.

    >>> from microgradnn.check import exercise
    >>> def loss(a=2.0, b=-3.0, c=10.0):
    ...     d = a * b + c; d.label = "d"
    ...     return d * d
    >>> sheet = exercise(loss, seed=1, blanks=3)
    >>> sheet.blanks, sheet.key
    (('d', 'b', 'a'), {'d': 8.0, 'b': 16.0, 'a': -24.0})
    >>> print(sheet.mark({"d": 4, "b": 8, "a": -12}).summary)
    not ok - wrong: 1, consistent with the earlier error: 2
    """
    given = arguments(loss, at)
    for role, x, least in (("seed", seed, None), ("blanks", blanks, 1), ("digits", digits, 1)):
        if role != "blanks" or x is not None:
            number_of = whole(x, role)
            if least is not None and number_of < least:
                raise SettingError(f"{role} is {least} or more, and {number_of} came")
    _, out = evaluate(loss, given)
    nodes = [node for node in graph(out) if isinstance(node, Value) and node.live]
    if len(nodes) > LONGEST:
        raise SettingError(
            f"the loss takes {len(nodes)} steps, and {LONGEST} are more than enough for a worksheet: give it fewer "
            "samples or a smaller network"
        )
    names = step_names(nodes, out)
    below = [names[node] for node in reversed(nodes) if node is not out]
    if blanks is not None and blanks > len(below):
        raise SettingError(f"{blanks} blanks are asked for, and there are {len(below)} gradients")
    rng = random.Random(f"microgradnn: exercise {seed}")
    chosen = set(rng.sample(range(len(below)), blanks or (len(below) + 1) // 2))
    return Exercise(loss, given, seed, digits, out, names, tuple(name for k, name in enumerate(below) if k in chosen))


def mark(answers: Mapping[str, Any] | Path, worksheet: Exercise) -> StepReport:
    """Mark the answers to a worksheet: the same as `worksheet.mark(answers)`."""
    if not isinstance(worksheet, Exercise):
        raise SettingError(f"mark(answers, worksheet) takes what exercise(…) gave, and {kind_of(worksheet)} came")
    return worksheet.mark(answers)


@dataclass(frozen=True, eq=False, repr=False)
class Exercise(Printable):
    """A worksheet: `markdown()`, `notebook()`, `save(path)`; its answer `key`; and `mark(answers)`."""

    loss: Function
    given: Arguments
    seed: int
    digits: int
    out: Value
    names: dict[Value, str]
    blanks: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Exercise(seed={self.seed}, blanks={list(self.blanks)})"

    @property
    def gradients(self) -> dict[str, float]:
        """All gradients, by the names of the steps, from the loss down."""
        found = numeric([(self.out, 1.0)])
        return {name: float(found.get(node, 0.0)) for node, name in reversed(self.names.items())}

    @property
    def key(self) -> dict[str, float]:
        """The answers: the gradient for each blank."""
        return {name: x for name, x in self.gradients.items() if name in self.blanks}

    @property
    def hidden(self) -> set[str]:
        """The gradients that are neither asked for nor shown: each is that of a blank, up to its sign."""
        return same_size(self.gradients, self.blanks) - {self.names[self.out]}

    def lines(self) -> list[Line]:
        """What there is to tell of each step, in the order of the computation."""
        gradients, hidden = self.gradients, self.hidden
        uses: dict[Node, list[tuple[Value, float]]] = {node: [] for node in self.names}
        for node in self.names:
            partials = dict(edges(node))
            for k, operand in operands(node):
                uses[operand].append((node, partials.get(k, 0.0)))
        found = []
        for node, name in self.names.items():
            terms = [f"{shortest(gradients[self.names[user]])} · {shortest(partial)}" for user, partial in uses[node]]
            found.append(
                Line(
                    name=name,
                    formula=formula(node, self.names) if node.op else "",
                    number=shortest(node.data),
                    used_in=tuple(dict.fromkeys(self.names[user] for user, _ in uses[node])),
                    gradient=shortest(gradients[name]),
                    blank=name in self.blanks,
                    hidden=name in hidden,
                    how=" + ".join(terms),
                )
            )
        return found

    def markdown(self, answers: bool = False) -> str:
        """The worksheet as Markdown, with the answers at its end if asked for."""
        return markdown(self.lines(), self.names[self.out], self.seed, self.digits, answers)

    def notebook(self, answers: bool = False) -> str:
        """The worksheet as a notebook (nbformat 4.5), whose last cell marks the answers given in it."""
        return notebook(
            self.lines(), self.names[self.out], self.seed, self.digits, answers, self.loss, self.given, len(self.blanks)
        )

    def save(self, path: Path, answers: bool = False) -> None:
        """Write the worksheet: a notebook if the name ends in .ipynb, Markdown if in .md; all of it or nothing."""
        ending = os.path.splitext(os.fspath(path))[1].lower() if isinstance(path, str | os.PathLike) else ""
        makers = {".md": self.markdown, ".markdown": self.markdown, ".ipynb": self.notebook}
        if ending not in makers:
            raise SettingError(f"a worksheet is saved as .md or .ipynb, and {path!r:.80} ends otherwise")
        write(path, makers[ending](answers).encode("utf-8"))

    def mark(self, answers: Mapping[str, Any] | Path) -> StepReport:
        """Mark the answers as `diagnose_steps` marks steps: the first error is wrong, what follows from it forgiven.

        `answers` is a dict {name: number}, in which an argument may be a nesting, or the path of a worksheet
        that has been filled in. An answer that is None, or missing, is "not answered", and stays untold. Numbers
        are right if they are within a unit of the last digit that was asked for, and within what the digits on the
        sheet allow.
        """
        if isinstance(answers, str | os.PathLike):
            numbers = {line.name: line.number for line in self.lines()}
            answers = read(answers).of(self.seed, len(self.blanks), numbers)
        said, hidden = self._said(answers), self.hidden
        # What follows from an error may go on from the numbers on the sheet, or leave them aside.
        markers = [Marker(self.out, self._on_paper(), True) for _ in range(2)]
        asked: list[Answer] = []
        for (name, x), node in zip(self.gradients.items(), reversed(self.names), strict=True):
            told, printed = said.get(name), float(shortest(x))
            if name in self.blanks or (told is not None and (name in hidden or told != printed)):
                error = 0.0 if told is None else half_unit(told, self.digits)
                asked.append(Answer(name, name, node, told, error, True))
            elif name not in hidden and math.isfinite(printed):
                markers[0].tell(node, printed, abs(printed - x))
        both = zip(*(marker.step(asked) for marker in markers), strict=True)
        rows = [self._hinted(min(pair, key=_severity)) for pair in both]
        return StepReport(f"exercise {self.seed}, marked", tuple(self._named(rows, said)))

    def _named(self, rows: list[StepRow], said: Mapping[str, float | None]) -> list[StepRow]:
        """The rows, the first wrong one with its mistake by name; the numbers on the sheet count as told."""
        first = next((row for row in rows if row.verdict is StepVerdict.WRONG), None)
        if first is None or not math.isfinite(first.by_hand):
            return rows
        given = {name: x for name, x in self.gradients.items() if name not in self.blanks}
        told = given | {name: x for name, x in said.items() if x is not None and name != first.where}
        nodes = {name: node for node, name in self.names.items()}
        tape = Tape([nodes[first.where]], self.out, {})
        above = {n: told[self.names[node]] for n, node in enumerate(tape.nodes) if self.names.get(node) in told}
        named = with_name(first, [Case(tape, above, first.by_hand, first.tolerance / 4.0)])
        return [named if row is first else row for row in rows]

    def _hinted(self, row: StepRow) -> StepRow:
        """A word to an answer that has the right digits, but too few; of a single one that may be chance."""
        few = digits_of(row.by_hand, row.autodiff, self.digits) if row.verdict is StepVerdict.WRONG else 0
        note = f"right to {few} significant digit{'s' * (few > 1)}; give {self.digits}"
        return replace(row, note=note, verdict=StepVerdict.TOO_FEW if few > 1 else row.verdict) if few else row

    def _on_paper(self) -> dict[Node, Rounded]:
        """The numbers of all steps, with what their printing leaves out."""
        found: dict[Node, Rounded] = {}
        for node in graph(self.out):
            x = node.plain()
            found[node] = Rounded(x, abs(float(shortest(x)) - x) + SEED * abs(x) if math.isfinite(x) else 0.0)
        return found

    def _said(self, answers: Any) -> dict[str, float | None]:
        """The answers one by one, each for a step that there is."""
        if not isinstance(answers, Mapping):
            raise DataError(
                f"answers is a dict {{name: number}} or the path of a worksheet, and {kind_of(answers)} came"
            )
        steps = set(self.names.values())
        found: dict[str, float | None] = {}
        for name, thing in answers.items():
            places, things = ([name], [thing]) if name in steps else (paths(thing, str(name)), flatten(thing)[0])
            for place, x in zip(places, things, strict=True):
                if place not in steps:
                    raise DataError(
                        f"answers: nothing on the worksheet is called {place!r}; asked is for {', '.join(self.blanks)}"
                    )
                found[place] = None if x is None else number(x, f"answers: {place}")
                if x is not None and math.isnan(float(x)):
                    raise DataError(f"answers: {place} is nan")
        return found

    def sheet(self) -> Sheet:
        return Sheet(
            f"exercise {self.seed}: fill in {BLANK}, in {self.digits} significant digits",
            ("step", "computed as", "number", "gradient"),
            tuple((line.name, line.formula or "given", line.number, line.shown) for line in self.lines()),
            ("good",) * len(self.names),
            (),
        )


def _severity(row: StepRow) -> int:
    return 0 if row.verdict.good else 1 if row.verdict is StepVerdict.CONSISTENT else 2
