r"""Scripts of random graphs against the engine, to the last bit.

    python -m tests.spelling --graphs 1000 [--seed N]

Half of the graphs stay where functions are smooth and numbers are tame; the others go anywhere: to kinks, zeros of both
signs, infinities and nan. Every script is executed in a namespace that holds nothing but Python's builtins, for the
numbers that the graph has, and for others, for which the engine builds the same graph again. The tests run a slice.
"""

from __future__ import annotations

import argparse
import random
import time
from typing import Any

from microgradnn import Value, to_python
from microgradnn.ops import TABLE
from tests.bits import bits
from tests.graphs import EVERY, SMOOTH, Program, arity, random_program, run

ODD = [0.0, -0.0, 1.0, -1.0, 2.0, 0.5, 1e-300, -1e300, float("inf"), float("-inf"), float("nan"), 710.0, -0.75, 40.0]


def wild_program(rng: random.Random, count: int, steps: int) -> Program:
    """Steps of any kind over numbers of any kind; operands are often what was computed last."""
    program: Program = []
    for k in range(steps):
        name = rng.choice(EVERY)
        here = count + k
        operands = [
            rng.choice([rng.randrange(here), max(0, here - 1 - rng.randrange(3))])
            if rng.random() < 0.85
            else rng.choice(ODD)
            for _ in range(arity(TABLE[name], rng))
        ]
        program.append([name, *operands])
    return program


def spelled(root: Value) -> Any:
    """The function that the script of a graph defines, in a namespace of its own."""
    names: dict[str, Any] = {"__name__": "alone"}
    exec(compile(to_python(root), "<script>", "exec"), names)
    return names["run"]


def exact(value: float, gradients: dict[str, float]) -> Any:
    """Value and gradients to the bit; of nan there is one."""
    return bits([x if x == x else "nan" for x in (value, *gradients.values())])


def by_engine(root: Value, leaves: list[Value]) -> Any:
    root.backward()
    return exact(root.data, {str(k): leaf.grad for k, leaf in enumerate(leaves)})


def check(seed: int) -> None:
    """One graph; an AssertionError shows what differs."""
    rng = random.Random(seed)
    wild = seed % 2 == 1
    steps = rng.randrange(1, 25)
    numbers = [rng.choice(ODD) if wild and rng.random() < 0.5 else rng.uniform(-3, 3) for _ in range(3)]
    program = wild_program(rng, 3, steps) if wild else random_program(rng, numbers, steps, rng.choice([SMOOTH, EVERY]))
    leaves = [Value(x, label=f"w[{k}]") for k, x in enumerate(numbers)]
    root = run(program, list(leaves))
    function = spelled(root)
    engine = by_engine(root, leaves)
    assert exact(*function()) == engine, f"seed {seed}: {program} at {numbers}"
    for _ in range(3):
        others = [rng.choice(ODD) if wild and rng.random() < 0.5 else rng.uniform(-3, 3) for _ in numbers]
        again = [Value(x) for x in others]
        engine = by_engine(run(program, list(again)), again)
        named = {f"w_{k}": x for k, x in enumerate(others)}
        assert exact(*function(**named)) == engine, f"seed {seed}: {program} at {others}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--graphs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    asked: Any = parser.parse_args()
    began = time.perf_counter()
    for seed in range(asked.seed, asked.seed + asked.graphs):
        check(seed)
    seconds = time.perf_counter() - began
    print(f"{asked.graphs:,} graphs from seed {asked.seed}, each at four points: the same bits ({seconds:.0f} s)")


if __name__ == "__main__":
    main()
