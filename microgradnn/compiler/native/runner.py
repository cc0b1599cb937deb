"""A layout run by a machine."""

from __future__ import annotations

import ctypes
from functools import lru_cache
from typing import Any

import numpy as np

from microgradnn.compiler.layout import Layout
from microgradnn.compiler.native.machine import Kind, Machine
from microgradnn.compiler.native.steps import LANES
from microgradnn.compiler.passes import CHAIN
from microgradnn.rules import inner

POINTER, LONG = ctypes.c_void_p, ctypes.c_int64
CACHE = 24_000  # bytes of registers that should stay near the processor; so many samples go at a time
MOST = 32


@lru_cache(maxsize=64)
def machine(kinds: tuple[Kind, ...]) -> Machine:
    """The machine for these primitives, which one program may share with another."""
    return Machine(kinds)


class Runner:
    """A program's tables for the machine, and registers to run in."""

    def __init__(self, layout: Layout) -> None:
        program = self.program = layout.program
        self.shift = len(program.constants)
        kinds = [(g.op, 0 if g.op in (inner, CHAIN) else len(g.args)) for g in layout.groups]
        known = tuple(sorted(set(kinds), key=lambda kind: (kind[0].name, kind[1])))
        self.machine = machine(known)
        rows, places, begin = [], [], 0
        for kind, group in zip(kinds, layout.groups, strict=True):
            rows.append((known.index(kind), self._place(group.out), group.size, len(group.args), begin))
            places += [self._place(r) for column in group.args for r in column]
            begin += group.size * len(group.args)
        self.groups = np.array(rows, np.int64).reshape(-1, 5)
        self.places = np.array(places, np.int32)
        self.constants = np.array(program.constants)
        guards = [r for r, _ in program.guards]
        self.outs = np.array([self._place(r) for r in (*program.outputs, *guards)], np.int64)
        self.grads = np.array([self._place(r) for r in program.gradients], np.int64)
        size = len(program.constants) + program.size
        wide = LANES * max(1, min(MOST // LANES, CACHE // (8 * LANES * max(size, 1))))
        self.registers = {width: np.zeros(size * width) for width in (1, wide)}
        self.wide = wide
        self._batch = {
            width: self.machine.function(
                name, POINTER, POINTER, POINTER, LONG, LONG, POINTER, POINTER, LONG, LONG, LONG, POINTER, LONG,
                POINTER, POINTER, LONG, POINTER,
            )
            for width, name in ((1, "batch_one"), (wide, "batch_wide"))
        }  # fmt: skip
        self._spread = self.machine.function("spread", POINTER, POINTER, LONG, LONG)
        for width, registers in self.registers.items():
            self._spread(registers.ctypes.data, self.constants.ctypes.data, len(self.constants), width)

    def _place(self, r: int) -> int:
        """Constants come first, then the registers in their order."""
        return r + self.shift if r >= 0 else -1 - r

    def run(self, samples: Any, order: Any, held: Any) -> tuple[Any, Any]:
        """The results of every sample, and the sums of its gradients in eight lanes."""
        n, program = len(order), self.program
        width = 1 if n < LANES // 2 else self.wide
        registers = self.registers[width]
        first = self.shift + program.inputs
        self._spread(registers[first * width :].ctypes.data, held.ctypes.data, len(held), width)
        results = np.empty((n, len(self.outs)))
        sums = np.zeros((len(self.grads), LANES))
        self._batch[width](
            registers.ctypes.data, self.groups.ctypes.data, self.places.ctypes.data, len(self.groups), width,
            samples.ctypes.data, order.ctypes.data, n, program.inputs, self.shift,
            self.outs.ctypes.data, len(self.outs), results.ctypes.data,
            self.grads.ctypes.data, len(self.grads), sums.ctypes.data,
        )  # fmt: skip
        return results, sums


def added(sums: Any) -> Any:
    """The eight lanes added up, in the order that is the same everywhere."""
    four = sums[:, :4] + sums[:, 4:]
    two = four[:, :2] + four[:, 2:]
    return two[:, 0] + two[:, 1]
