"""Points at which a derivation is tried: near the given one, around it, elsewhere, and far out."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from microgradnn.check.arguments import Arguments
from microgradnn.check.doctor.problem import Point, Problem
from microgradnn.errors import DataError, Misuse, SettingError

RATES = (1.0, 2.0, 0.5, 8.0)  # times the learning rate given
MODES = ("near", "around", "generic", "generic", "around", "wide", "generic", "extreme")


class Drawer:
    """Draws numbers of the kind of those given: what looks like a label stays one.

    A list with a single 1 among zeros is permuted; data of 0, 1 and -1 that do not meet a parameter in a product
    flip; shares that add up to 1 go on doing so; whole numbers count something and stay. All else is free, but
    that `labels` are numbers which keep to the values named; where none are, to a sum of 1 with those beside them.
    The `loose` ones keep to no kind: they are drawn as all else is, or as other whole numbers where `whole` says so.
    """

    def __init__(
        self,
        start: Point,
        mine: set[int],
        rng: random.Random,
        labels: Mapping[int, Sequence[float]] | None = None,
        loose: Collection[int] = (),
        whole: bool = False,
    ) -> None:
        self.given, self.rng, self.told = start.arguments, rng, labels or {}
        self.loose, self.whole = loose, whole
        self.free = [True] * len(self.given.numbers)
        self.groups: list[tuple[str, list[int]]] = []
        features = _features(start, mine)
        for block in blocks(self.given):
            data = [i for i in block if i not in mine]
            things = [self.given.things[self.given.places[i]] for i in block]
            kept = [i for i in block if i in self.told]
            if kept:
                shares = not self.told[kept[0]]
                self._hold("shares" if shares else "onehot" if kept == block and is_hot(things) else "told", kept)
            elif len(data) == len(block):
                kind = _kind(things, all(i in features for i in block))
                if all(i in self.loose for i in block):
                    kind = "whole" if self.whole else "free"
                if kind != "free":
                    self._hold(kind, block)
        seen = {self.given.numbers[i] for kind, block in self.groups if kind == "flip" for i in block}
        self.labels = sorted(seen | ({0.0, 1.0} if -1.0 not in seen else {-1.0, 1.0}))

    def _hold(self, kind: str, block: list[int]) -> None:
        self.groups.append((kind, block))
        for i in block:
            self.free[i] = False

    def numbers(self, mode: str) -> list[float]:
        """The numbers of a new point."""
        rng, found = self.rng, list(self.given.numbers)
        scale = 10.0 ** rng.uniform(-4.0, 2.5)
        for i, x in enumerate(found):
            g = rng.gauss(0.0, 1.0)  # drawn in any case, so that the order of draws does not depend on kinds
            if not self.free[i]:
                continue
            if mode == "near":
                found[i] = x + (0.1 * abs(x) + 0.02) * g
            elif mode == "around":
                found[i] = x * math.exp(0.5 * g) if x else 0.3 * abs(g)
            elif mode == "extreme":
                found[i] = scale * (x if x else g) * (1.0 + 0.1 * g)
            else:
                found[i] = g * (2.5 if mode == "wide" else 1.0)
        for kind, block in self.groups:
            if kind == "onehot":
                hot = rng.randrange(len(block))
                for j, i in enumerate(block):
                    found[i] = 1.0 if j == hot else 0.0
            elif kind == "shares":
                parts = [rng.expovariate(1.0) for _ in block]
                whole = math.fsum(parts)
                for i, part in zip(block, parts, strict=True):
                    found[i] = part / whole
            elif kind == "whole":
                least = -3 if min(found[i] for i in block) < 0.0 else 0  # what counts or chooses is not negative
                most = int(max(abs(found[i]) for i in block)) + rng.choice((0, 0, 2, 5))
                for i in block:
                    found[i] = float(rng.randint(least, most))
            elif kind == "flip":
                for i in block:
                    found[i] = rng.choice(self.labels) if rng.random() < 0.5 else found[i]
            elif kind == "told":
                for i in block:
                    others = [x for x in self.told[i] if x != found[i]]
                    found[i] = rng.choice(others) if others and rng.random() < 0.6 else found[i]
        return found

    def point(self, mode: str) -> Arguments:
        """A new point."""
        new = self.numbers(mode)
        things = self.given.things

        def lift(x: float, i: int) -> Any:
            old = things[self.given.places[i]]
            return int(new[i]) if isinstance(old, int) and not self.free[i] else new[i]

        return Arguments(self.given.lifted(lift))


def blocks(given: Arguments) -> list[list[int]]:
    """The numbers that stand together in one innermost list, or alone."""
    blocks: dict[str, list[int]] = {}
    for i, name in enumerate(given.names):
        blocks.setdefault(name.rpartition("[")[0] or name, []).append(i)
    return list(blocks.values())


def _kind(things: list[Any], features: bool) -> str:
    numbers = [float(x) for x in things]
    small = all(x in (-1.0, 0.0, 1.0) for x in numbers)
    if is_hot(things) and not features:
        return "onehot"
    anything = set(numbers) == {1.0} and not all(isinstance(x, int) for x in things)  # a width, for instance
    if small and not features and not anything:
        return "flip"
    if all(isinstance(x, int) for x in things):
        return "free" if features else "kept"
    if are_shares(numbers) and not features:
        return "shares"
    return "free"


def are_shares(numbers: Sequence[float]) -> bool:
    """Whether numbers are parts of a whole: none negative, and 1 in all."""
    return len(numbers) > 1 and min(numbers) >= 0.0 and abs(math.fsum(numbers) - 1.0) < 1e-12


def is_hot(things: Sequence[float]) -> bool:
    """Whether a list is a single 1 among zeros."""
    return len(things) > 1 and sorted(things) == [0.0] * (len(things) - 1) + [1.0]


def _features(start: Point, mine: set[int]) -> set[int]:
    """Data that meet a parameter in a product: inputs, which may be any numbers."""
    tape = start.tape
    of_leaf = {n: i for i, n in enumerate(tape.leaf) if n is not None}
    parameters = {tape.leaf[i] for i in mine}
    found = set()
    for op, args in zip(tape.ops, tape.args, strict=True):
        if op is not None and op.name in ("mul", "dot") and parameters.intersection(args):
            half = len(args) // 2
            pairs = zip(args, args[::-1], strict=True) if op.name == "mul" else _paired(args, half)
            found |= {of_leaf[a] for a, b in pairs if a in of_leaf and b in parameters}
    return found


def _paired(args: tuple[int | None, ...], half: int) -> list[tuple[int | None, int | None]]:
    xs, ys = args[1 : half + 1], args[half + 1 :]
    return [*zip(xs, ys, strict=True), *zip(ys, xs, strict=True)]


def drawn(
    problem: Problem, start: Point, points: int, rng: random.Random, drawer: Drawer | None = None
) -> tuple[list[Point], int]:
    """The start and further points, `points` in all where so many can be had, extreme ones not counted; and how
    many were dropped."""
    drawer = drawer or Drawer(start, set(start.hand), rng)
    found, dropped, failed = [start], 0, dict.fromkeys(MODES, 0)
    for attempt in range(3 * points):
        if len([point for point in found if not point.extreme]) >= points:
            break
        mode = MODES[attempt % len(MODES)]
        problem.rate = start.rate * RATES[attempt % len(RATES)] if problem.by_rate else 1.0
        if failed[mode] >= 3:
            mode = "near" if attempt % 2 else "around"
        point = problem.at(drawer.point(mode), mode == "extreme")
        if point is None:
            failed[mode] += 1
            dropped += 1
        else:
            found.append(point)
    if len(found) == 1 and points > 1:
        raise DataError(
            f"the loss or {problem.words.role} fails at all {dropped} points drawn around the one given (at the last "
            f"of them: {problem.failure}): give sample=, a function of a random.Random that draws points where it works"
        )
    return found, dropped


def sampled(
    problem: Problem, first: Arguments, sample: Callable[[random.Random], Mapping[str, Any]], points: int,
    rng: random.Random, start: Point,
) -> tuple[list[Point], int]:  # fmt: skip
    """Points that the user draws."""
    found, dropped = [start], 0
    for attempt in range(3 * points):
        if len(found) >= points:
            break
        problem.rate = start.rate * RATES[attempt % len(RATES)] if problem.by_rate else 1.0
        given = sample_of(sample, rng, problem)
        if given.names != first.names:
            raise DataError("sample gave another nesting than at the first point: draw lists of the same lengths")
        point = problem.at(given)
        if point is None:
            dropped += 1
        else:
            found.append(point)
    if len(found) == 1 and dropped:
        told = f"the loss or {problem.words.role} fails at all {dropped} further points of sample"
        raise DataError(f"{told} (at the last of them: {problem.failure})")
    return found, dropped


def sample_of(sample: Any, rng: random.Random, problem: Problem) -> Arguments:
    """One point of the user's."""
    if not callable(sample):
        raise SettingError(f"sample must be a function of a random.Random, and {type(sample).__name__} came")
    try:
        given = sample(rng)
    except Exception as error:  # all that a user's function can raise is reported alike
        raise Misuse(f"sample raised {type(error).__name__}: {error}") from error
    if not isinstance(given, Mapping):
        raise DataError(f"sample must return a dict from argument names to numbers or lists, not {given!r:.60}")
    return Arguments(problem.with_model(given), "sample")
