"""Training that has left the finite numbers: where that began, and what to try."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from microgradnn.engine import Value
from microgradnn.errors import Divergence

ADVICE = "try a lower learning rate, clip=1.0, or inputs of mean 0 and deviation 1 (microgradnn.data.Normaliser)"


def finite(x: float) -> bool:
    return x - x == 0.0


def refuse_loss(loss: Any, sample: int, where: str) -> NoReturn:
    """The loss of a sample is not finite."""
    raise Divergence(
        f"training diverged at {where}: the loss of sample {sample} is {loss.data}{origin(loss)}; {ADVICE}"
    )


def refuse_numbers(what: str, names: Sequence[str], numbers: Sequence[float], where: str) -> NoReturn:
    """Some of the numbers, a gradient or the parameters, are not finite."""
    bad = [k for k, x in enumerate(numbers) if not finite(x)]
    others = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
    raise Divergence(
        f"training diverged at {where}: {what} of {names[bad[0]]} is {numbers[bad[0]]}{others}, though the loss "
        f"was finite; {ADVICE}"
    )


def origin(loss: Value) -> str:
    return ""
