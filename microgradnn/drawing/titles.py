"""What to call a box that stands for many numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import takewhile

from microgradnn.drawing.division import Title
from microgradnn.drawing.net import Net
from microgradnn.drawing.units import Unit
from microgradnn.groups import Part

GATHERED = {"+": ("sum", "term"), "*": ("product", "factor")}


def title(net: Net, members: Sequence[Unit]) -> Title:
    """The title of units that are drawn as one box."""
    calls = [unit for unit in members if unit.part is None or unit.part.call]
    first = (calls or members)[0]
    i = first.members[0]
    node = net.nodes[net.places[i - net.size][0] if i >= net.size else i]
    parts = tuple(part.name for part in net.groups.get(node, ()))
    copies = max(len(calls), 1)
    if first.part is not None:
        above = _above(net, first)
        outer = tuple(part.name for part in above)
        # That all lies in one model need not be said in each of its boxes.
        said = outer[1:] if above and above[0].kind == "model" else outer
        name = ".".join([*said, first.part.name])
        kind = first.part.kind if calls else "parameters"
        if kind == "group" or kind in name.lower():
            kind = ""
        return Title("group", kind, name, copies, outer, split=False)
    labels = [str(net.nodes[unit.members[0]].label) for unit in members if unit.members[0] < net.size]
    if len(first.members) == 1:
        symbol = net.nodes[i]._op if i < net.size else ""
        return Title(net.kinds[i], symbol, common(labels), copies, parts)
    return Title(
        "group",
        chain(net, members),
        common(labels),
        copies,
        parts,
        False,
        frozenset(unit.members[0] for unit in members),
    )


def _above(net: Net, unit: Unit) -> list[Part]:
    """The parts in which a unit's part lies."""
    above: list[Part] = []
    for part in net.groups[net.nodes[unit.members[0]]]:
        if part.owner is unit.part.owner and part.call == unit.part.call:
            break
        above.append(part)
    return above


def chain(net: Net, members: Sequence[Unit]) -> str:
    """What a chain of one operation is: "sum of 100 terms", "tanh × 1,000,000 in a chain"."""
    symbol = net.nodes[members[0].members[0]]._op
    whole, each = GATHERED.get(symbol, ("", ""))
    if not whole:
        return f"{symbol} × {_range(sum(i < net.size for i in unit.members) for unit in members)} in a chain"
    return f"{whole} of {_range(_terms(net, unit, symbol) for unit in members)} {each}s"


def _terms(net: Net, unit: Unit, symbol: str) -> int:
    """How many numbers a chain adds up or multiplies; the 0 with which Python's sum begins is none."""
    inside = set(unit.members)
    terms = 0
    for i in unit.members:
        for arg in net.args[i]:
            starts = arg >= net.size and symbol == "+" and net.data[arg] == 0.0
            terms += (arg not in inside or arg >= net.size) and not starts
    return terms


def _range(counts: Iterable[int]) -> str:
    found = sorted(set(counts))
    return f"{found[0]:,}" if len(found) == 1 else f"{found[0]:,} … {found[-1]:,}"


def common(labels: Sequence[str]) -> str:
    """The label of many numbers: that of all, or what all labels have in common at both ends.

    >>> common(["x[0]", "x[1]", "x[12]"]), common(["w", "w"]), common(["a", "b"])
    ('x[…]', 'w', '')
    """
    if not labels:
        return ""
    if len(set(labels)) == 1:
        return labels[0]
    start = _start(labels)
    end = _start([label[start:][::-1] for label in labels])
    return f"{labels[0][:start]}…{labels[0][len(labels[0]) - end :]}" if start else ""


def _start(texts: Sequence[str]) -> int:
    """How many characters all texts begin with."""
    first, last = min(texts), max(texts)  # what these have in common, all have
    return len(list(takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))))
