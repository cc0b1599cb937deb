"""The whole table, or some of its rows: `python -m benchmarks --help`."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.every import ROWS
from benchmarks.table import FIGURES, cells, described, machine, markdown, measured, missed

SECONDS, QUICK = 3.0, 0.5  # for one row


def rows_of(name: str, quick: bool) -> list[dict[str, Any]]:
    """A row's figures, from a process of its own."""
    command = [sys.executable, "-m", "benchmarks", "--row", name, *(["--quick"] if quick else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        entry = ROWS[name]
        last = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        return [{"name": name, "work": entry.work, "against": entry.against, "at_most": entry.at_most, "wrong": last}]
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m benchmarks", description="Our time against other people's.")
    options.add_argument("--only", nargs="+", metavar="NAME", help="rows whose names begin so: " + ", ".join(ROWS))
    options.add_argument("--quick", action="store_true", help="rougher figures, sooner")
    options.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    options.add_argument("--write", action="store_true", help=f"to {FIGURES.name}, which docs/compiler.md shows")
    options.add_argument("--row", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.row:
        print(json.dumps(measured(ROWS[chosen.row], QUICK if chosen.quick else SECONDS)))
        return 0
    if chosen.write and (chosen.only or chosen.quick):
        options.error("--write is for the whole table, at its own pace")
    wanted = [name for name in ROWS if not chosen.only or name.startswith(tuple(chosen.only))]
    if not wanted:
        options.error(f"no row is called {' or '.join(chosen.only)}; there are: {', '.join(ROWS)}")
    began, rows = time.monotonic(), []
    for name in wanted:
        for each in rows_of(name, chosen.quick):
            rows.append(each)
            figures = " ".join(filter(None, cells(each)[1:7]))
            print(f"{time.monotonic() - began:4.0f} s  {name}: {figures}", file=sys.stderr)
    told = machine()
    print("\n\n".join(filter(None, (markdown(rows), missed(rows), described(told)))))
    for file in {chosen.json, FIGURES if chosen.write else None} - {None}:
        file.write_text(json.dumps({"machine": told, "rows": rows}, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return int(any("wrong" in each for each in rows))


if __name__ == "__main__":
    sys.exit(main())
