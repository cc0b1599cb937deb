"""A graph with its numbers laid together in boxes: whatever the division, the picture is true.

Each box stands for the numbers put into it, each arrow for the uses between two boxes; none is lost or invented.
"""

from __future__ import annotations

from collections.abc import Iterable

from microgradnn.drawing.division import Division, Title
from microgradnn.drawing.marks import births, changed, kinks
from microgradnn.drawing.net import Net
from microgradnn.drawing.order import topological
from microgradnn.drawing.scene import Box, Scene
from microgradnn.drawing.text import visible
from microgradnn.drawing.uses import Key, span, uses
from microgradnn.drawing.words import counted
from microgradnn.ops import plain


def quotient(net: Net, division: Division, said: str = "") -> Scene:
    """The picture of a graph whose numbers are divided into boxes; `said` is how, for the remark."""
    members: list[list[int]] = [[] for _ in division.titles]
    for i, box in enumerate(division.of):
        members[box].append(i)
    first = [min(inside, key=net.rank, default=-1) for inside in members]
    found, inner = uses(net, division, members)
    order, back = _in_order(net, [box for box, inside in enumerate(members) if inside], first, found)
    names = {box: net.name(first[box]) for box in order}
    born, kinked = births(net), kinks(net)
    boxes = [
        _box(net, division.titles[box], names[box], members[box], born, kinked)._replace(inner=inner.get(box, 0))
        for box in order
    ]
    place = {box: k for k, box in enumerate(order)}
    keys = sorted(found, key=lambda key: (place[key[1]], key[2], place[key[0]]))
    arrows = [found[key].arrow(names[key[0]], names[key[1]], key[2], key[:2] in back) for key in keys]
    return Scene(tuple(boxes), tuple(arrows), remark=_remark(net, len(boxes), said, bool(back)))


def _in_order(
    net: Net, boxes: list[int], first: list[int], found: Iterable[Key]
) -> tuple[list[int], set[tuple[int, int]]]:
    """The boxes, each after those it was computed from, and the pairs of boxes between which an arrow leads back."""
    boxes = sorted(boxes, key=lambda box: net.rank(first[box]))
    place = {box: k for k, box in enumerate(boxes)}
    args: list[list[int]] = [[] for _ in boxes]
    for tail, head, _ in found:
        args[place[head]].append(place[tail])
    order, loops = topological(args)
    return [boxes[k] for k in order], {(boxes[tail], boxes[head]) for tail, head in loops}


def _remark(net: Net, boxes: int, said: str, back: bool) -> str:
    notes = []
    if boxes < len(net.args):
        notes.append(f"{said}{': ' if said else ''}{counted(net.size, 'node')} in {counted(boxes, 'box')}")
        notes.append("× N: N equal parts drawn as one")
    if net.loops:
        notes.append("this graph was changed by hand and has a cycle; no order of computing it exists")
    elif back:
        notes.append("arrows that lead back come from the folding, the graph has no cycle")
    stale = changed(net)
    if stale:
        notes.append(f"{counted(stale, 'number')} changed after use: what was computed from them is older")
    return "; ".join(notes)


def _box(net: Net, title: Title, name: str, members: list[int], born: dict[int, str], kinked: dict[int, str]) -> Box:
    nodes, values = net.nodes, [i for i in members if i < net.size]
    shown = sorted(title.results) or members
    grads = [plain(nodes[i]._grad) for i in shown if i < net.size and nodes[i]._grad is not None]
    return Box(
        id=name,
        kind=title.kind,
        symbol=visible(title.symbol),
        label=visible(title.label),
        data=span([net.data[i] for i in shown]),
        grad=span(grads),
        nodes=len(values),
        plain=len(members) - len(values),
        parameters=len([i for i in values if net.kinds[i] == "parameter"]),
        copies=title.copies,
        parts=tuple(map(visible, title.parts)),
        born=_first([born[i] for i in values if i in born], len(values)) if born else "",
        kink=_first([kinked[i] for i in values if i in kinked], len(values)) if kinked else "",
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
