"""A partial that no formula can be read from, as a primitive of its own: named, and with the right numbers."""

from __future__ import annotations

from functools import cache

from microgradnn.elementary import ZERO
from microgradnn.ops import Op
from microgradnn.partials import local


@cache
def derivative(op: Op, k: int) -> Op:
    """The partial of a user's `op` by its argument `k`, whose code takes numbers alone (math.exp, or an `if`)."""

    def value(*args: float) -> float:
        return float(dict(local(op, args, op.value(*args), range(len(args)))).get(k, 0.0))

    many = len(op.arguments) > 1
    mark = f"_{{{{{k + 1}}}}}" if many else ""
    places = ", ".join(f"{{{place}}}" for place in range(len(op.arguments)))
    name = op.name.replace("_", r"\_")
    return Op(
        f"{op.name}_slope{k + 1 if many else ''}", value, (ZERO,) * len(op.arguments), arguments=op.arguments,
        tex=rf"\operatorname{{{{{name}}}}}'{mark}({places})", public=False,
    )  # fmt: skip
