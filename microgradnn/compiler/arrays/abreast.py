"""Programs of a few numbers of every parameter, run over all parameters at once."""

from __future__ import annotations

from typing import Any

from microgradnn.compiler.arrays.places import Places
from microgradnn.compiler.arrays.plan import Plan
from microgradnn.compiler.lanes import LANES
from microgradnn.compiler.layout import Layout


class Abreast:
    """A program whose samples are `count` parameters: the same bits as its `run` for each."""

    def __init__(self, layout: Layout, count: int) -> None:
        self._plan = Plan(Places(layout), -(-count // LANES) * LANES)
        self._inputs = self._plan.numbers[False][: layout.program.inputs, :count]

    def run(self, held: Any, *inputs: Any) -> Any:
        """The results, a row of numbers for each; so are the inputs."""
        plan = self._plan
        for row, numbers in zip(self._inputs, inputs, strict=True):
            row[:] = numbers
        plan.start(held)
        plan.go()
        return plan.numbers[False].take(plan.places.outs, 0)[:, : self._inputs.shape[1]]
