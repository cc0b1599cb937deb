"""What a number looks like in a picture of a network: a line's width, colour and dashes, a curve, three digits."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from microgradnn.drawing.shapes import Line, Shape, Words, wide

LINES = 120  # between two columns, that can be told apart
HAIR = 0.2  # pixels
THIN = 0.4  # pixels: the width of a line whose weight is 0
DASHED, DOTTED = "7 4", "1.5 3"


class Pen(NamedTuple):
    """Lines as wide as numbers are large: `thick` pixels for one of size `largest`. Not all may be `finite`."""

    largest: float
    thick: float
    finite: bool

    def look(self, w: float) -> tuple[str, float, str]:
        """The colour, width and dashes that a weight or a bias has."""
        if not math.isfinite(w):
            return "odd", 2.0, DOTTED
        share = abs(w) / self.largest if self.largest else 0.0
        return "minus" if w < 0 else "plus", THIN + (self.thick - THIN) * share, DASHED if w < 0 else ""

    def legend(self, x: float, y: float) -> tuple[list[Shape], float]:
        """What widths and dashes mean, and where that ends."""
        shapes: list[Shape] = []
        kinds = [(self.largest, "positive"), (-self.largest, "negative")]
        if not self.finite:
            kinds.append((math.nan, "not finite"))
        for w, name in kinds:
            role, width, dash = self.look(w)
            shapes.append(Line([(x, y), (x + 34, y)], role, width, dash))
            shapes.append(Words(x + 40, y + 4, name, "start"))
            x += 56 + wide(name)
        text = f"as wide as the weight is large, at most {brief(self.largest)}"
        shapes.append(Words(x, y + 4, text, "start", "quiet"))
        return shapes, x + wide(text)


def thinned(lines: list[tuple[float, Line]], name: str, remarks: list[str]) -> list[tuple[float, Line]]:
    """Of the lines between two columns, each with its weight's size, only the largest as wide as they are large.

    Of more lines than can be told apart the others become hairlines; that is noted in `remarks`, with the layer's name.
    """
    if len(lines) <= LINES:
        return lines
    lines = sorted(lines, key=lambda pair: -pair[0])
    least = f" (down to {brief(lines[LINES - 1][0])})" if math.isfinite(lines[LINES - 1][0]) else ""
    remarks.append(f"{name}: of {len(lines)} weights the {LINES} largest{least} are drawn so, the others as hairlines")
    return lines[:LINES] + [(size, line._replace(width=HAIR)) for size, line in lines[LINES:]]


def sketch(curve: Callable[[float], float], x: float, y: float, half: float) -> list[Shape]:
    """A function of one number from −4 to 4, small, with its axis; nothing where it has no finite values there."""
    points = [(z / 4, curve(z / 4)) for z in range(-16, 17)]
    finite = [(z, float(f)) for z, f in points if math.isfinite(f)]
    if len(finite) < 2:
        return []
    low, high = min(0.0, *(f for _, f in finite)), max(0.0, *(f for _, f in finite))
    if high == low:
        return []
    middle, scale = (low + high) / 2, 1.7 * half / (high - low)
    axis = y + middle * scale
    drawn = [(x + z / 4 * half, y - (f - middle) * scale) for z, f in finite]
    return [Line([(x - half, axis), (x + half, axis)], "faint"), Line(drawn, "ink", 1.4)]


def brief(x: float, digits: int = 3) -> str:
    """A number in so many digits, as short as it goes.

    >>> [brief(x) for x in (0.0, -0.31415, 12.3456, 1234567.0, 1e-9, float("nan"))]
    ['0', '-0.314', '12.3', '1.2e6', '1e-9', 'nan']
    """
    size = abs(x)
    if size == 0.0:
        return "0"
    if not math.isfinite(x) or 0.001 <= size < 999.5:
        return f"{x:.{3 if size >= 10 else digits}g}"
    if 999.5 <= size < 9999.5:
        return f"{x:.0f}"
    mantissa, _, power = f"{x:.1e}".partition("e")
    return f"{float(mantissa):g}e{int(power)}"
