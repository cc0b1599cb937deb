"""What a run of fit has to do, and how far it has come; and the eager way to do it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from random import Random
from typing import Any, Protocol

from microgradnn.errors import Divergence
from microgradnn.losses import Loss
from microgradnn.nn.module import Module, observed
from microgradnn.train.divergence import began
from microgradnn.train.health import Activity, faded, risen
from microgradnn.train.history import History
from microgradnn.train.progress import Report
from microgradnn.train.samples import batches
from microgradnn.train.step import Trainer, evaluate
from microgradnn.train.stopping import Patience


class Losses:
    """The loss of each sample; one that was asked for ahead of its turn is not computed again."""

    def __init__(self, of_pair: Loss, model: Module, rows: list[Any], targets: list[Any]) -> None:
        self.of_pair, self.model, self.rows, self.targets = of_pair, model, rows, targets
        self._kept: dict[int, Any] = {}

    def __call__(self, place: int) -> Any:
        """The loss of the sample at this place."""
        return self._kept.pop(place) if place in self._kept else self.compute(place)

    def forget(self) -> None:
        """What was asked for ahead will not be asked for again."""
        self._kept.clear()

    def compute(self, place: int) -> Any:
        """The same, whatever was asked for before."""
        return self.of_pair(self.model(self.rows[place]), self.targets[place])

    def ahead(self, place: int) -> Any:
        """The loss of a sample whose turn will come."""
        found = self._kept[place] = self(place)
        return found


class Way(Protocol):
    """How epochs are done."""

    def go(self, job: Job) -> None:
        """Do the next epoch, or some."""

    def finish(self, job: Job) -> None:
        """Leave `job.trainer.gradient` as it was at the last step."""

    def close(self, job: Job) -> None:
        """Leave everything as it is found after eager epochs."""


class Eager:
    """Every step by the engine."""

    def go(self, job: Job) -> None:
        """Do the next epoch."""
        job.begin()
        with observed(job.activity):
            for places in job.batches():
                job.step(places)
        job.end()

    def finish(self, job: Job) -> None:
        """Nothing is missing."""

    def close(self, job: Job) -> None:
        """Nothing is out of place."""


class Job:
    """A run of fit: epochs of mini-batches, what is looked at between them, and the record."""

    def __init__(
        self, model: Module, seen: Losses, unseen: Losses | None, trainer: Trainer, stop: Patience, epochs: int,
        size: int | None, rng: Random | None,
    ) -> None:  # fmt: skip
        self.model, self.seen, self.unseen, self.trainer, self.stop = model, seen, unseen, trainer, stop
        self.epochs, self.size, self.rng = epochs, size, rng
        self.count = len(seen.rows)
        self.each = -(-self.count // (size or self.count))  # steps of an epoch
        self.history, self.activity = History(), Activity()
        self.report: Report = print
        self.validate: Callable[[], float] | None = None  # what does it in the engine's place
        self.way: Way = Eager()
        self._modes = [(module, module.training) for _, module in model.named_modules()]
        self._drawn: list[list[list[int]]] = []  # the mini-batches of epochs whose order is known already
        self._begun = False
        self._total = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Within this context the model is in training; whatever ends it, it is put in order again."""
        try:
            yield
        except Divergence as error:
            error.history = self.history
            raise
        finally:
            self.way.close(self)
            for module, training in self._modes:
                module.training = training
            self.model.zero_grad()  # the last step's gradients belong to parameters that have moved on

    @property
    def done(self) -> bool:
        """Whether there is nothing more to do."""
        return self.history.epochs == self.epochs or bool(self.history.stopped)

    def begin(self) -> None:
        """An epoch begins, unless it has begun."""
        if not self._begun:
            self._begun, self._total = True, 0.0
            self._train(True)
            self.activity.restart()

    def first(self) -> int:
        """The place of the sample that comes first."""
        self._drawn.append(self.batches())
        return self._drawn[0][0][0]

    def batches(self) -> list[list[int]]:
        """The places of the next epoch's samples, a mini-batch at a time."""
        return self._drawn.pop() if self._drawn else list(batches(self.count, self.size, self.rng))

    def step(self, places: list[int]) -> None:
        """One step, by the engine or what `trainer.quick` is."""
        history = self.history
        self.note(self.trainer.step(self.seen, places, partial(began, history.loss, history.epochs)), len(places))

    def note(self, loss: float, count: int, told: bool = True) -> None:
        """A step was done on so many samples."""
        self._total += loss * count
        self.history.loss.append(loss)
        step = len(self.history.loss)
        if step == 1:
            self.history.health = faded(self.model, self.trainer.gradient, 0)
        if told:
            self.report(step, self.epochs * self.each, loss)

    def end(self) -> None:
        """An epoch is over."""
        history = self.history
        self._begun = False
        history.epochs += 1
        history.epoch_loss.append(self._total / self.count)
        if self.unseen is not None:
            self._train(False)
            history.validation.append(
                self.validate() if self.validate else evaluate(self.unseen, len(self.unseen.rows))
            )
        self.stop.after(history)

    def finish(self) -> History:
        """The record, with what was noticed."""
        history = self.history
        if len(history.loss) > 1 and not history.health:
            self.way.finish(self)
            history.health = faded(self.model, self.trainer.gradient, len(history.loss) - 1)
        history.health += self.activity.dead(self.model) + risen(history.epoch_loss)
        return history

    def _train(self, mode: bool) -> None:
        for module, _ in self._modes:
            module.training = mode
