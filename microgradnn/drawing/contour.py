"""The plane divided by which of several functions, known on a grid, is the largest.

Along a side of a cell the functions are read as linear; where three or four areas meet in a cell, they meet in one
point. So the areas cover the plane once, without gaps. Source: marching squares, which is Lorensen and Cline,
"Marching cubes" (1987), in two dimensions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

Point = tuple[float, float]
NONE = -1  # the class of a place without an answer


class Grid(NamedTuple):
    """Functions on a grid: `scores[j][i]` are their values at (xs[i], ys[j]), `winners[j][i]` which is the largest."""

    xs: Sequence[float]
    ys: Sequence[float]
    scores: Sequence[Sequence[Sequence[float]]]
    winners: Sequence[Sequence[int]]


class _Corner(NamedTuple):
    point: Point
    winner: int
    scores: Sequence[float]


Piece = tuple[int, list[Point]]


def areas(grid: Grid) -> dict[int, list[list[Point]]]:
    """The outlines of each function's area: closed polygons; holes run round the other way.

    Cells that touch a place without an answer are left out. The sides that two pieces share are struck out; what is
    left, followed from end to end, are the outlines.
    """
    sides: dict[int, dict[tuple[Point, Point], None]] = {}
    for corners in _cells(grid):
        for winner, polygon in _pieces(corners, _cuts(corners)):
            own = sides.setdefault(winner, {})
            for side in zip(polygon, polygon[1:] + polygon[:1], strict=True):
                if side[::-1] in own:
                    del own[side[::-1]]
                elif side[0] != side[1]:
                    own[side] = None
    return {winner: _outlines(sides[winner]) for winner in sorted(sides)}


def lines(grid: Grid) -> Iterator[tuple[Point, Point]]:
    """The stretches, cell by cell, on which two functions are equally large, and larger than all others."""
    for corners in _cells(grid):
        cuts = [cut for cut in _cuts(corners) if cut is not None]
        if len(cuts) == 2:
            yield cuts[0], cuts[1]
        elif cuts:
            middle = _middle(cuts)
            yield from ((cut, middle) for cut in cuts)


def _cells(grid: Grid) -> Iterator[list[_Corner]]:
    """The corners of each cell whose corners all have an answer, from the left below, against the clock."""
    for j in range(len(grid.ys) - 1):
        for i in range(len(grid.xs) - 1):
            places = (j, i), (j, i + 1), (j + 1, i + 1), (j + 1, i)
            if all(grid.winners[r][c] != NONE for r, c in places):
                yield [_Corner((grid.xs[c], grid.ys[r]), grid.winners[r][c], grid.scores[r][c]) for r, c in places]


def _cuts(corners: Sequence[_Corner]) -> list[Point | None]:
    """Where the winner changes between each corner and the next; None where it does not."""
    return [
        _cut(*sorted((a, b))) if a.winner != b.winner else None
        for a, b in zip(corners, [*corners[1:], corners[0]], strict=True)
    ]


def _cut(a: _Corner, b: _Corner) -> Point:
    """Where between two corners their winners are equally large, both being linear."""
    ahead = a.scores[a.winner] - a.scores[b.winner]
    behind = b.scores[a.winner] - b.scores[b.winner]
    t = ahead / (ahead - behind) if ahead > behind else 0.5
    (ax, ay), (bx, by) = a.point, b.point
    return ax + t * (bx - ax), ay + t * (by - ay)


def _pieces(corners: Sequence[_Corner], cuts: Sequence[Point | None]) -> Iterator[Piece]:
    """The parts of a cell, each with its winner; three and more run together to a point between the cuts."""
    found = [k for k, cut in enumerate(cuts) if cut is not None]
    if not found:
        yield corners[0].winner, [corner.point for corner in corners]
        return
    middle = [_middle([cut for cut in cuts if cut is not None])] if len(found) > 2 else []
    for before, after in zip(found, [*found[1:], found[0] + 4], strict=True):
        inside = [corners[k % 4] for k in range(before + 1, after + 1)]
        ends = [cut for cut in (cuts[before], cuts[after % 4]) if cut is not None]
        yield inside[0].winner, [ends[0], *(corner.point for corner in inside), ends[1], *middle]


def _middle(points: Sequence[Point]) -> Point:
    return _mean([x for x, _ in points]), _mean([y for _, y in points])


def _mean(numbers: Sequence[float]) -> float:
    total = 0.0
    for x in numbers:
        total += x
    return total / len(numbers)


def _outlines(sides: dict[tuple[Point, Point], None]) -> list[list[Point]]:
    """Sides joined from end to end."""
    onwards: dict[Point, list[Point]] = {}
    for start, end in sides:
        onwards.setdefault(start, []).append(end)
    outlines: list[list[Point]] = []
    while onwards:
        at = next(iter(onwards))
        outline: list[Point] = []
        while at in onwards:
            outline.append(at)
            ends = onwards[at]
            step = ends.pop()
            if not ends:
                del onwards[at]
            at = step
        outlines.append(_straightened(outline))
    return outlines


def _straightened(outline: list[Point]) -> list[Point]:
    """The outline without those of its points that lie between others of one row or column."""
    kept = []
    for k, (x, y) in enumerate(outline):
        (ax, ay), (bx, by) = outline[k - 1], outline[(k + 1) % len(outline)]
        if not (ax == x == bx or ay == y == by):
            kept.append((x, y))
    return kept
