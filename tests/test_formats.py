"""Mermaid, TikZ and JSON say what the Scene says: each box and each arrow once, and users' words do nothing."""

from __future__ import annotations

import json
import math
import re

import pytest

from microgradnn.drawing import render, words
from microgradnn.drawing.formats import FORMATS, places, to_json, to_mermaid, to_tikz
from microgradnn.drawing.formats.layout import Point
from microgradnn.drawing.formats.mermaid import quoted
from microgradnn.drawing.formats.tex import escaped
from microgradnn.drawing.language import dot
from microgradnn.drawing.scene import Arrow, Box, Scene, Span
from microgradnn.errors import MissingLibrary

HALF = Span(0.5, 0.5)
SCENE = Scene(
    (
        Box("n0", "input", label="x", data=Span(2.0, 2.0), grad=HALF),
        Box("n1", "parameter", label="layer0.w[1]", data=Span(-3.0, -3.0), grad=Span(math.nan, math.nan, 1, 1)),
        Box("n2_1", "constant", data=HALF, nodes=0, plain=1),
        Box("n2", "operation", "*", data=Span(math.inf, math.inf), born="inf born here"),
        Box("n3", "group", "Layer", "layer1", Span(-1.0, 1.0, 16), HALF, nodes=16, parameters=4, copies=3, root=True),
    ),
    (
        Arrow("n0", "n2", 0, 3, Span(-3.0, -3.0)),
        Arrow("n1", "n2", 1, 3, Span(2.0, 2.0)),
        Arrow("n0", "n2", 2, 3, Span(1e-7, 1e-7)),
        Arrow("n2_1", "n2", 1, 2, constant=True),
        Arrow("n2", "n3", -1, 1, Span(-math.inf, 0.25, 16), flow=math.inf, uses=16),
        Arrow("n3", "n2", 0, 2, HALF, back=True),
    ),
    title="loss",
    remark="folded to layers: 65,077 numbers in 5 boxes",
)


@pytest.mark.parametrize("ending", FORMATS)
def test_the_same_scene_gives_the_same_text(ending: str) -> None:
    assert FORMATS[ending](SCENE, "LR") == FORMATS[ending](SCENE, "LR")
    assert FORMATS[ending](Scene((), ()), "TB")


# ---- Mermaid ----


def test_mermaid_has_each_box_and_each_arrow_once_in_their_shapes() -> None:
    text = to_mermaid(SCENE, "TB")
    assert text.startswith("flowchart TB\n")
    boxes = re.findall(r'^(\w+)([^\w"]+)"([^"]*)"([^"]+):::(\w+)$', text, re.MULTILINE)
    assert [(name, kind) for name, _, _, _, kind in boxes] == [(b.id, b.kind) for b in SCENE.boxes] + [
        ("remark", "remark")
    ]
    shapes = [(opening, closing) for _, opening, _, closing, kind in boxes if kind != "remark"]
    assert len(set(shapes)) == 5  # one for each kind: readable without colours
    assert boxes[0][2] == "x<br/>data 2.0000<br/>grad 0.5000"
    assert boxes[3][2] == f"#42;<br/>data inf<br/>grad —<br/>{words.BORN} inf born here"
    assert "× 3" in boxes[4][2]
    assert boxes[5][2] == "loss<br/>folded to layers: 65,077 numbers in 5 boxes"
    arrows = re.findall(r'^(\w+) (-->|-\.->|==>)(?:\|"([^"]*)"\|)? (\w+)$', text, re.MULTILINE)
    assert [(tail, head) for tail, _, _, head in arrows] == [(a.tail, a.head) for a in SCENE.arrows]
    assert [line for _, line, _, _ in arrows] == ["-->", "-->", "-->", "-.->", "-->", "==>"]
    assert arrows[0][2] == "∂ -3.0000"
    assert "class n3 root" in text


def test_mermaid_says_where_there_is_more_than_it_usually_draws() -> None:
    many = Scene(SCENE.boxes, SCENE.arrows[:1] * 501)
    assert to_mermaid(many).splitlines()[1].startswith("%% 501 arrows")
    assert "%%" not in to_mermaid(SCENE)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('"];x', "#34;#93;#59;x"),  # would end the label
        ("#60;", "#35;60#59;"),  # would be decoded
        ("1. a", "1#46; a"),  # a list, in Markdown
        ("- a", "#45; a"),
        ("$$x$$", "#36;#8204;#36;x#36;#8204;#36;"),  # TeX
        ("a\nb", "a#92;#8204;nb"),  # Mermaid reads \n as a new line, however it was written
        ("fa:fa-car", "fa:#8204;fa#45;car"),  # an icon
        ("style:", "sty#8204;le:"),  # after it Mermaid takes the last semicolon of a line away
        ("a  b", "a #8204; b"),
        ("-0.5 × 1,000", "-0.5 × 1,000"),
    ],
)
def test_what_acts_in_mermaid_is_written_by_its_number(text: str, shown: str) -> None:
    assert quoted(text) == shown


