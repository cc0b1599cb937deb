"""A picture of lines, discs and words on matplotlib's canvas; this module alone loads matplotlib."""

from __future__ import annotations

import io
import textwrap
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from microgradnn.drawing.shapes import Disc, Line, Picture, Words, colour
from microgradnn.drawing.text import visible
from microgradnn.errors import MissingLibrary, SettingError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PAPERS = ("light", "dark")

DOTS = 96.0  # pixels of a picture in an inch
MARGINS = 0.9  # inches beside a title
SHARP = 192  # dots per inch of a file


def library(name: str) -> Any:
    """A module of matplotlib; MissingLibrary, which says how to get it, where there is none."""
    try:
        return import_module(f"matplotlib.{name}")
    except ModuleNotFoundError as problem:
        if (problem.name or "").partition(".")[0] != "matplotlib":
            raise
        raise MissingLibrary(
            "matplotlib is needed for this picture: pip install 'microgradnn[plots]' (or: pip install matplotlib)"
        ) from None


@cache
def _kind() -> type[Figure]:
    """matplotlib's Figure, which notebooks show even where pyplot, whose work that is, was never loaded."""

    class Plot(library("figure").Figure):  # type: ignore[misc]
        def _repr_png_(self) -> bytes:
            return saved(self)

    return Plot


def blank(width: float, height: float, theme: str) -> Figure:
    """An empty sheet of so many inches. It belongs to no window, and pyplot does not know of it."""
    figure: Figure = _kind()(figsize=(width, height), facecolor=colour("paper", theme), layout="constrained")
    library("backends.backend_agg").FigureCanvasAgg(figure)
    return figure


def sheet(width: float, height: float, theme: str) -> tuple[Figure, Axes]:
    """A figure with one pair of axes, in the colours of the theme."""
    if theme not in PAPERS:
        raise SettingError(f"theme={theme!r} is unknown; it is one of: {', '.join(PAPERS)}")
    figure = blank(width, height, theme)
    axes = figure.add_subplot()
    dress(axes, theme)
    return figure, axes


def dress(axes: Axes, theme: str) -> None:
    """Give axes the colours of the theme."""
    ink, quiet = colour("ink", theme), colour("quiet", theme)
    axes.set_facecolor(colour("paper", theme))
    axes.tick_params(colors=quiet, labelsize=9)
    axes.xaxis.label.set_color(ink)
    axes.yaxis.label.set_color(ink)
    for spine in axes.spines.values():
        spine.set_color(quiet)


def legend(axes: Axes, theme: str, **where: Any) -> None:
    """The legend of what was drawn with a label."""
    drawn = axes.legend(fontsize=9, labelcolor=colour("ink", theme), facecolor=colour("paper", theme), **where)
    drawn.get_frame().set_edgecolor(colour("faint", theme))
    for text in drawn.get_texts():
        text.set_parse_math(False)


def entitle(axes: Axes, title: str, theme: str, more: str = "") -> None:
    """Write a title, and `more` below it, in lines that fit the sheet; every character stands for itself."""
    parts = plainly(title), plainly(more)
    drawn = axes.set_title("", fontsize=11, loc="left", color=colour("ink", theme), parse_math=False)
    letters = max(map(len, parts), default=1)
    while True:
        drawn.set_text("\n".join(line for part in parts for line in textwrap.wrap(part, max(letters, 1))))
        with quietly():
            wide = drawn.get_window_extent().width / (axes.figure.bbox.width - MARGINS * axes.figure.dpi)
        if wide <= 1 or letters <= 1:
            return
        letters = min(letters - 1, int(letters / wide))


@contextmanager
def quietly() -> Iterator[None]:
    """Within this context it is no news that a font lacks a letter, which is then drawn as a box."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")
        yield


def saved(figure: Figure) -> bytes:
    """A figure as the bytes of a PNG file; the same figure gives the same bytes."""
    raw = io.BytesIO()
    with quietly():
        figure.savefig(raw, format="png", dpi=SHARP, metadata={"Software": None})
    return raw.getvalue()


def png(picture: Picture, theme: str = "light") -> bytes:
    """The picture as the bytes of a PNG file, at twice its size in pixels."""
    figure = blank(picture.width / DOTS, picture.height / DOTS, theme)
    figure.set_layout_engine("none")
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set(xlim=(0, picture.width), ylim=(picture.height, 0))
    axes.axis("off")
    patches, effects = library("patches"), library("patheffects")
    paper = colour("paper", theme)
    point = 72 / DOTS  # a pixel of the picture in points
    for order, shape in enumerate(picture.shapes):
        ink = colour(shape.role, theme)
        if isinstance(shape, Words):
            rim = [effects.withStroke(linewidth=4 * point, foreground=paper)] if shape.halo else None
            axes.text(
                shape.x,
                shape.y,
                plainly(shape.text),
                color=ink,
                fontsize=shape.size * point,
                fontweight="bold" if shape.bold else "normal",
                ha={"start": "left", "middle": "center", "end": "right"}[shape.anchor],
                va="baseline",
                parse_math=False,
                path_effects=rim,
                zorder=order,
            )
            continue
        width = shape.width * point
        style: Any = (0, [float(d) * point / width for d in shape.dash.split()]) if shape.dash else "-"
        if isinstance(shape, Disc):
            disc = patches.Circle((shape.x, shape.y), shape.radius, fc=paper, ec=ink, lw=width, ls=style, zorder=order)
            axes.add_patch(disc)
        elif isinstance(shape, Line):
            axes.plot(
                *zip(*shape.points, strict=True), color=ink, lw=width, ls=style, solid_capstyle="butt", zorder=order
            )
    return saved(figure)


def plainly(text: str) -> str:
    """A user's text, every character of it visible; `parse_math=False` keeps dollar signs what they are."""
    return visible(text)
