"""The local partials of a row as formulas that hold wherever its arguments lie, kinks included."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from microgradnn.errors import MicrogradnnError
from microgradnn.explaining.term import Term, term
from microgradnn.ops import Op
from microgradnn.partials import local
from microgradnn.primitives import BUILT_IN
from microgradnn.stepping.rebound import rebound

OUT = "out"


class Open(Term):
    """A name whose number may change, so that no formula decides by the one it has."""

    __slots__ = ()
    open = True


def arguments(op: Op, count: int) -> list[str]:
    """The names of the arguments of a row that is applied to so many."""
    return list(op.arguments) if op.arity else [f"x{k}" for k in range(count)]


def partials(op: Op, constants: Sequence[float | None], wanted: Sequence[int]) -> dict[int, Term]:
    """The partials with respect to the wanted arguments, by position, as the engine computes them.

    `constants` are the arguments that are plain numbers, None where they are not. The formulas are of the arguments'
    names and of `out`; at a kink they follow the rule in force here. What is missing, or 0, passes nothing on where
    the row has kinks or branches.
    """
    names = arguments(op, len(constants))
    args = [Open(None, (), name, None) if x is None else term(x) for name, x in zip(names, constants, strict=True)]
    out = Open(None, (), OUT, None)
    try:
        found = local(op, args, out, wanted)
    except (MicrogradnnError, TypeError, AttributeError, ValueError):
        if op.name in BUILT_IN:
            raise
        # A user's partial that calls `math` becomes one that calls rows.
        found = local(replace(op, partials=tuple(map(_rebound, op.partials))), args, out, wanted)
    return {k: term(partial) for k, partial in found}


def _rebound(partial: Callable[..., object]) -> Callable[..., object]:
    return rebound(partial)
