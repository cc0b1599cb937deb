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
from types import (
    BuiltinFunctionType,
    FrameType,
    FunctionType,
    SimpleNamespace,
)
from typing import Any

from microgradnn import ieee, kernels
from microgradnn.check.rounded import close_calls, followed
from microgradnn.check.twins import MISSING, Twins
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


def rehearse(function: Callable[..., Any], named: dict[str, Any]) -> tuple[Any, bool]:
    """What the function gives for numbers that keep account, and whether some of it may have escaped them.

    Escaped means: a library's function was called that takes the bare float and gives a bare float back, such
    as one of numpy's on an array; or a comparison came out as rounding would have it, such as `if p == y`.
    """
    if sys.getprofile() is not None:  # a profiler is at work, and is left in peace
        return accountable(function)(**named), True
    escapes, before = _Escapes(), close_calls.get()
    sys.setprofile(escapes)
    try:
        result = accountable(function)(**named)
        return result, escapes.seen or close_calls.get() != before
    finally:
        sys.setprofile(None)


class _Escapes:
    """Notices calls of compiled functions of numbers that the user's code makes."""

    seen = False

    def __call__(self, frame: FrameType, event: str, arg: Any) -> None:
        if event == "c_call" and not self.seen:
            home = str(getattr(arg, "__module__", "") or "").partition(".")[0]
            caller = str(frame.f_globals.get("__name__", ""))
            self.seen = home in ("math", "cmath", "numpy") and not _ours(caller)


def _ours(module: str) -> bool:
    """Whether a module is the package's own; the articles are written as users write."""
    return module.startswith("microgradnn.") and not module.startswith("microgradnn.articles")


def accountable(function: Callable[..., Any]) -> Callable[..., Any]:
    """A copy of `function` in which the functions of `math` carry errors along (see `Rounded`)."""
    twin: Callable[..., Any] = Twins(_replaced, _of_the_user).of(function)
    return twin


def _replaced(x: Any) -> Any:
    """What stands in the copy for functions of numbers: of `math`, and the package's own for floats."""
    if x is math:
        return _MATH
    if isinstance(x, BuiltinFunctionType):
        return getattr(_MATH, x.__name__) if x.__module__ == "math" else x
    return _OURS.get(x, MISSING) if isinstance(x, FunctionType) else MISSING


def _of_the_user(module: str) -> bool:
    """Whether a module is the user's, or an article, and not some library."""
    if module.startswith("microgradnn."):
        return not _ours(module)
    if module.partition(".")[0] in sys.stdlib_module_names - {"__main__"}:
        return False
    return "site-packages" not in str(getattr(sys.modules.get(module), "__file__", "") or "")
