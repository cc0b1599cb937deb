"""By which arguments of a function a derivative is taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from microgradnn.errors import SettingError

Function = Callable[..., Any]
Wrt = int | str | tuple[int | str, ...]


def key(f: Function, which: int | str, args: tuple[Any, ...], named: dict[str, Any]) -> int | str:
    """Where the call holds the argument that `wrt` means."""
    if isinstance(which, int) and -len(args) <= which < len(args):
        return which % len(args)
    if which in named:
        return which
    import inspect  # slow to load, and needed only here

    names = list(inspect.signature(f).parameters)
    if isinstance(which, str) and which in names and names.index(which) < len(args):
        return names.index(which)
    if isinstance(which, int) and 0 <= which < len(names) and names[which] in named:
        return names[which]
    raise SettingError(
        f"wrt={which!r} is no argument of this call of {name(f)}, which has "
        f"{len(args)} positional arguments{' and ' + ', '.join(named) if named else ''}"
    )


def listed(wrt: Wrt) -> tuple[int | str, ...]:
    """The positions or names that `wrt` means, one or several."""
    if isinstance(wrt, tuple):
        return wrt
    if isinstance(wrt, int | str):
        return (wrt,)
    raise SettingError(f"wrt={wrt!r} is a {type(wrt).__name__}; give a position, a name, or a tuple such as (0, 1)")


def name(f: Function) -> str:
    """What to call a function in a message."""
    return str(getattr(f, "__name__", f))
