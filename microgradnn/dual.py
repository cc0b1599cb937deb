"""Forward mode: a number together with its derivative in one direction, carried through the same rows."""

from __future__ import annotations

from itertools import count
from typing import Any

from microgradnn.arithmetic import Arithmetic
from microgradnn.ops import Flow, Op, plain
from microgradnn.partials import added, local

NOTHING = float("0")  # the tangent where nothing flows, which no infinite slope makes nan; known by its identity
next_level = count(3).__next__  # Values have rank 0; in a trace Values have 1, and numbers 2


class Dual(Arithmetic):
    """A number x + ε·t with ε² = 0.

    Every forward pass has an ε of its own, its `rank`; the youngest goes outermost, so that nested passes are
    not confused (Siskind & Pearlmutter, "Perturbation Confusion", 2005).
    """

    __slots__ = ("rank", "tangent", "value")

    def __init__(self, value: Any, tangent: Any, rank: int) -> None:
        self.value = value
        self.tangent = tangent
        self.rank = rank

    def plain(self) -> float:
        return plain(self.value)

    label = property(lambda self: "", lambda self, name: None)  # taken, and forgotten: names are for Values

    @property
    def data(self) -> float:
        """The bare number."""
        return self.plain()

    def through(self, op: Op, args: tuple[Any, ...]) -> Any:
        rank = self.rank
        mine = {k: arg for k, arg in enumerate(args) if isinstance(arg, Dual) and arg.rank == rank}
        values = [
            mine[k].value if k in mine else arg if isinstance(arg, Flow) else plain(arg) for k, arg in enumerate(args)
        ]
        out = op(*values)
        flowing = [(mine[k].tangent, partial) for k, partial in local(op, values, out, list(mine))]
        flowing = [pair for pair in flowing if pair[0] is not NOTHING]
        return Dual(out, added(flowing) if flowing else NOTHING, rank)

    def __repr__(self) -> str:
        return f"Dual({self.value!r}, {self.tangent!r})"


def parts(x: Any, rank: int) -> tuple[Any, Any]:
    """Value and tangent of what came out of the forward pass `rank`."""
    return (x.value, x.tangent) if isinstance(x, Dual) and x.rank == rank else (x, 0.0)
