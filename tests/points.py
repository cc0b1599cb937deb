"""Where functions are tried: numbers of every size, and close to where formulas change or lose digits."""

import math
import random

from microgradnn.ops import Op

NOTABLE = (0.0, 0.5, 1.0, 2.0, 3.0, 7.0, 20.0, 37.5, 40.0, 709.0, 745.0, math.pi / 2, math.pi, 1.2784645427610738,
           0.7517915246935645, math.sqrt(2), 2.0**53, 2.0**-1022)  # fmt: skip


def coordinate(rng: random.Random) -> float:
    """A number of any size, the moderate ones and those near a notable point more often."""
    sign = rng.choice((-1.0, 1.0))
    match rng.randrange(6):
        case 0 | 1:
            return rng.uniform(-6.0, 6.0)
        case 2:
            return sign * 10.0 ** rng.uniform(-323.0, 308.0)
        case 3:
            return sign * rng.uniform(0.0, 800.0) if rng.random() < 0.5 else float(rng.randint(-12, 12))
        case 4:
            return sign * rng.choice(NOTABLE) * (1.0 + rng.randint(-4, 4) * 2.0**-52)
        case _:
            return sign * rng.choice(NOTABLE) + 10.0 ** rng.uniform(-17.0, 0.0)


def point(op: Op, rng: random.Random) -> tuple[float, ...]:
    """Arguments for a row, inside its domain and off its kinks."""
    while True:
        args = [coordinate(rng) for _ in range(op.arity or (5 if op.name == "dot" else rng.randint(1, 5)))]
        if op.arity == 2 and rng.random() < 0.3:  # arguments whose ratio is moderate, whatever their sizes
            args[1] = max(-1e308, min(1e308, args[0] * 10.0 ** rng.uniform(-20.0, 20.0)))
        if op.name == "gauss":
            args[1] = rng.choice((0.5, 1.0))
        if op.name == "pow":
            if abs(args[0]) not in (0.0, 1.0) and rng.random() < 0.4:  # a result that just fits
                args[1] = rng.uniform(-1080.0, 1030.0) / math.log2(abs(args[0]))
            # Steeper powers need shorter steps than these differences take.
            args[1] = max(-(2.0**60), min(2.0**60, args[1]))
        if op.name in ("asin", "acos") and rng.random() < 0.9:
            args[0] = math.copysign(abs(args[0]) % 1.0, args[0])
        if op.name == "logsumexp":
            args = [rng.uniform(-800.0, 800.0) if rng.random() < 0.3 else rng.uniform(-9.0, 9.0) for _ in args]
        if op.domain.holds(*args) and not (op.kink and op.kink.at(*args)):
            return tuple(x + 0.0 for x in args)  # mpmath has no -0
