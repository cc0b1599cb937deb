"""Pictures made of lines, discs and words, which an SVG file or a canvas can show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from microgradnn.drawing.palette import DAY, NIGHT, ORANGE, PURPLE, SKY
from microgradnn.drawing.text import visible, xml

Point = tuple[float, float]

# What a part of a picture means decides its colour, on light and on dark paper.
COLOURS = {
    "paper": (DAY.paper, NIGHT.paper),
    "ink": (DAY.text, NIGHT.text),
    "quiet": (DAY.quiet, NIGHT.quiet),
    "faint": (DAY.line, NIGHT.line),
    "plus": ("#0072B2", SKY),
    "minus": ("#C04F00", ORANGE),
    "odd": ("#8f4a73", PURPLE),
}
THEMES = ("light", "dark", "auto")
FONT = "system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif"


class Line(NamedTuple):
    """A line through points; `role` is a key of COLOURS, `dash` as in SVG, `title` what pointing at it tells."""

    points: Sequence[Point]
    role: str
    width: float = 1.0
    dash: str = ""
    title: str = ""


class Disc(NamedTuple):
    """A circle filled with paper."""

    x: float
    y: float
    radius: float
    role: str
    width: float = 1.5
    dash: str = ""
    title: str = ""


class Words(NamedTuple):
    """One line of writing; `anchor` is start, middle or end, `halo` a rim of paper that keeps it readable on lines."""

    x: float
    y: float
    text: str
    anchor: str = "middle"
    role: str = "ink"
    size: float = 12.0
    bold: bool = False
    halo: bool = False


Shape = Line | Disc | Words


class Picture(NamedTuple):
    """Shapes on paper, later ones over earlier ones; y counts downwards, all in pixels."""

    width: float
    height: float
    shapes: Sequence[Shape]
    title: str


def svg(picture: Picture, theme: str = "light") -> str:
    """The picture as the text of an SVG file; "auto" is light, and dark where the reader's screen is dark."""
    width, height = short(picture.width), short(picture.height)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="picture" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-label="{xml(picture.title)}">',
        f"<title>{xml(picture.title)}</title>",
        f"<style>{style(theme)}</style>",
        f'<rect class="f-paper" width="{width}" height="{height}" fill="{colour("paper", theme)}"/>',
    ]
    lines += [_element(shape, theme) for shape in picture.shapes]
    return "\n".join([*lines, "</svg>"]) + "\n"


def style(theme: str) -> str:
    """The rules of a picture's parts; those for dark screens only where the reader's screen decides."""
    rules = f".picture text{{font-family:{FONT}}}.picture .halo{{paint-order:stroke}}"
    if theme != "auto":
        return rules
    dark = "".join(
        f".picture .f-{role}{{fill:{night}}}.picture .s-{role}{{stroke:{night}}}"
        for role, (_, night) in COLOURS.items()
    )
    return f"{rules}@media (prefers-color-scheme:dark){{{dark}}}"


def colour(role: str, theme: str) -> str:
    """The colour of a role, on paper of this theme."""
    return COLOURS[role][theme == "dark"]


def _element(shape: Shape, theme: str) -> str:
    if isinstance(shape, Words):
        return _words(shape, theme)
    ink = f'stroke="{colour(shape.role, theme)}" stroke-width="{short(shape.width)}"'
    if shape.dash:
        ink += f' stroke-dasharray="{shape.dash}"'
    if isinstance(shape, Disc):
        place = f'cx="{short(shape.x)}" cy="{short(shape.y)}" r="{short(shape.radius)}"'
        text = f'<circle class="f-paper s-{shape.role}" {place} fill="{colour("paper", theme)}" {ink}'
    else:
        path = "L".join(f"{short(x)} {short(y)}" for x, y in shape.points)
        text = f'<path class="s-{shape.role}" d="M{path}" fill="none" {ink}'
    name = "circle" if isinstance(shape, Disc) else "path"
    return f"{text}><title>{xml(shape.title)}</title></{name}>" if shape.title else f"{text}/>"


def _words(words: Words, theme: str) -> str:
    rim = f' stroke="{colour("paper", theme)}" stroke-width="4" stroke-linejoin="round"' if words.halo else ""
    kind = f"f-{words.role} halo s-paper" if words.halo else f"f-{words.role}"
    weight = ' font-weight="600"' if words.bold else ""
    return (
        f'<text class="{kind}" x="{short(words.x)}" y="{short(words.y)}" text-anchor="{words.anchor}" '
        f'font-size="{short(words.size)}" fill="{colour(words.role, theme)}"{weight}{rim}>{xml(words.text)}</text>'
    )


def short(x: float) -> str:
    """A coordinate, to a hundredth of a pixel and without needless noughts."""
    return f"{x:.2f}".rstrip("0").rstrip(".")


def wide(text: str, size: float = 12.0) -> float:
    """About how wide a text is."""
    return 0.6 * size * len(visible(text))
