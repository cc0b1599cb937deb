"""A picture written in other languages than DOT, all read from one Scene."""

from collections.abc import Callable

from microgradnn.drawing.formats.json import to_json as to_json
from microgradnn.drawing.formats.layout import Places as Places
from microgradnn.drawing.formats.layout import places as places
from microgradnn.drawing.formats.mermaid import to_mermaid as to_mermaid
from microgradnn.drawing.formats.tikz import to_tikz as to_tikz
from microgradnn.drawing.scene import Scene

# The text of a file by its ending; the second argument is the direction in which arrows point.
FORMATS: dict[str, Callable[[Scene, str], str]] = {
    "mmd": to_mermaid,
    "tex": to_tikz,
    "json": lambda scene, rankdir: to_json(scene),
}
