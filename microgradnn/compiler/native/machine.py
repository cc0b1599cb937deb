"""LLVM at work: a module of loops becomes machine code, once for each set of primitives."""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Sequence
from functools import cache
from typing import Any

from llvmlite import binding, ir

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
    features = binding.get_host_cpu_features().flatten()
    return binding.Target.from_default_triple().create_target_machine(
        cpu=binding.get_host_cpu_name(), features=features, opt=3, jit=True
    )


@cache
def _library() -> Any:
    return ctypes.CDLL(ctypes.util.find_library("m") or None)


class Machine:
    """The loops for some primitives, as machine code: `run_one` and `run_wide`."""

    def __init__(self, kinds: Sequence[Kind]) -> None:
        module = ir.Module("microgradnn")
        writer = Writer(module)
        batches = {kind: batch(writer, dispatcher(writer, kinds, kind), kind) for kind in (FLOAT, WIDE)}
        train(writer, batches, spread(writer))
        self.text = str(module)
        for name in writer.library:
            address = ctypes.cast(getattr(_library(), name), ctypes.c_void_p).value
            binding.add_symbol(PREFIX + name, address)
        target = _target()
        module.triple = target.triple
        module.data_layout = str(target.target_data)
        parsed = binding.parse_assembly(str(module))
        parsed.verify()
        options = binding.create_pipeline_tuning_options(speed_level=3)
        options.loop_vectorization = options.slp_vectorization = True
        builder = binding.create_pass_builder(target, options)
        builder.getModulePassManager().run(parsed, builder)
        self._engine = binding.create_mcjit_compiler(parsed, target)
        self._engine.finalize_object()

    def function(self, name: str, *arguments: Any, result: Any = None) -> Any:
        """A function of the module, for ctypes."""
        return ctypes.CFUNCTYPE(result, *arguments)(self._engine.get_function_address(name))
