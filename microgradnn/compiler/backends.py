"""What runs a program: native loops where llvmlite is installed, numpy everywhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from typing import Any, Protocol

from microgradnn.compiler.layout import Layout
from microgradnn.compiler.program import Program
from microgradnn.errors import MissingLibrary, SettingError

BACKENDS = ("native", "numpy", "python")


class Runner(Protocol):
    """A program that can be run over samples."""

    program: Program

    def run(self, samples: Any, order: Any, held: Any) -> tuple[Any, Any]:
        """The results of every sample (outputs, then conditions), and the sums of its gradients in eight lanes."""


@cache
def installed() -> bool:
    """Whether native loops can be made."""
    return find_spec("llvmlite") is not None


def chosen(backend: str | None) -> str:
    """The backend of that name; for None the best one installed."""
    if backend is None:
        return "native" if installed() else "numpy"
    if backend not in BACKENDS:
        raise SettingError(f"backend={backend!r} is unknown; there are: {', '.join(BACKENDS)}")
    if backend == "native" and not installed():
        raise MissingLibrary("backend='native' needs llvmlite: pip install 'microgradnn[native]'")
    return backend


def runner(layout: Layout, backend: str) -> Runner:
    """The program, ready to be run."""
    return _maker(backend)(layout)


@cache
def _maker(backend: str) -> Callable[[Layout], Runner]:
    if backend == "native":
        from microgradnn.compiler.native.runner import Runner as Native

        return Native
    if backend == "python":
        from microgradnn.compiler.straight import Runner as Straight

        return Straight
    from microgradnn.compiler.arrays import Runner as Arrays

    return Arrays
