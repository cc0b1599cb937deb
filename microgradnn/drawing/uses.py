"""The uses of numbers, counted as the arrows between boxes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from microgradnn.drawing.division import Division
from microgradnn.drawing.net import Net
from microgradnn.drawing.scene import Arrow, Span
from microgradnn.ops import plain
from microgradnn.reverse import edges

Key = tuple[int, int, int]  # tail, head, and which operand; −1 for several


class Uses:
    """The uses of the numbers of one box in those of another, as they are counted.

    `of` is how many operands the operation takes, `partials` are the local derivatives where there are any, and
    `flow` is the largest size of a gradient that passes.
    """

    __slots__ = ("count", "flow", "of", "partials")

    def __init__(self, of: int = 0) -> None:
        self.of = of
        self.count = 0
        self.partials: list[float] = []
        self.flow: float | None = None

    def add(self, partial: float, grad: float | None) -> None:
        """Count one more, of this local derivative; `grad` is the gradient of the result."""
        self.count += 1
        self.partials.append(partial)
        if grad is not None:
            self.widen(abs(grad * partial))

    def widen(self, flow: float | None) -> None:
        """Note the size of a gradient that passes; nan counts as the largest."""
        if flow is not None and (self.flow is None or not flow <= self.flow):
            self.flow = flow

    def take(self, other: Uses) -> None:
        """Count the uses of another as well."""
        self.of = max(self.of, other.of)
        self.count += other.count
        self.partials += other.partials
        self.widen(other.flow)

    def arrow(self, tail: str, head: str, position: int, back: bool) -> Arrow:
        """The arrow that stands for these uses."""
        constant = not self.partials
        return Arrow(tail, head, position, self.of, span(self.partials), self.flow, self.count, constant, back)


def span(numbers: Iterable[float]) -> Span | None:
    """From the lowest to the highest of these numbers; None where there are none."""
    found = list(numbers)
    if not found:
        return None
    low, high, nans = min(found), max(found), 0
    if any(x != x for x in found):
        known = [x for x in found if x == x]
        nans = len(found) - len(known)
        low, high = (min(known), max(known)) if known else (float("nan"), float("nan"))
    return Span(low, high, len(found), nans)


def uses(net: Net, division: Division, members: Sequence[Sequence[int]]) -> tuple[dict[Key, Uses], dict[int, int]]:
    """The uses between boxes, and how many uses lie inside each box: within one of its copies."""
    of, copy, titles, size = division.of, division.copy, division.titles, net.size
    found: dict[Key, Uses] = {}
    inner: dict[int, int] = {}
    for i in range(size):
        args = net.args[i]
        if not args:
            continue
        head, mine = of[i], copy[i]
        outer = [
            k
            for k, arg in enumerate(args)
            if of[arg] != head or (copy[arg] != mine and -1 not in (mine, copy[arg])) or (arg, i) in net.loops
        ]
        inner[head] = inner.get(head, 0) + len(args) - len(outer)
        if not outer:
            continue
        node: Any = net.nodes[i]
        partials = dict(edges(node))
        grad = None if node._grad is None else plain(node._grad)
        split = titles[head].split
        for k in outer:
            arg = args[k]
            key = of[arg], head, k if split else -1
            use = found.get(key)
            if use is None:
                use = found[key] = Uses(len(args))
            if arg < size and net.nodes[arg].live:
                use.add(partials.get(k, 0.0), grad)
            else:
                use.count += 1
    return _together(net, found, members), inner


def _together(net: Net, found: dict[Key, Uses], members: Sequence[Sequence[int]]) -> dict[Key, Uses]:
    """The same uses, in which a box of many numbers that gives a sum several operands has one arrow to it."""
    places: dict[tuple[int, int], list[int]] = {}
    for tail, head, k in found:
        op = net.ops[members[head][0]]
        if len(members[tail]) > 1 and k >= 0 and op is not None and op.arity is None:
            places.setdefault((tail, head), []).append(k)
    for (tail, head), several in places.items():
        if len(several) > 1:
            whole = found[tail, head, -1] = Uses()
            for k in several:
                whole.take(found.pop((tail, head, k)))
    return found
