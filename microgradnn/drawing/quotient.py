"""A graph with its numbers laid together in boxes: whatever the division, the picture is true.

Each box stands for the numbers put into it, each arrow for the uses between two boxes; none is lost or invented.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from microgradnn.drawing.marks import births, kinks
from microgradnn.drawing.net import Net
from microgradnn.drawing.order import topological
from microgradnn.drawing.scene import Arrow, Box, Scene, Span
from microgradnn.drawing.text import visible
from microgradnn.ops import plain
from microgradnn.reverse import edges


class Title(NamedTuple):
    """What is said of a box beyond its numbers.

    `split` keeps the places of operands apart; `results` are the numbers whose data and gradients the box shows,
    all where there are none.
    """

    kind: str
    symbol: str = ""
    label: str = ""
    copies: int = 1
    parts: tuple[str, ...] = ()
    split: bool = True
    results: frozenset[int] = frozenset()


class Division(NamedTuple):
    """Every number of a Net in one box: `of[i]` is the box of number i, `titles` tell of the boxes.

    `copy[i]` tells the parts apart that lie on each other in a box; −1 stands for what belongs to all of them.
    """

    of: Sequence[int]
    titles: Sequence[Title]
    copy: Sequence[int]

    def inner(self, arg: int, i: int) -> bool:
        """Whether the use of number `arg` in number `i` lies inside a box, and within one of its copies."""
        return self.of[arg] == self.of[i] and (self.copy[arg] == self.copy[i] or -1 in (self.copy[arg], self.copy[i]))


def everything(net: Net) -> Division:
    """Every number its own box: nothing is folded."""
    titles = []
    for i in range(net.size):
        node = net.nodes[i]
        parts = tuple(part.name for part in net.groups.get(node, ()))
        titles.append(Title(net.kinds[i], node._op, str(node.label), parts=parts))
    for user, _ in net.places:
        titles.append(Title("constant", parts=titles[user].parts))
    return Division(range(len(net.args)), titles, range(len(net.args)))


def quotient(net: Net, division: Division, title: str = "", remark: str = "") -> Scene:
    """The picture of a graph whose numbers are divided into boxes."""
    members: list[list[int]] = [[] for _ in division.titles]
    for i in range(len(net.args)):
        members[division.of[i]].append(i)
    first = [min(map(net.rank, inside), default=(-1, 0)) for inside in members]
    found, inner = _uses(net, division, members)
    order, back = _in_order([box for box, inside in enumerate(members) if inside], first, found)
    names = {box: net.name(min(members[box], key=net.rank)) for box in order}
    born, kinked = births(net), kinks(net)
    boxes = [
        _box(net, division.titles[box], names[box], members[box], born, kinked)._replace(inner=inner.get(box, 0))
        for box in order
    ]
    place = {box: k for k, box in enumerate(order)}
    keys = sorted(found, key=lambda key: (place[key[1]], key[2], place[key[0]]))
    arrows = [found[key].arrow(names[key[0]], names[key[1]], key[2], key[:2] in back) for key in keys]
    return Scene(tuple(boxes), tuple(arrows), title, remark)


def _in_order(
    boxes: list[int], first: list[tuple[int, int]], found: Iterable[tuple[int, int, int]]
) -> tuple[list[int], set[tuple[int, int]]]:
    """The boxes, each after those it was computed from, and the pairs of boxes between which an arrow leads back."""
    boxes = sorted(boxes, key=first.__getitem__)
    place = {box: k for k, box in enumerate(boxes)}
    args: list[list[int]] = [[] for _ in boxes]
    for tail, head, _ in found:
        args[place[head]].append(place[tail])
    order, loops = topological(args)
    return [boxes[k] for k in order], {(boxes[tail], boxes[head]) for tail, head in loops}


def span(numbers: Iterable[float]) -> Span | None:
    """From the lowest to the highest of these numbers; None where there are none."""
    low, high, known, nans = float("inf"), float("-inf"), 0, 0
    for x in numbers:
        known += 1
        if x != x:
            nans += 1
            continue
        if x < low:
            low = x
        if x > high:
            high = x
    if not known:
        return None
    return Span(low, high, known, nans) if known > nans else Span(float("nan"), float("nan"), known, nans)


def _box(net: Net, title: Title, name: str, members: list[int], born: dict[int, str], kinked: dict[int, str]) -> Box:
    values = [i for i in members if i < net.size]
    shown = sorted(title.results) or members
    grads = [plain(net.nodes[i]._grad) for i in shown if i < net.size and net.nodes[i]._grad is not None]
    return Box(
        id=name,
        kind=title.kind,
        symbol=title.symbol,
        label=visible(title.label),
        data=span(net.data[i] for i in shown),
        grad=span(grads),
        nodes=len(values),
        plain=len(members) - len(values),
        parameters=sum(net.kinds[i] == "parameter" for i in values),
        copies=title.copies,
        parts=tuple(map(visible, title.parts)),
        born=_first([born[i] for i in values if i in born], len(values)),
        kink=_first([kinked[i] for i in values if i in kinked], len(values)),
        root=net.root in members,
        known=_known(net, title, members[0]) if len(members) == 1 else "",
    )


def _first(notes: list[str], of: int) -> str:
    """The first of several notes, and how many there are."""
    if not notes:
        return ""
    return notes[0] if of == 1 else f"{notes[0]}, {len(notes):,} of {of:,}"


def _known(net: Net, title: Title, i: int) -> str:
    x = net.data[i]
    if i >= net.size:
        return repr(x)
    node = net.nodes[i]
    text = f"{visible(title.label) or 'Value'}: data {x!r}"
    if title.kind != "constant":
        text += f", grad {plain(node.grad)!r}" if node.graded else ", grad not computed"
    return text


class _Uses:
    """The uses between two boxes, as they are counted."""

    __slots__ = ("count", "flow", "of", "partials")

    def __init__(self, of: int) -> None:
        self.of = of
        self.count = 0
        self.partials: list[float] = []
        self.flow: float | None = None

    def add(self, live: bool, partial: float, grad: float | None) -> None:
        """Count one more use, whose result has this gradient."""
        self.count += 1
        if live:
            self.partials.append(partial)
            if grad is not None:
                flow = abs(grad * partial)
                self.flow = flow if self.flow is None or not flow <= self.flow else self.flow

    def take(self, other: _Uses) -> None:
        """Count the uses of another as well."""
        self.of = max(self.of, other.of)
        self.count += other.count
        self.partials += other.partials
        if other.flow is not None:
            self.flow = other.flow if self.flow is None or not other.flow <= self.flow else self.flow

    def arrow(self, tail: str, head: str, position: int, back: bool) -> Arrow:
        constant = not self.partials
        return Arrow(tail, head, position, self.of, span(self.partials), self.flow, self.count, constant, back)


def _uses(
    net: Net, division: Division, members: Sequence[Sequence[int]]
) -> tuple[dict[tuple[int, int, int], _Uses], dict[int, int]]:
    """The uses between boxes, by tail, head and position, and how many uses lie inside each box."""
    of, titles = division.of, division.titles
    found: dict[tuple[int, int, int], _Uses] = {}
    inner: dict[int, int] = {}
    for i in range(net.size):
        head, args = of[i], net.args[i]
        if all(division.inner(arg, i) for arg in args) and not net.loops:
            inner[head] = inner.get(head, 0) + len(args)
            continue
        node: Any = net.nodes[i]
        partials = dict(edges(node))
        grad = None if node._grad is None else plain(node._grad)
        for k, arg in enumerate(args):
            tail = of[arg]
            if division.inner(arg, i) and (arg, i) not in net.loops:
                inner[head] = inner.get(head, 0) + 1
                continue
            key = tail, head, k if titles[head].split else -1
            if key not in found:
                found[key] = _Uses(len(args))
            found[key].add(arg < net.size and net.nodes[arg].live, partials.get(k, 0.0), grad)
    return _together(net, found, members), inner


def _together(
    net: Net, found: dict[tuple[int, int, int], _Uses], members: Sequence[Sequence[int]]
) -> dict[tuple[int, int, int], _Uses]:
    """The same uses, in which a box of many numbers that gives a sum several operands has one arrow to it."""
    places: dict[tuple[int, int], list[int]] = {}
    for tail, head, k in found:
        if len(members[tail]) > 1 and k >= 0 and _variadic(net, members[head][0]):
            places.setdefault((tail, head), []).append(k)
    for (tail, head), several in places.items():
        if len(several) > 1:
            whole = found[tail, head, -1] = _Uses(0)
            for k in several:
                whole.take(found.pop((tail, head, k)))
    return found


def _variadic(net: Net, i: int) -> bool:
    op = net.ops[i]
    return op is not None and op.arity is None
