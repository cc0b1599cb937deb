"""Where a function of the plane, known on a grid, is above 0: as areas and as the lines around them.

Within a cell the function is read as linear along each side. Source: marching squares, as of Lorensen and Cline,
"Marching cubes" (1987), in two dimensions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Point = tuple[float, float]
Grid = Sequence[Sequence[float]]


def areas(xs: Sequence[float], ys: Sequence[float], grid: Grid) -> list[list[Point]]:
    """The outlines of what is above 0, as closed polygons; holes run round the other way. Cells of nan are left out.

    The sides that two cells share are struck out; what is left, followed from end to end, are the outlines.
    """
    sides: dict[tuple[Point, Point], None] = {}
    for j in range(len(ys) - 1):
        for i in range(len(xs) - 1):
            polygon = _above(_corners(xs, ys, grid, i, j))
            for side in zip(polygon, polygon[1:] + polygon[:1], strict=True):
                if side[::-1] in sides:
                    del sides[side[::-1]]
                elif side[0] != side[1]:
                    sides[side] = None
    onwards: dict[Point, list[Point]] = {}
    for start, end in sides:
        onwards.setdefault(start, []).append(end)
    outlines: list[list[Point]] = []
    while onwards:
        start = at = next(iter(onwards))
        outline: list[Point] = []
        while at in onwards:
            outline.append(at)
            ends = onwards[at]
            step = ends.pop()
            if not ends:
                del onwards[at]
            at = step
        if at == start:
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


def lines(xs: Sequence[float], ys: Sequence[float], grid: Grid) -> Iterator[tuple[Point, Point]]:
    """The stretches, cell by cell, on which the function is 0."""
    for j in range(len(ys) - 1):
        for i in range(len(xs) - 1):
            corners = _corners(xs, ys, grid, i, j)
            cuts = [_cut(a, b) for a, b in zip(corners, corners[1:] + corners[:1], strict=True) if _crosses(a, b)]
            if any(value != value for _, value in corners):
                continue
            for k in range(0, len(cuts) - 1, 2):
                yield cuts[k], cuts[k + 1]


Corner = tuple[Point, float]


def _corners(xs: Sequence[float], ys: Sequence[float], grid: Grid, i: int, j: int) -> list[Corner]:
    return [((xs[c], ys[r]), grid[r][c]) for r, c in ((j, i), (j, i + 1), (j + 1, i + 1), (j + 1, i))]


def _crosses(a: Corner, b: Corner) -> bool:
    return (a[1] > 0) != (b[1] > 0)


def _cut(a: Corner, b: Corner) -> Point:
    """Where between two corners a linear function is 0: the same place from both sides, to the last digit."""
    ((ax, ay), f), ((bx, by), g) = sorted((a, b))
    t = f / (f - g)
    return ax + t * (bx - ax), ay + t * (by - ay)


def _above(corners: Sequence[Corner]) -> list[Point]:
    """The part of a cell above 0, its corners in order."""
    if any(value != value for _, value in corners):
        return []
    polygon: list[Point] = []
    for a, b in zip(corners, [*corners[1:], corners[0]], strict=True):
        if a[1] > 0:
            polygon.append(a[0])
        if _crosses(a, b):
            polygon.append(_cut(a, b))
    return polygon
