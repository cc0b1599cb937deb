"""Losses of decisions: margins, probabilities, and the logits that stand for them."""

from __future__ import annotations

from typing import Any

from microgradnn.arithmetic import at, dot, logsumexp, sum
from microgradnn.elementary import log, log1p, where
from microgradnn.errors import DataError, ShapeError
from microgradnn.losses.pairing import batched, listed, mean, paired
from microgradnn.ops import Flow, plain
from microgradnn.rules import relu, softplus


@batched
def hinge(prediction: Any, target: Any) -> Any:
    """The hinge loss of the support-vector machine, max(0, 1 − t·p) for targets t of −1 and 1."""

    def term(p: Any, t: Any) -> Any:
        known = not isinstance(t, Flow) or t.open
        if known and (t * t < 1 or t * t > 1):
            raise DataError(f"hinge: a target is {t!r}; the two classes are −1 and 1 (2*t - 1 maps 0 and 1)")
        return relu(1 + -t * p)

    return mean("hinge", term, prediction, target)


def _share(name: str, t: Any) -> None:
    if t < 0 or t > 1:
        raise DataError(f"{name}: a target is {plain(t)}; it is 0, 1, or a probability between them")


@batched
def binary_cross_entropy(prediction: Any, target: Any) -> Any:
    """−t·log p − (1 − t)·log(1 − p) for probabilities p; infinite where a certain prediction is wrong.

    The mean over the outputs. From logits, `binary_cross_entropy_with_logits` is steadier.
    """

    def term(p: Any, t: Any) -> Any:
        _share("binary_cross_entropy", t)
        if p < 0 or p > 1:
            raise DataError(
                f"binary_cross_entropy: a prediction is {plain(p)}, which is no probability: end the network "
                "with output='sigmoid', or take binary_cross_entropy_with_logits"
            )
        # A term of weight 0 is left out: 0·log 0 is 0 here.
        return where(t > 0, -t * log(p), 0.0) + where(t < 1, (t - 1) * log1p(-p), 0.0)

    return mean("binary_cross_entropy", term, prediction, target)


@batched
def binary_cross_entropy_with_logits(prediction: Any, target: Any) -> Any:
    """The cross-entropy of σ(z) for logits z: t·softplus(−z) + (1 − t)·softplus(z), mean over the outputs.

    Both tails keep their digits: no probability is rounded to 0 or 1 on the way.
    """

    def term(z: Any, t: Any) -> Any:
        _share("binary_cross_entropy_with_logits", t)
        return t * softplus(-z) + (1 - t) * softplus(z)

    return mean("binary_cross_entropy_with_logits", term, prediction, target)


def _classes(name: str, prediction: Any, target: Any) -> tuple[list[Any], Any]:
    """The outputs, and what a categorical target means: a class, or one probability for each class."""
    outputs = listed(prediction)
    if outputs is None or len(outputs) < 2:
        raise ShapeError(f"{name} needs the outputs of two classes or more; for one output take binary_{name}")
    wanted = listed(target)
    if wanted is None and _counts(target):
        if target < 0 or target > len(outputs) - 1:
            raise DataError(f"{name}: a target is none of {len(outputs)} classes, counted from 0")
        return outputs, target
    if wanted is None:
        place = plain(target)
        if place not in range(len(outputs)):
            raise DataError(
                f"{name}: a target is {place}; the {len(outputs)} classes are counted from 0 to "
                f"{len(outputs) - 1} (or give a list of {len(outputs)} probabilities)"
            )
        return outputs, int(place)
    wanted = paired(name, outputs, wanted)[1]
    whole: Any = 0.0
    for t in wanted:
        _share(name, t)
        whole = whole + t
    if not abs(whole - 1.0) <= 1e-6:
        raise DataError(f"{name}: the probabilities of a target add up to {plain(whole)}, not to 1")
    return outputs, wanted


@batched
def cross_entropy(prediction: Any, target: Any) -> Any:
    """−Σ tᵢ log pᵢ for probabilities p of classes, as `softmax` gives them.

    The target is a class (counted from 0) or the probabilities of all classes, such as one-hot rows.
    """
    outputs, wanted = _classes("cross_entropy", prediction, target)
    for p in outputs:
        if p < 0 or p > 1:
            raise DataError(
                f"cross_entropy: a prediction is {plain(p)}, which is no probability: end the network with "
                "output='softmax', or take cross_entropy_with_logits"
            )
    if not isinstance(wanted, list):
        return 0 - log(_of_class(outputs, wanted))  # −log 1 would be −0
    return sum([where(t > 0, -t * log(p), 0.0) for p, t in zip(outputs, wanted, strict=True)])


@batched
def cross_entropy_with_logits(prediction: Any, target: Any) -> Any:
    """The cross-entropy of softmax(z) for logits z: log Σ exp(zᵢ) − Σ tᵢzᵢ, without overflow.

    The target is a class (counted from 0) or the probabilities of all classes, such as one-hot rows.
    """
    outputs, wanted = _classes("cross_entropy_with_logits", prediction, target)
    return logsumexp(outputs) - (dot(outputs, wanted) if isinstance(wanted, list) else _of_class(outputs, wanted))


def _counts(x: Any) -> bool:
    """Whether x stands for whole numbers."""
    return isinstance(x, Flow) and x.whole


def _of_class(outputs: list[Any], wanted: Any) -> Any:
    return outputs[wanted] if isinstance(wanted, int) else at([outputs], wanted)[0]
