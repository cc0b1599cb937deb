"""Functions of floats made into functions of whatever flows: where they called `math`, they call rows."""

from __future__ import annotations

import math
from collections.abc import Callable
from inspect import unwrap
from types import FunctionType, ModuleType, SimpleNamespace
from typing import Any

from microgradnn import ieee, kernels
from microgradnn.elementary import ZERO
from microgradnn.ops import TABLE, Op
from microgradnn.stepping.tracing import FINITE, Traced

ERFC = Op("erfc", ieee.erfc, (ZERO,), public=False)  # of the C library, and no row
# What `ieee.js` has, of JavaScript's own Math for the most part: the functions that are composed of no others.
GIVEN = frozenset(
    "abs acos asin atan atan2 cos cosh erf erfc exp expm1 log log1p pow sin sinh sqrt tan tanh".split()  # noqa: SIM905
)
# The functions of `math` where they may raise: a user's primitive is nan then, and not the limit that a row has.
RAISING = {
    name: Op(f"math_{name}", vars(math)[name], op.partials, arguments=op.arguments, public=False)
    for name, op in TABLE.items()
    if name in vars(math) and name in GIVEN
}


def _finite(x: Any) -> Any:
    return x.tracing.applied(FINITE, (x,)) if isinstance(x, Traced) else math.isfinite(x)


def _rows(raising: bool) -> dict[int, Any]:
    """What stands for a function, by its identity: the row whose values it gives."""
    found: dict[int, Any] = {id(op.value): op for op in TABLE.values()}
    found |= {id(vars(ieee)[name]): op for name, op in TABLE.items() if name in vars(ieee)}
    known: dict[str, Any] = {name: TABLE[name] for name in vars(math) if name in TABLE}
    known |= RAISING if raising else {}
    known |= {"fabs": TABLE["abs"], "erfc": ERFC, "isfinite": _finite}
    return found | {id(vars(math)[name]): row for name, row in known.items()}


def rebound(function: Callable[..., Any], raising: bool = False) -> Callable[..., Any]:
    """The same function, calling rows of the table where it called their values or functions of `math`.

    It computes with floats as before, to the bit, and with everything else that flows. What it calls of its
    own module is rebound as well; what it calls of other modules is not. With `raising` the rows that stand for
    `math` are those of RAISING.
    """
    function = unwrap(function)
    if not isinstance(function, FunctionType):
        return function
    rows, home = _rows(raising), function.__globals__
    world: dict[str, Any] = {}

    def copied(x: FunctionType) -> FunctionType:
        copy = FunctionType(x.__code__, world, x.__name__, x.__defaults__, x.__closure__)
        copy.__kwdefaults__ = x.__kwdefaults__
        return copy

    def again(x: Any) -> Any:
        if isinstance(x, ModuleType) and x in (math, ieee, kernels):
            return SimpleNamespace(**{name: rows.get(id(y), y) for name, y in vars(x).items()})
        if id(x) in rows:
            return rows[id(x)]
        return copied(x) if isinstance(x, FunctionType) and x.__globals__ is home else x

    world.update({name: again(x) for name, x in home.items()})
    return copied(function)
