"""Imports run one way, and importing the package is light."""

import ast
import subprocess
import sys
from pathlib import Path

import microgradnn

HOUSE = Path(microgradnn.__file__).parent
# Each layer may import from the layers before it, and from its own.
LAYERS = [
    ["errors", "origin", "unhindered"],
    ["wrt"],
    ["wholefile"],
    ["kernels"],
    ["ieee", "nest"],
    ["ops"],
    ["elementary"],
    ["rules"],
    ["arithmetic"],
    ["chain"],
    ["partials"],
    ["primitives"],
    ["making"],
    ["reverse", "snapshot", "dual"],
    ["engine"],
    ["groups", "lent"],
    ["notation", "births", "transforms", "functional", "losses", "drawing", "explaining"],
    ["init", "nn", "check", "data", "stepping"],
    ["paths"],
    ["schedules", "optim"],
    ["compiler", "spelled"],
    ["train", "io"],
    ["plots"],
    ["articles"],
    ["pages"],
    ["tour", "commands", "pytest_plugin"],
    ["cli"],
    ["__main__"],
]
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}


def modules() -> list[Path]:
    return sorted(path for path in HOUSE.rglob("*.py") if path != HOUSE / "__init__.py")


def part(path: Path) -> str:
    return path.relative_to(HOUSE).parts[0].removesuffix(".py")


def imported(path: Path, top_level_only: bool) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    nodes = tree.body if top_level_only else ast.walk(tree)
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def test_every_module_has_a_place() -> None:
    assert {part(path) for path in modules()} <= set(RANK)


def test_imports_run_one_way() -> None:
    for path in modules():
        for name in imported(path, top_level_only=False):
            parts = name.split(".")
            if parts[0] == "microgradnn" and len(parts) > 1 and parts[1] in RANK:
                assert RANK[parts[1]] <= RANK[part(path)], f"{path} imports upwards: {name}"


def test_no_import_hides_in_a_function_to_dodge_a_circle() -> None:
    for path in modules():
        hidden = imported(path, top_level_only=False) - imported(path, top_level_only=True)
        own = {name for name in hidden if name.startswith("microgradnn")}
        # a command loads what it runs, a plugin what it was asked for, a picture its renderer, a compiler its backend,
        # a run of fit the compiler
        allowed = {"cli", "pytest_plugin", "__main__", "drawing", "compiler", "train"}
        assert not own or part(path) in allowed, f"{path} imports {own} inside a function"


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_importing_loads_no_heavy_library() -> None:
    heavy = "numpy graphviz rich click matplotlib llvmlite sklearn mpmath json asyncio"
    loaded = run(f"import sys, microgradnn; print([m for m in {heavy.split()!r} if m in sys.modules])")
    assert loaded.strip() == "[]"
