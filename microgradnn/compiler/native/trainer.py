"""Training in the machine: the tables that `train` reads, and what comes back."""

from __future__ import annotations

import ctypes
from typing import Any, NamedTuple

import numpy as np

from microgradnn.compiler.lanes import LANES
from microgradnn.compiler.native.runner import Runner
from microgradnn.compiler.native.training import FIELDS

Array = Any


class Settings(NamedTuple):
    """l1, l2, and the largest norm of a gradient (None: whatever it is)."""

    l1: float
    l2: float
    norm: float | None


class Trainer:
    """Steps of training for one loss, one optimiser's rule and one set of penalties.

    `loss` runs over samples and gives losses, conditions and gradients; `slope` makes of the sum of a
    parameter's gradients and the parameter the gradient that is used (`held`: the number of samples); `rule`
    makes of parameter, gradient and slots the next ones (`held`: the coefficients, then the share of the
    gradient that a norm lets through).
    """

    def __init__(self, loss: Runner, slope: Runner, rule: Runner, outcomes: Array, settings: Settings) -> None:
        self.loss, self.slope, self.rule = loss, slope, rule
        self.outcomes, self.settings = outcomes, settings
        self.slots = rule.program.inputs - 2
        if not loss.machine is slope.machine is rule.machine:
            raise ValueError("the three programs of a training run are for one machine")
        self._train = loss.machine.function("train", ctypes.c_void_p, result=ctypes.c_int64)

    def run(
        self,
        samples: Array,
        order: Array,
        starts: Array,
        held: Array,
        memory: Array,
        coefficients: Array,
    ) -> tuple[int, Array]:
        """Train step after step; gives how many were done, and the losses before each.

        Step s takes the samples order[starts[s]:starts[s + 1]]. `held` are the numbers of the program's leaves,
        the trained parameters first, which are changed in place, and so is `memory`, shape (slots, parameters).
        `coefficients` has a row for each step, its last column being room for the share.
        """
        count = memory.shape[1]
        largest = int(np.max(np.diff(starts)))
        one = largest < LANES // 2
        state = np.zeros((3 + self.slots, count))
        state[1] = held[:count]
        state[3:] = memory
        guards = len(self.outcomes)
        results = np.empty((largest, 1 + guards))
        sums, after = np.empty((count, LANES)), np.empty((1 + self.slots, count))
        every = np.arange(count)
        losses = np.empty(len(starts) - 1)
        most = self.settings.norm
        settings = np.array([self.settings.l1, self.settings.l2, most or 0.0, 0.0])
        program = self.loss.program
        width = 1 if one else self.loss.wide
        self.loss.spread(program.inputs, held, width)
        keep = [
            samples,
            order,
            starts,
            results,
            self.outcomes,
            sums,
            losses,
            state,
            every,
            after,
            settings,
            coefficients,
        ]
        a = [x.ctypes.data for x in keep]
        table = np.array(
            [
                *self.loss.fields(width),
                *self.slope.fields(self.slope.wide),
                *self.rule.fields(self.rule.wide),
                len(starts) - 1, a[1], a[2], a[0], program.inputs, a[3], guards, a[4], a[5], a[6], one,
                a[7], count, self.slots, a[8], a[9], most is not None, a[10], a[11], coefficients.shape[1], count,
            ],
            np.int64,
        )  # fmt: skip
        if len(table) != len(FIELDS):
            raise AssertionError("the table of the training loop lacks a field")
        done = int(self._train(table.ctypes.data))
        held[:count] = state[1]
        memory[:] = state[3:]
        return done, losses[:done]
