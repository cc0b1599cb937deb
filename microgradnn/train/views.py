"""What is looked at besides the steps of compiled training: units that answer, and samples that are held out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from microgradnn.engine import no_grad
from microgradnn.nn.module import Module, observed
from microgradnn.train.choice import LITTLE, ONCE, looked
from microgradnn.train.compiled import Step
from microgradnn.train.health import Activity, heard
from microgradnn.train.history import History
from microgradnn.train.job import Losses
from microgradnn.train.step import evaluate, of_one
from microgradnn.train.table import Ready, Table


class Units:
    """The units of relu layers, and whether they are above 0 for samples."""

    def __init__(self, table: Table, step: Step, backend: str) -> None:
        self.table, self.step, self.backend = table, step, backend
        self._ready: Ready | None = None
        self._layers: list[tuple[Module, int]] = []

    def look(self, places: Sequence[int], activity: Activity) -> None:
        """Let `activity` hear of these samples; from the engine, where one goes another way than was traced."""
        if self._ready is None:
            self._ready = Ready(self.table, self.table.entry(self._answers, self.step), self.backend)
        answers, _, holds = self._ready(places)
        if not holds.all():
            with no_grad(), observed(activity):
                for place in places:
                    self.table.losses.compute(place)
            return
        active = (answers > 0.0).any(axis=0).astype(float).tolist()
        for module, size in self._layers:
            activity(module, active[:size])
            del active[:size]

    def _answers(self, model: Any, *sample: Any) -> list[Any]:
        self._layers, outputs = [], []

        def hear(module: Module, out: list[Any]) -> None:
            if heard(module):
                self._layers.append((module, len(out)))
                outputs.extend(out)

        with observed(hear):
            self.table.loss(model, *sample)
        return outputs


class Validation:
    """The mean loss over samples that are held out, by a program where it holds; made when it is first asked for."""

    def __init__(self, losses: Losses, step: Step, history: History, times: int) -> None:
        self.losses, self.step, self.history = losses, step, history
        self.trouble = "" if times * len(losses.rows) > ONCE else LITTLE
        self._ready: Ready | None = None

    def __call__(self) -> float:
        """The mean, added from the left as `evaluate` does."""
        n = len(self.losses.rows)
        if self._ready is None and not self.trouble:
            self._make()
        if self._ready is None:
            return evaluate(self.losses, n)
        found, _, holds = self._ready(range(n))
        total = 0.0
        with no_grad():
            for place, (loss, held) in enumerate(zip(found[:, 0].tolist(), holds.tolist(), strict=True)):
                total += loss if held else of_one(self.losses, place).data
        return total / n

    def _make(self) -> None:
        with no_grad():
            _, _, self.trouble = looked(self.losses, 0, self.step.parts().values)
        try:
            if not self.trouble:
                table = Table(self.losses)
                entry = table.entry(table.loss, self.step)
                table.rehearse(entry)
                self._ready = Ready(table, entry, entry.backend)
                self.losses.forget()
        except Exception as error:  # whatever a function may do with numbers that cannot be looked at
            self.trouble = str(error).partition(". ")[0]
        if self.trouble:
            self.history.compiled += f"; samples held out, by the engine: {self.trouble}"
