"""A run of compiled training, and what it shares with the eager one: the parameters and the optimiser's memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from random import Random
from typing import Any

import numpy as np

from microgradnn.compiler.entry import Entry
from microgradnn.compiler.sampled import Array, Samples, numbers
from microgradnn.compiler.training import Settings, Task, Training, training
from microgradnn.compiler.updates import rule_program, slope_program
from microgradnn.compiler.watch import Parts
from microgradnn.engine import Value
from microgradnn.optim.optimizer import Optimizer, State
from microgradnn.optim.schedules import Schedule, factor_at
from microgradnn.train.divergence import began
from microgradnn.train.samples import batches
from microgradnn.train.step import Trainer


def epochs_of(n: int, size: int, rng: Random | None, epochs: int) -> tuple[Array, Array]:
    """The places of n samples, as they come or as `rng` orders them, and the stretches of mini-batches there."""
    starts = np.arange(0, n, size)
    stretches = np.stack([starts, np.minimum(starts + size, n)], axis=1)
    if rng is None:
        return np.arange(n), np.tile(stretches, (epochs, 1))
    order = [place for _ in range(epochs) for part in batches(n, None, rng) for place in part]
    return np.array(order), (stretches + np.arange(epochs)[:, None, None] * n).reshape(-1, 2)


@lru_cache(16)
def together(n: int) -> tuple[Array, Array]:
    """One step of n samples: their places, and the stretch of them."""
    return np.arange(n), np.array([[0, n]])


def means(losses: Array, weights: Array) -> list[float]:
    """The mean loss of every epoch, losses of shape (epochs, steps), weighted by the samples of the steps."""
    total = np.zeros(len(losses))
    for column, weight in zip(losses.T, weights, strict=True):
        total += column * weight
    found: list[float] = (total / weights.sum()).tolist()
    return found


def made(entry: Entry, trainer: Trainer, backend: str) -> Training:
    """What trains by the loss of an entry, with a trainer's settings."""
    how, most = trainer.clip or ("", None)
    optimizer = trainer.optimizer
    return training(
        entry.layout,
        slope_program(trainer.l1, trainer.l2, most if how == "value" else None),
        rule_program(optimizer, len(optimizer.coefficients(1))),
        entry.outcomes,
        Settings(trainer.l1, trainer.l2, most if how == "norm" else None),
        backend,
    )


class Memory(Sequence[State]):
    """What an optimiser remembers of each parameter, kept in an array that compiled training changes."""

    def __init__(self, rows: Sequence[State], slots: int) -> None:
        self.slots = np.array([(*row, *(0.0,) * slots)[:slots] for row in rows]).reshape(len(rows), slots).T.copy()

    def __copy__(self) -> Memory:
        twin: Memory = object.__new__(Memory)
        twin.slots = self.slots.copy()
        return twin

    def __len__(self) -> int:
        return int(self.slots.shape[1])

    def __getitem__(self, k: Any) -> Any:
        return tuple(self.slots[:, k].tolist())

    def __setitem__(self, k: int, state: State) -> None:
        self.slots[:, k] = state


class Course:
    """A run of training: compiled, and eager where the compiled loop gives up a step.

    The parameters lend their numbers to it, and the optimiser its memory, so that a step moves arrays.
    """

    def __init__(
        self, fn: Callable[..., Any], parts: Parts, held: Sequence[Value], trainer: Trainer, training: Training,
        schedule: Schedule | None,
    ) -> None:  # fmt: skip
        self.fn, self.parts, self.trainer, self.training = fn, parts, trainer, training
        self.schedule = schedule  # as it was given, since a run is known by it
        count = len(parts.trained)
        self._more = held[count:]
        learning = parts.sequence < count
        self._learning = None if learning.all() else learning  # frozen parameters have a memory too
        self.began: tuple[Sequence[float], int, int] = [], 0, 1  # losses so far, epochs, steps of each epoch
        self.losses: list[float] = []

    def steps(self, batch: Samples, order: Array, stretches: Array) -> list[float]:
        """One step for each stretch of the order, shape (steps, 2): begin and end; the losses before each."""
        self.losses = []
        while len(self.losses) < len(stretches):
            done = len(self.losses)
            self.losses += self.ahead(batch, order, stretches[done:] if done else stretches)
            if len(self.losses) < len(stretches):
                begin, end = stretches[len(self.losses)]
                self._eager(batch, order[begin:end].tolist())
        return self.losses

    def ahead(self, batch: Samples, order: Array, stretches: Array) -> list[float]:
        """As many of the steps as the compiled loop does, and the losses before each."""
        optimizer, parts = self.trainer.optimizer, self.parts
        ledger, count = parts.ledger(), len(parts.trained)
        held = np.concatenate([ledger.numbers, numbers(self._more)]) if self._more else ledger.numbers
        kept = self._memory()
        memory = kept if self._learning is None else np.ascontiguousarray(kept[:, self._learning])
        known = self._coefficients(len(stretches))
        done, losses = self.training.run(Task(batch.rows, order, stretches, held, memory, known, parts.sequence))
        if done:
            if self._more:
                ledger.numbers[:] = held[:count]
            if memory is not kept:
                kept[:, self._learning] = memory
            ledger.moved()
            optimizer.steps += done
        found: list[float] = losses.tolist()
        return found

    def _memory(self) -> Array:
        optimizer, slots = self.trainer.optimizer, self.trainer.optimizer.slots
        memory: Any = optimizer.memory
        if not isinstance(memory, Memory) or len(memory.slots) != slots:
            memory = optimizer.memory = Memory(memory, slots)
        found: Array = memory.slots
        return found

    def _coefficients(self, count: int) -> Array:
        optimizer, schedule = self.trainer.optimizer, self.trainer.schedule
        steps = range(optimizer.steps, optimizer.steps + count)
        alike = count > 1 and self.schedule is None and type(optimizer).coefficients is Optimizer.coefficients
        known = [(*optimizer.coefficients(k + 1, factor_at(schedule, k)), 1.0) for k in (steps[:1] if alike else steps)]
        return np.repeat(known, count, axis=0) if alike else np.array(known)

    def _eager(self, batch: Samples, places: Sequence[int]) -> None:
        """One step by the eager engine, which says what is wrong if something is."""

        def where() -> str:
            losses, epochs, each = self.began
            return began([*losses, *self.losses], epochs + len(self.losses) // each)

        def sample(place: int) -> Any:
            return self.fn(self.trainer.model, *batch.sample(place))

        try:
            self.losses.append(self.trainer.step(sample, places, where))
        finally:
            for value in self.trainer.values:
                value.zero_grad()
