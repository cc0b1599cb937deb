"""What was made of a trace, for whoever wants to know: how much of it is lifted to array operations, at what cost."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from microgradnn.compiler.layout import Group, Layout
from microgradnn.compiler.lowering import in_python


@dataclass(frozen=True, repr=False)
class Report:
    """One program: its backend, what its groups are, and what it took to make them.

    traced         instructions of the function and of its derivatives, as they were traced
    instructions   what is left of them after the passes: the steps for one sample
    groups         array operations that do them; `levels` is the longest chain of instructions
    lifted         the share of the instructions that are in groups of two or more
    even           the share of operands in these that go on at the distance of the two before them: rows, not gathered
    largest        the commonest primitives, and how often they stand there
    python         the user's own primitives that are left to their Python functions
    tracing        seconds that the function was run for, twice
    building       seconds for passes, groups, and what runs them as far as it is made
    memory         bytes of the registers of one sample, and of the places of all operands
    """

    backend: str
    traced: int
    instructions: int
    groups: int
    levels: int
    lifted: float
    even: float
    largest: tuple[tuple[str, int], ...]
    python: tuple[str, ...]
    tracing: float
    building: float
    memory: int

    @classmethod
    def of(cls, layout: Layout, backend: str, seconds: float = 0.0) -> Report:
        """The report on a layout; `seconds` is what was spent on the backend."""
        sizes: Counter[str] = Counter()
        for group in layout.groups:
            sizes[group.op.name] += group.size
        several = [group for group in layout.groups if group.size > 1]
        total = len(layout.plain.code)
        even, every = map(sum, zip(*map(_even, several), strict=True)) if several else (0, 0)
        kinds = {(group.op, len(group.args)): None for group in layout.groups}
        operands = sum(len(args) for _, args in layout.program.code)
        return cls(
            backend=backend,
            traced=layout.making.traced or total,
            instructions=total,
            groups=len(layout.groups),
            levels=layout.levels,
            lifted=sum(group.size for group in several) / total if total else 1.0,
            even=even / every if every else 1.0,
            largest=tuple(sizes.most_common(5)),
            python=tuple(sorted({op.name for op, arity in kinds if in_python(op, arity) is not None})),
            tracing=layout.making.tracing,
            building=layout.making.building + seconds,
            memory=8 * (layout.program.size + len(layout.program.constants)) + 4 * operands,
        )

    @property
    def brief(self) -> str:
        """What was compiled, in a few words."""
        return f"compiled ({self.backend}): {self.instructions:,} instructions in {self.groups:,} groups"

    def __repr__(self) -> str:
        lines = [
            f"{self.traced:,} instructions traced, {self.instructions:,} left, in {self.groups:,} groups "
            f"({self.backend}); the longest chain has {self.levels:,}",
            f"{self.lifted:.0%} lifted to array operations, {self.even:.0%} of whose operands lie in even rows",
            ", ".join(f"{name} × {size:,}" for name, size in self.largest),
            f"traced in {self.tracing:.2g} s, built in {self.building:.2g} s, {_bytes(self.memory)}",
        ]
        if self.python:
            lines.append(f"left to Python: {', '.join(self.python)}")
        return "\n".join(lines)


def _even(group: Group) -> tuple[int, int]:
    """How many operands are as far from the one before as that is from its own, and how many could be."""
    if group.size == 2:
        return 0, 0  # two are as far from each other as they are
    steps = np.diff(np.array(group.args), 2)
    return steps.size - int(np.count_nonzero(steps)), steps.size


def _bytes(size: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} GB"
