"""A layout run by numpy."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import Any

import numpy as np

from microgradnn.compiler.arrays.fast import FastPlan
from microgradnn.compiler.arrays.places import Places
from microgradnn.compiler.arrays.plan import Plan
from microgradnn.compiler.lanes import LANES
from microgradnn.compiler.layout import Layout
from microgradnn.compiler.loose import loosened
from microgradnn.compiler.straight import Runner as Straight

ROOM, LARGE = 1 << 19, 1 << 23  # bytes of registers that stay near the processor, and that do not leave it far
WIDE, MOST = 64, 1024  # samples that are worth a call even where that takes more room, and that never go beyond
KEPT = 4  # plans
CALL = 40  # operands that Python reads in the time of one call of numpy


class Runner:
    """A program run over arrays of samples: the same bits as its `run` for every sample.

    Where there is more to call than to compute, few samples of an irregular graph, straight-line Python is
    quicker; `straight` says whether it may be used. With `fast` the results are right to rounding only, see `fast`.
    """

    def __init__(self, layout: Layout, straight: bool = True, fast: bool = False) -> None:
        self.fast = fast
        self.layout = Layout(loosened(layout.plain)) if fast else layout
        self.program = self.layout.program
        work = sum(group.size * len(group.args) for group in self.layout.groups)
        self._few = CALL * len(self.layout.groups) // max(work, 1) if straight else 0
        self._plans: dict[int, Plan] = {}
        self._one_at_a_time = threading.Lock()

    @cached_property
    def places(self) -> Places:
        """Where the registers lie, found when it is first asked for."""
        return Places(self.layout)

    @cached_property
    def most(self) -> int:
        """How many samples go at a time."""
        near, far = (room // (8 * self.places.rows[False]) for room in (ROOM, LARGE))
        return max(LANES, min(MOST, max(near, min(WIDE, far))) // LANES * LANES)

    @cached_property
    def _straight(self) -> Straight:
        return Straight(self.layout)

    def run(self, samples: Any, order: Any, held: Any) -> tuple[Any, Any]:
        """The results of every sample, (n, outputs and guards), and the sums of its gradients in eight lanes."""
        n = len(order)
        with self._one_at_a_time:
            return self._straight.run(samples, order, held) if n <= self._few else self._run(samples, order, held)

    def _run(self, samples: Any, order: Any, held: Any) -> tuple[Any, Any]:
        n = len(order)
        results = []
        sums = np.zeros((len(self.places.grads), 1 if self.fast else LANES))
        with np.errstate(all="ignore"):
            begin, last = 0, None
            while begin < n:
                left = n - begin
                width = 1 if n < LANES // 2 else min(self.most, -(-left // LANES) * LANES)
                plan = self._plan(width)
                if plan is not last:
                    plan.start(held)
                    last = plan
                size = min(width, left)
                results.append(self._block(plan, samples.take(order[begin : begin + size], 0).T, sums, begin))
                begin += size
        if len(results) != 1:
            results = [np.concatenate([np.empty((len(self.places.outs), 0)), *results], 1)]
        return results[0].T, sums

    def _plan(self, width: int) -> Plan:
        if width not in self._plans:
            self._plans[width] = (FastPlan if self.fast else Plan)(self.places, width)
            for other in list(self._plans):  # a few widths are kept: one number, whole blocks, the last ones
                if len(self._plans) > KEPT and other not in (1, self.most, width):
                    del self._plans[other]
        return self._plans[width]

    def _block(self, plan: Plan, samples: Any, sums: Any, begin: int) -> Any:
        """The results of some samples, given as columns; their gradients are added to the sums."""
        rows, size, inputs = plan.numbers[False], samples.shape[1], self.program.inputs
        rows[:inputs, :size] = samples
        if size < plan.width:  # samples too many repeat the last one
            rows[:inputs, size:] = rows[:inputs, size - 1 : size]
        plan.go()
        if len(sums):
            plan.add_up(sums, size, begin)
        return rows.take(self.places.outs, 0)[:, :size]
