"""Curves of training, drawn as one small SVG file without any library."""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from microgradnn.drawing import axis
from microgradnn.drawing.axis import Axis
from microgradnn.drawing.palette import DARK, DASHES, DAY, LIGHT, NIGHT
from microgradnn.drawing.text import shorten, visible, xml
from microgradnn.drawing.thin import Point, thin
from microgradnn.errors import SettingError, ShapeError

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, BOTTOM = 74, 18, 50
COLUMNS = (WIDTH - LEFT - RIGHT) // 2  # one for each width of the pen
LETTER = 7.3  # width of a letter at 13 pixels, on average
SCALES = {"auto": axis.chosen, "linear": axis.linear, "log": axis.logarithmic}


class Series(NamedTuple):
    """A named curve: its numbers, and the places they belong to (0, 1, 2 … where `x` is not given)."""

    name: str
    y: Sequence[float]
    x: Sequence[float] | None = None


class _Curve(NamedTuple):
    name: str
    pieces: list[list[Point]]
    lost: list[Point]


def curves(
    series: Iterable[Series],
    *,
    title: str = "",
    x_label: str = "epoch",
    y_label: str = "loss",
    scale: str = "auto",
) -> str:
    """The curves as the text of an SVG file: light and dark, readable in print and by the colour-blind.

    `scale` is "linear", "log", or "auto": logarithmic where all numbers are positive and span two powers of
    ten. Where a number has no place on the axis (nan, ±inf, or 0 on a logarithmic one) the curve is broken, a
    cross stands at the margin, and the legend says where that came first. Same input, same bytes.
    Raises ShapeError where x and y of a series differ in length, SettingError for an unknown scale.
    """
    if scale not in SCALES:
        raise SettingError(f"scale={scale!r} is unknown; it is one of: {', '.join(SCALES)}")
    given = [_checked(each) for each in series]
    down = SCALES[scale]([y for points in given for _, y in points[1]])
    across = axis.linear([x for points in given for x, _ in points[1]])
    if any(len(points) > 1 for _, points in given):  # begin and end where the data do
        places = [x for _, points in given for x, _ in points if math.isfinite(x)]
        low, high = min(places), max(places)
        across = Axis(low, high, False, tuple(t for t in across.ticks if low <= t <= high)) if high > low else across
    drawn = [_broken(name, points, across, down) for name, points in given]
    return "\n".join(_file(drawn, across, down, title, x_label, y_label)) + "\n"


def _checked(series: Series) -> tuple[str, list[Point]]:
    name, ys, xs = series
    if xs is not None and len(xs) != len(ys):
        raise ShapeError(f"series {name!r} has {len(xs)} places (x) for {len(ys)} numbers (y); give one each")
    places = range(len(ys)) if xs is None else xs
    return name, sorted(((float(x), float(y)) for x, y in zip(places, ys, strict=True)), key=_by_place)


def _by_place(point: Point) -> float:
    return point[0]


def _broken(name: str, points: list[Point], across: Axis, down: Axis) -> _Curve:
    """The curve in unbroken pieces, and the points that have no place on the vertical axis."""
    pieces: list[list[Point]] = []
    lost: list[Point] = []
    whole = False
    for x, y in points:
        if not across.shows(x):
            continue
        if down.shows(y):
            if not whole:
                pieces.append([])
            pieces[-1].append((x, y))
        else:
            lost.append((x, y))
        whole = down.shows(y)
    return _Curve(name, pieces, lost)


def _file(drawn: list[_Curve], across: Axis, down: Axis, title: str, x_label: str, y_label: str) -> list[str]:
    legend, rows = _legend(drawn)
    top = 26 + (28 if title else 0) + 22 * rows
    height = HEIGHT + 22 * max(0, rows - 1)
    described = f"{title or y_label}: {', '.join(visible(curve.name) for curve in drawn) or 'no curves'}"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="curves" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img" aria-label="{xml(described)}">',
        f"<title>{xml(described)}</title>",
        f"<style>{_style(len(drawn))}</style>",
        f'<rect class="paper" width="{WIDTH}" height="{height}" fill="{DAY.paper}"/>',
    ]
    if title:
        lines.append(_text(LEFT, 30, shorten(title, 80), "start", DAY.text, "ink", 'font-size="16" font-weight="600"'))
    start = 16 + (28 if title else 0)
    lines += [f'<g transform="translate({LEFT} {start})">', *legend, "</g>"]
    lines += _frame(across, down, top, height, x_label, y_label)
    for i, curve in enumerate(drawn):
        lines += _line(i, curve, across, down, top, height)
    return [*lines, "</svg>"]


