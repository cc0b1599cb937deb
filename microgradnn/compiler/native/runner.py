"""A layout run by a machine."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from microgradnn.compiler.layout import Group, Layout
from microgradnn.compiler.native.machine import Kind, Machine, machine
from microgradnn.compiler.native.samples import PROGRAM, SAMPLES
from microgradnn.compiler.native.steps import LANES
from microgradnn.compiler.native.steps import LONG as INTEGER
from microgradnn.compiler.passes import CHAIN
from microgradnn.elementary import add, div, mul, sqrt, sub, where
from microgradnn.explaining.term import AT_MOST, LESS
from microgradnn.rules import inner

POINTER, LONG = ctypes.c_void_p, ctypes.c_int64
CACHE = 24_000  # bytes of registers that should stay near the processor; so many samples go at a time
MOST = 32
SHORT = 5  # operands of sums that have a loop of their own
COMMON = {
    (add, 2),
    (sub, 2),
    (mul, 2),
    (div, 2),
    (sqrt, 1),
    (where, 3),
    (LESS, 2),
    (AT_MOST, 2),
    (inner, 0),
    (inner, 3),
    (CHAIN, 0),
}


def _ctype(kind: Any) -> Any:
    return LONG if kind is INTEGER else POINTER


def _kind(group: Group) -> Kind:
    """The loop that a group runs in: that of longer sums takes any number of operands."""
    varies = group.op in (inner, CHAIN) and len(group.args) > SHORT
    return group.op, 0 if varies else len(group.args)


def needed(*layouts: Layout) -> set[Kind]:
    """The loops for these programs, and those that most others need too."""
    return COMMON | {_kind(group) for layout in layouts for group in layout.groups}


class Runner:
    """A program's tables for the machine, and registers to run in."""

    def __init__(self, layout: Layout, known: Machine | None = None) -> None:
        program = self.program = layout.program
        self.shift = len(program.constants)
        kinds = [_kind(group) for group in layout.groups]
        self.machine = known or machine(needed(layout))
        rows, places, begin = [], [], 0
        for kind, group in zip(kinds, layout.groups, strict=True):
            rows.append((self.machine.places[kind], self._place(group.out), group.size, len(group.args), begin))
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
            width: self.machine.function(name, *map(_ctype, [*PROGRAM, *SAMPLES]))
            for width, name in ((1, "batch_one"), (wide, "batch_wide"))
        }
        self._spread = self.machine.function("spread", POINTER, POINTER, LONG, LONG)
        for width, registers in self.registers.items():
            self._spread(registers.ctypes.data, self.constants.ctypes.data, len(self.constants), width)

    def _place(self, r: int) -> int:
        """Constants come first, then the registers in their order."""
        return r + self.shift if r >= 0 else -1 - r

    def spread(self, first: int, numbers: Any, width: int) -> None:
        """Put numbers into all lanes of the registers from `first` on."""
        start = self.registers[width][(self.shift + first) * width :]
        self._spread(start.ctypes.data, numbers.ctypes.data, len(numbers), width)

    def fields(self, width: int) -> list[int]:
        """What a batch is told of the program."""
        return [
            self.registers[width].ctypes.data, self.groups.ctypes.data, self.places.ctypes.data, len(self.groups),
            width, self.shift, self.program.inputs, self.outs.ctypes.data, len(self.outs),
            self.grads.ctypes.data, len(self.grads),
        ]  # fmt: skip

    def run(self, samples: Any, order: Any, held: Any) -> tuple[Any, Any]:
        """The results of every sample, and the sums of its gradients in eight lanes."""
        n, program = len(order), self.program
        width = 1 if n < LANES // 2 else self.wide
        self.spread(program.inputs, held, width)
        results = np.empty((n, len(self.outs)))
        sums = np.zeros((len(self.grads), LANES))
        self._batch[width](
            *self.fields(width), samples.ctypes.data, order.ctypes.data, n, program.inputs, 1,
            results.ctypes.data, len(self.outs), 1, sums.ctypes.data,
        )  # fmt: skip
        return results, sums
