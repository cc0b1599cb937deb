"""A curve of many points drawn with few, so that the picture stays the same."""

from collections.abc import Sequence

Point = tuple[float, float]


def thin(points: Sequence[Point], columns: int) -> list[Point]:
    """Of each of `columns` equal columns the first, the lowest, the highest and the last point, in order.

    Drawn with one column per pixel, the lines cover the same pixels as all points would: no peak is lost.
    Points are in the order of x. Source: Jugel, Jerzak, Hackenbroich and Markl, "M4: A Visualization-Oriented
    Time Series Data Aggregation" (2014).
    """
    if len(points) <= 4 * columns:
        return list(points)
    left, width = points[0][0], points[-1][0] - points[0][0]
    kept: list[Point] = []
    start = 0
    while start < len(points):
        column = _column(points[start][0], left, width, columns)
        end = start + 1
        while end < len(points) and _column(points[end][0], left, width, columns) == column:
            end += 1
        kept += _four(points, start, end)
        start = end
    return kept


def _column(x: float, left: float, width: float, columns: int) -> int:
    return min(int((x - left) / width * columns), columns - 1) if width > 0.0 else 0


def _four(points: Sequence[Point], start: int, end: int) -> list[Point]:
    """The first, lowest, highest and last of the points in [start, end), each once."""
    lowest = min(range(start, end), key=lambda i: points[i][1])
    highest = max(range(start, end), key=lambda i: points[i][1])
    return [points[i] for i in sorted({start, lowest, highest, end - 1})]
