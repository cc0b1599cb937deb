"""draw(root): the picture of a computation, in any format, folded so that it can be taken in."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TypeVar

from microgradnn.drawing import language, words
from microgradnn.drawing.fold import scene
from microgradnn.drawing.looks import PAPERS
from microgradnn.drawing.render import render
from microgradnn.drawing.scene import Scene
from microgradnn.drawing.tagging import fitted, tagged
from microgradnn.drawing.theme import themed
from microgradnn.engine import Value
from microgradnn.errors import NotANumber, SettingError
from microgradnn.wholefile import Path, write

RANKDIRS = ("LR", "TB", "RL", "BT")
ENDINGS = ("svg", "png", "dot", "gv", "mmd", "tex", "json")
WIDTHS = (None, "gradient")
SVG, TEXT = "image/svg+xml", "text/plain"
T = TypeVar("T")


class Drawing:
    """A picture of a computation: it shows itself in notebooks, and can be saved in many formats.

    `scene` is what it shows, as boxes and arrows; `source` the text in DOT.
    """

    def __init__(self, scene: Scene, rankdir: str = "LR", theme: str = "light", widths: str | None = None) -> None:
        self.scene = scene
        self.rankdir = _one_of("rankdir", rankdir, RANKDIRS)
        self.theme = _one_of("theme", theme, tuple(PAPERS))
        self.widths = _one_of("widths", widths, WIDTHS)

    @property
    def source(self) -> str:
        """The picture in the DOT language; it needs no program that draws."""
        return language.dot(self.scene, self.rankdir, self.theme, self.widths)

    def pipe(self, format: str = "svg") -> bytes:
        """The picture as the bytes of a file of this format: svg, png, dot (or gv), mmd, tex or json.

        svg and png need a program that draws: MissingLibrary says which, where there is none.
        """
        format = _one_of("format", format, ENDINGS)
        if format in ("dot", "gv"):
            return self.source.encode("utf-8")
        if format in ("mmd", "tex", "json"):
            from microgradnn.drawing.formats import FORMATS

            return FORMATS[format](self.scene, self.rankdir).encode("utf-8")
        picture = render(self.source, format)
        if format != "svg":
            return picture
        svg = tagged(picture.decode("utf-8"), self.scene)
        if self.scene.folded:
            svg = fitted(svg)
        return (themed(svg) if self.theme == "auto" else svg).encode("utf-8")

    def save(self, path: Path) -> None:
        """Write the picture to a file, in the format that the ending names: whole, or not at all.

        SettingError where the ending names none; FileError where the file cannot be written.
        """
        if not isinstance(path, str | os.PathLike):
            raise SettingError(f"a picture is saved under the name of a file, not {path!r:.40}")
        ending = os.path.splitext(os.fspath(path))[1][1:].lower()
        if ending not in ENDINGS:
            raise SettingError(f"{str(path)!r} has no ending that names a format; there are .{', .'.join(ENDINGS)}")
        write(path, self.pipe(ending))

    def __repr__(self) -> str:
        return f"<Drawing: {words.counted(len(self.scene.boxes), 'box')}>"

    def __str__(self) -> str:
        return words.outline(self.scene)

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None, **_: object
    ) -> dict[str, str]:
        """What a notebook shows: the picture with its text, or the text with a word on why there is no picture."""
        shown = {TEXT: str(self)}
        try:
            shown[SVG] = self.pipe("svg").decode("utf-8")
        except Exception as problem:  # a representation that raised would hide the cell's result
            shown[TEXT] = f"(not drawn: {problem})\n{shown[TEXT]}"
        wanted = set(shown if include is None else include) - set(exclude or ())
        return {kind: text for kind, text in shown.items() if kind in wanted}


def draw(
    root: Value, depth: int | None = None, rankdir: str = "LR", theme: str = "light", *, widths: str | None = None
) -> Drawing:
    """The picture of all that `root` was computed from, folded so that it can be taken in.

    A box holds a number's operation, label, data and gradient ("—" where none was computed), an arrow the local
    derivative ∂result/∂operand; operands stand in their order. Computed numbers are rounded boxes, parameters
    hexagons, other leaves ellipses, constants sheets of paper, and what stands for several numbers a folder.
    Parameters are what a Module that was called holds; a leaf of no module is one by its label: w, w1, weights[0],
    bias, layer0.b, and a plain b beside such a one.
    "▲" marks where a nan or an infinity was born, "^" an operation whose argument lies on a kink.

    `depth` folds to models (1), layers (2), neurons (3) or not at all (4), and draws equal parts once, as "× N".
    By default up to 300 numbers are all drawn; of more there are at most 60 boxes, by the first of these that gives
    so few (and, but for neurons, at most 80 pairs of them with arrows between): every number, equal parts as one;
    neurons; layers; models; all calls of one thing, or equal operations, in one box. What is more than can be drawn
    (3000 boxes, 6000 arrows) is folded further; the first line of the picture says how. Many arrows between few boxes
    leave their derivatives to the tooltips. Folded pictures are shown at most 1600 pixels wide in SVG.
    `theme` is "light", "dark" or, in SVG, "auto": as the reader's screen. `widths="gradient"` makes arrows as wide
    as the gradients along them are large.

    NotANumber where `root` is no Value, SettingError for settings that do not exist. 10⁵ numbers take about three
    seconds, 10⁶ half a minute.
    """
    if not isinstance(root, Value):
        raise NotANumber(f"draw needs a Value, the result of a computation, not {type(root).__name__}")
    if depth is not None and (isinstance(depth, bool) or depth not in (1, 2, 3, 4)):
        raise SettingError(f"depth={depth!r} is none of 1 (models), 2 (layers), 3 (neurons), 4 (every number), or None")
    return Drawing(scene(root, depth), rankdir, theme, widths)


def _one_of(name: str, setting: T, known: tuple[T, ...]) -> T:
    if setting not in known:
        raise SettingError(f"{name}={setting!r} is unknown; it is one of: {', '.join(map(str, known))}")
    return setting
