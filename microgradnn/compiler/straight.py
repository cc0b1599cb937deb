"""A program run as straight-line Python, which needs nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np

from microgradnn.compiler.lanes import LANES
from microgradnn.compiler.layout import Layout
from microgradnn.compiler.sources.python import source
from microgradnn.compiler.sources.rows import identifier, tree_of


class Runner:
    """A program as Python's own functions, run for one sample after another."""

    def __init__(self, layout: Layout) -> None:
        self.program = layout.program
        self.text = source(layout)
        names: dict[str, Any] = {"__name__": "microgradnn.compiler.straight.program"}
        exec(compile(self.text, "<program of microgradnn.compile>", "exec"), names)  # written by `source`, from numbers
        for group in layout.groups:
            if tree_of(group.op, len(group.args)) is None:
                names[identifier(group.op)] = group.op.value
        self._run = names["run"]

    def run(self, samples: Any, order: Any, held: Any) -> tuple[Any, Any]:
        """The results of every sample, (n, outputs and guards), and the sums of its gradients in eight lanes."""
        program = self.program
        leaves = held.tolist()
        results = np.empty((len(order), len(program.outputs) + len(program.guards)))
        sums = np.zeros((LANES, len(program.gradients)))
        for k, sample in enumerate(samples[order].tolist() if program.inputs else [()] * len(order)):
            results[k], gradients = self._run(sample, leaves)
            with np.errstate(all="ignore"):
                sums[k % LANES] += gradients
        return results, np.ascontiguousarray(sums.T)
