"""What runs a program: native loops where llvmlite is installed, numpy everywhere."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache, partial
from typing import Any, Protocol

from microgradnn.compiler.installed import trouble
from microgradnn.compiler.layout import Layout
from microgradnn.compiler.lowering import in_python
from microgradnn.compiler.program import Program
from microgradnn.errors import MissingLibrary, SettingError, Slower

BACKENDS = ("native", "numpy", "python")
BRINGS = "pip install 'microgradnn[native]' brings llvmlite"
FAST = "numpy, fast"  # with numpy's own functions and BLAS; native loops are fast as they are, and exact


class Runner(Protocol):
    """A program that can be run over samples."""

    program: Program

    def run(self, samples: Any, order: Any, held: Any) -> tuple[Any, Any]:
        """The results of every sample (outputs, then conditions), and the sums of its gradients.

        These are in eight lanes, for `lanes.added`; of one sample, or with `fast`, they may be in one.
        """


@cache
def _say(why: str) -> None:
    """Say once that it will take longer."""
    warnings.warn(f"no native loops, but numpy's arrays ({why}): {BRINGS}", Slower, stacklevel=4)


def chosen(backend: str | None, fast: bool = False) -> str:
    """The backend of that name; for None the best one installed. `fast` asks for numpy's own functions and BLAS."""
    if backend is not None and backend not in BACKENDS:
        raise SettingError(f"backend={backend!r} is unknown; there are: {', '.join(BACKENDS)}")
    why = trouble() if backend in (None, "native") else ""
    if why and backend == "native":
        raise MissingLibrary(f"backend='native' cannot be had ({why}): {BRINGS}")
    if why:
        _say(why)
    if backend is None:
        backend = "numpy" if why else "native"
    return FAST if fast and backend == "numpy" else backend


def able(backend: str, *layouts: Layout) -> str:
    """The backend, or numpy's where native loops cannot be made: of a primitive that is Python's own affair."""
    if backend == "native":
        kinds = set().union(*(layout.kinds for layout in layouts))
        if any(in_python(op, arity) for op, arity in kinds):
            return "numpy"
    return backend


def runner(layout: Layout, backend: str) -> Runner:
    """The program, ready to be run."""
    return _maker(able(backend, layout))(layout)


@cache
def _maker(backend: str) -> Callable[[Layout], Runner]:
    if backend == "native":
        from microgradnn.compiler.native.runner import Runner as Native

        return Native
    if backend == "python":
        from microgradnn.compiler.straight import Runner as Straight

        return Straight
    from microgradnn.compiler.arrays import Runner as Arrays

    return partial(Arrays, fast=True) if backend == FAST else Arrays
