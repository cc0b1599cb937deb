"""A campaign: python -m tests.compiled --cases 100000 --seed 0 [--size 100] [--rows 10]."""

from __future__ import annotations

import argparse
import time
import warnings

from tests.compiled.check import Bundle, Rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1000, help="random graphs")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=int, default=100, help="graphs that are compiled together")
    parser.add_argument("--rows", type=int, default=10, help="primitives among which these choose")
    chosen = parser.parse_args()
    warnings.simplefilter("error")
    since, compared, failed = time.perf_counter(), 0, 0
    bundles = -(-chosen.cases // chosen.size)
    for k in range(-1, bundles):
        try:
            bundle = Bundle(chosen.seed + k, chosen.size, chosen.rows) if k >= 0 else Rows(chosen.seed, 200)
            compared += bundle.check_program()
            bundle.check_backends()
            bundle.check_sources()
        except Exception as error:
            failed += 1
            print(f"seed {chosen.seed + k}: {type(error).__name__}: {error}", flush=True)
        if k % 10 == 9:
            print(f"{(k + 1) * chosen.size} graphs, {compared} finite results, {failed} failures", flush=True)
    seconds = time.perf_counter() - since
    print(f"{bundles * chosen.size} graphs in {seconds:.0f} s: {compared} finite results, {failed} bundles failed")
    raise SystemExit(failed > 0)


if __name__ == "__main__":
    main()
