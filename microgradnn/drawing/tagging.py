"""What the boxes and arrows of an SVG are, for style sheets and programs that read it."""

from __future__ import annotations

import re

from microgradnn.drawing.scene import Box, Scene

_GROUP = re.compile(r'(<g id="[^"]*" class="(?:node|edge)")>(\s*<title>([^<]*)</title>)')
_SIZE = re.compile(r'<svg width="([\d.]+)pt" height="([\d.]+)pt"')
WIDEST, HIGHEST = 1200, 900  # points
SMALLEST = 0.6


def tagged(svg: str, scene: Scene) -> str:
    """The SVG with `data-kind` at each box, "operation root" for instance, and "back" at arrows that lead back.

    The classes stay Graphviz's own, `class="node"` and `class="edge"`: that is what readers of its files look for.
    """
    kinds = {box.id: _kind(box) for box in scene.boxes}
    kinds.update({f"{arrow.tail}&#45;&gt;{arrow.head}": "back" for arrow in scene.arrows if arrow.back})

    def tag(found: re.Match[str]) -> str:
        kind = kinds.get(found[3])
        return f'{found[1]} data-kind="{kind}">{found[2]}' if kind else found[0]

    return _GROUP.sub(tag, svg)


def fitted(svg: str) -> str:
    """The SVG shown at most 1200 points (1600 pixels) wide and 900 high, if that leaves its writing 0.6 of its size."""

    def shown(found: re.Match[str]) -> str:
        width, height = float(found[1]), float(found[2])
        factor = min(1.0, max(min(WIDEST / width, HIGHEST / height), SMALLEST))
        return f'<svg width="{width * factor:.0f}pt" height="{height * factor:.0f}pt"'

    return _SIZE.sub(shown, svg, count=1)


def _kind(box: Box) -> str:
    return " ".join([box.kind] + ["born"] * bool(box.born) + ["kink"] * bool(box.kink) + ["root"] * box.root)
