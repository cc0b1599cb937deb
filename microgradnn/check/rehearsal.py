"""How much rounding a hand-derived gradient carries: it is run once more, on numbers that keep account.

A right derivation may be written in a form that loses digits, such as 1 - tanh(x)**2 for a large x. What it
loses depends on its own formula, so the formula itself is asked: the function is called with `Rounded`
numbers, in a copy in which `math.exp` and its kin keep account too. The copy is made of the function and of
the functions it calls in the user's modules; the originals are not touched.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from types import BuiltinFunctionType, CellType, CodeType, FunctionType, MethodType, ModuleType, SimpleNamespace
from typing import Any

from microgradnn import ieee, kernels
from microgradnn.check.rounded import followed
from microgradnn.ops import TABLE

_OURS = {
    function: TABLE[name]
    for module in (ieee, kernels)
    for name, function in vars(module).items()
    if name in TABLE and callable(function)
}
_MATH = SimpleNamespace(
    **{
        name: followed(thing) if isinstance(thing, BuiltinFunctionType) else thing
        for name, thing in vars(math).items()
        if not name.startswith("__")
    }
)


def accountable(function: Callable[..., Any]) -> Callable[..., Any]:
    """A copy of `function` in which the functions of `math` carry errors along (see `Rounded`)."""
    twin: Callable[..., Any] = _Twins().of(function)
    return twin


class _Twins:
    """The copies made so far, so that functions that call each other find each other's copies."""

    def __init__(self) -> None:
        self.made: dict[FunctionType, FunctionType] = {}

    def of(self, thing: Any) -> Any:
        """The copy of a function, method, or of `math`; anything else is itself."""
        if thing is math:
            return _MATH
        if isinstance(thing, BuiltinFunctionType):
            return getattr(_MATH, thing.__name__) if thing.__module__ == "math" else thing
        if isinstance(thing, MethodType):
            return MethodType(self.of(thing.__func__), thing.__self__)
        if not isinstance(thing, FunctionType):
            return thing
        if thing in _OURS:
            return _OURS[thing]
        return self.copy(thing) if _of_the_user(thing) else thing

    def copy(self, function: FunctionType) -> FunctionType:
        if function in self.made:
            return self.made[function]
        scope: dict[str, Any] = {"__builtins__": function.__globals__.get("__builtins__", __builtins__)}
        cells = tuple(CellType() for _ in function.__closure__ or ())
        twin = FunctionType(function.__code__, scope, function.__name__, None, cells or None)
        self.made[function] = twin
        twin.__defaults__ = _each(self.of, function.__defaults__)
        twin.__kwdefaults__ = {k: self.of(x) for k, x in (function.__kwdefaults__ or {}).items()}
        for name in _names(function.__code__):
            if name in function.__globals__:
                scope[name] = self.of(function.__globals__[name])
        for new, old in zip(cells, function.__closure__ or (), strict=True):
            try:
                new.cell_contents = self.of(old.cell_contents)
            except ValueError:  # a name that is not bound yet
                continue
        return twin


def _each(of: Callable[[Any], Any], things: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
    return None if things is None else tuple(of(thing) for thing in things)


def _names(code: CodeType) -> list[str]:
    """All names that the code, and functions within it, may look up."""
    found = list(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found += _names(constant)
    return found


def _of_the_user(function: FunctionType) -> bool:
    """Whether a function was written by the user, or in an article, and not in some library."""
    module = function.__module__ or ""
    if module.startswith("microgradnn."):
        return module.startswith("microgradnn.articles")
    if module.partition(".")[0] in sys.stdlib_module_names - {"__main__"}:
        return False
    loaded: ModuleType | None = sys.modules.get(module)
    return "site-packages" not in str(getattr(loaded, "__file__", "") or "")
