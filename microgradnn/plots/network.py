"""draw_network(model): the neurons and the weights of a model as a picture."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

from microgradnn.drawing.network import Dense, network
from microgradnn.drawing.shapes import THEMES, Picture, svg
from microgradnn.errors import Misuse, SettingError
from microgradnn.nn.module import Module
from microgradnn.nn.wiring import wiring
from microgradnn.plots.canvas import png
from microgradnn.wholefile import Path, write

SVG, TEXT = "image/svg+xml", "text/plain"
ENDINGS = ("svg", "png")


class NetworkDrawing:
    """A picture of a network: it shows itself in notebooks, and can be saved as SVG or PNG.

    `picture` is what it shows, as lines, discs and words; `source` the text of the SVG.
    """

    def __init__(self, picture: Picture, theme: str = "light") -> None:
        if theme not in THEMES:
            raise SettingError(f"theme={theme!r} is unknown; it is one of: {', '.join(THEMES)}")
        self.picture = picture
        self.theme = theme

    @property
    def source(self) -> str:
        """The picture as the text of an SVG file; no program is needed for it."""
        return svg(self.picture, self.theme)

    def pipe(self, format: str = "svg") -> bytes:
        """The picture as the bytes of a file: svg, or png, for which MissingLibrary where matplotlib is missing."""
        if format not in ENDINGS:
            raise SettingError(f"format={format!r} is unknown; it is one of: {', '.join(ENDINGS)}")
        return self.source.encode("utf-8") if format == "svg" else png(self.picture, self.theme)

    def save(self, path: Path) -> None:
        """Write the picture to a file, .svg or .png by its ending: whole, or not at all."""
        ending = os.path.splitext(os.fspath(path))[1][1:].lower()
        if ending not in ENDINGS:
            raise SettingError(f"{os.fspath(path)!r} has no ending that names a format: it is .svg or .png")
        write(path, self.pipe(ending))

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.picture.title}>"

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None, **_: object
    ) -> dict[str, str]:
        shown = {TEXT: repr(self), SVG: self.source}
        wanted = set(shown if include is None else include) - set(exclude or ())
        return {kind: text for kind, text in shown.items() if kind in wanted}


def draw_network(
    model: Module | Sequence[Dense],
    x: Any = None,
    *,
    inputs: Sequence[str] = (),
    outputs: Sequence[str] = (),
    title: str = "",
    theme: str = "light",
    most: int = 16,
) -> NetworkDrawing:
    """The neurons and weights of a model, or of layers given as numbers (`microgradnn.drawing.network.Dense`).

    Layers are columns. A line is as wide as its weight is large, a neuron's rim as its bias: solid and blue where
    positive, dashed and orange where negative, dotted where not finite. In a neuron stands the curve of its
    activation, or, for inputs `x`, what it puts out (dropout letting everything through). `inputs` and `outputs` are
    names for the first and the last column. Of a large layer `most` neurons are shown, and the picture says so.

    `theme` is "light", "dark", or "auto": as the reader's screen is. Misuse for a model without layers, ShapeError
    where a layer does not read what the one before gives, or names do not fit.
    """
    if isinstance(model, Module):
        layers, remarks = wiring(model, x)
        title = title or repr(model)
    elif isinstance(model, list | tuple) and all(isinstance(layer, Dense) for layer in model):
        if x is not None:
            raise Misuse("layers given as numbers hold their own inputs and outputs: leave x out")
        layers, remarks = list(model), []
    else:
        raise SettingError(
            f"draw_network draws a Module or a list of Dense, not {type(model).__name__}; "
            "microgradnn.draw(value) draws a computation"
        )
    return NetworkDrawing(network(layers, inputs, outputs, title, remarks, most), theme)
