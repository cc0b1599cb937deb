"""A program that was traced and is ready to be run, as functions and losses of samples have them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from time import perf_counter
from typing import Any

import numpy as np

from microgradnn import engine
from microgradnn.compiler.backends import Runner, able, runner
from microgradnn.compiler.lanes import added
from microgradnn.compiler.passes import compact
from microgradnn.compiler.program import Program
from microgradnn.compiler.reads import Reads
from microgradnn.compiler.report import Report
from microgradnn.compiler.sampled import Array, Leaves, compiled, numbers
from microgradnn.compiler.trace import name_of, written
from microgradnn.engine import Value
from microgradnn.errors import MicrogradnnError, Untraceable


class Entry:
    """One program: for samples of one form, and for one way through the function's branches."""

    def __init__(
        self,
        fn: Callable[..., Any],
        example: Sequence[Any],
        backend: str,
        leaves: Leaves,
        fixed: Sequence[Value] = (),
        before: Sequence[Any] = (),
        values: bool = False,
    ) -> None:
        times = [value.time for value in fixed]
        try:
            self.layout, self.rebuild = compiled(fn, example, fixed, leaves, before, values)
        except MicrogradnnError:
            raise
        except Exception as error:
            error.add_note(f"This was while {name_of(fn)} was traced, for arguments like {tuple(example)!r:.100}.")
            raise
        if times != [value.time for value in fixed]:
            raise Untraceable(f"{name_of(fn)} sets parameters, which a program would not do")
        self.backend = backend
        self._seconds = 0.0  # for making what runs it
        program = self.layout.plain
        self.reads = Reads([fn, *dict.fromkeys(op for op, _ in program.code)])
        if self.reads.unseen:
            raise Untraceable(
                f"{written(fn)}{name_of(fn)} reads by {self.reads.unseen}, and when that changes cannot be seen: "
                "hand over what it holds as an argument"
            )
        self.held, self.outputs = program.held, len(program.outputs)
        self.outcomes = np.array([float(outcome) for _, outcome in program.guards])
        self._makings, self._live = engine.makings, [value.live for value in self.held]

    def changed(self) -> bool:
        """Whether the program holds no longer: what the function reads is another, or a leaf was frozen."""
        if engine.makings != self._makings:
            if [value.live for value in self.held] != self._live:
                return True
            self._makings = engine.makings  # it was another leaf
        return self.reads.changed()

    @cached_property
    def _way(self) -> Program | None:
        """The conditions that leaves alone decide, as outputs; None where there are none."""
        program = self.layout.program
        given = [r < program.inputs for r in range(program.size)]  # whether it depends on what the function is given
        for r, (_, args) in enumerate(program.code, program.first):
            given[r] = any(arg >= 0 and given[arg] for arg in args)
        decided = [guard for guard in program.guards if guard[0] < 0 or not given[guard[0]]]
        return compact(replace(program, outputs=[], gradients=[], guards=decided)) if decided else None

    def stands(self) -> bool:
        """Whether the program holds for what the leaves are now, as far as they decide it."""
        way = self._way
        return (way is None or way.holds(way.run([0.0] * way.inputs))) and not self.changed()

    def report(self) -> Report:
        """What the program is made of."""
        return Report.of(self.layout, able(self.backend, self.layout), self._seconds)

    @cached_property
    def brief(self) -> str:
        """What was compiled, in a few words."""
        return self.report().brief

    @cached_property
    def runner(self) -> Runner:
        """What runs it, made when it is first needed."""
        began = perf_counter()
        made = runner(self.layout, self.backend)
        self._seconds = perf_counter() - began
        return made

    def run(self, rows: Array, order: Array) -> tuple[Array, Array, Array]:
        """Outputs, the sums of the gradients, and which samples went this way through the branches."""
        results, sums = self.runner.run(rows, order, numbers(self.held))
        return results[:, : self.outputs], added(sums), (results[:, self.outputs :] == self.outcomes).all(axis=1)
