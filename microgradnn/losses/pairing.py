"""What all losses share: outputs and targets in pairs, the mean over outputs, the mean over rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from microgradnn.arithmetic import sum
from microgradnn.errors import DataError, NotANumber, ShapeError
from microgradnn.ieee import number
from microgradnn.making import noted
from microgradnn.ops import Flow

Pair = Callable[..., Any]  # of one output, its target, and settings


def listed(xs: Any) -> list[Any] | None:
    """The outputs of one sample, or None where there is a single one that stands bare."""
    if isinstance(xs, Flow | float | int):
        return None
    if isinstance(xs, str | bytes):
        raise NotANumber(f"a loss is of numbers, and {xs!r:.40} is text: convert it first")
    try:
        return list(xs)
    except TypeError:
        return None


def paired(name: str, prediction: Any, target: Any) -> tuple[list[Any], list[Any]]:
    """Outputs and targets as lists of one length; a bare number is a list of one."""
    outputs, wanted = listed(prediction), listed(target)
    outputs = [prediction] if outputs is None else outputs
    wanted = [target] if wanted is None else wanted
    if len(outputs) != len(wanted) or not outputs:
        raise ShapeError(f"{name}: {len(outputs)} outputs, but {len(wanted)} targets; it takes one for each")
    outputs = [p if isinstance(p, Flow | float) else number(p, f"an output, for {name},") for p in outputs]
    wanted = [t if isinstance(t, Flow | float) else number(t, f"a target of {name}") for t in wanted]
    for t in wanted:
        if t.__class__ is float and t != t:
            raise DataError(f"{name}: a target is nan; drop that sample, nothing can be learned from it")
    return outputs, wanted


def _rows(xs: Any) -> bool:
    return isinstance(xs, list | tuple) and len(xs) > 0 and isinstance(xs[0], list | tuple)


def batched(loss: Pair) -> Pair:
    """The loss, which of a list of rows takes the mean over the rows."""

    @wraps(loss)
    def of_rows(prediction: Any, target: Any, **settings: Any) -> Any:
        if not _rows(prediction):
            return loss(prediction, target, **settings)
        if not isinstance(target, list | tuple) or len(prediction) != len(target):
            raise ShapeError(f"{loss.__name__}: {len(prediction)} rows need as many targets, one for each")
        every = [loss(row, t, **settings) for row, t in zip(prediction, target, strict=True)]
        return sum(every) / len(every)

    return noted(of_rows, "loss", lambda _: loss.__name__)


def mean(name: str, term: Callable[[Any, Any], Any], prediction: Any, target: Any) -> Any:
    """The mean over the outputs of a term for each."""
    outputs, wanted = paired(name, prediction, target)
    terms = [term(p, t) for p, t in zip(outputs, wanted, strict=True)]
    return terms[0] if len(terms) == 1 else sum(terms) / len(terms)
