"""The table of figures: measured row by row, each in a process of its own, and printed."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

from benchmarks.peers import program
from benchmarks.rows import Row
from benchmarks.timing import Absent, Disagreement, timed

PACKAGES = ("numpy", "llvmlite", "jax", "torch", "casadi", "scikit-learn", "micrograd")
FIGURES = Path(__file__).with_name("figures.json")
HEADS = ("work", "against", "ours", "theirs", "ratio", "at most", "", "first call, ours", "theirs")


def measured(row: Row, seconds: float) -> list[dict[str, Any]]:
    """A row's figures, or why there are none; and those of the sides that are told of besides."""
    told = {name: value for name, value in vars(row).items() if name != "make"}
    try:
        duel = row.make()
        duel.agree()
        first, *more = (asdict(each) for each in timed(duel, seconds))
        besides = [{**told, "against": name, "at_most": None} for name, _ in duel.also]
        return [{**told, **first}, *({**a, **b} for a, b in zip(besides, more, strict=True))]
    except Absent as missing:
        return [{**told, "absent": str(missing)}]
    except Disagreement as apart:
        return [{**told, "wrong": f"the two sides differ: {apart}"}]


def machine() -> dict[str, str]:
    """What the figures were taken on."""
    model = platform.processor() or platform.machine()
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            lines = file.read().splitlines()
        model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), model)
        flags = next((line.split() for line in lines if line.startswith("flags")), [])
        model += next((f" ({name})" for flag, name in (("avx512f", "AVX-512"), ("avx2", "AVX2")) if flag in flags), "")
    found = {"processor": f"{model}, {os.cpu_count()} cores", "Python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    for name in ("gcc", "node"):
        try:
            words = subprocess.run([program(name), "--version"], capture_output=True, text=True, check=True).stdout
            found[name] = words.splitlines()[0].split()[-1].removeprefix("v")
        except Absent:
            continue
    return found


def verdict(row: dict[str, Any]) -> str:
    """Whether the row reached what it was to reach."""
    figure = row.get("ratio") if row.get("theirs") is not None else row.get("ours")
    if figure is None or row["at_most"] is None:
        return ""
    return "reached" if figure <= row["at_most"] else "missed"


def cells(row: dict[str, Any]) -> list[str]:
    """A row as text."""
    if "ours" not in row:
        return [row["work"], row["against"], row.get("absent") or row["wrong"], *[""] * 6]
    amount, alone = _amount if row["unit"] == "s" else _megabytes, row["theirs"] is None
    bound = row["at_most"]
    return [
        row["work"],
        row["against"],
        amount(row["ours"]),
        "" if alone else amount(row["theirs"]),
        "" if alone else f"{row['ratio']:.3g} ×",
        "" if bound is None else amount(bound) if alone else f"{bound:g} ×",
        verdict(row),
        *("" if first is None else _amount(first) for first in (row["first_ours"], row["first_theirs"])),
    ]


def _amount(seconds: float) -> str:
    unit, size = next((each for each in (("s", 1.0), ("ms", 1e-3)) if seconds >= each[1]), ("µs", 1e-6))
    return f"{seconds / size:.3g} {unit}"


def _megabytes(size: float) -> str:
    return f"{size:.0f} MB"


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """The rows as a table in Markdown, with its columns even."""
    lines = [list(HEADS), *map(cells, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))} |" for line in lines
    )


def missed(rows: Sequence[dict[str, Any]]) -> str:
    """What limits the figures that are missed, a line for each."""
    return "\n".join(
        f"- {row['work']}{', against ' + row['against'] if row['theirs'] is not None else ''}: {row['limit']}."
        for row in rows
        if verdict(row) == "missed"
    )


def described(told: dict[str, str]) -> str:
    """The machine in a sentence."""
    return "; ".join(value if name == "processor" else f"{name} {value}" for name, value in told.items())
