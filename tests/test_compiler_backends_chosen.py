"""Where native loops cannot be made the next best backend takes over and says so once."""

import subprocess
import sys
import warnings
from collections.abc import Iterator

import numpy as np
import pytest

from microgradnn import compile, sin
from microgradnn.compiler import backends, installed
from microgradnn.compiler.native import host, machine
from microgradnn.errors import MissingLibrary, Slower
from tests.compiled.check import Bundle

BROKEN = """
import sys, warnings
{setup}
from microgradnn import compile, sin
from microgradnn.errors import MissingLibrary, Slower
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    f, g = compile(lambda x: sin(x) * x), compile(lambda x: sin(x) + x)
assert (f(0.5), g(0.5)) == (sin(0.5) * 0.5, sin(0.5) + 0.5)
assert f.report().backend == f.backend == "numpy"
assert [warning.category for warning in caught] == [Slower], caught
assert compile(sin, backend="numpy")(0.5) == compile(sin, backend="python")(0.5) == sin(0.5)
try:
    compile(sin, backend="native")
except MissingLibrary as problem:
    assert "pip install 'microgradnn[native]'" in str(problem)
    print(problem)
"""
FINDER = """
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "llvmlite":
            raise {error}
sys.meta_path.insert(0, Finder())
"""
STUB = """
import types
stub = types.ModuleType("llvmlite")
stub.__version__, stub.__spec__, stub.__path__ = "{version}", types.SimpleNamespace(), []
stub.ir = stub.binding = types.ModuleType("llvmlite.binding")
sys.modules |= {{"llvmlite": stub, "llvmlite.binding": stub.binding, "llvmlite.ir": stub.binding}}
"""
SETUPS = {
    "missing": ("sys.modules['llvmlite'] = None", "llvmlite is not installed"),
    "broken": (FINDER.format(error="ImportError('no such symbol')"), "no such symbol"),
    "library": (FINDER.format(error="OSError('libllvmlite.so: cannot open')"), "cannot open"),
    "part": ("sys.modules['llvmlite.binding'] = None", "llvmlite.binding"),
    "old": ("import llvmlite; llvmlite.__version__ = '0.42.0'", "llvmlite 0.42.0 is too old, from 0.43 on"),
    "passes": ("import llvmlite.binding; del llvmlite.binding.create_pass_builder", "create_pass_builder"),
    "stub": (STUB.format(version="0.43.0"), "has no attribute"),
    "setup": ("import llvmlite.binding as b; b.initialize_native_target = lambda: 1 / 0", "ZeroDivisionError"),
    "target": ("import llvmlite.binding as b; b.get_process_triple = lambda: 'z80-unknown-unknown'", "z80"),
    "other library": ("import microgradnn, math; math.erf = lambda x: 0.25", "erf(0.5) is not that of Python's math"),
    "narrow": ("sys.maxsize = 2**31 - 1", "32 bits"),
}


@pytest.mark.parametrize("name", SETUPS)
def test_another_backend_takes_over_and_says_so_once(name: str) -> None:
    setup, why = SETUPS[name]
    made = subprocess.run([sys.executable, "-c", BROKEN.format(setup=setup)], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    assert why in made.stdout


def test_fit_takes_it_without_a_word() -> None:
    code = """
import sys, warnings
warnings.simplefilter("error")
sys.modules["llvmlite"] = None
from microgradnn.nn import MLP
from microgradnn.train import fit
X = [[k / 10, -k / 7] for k in range(12)]
print(fit(MLP(2, [3, 1], rng=1), X, [1.0, -1.0] * 6, loss="hinge", epochs=4, compile=True).compiled)
"""
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert made.stdout.startswith("compiled (numpy)"), made.stderr


@pytest.fixture
def _plain(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A processor of which nothing is known but its kind: on x86-64 one without AVX."""
    described, kind = host.target.__wrapped__, "x86-64" if host.target().triple.startswith("x86_64") else ""
    for module in (host, machine):
        monkeypatch.setattr(module, "target", described)
        monkeypatch.setattr(module, "processor", lambda: (kind, ""))
    monkeypatch.setattr(machine, "_codes", {})
    machine._known.cache_clear()
    yield
    machine._known.cache_clear()


@pytest.mark.usefixtures("_plain")
@pytest.mark.parametrize("seed", [3, 4])
def test_a_processor_without_anything_special_gives_the_same_bits(seed: int) -> None:
    Bundle(seed, graphs=20, rows=8).check_backends(["native"])


def test_what_is_there_is_taken() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        f = compile(sin)
    assert f.backend == ("numpy" if installed.trouble() else "native")
    assert backends.chosen(None) == f.backend
    assert backends.chosen("numpy", fast=True) == backends.FAST
    assert np.isfinite(f(0.5))


def test_a_warning_is_of_its_own_kind() -> None:
    assert issubclass(Slower, UserWarning)
    assert issubclass(MissingLibrary, ImportError)
