"""How exact the gradient of a graph is: at each Value the rounding it may carry, and its choice at kinks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from microgradnn.chain import Node, graph, operands, sweep
from microgradnn.check.precision import seed, unit
from microgradnn.check.rounded import Rounded, error_of, product
from microgradnn.ops import Flow, Op, plain
from microgradnn.partials import local

_TINY_TOO = frozenset(["exp", "sqrt"])  # whose usual forms keep the digits of tiny values,
_STEADY = frozenset(["exp", "sqrt", "log"])  # and of tiny slopes


class Span(NamedTuple):
    """A derivative that lies anywhere in [low, high], give or take `error`.

    Off kinks `low` is `high`. At kinks the ends come of choosing every subgradient freely, each by itself;
    `kinks` names the primitives that had a choice.
    """

    low: float
    high: float
    error: float = 0.0
    kinks: tuple[str, ...] = ()

    @property
    def size(self) -> float:
        return max(abs(self.low), abs(self.high))


NOTHING = Span(0.0, 0.0)


def _times(a: Any, b: Span) -> Span:
    a = a if isinstance(a, Span) else Span(a, a)
    ends = [product(a.low, b.low), product(a.low, b.high), product(a.high, b.low), product(a.high, b.high)]
    low, high = min(ends), max(ends)
    error = product(a.size, b.error) + product(b.size + b.error, a.error) + unit() * max(-low, high)
    return Span(low, high, error, _either(a.kinks, b.kinks))


def _plus(a: Any, b: Any) -> Span:
    a, b = (x if isinstance(x, Span) else Span(x, x) for x in (a, b))
    low, high = a.low + b.low, a.high + b.high
    return Span(low, high, a.error + b.error + unit() * max(abs(low), abs(high)), _either(a.kinks, b.kinks))


def _either(a: tuple[str, ...], b: tuple[str, ...]) -> tuple[str, ...]:
    return a if not b or a == b else tuple(dict.fromkeys(a + b))


def rounded(root: Node, slack: float = 0.0) -> dict[Node, Rounded]:
    """For everything that `root` was computed from: its number, with a bound of the rounding in it.

    `slack` is an error that each function's value (not that of + - * /) gets besides, relative to the larger of
    1 and the value: what a form such as log(1 + exp(x)) loses. exp and the root lose nothing to 1.
    """
    found: dict[Node, Rounded] = {}
    for node in graph(root):
        if node.op is None:
            number = plain(node)
            found[node] = Rounded(number, seed() * abs(number))
        else:
            out = node.op(*[found[arg] if isinstance(arg, Node) else arg for arg in node.args])
            if slack and not node.op.binds and node.op.arity is not None:
                least = 0.0 if node.op.name in _TINY_TOO else 1.0
                out = Rounded(out.plain(), out.error + slack * max(least, abs(out.plain())))
            found[node] = out
    return found


def spans(
    root: Node, numbers: dict[Node, Rounded], slack: float = 0.0, instead: Mapping[Node, Span] | None = None
) -> dict[Node, Span]:
    """The derivative of `root` with respect to everything that it was computed from, as spans.

    `slack` is an error that each partial of a function (not of + - * /) gets besides, relative to the larger of
    1, the function's value and the partial: what a form such as 1 - t*t or o*(1 - o) loses.

    `instead` are derivatives that someone else gives for some of the nodes: what these pass on is theirs.
    """
    told = instead or {}

    def passed(adjoint: Any, partial: tuple[Node, Span]) -> Span:
        return _times(told.get(partial[0], adjoint), partial[1])

    def partials(node: Node) -> list[tuple[Node, tuple[Node, Span]]]:
        if node.op is None:
            return []
        args = [numbers[arg] if isinstance(arg, Node) else arg for arg in node.args]
        at = dict(operands(node))
        out = numbers[node]
        found = (_kinked if node.op.kink else _smooth)(node.op, args, out, list(at))
        if slack and not node.op.binds and node.op.arity is not None:
            least = 0.0 if node.op.name in _STEADY else max(1.0, abs(plain(out)))
            found = [(k, s._replace(error=s.error + slack * max(least, s.size))) for k, s in found]
        return [(at[k], (node, span)) for k, span in found]

    found = sweep([(root, 1.0)], partials, passed, _plus)
    return {node: x if isinstance(x, Span) else Span(x, x) for node, x in found.items()}


def _smooth(op: Op, args: list[Any], out: Rounded, wanted: list[int]) -> list[tuple[int, Span]]:
    # Numbers that keep account flow through the partial's own formula.
    found = local(op, args, out, wanted)
    return [(k, Span(plain(p), plain(p), error_of(p) if isinstance(p, Flow) else 0.0)) for k, p in found]


def _kinked(op: Op, args: list[Any], out: Rounded, wanted: list[int]) -> list[tuple[int, Span]]:
    """The hull of the partials at all places that rounding cannot tell from this one."""
    floats = [plain(arg) for arg in args]
    seen: dict[int, list[float]] = {k: [] for k in wanted}
    for place in [floats, *_around(floats, [error_of(arg) for arg in args])]:
        partials = dict(local(op, place, op.value(*place), wanted))
        for k in wanted:
            seen[k].append(plain(partials.get(k, 0.0)))
        if op.kink is not None and op.kink.at(*place):
            for side in op.kink.sides(*place):
                for k in wanted:
                    seen[k].append(side[k])
    found = []
    for k, slopes in seen.items():
        low, high = min(slopes), max(slopes)
        # elu's partial changes within the error too, but continuously: that is rounding, no choice
        choice = high - low > 1e-9 * max(abs(low), abs(high))
        here = Span(low, high, 0.0, (op.symbol,)) if choice else Span(slopes[0], slopes[0], high - low)
        found.append((k, here._replace(error=here.error + unit() * here.size)))
    return found


def _around(floats: list[float], errors: list[float]) -> list[list[float]]:
    """Each argument moved to both ends of all the errors together, so that ties within them are seen."""
    reach = math.fsum(errors)
    if not 0.0 < reach < math.inf:
        return []
    return [[*floats[:k], x + e, *floats[k + 1 :]] for k, x in enumerate(floats) for e in (-reach, reach)]
