"""Freeze what PyTorch gives for random graphs: `python -m tests.frozen.make_random_graphs` (needs torch).

Written with PyTorch 2.13.0, CPU, float64. Where PyTorch's own formula loses digits (see numerics in docs/why.md)
or follows another rule, its operation is composed of others here, so that the two engines stay independent.
"""

import json
import random
from pathlib import Path
from typing import Any

import torch

from microgradnn.ops import TABLE
from tests.graphs import random_program

CASES = 300
T: Any = torch
FUNCTIONS: dict[str, Any] = {
    "add": T.add, "sub": T.sub, "mul": T.mul, "div": T.div, "neg": T.neg, "pow": T.pow, "square": T.square,
    "sqrt": T.sqrt, "exp": T.exp, "expm1": T.expm1, "log": T.log, "log1p": T.log1p, "sin": T.sin, "cos": T.cos,
    "tan": T.tan, "asin": T.asin, "acos": T.acos, "atan": T.atan, "atan2": T.atan2, "sinh": T.sinh, "cosh": T.cosh,
    "tanh": T.tanh, "sigmoid": T.sigmoid, "softplus": lambda x: T.logaddexp(x, T.zeros_like(x)),
    "silu": T.nn.functional.silu, "erf": T.erf, "gelu": T.nn.functional.gelu, "normal_cdf": T.special.ndtr,
    "abs": T.abs, "sign": T.sign, "step": lambda x: T.heaviside(x, T.zeros_like(x)).detach(), "relu": T.relu,
    "leaky_relu": lambda x, s: T.where(x > 0, x, s * x), "elu": lambda x, a: T.where(x > 0, x, a * T.expm1(x)),
    "maximum": T.maximum, "minimum": T.minimum, "clip": lambda x, a, b: T.minimum(T.maximum(x, a), b),
    "where": lambda c, x, y: T.where(c != 0, x, y), "sum": lambda *xs: T.stack(xs).sum(),
    "logsumexp": lambda *xs: T.logsumexp(T.stack(xs), 0),
    "dot": lambda b, *f: b + sum(x * y for x, y in zip(f[: len(f) // 2], f[len(f) // 2 :], strict=True)),
}  # fmt: skip


def main() -> None:
    cases = []
    names = [name for name in TABLE if name in FUNCTIONS]
    for seed in range(CASES):
        rng = random.Random(seed)
        numbers = [rng.uniform(-2, 2) for _ in range(rng.randrange(2, 6))]
        program = random_program(rng, numbers, rng.randrange(3, 25), names)
        leaves = [T.tensor(x, dtype=T.float64, requires_grad=True) for x in numbers]
        steps = list(leaves)
        for name, *operands in program:
            args = [steps[x] if isinstance(x, int) else T.tensor(x, dtype=T.float64) for x in operands]
            steps.append(FUNCTIONS[name](*args))
        root = sum(steps[1:], steps[0])
        root.backward()
        grads = [leaf.grad.item() for leaf in leaves]
        cases.append({"seed": seed, "leaves": numbers, "program": program, "value": root.item(), "grads": grads})
    path = Path(__file__).with_name("random_graphs.json")
    path.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n", "utf-8")


if __name__ == "__main__":
    main()
