"""Training in the machine: the tables that `train` reads, and what comes back."""

from __future__ import annotations

import ctypes
from operator import is_
from typing import Any

import numpy as np

from microgradnn.compiler.lanes import LANES
from microgradnn.compiler.layout import Layout
from microgradnn.compiler.native.machine import function
from microgradnn.compiler.native.runner import Prepared, Runner, few, lanes
from microgradnn.compiler.native.training import FIELDS
from microgradnn.compiler.training import Settings, Task

Array = Any


class Trainer:
    """Steps of training for one loss, one optimiser's rule and one set of penalties.

    `loss` runs over samples and gives losses, conditions and gradients; `slope` makes of the sum of a
    parameter's gradients and the parameter the gradient that is used (`held`: the number of samples); `rule`
    makes of parameter, gradient and slots the next ones (`held`: the coefficients, then the share of the
    gradient that a norm lets through).
    """

    def __init__(self, loss: Layout, slope: Layout, rule: Layout, outcomes: Array, settings: Settings) -> None:
        self.loss, self.slope, self.rule = Runner(loss), Runner(slope), Runner(rule)
        self.outcomes, self.settings = outcomes, settings
        self.slots = rule.plain.inputs - 2
        self._work: _Work | None = None
        self._train = function("train", ctypes.c_void_p, result=ctypes.c_int64)

    def run(self, task: Task) -> tuple[int, Array]:
        """As `compiler.training.Training` has it."""
        with self.loss.lock:
            return self._run(task)

    def _run(self, task: Task) -> tuple[int, Array]:
        held, stretches, count = task.held, task.stretches, task.memory.shape[1]
        largest = int(
            (stretches[:, 1] - stretches[:, 0]).max() if len(stretches) > 1 else stretches[0, 1] - stretches[0, 0]
        )
        loss = self.loss.prepared(few(largest))
        loss.hold(held)
        form = len(stretches), largest, count, task.coefficients.shape[1], len(task.sequence)
        if self._work is None or self._work.form != form:
            self._work = _Work(self, form)
        work = self._work
        work.state[1], work.state[3:] = held[:count], task.memory
        work.all[:] = held[: len(work.all)]
        work.coefficients[:] = task.coefficients
        done = int(self._train(work.told(task, loss)))
        held[:count], task.memory[:] = work.state[1], work.state[3:]
        return done, work.losses[:done].copy()


class _Work:
    """The arrays that runs of one form need, and the table that tells their addresses."""

    def __init__(self, trainer: Trainer, form: tuple[int, ...]) -> None:
        self.form = form
        steps, largest, count, known, size = form
        slots, guards, most = trainer.slots, len(trainer.outcomes), trainer.settings.norm
        self.state, self.all = np.zeros((3 + slots, count)), np.empty(size)
        self.coefficients, self.losses = np.empty((steps, known)), np.empty(steps)
        self._arrays = {
            "coefficients": self.coefficients, "all": self.all, "losses": self.losses, "state": self.state,
            "results": np.empty((largest, 1 + guards)), "sums": np.empty(count * lanes(largest) + LANES),
            "next": np.empty((1 + slots, count)), "outcomes": trainer.outcomes,
            "settings": np.array([trainer.settings.l1, trainer.settings.l2, most or 0.0, 0.0]),
            "slope": trainer.slope.prepared(False).table, "rule": trainer.rule.prepared(False).table,
        }  # fmt: skip
        told = dict.fromkeys(FIELDS, 0) | {name: array.ctypes.data for name, array in self._arrays.items()} | {
            "steps": steps, "guards": guards, "count": count, "slots": slots,
            "clip": most is not None, "known": known, "size": size, "lanes": lanes(largest),
        }  # fmt: skip
        self._table = np.array(list(told.values()), np.int64)
        self._address = self._table.ctypes.data
        self._ordered = False  # whether samples are taken as they come
        self._samples: Array = None
        self._told: tuple[Array, ...] = (None, None, None)  # order, stretches and sequence of the last task

    def told(self, task: Task, loss: Prepared) -> int:
        """The address of the table for this task."""
        table, told = self._table, (task.order, task.stretches, task.sequence)
        if not all(map(is_, told, self._told)):
            self._told = told
            self._ordered = bool((np.diff(task.order, prepend=-1) == 1).all())
            table[_ORDER] = 0 if self._ordered else task.order.ctypes.data
            table[_STRETCHES], table[_SEQUENCE] = task.stretches.ctypes.data, task.sequence.ctypes.data
        # Samples that are taken as they come lie number by number: they are copied by whole rows.
        self._samples = np.ascontiguousarray(task.samples.T) if self._ordered else task.samples
        n, size = task.samples.shape
        table[_LOSS], table[_SAMPLES] = loss.address, self._samples.ctypes.data
        table[_ROW], table[_COLUMN] = (1, n) if self._ordered else (size, 1)
        return self._address


_LOSS, _ORDER, _STRETCHES, _SAMPLES, _SEQUENCE, _ROW, _COLUMN = map(
    list(FIELDS).index, ("loss", "order", "stretches", "samples", "sequence", "row", "column")
)
