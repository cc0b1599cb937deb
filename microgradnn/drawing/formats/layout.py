"""Where the boxes and arrows of a picture lie, as the program that draws graphs has put them."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from microgradnn.drawing.render import render

Point = tuple[float, float]


class Place(NamedTuple):
    """The middle of a box and its size, in points; heights count from the bottom."""

    x: float
    y: float
    width: float
    height: float


class Curve(NamedTuple):
    """An arrow: a first point and three more for each Bézier curve, its tip, and where its label lies."""

    points: tuple[Point, ...]
    tip: Point
    label: Point | None


class Places(NamedTuple):
    """The places of boxes by name, and the curves of arrows by (tail, head), in the order they were stated."""

    boxes: dict[str, Place]
    curves: dict[tuple[str, str], list[Curve]]


def places(source: str) -> Places:
    """The layout of a graph in DOT; MissingLibrary where there is no program that makes one."""
    found: dict[str, Any] = json.loads(render(source, "json0"))
    names = {each["_gvid"]: each["name"] for each in found.get("objects", ())}
    boxes = {each["name"]: _place(each) for each in found.get("objects", ()) if "pos" in each}
    curves: dict[tuple[str, str], list[Curve]] = {}
    for each in found.get("edges", ()):
        curves.setdefault((names[each["tail"]], names[each["head"]]), []).append(_curve(each))
    return Places(boxes, curves)


def _place(box: dict[str, str]) -> Place:
    x, y = _point(box["pos"])
    return Place(x, y, 72 * float(box["width"]), 72 * float(box["height"]))


def _curve(edge: dict[str, str]) -> Curve:
    words = edge["pos"].split(";")[0].split()
    tips = [_point(word[2:]) for word in words if word.startswith("e,")]
    points = tuple(_point(word) for word in words if not word.startswith(("e,", "s,")))
    label = edge.get("lp") or edge.get("head_lp")
    return Curve(points, tips[0] if tips else points[-1], _point(label) if label else None)


def _point(text: str) -> Point:
    x, y = text.split(",")[:2]
    return float(x), float(y)
