"""A program run by kernels."""

from __future__ import annotations

import ctypes
import threading
from typing import Any

import numpy as np

from microgradnn.compiler.layout import Layout
from microgradnn.compiler.native.machine import function, kernels
from microgradnn.compiler.native.plan import Plan
from microgradnn.compiler.native.samples import PROGRAM, ROW, SAMPLES
from microgradnn.compiler.native.steps import LANES
from microgradnn.compiler.native.steps import LONG as INTEGER
from microgradnn.compiler.native.weaving import woven

POINTER, LONG = ctypes.c_void_p, ctypes.c_int64
CACHE = 48_000  # bytes of registers that should stay near the processor; so many samples go at a time
LEAST, MOST = 32, 128


class Prepared:
    """The tables of a program and its registers, for single samples or for many."""

    def __init__(self, layout: Layout, single: bool) -> None:
        plan = Plan(layout, single)
        lanes = 1
        if not single:
            lanes = min(MOST, max(LEAST, CACHE // (8 * max(plan.registers, 1)) // LEAST * LEAST))
        known, self._code = kernels({row.kind for row in (*plan.setup, *plan.rows)})
        self.uniform = np.zeros(plan.uniform + LANES)  # kernels may read eight numbers where they use one
        self.uniform[: len(layout.program.constants)] = layout.program.constants
        self.registers = self.uniform if single else np.zeros((plan.registers + 1) * lanes)
        self.held, self.order = plan.held, plan.order
        places: list[Any] = []
        begin = 0
        tables = []
        for rows in (plan.setup, plan.rows):
            table = []
            for row in rows:
                arity, size = row.places.shape
                table.append((known[row.kind], row.out, row.into, size, arity, begin))
                places.append(row.places.ravel())
                begin += arity * size
            tables.append(np.array(table, np.int64).reshape(-1, len(ROW)))
        added = np.array(plan.added, np.int64).reshape(-1, 2)
        arrays = {
            "uniform": self.uniform, "registers": self.registers, "setup": tables[0], "groups": tables[1],
            "places": np.concatenate([*places, [0]]).astype(np.int32), "outs": plan.outs,
            "grads": added[:, 0].copy(), "into": added[:, 1].copy(), "rows": plan.order,
        }  # fmt: skip
        numbers = {
            "setups": len(tables[0]), "count": len(tables[1]), "lanes": lanes, "first": plan.first,
            "inputs": layout.program.inputs, "held": plan.held, "outputs": len(plan.outs), "added": len(added),
            "gradients": len(plan.order),
        }  # fmt: skip
        self._arrays = arrays  # they have to live as long as their addresses are told
        told = numbers | {name: array.ctypes.data for name, array in arrays.items()}
        self.table = np.array([told[name] for name in PROGRAM], np.int64)
        self.address = self.table.ctypes.data

    def hold(self, numbers: Any) -> None:
        """Give the leaves these numbers."""
        self.uniform[self.held : self.held + len(numbers)] = numbers


class Runner:
    """A program that is run over samples, from one thread at a time."""

    def __init__(self, layout: Layout) -> None:
        self._layout = woven(layout)
        self.program = self._layout.program
        self._prepared: dict[bool, Prepared] = {}
        self.lock = threading.Lock()
        kinds = [LONG if kind is INTEGER else POINTER for kind in SAMPLES]
        self._batch = function("batch", POINTER, *kinds)

    def prepared(self, single: bool) -> Prepared:
        """The tables for single samples, or for many."""
        if single not in self._prepared:
            self._prepared[single] = Prepared(self._layout, single)
        return self._prepared[single]

    def run(self, samples: Any, order: Any, held: Any) -> tuple[Any, Any]:
        """The results of every sample, and the sums of its gradients in eight lanes; of one sample in one."""
        n, program = len(order), self.program
        with self.lock:
            known = self.prepared(few(n))
            known.hold(held)
            outs, count = len(program.outputs) + len(program.guards), len(program.gradients)
            results, sums = np.empty((n, outs)), np.zeros((count, lanes(n)))
            self._batch(
                known.address, samples.ctypes.data, order.ctypes.data, n, program.inputs, 1,
                results.ctypes.data, outs, 1, sums.ctypes.data, lanes(n),
            )  # fmt: skip
        return results, sums[known.order]


def lanes(n: int) -> int:
    """In how many lanes the gradients of so many samples are added up."""
    return LANES if n > 1 else 1


def few(n: int) -> bool:
    """Whether so many samples are better taken one by one."""
    return n < LANES // 2
