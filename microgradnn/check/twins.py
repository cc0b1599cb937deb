"""Copies of functions, and of what they refer to, in which some things are replaced by others."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from types import CellType, CodeType, FunctionType, MethodType
from typing import Any

MISSING = object()
CACHED = type(lru_cache(lambda: None))


class Twins:
    """The copies made so far, so that functions that call each other find each other's copies.

    `replaced(x)` gives what stands for x in the copies, or MISSING; `copied(module)` tells whether what a module
    of that name defines is copied: functions, methods and classes, and the objects and containers that hold
    them. Nothing that is copied is changed.
    """

    def __init__(self, replaced: Callable[[Any], Any], copied: Callable[[str], bool]) -> None:
        self.replaced, self.copied = replaced, copied
        self.made: dict[int, Any] = {}
        self.kept: list[Any] = []  # alive, so that no identity is used twice

    def of(self, x: Any) -> Any:
        """The copy of x; x itself where there is nothing to replace in it."""
        if x is None or isinstance(x, str | int | float):
            return x
        if id(x) in self.made:
            return self.made[id(x)]
        other = self.replaced(x)
        if other is not MISSING:
            return other
        if isinstance(x, MethodType):
            return MethodType(self.of(x.__func__), self.of(x.__self__))
        if isinstance(x, CACHED):  # whose memory would mix up numbers that are equal
            return self.of(x.__wrapped__)
        if isinstance(x, partial):
            return partial(self.of(x.func), *self.of(x.args), **self.of(x.keywords))
        if isinstance(x, FunctionType):
            return self._function(x) if self.copied(x.__module__ or "") else x
        if type(x) in (list, tuple, dict):
            return self._container(x)
        if type(x) is type:
            return self._class(x) if self.copied(x.__module__) else x
        if type(type(x)) is type and self.copied(type(x).__module__) and type(getattr(x, "__dict__", None)) is dict:
            return self._object(x)
        return x

    def _keep(self, x: Any, twin: Any) -> Any:
        self.kept.append(x)
        self.made[id(x)] = twin
        return twin

    def _function(self, function: FunctionType) -> FunctionType:
        scope: dict[str, Any] = {"__builtins__": function.__globals__.get("__builtins__", __builtins__)}
        cells = tuple(CellType() for _ in function.__closure__ or ())
        twin = FunctionType(function.__code__, scope, function.__name__, None, cells or None)
        self._keep(function, twin)
        twin.__defaults__ = self.of(function.__defaults__)
        twin.__kwdefaults__ = {name: self.of(x) for name, x in (function.__kwdefaults__ or {}).items()}
        for name in names(function.__code__):
            if name in function.__globals__:
                scope[name] = self.of(function.__globals__[name])
        for new, old in zip(cells, function.__closure__ or (), strict=True):
            try:
                new.cell_contents = self.of(old.cell_contents)
            except ValueError:  # a name that is not bound yet
                continue
        return twin

    def _container(self, x: Any) -> Any:
        self._keep(x, x)  # where it contains itself
        items = list(x.values() if isinstance(x, dict) else x)
        twins = [self.of(item) for item in items]
        if all(a is b for a, b in zip(items, twins, strict=True)):
            return x
        return self._keep(x, dict(zip(x, twins, strict=True)) if isinstance(x, dict) else type(x)(twins))

    def _class(self, cls: type) -> type:
        """A subclass whose methods are copies; made before them, for methods that name their own class."""
        twin = self._keep(cls, type(cls.__name__, (cls,), {}))
        for base in reversed(cls.__mro__):
            if self.copied(base.__module__):
                for name, x in vars(base).items():
                    if isinstance(x, FunctionType):
                        setattr(twin, name, self.of(x))
        return twin  # type: ignore[no-any-return]

    def _object(self, x: Any) -> Any:
        cls = self.of(type(x))
        twin = self._keep(x, object.__new__(cls))
        twin.__dict__.update({name: self.of(item) for name, item in vars(x).items()})
        return twin


def names(code: CodeType) -> list[str]:
    """All names that the code, and functions within it, may look up."""
    found = list(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found += names(constant)
    return found