# ---- TikZ ----


def test_tikz_puts_boxes_and_arrows_where_the_drawing_has_them() -> None:
    text = to_tikz(SCENE)
    laid = places(dot(SCENE._replace(title="", remark="")))
    nodes = re.findall(r"^\\node\[(\w+).*?\] at \(([-\d.]+),([-\d.]+)\) \{(.*)\};$", text, re.MULTILINE)
    assert [kind for kind, _, _, _ in nodes] == [box.kind for box in SCENE.boxes]
    for (_, x, y, _), box in zip(nodes, SCENE.boxes, strict=True):
        assert (float(x), float(y)) == pytest.approx(laid.boxes[box.id][:2], abs=0.006)
    draws = re.findall(
        r"^\\draw\[arrow(.*?)\] \(([-\d.]+),([-\d.]+)\).* -- \(([-\d.]+),([-\d.]+)\);", text, re.MULTILINE
    )
    assert [style for style, *_ in draws] == ["", "", "", ", dashed", "", ", densely dotted"]
    for (_, *ends), arrow in zip(draws, SCENE.arrows, strict=True):
        if not arrow.back:
            x, y, tip_x, tip_y = map(float, ends)
            assert near((x, y), laid.boxes[arrow.tail])
            assert near((tip_x, tip_y), laid.boxes[arrow.head])
    assert r"\textbf{layer0.w[1]}" in text
    assert "folded to layers" in text


def near(point: Point, box: tuple[float, float, float, float]) -> bool:
    """Whether a point lies on a box's edge, or next to it."""
    x, y, width, height = box
    return abs(point[0] - x) <= width / 2 + 4 and abs(point[1] - y) <= height / 2 + 4


def test_tikz_needs_a_program_that_lays_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "program", lambda: None)
    with pytest.raises(MissingLibrary, match="graphviz-pure"):
        to_tikz(SCENE)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r"\input{x}", r"\textbackslash{}input\{x\}"),
        ("50% & #1 $x_i^2$ ~", r"50\% \& \#1 \$x\_i\textasciicircum{}2\$ \textasciitilde{}"),
        ("a--b<<", r"a-{}-{}b\textless{}\textless{}"),  # ligatures
        ("^^5c", r"\textasciicircum{}\textasciicircum{}5c"),  # a character code
        ("∂ é 中", r"$\partial$ é \glyph{4E2D}"),
        ("a  b", r"a \ b"),
        ("a\n\u202e", r"a\textbackslash{}n\textbackslash{}u202e"),
    ],
)
def test_what_acts_in_tex_is_written_otherwise(text: str, shown: str) -> None:
    assert escaped(text) == shown


# ---- JSON ----


def test_json_gives_the_scene_back_with_all_digits() -> None:
    found = json.loads(to_json(SCENE), parse_constant=pytest.fail)
    assert (found["format"], found["version"]) == ("microgradnn scene", 1)
    boxes = tuple(
        Box(**{**box, "data": span(box["data"]), "grad": span(box["grad"]), "parts": tuple(box["parts"])})
        for box in found["boxes"]
    )
    arrows = tuple(
        Arrow(**{**arrow, "partial": span(arrow["partial"]), "flow": number(arrow["flow"])})
        for arrow in found["arrows"]
    )
    assert repr(Scene(boxes, arrows, found["title"], found["remark"])) == repr(SCENE)  # nan is not equal to nan
    assert found["boxes"][1]["grad"] == {"low": "nan", "high": "nan", "known": 1, "nans": 1}
    assert found["arrows"][4]["partial"]["low"] == "-inf"


def number(x: float | str | None) -> float | None:
    return float(x) if isinstance(x, str) else x


def span(found: dict[str, float] | None) -> Span | None:
    if found is None:
        return None
    return Span(float(found["low"]), float(found["high"]), int(found["known"]), int(found["nans"]))
