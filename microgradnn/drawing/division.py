"""Which numbers of a graph share a box, and what is said of the boxes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from microgradnn.drawing.net import Net


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


def everything(net: Net) -> Division:
    """Every number its own box: nothing is folded."""
    titles = []
    for i, node in enumerate(net.nodes):
        parts = tuple(part.name for part in net.groups.get(node, ()))
        titles.append(Title(net.kinds[i], node._op, str(node.label), parts=parts))
    titles += [Title("constant", parts=titles[user].parts) for user, _ in net.places]
    every = range(len(net.args))
    return Division(every, titles, every)
