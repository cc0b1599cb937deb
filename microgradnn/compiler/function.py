"""A function of numbers, compiled: its value and its gradient, of one set of arguments or of arrays of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from functools import update_wrapper
from typing import Any

import numpy as np

from microgradnn.compiler.arguments import nested, taken
from microgradnn.compiler.backends import chosen
from microgradnn.compiler.entry import Entry
from microgradnn.compiler.naming import reference
from microgradnn.compiler.report import Report
from microgradnn.compiler.sampled import nothing, samples
from microgradnn.compiler.sources import source
from microgradnn.compiler.trace import Trace, Traced, name_of, tracing
from microgradnn.compiler.unknown import Known
from microgradnn.engine import recording
from microgradnn.errors import Misuse, NotANumber, ShapeError
from microgradnn.ieee import number
from microgradnn.nest import flatten
from microgradnn.ops import Flow, plain
from microgradnn.partials import rule_in_force
from microgradnn.transforms import value_and_grad

MOST = 32  # programs for arguments of one form; a function that branches more often goes on eagerly


class Function:
    """What `compile` makes of a function: called like it, with numbers and nested lists of numbers.

    A program is traced at the first call for each nesting of the arguments, and for each way through Python's
    branches; and anew when something that the function reads, a number or a model, is another one. Where a result is
    not finite the eager engine has the word, which gives the same bits anyway. Several threads may call it.
    """

    def __init__(self, fn: Callable[..., Any], backend: str | None = None, fast: bool = False) -> None:
        if not callable(fn):
            raise NotANumber(f"compile takes a function, not one {type(fn).__name__}")
        update_wrapper(self, fn)
        self._fn, self.backend = fn, chosen(backend, fast)
        self._asked = backend, fast
        self._entries: dict[Any, tuple[Entry, ...]] = {}
        self._last: Entry | None = None
        self._one_at_a_time = threading.RLock()

    @property
    def fn(self) -> Callable[..., Any]:
        """The function that was compiled."""
        return self._fn

    def __reduce__(self) -> str | tuple[Any, ...]:
        """By the name of the function; what was compiled is compiled again."""
        return reference(self, self.fn) or (Function, (self.fn, *self._asked))

    def __copy__(self) -> Function:
        return Function(self.fn, *self._asked)

    def __deepcopy__(self, memo: dict[int, Any]) -> Function:
        return Function(deepcopy(self.fn, memo), *self._asked)

    def report(self) -> Report:
        """What the program is made of that was traced last."""
        return traced_last(self._last).report()

    def source(self, kind: str = "python") -> str:
        """The program that was traced last, as "python", "numpy", "c" or "program", a list of its instructions."""
        return source(traced_last(self._last).layout, kind)

    def __call__(self, *args: Any) -> Any:
        """The function's value: a number, or a nesting of numbers."""
        if tracing():  # of another function, of which this becomes a part
            return self.fn(*args)
        args, row, form = taken(args)
        for entry, new in self._tried(form, lambda: args, gradients=False):
            outputs, _, holds = entry.run(row, _FIRST)
            if holds[0]:
                return entry.rebuild(outputs[0].tolist()) if np.isfinite(outputs).all() else self._eager(args)
            if new:
                break
        return self._eager(args)

    def value_and_grad(self, *args: Any) -> tuple[float, tuple[Any, ...]]:
        """The value, and one gradient for each argument, nested like it."""
        if tracing():
            return value_and_grad(self.fn, tuple(range(len(args))))(*args)  # type: ignore[no-any-return]
        recorded()
        args, row, form = taken(args)
        for entry, new in self._tried(form, lambda: args, gradients=True):
            outputs, gradient, holds = entry.run(row, _FIRST)
            if holds[0]:
                if np.isfinite(outputs).all() and np.isfinite(gradient).all():
                    return float(outputs[0, 0]), nested(gradient.tolist(), args, form)
                break
            if new:
                break
        value, gradients = value_and_grad(self.fn, tuple(range(len(args))))(*args)
        return plain(value), gradients

    def grad(self, *args: Any) -> tuple[Any, ...]:
        """One gradient for each argument, nested like it."""
        return self.value_and_grad(*args)[1]

    def batch(self, *arrays: Any) -> Any:
        """The values for arrays with a leading axis for the samples: shape (n,), or (n, …) for nested values."""
        batch = samples(arrays)
        n = len(batch.rows)
        found: list[Any] = [None] * n
        left = np.arange(n)

        def example() -> list[Any]:
            return batch.sample(int(left[0]))

        for entry, new in self._tried(batch.form, example, gradients=False):
            outputs, _, holds = entry.run(batch.rows, left)
            finite = np.isfinite(outputs).all(axis=1)
            for k in np.flatnonzero(holds).tolist():
                i = int(left[k])
                found[i] = entry.rebuild(outputs[k].tolist()) if finite[k] else self._eager(batch.sample(i))
            left = left[~holds]
            if not len(left) or (new and not holds[0]):
                break
        for i in left.tolist():
            found[i] = self._eager(batch.sample(i))
        try:
            return np.array(found)
        except ValueError:
            raise ShapeError(
                f"{name_of(self.fn)} gives nestings that are no array, or another one for other samples: "
                "take numbers that belong together in a batch, or call the function sample by sample"
            ) from None

    def _tried(self, form: Any, example: Callable[[], Sequence[Any]], gradients: bool) -> Iterator[tuple[Entry, bool]]:
        """The programs for arguments of this form, the one that held last first, and then new ones, marked as such.

        A new one that does not hold for its own example leaves that to the engine (see `Trace.doubts`).
        """
        key = (gradients, rule_in_force(), form)
        tried: set[Entry] = set()
        while True:
            known = self._entries.get(key, ())  # never changed in place, so that others may go through it
            entry = next((entry for entry in known if entry not in tried), None)
            if entry is None or entry is not known[0] or entry.changed():
                with self._one_at_a_time:
                    entry = self._next(key, tried, example)
            if entry is None:
                return
            tried.add(entry)
            yield entry, entry not in known

    def _next(self, key: Any, tried: set[Entry], example: Callable[[], Sequence[Any]]) -> Entry | None:
        """A program that was not tried yet, put first; a new one where there is none, but at most so many."""
        known = [entry for entry in self._entries.get(key, ()) if not entry.changed()]
        entry = next((entry for entry in known if entry not in tried), None)
        if entry is not None:
            known.remove(entry)
        elif len(known) < MOST:
            entry = Entry(self.fn, example(), self.backend, _of_arguments if key[0] else nothing, values=key[0])
            if key[0] and entry.outputs != 1:
                raise NotANumber(
                    f"{name_of(self.fn)} gives {entry.outputs} numbers; a gradient is that of a function of one"
                )
            self._last = entry
        self._entries[key] = (entry, *known) if entry else tuple(known)
        return entry

    def _eager(self, args: Sequence[Any]) -> Any:
        numbers, again = flatten(tuple(args))
        leaves, rebuild = flatten(self.fn(*again([x if x.__class__ is int else Known(number(x)) for x in numbers])))
        return rebuild([plain(x) if isinstance(x, Flow) else number(x, "a result") for x in leaves])


def recorded() -> None:
    """Misuse within no_grad(), where there are no gradients."""
    if not recording():
        raise Misuse("a gradient is asked for within no_grad(), where nothing is differentiated: ask outside of it")


def traced_last(entry: Entry | None) -> Entry:
    """The program that there is, or a Misuse."""
    if entry is None:
        raise Misuse("nothing has been traced yet: call what compile gave with arguments first")
    return entry


def _of_arguments(trace: Trace, inputs: Sequence[Traced]) -> Sequence[Traced]:
    return inputs


_FIRST = np.zeros(1, np.int64)
