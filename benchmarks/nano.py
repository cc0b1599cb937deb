"""NanoNeuron's 70,000 epochs against its article's JavaScript, each in a process of its own.

Timed from the beginning of the training: for us that is tracing and building too, for Node its compiler at work.
"""

from __future__ import annotations

import json
import subprocess
from typing import Any

from benchmarks.alone import NANO, alone
from benchmarks.peers import HERE, program
from benchmarks.rows import Row
from benchmarks.timing import Duel, Measured


def by_node() -> Measured:
    command = [program("node"), str(HERE / "nano.js"), *map(str, NANO)]

    def run() -> Any:
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    return Measured(run)


BUILT = "half of our time goes into tracing, building and reading the kept code; the epochs are quicker than Node's"
WORK, JS = "NanoNeuron, 70,000 epochs, trace and build included", "the article's JavaScript, Node"
ROWS = [
    Row("nano", WORK, JS, lambda: Duel(alone("nano", cold=False), by_node()), 1.0, limit=BUILT),
    Row("nano-cold", f"{WORK}, no native code kept", JS, lambda: Duel(alone("nano"), by_node())),
]
