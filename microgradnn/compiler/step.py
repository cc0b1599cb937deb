"""A loss of one sample and a model, compiled: gradients of batches, and training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from microgradnn.compiler.lanes import added
from microgradnn.compiler.native.runner import Runner
from microgradnn.compiler.sampled import Array, Samples, compiled, of_held, samples
from microgradnn.compiler.watch import Parts
from microgradnn.engine import Value
from microgradnn.errors import NotANumber


class Entry:
    """What was compiled for samples of one form."""

    def __init__(self, step: Step, parts: Parts, batch: Samples) -> None:
        self.layout, self.trace = compiled(
            step.fn, batch.sample(0), parts.leaves, lambda t, inputs: of_held(t, inputs, parts.trained), [step.model]
        )
        if not isinstance(self.trace.result, Value):
            raise NotANumber(
                f"{step.name} is to give the loss of one sample, one Value, but {type(self.trace.result).__name__} came"
            )
        self.runner = Runner(self.layout)
        self.held = self.layout.program.held
        self.outcomes = np.array([float(outcome) for _, outcome in self.layout.program.guards])


class Step:
    """The mean of a loss over samples, and its gradient, as array operations.

    Made by `compile(sample_loss, model)`. A program is traced for each form of the samples.
    """

    def __init__(self, fn: Callable[..., Any], model: Any) -> None:
        self.fn, self.model = fn, model
        self.name = getattr(fn, "__name__", repr(fn))
        self._parts: Parts | None = None
        self._entries: dict[Any, Entry] = {}

    def parts(self) -> Parts:
        """The model as it is made now; what was compiled for another make of it is forgotten."""
        if self._parts is None or self._parts.changed():
            self._parts, self._entries = Parts(self.model), {}
        return self._parts

    def entry(self, batch: Samples) -> Entry:
        """What was compiled for samples of this form."""
        parts = self.parts()
        if batch.form not in self._entries:
            self._entries[batch.form] = Entry(self, parts, batch)
        return self._entries[batch.form]

    def value_and_grad(self, *arrays: Any) -> tuple[Array, Array]:
        """The loss of every sample, shape (n,), and the mean of the gradients, flat in the order of the parameters.

        Frozen parameters have the gradient 0.
        """
        batch = samples(arrays)
        entry = self.entry(batch)
        n = len(batch.rows)
        results, sums = entry.runner.run(batch.rows, np.arange(n), numbers(entry.held))
        gradient = added(sums)
        guards = bool((results[:, 1:] == entry.outcomes).all())
        if not guards or not np.isfinite(results).all() or not np.isfinite(gradient).all():
            return self._eagerly(batch)
        return results[:, 0].copy(), self._in_order(gradient / n)

    def _in_order(self, gradient: Array) -> Array:
        parts = self._parts
        assert parts is not None
        if len(parts.trained) == len(parts.values):
            return gradient
        found = iter(gradient.tolist())
        return np.array([next(found) if value.live else 0.0 for value in parts.values])

    def _eagerly(self, batch: Samples) -> tuple[Array, Array]:
        """The same by the eager engine, for numbers that the program does not hold for."""
        values = self.parts().trained
        before = [value._grad for value in values]
        losses = []
        lanes = np.zeros((len(values), 8))
        try:
            for i in range(len(batch.rows)):
                for value in values:
                    value._grad = None
                loss = self.fn(self.model, *batch.sample(i))
                if isinstance(loss, Value) and loss.live:
                    loss.backward()
                losses.append(float(loss.data if isinstance(loss, Value) else loss))
                with np.errstate(all="ignore"):
                    lanes[:, i % 8] += [value.grad for value in values]
        finally:
            for value, grad in zip(values, before, strict=True):
                value._grad = grad
        with np.errstate(all="ignore"):
            return np.array(losses), self._in_order(added(lanes) / len(losses))


def numbers(values: Sequence[Value]) -> Array:
    """What leaves hold now."""
    return np.array([value._data for value in values], dtype=np.float64)


def compile(fn: Callable[..., Any], model: Any = None) -> Step:
    return Step(fn, model)
