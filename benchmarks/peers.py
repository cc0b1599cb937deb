"""The programs to compare with, where they are installed."""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.timing import Absent

HERE = Path(__file__).parent
NAMES = {"sklearn": "scikit-learn"}


def library(name: str) -> Any:
    """A Python package, or Absent."""
    try:
        return importlib.import_module(name)
    except ImportError:
        package = name.partition(".")[0]
        raise Absent(f"{NAMES.get(package, package)} is not installed") from None


def jax() -> Any:
    """JAX in double precision."""
    found = library("jax")
    found.config.update("jax_enable_x64", True)
    return found


def torch() -> Any:
    """PyTorch in double precision and one thread: on work as small as this, two are slower."""
    found = library("torch")
    found.set_default_dtype(found.float64)
    found.set_num_threads(1)
    return found


def program(name: str) -> str:
    """Where a program is, or Absent."""
    found = shutil.which(name)
    if found is None:
        raise Absent(f"{name} is not installed")
    return found


def c(source: str, *flags: str) -> ctypes.CDLL:
    """A C file of this folder, compiled by gcc."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "made.so"
        # Linked without the flags: with -ffast-math, loading it would flush small numbers to 0 in the whole process.
        subprocess.run([program("gcc"), *flags, "-fPIC", "-c", HERE / source, "-o", f"{made}.o"], check=True)
        subprocess.run([program("gcc"), "-shared", f"{made}.o", "-o", made, "-lm"], check=True)
        return ctypes.CDLL(str(made))


def fresh(module: str, *arguments: str, cache: str | None = None) -> Any:
    """What `python -m module arguments` prints as JSON: a process of its own; `cache` is where native code is kept."""
    environment = dict(os.environ) if cache is None else {**os.environ, "MICROGRADNN_CACHE": cache}
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=HERE.parent, env=environment, check=True, stdout=subprocess.PIPE
    )
    return json.loads(done.stdout)
