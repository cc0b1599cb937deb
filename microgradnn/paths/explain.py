"""A gradient, taken apart into the paths that it is the sum of."""

from __future__ import annotations

import math
from typing import Any

from microgradnn.chain import graph
from microgradnn.check.rounded import UNIT
from microgradnn.engine import Value
from microgradnn.errors import Misuse, NotANumber, SettingError
from microgradnn.paths.largest import largest
from microgradnn.paths.recursion import CALLS, recursion
from microgradnn.paths.result import Path, Paths
from microgradnn.paths.steps import Between, between, count, sums
from microgradnn.reverse import name, numeric, refuse_changed


def explain_path(root: Value, x: Value, *, limit: int = 20) -> Paths:
    """∂root/∂x is the sum, over all paths from `x` to `root`, of the product of the local derivatives on the way.

    The result has the paths, largest product first (at most `limit` of them; a Value that is used twice by one
    operation makes two), their exact number, their sum, the gradient as backward() computes it, and what a
    recursion without topological order would have made of it. Nothing is written to the graph.

    >>> from microgradnn import Value, explain_path
    >>> a = Value(2.0, label="a")
    >>> b = a * 3.0; b.label = "b"
    >>> found = explain_path(b * b + b, a)
    >>> [path.product for path in found.paths], found.count, found.total, found.gradient, found.naive
    ([18.0, 18.0, 3.0], 3, 39.0, 39.0, 93.0)

    Misuse where `x` is a constant, where `root` was not computed from it, or where data have changed since.
    """
    for role, value in (("root", root), ("x", x)):
        if not isinstance(value, Value):
            raise NotANumber(
                f"explain_path(root, x) takes two Values, and {role} is {_said(value)}: give the Value itself, "
                "not its .data or a number from before Value(…)"
            )
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        raise SettingError(f"limit is the most paths to list, a whole number from 1 on, and {limit!r:.40} came")
    steps = _reaching(root, x)
    number = count(root, steps)
    added = sums(root, steps)
    listed = tuple(sorted(map(Path.of, largest(root, x, steps, limit)), key=_by_size, reverse=True))
    total = added.total
    if len(listed) == number.paths:
        total = 0.0
        for path in listed:
            total += path.product
    return Paths(
        root=root,
        x=x,
        paths=listed,
        count=number.paths,
        blocked=number.blocked,
        total=total,
        size=added.size,
        rounding=4.0 * UNIT * (sum(map(len, steps.values())) + len(listed)) * added.size,
        gradient=float(numeric([(root, 1.0)]).get(x, 0.0)),
        recursion=recursion(root, x, steps) if number.calls <= max(CALLS, len(steps)) else None,
        calls=number.calls,
        longest=added.longest,
    )


def _by_size(path: Path) -> tuple[bool, float]:
    size = abs(path.product)
    return (True, 0.0) if math.isnan(size) else (False, size)


def _reaching(root: Value, x: Value) -> Between:
    """The steps from `root` down to `x`, or Misuse that says why there are none."""
    for role, value in (("root", root), ("x", x)):
        if not value.live:
            raise Misuse(
                f"{role}, {name(value)}, is a constant (frozen, detached, or made in no_grad()): "
                "no gradient is taken through it, so there are no paths"
            )
    nodes = graph(root)
    refuse_changed(nodes)
    steps = between(root, x)
    if root in steps:
        return steps
    if root in graph(x):
        raise Misuse(
            f"the arguments are the other way round: {name(x)} was computed from {name(root)}, so call "
            "explain_path(root, x) with the result first"
        )
    raise Misuse(
        f"no path: {name(root)} was not computed from {name(x)}. Is it another Value of the same number, from "
        "before a recomputation, or was the way cut by .data, .item(), float() or detach()?"
    )


def _said(x: Any) -> str:
    return f"the number {x!r}" if isinstance(x, int | float) else f"one {type(x).__name__}"
