"""Memory over a long training run: 100,000 steps, the cycle collector switched off.

    python benchmarks/memory.py

Prints, every 10,000 steps, what Python has allocated and the peak size of the process. The record of the losses
is dropped at each line, so that what would grow is a leak; exit status 1 if anything did. Takes some minutes,
most of them for tracemalloc.
"""

from __future__ import annotations

import gc
import resource
import sys
import tracemalloc

from microgradnn.data import truth_table
from microgradnn.nn import MLP
from microgradnn.optim import Adam
from microgradnn.train import fit


def main() -> int:
    gc.disable()
    X, Y = truth_table("XOR")
    model = MLP(2, [4, 1], activation="tanh", output="sigmoid", rng=1)
    optimizer = Adam(0.01)
    fit(model, X, Y, optimizer=optimizer, epochs=10)
    tracemalloc.start()
    sizes = []
    for block in range(1, 11):
        fit(model, X, Y, optimizer=optimizer, epochs=2_500, batch_size=1, progress=False)
        sizes.append(tracemalloc.get_traced_memory()[0])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(f"{block * 10_000:>7} steps: {sizes[-1]:>9} bytes allocated, peak of the process {peak:>7} KiB")
    garbage = gc.collect()
    print(f"objects left to the cycle collector: {garbage}")
    return int(garbage > 0 or sizes[-1] - sizes[0] > 10_000)


if __name__ == "__main__":
    sys.exit(main())
