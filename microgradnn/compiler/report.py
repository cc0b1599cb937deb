"""What was made of a trace, for whoever wants to know: how much of it is lifted to array operations."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from microgradnn.compiler.layout import Layout, stride


@dataclass(frozen=True, repr=False)
class Report:
    """One program: its backend, and what its groups are.

    instructions   steps for one sample, after the passes
    groups         array operations that do them; `levels` of them one after another
    lifted         the share of the instructions that are in groups of two or more
    strided        the share of the groups whose operands are all at even distances, so that nothing is gathered
    """

    backend: str
    instructions: int
    groups: int
    levels: int
    lifted: float
    strided: float
    largest: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, layout: Layout, backend: str) -> Report:
        """The report on a layout."""
        sizes: Counter[str] = Counter()
        even = 0
        for group in layout.groups:
            sizes[group.op.name] += group.size
            even += all(stride([column]) is not None for column in group.args)
        total = sum(sizes.values())
        together = sum(group.size for group in layout.groups if group.size > 1)
        count = len(layout.groups)
        return cls(
            backend, total, count, layout.levels, together / total if total else 1.0, even / count if count else 1.0,
            tuple(sizes.most_common(5)),
        )  # fmt: skip

    def __repr__(self) -> str:
        most = ", ".join(f"{name} × {size:,}" for name, size in self.largest)
        return (
            f"{self.instructions:,} instructions in {self.groups} groups on {self.levels} levels ({self.backend}): "
            f"{self.lifted:.0%} lifted, {self.strided:.0%} of the groups without gathering; {most}"
        )
