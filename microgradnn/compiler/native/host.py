"""The machine we are on: its processor, as LLVM knows it, and its C library."""

from __future__ import annotations

import ctypes
import ctypes.util
import math
import sys
from functools import cache
from typing import Any

from llvmlite import binding

from microgradnn.compiler.native.steps import PREFIX
from microgradnn.compiler.steps import TOTAL
from microgradnn.errors import MissingLibrary

TWO = ("pow", "atan2")
TRIED = (0.5, 0.75, 0.3)


@cache
def target() -> Any:
    """LLVM's description of this processor, with the C library's functions known by their names."""
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    library = _library()
    for name in TOTAL:
        binding.add_symbol(PREFIX + name, _address(library, name))
    cpu, features = processor()
    triple = binding.Target.from_triple(binding.get_process_triple())
    return triple.create_target_machine(cpu=cpu, features=features, opt=3, jit=True)


def processor() -> tuple[str, str]:
    """Its name, and what it can do."""
    return binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten()


def _library() -> Any:
    """The C library whose functions Python calls: on Windows the universal runtime, else what is loaded already."""
    return ctypes.CDLL("ucrtbase" if sys.platform == "win32" else None)


def _address(library: Any, name: str) -> int:
    """Where a function is; MissingLibrary where it is not the one that Python's `math` calls."""
    try:
        function = getattr(library, name)
    except AttributeError:
        function = getattr(ctypes.CDLL(ctypes.util.find_library("m")), name)
    arity = 2 if name in TWO else 1
    function.restype, function.argtypes = ctypes.c_double, [ctypes.c_double] * arity
    for x in TRIED:
        args = (x, 0.625)[:arity]
        if function(*args).hex() != getattr(math, name)(*args).hex():
            raise MissingLibrary(f"the C library's {name}({x}) is not that of Python's math")
    return int(ctypes.cast(function, ctypes.c_void_p).value or 0)
