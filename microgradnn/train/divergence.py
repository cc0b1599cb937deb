"""Training that has left the finite numbers: when that began, where, and what to try."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NoReturn

from microgradnn.births import first_nonfinite
from microgradnn.elementary import log, log1p
from microgradnn.engine import Value
from microgradnn.errors import Divergence

ADVICE = "Try a lower learning rate, clip=1.0, or inputs of mean 0 and deviation 1 (microgradnn.data.Normaliser)"


def began(losses: Sequence[float], epoch: int) -> str:
    """The step that fails after these losses, and where they were least: there the trouble began."""
    where = f"step {len(losses)} (epoch {epoch})"
    if len(losses) < 2:
        return where
    least = min(range(len(losses)), key=losses.__getitem__)
    return f"{where}, the loss having been least at step {least} ({losses[least]:.4g})"


def finite(x: float) -> bool:
    """Whether x is neither nan nor an infinity."""
    return x - x == 0.0


def refuse_loss(loss: Value, sample: int, where: str) -> NoReturn:
    """The loss of a sample is not finite."""
    raise Divergence(
        f"training diverged at {where}: the loss of sample {sample} is {loss.data}. {origin([loss])}{ADVICE}"
    )


def refuse_total(what: str, total: float, where: str) -> NoReturn:
    """A sum of finite numbers is larger than a float can hold."""
    raise Divergence(f"training diverged at {where}: {what} is {total}, larger than a float can hold. {ADVICE}")


def refuse_numbers(
    what: str, names: Sequence[str], numbers: Sequence[float], where: str, losses: Iterable[Value]
) -> NoReturn:
    """Some of the numbers, a gradient or the parameters, are not finite; `losses` are those they came from."""
    bad = [k for k, x in enumerate(numbers) if not finite(x)]
    others = f" (and of {len(bad) - 1} more)" if len(bad) > 1 else ""
    raise Divergence(
        f"training diverged at {where}: {what} of {names[bad[0]]}{others} is {numbers[bad[0]]}, though the loss was "
        f"finite. {origin(losses)}{ADVICE}"
    )


def origin(losses: Iterable[Value]) -> str:
    """A sentence on the first operation that went wrong, if it was in the computation of one of the losses."""
    for loss in losses:
        birth = first_nonfinite(loss)
        if birth is not None:
            said = f"{birth.message[0].upper()}{birth.message[1:]}. "
            if isinstance(birth.node, Value) and birth.node.op in (log, log1p):
                said += "Where that is the log of a probability, take the loss that starts from logits. "
            return said
    return ""
