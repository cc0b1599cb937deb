"""A campaign: python -m tests.compiled --cases 100000 --seed 0 [--size 100] [--rows 10] [--functions 1000] [--c 10]."""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from itertools import chain

from tests.compiled.check import Bundle, Rows
from tests.compiled.functions import Case


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1000, help="random graphs")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=int, default=100, help="graphs that are compiled together")
    parser.add_argument("--rows", type=int, default=10, help="primitives among which these choose")
    parser.add_argument("--functions", type=int, help="random functions with branches, loops and places; cases / 20")
    parser.add_argument("--c", type=int, default=10, help="of so many bundles one is compiled as C too")
    chosen = parser.parse_args()
    warnings.simplefilter("error")
    functions = chosen.cases // 20 if chosen.functions is None else chosen.functions
    bundles = -(-chosen.cases // chosen.size)

    def graphs(k: int) -> int:
        bundle = Bundle(chosen.seed + k, chosen.size, chosen.rows) if k >= 0 else Rows(chosen.seed, 200)
        compared = bundle.check_program()
        bundle.check_backends()
        bundle.check_sources(c=chosen.c > 0 and k % chosen.c == 0)
        return compared

    def function(k: int) -> int:
        return Case(chosen.seed + k).check()

    def jobs() -> chain[tuple[Callable[[int], int], int]]:
        return chain(((graphs, k) for k in range(-1, bundles)), ((function, k) for k in range(functions)))

    since, compared, failed = time.perf_counter(), 0, 0
    for done, (job, k) in enumerate(jobs()):
        try:
            compared += job(k)
        except Exception as error:
            failed += 1
            print(f"{job.__name__} {chosen.seed + k}: {type(error).__name__}: {error}", flush=True)
        if done % 100 == 99:
            print(f"{done + 1} of {bundles + functions + 1}: {compared} compared, {failed} failed", flush=True)
    seconds = time.perf_counter() - since
    rate = (chosen.cases + functions) / seconds
    print(
        f"{chosen.cases} graphs and {functions} functions in {seconds:.0f} s, {rate:.0f} a second: "
        f"{compared} times compared, {failed} failed"
    )
    raise SystemExit(failed > 0)


if __name__ == "__main__":
    main()
