"""Losses of numbers that should be near their targets."""

from __future__ import annotations

from typing import Any

from microgradnn.arithmetic import dot
from microgradnn.elementary import absolute, square, where
from microgradnn.errors import SettingError
from microgradnn.losses.pairing import batched, mean, paired


@batched
def mse(prediction: Any, target: Any) -> Any:
    """The mean squared error, mean (p − t)² over the outputs."""
    return mean("mse", lambda p, t: square(p - t), prediction, target)


@batched
def half_squared(prediction: Any, target: Any) -> Any:
    """Half the squared distance, ½ Σ (t − p)², whose derivative is the error p − t."""
    outputs, wanted = paired("half_squared", prediction, target)
    errors = [t - p for p, t in zip(outputs, wanted, strict=True)]
    return (square(errors[0]) if len(errors) == 1 else dot(errors, errors)) / 2


@batched
def mae(prediction: Any, target: Any) -> Any:
    """The mean absolute error, mean |p − t| over the outputs."""
    return mean("mae", lambda p, t: absolute(p - t), prediction, target)


@batched
def huber(prediction: Any, target: Any, delta: float = 1.0) -> Any:
    """Huber's loss: ½d² for |d| ≤ δ and δ(|d| − ½δ) beyond, its mean over the outputs, d = p − t.

    Huber, "Robust estimation of a location parameter", 1964.
    """
    if not delta > 0:
        raise SettingError(f"huber's delta is {delta}; it is the distance, above 0, where the parabola ends")

    def term(p: Any, t: Any) -> Any:
        distance = absolute(p - t)
        return where(distance <= delta, 0.5 * square(distance), delta * (distance - 0.5 * delta))

    return mean("huber", term, prediction, target)
