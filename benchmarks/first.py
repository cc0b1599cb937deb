"""What comes before all speed: the first call, with no native code kept from before; and memory."""

from __future__ import annotations

from benchmarks.alone import alone
from benchmarks.rows import Row
from benchmarks.timing import Duel

LLVM = "half of it is LLVM, making the kernels"
FIRST, THOUSAND = "first call, no native code kept: {}", "GPT, 1,000 documents, first calls included{}"
ROWS = [
    Row("first-moons", FIRST.format("moons"), "–", lambda: Duel(alone("first-moons")), 1.0, limit=LLVM),
    Row("first-gpt", FIRST.format("GPT, 8 positions"), "–", lambda: Duel(alone("first-gpt")), 3.0, limit=LLVM),
    Row("gpt-thousand", THOUSAND.format(""), "–", lambda: Duel(alone("thousand", cold=False), rounds=1)),
    Row("gpt-memory", THOUSAND.format(": memory"), "–", lambda: Duel(alone("memory"), rounds=1), 300.0, "MB"),
]
