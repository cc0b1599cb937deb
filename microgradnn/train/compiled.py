"""A loss of one sample and a model, compiled: gradients of batches, and training."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from copy import deepcopy
from functools import update_wrapper
from random import Random
from typing import Any, cast

import numpy as np

from microgradnn.compiler.backends import chosen
from microgradnn.compiler.entry import Entry
from microgradnn.compiler.function import Function, recorded, traced_last
from microgradnn.compiler.naming import alike, reference
from microgradnn.compiler.report import Report
from microgradnn.compiler.sampled import Array, Samples, samples
from microgradnn.compiler.sources import source
from microgradnn.compiler.trace import Trace, Traced, name_of
from microgradnn.compiler.training import Training
from microgradnn.compiler.watch import Parts
from microgradnn.engine import Value
from microgradnn.errors import Divergence, NotANumber, SettingError
from microgradnn.optim.clipping import Clip
from microgradnn.optim.descent import SGD
from microgradnn.optim.optimizer import Optimizer
from microgradnn.optim.schedules import Schedule
from microgradnn.partials import rule_in_force
from microgradnn.train.course import Course, epochs_of, made, means, together
from microgradnn.train.eagerly import one_by_one
from microgradnn.train.effects import Surroundings
from microgradnn.train.history import History
from microgradnn.train.progress import Progress, bar, silent
from microgradnn.train.samples import chance, size_of_batch, whole
from microgradnn.train.step import Trainer

AT_ONCE = 1_000_000  # places of samples in one call of the compiled loop
MOST = 32  # runs of training that a step can go on with


class Step:
    """The mean of a loss over samples, and its gradient, as array operations; made by `compile(sample_loss, model)`.

    `sample_loss(model, *sample)` gives the loss of one sample. A program is traced for each form that samples
    come in; whatever it does not hold for (a number that is not finite, another way through a branch) is
    computed by the eager engine, which gives the same bits. Several threads may use one: a step of training is
    taken whole, before what others ask for or after it.
    """

    def __init__(self, fn: Callable[..., Any], model: Any, backend: str | None = None, fast: bool = False) -> None:
        if not callable(fn):
            raise NotANumber(f"compile takes a function of (model, *sample), not one {type(fn).__name__}")
        update_wrapper(cast(Any, self), fn)
        self._fn, self._model, self.backend = fn, model, chosen(backend, fast)
        self._asked = backend, fast
        self._one_at_a_time = threading.RLock()
        self._parts: Parts | None = None
        self._entries: dict[Any, Entry] = {}
        self._last: Entry | None = None
        self._predictions: list[tuple[Callable[..., Any], Function]] = []
        self._trainings: dict[Any, Training] = {}
        self._courses: dict[Any, Course] = {}

    @property
    def fn(self) -> Callable[..., Any]:
        """The loss of one sample that was compiled."""
        return self._fn

    @property
    def model(self) -> Any:
        """The model that it was compiled with; for another one compile again."""
        return self._model

    def __reduce__(self) -> str | tuple[Any, ...]:
        """By the name of the loss, and the model; what was compiled is compiled again."""
        return reference(self, self.fn) or (Step, (self.fn, self.model, *self._asked))

    def __copy__(self) -> Step:
        return Step(self.fn, self.model, *self._asked)

    def __deepcopy__(self, memo: dict[int, Any]) -> Step:
        return Step(deepcopy(self.fn, memo), deepcopy(self.model, memo), *self._asked)

    def parts(self) -> Parts:
        """The model as it is made now; what was compiled for another make of it is forgotten."""
        if self._parts is None or self._parts.changed():
            self._parts, self._predictions = Parts(self.model), []
            self._forget()
            if not self._parts.trained:
                raise SettingError("the model has no parameters, or all of them are frozen: there is nothing to learn")
        return self._parts

    def _forget(self) -> None:
        self._entries, self._trainings, self._courses = {}, {}, {}

    def entry(self, batch: Samples) -> Entry:
        """What was compiled for samples of this form."""
        recorded()
        parts = self.parts()
        key = (batch.form, rule_in_force())
        if key in self._entries and not self._entries[key].stands():
            self._forget()
        if key not in self._entries:

            def wanted(trace: Trace, inputs: Sequence[Traced]) -> Sequence[Traced]:
                if not isinstance(trace.result, Value):
                    kind = type(trace.result).__name__
                    raise NotANumber(f"{name_of(self.fn)} gives the loss of one sample, one Value; one {kind} came")
                return [trace.held[value] for value in parts.trained]

            made = Entry(self.fn, batch.sample(0), self.backend, wanted, parts.leaves, [self.model])
            self._entries[key] = self._last = made
        return self._entries[key]

    def report(self) -> Report:
        """What the program is made of that was traced last."""
        return traced_last(self._last).report()

    def source(self, kind: str = "python") -> str:
        """The program that was traced last, as "python", "numpy", "c" or "program", a list of its instructions."""
        return source(traced_last(self._last).layout, kind)

    # ---- values and gradients ----

    def value_and_grad(self, *arrays: Any) -> tuple[Array, Array]:
        """The loss of every sample, shape (n,), and the mean of the gradients, flat in the order of the parameters.

        Frozen parameters have the gradient 0.
        """
        batch = samples(arrays)
        n = len(batch.rows)
        with self._one_at_a_time:
            entry, parts = self.entry(batch), self.parts()
            losses, gradient, holds = entry.run(batch.rows, np.arange(n))
            if not (holds.all() and np.isfinite(losses).all() and np.isfinite(gradient).all()):
                return one_by_one(self.fn, self.model, batch, parts)
        return losses[:, 0].copy(), parts.in_order(gradient / n)

    def predict(self, fn: Callable[..., Any], *arrays: Any) -> Array:
        """fn(model, *sample) for every sample: shape (n,), or (n, …) where it gives a nesting of numbers."""
        if not callable(fn):
            raise NotANumber(f"predict takes a function of (model, *sample), not one {type(fn).__name__}")
        with self._one_at_a_time:
            self.parts()
            found = next((made for known, made in self._predictions if alike(known, fn)), None)
            if found is None:
                found = Function(lambda *sample: fn(self.model, *sample), *self._asked)
                self._predictions = [*self._predictions[-MOST:], (fn, found)]
            return found.batch(*arrays)

    # ---- training ----

    def update(
        self, *arrays: Any, optimizer: Optimizer, l1: float = 0.0, l2: float = 0.0, clip: Clip = None,
        schedule: Schedule | None = None,
    ) -> float:  # fmt: skip
        """One step of the optimiser on these samples; returns the loss before it, penalties included."""
        batch = samples(arrays)
        n = len(batch.rows)
        with self._one_at_a_time:
            run = self.course(batch, optimizer, l1, l2, clip, schedule)
            return run.steps(batch, *together(n))[0]

    def fit(
        self,
        *arrays: Any,
        optimizer: Optimizer | None = None,
        epochs: int = 100,
        batch_size: int | None = None,
        l1: float = 0.0,
        l2: float = 0.0,
        clip: Clip = None,
        schedule: Schedule | None = None,
        shuffle: bool = False,
        seed: int | Random | None = None,
        progress: Progress = None,
    ) -> History:
        """Train inside the compiled run, as `microgradnn.train.fit` does, with its bits; the model is changed.

        `history.loss` has the loss of each step before its update, with l1·Σ|p| + l2·Σp².
        """
        batch = samples(arrays)
        n = len(batch.rows)
        epochs, size = whole(epochs, "epochs", 0), size_of_batch(batch_size) or n
        rng = chance(shuffle, seed)
        optimizer = SGD() if optimizer is None else optimizer
        history = History()
        each = -(-n // size)
        at_once = max(1, AT_ONCE // n)  # epochs that go in one call
        # A function that is told of steps, or is asked before them, may change what was compiled for.
        watched = callable(progress) or (schedule is not None and not Surroundings(schedule).still)
        with bar(progress, epochs * each) as report:
            while history.epochs < epochs:
                now = min(at_once, epochs - history.epochs)
                order, stretches = epochs_of(n, size, rng, now)
                try:
                    for part in stretches[:, None] if watched else stretches[None]:
                        with self._one_at_a_time:
                            run = self.course(batch, optimizer, l1, l2, clip, schedule)
                            history.compiled = history.compiled or self.entry(batch).brief
                            run.began = history.loss, history.epochs, each
                            losses = run.steps(batch, order, part)
                        for k, loss in enumerate(losses if report is not silent else (), len(history.loss) + 1):
                            report(k, epochs * each, loss)
                        history.loss += losses
                except Divergence as error:
                    history.loss += run.losses
                    error.history = history
                    raise
                finally:
                    done = len(history.loss) // each - history.epochs
                    losses = history.loss[history.epochs * each :][: done * each]
                    history.epoch_loss += means(np.reshape(losses, (done, each)), np.diff(stretches[:each])[:, 0])
                    history.epochs += done
        return history

    def course(
        self, batch: Samples, optimizer: Optimizer, l1: float, l2: float, clip: Clip, schedule: Schedule | None
    ) -> Course:
        """A run of training with these settings, which goes on from the optimiser's steps."""
        if not isinstance(optimizer, Optimizer):
            raise SettingError(f"optimizer is {optimizer!r:.60}; make one, such as microgradnn.optim.Adam()")
        entry = self.entry(batch)
        rule = [getattr(optimizer, name) for name in optimizer.settings]  # which may have been changed since
        settings = batch.form, rule_in_force(), type(optimizer), repr((rule, l1, l2, clip))
        key = settings, id(optimizer), id(schedule)
        if key not in self._courses:
            for kept in (self._courses, self._trainings):
                while len(kept) >= MOST:
                    del kept[next(iter(kept))]
            trainer = Trainer(self.model, optimizer, l1, l2, clip, schedule)
            if settings not in self._trainings:
                self._trainings[settings] = made(entry, trainer, self.backend)
            again = self._trainings[settings]
            self._courses[key] = Course(self.fn, self.parts(), entry.held, trainer, again, schedule)
        return self._courses[key]


def compile(
    fn: Callable[..., Any], model: Any = None, *, backend: str | None = None, fast: bool = False
) -> Function | Step:
    """A function of numbers, traced once and run as array operations from then on, with the same bits.

    `compile(fn)` gives a Function, called like fn with numbers and nested lists of numbers. With a `model`, fn
    is the loss of one sample, `fn(model, *sample)`, and what comes is a Step, which takes arrays of samples and
    trains the model: a Module, or a nested list or dict of Values.

    backend   "native" (loops made with llvmlite), "numpy" or "python"; None for the best one installed
    fast      numpy's own functions and BLAS, whose last bits differ (see `compiler.arrays.fast` for how much); native
              loops stay exact
    """
    return Function(fn, backend, fast) if model is None else Step(fn, model, backend, fast)
