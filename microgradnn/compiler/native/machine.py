"""LLVM at work: kernels become machine code, each once, and stay on disk for the next time."""

from __future__ import annotations

import ctypes
import hashlib
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import llvmlite
from llvmlite import binding, ir

from microgradnn.compiler.lowering import lowered
from microgradnn.compiler.native import cache as kept
from microgradnn.compiler.native.host import engine, processor, target
from microgradnn.compiler.native.loops import Kind, kernel
from microgradnn.compiler.native.samples import batch, runner
from microgradnn.compiler.native.steps import LANES, Writer
from microgradnn.compiler.native.training import train
from microgradnn.compiler.native.weaving import forms
from microgradnn.compiler.steps import told


@cache
def _known() -> bytes:
    """What machine code depends on, but for what it is of: what writes it, LLVM, the processor."""
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    told_of = llvmlite.__version__, binding.llvm_version_info, target().triple, *processor(), LANES
    digest.update(repr(told_of).encode("utf-8"))
    return digest.digest()


def _key(text: str) -> str:
    return hashlib.sha256(_known() + text.encode("utf-8")).hexdigest()


def _code(key: str, write: Callable[[Writer], None]) -> bytes:
    """The machine code of what `write` writes, which is kept by that key."""
    code = kept.read(key)
    if code is None:
        module = ir.Module(key)
        module.triple = target().triple
        module.data_layout = str(target().target_data)
        write(Writer(module))
        parsed = binding.parse_assembly(str(module))
        options = binding.create_pipeline_tuning_options(speed_level=2)
        options.loop_vectorization = options.loop_unrolling = False  # the loops are written as they should run
        builder = binding.create_pass_builder(target(), options)
        builder.getModulePassManager().run(parsed, builder)
        code = target().emit_object(parsed)
        kept.write(key, code)
    return code


def _frame(writer: Writer) -> None:
    train(writer, batch(writer.module, runner(writer.module)))


@cache
def frame() -> Any:
    """The functions that run programs, whatever the kernels."""
    with _one_at_a_time:
        return engine([_code(_key("frame"), _frame)])


def function(name: str, *arguments: Any, result: Any = None) -> Any:
    """A function of the frame, for ctypes."""
    return ctypes.CFUNCTYPE(result, *arguments)(frame().get_function_address(name))


class Code:
    """Kernels as machine code; it stays as long as this does."""

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        codes = [_code(key, partial(kernel, kind=kind, name=f"kernel_{key}")) for key, kind in kinds.items()]
        self._engine = engine(codes)
        self.addresses = {key: self._engine.get_function_address(f"kernel_{key}") for key in kinds}


_codes: WeakValueDictionary[str, Code] = WeakValueDictionary()
_last: deque[Code] = deque(maxlen=100)  # kept although no program may need them at the moment
_one_at_a_time = threading.Lock()


def kernels(kinds: Iterable[Kind]) -> tuple[dict[Kind, int], list[Code]]:
    """The addresses of the kernels of these kinds, and what has to be kept as long as they are called."""
    keys = {kind: _of_kind(kind) for kind in kinds}
    with _one_at_a_time:
        found = {key: code for key in keys.values() if (code := _codes.get(key)) is not None}
        missing = {key: kind for kind, key in keys.items() if key not in found}
        if missing:
            made = Code(missing)
            _last.append(made)
            _codes.update(dict.fromkeys(missing, made))
            found |= dict.fromkeys(missing, made)
    return {kind: found[key].addresses[key] for kind, key in keys.items()}, list(found.values())


def _of_kind(kind: Kind) -> str:
    """What tells a kernel from others: the steps of the primitive, not its name alone."""
    parts = [(op, len(args), args) for op, args in forms.get(kind.op, [(kind.op, range(kind.arity))])]
    steps = [(told(lowered(op, count)) if kind.arity else op.name, tuple(args)) for op, count, args in parts]
    return _key(repr((kind.form, kind.same, kind.arity, steps)))
