"""A run of fit, compiled: the same steps, in as few calls as they can be done in."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from itertools import chain
from typing import Any

import numpy as np

from microgradnn.compiler.sampled import numbers
from microgradnn.errors import Untraceable
from microgradnn.lent import recall
from microgradnn.making import tick
from microgradnn.nn.module import observed
from microgradnn.train.compiled import Step
from microgradnn.train.course import Course, Memory
from microgradnn.train.effects import Surroundings
from microgradnn.train.job import Eager, Job
from microgradnn.train.table import Ready, Table
from microgradnn.train.views import Units, Validation

AT_ONCE = 30_000_000  # instructions in one call of the compiled loop, which nothing can interrupt
TOGETHER = 1000  # epochs that are planned ahead
PATIENCE = 10  # steps that may be left to the engine, beyond as many as are not


class Compiled:
    """The steps of a job, compiled.

    Where nothing can come between two steps, many are done in one call. Where something may (a function that is told
    of them, a schedule or an optimiser of one's own), gradients alone are compiled, and before every step it is seen
    to that nothing has changed which they were compiled for.
    """

    def __init__(self, job: Job, surroundings: Surroundings, backend: str, watched: bool) -> None:
        self.surroundings, trainer = surroundings, job.trainer
        self.table = table = Table(job.seen)
        since = tick()
        self.step = step = Step(table.loss, job.model, backend)
        self.parts = step.parts()
        self.entry = entry = step.entry(table.batch)
        if any(value.live and value.time < since for value in entry.held[len(self.parts.leaves) :]):
            raise Untraceable("the loss gives gradients to Values that are no parameters of the model")
        table.rehearse(entry)
        report = step.report()
        backend, said = report.backend, report.brief
        known = type(trainer.optimizer).__module__.startswith("microgradnn.")
        self.course: Course | None = None
        once = backend  # what runs programs that are needed for a step or two
        if known and not watched and Surroundings(trainer.schedule).still:
            given = trainer.optimizer, trainer.l1, trainer.l2, trainer.clip, trainer.given
            self.course = step.course(table.batch, *given)
            once = "numpy"  # which needs no loops to be built
        else:
            said += "; parameters moved by the engine"
        self.often = job.stop.epochs is not None  # every epoch may be the last
        self.ready = Ready(table, entry, once)
        heard = bool(entry.outcomes.size or job.activity.seen)
        self.units = Units(table, step, backend if self.often else once) if heard else None
        self.most = max(1, AT_ONCE // max(1, report.instructions))  # samples in one call
        self.refused = 0
        self.before: tuple[Any, list[int]] | None = None  # the last step's parameters and samples
        if job.unseen is not None:
            job.validate = Validation(job.unseen, step, job.history, job.epochs)
        job.history.compiled = said
        job.seen.forget()

    # ---- steps ----

    def go(self, job: Job) -> None:
        """Do the next epoch, or as many as nothing comes between."""
        history, first = job.history, job.history.epochs
        together = 1
        if self.course is not None and job.unseen is None and not self.often:
            together = max(1, min(TOGETHER, job.epochs - first - 1, self.most // job.count))
        job.begin()
        rng = job.rng if together > 1 else None
        plan: list[list[int]] = []
        chances = []
        for _ in range(together):
            plan += job.batches()
            if rng is not None:
                chances.append(rng.getstate())
        last = self.often or first == job.epochs - 1
        done = 0
        try:
            while done < len(plan):
                done += self._some(job, plan, done, last)
        except BaseException:
            if rng is not None:  # the orders of later epochs were never asked for
                rng.setstate(chances[history.epochs - first])
            raise

    def _some(self, job: Job, plan: list[list[int]], at: int, last: bool) -> int:
        """One step of the plan, or some; in the last epoch the units are looked at before each."""
        if self.course is None or self.refused or job.unseen is not None:  # something else has run in between
            self._check(job)
        places = plan[at]
        if job.way is not self:
            return self._by_the_engine(job, places)
        if last and self.units is not None:
            self.units.look(places, job.activity)
        if self.course is None or not job.history.loss:
            job.trainer.quick = self._gradient
            try:
                return self._by_the_engine(job, places)
            finally:
                job.trainer.quick = None
        together = plan[at : at + (1 if last else max(1, self.most // len(places)))]
        self.before = (numbers(self.entry.held), places) if last else None
        losses = self._ahead(self.course, job, together)
        done = len(losses)
        for k, loss in enumerate(losses):
            job.begin()
            job.note(loss, len(together[k]), told=k == done - 1)
            self._end(job)
        if done == len(together):
            return done
        self.before = None
        self.refused += 1
        if self.refused > PATIENCE + len(job.history.loss) // 2:
            self._give_up(job, "steps went another way than was compiled")
        return done + self._by_the_engine(job, together[done])

    def _by_the_engine(self, job: Job, places: list[int]) -> int:
        """One step by the engine, which may get its gradient from `trainer.quick`."""
        job.begin()
        with observed(job.activity):
            job.step(places)
        self._end(job)
        return 1

    def _end(self, job: Job) -> None:
        if len(job.history.loss) % job.each == 0:
            if self.course is None:
                self._check(job)  # before the samples that are held out
            job.end()

    def _gradient(self, places: Sequence[int]) -> tuple[float, Sequence[float]] | None:
        """The sums of the samples' losses and gradients; None where the engine has the word."""
        found, gradient, holds = self.ready(places)
        if not holds.all() or not np.isfinite(gradient).all():
            return None
        total = 0.0
        for loss in found[:, 0].tolist():
            total += loss
        return total, self.parts.in_order(gradient).tolist()

    def _ahead(self, course: Course, job: Job, plan: Sequence[Sequence[int]]) -> list[float]:
        """As many of the steps as the compiled loop does; whatever ends it early, it is as if it had not begun."""
        optimizer, ledger = job.trainer.optimizer, self.parts.ledger()
        before = ledger.numbers.copy(), copy(optimizer.memory), optimizer.steps
        order = np.array(list(chain.from_iterable(plan)))
        ends = np.cumsum(list(map(len, plan)))
        try:
            return course.ahead(self.table.batch, order, np.stack([ends - list(map(len, plan)), ends], axis=1))
        except BaseException as error:
            ledger.numbers[:], optimizer.memory, optimizer.steps = before
            ledger.moved()
            if not isinstance(error, Exception):
                raise
            self.course = None  # a schedule has failed at one of these steps: step by step it is seen where
            return []

    # ---- when something is otherwise ----

    def _check(self, job: Job) -> None:
        """Whether what was compiled is still what the engine would compute."""
        changed = self.surroundings.changed() or (self.parts.changed() and "parameters were frozen or exchanged")
        if changed and job.way is self:
            self._give_up(job, changed)

    def _give_up(self, job: Job, why: str) -> None:
        """Leave the rest to the engine."""
        self.close(job)
        job.way = Eager()
        job.history.compiled += f"; from step {len(job.history.loss)} on by the engine: {why}"

    def finish(self, job: Job) -> None:
        """Leave `job.trainer.gradient` as it was at the last step."""
        if self.before is not None:
            held, places = self.before
            _, gradient, _ = self.ready(places, held)
            job.trainer.gradient = [g / len(places) for g in self.parts.in_order(gradient).tolist()]

    def close(self, job: Job) -> None:
        """Leave everything as it is found after eager epochs."""
        recall(self.parts.trained)
        optimizer = job.trainer.optimizer
        if isinstance(optimizer.memory, Memory):
            optimizer.memory = list(optimizer.memory)
        job.validate = None
