"""What is composed of primitives: softmax and its kin, decisions, penalties; and the losses, from `losses`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from microgradnn import arithmetic
from microgradnn.arithmetic import dot, logsumexp
from microgradnn.elementary import absolute, exp
from microgradnn.errors import DataError, ShapeError
from microgradnn.losses import binary_cross_entropy as binary_cross_entropy
from microgradnn.losses import binary_cross_entropy_with_logits as binary_cross_entropy_with_logits
from microgradnn.losses import cross_entropy as cross_entropy
from microgradnn.losses import cross_entropy_with_logits as cross_entropy_with_logits
from microgradnn.losses import half_squared as half_squared
from microgradnn.losses import hinge as hinge
from microgradnn.losses import huber as huber
from microgradnn.losses import mae as mae
from microgradnn.losses import mse as mse
from microgradnn.ops import plain
from microgradnn.rules import peak


def softmax(xs: Iterable[Any]) -> list[Any]:
    """The probabilities exp(xᵢ) / Σ exp(xⱼ), without overflow: exponents are taken relative to the largest."""
    xs = _some(xs, "softmax")
    shift = peak(*xs)
    weights = [exp(x - shift) for x in xs]
    whole = arithmetic.sum(weights)
    return [weight / whole for weight in weights]


def log_softmax(xs: Iterable[Any]) -> list[Any]:
    """The logarithms of the softmax, xᵢ − log Σ exp(xⱼ), finite where the probabilities round to 0."""
    xs = _some(xs, "log_softmax")
    whole = logsumexp(xs)
    return [x - whole for x in xs]


def argmax(xs: Iterable[Any]) -> int:
    """The place of the largest number, the first one at a tie. Of nan it is a DataError."""
    numbers = [plain(x) for x in _some(xs, "argmax")]
    for k, x in enumerate(numbers):
        if x != x:
            raise DataError(f"argmax has no answer: number {k} of {len(numbers)} is nan")
    return numbers.index(max(numbers))


def accuracy(predictions: Iterable[Any], targets: Iterable[Any], threshold: float | None = None) -> float:
    """The share of predictions that decide as their targets do, between 0 and 1.

    A list of outputs decides for its largest, a target being a class (a whole number) or a list (one-hot). A
    single output decides by whether it is above the threshold: 0 where the targets are −1 and 1, ½ where they
    are 0 and 1 (for logits, say `threshold=0`).
    """
    rows, wanted = list(predictions), list(targets)
    if len(rows) != len(wanted):
        raise ShapeError(f"accuracy needs one target for each prediction, not {len(wanted)} for {len(rows)}")
    if not rows:
        raise DataError("accuracy of no predictions at all has no meaning")
    if threshold is None:
        signs = any(not isinstance(t, list | tuple) and plain(t) < 0 for t in wanted)
        threshold = 0.0 if signs else 0.5
    right = [_decides(row, target, threshold) for row, target in zip(rows, wanted, strict=True)]
    return right.count(True) / len(right)


def _decides(prediction: Any, target: Any, threshold: float) -> bool:
    if isinstance(prediction, list | tuple):
        chosen = argmax(prediction)
        return chosen == (argmax(target) if isinstance(target, list | tuple) else plain(target))
    if isinstance(target, list | tuple):
        if len(target) != 1:
            raise ShapeError(f"a target of {len(target)} numbers cannot be met by a single output")
        target = target[0]
    decided = plain(prediction)
    return decided == decided and (decided > threshold) == (plain(target) > 0)


def l1_penalty(parameters: Sequence[Any]) -> Any:
    """Σ|p|, added from the left: it drives weights that do not matter to exactly 0 (the lasso)."""
    return arithmetic.sum([absolute(p) for p in parameters])


def l2_penalty(parameters: Sequence[Any]) -> Any:
    """Σp², added from the left: it shrinks weights in proportion to their size (ridge, weight decay)."""
    return dot(parameters, parameters)


def _some(xs: Iterable[Any], name: str) -> list[Any]:
    found = list(xs)
    if not found:
        raise ShapeError(f"{name} needs at least one number")
    return found
