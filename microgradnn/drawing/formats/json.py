"""A picture as JSON, for programs that draw or check it themselves.

    {"format": "microgradnn scene", "version": 1,
     "title": "loss", "remark": "",
     "boxes":  [{"id": "n0", "kind": "input", "symbol": "", "label": "x", "data": S, "grad": S, "nodes": 1, …}, …],
     "arrows": [{"tail": "n0", "head": "n2", "position": 0, "of": 2, "partial": S, "flow": N, "uses": 1, …}, …]}

The fields of boxes and arrows are those of `microgradnn.drawing.scene`, all of them, in that order. S is null or
{"low": N, "high": N, "known": 1, "nans": 0}. N is a number with all its digits, or one of "nan", "inf", "-inf",
which JSON has no numbers for. A later version may add fields; what is here keeps its meaning.
"""

from __future__ import annotations

import json
import math
from typing import Any

from microgradnn.drawing.scene import Arrow, Box, Scene, Span

FORMAT, VERSION = "microgradnn scene", 1


def to_json(scene: Scene) -> str:
    """The picture as the text of a JSON file in plain ASCII; each box and each arrow has a line of its own."""
    lines = [
        "{",
        f'"format": "{FORMAT}", "version": {VERSION},',
        f'"title": {json.dumps(scene.title)}, "remark": {json.dumps(scene.remark)},',
        '"boxes": [',
        ",\n".join(_object(box) for box in scene.boxes),
        "],",
        '"arrows": [',
        ",\n".join(_object(arrow) for arrow in scene.arrows),
        "]",
        "}",
    ]
    return "\n".join(lines) + "\n"


def _object(row: Box | Arrow) -> str:
    return json.dumps({name: _plain(x) for name, x in row._asdict().items()}, allow_nan=False)


def _plain(x: Any) -> Any:
    if isinstance(x, Span):
        return {name: _plain(y) for name, y in x._asdict().items()}
    if isinstance(x, float) and not math.isfinite(x):
        return str(x)
    return x
