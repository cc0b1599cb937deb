"""Training in the machine: the tables that `train` reads, and what comes back."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from microgradnn.compiler.lanes import LANES
from microgradnn.compiler.layout import Layout
from microgradnn.compiler.native.machine import function
from microgradnn.compiler.native.runner import Runner, few
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
        self.slots = rule.program.inputs - 2
        self._train = function("train", ctypes.c_void_p, result=ctypes.c_int64)

    def run(self, task: Task) -> tuple[int, Array]:
        """As `compiler.training.Training` has it."""
        with self.loss.lock:
            return self._run(task)

    def _run(self, task: Task) -> tuple[int, Array]:
        held, count, steps = task.held, task.memory.shape[1], len(task.starts) - 1
        largest = int(np.max(np.diff(task.starts)))
        loss = self.loss.prepared(few(largest))
        loss.hold(held)
        state = np.zeros((3 + self.slots, count))
        state[1], state[3:] = held[:count], task.memory
        guards, losses, most = len(self.outcomes), np.empty(steps), self.settings.norm
        arrays = {
            "order": task.order, "starts": task.starts, "samples": task.samples, "coefficients": task.coefficients,
            "sequence": task.sequence, "all": held[: len(task.sequence)].copy(), "outcomes": self.outcomes,
            "results": np.empty((largest, 1 + guards)), "sums": np.empty((count, LANES)), "losses": losses,
            "state": state, "next": np.empty((1 + self.slots, count)),
            "settings": np.array([self.settings.l1, self.settings.l2, most or 0.0, 0.0]),
        }  # fmt: skip
        known: dict[str, int] = {name: array.ctypes.data for name, array in arrays.items()} | {
            "steps": steps, "row": self.loss.program.inputs, "guards": guards, "count": count,
            "slots": self.slots, "clip": most is not None, "known": task.coefficients.shape[1],
            "size": len(task.sequence),
        }  # fmt: skip
        programs = {"loss": loss, "slope": self.slope.prepared(False), "rule": self.rule.prepared(False)}
        known |= {name: program.table.ctypes.data for name, program in programs.items()}
        table = np.array([known[name] for name in FIELDS], np.int64)
        done = int(self._train(table.ctypes.data))
        held[:count], task.memory[:] = state[1], state[3:]
        return done, losses[:done]
