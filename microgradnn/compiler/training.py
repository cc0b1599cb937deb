"""Steps of training by a compiled loss, whatever runs it: the mean gradient, penalties, clipping, the rule."""

from __future__ import annotations

from math import isfinite
from typing import Any, NamedTuple, Protocol

import numpy as np

from microgradnn.compiler.arrays.abreast import Abreast
from microgradnn.compiler.backends import Runner, able, runner
from microgradnn.compiler.lanes import added, from_left
from microgradnn.compiler.layout import Layout
from microgradnn.optim.clipping import norm
from microgradnn.optim.sums import penalty

Array = Any


class Settings(NamedTuple):
    """l1, l2, and the largest norm of a gradient (None: whatever it is)."""

    l1: float
    l2: float
    norm: float | None


class Task(NamedTuple):
    """What a run of training is told.

    Step s takes the samples order[stretches[s, 0]:stretches[s, 1]]. `held` are the numbers of the program's leaves, the
    trained parameters first, which are changed in place, and so is `memory`, shape (slots, parameters).
    `coefficients` has a row for each step, its last column being 1; `sequence` the places among `held` of all the
    model's parameters, in their order, for the penalties.
    """

    samples: Array
    order: Array
    stretches: Array
    held: Array
    memory: Array
    coefficients: Array
    sequence: Array


class Training(Protocol):
    """What trains."""

    def run(self, task: Task) -> tuple[int, Array]:
        """Train step after step; gives how many were done, and the losses before each.

        It ends before a step in which something is not finite, or a condition comes out otherwise, the parameters
        being as before that step.
        """


def training(loss: Layout, slope: Layout, rule: Layout, outcomes: Array, settings: Settings, backend: str) -> Training:
    """A run of training for these programs."""
    backend = able(backend, loss, slope, rule)
    if backend == "native":
        from microgradnn.compiler.native.trainer import Trainer

        return Trainer(loss, slope, rule, outcomes, settings)
    return _Stepwise(runner(loss, backend), slope, rule, outcomes, settings)


class _Stepwise:
    """The same in Python, around whatever runs the loss; what is done to the parameters is done by numpy."""

    def __init__(self, loss: Runner, slope: Layout, rule: Layout, outcomes: Array, settings: Settings) -> None:
        self.loss, self.outcomes, self.settings = loss, outcomes, settings
        self._layouts = slope, rule
        self._abreast: dict[int, list[Abreast]] = {}

    def run(self, task: Task) -> tuple[int, Array]:
        losses: list[float] = []
        with np.errstate(all="ignore"):
            for (begin, end), known in zip(task.stretches.tolist(), task.coefficients.copy(), strict=True):
                found = self._step(task, task.order[begin:end], known)
                if found is None:
                    break
                losses.append(found)
        return len(losses), np.array(losses)

    def _step(self, task: Task, order: Array, known: Array) -> float | None:
        n, count, (l1, l2, most) = len(order), task.memory.shape[1], self.settings
        if count not in self._abreast:
            self._abreast = {count: [Abreast(layout, count) for layout in self._layouts]}
        slope, rule = self._abreast[count]
        results, lanes = self.loss.run(task.samples, order, task.held)
        p, whole = task.held[:count], added(lanes)
        loss = float(penalty(from_left([results[:, 0]]) / n, [task.held.take(task.sequence)], l1, l2, from_left))
        if not (isfinite(loss) and finite(results) and finite(whole)):
            return None
        if len(self.outcomes) and (results[:, 1:] != self.outcomes).any():
            return None
        g = slope.run(np.array([float(n)]), whole, p)
        if not finite(g):
            return None
        if most is not None:
            length = norm(g, from_left)
            if not isfinite(length):
                return None
            known[-1] = min(1.0, np.divide(most, length))
        after = rule.run(known, p, *g, *task.memory)
        if not finite(after[0]):
            return None
        task.held[:count], task.memory[:] = after[0], after[1:]
        return loss


def finite(numbers: Array) -> bool:
    """Whether all of them are."""
    return bool(np.count_nonzero(np.isfinite(numbers)) == numbers.size)
