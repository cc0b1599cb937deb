"""Whether a model is still made of the same parts: asked at every step, and so answered quickly."""

from __future__ import annotations

from typing import Any

import numpy as np

from microgradnn import engine
from microgradnn.compiler.reads import Reads
from microgradnn.engine import Value
from microgradnn.lent import Ledger, lend
from microgradnn.optim.optimizer import trainable


class Parts:
    """The parameters of a model, or of a nesting of Values, and what they and their settings are found in."""

    def __init__(self, model: Any) -> None:
        self.values: list[Value] = trainable(model)
        self.trained = [value for value in self.values if value.live]
        self.leaves = self.trained + [value for value in self.values if not value.live]
        places = {value: k for k, value in enumerate(self.leaves)}
        self.sequence = np.array([places[value] for value in self.values], np.int64)  # where each is among leaves
        self._ledger: Ledger | None = None
        self._lendings = self._makings = engine.makings
        self._live = [value.live for value in self.leaves]
        self._reads = Reads([model])

    def ledger(self) -> Ledger:
        """Where the parameters that learn keep their numbers, from now on."""
        if self._ledger is None or self._lendings != engine.makings:
            self._ledger = lend(self.trained, np.zeros(len(self.trained)))
            self._lendings = self._makings = engine.makings
        return self._ledger

    def in_order(self, gradient: Any) -> Any:
        """A gradient in the order of the parameters, 0 for frozen ones."""
        if len(self.trained) == len(self.values):
            return gradient
        found = iter(gradient.tolist())
        return np.array([next(found) if value.live else 0.0 for value in self.values])

    def changed(self) -> bool:
        """Whether anything was put in, taken out, exchanged or frozen since."""
        if self._reads.changed():
            return True
        if engine.makings != self._makings:
            if [value.live for value in self.leaves] != self._live:
                return True
            self._makings = engine.makings  # it was another model's
        return False
