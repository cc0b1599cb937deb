"""Whether every backend gives the bits of the program, and the program those of the eager engine."""

from __future__ import annotations

import ctypes
import math
import random
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from microgradnn import grad
from microgradnn.compiler import layout as grouping
from microgradnn.compiler import passes
from microgradnn.compiler.arrays import Runner as Arrays
from microgradnn.compiler.backward import differentiated
from microgradnn.compiler.native.runner import Runner as Native
from microgradnn.compiler.program import Program, program
from microgradnn.compiler.sources import source
from microgradnn.compiler.straight import Runner as Straight
from microgradnn.compiler.trace import Trace, Traced
from microgradnn.engine import Value
from microgradnn.ops import TABLE, Op
from tests.compiled.graphs import ROWS, Graph, graph, number

COMPILER = shutil.which("gcc") or shutil.which("cc")
RUNNERS: dict[str, Callable[..., Any]] = {
    "numpy": partial(Arrays, straight=False), "python": Straight, "native": Native,
}  # fmt: skip


class Bundle:
    """Some random graphs over the same leaves, compiled together: each has a result, and a gradient of its own."""

    def __init__(self, seed: int, graphs: int, rows: int | list[str]) -> None:
        rng = random.Random(seed)
        self.seed = seed
        self.inputs, held = rng.randint(1, 4), rng.randint(1, 5)
        self.rng = rng
        known = rng.sample(ROWS, rows) if isinstance(rows, int) else rows
        self.graphs: list[Graph] = [graph(rng, self.inputs, held, known) for _ in range(graphs)]
        self.held = [Value(number(rng, 0.1)) for _ in range(held)]
        n = rng.choice([1, 2, 3, 5, 8, 9, 17, 40])
        self._compile([[number(rng, 0.15) for _ in range(self.inputs)] for _ in range(n)])

    def _compile(self, samples: list[list[float]]) -> None:
        rng = self.rng
        examples = [Traced(number(rng, 0.0)) for _ in range(self.inputs)]

        def every(*xs: Any) -> list[Any]:
            return [fn(xs, self.held) for fn in self.graphs]

        trace = Trace(every, examples, {value: Traced(value.data) for value in self.held})
        plain = program(trace, examples, trace.result)
        self.plain = differentiated(plain, range(plain.first))
        self.layout = grouping.Layout(passes.optimised(self.plain))
        self.samples = np.array(samples)
        self.order = np.array([rng.randrange(len(samples)) for _ in samples])
        self.leaves = np.array([value.data for value in self.held])
        assert self.layout.program.held == self.held
        assert not trace.guards, f"seed {self.seed}: {trace.guards[0].line} branches"

    def expected(self) -> tuple[list[list[float]], list[list[float]]]:
        """Results and gradients of every sample in the order, by Program.run; the latter are added to 0.0."""
        code = self.layout.program
        found = [code.run(self.samples[i].tolist()) for i in self.order.tolist()]
        return [[r[x] for x in code.outputs] for r in found], [[0.0 + r[x] for x in code.gradients] for r in found]

    def check_program(self, eager: bool = True) -> int:
        """The passes keep every bit, and the program's numbers are the eager engine's; gives the graphs compared."""
        outs, grads = self.expected()
        compared = 0
        size = self.inputs + len(self.held)
        for i, out, mine_slopes in zip(self.order.tolist(), outs, grads, strict=True):
            sample = self.samples[i].tolist()
            plain = self.plain.run(sample)
            for k, fn in enumerate(self.graphs):
                mine = [out[k], *mine_slopes[k * size : (k + 1) * size]]
                slopes = self.plain.gradients[k * size : (k + 1) * size]
                traced = [plain[self.plain.outputs[k]], *[0.0 + plain[r] for r in slopes]]
                if not all(map(math.isfinite, mine)):
                    continue  # there the eager engine has the word
                same(mine, traced, f"seed {self.seed}, graph {k}: the passes at {sample}")
                if eager:
                    same(mine, self._eager(fn, sample), f"seed {self.seed}, graph {k}: the eager engine at {sample}")
                compared += 1
        return compared

    def _eager(self, fn: Graph, sample: Sequence[float]) -> list[float]:
        xs = [Value(x) for x in sample]
        for value in self.held:
            value.zero_grad()
        out = fn(xs, self.held)
        if not isinstance(out, Value):
            return [out, *[0.0] * (len(xs) + len(self.held))]
        out.backward()
        return [out.data, *(x.grad for x in (*xs, *self.held))]

    def check_backends(self, names: Sequence[str] = tuple(RUNNERS)) -> None:
        """Every backend gives the program's bits: results of samples, and sums of gradients in eight lanes."""
        outs, grads = self.expected()
        lanes = [[0.0] * 8 for _ in self.layout.program.gradients]
        for i, row in enumerate(grads):
            for k, x in enumerate(row):
                lanes[k][i % 8] += x
        for name in names:
            results, sums = RUNNERS[name](self.layout).run(self.samples, self.order, self.leaves)
            about = f"seed {self.seed}: {name}"
            for found, wanted in zip(results.tolist(), outs, strict=True):
                same(found, wanted, about)
            for k, wanted in enumerate(lanes):
                same([*sums[k].tolist(), *[0.0] * (8 - len(sums[k]))], wanted, f"{about}, gradient {k}")

    def check_sources(self, c: bool = True) -> None:
        """So does what the texts give that run alone."""
        outs, grads = self.expected()
        names: dict[str, Any] = {}
        exec(source(self.layout, "numpy"), names)
        results, gradients = names["run"](self.samples[self.order], self.leaves)
        for k, (out, slopes) in enumerate(zip(outs, grads, strict=True)):
            same([*results[k].tolist(), *gradients[k].tolist()], [*out, *slopes], f"seed {self.seed}: numpy's source")
        if not c or COMPILER is None:
            return
        found = run_c(self.layout.program, source(self.layout, "c"), self.samples[self.order], self.leaves)
        for mine, out, slopes in zip(found, outs, grads, strict=True):
            same(mine, [*out, *slopes], f"seed {self.seed}: C")


