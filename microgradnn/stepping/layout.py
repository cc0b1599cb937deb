"""Where the drawing of a graph puts its boxes and arrows."""

from __future__ import annotations

import re
from typing import NamedTuple
from xml.etree import ElementTree

from microgradnn.drawing.picture import Drawing

_SVG = "{http://www.w3.org/2000/svg}"
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


class Route(NamedTuple):
    """The way of an arrow, as an SVG path, and the middle of its label, if it has one."""

    path: str
    label: tuple[float, float] | None


class Layout(NamedTuple):
    """The picture's frame (left, top, width, height); boxes by id, likewise; arrows by (tail, head), in order."""

    frame: tuple[float, ...]
    boxes: dict[str, tuple[float, ...]]
    routes: dict[tuple[str, str], list[Route]]


def layout(drawing: Drawing) -> Layout:
    """The places of everything in a drawing. MissingLibrary where no program is there that draws."""
    svg = ElementTree.fromstring(drawing.pipe("svg"))
    graph = next(svg.iter(f"{_SVG}g"))
    right, down = map(float, re.findall(r"translate\((\S+) (\S+)\)", graph.attrib["transform"])[0])
    width, height = map(float, svg.attrib["viewBox"].split()[2:])
    boxes: dict[str, tuple[float, ...]] = {}
    routes: dict[tuple[str, str], list[Route]] = {}
    for group in graph.iter(f"{_SVG}g"):
        kind = group.attrib.get("class", "").split()
        title = group.findtext(f"{_SVG}title") or ""
        if "node" in kind:
            boxes[title] = _box(group)
        elif "edge" in kind:
            tail, _, head = title.partition("->")
            routes.setdefault((tail, head), []).append(_route(group))
    return Layout((-right, -down, width, height), boxes, routes)


def _box(group: ElementTree.Element) -> tuple[float, ...]:
    """Left, top, width and height of a box, whatever its shape."""
    ellipse = group.find(f".//{_SVG}ellipse")
    if ellipse is not None:
        x, y, rx, ry = (float(ellipse.attrib[name]) for name in ("cx", "cy", "rx", "ry"))
        return _tenths(x - rx, y - ry, 2 * rx, 2 * ry)
    outline = next(e for e in group.iter() if e.tag in (f"{_SVG}polygon", f"{_SVG}path"))
    numbers = [float(text) for text in _NUMBER.findall(outline.attrib.get("points") or outline.attrib["d"])]
    xs, ys = numbers[::2], numbers[1::2]
    return _tenths(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


def _route(group: ElementTree.Element) -> Route:
    line = next(group.iter(f"{_SVG}path")).attrib["d"]
    text = next(group.iter(f"{_SVG}text"), None)
    label = None if text is None else (round(float(text.attrib["x"]), 1), round(float(text.attrib["y"]), 1))
    return Route(_NUMBER.sub(lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), line), label)


def _tenths(*numbers: float) -> tuple[float, ...]:
    return tuple(round(x, 1) for x in numbers)
