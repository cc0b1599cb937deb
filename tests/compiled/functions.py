"""Random functions as users write them: branches, loops, places, derivatives within, constants, parameters."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from microgradnn import compile, grad, hessian, jvp, maximum, no_grad, take, tanh, value_and_grad, where
from microgradnn.engine import Value
from microgradnn.ops import TABLE
from tests.compiled.check import RUNNERS, same
from tests.compiled.graphs import ROWS, number

TAME = [name for name in ROWS if TABLE[name].arity in (1, 2)]
Numbers = list[Any]
LANES = 8


class Body:
    """What a function does with numbers, parameters and a place: a few statements, each drawn by its own seed."""

    def __init__(self, rng: random.Random) -> None:
        self.seeds = [(rng.choice(STATEMENTS), rng.randrange(1 << 40)) for _ in range(rng.randint(1, 6))]
        self.last = rng.randrange(1 << 40)

    def __call__(self, xs: Sequence[Any], ws: Sequence[Any], place: Any) -> Any:
        known: Numbers = [*xs, *ws]
        for statement, seed in self.seeds:
            draw = random.Random(seed)
            known.append(statement(draw, known, xs, ws, place))
        draw = random.Random(self.last)
        total: Any = 0.0
        for x in known[-3:]:
            total = total + (tanh(x) if draw.random() < 0.7 else x)
        return total


# ---- statements ------------------------------------------------------------------------------------------


def _row(draw: random.Random, known: Numbers, *_: Any) -> Any:
    op = TABLE[draw.choice(TAME)]
    return op(*[draw.choice(known) for _ in range(op.arity or 1)])


def _arithmetic(draw: random.Random, known: Numbers, *_: Any) -> Any:
    a, b = draw.choice(known), draw.choice([*known, 2, 0.5, np.float64(1.5), -0.0])
    return draw.choice([
        lambda: a + b, lambda: a - b, lambda: b * a, lambda: a / b, lambda: a**2, lambda: a**3, lambda: abs(a),
        lambda: -a,
    ])()  # fmt: skip


def _choice(draw: random.Random, known: Numbers, *_: Any) -> Any:
    a, b, c = (draw.choice([*known, 0.0, 1.0]) for _ in range(3))
    condition = draw.choice([lambda: a > b, lambda: b <= c, lambda: (a < b) | (b < c), lambda: (a >= 0) & (c > b)])()
    return where(condition, draw.choice(known), draw.choice(known))


def _branch(draw: random.Random, known: Numbers, *_: Any) -> Any:
    a, b = draw.choice(known), draw.choice([*known, 0.0])
    return (
        draw.choice(known) * 2.0
        if draw.choice([lambda: a > b, lambda: not a <= b, lambda: (a > 0) == (b > 0)])()
        else a
    )


def _equal(draw: random.Random, known: Numbers, xs: Sequence[Any], ws: Sequence[Any], place: Any) -> Any:
    x, y = draw.choice(xs), draw.choice(known)
    return (
        y * 1.5 if draw.choice([lambda: x == 1.0, lambda: x != 0, lambda: place == 1, lambda: x in (0.5, 2.0)])() else y
    )


def _largest(draw: random.Random, known: Numbers, *_: Any) -> Any:
    some = draw.sample(known, min(3, len(known)))
    return draw.choice(
        [lambda: max(some), lambda: min(some), lambda: maximum(some[0], some[-1]), lambda: sorted(some)[0]]
    )()


def _loop(draw: random.Random, known: Numbers, *_: Any) -> Any:
    total, factor = draw.choice(known), draw.choice(known)
    if draw.random() < 0.5:
        for k in range(draw.randint(1, 4)):
            total = total * 0.5 + factor * k
        return total
    for _ in range(4):
        if total > 1:
            break
        total = total * 0.5 + 0.4
    return total


def _place(draw: random.Random, known: Numbers, xs: Sequence[Any], ws: Sequence[Any], place: Any) -> Any:
    # Rows are of one kind, as those that `take` gives are. It is drawn, and not asked of the numbers: a function that
    # asks for classes is another one in a trace.
    of_one_kind = [xs, [0.25, 3.0], [w for w in ws if w.live]][draw.randrange(3)]
    rows = [draw.choice(of_one_kind or ws) for _ in range(4)]
    return draw.choice(
        [lambda: take(rows, place), lambda: take(rows, place) * place, lambda: take(rows[::-1], place)]
    )()


def _derivative(draw: random.Random, known: Numbers, *_: Any) -> Any:
    op = TABLE[draw.choice(TAME)]
    others = [draw.choice(known) for _ in range(2)]
    inside = lambda t: op(*[t, others[0]][: op.arity]) * others[1]
    at = draw.choice([*known, 0.5, 1.0, 0.0])
    return draw.choice([
        lambda: grad(inside)(at), lambda: grad(grad(inside))(at), lambda: jvp(inside, (at,), (others[0],))[1],
        lambda: value_and_grad(inside)(at)[0], lambda: grad(lambda t: jvp(inside, (t,), (1.0,))[1])(at),
        lambda: hessian(lambda v: inside(v[0]) * v[1])([at, others[0]])[0][1],
    ])()  # fmt: skip


def _constant(draw: random.Random, known: Numbers, xs: Sequence[Any], ws: Sequence[Any], place: Any) -> Any:
    w, x = draw.choice(ws), draw.choice(known)
    if draw.random() < 0.3:
        return w.detach() * x
    if draw.random() < 0.5:
        return Value(draw.choice([0.5, 2.0])) * x
    with no_grad():
        held = w * x
    return maximum(held, x) * w


STATEMENTS: list[Callable[..., Any]] = [
    _row, _row, _arithmetic, _arithmetic, _choice, _branch, _equal, _largest, _loop, _place, _derivative, _derivative,
    _constant,
]  # fmt: skip


# ---- how they are compared -------------------------------------------------------------------------------


class Case:
    """One function, compiled by one backend, at a few samples."""

    def __init__(self, seed: int) -> None:
        rng = random.Random(seed)
        self.seed = seed
        self.body = Body(rng)
        self.backend = rng.choice([*list(RUNNERS)[:2] * 4, "native"])
        self.ws = [Value(number(rng, 0.1)) for _ in range(rng.randint(1, 3))]
        self.ws[-1].frozen = rng.random() < 0.2
        if all(not value.live for value in self.ws):
            self.ws.append(Value(0.5))
        size, n = rng.randint(1, 3), rng.choice([1, 2, 3, 9, 11])
        self.rows = [[number(rng, 0.1) for _ in range(size)] for _ in range(n)]
        self.places = [rng.randrange(4) for _ in range(n)]

    def check(self) -> int:
        """Function, gradient, batch and step have the bits of the engine; gives how many numbers were compared."""
        return self._function() + self._step()

    def _function(self) -> int:
        fn = lambda xs, place: self.body(xs, self.ws, place)
        compiled = compile(fn, backend=self.backend)
        compared = 0
        wanted: list[float] = []
        for xs, place in zip(self.rows, self.places, strict=True):
            value, (slopes, slope) = value_and_grad(fn, (0, 1))(xs, place)
            found, (mine, one) = compiled.value_and_grad(xs, place)
            compared += self._same([found, *mine, one], [value, *slopes, slope], f"value and gradient at {xs}, {place}")
            eager = _plainly(fn, xs, place)
            wanted.append(math.nan if eager is None else eager)
            if eager is not None:
                compared += self._same([compiled(xs, place)], [eager], f"value at {xs}, {place}")
        if all(x == x for x in wanted):
            compared += self._same(compiled.batch(self.rows, np.array(self.places)).tolist(), wanted, "the batch")
        return compared

    def _step(self) -> int:
        fn = lambda ws, xs, place: 1.0 * self.body(xs, ws, place) + ws[0] * 0.0
        lanes = [[0.0] * LANES for _ in self.ws]
        losses = []
        for i, (xs, place) in enumerate(zip(self.rows, self.places, strict=True)):
            for value in self.ws:
                value.zero_grad()
            try:
                loss = fn(self.ws, xs, place)
            except (ArithmeticError, TypeError):  # as Python's numbers have it, and not the table
                return 0
            if isinstance(loss, Value):
                if loss.live:
                    loss.backward()
                loss = loss.data
            losses.append(loss)
            for lane, value in zip(lanes, self.ws, strict=True):
                lane[i % LANES] += value.grad if value.live else 0.0
        for value in self.ws:
            value.zero_grad()
        sums = [((t[0] + t[4]) + (t[2] + t[6])) + ((t[1] + t[5]) + (t[3] + t[7])) for t in lanes]
        found, gradient = compile(fn, self.ws, backend=self.backend).value_and_grad(self.rows, np.array(self.places))
        wanted = [*losses, *(s / len(losses) for s in sums)]
        return self._same([*found.tolist(), *gradient.tolist()], wanted, "the step")

    def _same(self, found: Sequence[float], wanted: Sequence[float], about: str) -> int:
        same(found, wanted, f"function {self.seed}, {self.backend}, {about}")
        return len(wanted)


def _plainly(fn: Callable[..., Any], *args: Any) -> float | None:
    """What the function gives for plain numbers; None where Python's own have no answer, or a complex one."""
    try:
        found = fn(*args)
        return float(found.data if isinstance(found, Value) else found)
    except (ArithmeticError, TypeError):
        return None