class Rows(Bundle):
    """Every row of the table, and its derivatives by every argument, at the edges."""

    def __init__(self, seed: int, samples: int, names: Sequence[str] = ROWS) -> None:
        rng = self.rng = random.Random(seed)
        self.seed, self.inputs, self.held = seed, 5, [Value(0.5)]
        self.graphs = [row for name in names for row in _derived(TABLE[name])]
        self._compile([[number(rng, 0.7) for _ in range(self.inputs)] for _ in range(samples)])


def _derived(op: Op) -> list[Graph]:
    count = op.arity or 5
    by = lambda xs, k: grad(lambda t: op(*xs[:k], t, *xs[k + 1 : count]))(xs[k])
    slopes: list[Graph] = [lambda xs, ws, k=k: ws[0] * by(xs, k) for k in range(count)]
    return [lambda xs, ws: ws[0] * op(*xs[:count]), *slopes]


def same(found: Sequence[float], wanted: Sequence[float], about: str) -> None:
    """Bit for bit, but one nan is like another."""
    if [x.hex() for x in found] != [x.hex() for x in wanted]:
        k = next(k for k, (a, b) in enumerate(zip(found, wanted, strict=True)) if a.hex() != b.hex())
        raise AssertionError(f"{about}: number {k} is {found[k]!r}, and should be {wanted[k]!r}")


def run_c(code: Program, text: str, samples: Any, held: Any) -> list[list[float]]:
    """Results and gradients of every sample by the C text, compiled as its first lines say."""
    assert COMPILER is not None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        (path / "program.c").write_text(text, "utf-8")
        command = [
            COMPILER,
            "-std=c99",
            "-O2",
            "-ffp-contract=off",
            "-shared",
            "-fPIC",
            "-o",
            "program.so",
            "program.c",
        ]
        subprocess.run([*command, "-lm"], cwd=path, check=True, capture_output=True)
        run = ctypes.CDLL(str(path / "program.so")).run
        run.restype, run.argtypes = None, [ctypes.c_void_p] * 4
        found = []
        for sample in samples:
            sample = np.ascontiguousarray(sample)
            results = np.empty(len(code.outputs) + len(code.guards))
            gradients = np.empty(len(code.gradients))
            run(sample.ctypes.data, held.ctypes.data, results.ctypes.data, gradients.ctypes.data)
            found.append([*results.tolist(), *gradients.tolist()])
    return found
