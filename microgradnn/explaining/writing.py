"""A formula in any notation: given how names and numbers are written, and how operations are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from microgradnn.explaining.term import Term
from microgradnn.notation import Notation, Written, written
from microgradnn.ops import Op


def write(x: Term, notation: Notation, names: Callable[[str], Written], numbers: Callable[[float], Written]) -> Written:
    """The formula, with parentheses where they are needed; it may be of any depth.

    For JavaScript, say, `notation` has a form for operators and None for what is a call, and `names` and
    `numbers` write those as that language has them.
    """

    def leaf(part: Term) -> Written | None:
        if part.op is not None:
            return None
        return names(part.name) if part.name or part.value is None else numbers(part.value)

    def below(part: Term) -> tuple[Op, Sequence[Term]]:
        assert part.op is not None  # `leaf` has written the others
        return part.op, part.args

    return written(x, notation, leaf, below)
