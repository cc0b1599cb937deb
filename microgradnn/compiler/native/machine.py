"""LLVM at work: a module of loops becomes machine code, once for each set of primitives."""

from __future__ import annotations

import ctypes
import ctypes.util
import hashlib
import threading
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite
from llvmlite import binding, ir

import microgradnn
from microgradnn.compiler.lowering import TOTAL
from microgradnn.compiler.native import cache as kept
from microgradnn.compiler.native.loops import dispatcher
from microgradnn.compiler.native.samples import batch, spread
from microgradnn.compiler.native.steps import FLOAT, PREFIX, WIDE, Writer
from microgradnn.compiler.native.training import train
from microgradnn.ops import Op

Kind = tuple[Op, int]


@cache
def _target() -> Any:
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    library = ctypes.CDLL(ctypes.util.find_library("m") or None)
    for name in TOTAL:
        binding.add_symbol(PREFIX + name, ctypes.cast(getattr(library, name), ctypes.c_void_p).value)
    features = binding.get_host_cpu_features().flatten()
    return binding.Target.from_default_triple().create_target_machine(
        cpu=binding.get_host_cpu_name(), features=features, opt=3, jit=True
    )


@cache
def _sources() -> bytes:
    """What the loops are written by, and the functions of the primitives: another text is another code."""
    home = Path(microgradnn.__file__).parent
    files = [home / "kernels.py", home / "ieee.py", home / "elementary.py", home / "rules.py"]
    files += sorted((home / "compiler").glob("*.py")) + sorted((home / "compiler" / "native").glob("*.py"))
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.digest()


def _key(kinds: list[Kind]) -> str:
    target = _target()
    told = (
        llvmlite.__version__, binding.llvm_version_info, target.triple, binding.get_host_cpu_name(),
        binding.get_host_cpu_features().flatten(), [(op.name, arity) for op, arity in kinds],
    )  # fmt: skip
    return hashlib.sha256(_sources() + repr(told).encode("utf-8")).hexdigest()


class Machine:
    """The loops for some primitives, as machine code; `places` tells which loop has which number."""

    def __init__(self, kinds: list[Kind]) -> None:
        self.places = {kind: k for k, kind in enumerate(kinds)}
        target = _target()
        key = _key(kinds)
        code = kept.read(key)
        if code is None:
            code = _made(kinds, target)
            kept.write(key, code)
        empty = binding.parse_assembly(f'target triple = "{target.triple}"')
        self._engine = binding.create_mcjit_compiler(empty, target)
        self._engine.add_object_file(binding.ObjectFileRef.from_data(code))
        self._engine.finalize_object()

    def function(self, name: str, *arguments: Any, result: Any = None) -> Any:
        """A function of the module, for ctypes."""
        return ctypes.CFUNCTYPE(result, *arguments)(self._engine.get_function_address(name))


def _made(kinds: list[Kind], target: Any) -> bytes:
    module = ir.Module("microgradnn")
    module.triple = target.triple
    module.data_layout = str(target.target_data)
    writer = Writer(module)
    batches = {kind: batch(writer, dispatcher(writer, kinds, kind), kind) for kind in (FLOAT, WIDE)}
    train(writer, batches, spread(writer))
    parsed = binding.parse_assembly(str(module))
    parsed.verify()
    options = binding.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = options.slp_vectorization = True
    builder = binding.create_pass_builder(target, options)
    builder.getModulePassManager().run(parsed, builder)
    code: bytes = target.emit_object(parsed)
    return code


_machines: list[Machine] = []
_one_at_a_time = threading.Lock()


def machine(kinds: set[Kind]) -> Machine:
    """A machine with these loops, which may have more: one that is there is taken rather than made anew."""
    with _one_at_a_time:
        for known in _machines:
            if kinds <= known.places.keys():
                return known
        made = Machine(sorted(kinds, key=lambda kind: (kind[0].name, kind[1])))
        _machines.append(made)
        return made
