"""Constant factors that are numbers of something: told apart by changing how many there are."""

from __future__ import annotations

from typing import Any

from microgradnn.check.arguments import Arguments
from microgradnn.check.doctor.bench import near
from microgradnn.check.doctor.mistakes import Mistake
from microgradnn.check.doctor.problem import Point, Problem
from microgradnn.errors import MicrogradnnError

Kinds = tuple[Mistake, ...]


class Counter:
    """Decides whether a constant is a number of samples or of outputs, lost or put in."""

    def __init__(self, problem: Problem, start: Point) -> None:
        self.problem, self.start = problem, start
        self._longer: dict[int, Point | None] = {}
        self._lengths = _lengths(start.arguments.named)
        many = [len(args) for op, args in zip(start.tape.ops, start.tape.args, strict=True) if op and op.arity is None]
        self._terms = {*many, *(count // 2 for count in many)}  # of a dot product there are two lists

    def kinds(self, c: float, i: int, whole: bool) -> list[Kinds]:
        """What the factor c on number i may be called, the likeliest first.

        `whole` says that the gradient is c times the right one, with nothing else wrong: then longer lists tell.
        """
        sign: Kinds = (Mistake.SIGN,) if c < 0.0 else ()
        a, open_counts = abs(c), []
        if a in (0.0, 1.0):
            return [sign or (Mistake.MISSING_PATH,)]
        for n in sorted((self._lengths | self._terms) - {0, 1}):
            ratio = self._ratio(n, i) if whole and n in self._lengths else None
            if ratio is None:
                if near(a, n) or near(a, 1.0 / n):
                    open_counts.append(n)
                continue
            for rest, grown in ((a / n, (n + 1.0) / n), (a * n, n / (n + 1.0))):
                if near(ratio / c, grown):
                    plain = any(near(rest, x) or near(rest, 1.0 / x) for x in {1, *(self._lengths - {0})})
                    return [(*sign, Mistake.MEAN_VS_SUM, *(() if plain else (Mistake.FACTOR,)))]
            if n > 2 and (near(a, n) or near(a, 1.0 / n)):  # it may be their number, written as a constant
                return [(*sign, Mistake.FACTOR), (*sign, Mistake.MEAN_VS_SUM)]
        factor, mean = (*sign, Mistake.FACTOR), (*sign, Mistake.MEAN_VS_SUM)
        if not open_counts:
            return [factor]
        return [factor, mean] if open_counts == [2] else [mean, factor]

    def _ratio(self, n: int, i: int) -> float | None:
        """By hand over autodiff where the data have one more sample; None where that cannot be had."""
        if n not in self._longer:
            self._longer[n] = self._extended(n)
        point = self._longer[n]
        name = self.start.arguments.names[i]
        if point is None or name not in point.arguments.names:
            return None
        j = point.arguments.names.index(name)
        auto = point.auto(j) if j in point.hand else 0.0
        return point.hand[j] / auto if auto else None

    def _extended(self, n: int) -> Point | None:
        named: dict[str, Any] = self.start.arguments.given()
        grown = [x for name, x in named.items() if name not in self.problem.derived_names and isinstance(x, list)]
        grown = [x for x in grown if len(x) == n]
        for x in grown:
            x.append(x[0])
        try:
            return self.problem.at(Arguments(named)) if grown else None
        except MicrogradnnError:
            return None


def _lengths(nested: Any) -> set[int]:
    found: set[int] = set()
    stack = list(nested.values())
    while stack:
        x = stack.pop()
        if isinstance(x, list | tuple):
            found.add(len(x))
            stack += list(x)
        elif isinstance(x, dict):
            stack += list(x.values())
    return found
