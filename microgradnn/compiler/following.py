"""A Python function of floats, followed: run on Scalars, which keep what is done with them.

Where it branches it is run once for each way, and where Python would raise that is a branch too. What it calls
is followed as well, whatever module or closure that is in; `math` gives way to the C library's functions.
"""

from __future__ import annotations

import builtins
import math
import sys
from collections.abc import Callable, Mapping
from types import BuiltinFunctionType, CellType, FunctionType, ModuleType
from typing import Any

from microgradnn import ieee
from microgradnn.compiler.scalars import Condition, Scalar, made, power, raising
from microgradnn.compiler.steps import TOTAL, NotLowered
from microgradnn.ops import Op

NUMBERS = (float, int, str, type(None), Scalar, Condition, Op)
# Functions of Python that do with Scalars what they do with floats. `sum` is one that rounds otherwise since 3.12.
PYTHON = (
    "abs all any enumerate filter len list map max min range reversed tuple zip True False None "
    "ArithmeticError OverflowError ValueError ZeroDivisionError" + " sum" * (sys.version_info < (3, 12))
).split()


def _float(x: Any = 0.0) -> Any:
    return x if isinstance(x, Scalar) else float(x)


def _is(x: Any, kinds: Any) -> bool:
    every = kinds if isinstance(kinds, tuple) else (kinds,)
    return isinstance(0.0 if isinstance(x, Scalar) else x, tuple(float if kind is _float else kind for kind in every))


def _number(x: Any, what: str = "") -> Any:
    return x if isinstance(x, Scalar) else ieee.number(x, what)


BUILTINS = {name: getattr(builtins, name) for name in PYTHON}
BUILTINS |= {"float": _float, "isinstance": _is, "pow": power, "int": int, "bool": bool}
CLASSES = (float, int, bool, str, *(x for x in BUILTINS.values() if isinstance(x, type)))
LIBRARY = {id(function): name for name, function in TOTAL.items()}


def library(name: str) -> Callable[..., Any]:
    """`math`'s function of that name: of floats the number, of Scalars a step, and raising where that raises."""
    known = getattr(math, name)

    def call(*args: Any) -> Any:
        if not any(isinstance(x, Scalar) for x in args):
            return known(*args)
        return raising(name, *args)

    return call


def _closed(name: str) -> Callable[..., Any]:
    """A function of `ieee`, which never raises."""

    def call(*args: Any) -> Any:
        return made(name, *args) if any(isinstance(x, Scalar) for x in args) else TOTAL[name](*args)

    return call


class Following:
    """One function being followed, with all that it reads: each thing is exchanged once."""

    def __init__(self) -> None:
        self._functions: dict[int, tuple[Any, FunctionType]] = {}

    def followed(self, x: Any) -> Any:
        """What stands for x in a function that is followed."""
        if isinstance(x, NUMBERS) or (isinstance(x, type) and x in CLASSES):
            return x
        if id(x) in LIBRARY and not isinstance(x, BuiltinFunctionType):
            return _closed(LIBRARY[id(x)])
        if x is ieee.number:
            return _number
        if isinstance(x, BuiltinFunctionType):
            if x.__self__ is math:
                return library(x.__name__)
            return BUILTINS.get(x.__name__, _Unknown(f"calls {x.__qualname__}"))
        if isinstance(x, tuple | list):
            return [self.followed(y) for y in x] if isinstance(x, list) else tuple(self.followed(y) for y in x)
        if isinstance(x, dict):
            return {key: self.followed(y) for key, y in x.items()}
        if isinstance(x, FunctionType):
            return self._function(x)
        if isinstance(x, ModuleType):
            return _Module(x, self)
        return _Unknown(f"reads {getattr(x, '__name__', None) or f'one {type(x).__name__}'}")

    def _function(self, x: FunctionType) -> Any:
        if id(x) in self._functions:
            return self._functions[id(x)][0]
        cells = tuple(CellType() for _ in x.__closure__ or ())
        names = _Names(x.__globals__, self)
        copy = FunctionType(x.__code__, names, x.__name__, self.followed(x.__defaults__), cells)
        self._functions[id(x)] = copy, x  # the second, so that its number is not another's
        copy.__kwdefaults__ = self.followed(x.__kwdefaults__)
        for mine, cell in zip(cells, x.__closure__ or (), strict=True):
            try:
                mine.cell_contents = self.followed(cell.cell_contents)
            except ValueError:  # nothing is in it yet
                continue
        return copy

    def at_rest(self) -> None:
        """See that no function left anything behind in what it shares with others: NotLowered if one did."""
        for copy, original in self._functions.values():
            if len(copy.__globals__) > 1:
                raise NotLowered(f"{original.__name__} sets the global {[*copy.__globals__][1]!r}")


class _Names(dict[str, Any]):
    """The global names of a function that is followed; what it sets itself is kept here."""

    def __init__(self, known: Mapping[str, Any], following: Following) -> None:
        super().__init__(__builtins__={})
        self.known, self.following = known, following

    def __getitem__(self, name: str) -> Any:
        if name in self.known:
            return self.following.followed(self.known[name])
        if name in BUILTINS:
            return BUILTINS[name]
        raise NotLowered(f"calls {name}")


class _Module:
    """A module, as a function that is followed sees it."""

    def __init__(self, module: ModuleType, following: Following) -> None:
        self._names, self._following = vars(module), following

    def __getattr__(self, name: str) -> Any:
        if name not in self._names:
            raise NotLowered(f"reads {name} of a module")
        return self._following.followed(self._names[name])


class _Unknown:
    """What cannot be followed: it may be handed on, but not used."""

    def __init__(self, what: str) -> None:
        self.__dict__["what"] = what

    def refuse(self, *_: Any) -> Any:
        raise NotLowered(self.__dict__["what"])

    __call__ = __getattr__ = __getitem__ = __iter__ = __len__ = __bool__ = __float__ = __eq__ = refuse
    __contains__ = __enter__ = __hash__ = __lt__ = __le__ = __gt__ = __ge__ = __str__ = __setattr__ = refuse
