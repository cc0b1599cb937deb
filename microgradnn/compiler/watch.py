"""Whether a model is still made of the same parts: asked at every step, and so answered quickly."""

from __future__ import annotations

from operator import eq
from typing import Any

import numpy as np

from microgradnn import engine
from microgradnn.engine import Value
from microgradnn.lent import Ledger, lend
from microgradnn.nn.module import Module
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
        self._containers: list[Any] = []
        seen: set[int] = set()
        work: list[Any] = [model]
        while work:
            x = work.pop()
            held = vars(x) if isinstance(x, Module) else x
            if isinstance(held, list | tuple | dict) and id(held) not in seen:
                seen.add(id(held))
                self._containers.append(held)
                work += held.values() if isinstance(held, dict) else held
        self._contents = [held.copy() if isinstance(held, list | dict) else held for held in self._containers]

    def ledger(self) -> Ledger:
        """Where the parameters that learn keep their numbers, from now on."""
        if self._ledger is None or self._lendings != engine.makings:
            self._ledger = lend(self.trained, np.zeros(len(self.trained)))
            self._lendings = self._makings = engine.makings
        return self._ledger

    def changed(self) -> bool:
        """Whether anything was put in, taken out, exchanged or frozen since."""
        try:
            # Equality asks for identity first, and of Values and Modules for nothing else.
            same = all(map(eq, self._containers, self._contents))
        except ValueError:  # an array was exchanged for another
            return True
        if not same:
            return True
        if engine.makings != self._makings:
            if [value.live for value in self.leaves] != self._live:
                return True
            self._makings = engine.makings  # it was another model's
        return False
