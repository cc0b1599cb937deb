"""Losses: how far a prediction is from its target, for one sample or, averaged, for a batch of them.

Each takes a prediction and a target, both a number or both a list of numbers, and gives one number; for lists
of rows it gives the mean over the rows, added from the left. Predictions are Values, targets plain numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from microgradnn.errors import SettingError
from microgradnn.losses.classification import binary_cross_entropy as binary_cross_entropy
from microgradnn.losses.classification import binary_cross_entropy_with_logits as binary_cross_entropy_with_logits
from microgradnn.losses.classification import cross_entropy as cross_entropy
from microgradnn.losses.classification import cross_entropy_with_logits as cross_entropy_with_logits
from microgradnn.losses.classification import hinge as hinge
from microgradnn.losses.regression import half_squared as half_squared
from microgradnn.losses.regression import huber as huber
from microgradnn.losses.regression import mae as mae
from microgradnn.losses.regression import mse as mse

Loss = Callable[[Any, Any], Any]

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
