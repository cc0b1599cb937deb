"""Training in the machine: the tables that `train` reads, and what comes back."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from microgradnn.compiler.lanes import LANES
from microgradnn.compiler.layout import Layout
from microgradnn.compiler.native.machine import machine
from microgradnn.compiler.native.runner import Runner, needed
from microgradnn.compiler.native.training import FIELDS
from microgradnn.compiler.training import Settings

Array = Any


class Trainer:
    """Steps of training for one loss, one optimiser's rule and one set of penalties.

    `loss` runs over samples and gives losses, conditions and gradients; `slope` makes of the sum of a
    parameter's gradients and the parameter the gradient that is used (`held`: the number of samples); `rule`
    makes of parameter, gradient and slots the next ones (`held`: the coefficients, then the share of the
    gradient that a norm lets through).
    """

    def __init__(self, loss: Layout, slope: Layout, rule: Layout, outcomes: Array, settings: Settings) -> None:
        known = machine(needed(loss, slope, rule))  # one machine for all three
        self.loss, self.slope, self.rule = (Runner(layout, known) for layout in (loss, slope, rule))
        self.outcomes, self.settings = outcomes, settings
        self.slots = rule.program.inputs - 2
        self._train = self.loss.machine.function("train", ctypes.c_void_p, result=ctypes.c_int64)

    def run(
        self,
        samples: Array,
        order: Array,
        starts: Array,
        held: Array,
        memory: Array,
        coefficients: Array,
        sequence: Array,
    ) -> tuple[int, Array]:
        """As `compiler.training.Training` has it."""
        count = memory.shape[1]
        largest = int(np.max(np.diff(starts)))
        one = largest < LANES // 2
        state = np.zeros((3 + self.slots, count))
        state[1] = held[:count]
        state[3:] = memory
        guards = len(self.outcomes)
        results = np.empty((largest, 1 + guards))
        sums, after = np.empty((count, LANES)), np.empty((1 + self.slots, count))
        every, every_one = np.arange(count), held[: len(sequence)].copy()
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
            every_one,
            sequence,
        ]
        a = [x.ctypes.data for x in keep]
        table = np.array(
            [
                *self.loss.fields(width),
                *self.slope.fields(self.slope.wide),
                *self.rule.fields(self.rule.wide),
                len(starts) - 1, a[1], a[2], a[0], program.inputs, a[3], guards, a[4], a[5], a[6], one,
                a[7], count, self.slots, a[8], a[9], most is not None, a[10], a[11], coefficients.shape[1],
                a[12], a[13], len(sequence),
            ],
            np.int64,
        )  # fmt: skip
        if len(table) != len(FIELDS):
            raise AssertionError("the table of the training loop lacks a field")
        done = int(self._train(table.ctypes.data))
        held[:count] = state[1]
        memory[:] = state[3:]
        return done, losses[:done]
