"""The texts of a program: they run alone, with hostile labels, and compile without a warning."""

import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pytest

from microgradnn import Value, compile, log, where
from microgradnn.compiler.layout import Layout
from microgradnn.compiler.sources import source
from microgradnn.elementary import sin
from microgradnn.errors import SettingError
from tests.compiled.check import COMPILER, run_c
from tests.compiled.laid_out import compiled, network

NEEDS_C = pytest.mark.skipif(COMPILER is None, reason="no C compiler is installed: neither gcc nor cc")


HOSTILE = 'w"""\n*/ } ?\x3f/ import os # \u202e \\'


def hostile() -> tuple[Layout, list[float]]:
    w = Value(3.0, label=HOSTILE)
    return compiled(lambda x: sin(x) * w + w, [0.5], [w]), [math.sin(0.5) * 3.0 + 3.0, math.sin(0.5) + 1.0]


@pytest.mark.parametrize("kind", ["python", "numpy"])
def test_a_text_runs_alone(kind: str, tmp_path: Path) -> None:
    found, expected = hostile()
    (tmp_path / "alone.py").write_text(source(found, kind), "utf-8")
    inputs = "[0.5]" if kind == "python" else "[[0.5]]"
    at = "[0, 0]" if kind == "numpy" else "[0]"
    code = f"import alone; r, g = alone.run({inputs}, [3.0]); print(float(r{at}), float(g{at}))"
    made = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert list(map(float, made.stdout.split())) == expected


@NEEDS_C
def test_c_compiles_without_a_warning_whatever_the_labels(tmp_path: Path) -> None:
    found, expected = hostile()
    text = source(found, "c")
    assert run_c(found.program, text, np.array([[0.5]]), np.array([3.0])) == [expected]
    (tmp_path / "program.c").write_text(text, "utf-8")
    flags = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-O2", "-ffp-contract=off"]
    subprocess.run([str(COMPILER), *flags, "-c", "program.c"], cwd=tmp_path, check=True)


def test_a_listing_names_every_register() -> None:
    found, _, _, _ = network(1)
    text = source(found, "program")
    assert text.startswith("r0 … r2 = inputs\n")
    assert "r108 … r115 = dot(r[5 + 3 * i], r[3 + 3 * i + j]·r[j]) for j = 0 … 1  (i = 0 … 7)\n" in text
    assert "mul(r[" in text
    assert text.count("\n") < len(found.program.code)  # which is printed in stretches


def test_another_kind_of_source_is_refused() -> None:
    with pytest.raises(SettingError, match="'program'"):
        source(hostile()[0], "fortran")


@pytest.mark.parametrize("kind", ["python", "numpy", "c"])
def test_a_text_says_where_its_bits_may_differ(kind: str) -> None:
    f = compile(lambda x: where(x > 0, log(x), x), backend="numpy")
    assert f.value_and_grad(-1.0) == (-1.0, (1.0,))
    text = f.source(kind)
    assert "infinite slope on the way that\n" in text
    if kind == "c":
        return
    alone: dict[str, Any] = {"__name__": "alone"}
    exec(text, alone)
    results, gradients = alone["run"]([-1.0] if kind == "python" else [[-1.0]], [])
    assert (float(np.ravel(results)[0]), math.isnan(np.ravel(gradients)[0])) == (-1.0, True)
    assert get_type_hints(alone["_closed"])["function"] == Callable[[float], float]  # every name is imported
