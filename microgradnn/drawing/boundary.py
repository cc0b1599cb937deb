"""A classifier's decision boundary as a small SVG file, drawn without any library."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from microgradnn.drawing import axis
from microgradnn.drawing.contour import areas, lines
from microgradnn.drawing.field import Answers, Extent, answers
from microgradnn.drawing.markers import KINDS, hue, marker, pattern
from microgradnn.drawing.shapes import THEMES, colour, short, style, wide
from microgradnn.drawing.text import shorten, visible, xml
from microgradnn.errors import SettingError

SIDE, LEFT, RIGHT, BOTTOM = 400.0, 58.0, 18.0, 46.0
MOST = 500  # points that are drawn


def boundary(
    model: Callable[[list[float]], Any],
    X: Any,
    Y: Any,
    *,
    names: Sequence[str] = (),
    axes: Sequence[str] = ("x", "y"),
    extent: Extent | None = None,
    resolution: int = 64,
    threshold: float | None = None,
    title: str = "",
    theme: str = "auto",
) -> str:
    """The plane, tinted by what a model of two inputs answers, and the samples in it, as the text of an SVG file.

    Classes differ in colour, in the shape of their points and in the pattern of their ground; points for which the
    model answers otherwise have a rim of ink. Of more than 500 points no more are drawn, and it says so.
    A model with Dropout is to be in `eval()`. What the arguments mean, and what is refused: see
    `microgradnn.drawing.field.answers`.
    """
    if theme not in THEMES:
        raise SettingError(f"theme={theme!r} is unknown; it is one of: {', '.join(THEMES)}")
    return svg(answers(model, X, Y, names, extent, resolution, threshold), axes, title, theme)


def svg(shown: Answers, axes: Sequence[str] = ("x", "y"), title: str = "", theme: str = "auto") -> str:
    """Answers as the text of an SVG file."""
    return _Sheet(shown, theme).file(axes, title)


class _Sheet:
    """A picture being drawn: where a place of the plane lies on the paper."""

    def __init__(self, shown: Answers, theme: str) -> None:
        self.shown, self.theme = shown, theme
        grid = shown.field.grid
        self.x = grid.xs[0], grid.xs[-1]
        self.y = grid.ys[0], grid.ys[-1]
        shape = (self.y[1] - self.y[0]) / (self.x[1] - self.x[0])
        self.width, self.height = SIDE, round(SIDE * min(max(shape, 0.5), 1.25))
        self.top = 0.0

    def place(self, x: float, y: float) -> tuple[float, float]:
        across = (x - self.x[0]) / (self.x[1] - self.x[0])
        up = (y - self.y[0]) / (self.y[1] - self.y[0])
        return LEFT + across * self.width, self.top + (1 - up) * self.height

    def file(self, axes: Sequence[str], title: str) -> str:
        said = title or "decision boundary"
        legend, rows = self._legend(34.0 if title else 12.0)
        self.top = (34.0 if title else 12.0) + 20.0 * rows + 8
        remarks = self._remarks()
        width = LEFT + self.width + RIGHT
        height = self.top + self.height + BOTTOM + 16 * len(remarks)
        rules = style(self.theme) + self._dark()
        lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="picture boundary" viewBox="0 0 {short(width)} '
            f'{short(height)}" width="{short(width)}" height="{short(height)}" role="img" aria-label="{xml(said)}">',
            f"<title>{xml(said)}</title>",
            f"<style>{rules}</style>",
            f'<rect class="f-paper" width="{short(width)}" height="{short(height)}" '
            f'fill="{colour("paper", self.theme)}"/>',
        ]
        if title:
            lines.append(self._text(LEFT, 24, shorten(title, 60), "start", "ink", 'font-size="15" font-weight="600"'))
        lines += [*legend, *self._ground(), *self._frame(axes), *self._points()]
        for k, remark in enumerate(remarks):
            y = self.top + self.height + BOTTOM + 10 + 16 * k
            lines.append(self._text(LEFT, y, remark, "start", "quiet", 'font-size="12"'))
        return "\n".join([*lines, "</svg>"]) + "\n"

    def _dark(self) -> str:
        if self.theme != "auto":
            return ""
        hues = "".join(
            f".boundary .f{c}{{fill:{hue(c, 'dark')}}}.boundary .s{c}{{stroke:{hue(c, 'dark')}}}"
            for c in range(min(KINDS, len(self.shown.names)))
        )
        return f"@media (prefers-color-scheme:dark){{{hues}}}"

    def _text(self, x: float, y: float, text: str, anchor: str, role: str, more: str) -> str:
        place = f'x="{short(x)}" y="{short(y)}" text-anchor="{anchor}" fill="{colour(role, self.theme)}"'
        return f'<text class="f-{role}" {place} {more}>{xml(text)}</text>'

    def _ground(self) -> list[str]:
        """The plane in the tints and patterns of the classes, and the boundary between them."""
        grid = self.shown.field.grid
        patterns, tints = [], []
        for c, outlines in areas(grid).items():
            path = "".join(self._path(outline) + "z" for outline in outlines)
            name = f"ground-{self.theme}-{c % KINDS}"
            ink = f'class="{"f" if c % KINDS == 2 else "s"}{c % KINDS}" '
            ink += f'fill="{hue(c, self.theme)}"' if c % KINDS == 2 else f'fill="none" stroke="{hue(c, self.theme)}"'
            drawn = pattern(c, name, ink + ' opacity=".5"')
            tints.append(f'<path class="f{c % KINDS}" d="{path}" fill="{hue(c, self.theme)}" fill-opacity=".16"/>')
            if drawn:
                patterns.append(drawn)
                tints.append(f'<path d="{path}" fill="url(#{name})"/>')
        cuts = "".join(map(self._path, lines(grid)))
        ink = colour("ink", self.theme)
        edge = [f'<path class="s-ink" d="{cuts}" fill="none" stroke="{ink}" stroke-width="1.5"/>'] if cuts else []
        return ["<defs>" + "".join(patterns) + "</defs>", *tints, *edge]

    def _path(self, points: Sequence[tuple[float, float]]) -> str:
        places = [self.place(x, y) for x, y in points]
        return "M" + "L".join(f"{x:.1f} {y:.1f}".replace(".0", "") for x, y in places)

    def _frame(self, axes: Sequence[str]) -> list[str]:
        right, bottom = LEFT + self.width, self.top + self.height
        quiet, small = colour("quiet", self.theme), 'font-size="12"'
        drawn = [
            f'<path class="s-quiet" d="M{short(LEFT)} {short(self.top)}H{short(right)}V{short(bottom)}H{short(LEFT)}z" '
            f'fill="none" stroke="{quiet}"/>'
        ]
        for tick in axis.linear(self.x).ticks:
            x, _ = self.place(tick, self.y[0])
            if LEFT - 0.5 <= x <= right + 0.5:
                drawn.append(f'<path class="s-quiet" d="M{short(x)} {short(bottom)}v5" stroke="{quiet}"/>')
                drawn.append(self._text(x, bottom + 19, axis.written(tick), "middle", "quiet", small))
        for tick in axis.linear(self.y).ticks:
            _, y = self.place(self.x[0], tick)
            if self.top - 0.5 <= y <= bottom + 0.5:
                drawn.append(f'<path class="s-quiet" d="M{short(LEFT)} {short(y)}h-5" stroke="{quiet}"/>')
                drawn.append(self._text(LEFT - 9, y + 4, axis.written(tick), "end", "quiet", small))
        middle = (self.top + bottom) / 2
        turned = f'{small} transform="rotate(-90 14 {short(middle)})"'
        drawn.append(self._text((LEFT + right) / 2, bottom + 37, shorten(axes[0], 50), "middle", "ink", small))
        drawn.append(self._text(14, middle, shorten(axes[1], 40), "middle", "ink", turned))
        return drawn

    def _points(self) -> list[str]:
        """The samples, each class in its own shape: those answered rightly, and over them the others."""
        points = self.shown.points
        every = max(1, -(-len(points.places) // MOST))
        drawn = []
        paper, ink = colour("paper", self.theme), colour("ink", self.theme)
        for right in (True, False):
            for c in range(len(self.shown.names)):
                path = "".join(
                    marker(c, *self.place(*place))
                    for place, own, met in list(zip(points.places, points.classes, points.right, strict=True))[::every]
                    if own == c and met == right and self._inside(place)
                )
                rim = (
                    f'class="f{c % KINDS} s-paper" stroke="{paper}"'
                    if right
                    else f'class="f{c % KINDS} s-ink" stroke="{ink}"'
                )
                if path:
                    drawn.append(
                        f'<path {rim} d="{path}" fill="{hue(c, self.theme)}" stroke-width="{1 if right else 2}"/>'
                    )
        return drawn

    def _inside(self, place: tuple[float, float]) -> bool:
        return self.x[0] <= place[0] <= self.x[1] and self.y[0] <= place[1] <= self.y[1]

    def _legend(self, top: float) -> tuple[list[str], int]:
        drawn: list[str] = []
        left, row = LEFT, 0
        for c, name in enumerate(self.shown.names):
            text = shorten(visible(name), 30)
            width = 34 + wide(text)
            if left > LEFT and left + width > LEFT + self.width + RIGHT:
                left, row = LEFT, row + 1
            y = top + 10 + 20 * row
            drawn.append(f'<path class="f{c % KINDS}" d="{marker(c, left + 6, y, 5)}" fill="{hue(c, self.theme)}"/>')
            drawn.append(self._text(left + 17, y + 4, text, "start", "ink", 'font-size="12"'))
            left += width
        return drawn, row + 1

    def _remarks(self) -> list[str]:
        field, points = self.shown.field, self.shown.points
        wrong = points.right.count(False)
        said = []
        if points.places:
            said.append(
                f"{len(points.places) - wrong:,} of {len(points.places):,} points right"
                + (", the others rimmed" if wrong else "")
            )
        every = max(1, -(-len(points.places) // MOST))
        if every > 1:
            said.append(f"every {every}th point is drawn")
        outside = len([1 for place in points.places if not self._inside(place)])
        if outside:
            said.append(f"{outside:,} points lie outside of the picture")
        if field.threshold is not None:
            said.append(f"the boundary is where the output is {field.threshold:g}")
        if len(self.shown.names) > KINDS:
            said.append(f"signs and colours come again after {KINDS} classes")
        if field.unanswered:
            said.append(
                f"no answer (nan) at {field.unanswered:,} of {len(field.grid.xs) * len(field.grid.ys):,} places"
            )
        return said
