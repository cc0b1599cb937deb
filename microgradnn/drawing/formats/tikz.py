"""A picture in TikZ, for papers: a file that pdflatex, xelatex and lualatex set as it is."""

from __future__ import annotations

from microgradnn.drawing.formats.layout import Curve, Place, places
from microgradnn.drawing.formats.tex import escaped
from microgradnn.drawing.language import dot
from microgradnn.drawing.looks import LIGHT
from microgradnn.drawing.scene import Arrow, Box, Scene
from microgradnn.drawing.words import beside, body, heading

SHAPES = {
    "operation": "rounded corners=4bp",
    "parameter": "chamfered rectangle, chamfered rectangle xsep=6bp",
    "input": "ellipse",
    "constant": "sharp corners",
    "group": "sharp corners, line width=1.2bp",
}
PREAMBLE = r"""
\documentclass[tikz,border=6bp]{standalone}
\usepackage{iftex}
\ifPDFTeX
  \usepackage[T1]{fontenc}
  \newcommand*{\glyph}[1]{\texttt{U+#1}} % pdflatex has no such letter; lualatex and xelatex may
\else
  \usepackage{fontspec}
  \newcommand*{\glyph}[1]{\symbol{"#1}}
\fi
\usepackage{textcomp}
\usetikzlibrary{arrows.meta,shadows,shapes.geometric,shapes.misc}
""".strip()


def to_tikz(scene: Scene, rankdir: str = "LR") -> str:
    """The picture as a TeX file of its own, laid out as the drawing in DOT is; users' words are seen and do nothing.

    Letters beyond Latin and Greek need lualatex or xelatex and a font that has them; pdflatex shows their numbers.
    MissingLibrary where there is no program that lays out graphs.
    """
    laid = places(dot(scene._replace(title="", remark=""), rankdir))
    lines = [PREAMBLE, *_colours(), r"\begin{document}", r"\begin{tikzpicture}[x=1bp,y=1bp,", *_styles(), "]"]
    # Arrows first: where our shapes reach further than those that were laid out, boxes cover the arrows' ends.
    seen: dict[tuple[str, str], int] = {}
    for arrow in scene.arrows:
        pair = arrow.tail, arrow.head
        k = seen[pair] = seen.get(pair, -1) + 1
        lines.append(_arrow(arrow, laid.curves[pair][k]))
    lines += [_box(box, laid.boxes[box.id]) for box in scene.boxes]
    said = [escaped(text) for text in (scene.title, scene.remark) if text]
    if said:
        lines.append(rf"\node[remark] at ([yshift=-6bp]current bounding box.south west) {{{_rows(said)}}};")
    return "\n".join([*lines, r"\end{tikzpicture}", r"\end{document}"]) + "\n"


def _colours() -> list[str]:
    pairs = [("quiet", LIGHT.ink.quiet), ("alarm", LIGHT.alarm)]
    for kind, (fill, line) in LIGHT.boxes.items():
        pairs += [(f"{kind}fill", fill), (f"{kind}line", line)]
    return [rf"\definecolor{{{name}}}{{HTML}}{{{colour[1:].upper()}}}" for name, colour in pairs]


def _styles() -> list[str]:
    every = "draw, align=center, inner sep=0pt, outer sep=0pt, font=\\sffamily\\fontsize{9}{11}\\selectfont"
    lines = [f"  box/.style={{{every}}},"]
    lines += [f"  {kind}/.style={{box, {SHAPES[kind]}, fill={kind}fill, draw={kind}line}}," for kind in SHAPES]
    lines.append("  root/.style={line width=1.6bp},")
    lines.append("  born/.style={line width=1.6bp, draw=alarm},")
    lines.append("  copies/.style={double copy shadow={shadow xshift=2bp, shadow yshift=-2bp}},")
    lines.append("  arrow/.style={draw=quiet, -{Stealth[length=6bp,width=5bp]}},")
    lines.append(
        "  beside/.style={align=center, font=\\sffamily\\fontsize{8}{9}\\selectfont, text=quiet, inner sep=1bp},"
    )
    lines.append("  remark/.style={anchor=north west, align=left, font=\\sffamily\\small, text=quiet}")
    return lines


def _box(box: Box, place: Place) -> str:
    head = heading(box)
    rows = [rf"\textbf{{{escaped(head)}}}"] if head else []
    rows += map(escaped, body(box))
    size = f"minimum width={_number(place.width)}bp, minimum height={_number(place.height)}bp"
    style = box.kind + ", copies" * (box.copies > 1) + ", root" * box.root + ", born" * bool(box.born)
    return rf"\node[{style}, {size}] at ({_number(place.x)},{_number(place.y)}) {{{_rows(rows)}}};"


def _rows(rows: list[str]) -> str:
    return r" \\ ".join(f"{{{row}}}" for row in rows)


def _arrow(arrow: Arrow, curve: Curve) -> str:
    first, *rest = map(_point, curve.points)
    path = first + "".join(
        f" .. controls {a} and {b} .. {c}" for a, b, c in zip(rest[::3], rest[1::3], rest[2::3], strict=True)
    )
    dashed = ", dashed" if arrow.constant else ", densely dotted" if arrow.back else ""
    text = _rows([escaped(each) for each in beside(arrow).split("  ") if each])
    label = rf" \node[beside] at {_point(curve.label)} {{{text}}};" if text and curve.label else ""
    return rf"\draw[arrow{dashed}] {path} -- {_point(curve.tip)};{label}"


def _point(point: tuple[float, float]) -> str:
    return f"({_number(point[0])},{_number(point[1])})"


def _number(x: float) -> str:
    return f"{x:.2f}".rstrip("0").rstrip(".")
