"""Samples as arrays: every number of a sample has a column of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from microgradnn.compiler.backends import runner
from microgradnn.compiler.entry import Entry
from microgradnn.compiler.lanes import added
from microgradnn.compiler.program import bits
from microgradnn.compiler.sampled import Array, Samples, nothing, numbers
from microgradnn.engine import Value, no_grad
from microgradnn.errors import Untraceable
from microgradnn.nest import flatten
from microgradnn.train.compiled import Step
from microgradnn.train.job import Losses

EXAMPLES = 16  # samples of different targets on which a program is tried
EXACT = 2**53  # whole numbers up to here are floats too


class Table:
    """The samples of a run of fit side by side, and the loss of one of them as a function of its numbers.

    Untraceable where they are not nested alike, or where in one place some numbers are whole and others floats: a
    model may tell them apart.
    """

    def __init__(self, losses: Losses) -> None:
        self.losses = losses
        pairs = list(zip(losses.rows, losses.targets, strict=True))
        first, form = _spread(pairs[0])
        whole = [kind is int for kind in form if isinstance(kind, type)]
        counting = [k for k, is_whole in enumerate(whole) if is_whole]
        rows = np.empty((len(pairs), len(first)))
        for place, pair in enumerate(pairs):
            row, other = _spread(pair)
            if other != form:
                raise Untraceable("the samples are not nested alike, or numbers are whole in some and floats in others")
            if any(abs(row[k]) > EXACT for k in counting):
                raise Untraceable("a whole number is larger than a float can hold")
            rows[place] = row
        columns = [each.astype(np.int64) if is_whole else each for each, is_whole in zip(rows.T, whole, strict=True)]
        self.batch = Samples(rows, tuple((is_whole,) for is_whole in whole), columns)
        self._rebuild = flatten(list(pairs[0]))[1]

    def loss(self, model: Any, *sample: Any) -> Any:
        """The loss of one sample."""
        x, y = self._rebuild(sample)
        return self.losses.of_pair(model(x), y)

    def entry(self, fn: Callable[..., Any], step: Step) -> Entry:
        """fn(model, *sample) without gradients, traced."""
        return Entry(fn, self.batch.sample(0), step.backend, nothing, step.parts().leaves, [step.model])

    def rehearse(self, entry: Entry) -> None:
        """Compare program and engine on a few samples; Untraceable where they differ."""
        program = entry.layout.plain
        for place in self._examples():
            registers = program.run(self.batch.rows[place].tolist())
            if not program.holds(registers):
                raise Untraceable("samples go different ways through Python's branches; where(…) is the way out")
            with no_grad():
                loss = self.losses.compute(place)
            if not isinstance(loss, Value) or bits(loss.data) != bits(registers[program.outputs[0]]):
                raise Untraceable("the loss tells the numbers of samples from what they are while it is compiled")

    def _examples(self) -> list[int]:
        """The places of a few samples with different targets, and of some others."""
        n = len(self.losses.targets)
        firsts: dict[str, int] = {}
        for place, target in enumerate(self.losses.targets):
            firsts.setdefault(repr(target), place)
            if len(firsts) == EXAMPLES:
                break
        return sorted({*firsts.values(), *(k * n // 8 for k in range(8))})


class Ready:
    """A program for the samples of a table, and what runs it."""

    def __init__(self, table: Table, entry: Entry, backend: str) -> None:
        self.rows, self.entry = table.batch.rows, entry
        self.runner = entry.runner if backend == entry.backend else runner(entry.layout, backend)

    def __call__(self, places: Sequence[int], held: Array | None = None) -> tuple[Array, Array, Array]:
        """Results, sums of gradients, and which samples the program holds for, all being finite."""
        entry = self.entry
        results, sums = self.runner.run(self.rows, np.array(places), numbers(entry.held) if held is None else held)
        found = results[:, : entry.outputs]
        holds = np.isfinite(found).all(axis=1) & (results[:, entry.outputs :] == entry.outcomes).all(axis=1)
        return found, added(sums), holds


def _spread(nested: Any) -> tuple[list[Any], tuple[Any, ...]]:
    """The numbers of a nesting, and its form: sizes and keys of what is nested, and the types of the numbers."""
    row: list[Any] = []
    form: list[Any] = []
    work = [nested]
    while work:
        x = work.pop()
        if isinstance(x, dict):
            form.append(tuple(x))
            work += reversed(x.values())
        elif isinstance(x, list | tuple):
            form.append(len(x))
            work += reversed(x)
        else:
            form.append(x.__class__)
            row.append(x)
    return row, tuple(form)
