"""Instructions of programs that users cannot call, and which of all are sums."""

from __future__ import annotations

from microgradnn.elementary import TWO, add
from microgradnn.ops import Op
from microgradnn.rules import inner, total


def _chain(first: float, *rest: float) -> float:
    for x in rest:
        first += x
    return first


CHAIN = Op(
    "chain", _chain, gradient=lambda args, out: [1.0] * len(args), arguments=("first", "rest"), public=False,
    note="first + x₀ + x₁ + …, added in this order.",
)  # fmt: skip
LARGER = Op(
    "larger", lambda x, y: y if y > x else x, gradient=lambda args, out: [0.0, 0.0], arguments=TWO, public=False,
    note="The larger of two numbers, the first where they are equal, taken as a constant.",
)  # fmt: skip
SUMS = (add, total, inner, CHAIN)
