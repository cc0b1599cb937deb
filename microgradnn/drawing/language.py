"""A scene in the DOT language."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from microgradnn.drawing import words
from microgradnn.drawing.looks import PAPERS, SHAPES, Paper
from microgradnn.drawing.order import length
from microgradnn.drawing.scene import Arrow, Box, Scene
from microgradnn.drawing.text import html, tooltip

FONT = "Helvetica"  # a list of fonts would be measured as if it were Times
# From so many ranks on that all arrows cross together, a drawing is laid out in a hurry, and with straight arrows:
# curves around all that stands between take a minute where lines take a second.
HURRIED, STRAIGHT = 1500, 6000
CROWDED = 60  # arrows of a folded picture, from which on they tell their derivatives only when pointed at
FEW = 4  # operands of a box, up to which their derivatives are written at its side in a picture laid out in a hurry
THIN, THICK = 0.6, 7.0  # points: the width of an arrow along which no gradient passes, and the largest one


class _Style(NamedTuple):
    """What holds for the whole picture: its colours, and what it can afford to show.

    `hurried`: such long arrows that labels in the middle of them, which take part in the layout, would take
    minutes; `straight`: even longer ones. `folded`: boxes that stand for several numbers, which are set closer.
    `crowded`: so many arrows in a folded picture that their labels are left to the tooltips. `many`: the boxes of so
    many operands that labels would lie on each other. `largest`: the gradient of the widest arrow, where widths are
    asked for and gradients known; `scale`: what they say.
    """

    paper: Paper
    hurried: bool
    straight: bool
    folded: bool
    crowded: bool
    many: frozenset[str]
    largest: float | None
    scale: str


def dot(scene: Scene, rankdir: str = "LR", theme: str = "light", widths: str | None = None) -> str:
    """The scene as a text in DOT; `widths="gradient"` makes arrows as wide as the gradients along them are large."""
    arrows = scene.arrows
    folded = scene.folded
    crowded = folded and len(arrows) > CROWDED
    largest = _largest(arrows) if widths == "gradient" else None
    scale = _scale(largest) if widths == "gradient" else ""
    long = _length(scene)
    hurried = long > HURRIED
    operands = Counter(arrow.head for arrow in arrows) if hurried else {}
    many = frozenset(head for head, count in operands.items() if count > FEW)
    style = _Style(PAPERS[theme], hurried, long > STRAIGHT, folded, crowded, many, largest, scale)
    head = _head(scene, rankdir, style)
    boxes = [_box(box, style) for box in scene.boxes]
    return "".join(["digraph {\n", *head, *boxes, *(_arrow(arrow, style) for arrow in arrows), "}\n"])


def _length(scene: Scene) -> int:
    place = {box.id: k for k, box in enumerate(scene.boxes)}
    args: list[list[int]] = [[] for _ in place]
    for arrow in scene.arrows:
        if not arrow.back:
            args[place[arrow.head]].append(place[arrow.tail])
    return length(args, range(len(args)))


def _head(scene: Scene, rankdir: str, style: _Style) -> Iterable[str]:
    ink = style.paper.ink
    # ordering=in keeps operands in their order
    apart = 0.08 if style.crowded else 0.2
    settings = [f'rankdir={rankdir} ordering=in bgcolor="{ink.paper}" nodesep={apart} pad=0.1']
    settings.append("ranksep=1.5" if style.crowded else "ranksep=0.12" if style.folded else "ranksep=0.4")
    if style.hurried:  # bounds the iterations that improve a layout, which in dense networks take minutes
        effort = 0.1 if style.straight else 1
        settings.append(f"nslimit={effort} nslimit1={effort} mclimit=0.1")
    if style.straight:
        settings.append("splines=line")
    said = [scene.title, scene.remark]
    if style.crowded:
        said.append("local derivatives are in the tooltips of the arrows")
    elif style.many:
        said.append(f"local derivatives of operations on more than {FEW} numbers are in the tooltips of the arrows")
    if style.scale:
        said.append(style.scale)
    lines = '<BR ALIGN="LEFT"/>'.join(html(line) for line in said if line)
    if lines:
        settings.append(f'label=<{lines}<BR ALIGN="LEFT"/>> labelloc=t labeljust=l')
    yield f'\tgraph [{" ".join(settings)} fontname="{FONT}" fontsize=12 fontcolor="{ink.quiet}"]\n'
    margin = ' margin="0.07,0.03"' if style.folded else ""
    yield f'\tnode [fontname="{FONT}"{margin} fontsize=12 fontcolor="{ink.text}"]\n'
    yield f'\tedge [fontname="{FONT}" fontsize=10 fontcolor="{ink.quiet}" color="{ink.quiet}"]\n'


def _box(box: Box, style: _Style) -> str:
    paper = style.paper
    head = words.heading(box)
    size = 14 if box.symbol and box.kind == "operation" else 12
    rows = [f'<FONT POINT-SIZE="{size}"><B>{html(head)}</B></FONT>'] if head else []
    for line in words.body(box):
        alarming = line.startswith((words.BORN, words.KINK))
        rows.append(f'<FONT COLOR="{paper.alarm}"><B>{html(line)}</B></FONT>' if alarming else html(line))
    fill, line = paper.boxes[box.kind]
    settings = [SHAPES[box.kind], f'fillcolor="{fill}" color="{paper.alarm if box.born else line}"']
    if box.copies > 1:
        settings.append("peripheries=2")
    if box.root or box.born:
        settings.append("penwidth=2.5")
    known = box.known or words.told_box(box)
    return f'\t{box.id} [label=<{"<BR/>".join(rows)}> tooltip="{tooltip(known)}" {" ".join(settings)}]\n'


def _arrow(arrow: Arrow, style: _Style) -> str:
    settings = [f'tooltip="{tooltip(words.told(arrow))}"']
    said = words.beside(arrow, r"\n").replace(" … ", r"\n… ")  # a range in two lines: labels make pictures wide
    if said and not style.crowded and arrow.head not in style.many:
        settings.append(f'{"headlabel" if style.hurried else "label"}="{said}"')
    if style.crowded:
        settings.append("penwidth=0.6 arrowsize=0.6")
    if arrow.constant:
        settings.append("style=dashed")
    if arrow.back:
        settings.append(f'color="{style.paper.alarm}" constraint=false')
    if style.largest is not None:
        settings.append(f"penwidth={_width(arrow.flow, style.largest):.2f} arrowsize=0.7")
    return f"\t{arrow.tail} -> {arrow.head} [{' '.join(settings)}]\n"


def _largest(arrows: Iterable[Arrow]) -> float | None:
    """The largest gradient along an arrow, of those that are finite; None where none was computed."""
    known = [arrow.flow for arrow in arrows if arrow.flow is not None]
    return max(filter(math.isfinite, known), default=0.0) if known else None


def _scale(largest: float | None) -> str:
    """What the widths of arrows say."""
    if largest is None:
        return "width of an arrow: size of the gradient along it, but none was computed; call .backward() first"
    if largest == 0.0:
        return "width of an arrow: size of the gradient along it; all that are finite are 0"
    return f"width of an arrow: size of the gradient along it, at most {largest:.3g}"


def _width(flow: float | None, largest: float) -> float:
    """In proportion to the gradient; what is not finite is as wide as the largest."""
    if flow is None or flow == 0.0:
        return THIN
    return THIN + (THICK - THIN) * (min(flow / largest, 1.0) if math.isfinite(flow) and largest else 1.0)
