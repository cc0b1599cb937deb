"""Steps of training by a compiled loss, whatever runs it: the mean gradient, penalties, clipping, the rule."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np

from microgradnn.compiler.backends import Runner, able, runner
from microgradnn.compiler.lanes import added
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
    one, two, three = (runner(layout, backend) for layout in (loss, slope, rule))
    return _Stepwise(one, two, three, outcomes, settings)


class _Stepwise:
    """The same in Python, around the arrays of another backend."""

    def __init__(self, loss: Runner, slope: Runner, rule: Runner, outcomes: Array, settings: Settings) -> None:
        self.loss, self.slope, self.rule = loss, slope, rule
        self.outcomes, self.settings = outcomes, settings

    def run(self, task: Task) -> tuple[int, Array]:
        losses: list[float] = []
        for (begin, end), known in zip(task.stretches, task.coefficients, strict=True):
            found = self._step(task, task.order[begin:end], known.copy())
            if found is None:
                break
            losses.append(found)
        return len(losses), np.array(losses)

    def _step(self, task: Task, order: Array, known: Array) -> float | None:
        samples, held, memory, sequence = task.samples, task.held, task.memory, task.sequence
        n, count = len(order), memory.shape[1]
        every = np.arange(count)
        results, sums = self.loss.run(samples, order, held)
        with np.errstate(all="ignore"):
            total = 0.0
            for x in results[:, 0].tolist():
                total += x
            p = held[:count]
            loss = float(penalty(total / n, held[sequence].tolist(), self.settings.l1, self.settings.l2))
            whole = added(sums)
            fine = np.isfinite(results).all() and np.isfinite(whole).all() and np.isfinite(loss)
            if not fine or not (results[:, 1:] == self.outcomes).all():
                return None
            g = self.slope.run(np.stack([whole, p], axis=1), every, np.array([float(n)]))[0][:, 0]
            if not np.isfinite(g).all():
                return None
            if self.settings.norm is not None:
                length = norm(g.tolist())
                if not np.isfinite(length):
                    return None
                known[-1] = min(1.0, np.divide(self.settings.norm, length))
            after = self.rule.run(np.column_stack([p, g, memory.T]), every, known)[0]
            if not np.isfinite(after[:, 0]).all():
                return None
        held[:count] = after[:, 0]
        memory[:] = after[:, 1:].T
        return loss
