"""Which local derivatives a learner would get wrong together: those of one operation, on one line, in one layer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from microgradnn.check.doctor.tape import Tape

FEW = 600  # nodes of a graph in which it is asked along which edges a number is a factor
Spot = tuple[int, int]  # a node, and which of its edges


class Role(NamedTuple):
    """Edges with one part to play.

    `single` where it is one edge picked out of several, `mixed` where the parts differ: edges to be lost together.
    """

    spots: tuple[Spot, ...]
    single: bool = False
    mixed: bool = False


def side(tape: Tape, n: int, k: int) -> str:
    """The part that argument k plays in node n: an x or a y of a dot product, a term of a sum."""
    op = tape.ops[n]
    if op is None or op.arity is not None:
        return str(k)
    if op.name != "dot":
        return "term"
    half = len(tape.args[n]) // 2
    return "bias" if k == 0 else "xs" if k <= half else "ys"


def depths(tape: Tape) -> list[int]:
    """For every node the longest way up from a leaf."""
    if tape.depths is None:
        found = [0] * len(tape.data)
        for n, edges in enumerate(tape.edges):
            found[n] = 1 + max((found[e.to] for e in edges), default=-1)
        tape.depths = found
    return tape.depths


def roles(tape: Tape, lines: Sequence[str], singles: bool) -> list[Role]:
    """All sets of edges that are worth breaking, each once, the largest last; single edges where asked for."""
    depth = depths(tape)
    groups: dict[tuple[object, ...], list[Spot]] = {}
    squares: dict[object, list[Spot]] = {}  # products of a node with itself
    meeting: dict[int, list[Spot]] = {}  # edges along which the same number is a factor
    few = len(tape.data) <= FEW
    for n, edges in enumerate(tape.edges):
        op = tape.ops[n]
        if op is None or op.name == "alias":
            continue
        square = op.name == "mul" and len(edges) == 2 and edges[0].to == edges[1].to
        for pos, e in enumerate(edges):
            part = side(tape, n, e.k)
            spot = (n, pos)
            if square:
                squares.setdefault(lines[n], []).append(spot)
                squares.setdefault(n, []).append(spot)
            elif op.name == "mul" and (m := tape.args[n][1 - e.k]) is not None and tape.ops[m] is None and few:
                meeting.setdefault(m, []).append(spot)
            keys: tuple[tuple[object, ...], ...] = (
                (op.name, lines[n], depth[n], part),
                (op.name, lines[n], part),
                (op.name, depth[n], part),
                (op.name, part),
                (op.name,),
            )
            for key in keys:
                groups.setdefault(key, []).append(spot)
    found: dict[tuple[Spot, ...], Role] = {}
    ordered = sorted(groups.values(), key=len)
    for spots in ordered:
        found.setdefault(tuple(spots), Role(tuple(spots)))
    if singles:
        for spots in ordered:
            if len(spots) > 1:
                for spot in spots:
                    found.setdefault((spot,), Role((spot,), True))
    for spots in squares.values():
        found.setdefault(tuple(spots), Role(tuple(spots)))
    for spots in meeting.values():
        found.setdefault(tuple(spots), Role(tuple(spots), True))
    others: dict[tuple[object, ...], list[Spot]] = {}
    for kind, spots in _other_uses(tape, depth, lines):
        others.setdefault(kind, []).extend(spots)
    for spots in others.values():
        found.setdefault(tuple(spots), Role(tuple(spots), mixed=True))
    return list(found.values())


def _other_uses(tape: Tape, depth: Sequence[int], lines: Sequence[str]) -> list[tuple[tuple[object, ...], list[Spot]]]:
    """Of nodes that are used three times or more: all uses but the first, or but the last, layer by layer.

    That is what is lost where a gradient is written over (=) instead of added to (+=).
    """
    found: list[tuple[tuple[object, ...], list[Spot]]] = []
    for n, spots in enumerate(uses(tape)):
        if len(spots) > 2:
            op = tape.ops[n]
            key: tuple[object, ...] = (op.name if op else "leaf", depth[n])
            found += [((*key, "not the first"), spots[1:]), ((*key, "not the last"), spots[:-1])]
            alike: dict[object, list[Spot]] = {}
            for spot in spots:
                alike.setdefault((tape.ops[spot[0]], lines[spot[0]]), []).append(spot)
            if len(alike) > 1:
                for part, (kind, few) in enumerate(alike.items()):
                    if len(few) > 1:
                        found += [((*key, kind, part, end), cut) for end, cut in ((0, few[1:]), (1, few[:-1]))]
    return found


def uses(tape: Tape) -> list[list[Spot]]:
    """For every node the edges that use it."""
    found: list[list[Spot]] = [[] for _ in tape.data]
    for n, edges in enumerate(tape.edges):
        for pos, e in enumerate(edges):
            found[e.to].append((n, pos))
    return found


def lonely(spots: Iterable[Spot], tape: Tape) -> bool:
    """Whether no edge of the set lies above another one."""
    chosen = {n for n, _ in spots}
    above: set[int] = set()
    for n in range(len(tape.data) - 1, -1, -1):
        if n in above and n in chosen:
            return False
        if n in above or n in chosen:
            above.update(e.to for e in tape.edges[n])
    return True
