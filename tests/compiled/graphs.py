"""Random graphs over the whole table: vectors that are mapped, multiplied and added up, irregular pieces among them."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

from microgradnn import dot, grad, jvp, where
from microgradnn.ops import TABLE, Op

EDGES = [
    0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, 5e-324, -5e-324, 1e-310, 1e300, -1e300, math.inf, -math.inf,
    math.nan, 40.0, -40.0, 710.0, -745.0, -1.875, -1.27, -0.75,
]  # fmt: skip
ROWS = [name for name in TABLE if name != "peak"]  # which users cannot call
Vector = list[Any]


Graph = Callable[[Sequence[Any], Sequence[Any]], Any]  # a function of the inputs, and of the leaves from outside


def number(rng: random.Random, wild: float) -> float:
    """A coordinate, with probability `wild` one at an edge."""
    if rng.random() < wild:
        return rng.choice(EDGES)
    return rng.choice([rng.gauss(0.0, 1.0), rng.uniform(-3.0, 3.0), float(rng.randint(-2, 2))])


def graph(rng: random.Random, inputs: int, held: int, rows: Sequence[str]) -> Graph:
    """A function that is the same whenever it is called; `rows` are the primitives that it may use."""
    kinds = [rng.choice(KINDS) for _ in range(rng.randint(1, 5))]
    steps = [(kind, TABLE[rng.choice(list(rows))]) for kind in kinds]
    widths = rng.randint(1, 4), rng.randint(1, 4)
    seeds = [rng.randrange(1 << 30) for _ in range(len(steps) + 2)]
    smooth = rng.random() < 0.7

    def function(xs: Sequence[Any], ws: Sequence[Any]) -> Any:
        leaves = [*xs, *ws]
        draw = random.Random(seeds[0])
        vectors = [[draw.choice(leaves) for _ in range(width)] for width in widths]
        for seed, (kind, op) in zip(seeds[1:], steps, strict=False):
            vectors.append(kind(random.Random(seed), op, vectors, leaves))
        return _whole(random.Random(seeds[-1]), vectors, smooth)

    return function


def _whole(rng: random.Random, vectors: list[Vector], bounded: bool) -> Any:
    """One number of everything."""
    terms = [TABLE["tanh"](x) if bounded else x for x in vectors[-1]]
    terms += [rng.choice(vector) for vector in vectors[:-1]]
    total: Any = 0.0
    for x in terms:
        total = total + x
    return rng.choice([lambda: total, lambda: TABLE["sum"](*terms), lambda: dot(terms, terms, terms[0])])()


def _operand(rng: random.Random, vectors: list[Vector]) -> Any:
    return rng.choice([0.0, -0.0, 1.0, 0.25, -1.5, 2.0]) if rng.random() < 0.1 else rng.choice(rng.choice(vectors))


def _arity(op: Op, rng: random.Random) -> int:
    return op.arity or (2 * rng.randrange(4) + 1 if op.name == "dot" else rng.randint(1, 6))


def _mapped(rng: random.Random, op: Op, vectors: list[Vector], leaves: Vector) -> Vector:
    """A primitive of every number of a vector, its other operands the same for all or others for each."""
    vector = rng.choice(vectors)
    place, arity = rng.randrange(8), _arity(op, rng)
    others = [_operand(rng, vectors) for _ in range(arity)]
    return [
        op(*[x if k == place % arity else other if rng.random() < 0.7 else _operand(rng, vectors)
             for k, other in enumerate(others)])
        for x in vector
    ]  # fmt: skip


def _layer(rng: random.Random, op: Op, vectors: list[Vector], leaves: Vector) -> Vector:
    """Sums of products of one vector with the leaves, some backwards, some with −0.0 or 0.0 to begin with."""
    vector = rng.choice(vectors) * rng.randint(1, 3)
    start = rng.randrange(len(leaves))
    back = rng.choice([1, -1])
    bias = rng.choice([0.0, -0.0, leaves[start], vector[0]])
    rows = [
        [leaves[(start + back * (k * len(vector) + j)) % len(leaves)] for j in range(len(vector))]
        for k in range(rng.randint(1, 4))
    ]
    if rng.random() < 0.3:
        return [_written_out(bias, row, vector) for row in rows]
    return [dot(vector, row, bias) for row in rows]


def _written_out(bias: Any, xs: Sequence[Any], ys: Sequence[Any]) -> Any:
    for x, y in zip(xs, ys, strict=True):
        bias = bias + x * y
    return bias


def _outer(rng: random.Random, op: Op, vectors: list[Vector], leaves: Vector) -> Vector:
    one, two = rng.choice(vectors), rng.choice(vectors)
    return [x * y for x in one[:3] for y in two[:3]]


def _chosen(rng: random.Random, op: Op, vectors: list[Vector], leaves: Vector) -> Vector:
    bound, other = _operand(rng, vectors), _operand(rng, vectors)
    return [where(x > bound if rng.random() < 0.5 else x <= bound, x * other, other) for x in rng.choice(vectors)]


def _slope(rng: random.Random, op: Op, vectors: list[Vector], leaves: Vector) -> Vector:
    """The derivative of a primitive, backwards or forwards, or its second, so that the gradient has higher ones."""
    arity = _arity(op, rng)
    others = [_operand(rng, vectors) for _ in range(arity)]
    place = rng.randrange(arity)
    inside = lambda t: op(*[t if k == place else other for k, other in enumerate(others)])
    forward = lambda f: lambda x: jvp(f, (x,), (1.0,))[1]
    way = rng.choice([grad, grad, forward, lambda f: grad(grad(f)), lambda f: grad(forward(f))])
    return [way(inside)(x) for x in rng.choice(vectors)[:3]]


def _chained(rng: random.Random, op: Op, vectors: list[Vector], leaves: Vector) -> Vector:
    """Numbers added and subtracted one after the other: nothing in it is regular."""
    total: Any = _operand(rng, vectors)
    for _ in range(rng.randint(1, 6)):
        x, y = _operand(rng, vectors), _operand(rng, vectors)
        total = rng.choice([lambda a, x, y: a + x * y, lambda a, x, y: a - x, lambda a, x, y: x + a])(total, x, y)
    return [total]


KINDS = [_mapped, _mapped, _mapped, _layer, _outer, _chosen, _slope, _chained]
