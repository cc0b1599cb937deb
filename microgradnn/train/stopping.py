"""Early stopping: when it no longer gets better, the best is kept."""

from __future__ import annotations

import math
from collections.abc import Sequence

from microgradnn.engine import Value
from microgradnn.train.history import History
from microgradnn.train.samples import whole


class Patience:
    """How many epochs without improvement are borne; None for any number."""

    def __init__(self, epochs: int | None, values: Sequence[Value]) -> None:
        self.epochs = None if epochs is None else whole(epochs, "patience", 1, ", or None for any number of epochs")
        self.values = values
        self.kept: list[float] = []

    def after(self, history: History) -> bool:
        """Note the best epoch; whether to stop now, the best epoch's parameters being put back then."""
        watched = history.validation or history.epoch_loss
        least = watched[history.best] if history.best >= 0 else math.nan
        if history.best < 0 or watched[-1] < least or (least != least and watched[-1] == watched[-1]):
            history.best = len(watched) - 1
            if self.epochs is not None:
                self.kept = [value.data for value in self.values]
        if self.epochs is None or len(watched) - 1 - history.best < self.epochs:
            return False
        for value, data in zip(self.values, self.kept, strict=True):
            value.data = data
        what = "validation loss" if history.validation else "loss"
        history.stopped = (
            f"the {what} was least in epoch {history.best} and not again for {self.epochs} epochs; "
            "the parameters of that epoch were put back"
        )
        return True
