"""Whether computing a loss leaves anything behind: what it can reach is looked at before, and again after."""

from __future__ import annotations

import pickle
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from microgradnn.compiler.reads import MOST, Reads, names_in
from microgradnn.engine import Value
from microgradnn.ops import Op
from microgradnn.optim.optimizer import Optimizer

SPEAKING = frozenset(("print", "input", "open", "next"))  # what calls these does more than it returns
CHANCE = "random numbers are drawn"
STILL = (FunctionType, BuiltinFunctionType, ModuleType, Op, partial, tuple, bytes, complex, type, type(None))


class Surroundings:
    """What functions and models can reach and change, as it is now.

    That is what they read, and besides it sets, leaves that are not `apart`, and sources of chance. Where it cannot be
    told whether something changes, it counts as changed.
    """

    def __init__(self, *roots: Any, apart: Sequence[Value] = ()) -> None:
        self._reads = Reads(roots)
        self._watched: list[tuple[str, Callable[[], Any], Any]] = []
        self._trouble = "" if len(self._reads.reached) < MOST else "the loss can reach more than is watched"
        if self._reads.unseen:
            self._trouble = f"the loss reads by {self._reads.unseen}, which cannot be watched"
        self._watch(CHANCE, random.getstate)
        if "numpy" in sys.modules:
            self._watch(CHANCE, partial(_drawn, sys.modules["numpy"].random))
        for value in self._reads.values.keys() - set(apart):
            if value.op is None:
                self._watch("the number of a leaf changes", partial(getattr, value, "time"))
        for x in self._reads.reached:
            self._more(x)

    @property
    def still(self) -> bool:
        """Whether there are nothing but functions and what never changes, sources of chance apart."""
        fixed = {id(x.keywords) for x in self._reads.reached if isinstance(x, partial)}
        others = [x for x in self._reads.reached if not isinstance(x, STILL) and id(x) not in fixed]
        return not (self._trouble or self._reads.values or others)

    def changed(self) -> str:
        """What is not as it was; "" if everything is."""
        if self._trouble:
            return self._trouble
        if self._reads.changed():
            return "computing the loss changes something that it reads"
        return next((what for what, read, before in self._watched if read() != before), "")

    def _watch(self, what: str, read: Callable[[], Any]) -> None:
        self._watched.append((what, read, read()))

    def _more(self, x: Any) -> None:
        """Watch what a program may read as it is, but a loss may change."""
        kind = type(x)
        if isinstance(x, random.Random):
            self._watch(CHANCE, x.getstate)
        elif isinstance(x, FunctionType):
            spoken = SPEAKING & names_in(x.__code__)[0] - x.__globals__.keys()
            if spoken:
                self._trouble = f"{x.__name__} calls {min(spoken)}()"
        elif isinstance(x, Optimizer):
            self._trouble = "the loss can reach an optimiser, whose steps go on"
        elif isinstance(x, Iterator) or kind.__module__.startswith("numpy.random"):
            self._trouble = f"one {kind.__name__} is within reach of the loss, and may go on"


def _drawn(source: Any) -> bytes:
    """Where numpy's own source of chance stands."""
    return pickle.dumps(source.get_state(legacy=False))
