"""Short programs of the instructions that have rules, at zeros of both signs and small numbers."""

from __future__ import annotations

import math
import random
from itertools import product

from microgradnn.compiler import passes
from microgradnn.compiler.instructions import CHAIN, LARGER
from microgradnn.compiler.program import Program
from microgradnn.elementary import absolute, add, alias, div, exp, mul, neg, power, sign, sub, where
from microgradnn.explaining.term import AT_MOST, LESS
from microgradnn.rules import inner, relu, step, total

KINDS = [
    (add, 2), (add, 2), (sub, 2), (mul, 2), (mul, 2), (div, 2), (alias, 1), (neg, 1), (absolute, 1), (sign, 1),
    (relu, 1), (step, 1), (exp, 1), (power, 2), (where, 3), (where, 3), (LESS, 2), (AT_MOST, 2), (LARGER, 2),
    (total, 1), (total, 3), (CHAIN, 1), (CHAIN, 2), (CHAIN, 3), (inner, 1), (inner, 3), (inner, 3), (inner, 5),
    (inner, 5),
]  # fmt: skip
CONSTANTS = [0.0, -0.0, 1.0, 2.0, -1.0, 0.5]
NUMBERS = [0.0, -0.0, 1.0, -1.0, 0.5, 5e-324, -5e-324]


def small(rng: random.Random) -> Program:
    """A program of two inputs; some of its registers are outputs, others gradients."""
    inputs, size = 2, rng.randint(1, 12)
    code = []
    for r in range(inputs, inputs + size):
        op, arity = rng.choice(KINDS)
        recent = range(max(0, r - 4), r)
        places = [*recent, *recent, *range(-len(CONSTANTS), 0)]
        code.append((op, tuple(rng.choice(places) for _ in range(arity))))
    every = range(inputs, inputs + len(code))
    asked = rng.sample(every, rng.randint(1, min(3, len(code))))
    cut = rng.randint(0, len(asked))
    return Program(list(CONSTANTS), inputs, [], code, asked[:cut], asked[cut:])


def check_small(seed: int, programs: int) -> None:
    """The passes keep the bits of results and, added to 0.0, of gradients, where all of them are finite."""
    rng = random.Random(seed)
    for k in range(programs):
        old = small(rng)
        new = passes.optimised(old)
        for sample in product(NUMBERS, repeat=2):
            found, wanted = (
                [*[registers[r] for r in code.outputs], *[0.0 + registers[r] for r in code.gradients]]
                for code, registers in ((code, code.run(sample)) for code in (new, old))
            )
            if all(map(math.isfinite, found)):
                told = f"seed {seed}, program {k} at {sample}: {found}, and should be {wanted}: {old}, became {new}"
                assert [x.hex() for x in found] == [x.hex() for x in wanted], told
