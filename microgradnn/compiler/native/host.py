"""The machine we are on: its processor, as LLVM knows it, and its C library."""

from __future__ import annotations

import ctypes
import ctypes.util
import math
import re
import sys
from collections.abc import Iterable
from functools import cache
from typing import Any

import llvmlite
from llvmlite import binding

from microgradnn.compiler.native.steps import PREFIX
from microgradnn.compiler.steps import TOTAL
from microgradnn.errors import MissingLibrary

LEAST = (0, 43)  # of llvmlite: the first with LLVM's present passes
TWO = ("pow", "atan2")
TRIED = (0.5, 0.75, 0.3)


def trial() -> None:
    """See that LLVM, the processor and the C library are what native loops need; an exception says what is not."""
    version = tuple(int(part) for part in re.findall(r"\d+", llvmlite.__version__)[:2])
    if version < LEAST:
        raise MissingLibrary(f"llvmlite {llvmlite.__version__} is too old, from {LEAST[0]}.{LEAST[1]} on it serves")
    if sys.maxsize < 1 << 32:
        raise MissingLibrary("a process of 32 bits, whose processor may round otherwise")
    module = binding.parse_assembly(f'target triple = "{target().triple}"\n{PROGRAM}')
    builder = binding.create_pass_builder(target(), binding.create_pipeline_tuning_options(speed_level=2))
    builder.getModulePassManager().run(module, builder)
    loaded = engine([target().emit_object(module)])
    found = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(loaded.get_function_address("trial"))(0.3)
    if found.hex() != (0.3 * 0.3 + math.exp(0.3)).hex():
        raise MissingLibrary(f"machine code that should give {0.3 * 0.3 + math.exp(0.3)!r} gives {found!r}")


PROGRAM = f"""
declare double @{PREFIX}exp(double)
define double @trial(double %x) {{
    %square = fmul double %x, %x
    %y = call double @{PREFIX}exp(double %x)
    %sum = fadd double %square, %y
    ret double %sum
}}
"""


def engine(codes: Iterable[bytes]) -> Any:
    """Machine code, ready to be called for as long as this is kept."""
    empty = binding.parse_assembly(f'target triple = "{target().triple}"')
    made = binding.create_mcjit_compiler(empty, _described())  # a description of its own, which goes with it
    for code in codes:
        made.add_object_file(binding.ObjectFileRef.from_data(code))
    made.finalize_object()
    return made


@cache
def target() -> Any:
    """LLVM's description of this processor, with the C library's functions known by their names."""
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    library = _library()
    for name in TOTAL:
        binding.add_symbol(PREFIX + name, _address(library, name))
    return _described()


def _described() -> Any:
    cpu, features = processor()
    triple = binding.Target.from_triple(binding.get_process_triple())
    return triple.create_target_machine(cpu=cpu, features=features, opt=3, jit=True)


def processor() -> tuple[str, str]:
    """Its name, and what it can do beyond the least of its kind; nothing where LLVM cannot tell."""
    try:
        return binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten()
    except RuntimeError:
        return "", ""


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
