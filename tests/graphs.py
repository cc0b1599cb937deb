"""Random computations: short programs over the table, for whatever must hold of every graph."""

import math
import random
from typing import Any

from microgradnn.ops import TABLE, Op

# A step is [name, operand, ...]: an int is the position of an earlier number, a float a constant.
Program = list[list[Any]]
SMOOTH = [name for name, op in TABLE.items() if op.kink is None and op.taken is None and name not in ("peak",)]
EVERY = [name for name in TABLE if name != "peak"]


def arity(op: Op, rng: random.Random) -> int:
    return op.arity or (2 * rng.randrange(3) + 1 if op.name == "dot" else rng.randrange(1, 5))


def random_program(rng: random.Random, leaves: list[float], steps: int, names: list[str]) -> Program:
    """Steps that stay inside every domain, away from kinks, and among numbers below 100."""
    numbers = list(leaves)
    program: Program = []
    while len(program) < steps:
        op = TABLE[rng.choice(names)]
        operands = [
            rng.randrange(len(numbers)) if rng.random() < 0.85 else rng.choice([-1.5, 0.25, 0.5, 1.0, 2.0, 3.0])
            for _ in range(arity(op, rng))
        ]
        args = [numbers[x] if isinstance(x, int) else x for x in operands]
        if not op.domain.holds(*args) or (op.kink and op.kink.at(*args)):
            continue
        out = op.value(*args)
        if math.isfinite(out) and 1e-3 < abs(out) < 100:
            program.append([op.name, *operands])
            numbers.append(out)
    return program


def run(program: Program, leaves: list[Any]) -> Any:
    """The sum of all numbers of the program, computed from things that flow."""
    numbers = list(leaves)
    for name, *operands in program:
        numbers.append(TABLE[name](*[numbers[x] if isinstance(x, int) else x for x in operands]))
    return TABLE["sum"](*numbers)
