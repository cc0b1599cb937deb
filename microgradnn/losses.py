"""Losses: how far a prediction is from its target, for one sample or, averaged, for a batch of them.

Each takes a prediction and a target, both a number or both a list of numbers, and gives one number; for lists
of rows it gives the mean over the rows, added from the left. Predictions are Values, targets plain numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from microgradnn.arithmetic import dot, logsumexp, sum
from microgradnn.elementary import absolute, log, log1p, square, where
from microgradnn.errors import DataError, NotANumber, SettingError, ShapeError
from microgradnn.ieee import number
from microgradnn.ops import Flow, plain
from microgradnn.rules import relu, softplus

Loss = Callable[[Any, Any], Any]
Pair = Callable[..., Any]  # of one output, its target, and settings


def _outputs(xs: Any) -> list[Any] | None:
    """The outputs of one sample, or None where there is a single one that stands bare."""
    if isinstance(xs, Flow | float | int):
        return None
    if isinstance(xs, str | bytes):
        raise NotANumber(f"a loss is of numbers, and {xs!r:.40} is text: convert it first")
    try:
        return list(xs)
    except TypeError:
        return None


def _paired(name: str, prediction: Any, target: Any) -> tuple[list[Any], list[Any]]:
    """Outputs and targets as lists of one length; a bare number is a list of one."""
    outputs, wanted = _outputs(prediction), _outputs(target)
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


def _batched(loss: Pair) -> Pair:
    """The loss, which of a list of rows takes the mean over the rows."""

    @wraps(loss)
    def batched(prediction: Any, target: Any, **settings: Any) -> Any:
        if not _rows(prediction):
            return loss(prediction, target, **settings)
        if not isinstance(target, list | tuple) or len(prediction) != len(target):
            raise ShapeError(f"{loss.__name__}: {len(prediction)} rows need as many targets, one for each")
        every = [loss(row, t, **settings) for row, t in zip(prediction, target, strict=True)]
        return sum(every) / len(every)

    return batched


def _mean(name: str, term: Callable[[Any, Any], Any], prediction: Any, target: Any) -> Any:
    """The mean over the outputs of a term for each."""
    outputs, wanted = _paired(name, prediction, target)
    terms = [term(p, t) for p, t in zip(outputs, wanted, strict=True)]
    return terms[0] if len(terms) == 1 else sum(terms) / len(terms)


# ---- regression ------------------------------------------------------------------------------------------


@_batched
def mse(prediction: Any, target: Any) -> Any:
    """The mean squared error, mean (p − t)² over the outputs."""
    return _mean("mse", lambda p, t: square(p - t), prediction, target)


@_batched
def half_squared(prediction: Any, target: Any) -> Any:
    """Half the squared distance, ½ Σ (t − p)², whose derivative is the error p − t."""
    outputs, wanted = _paired("half_squared", prediction, target)
    errors = [t - p for p, t in zip(outputs, wanted, strict=True)]
    return (square(errors[0]) if len(errors) == 1 else dot(errors, errors)) / 2


@_batched
def mae(prediction: Any, target: Any) -> Any:
    """The mean absolute error, mean |p − t| over the outputs."""
    return _mean("mae", lambda p, t: absolute(p - t), prediction, target)


@_batched
def huber(prediction: Any, target: Any, delta: float = 1.0) -> Any:
    """Huber's loss: ½d² for |d| ≤ δ and δ(|d| − ½δ) beyond, its mean over the outputs, d = p − t.

    Huber, "Robust estimation of a location parameter", 1964.
    """
    if not delta > 0:
        raise SettingError(f"huber's delta is {delta}; it is the distance, above 0, where the parabola ends")

    def term(p: Any, t: Any) -> Any:
        distance = absolute(p - t)
        return where(distance <= delta, 0.5 * square(distance), delta * (distance - 0.5 * delta))

    return _mean("huber", term, prediction, target)


# ---- classification --------------------------------------------------------------------------------------


@_batched
def hinge(prediction: Any, target: Any) -> Any:
    """The hinge loss of the support-vector machine, max(0, 1 − t·p) for targets t of −1 and 1."""

    def term(p: Any, t: Any) -> Any:
        if not isinstance(t, Flow) and t not in (-1, 1):
            raise DataError(f"hinge: a target is {t!r}; the two classes are −1 and 1 (2*t - 1 maps 0 and 1)")
        return relu(1 + -t * p)

    return _mean("hinge", term, prediction, target)


def _share(name: str, t: Any) -> None:
    if t < 0 or t > 1:
        raise DataError(f"{name}: a target is {plain(t)}; it is 0, 1, or a probability between them")


@_batched
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

    return _mean("binary_cross_entropy", term, prediction, target)


@_batched
def binary_cross_entropy_with_logits(prediction: Any, target: Any) -> Any:
    """The cross-entropy of σ(z) for logits z: t·softplus(−z) + (1 − t)·softplus(z), mean over the outputs.

    Both tails keep their digits: no probability is rounded to 0 or 1 on the way.
    """

    def term(z: Any, t: Any) -> Any:
        _share("binary_cross_entropy_with_logits", t)
        return t * softplus(-z) + (1 - t) * softplus(z)

    return _mean("binary_cross_entropy_with_logits", term, prediction, target)


def _classes(name: str, prediction: Any, target: Any) -> tuple[list[Any], list[Any] | int]:
    """The outputs, and what a categorical target means: a class, or one probability for each class."""
    outputs = _outputs(prediction)
    if outputs is None or len(outputs) < 2:
        raise ShapeError(f"{name} needs the outputs of two classes or more; for one output take binary_{name}")
    wanted = _outputs(target)
    if wanted is None:
        place = plain(target)
        if place not in range(len(outputs)):
            raise DataError(
                f"{name}: a target is {place}; the {len(outputs)} classes are counted from 0 to "
                f"{len(outputs) - 1} (or give a list of {len(outputs)} probabilities)"
            )
        return outputs, int(place)
    wanted = _paired(name, outputs, wanted)[1]
    whole = 0.0
    for t in wanted:
        _share(name, t)
        whole += plain(t)
    if not abs(whole - 1.0) <= 1e-6:
        raise DataError(f"{name}: the probabilities of a target add up to {whole}, not to 1")
    return outputs, wanted


@_batched
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
    if isinstance(wanted, int):
        return 0 - log(outputs[wanted])  # −log 1 would be −0
    return sum([where(t > 0, -t * log(p), 0.0) for p, t in zip(outputs, wanted, strict=True)])


@_batched
def cross_entropy_with_logits(prediction: Any, target: Any) -> Any:
    """The cross-entropy of softmax(z) for logits z: log Σ exp(zᵢ) − Σ tᵢzᵢ, without overflow.

    The target is a class (counted from 0) or the probabilities of all classes, such as one-hot rows.
    """
    outputs, wanted = _classes("cross_entropy_with_logits", prediction, target)
    return logsumexp(outputs) - (outputs[wanted] if isinstance(wanted, int) else dot(outputs, wanted))


LOSSES: dict[str, Loss] = {
    "mse": mse,
    "half_squared": half_squared,
    "mae": mae,
    "huber": huber,
    "hinge": hinge,
    "binary_cross_entropy": binary_cross_entropy,
    "binary_cross_entropy_with_logits": binary_cross_entropy_with_logits,
    "cross_entropy": cross_entropy,
    "cross_entropy_with_logits": cross_entropy_with_logits,
}


def loss_function(loss: str | Loss) -> Loss:
    """The loss of that name, or the function given: of one prediction and its target."""
    if isinstance(loss, str):
        if loss not in LOSSES:
            raise SettingError(f"no loss is called {loss!r}; there are: {', '.join(LOSSES)}")
        return LOSSES[loss]
    if not callable(loss):
        raise SettingError(f"loss={loss!r} is neither a name ({', '.join(LOSSES)}) nor a function")
    return loss