def _style(count: int) -> str:
    dark = "".join(
        f".curves .c{i}{{stroke:{DARK[i]}}}.curves .dot.c{i}{{fill:{DARK[i]}}}" for i in range(min(count, len(DARK)))
    )
    return (
        ".curves text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}"
        f"@media (prefers-color-scheme:dark){{.curves .paper{{fill:{NIGHT.paper}}}"
        f".curves .ink{{fill:{NIGHT.text}}}.curves .quiet{{fill:{NIGHT.quiet}}}"
        f".curves .grid{{stroke:{NIGHT.line}}}{dark}}}"
    )


def _legend(drawn: list[_Curve]) -> tuple[list[str], int]:
    """The entries, set in rows from the left, and how many rows they take."""
    lines: list[str] = []
    left, row = 0.0, 0
    for i, curve in enumerate(drawn):
        full = curve.name + _loss_of(curve)
        shown = shorten(visible(full), 76)
        width = 62 + LETTER * len(shown)
        if left > 0 and left + width > WIDTH - LEFT - RIGHT:
            left, row = 0.0, row + 1
        y = 12 + 22 * row
        lines.append(f'<g><title>{xml(full)}</title><path d="M{left:.0f} {y}h36" {_pen(i)}/>')
        lines.append(_text(left + 44, y + 4.5, shown, "start", DAY.text, "ink", 'font-size="13"') + "</g>")
        left += width
    return lines, row + 1 if drawn else 0


def _loss_of(curve: _Curve) -> str:
    if not curve.lost:
        return ""
    x, y = curve.lost[0]
    more = f", {len(curve.lost)} such points" if len(curve.lost) > 1 else ""
    return f" ({y:g} at {axis.written(x)}{more})"


def _pen(i: int) -> str:
    # Six hues and seven dashes: 42 curves pass before a pair of them comes again.
    dash = DASHES[i % len(DASHES)]
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    hue = i % len(LIGHT)
    return f'class="c{hue}" fill="none" stroke="{LIGHT[hue]}" stroke-width="2" stroke-linejoin="round"{dashed}'


def _text(x: float, y: float, text: str, anchor: str, fill: str, kind: str, more: str) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="{kind}" {place} fill="{fill}" {more}>{xml(text)}</text>'


def _frame(across: Axis, down: Axis, top: int, height: int, x_label: str, y_label: str) -> list[str]:
    small = 'font-size="12"'
    right, bottom = WIDTH - RIGHT, height - BOTTOM
    lines: list[str] = []
    for tick in down.ticks:
        y = _y(tick, down, top, height)
        lines.append(f'<path class="grid" d="M{LEFT} {y:.2f}H{right}" stroke="{DAY.line}"/>')
        lines.append(_text(LEFT - 8, y + 4, axis.written(tick), "end", DAY.quiet, "quiet", small))
    for tick in across.ticks:
        x = _x(tick, across)
        lines.append(f'<path class="grid" d="M{x:.2f} {bottom}v5" stroke="{DAY.line}"/>')
        lines.append(_text(x, bottom + 20, axis.written(tick), "middle", DAY.quiet, "quiet", small))
    middle = (top + bottom) / 2
    turned = f'{small} transform="rotate(-90 16 {middle:.1f})"'
    on_log = f"{y_label} (log scale)" if down.log else y_label
    lines.append(_text((LEFT + right) / 2, height - 10, shorten(x_label, 80), "middle", DAY.text, "ink", small))
    lines.append(_text(16, middle, shorten(on_log, 40), "middle", DAY.text, "ink", turned))
    return lines


def _x(x: float, across: Axis) -> float:
    return LEFT + across.place(x) * (WIDTH - LEFT - RIGHT)


def _y(y: float, down: Axis, top: int, height: int) -> float:
    return top + (1.0 - down.place(y)) * (height - BOTTOM - top)


def _line(i: int, curve: _Curve, across: Axis, down: Axis, top: int, height: int) -> list[str]:
    lines: list[str] = []
    for piece in curve.pieces:
        spots = [(_x(x, across), _y(y, down, top, height)) for x, y in thin(piece, COLUMNS)]
        if len(spots) == 1:
            (x, y), hue = spots[0], i % len(LIGHT)
            lines.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" class="c{hue} dot" fill="{LIGHT[hue]}"/>')
        else:
            lines.append(f'<path d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in spots)}" {_pen(i)}/>')
    seen: set[tuple[int, float]] = set()
    for x, y in curve.lost:
        spot = round(_x(x, across)), float(top if y == math.inf else height - BOTTOM)
        if spot not in seen:
            seen.add(spot)
            lines.append(
                f'<path class="c{i % len(LIGHT)}" stroke="{LIGHT[i % len(LIGHT)]}" stroke-width="1.5" '
                f'd="M{spot[0] - 4} {spot[1] - 4:.1f}l8 8m0 -8l-8 8"/>'
            )
    return lines
