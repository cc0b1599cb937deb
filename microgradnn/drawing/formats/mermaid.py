"""A picture in the language of Mermaid, which draws in Markdown pages (GitHub, GitLab, many wikis)."""

from __future__ import annotations

import re

from microgradnn.drawing.looks import LIGHT
from microgradnn.drawing.scene import Arrow, Box, Scene
from microgradnn.drawing.text import visible
from microgradnn.drawing.words import beside, body, heading

# What a number is decides its shape first, so that the picture can be read without colours.
SHAPES = {
    "operation": ("(", ")"),
    "parameter": ("{{", "}}"),
    "input": ("([", "])"),
    "constant": ("[", "]"),
    "group": ("[[", "]]"),
}
MOST = 500  # arrows that Mermaid draws as it is commonly set up (its maxEdges)


def to_mermaid(scene: Scene, rankdir: str = "LR") -> str:
    """The picture as a Mermaid flowchart, in which users' words are seen and do nothing.

    A box has the shape of what it is, an arrow from a constant is dotted, one that leads back is thick.
    Source of the syntax: https://mermaid.js.org/syntax/flowchart.html
    """
    lines = [f"flowchart {rankdir}"]
    if len(scene.arrows) > MOST:
        lines.append(f"%% {len(scene.arrows)} arrows: Mermaid draws them where maxEdges and maxTextSize allow")
    lines += [_box(box) for box in scene.boxes]
    lines += [_arrow(arrow) for arrow in scene.arrows]
    said = [text for text in (scene.title, scene.remark) if text]
    if said:
        lines.append(f'remark["{"<br/>".join(map(quoted, said))}"]:::remark')
    for kind, (fill, line) in LIGHT.boxes.items():
        lines.append(f"classDef {kind} fill:{fill},stroke:{line},color:{LIGHT.ink.text}")
    lines.append("classDef root stroke-width:3px")
    lines.append("classDef remark fill:none,stroke:none")
    roots = [box.id for box in scene.boxes if box.root]
    if roots:
        lines.append(f"class {','.join(roots)} root")
    return "\n".join(lines) + "\n"


def _box(box: Box) -> str:
    opening, closing = SHAPES[box.kind]
    rows = "<br/>".join(map(quoted, filter(None, [heading(box), *body(box)])))
    return f'{box.id}{opening}"{rows}"{closing}:::{box.kind}'


def _arrow(arrow: Arrow) -> str:
    line = "-.->" if arrow.constant else "==>" if arrow.back else "-->"
    text = "<br/>".join(quoted(each) for each in beside(arrow).split("  ") if each)
    label = f'|"{text}"|' if text else ""
    return f"{arrow.tail} {line}{label} {arrow.head}"


def quoted(text: str) -> str:
    """Text inside a quoted label: what could be read as Mermaid, Markdown, HTML or TeX is written by its number.

    >>> quoted('w[0] "a": -0.5')
    'w#91;0#93; #34;a#34;: -0.5'
    """
    apart = _TOGETHER.sub(f"\\g<0>{_BETWEEN}", visible(text).replace("\u00a0", f"{_BETWEEN} {_BETWEEN}"))
    return _ACTING.sub(lambda found: f"#{ord(found[0])};", apart)


# Mermaid reads these as a new line, a style, TeX, an icon, an element, or its own way of keeping numbers, even where
# they were written by numbers, and leaves out spaces: a sign without width goes between.
_BETWEEN = "\u200c"
_TOGETHER = re.compile(
    r"\\(?=[nN])|sty(?=le)|class(?=Def)|\$(?=\$)|:(?=\w)|<(?=[\w/!])|&(?=[#\w])|ﬂ(?=°)|¶(?=ß)|^(?= )| (?= |$)"
)
# All of ASCII that is no letter, digit or space, but for commas, colons, the point and the sign of a number.
_ACTING = re.compile(r"[!-+/;-@\[-`{-~\u200c]|(?<!\d)\.|\.(?!\d)|-(?!\d)")
