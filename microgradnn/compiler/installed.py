"""Whether native loops can be made here, asked without loading more than the answer takes."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec


@cache
def trouble() -> str:
    """Why native loops cannot be made, in a phrase; nothing where they can."""
    try:
        if find_spec("llvmlite") is None:
            return "llvmlite is not installed"
        from microgradnn.compiler.native.host import trial  # llvmlite is loaded where it is to be used

        trial()
    except Exception as problem:  # whatever is wrong with a library or a machine, there is another way
        return f"{type(problem).__name__}: {problem}"
    return ""


def installed() -> bool:
    """Whether native loops can be made."""
    return not trouble()
