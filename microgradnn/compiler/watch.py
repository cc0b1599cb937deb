"""Whether a model is still made of the same parts: asked at every step, and so answered quickly."""

from __future__ import annotations

from operator import eq
from typing import Any

from microgradnn.engine import Value
from microgradnn.nn.module import Module
from microgradnn.optim.optimizer import trainable


class Parts:
    """The parameters of a model, or of a nesting of Values, and what they and their settings are found in."""

    def __init__(self, model: Any) -> None:
        self.values: list[Value] = trainable(model)
        self.trained = [value for value in self.values if value.live]
        self.leaves = self.trained + [value for value in self.values if not value.live]
        self._kinds = list(map(type, self.values))
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

    def changed(self) -> bool:
        """Whether anything was put in, taken out, exchanged or frozen since."""
        try:
            # Equality asks for identity first, and of Values and Modules for nothing else.
            same = all(map(eq, self._containers, self._contents))
        except ValueError:  # an array was exchanged for another
            return True
        return not same or list(map(type, self.values)) != self._kinds
