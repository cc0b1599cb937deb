"""draw(root): pictures in every format, whole files or none, and a representation that never raises."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import microgradnn
from microgradnn import draw, draw_dot
from microgradnn.drawing import render
from microgradnn.drawing.looks import DARK, LIGHT
from microgradnn.engine import Value
from microgradnn.errors import FileError, MissingLibrary, NotANumber, SettingError
from microgradnn.groups import group
from microgradnn.nn import MLP
from tests.drawn import by_hand, demo

SVG = "{http://www.w3.org/2000/svg}"


def small() -> Value:
    """(a·b + 1)·a with a = 2, b = −3, its gradients computed."""
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    out = (a * b + 1.0) * a
    out.backward()
    return out


def parts(svg: bytes, what: str) -> list[ElementTree.Element]:
    return [g for g in ElementTree.fromstring(svg).iter(f"{SVG}g") if what in g.get("class", "").split()]


def words(part: ElementTree.Element) -> list[str]:
    return [" ".join((t.text or "").split()) for t in part.iter(f"{SVG}text")]


# ---- the picture ----


def test_every_number_and_every_use_is_drawn_once_with_the_right_operands() -> None:
    svg = draw(small()).pipe()
    boxes = {str(g.findtext(f"{SVG}title")): words(g) for g in parts(svg, "node")}
    assert boxes == {
        "n0": ["a", "data 2.0000", "grad -11.0000"],  # ∂(a²b + a)/∂a = 2ab + 1
        "n1": ["b", "data -3.0000", "grad 4.0000"],  # a²
        "n2": ["*", "data -6.0000", "grad 2.0000"],
        "n3_1": ["1"],
        "n3": ["+", "data -5.0000", "grad 2.0000"],
        "n4": ["*", "data -10.0000", "grad 1.0000"],
    }
    arrows = {str(g.findtext(f"{SVG}title")): words(g) for g in parts(svg, "edge")}
    assert arrows == {
        "n0->n2": ["∂ -3.0000"],
        "n1->n2": ["∂ 2.0000"],
        "n2->n3": ["∂ 1.0000"],
        "n3_1->n3": [],
        "n3->n4": ["∂ 2.0000"],
        "n0->n4": ["∂ -5.0000"],
    }


def test_gradients_that_were_not_computed_are_not_drawn_as_zero() -> None:
    a = Value(1.0, label="a")
    svg = draw(a.relu()).pipe()
    assert [words(g)[-1] for g in parts(svg, "node")] == ["grad —", "grad —"]


def test_kinds_stand_beside_graphviz_own_classes() -> None:
    w, x = Value(0.5, label="w"), Value(0.0, label="x")
    svg = draw((w * x + 1.0).log().relu()).pipe()
    kinds = {words(g)[0]: g.get("data-kind", "").split() for g in parts(svg, "node")}
    assert kinds["w"] == ["parameter"]
    assert kinds["x"] == ["input"]
    assert kinds["1"] == ["constant"]
    assert kinds["ReLU"] == ["operation", "kink", "root"]


@pytest.mark.parametrize("theme", ["light", "dark", "auto"])
def test_whoever_reads_graphviz_files_finds_every_box_and_arrow(theme: str) -> None:
    for svg in (draw(small(), theme=theme).pipe(), draw_dot(small()).pipe()):
        assert svg.count(b'class="node"') == svg.count(b'class="node') == 6
        assert svg.count(b'class="edge"') == svg.count(b'class="edge') == 6


def test_arrows_that_lead_back_are_told_apart() -> None:
    h: Any = Value(0.5, label="h")
    w = Value(0.7, label="w")
    for _ in range(200):
        with group("cell"):
            h = (h * w + 0.1).tanh()
    picture = draw(h, theme="auto")
    svg = picture.pipe()
    back = [g for g in parts(svg, "edge") if g.get("data-kind") == "back"]
    assert len(back) == len([arrow for arrow in picture.scene.arrows if arrow.back]) > 0
    assert b"[data-kind~=back]" in svg


def test_kinds_differ_in_shape_and_what_stands_for_many_has_a_double_line() -> None:
    rng = random.Random(1)
    model = MLP(2, [4, 1], rng=0)
    root = microgradnn.sum([(model([Value(rng.random()), 1.0]) - 1.0) ** 2 for _ in range(60)])
    source = draw(root).source
    shape = dict(re.findall(r"^\t(n\w+) \[label.* shape=(\w+)", source, re.MULTILINE))
    shapes = {box.kind: shape[box.id] for box in draw(root).scene.boxes}
    assert len(set(shapes.values())) == len(shapes) == 4
    for line in source.splitlines():
        if " shape=" in line:
            assert ("× 60" in line) <= ("peripheries=2" in line)


def test_widths_follow_the_gradient() -> None:
    source = draw(small(), widths="gradient").source
    width = {pair: float(w) for pair, w in re.findall(r"\t(n\w+ -> n\w+) \[.*penwidth=([\d.]+)", source)}
    # |gradient passed|: 6 along a → ab, 4 along b, 2 along ab → +, 5 along a → out; a constant passes none.
    assert sorted(width, key=width.__getitem__) == [
        "n3_1 -> n3", *sorted(["n2 -> n3", "n3 -> n4"]), "n1 -> n2", "n0 -> n4", "n0 -> n2",
    ]  # fmt: skip
    assert width["n2 -> n3"] == width["n3 -> n4"]
    assert "at most 6" in source
    assert "penwidth" not in draw(small()).source.split("->", 1)[1]


def test_widths_of_no_gradients_say_so() -> None:
    a = Value(2.0, label="a")
    assert "none was computed" in draw(a * 3.0, widths="gradient").source
    out = a * 0.0
    out.backward()
    assert "all that are finite are 0" in draw(out, widths="gradient").source


def shown(svg: bytes) -> tuple[float, float]:
    """Width and height of a picture in pixels, of which 96 are 72 points."""
    found = re.search(rb'<svg width="([\d.]+)pt" height="([\d.]+)pt"', svg)
    assert found
    return float(found[1]) * 96 / 72, float(found[2]) * 96 / 72


def test_the_picture_of_a_trained_network_fits_a_screen() -> None:
    # 1,600 pixels, of which the labels of arrows, of 10 points, keep 8.7 a letter: two thirds of their size.
    for root in (demo(), by_hand()):
        svg = draw(root).pipe()
        width, _ = shown(svg)
        assert width <= 1600
        box = re.search(rb'viewBox="0.00 0.00 ([\d.]+)', svg)
        assert box
        assert width / float(box[1]) * 10 >= 8.7


def test_many_arrows_leave_their_labels_to_the_tooltips() -> None:
    one = MLP(2, [16, 16, 1], rng=1)([Value(0.1), Value(0.2)])
    picture = draw(one, depth=3)
    svg = picture.pipe()
    arrows = parts(svg, "edge")
    assert len(arrows) == 16 + 16 * 16 + 16
    assert not any(words(arrow) for arrow in arrows)
    assert svg.count(b"local derivative ") >= len(arrows)  # a tooltip each
    assert "tooltips of the arrows" in picture.source
    whole = draw(one, depth=4).source
    assert "label=" not in "".join(
        line for line in whole.splitlines() if "of 17" in line
    )  # a dot, 16 inputs and a bias


def test_themes_differ_in_colour_only() -> None:
    light, dark = draw(small()).source, draw(small(), theme="dark").source
    colours = r"#[0-9a-fA-F]{6}"
    assert re.sub(colours, "", light) == re.sub(colours, "", dark)
    assert LIGHT.ink.paper in light
    assert DARK.ink.paper in dark
    auto = draw(small(), theme="auto")
    assert auto.source == light
    svg = auto.pipe().decode()
    assert "prefers-color-scheme:dark" in svg
    ElementTree.fromstring(svg)


def _luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.1."""
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(a: str, b: str) -> float:
    low, high = sorted((_luminance(a), _luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("paper", [LIGHT, DARK])
def test_everything_can_be_read(paper: Any) -> None:
    # WCAG 2.1: 4.5 for text (1.4.3), 3 for lines that carry meaning (1.4.11).
    for fill, line in paper.boxes.values():
        assert _contrast(paper.ink.text, fill) >= 4.5
        assert _contrast(paper.alarm, fill) >= 4.5
        assert _contrast(line, paper.ink.paper) >= 3
    assert _contrast(paper.ink.quiet, paper.ink.paper) >= 4.5


def test_directions() -> None:
    across, down = (parts(draw(small(), rankdir=r).pipe(), "node") for r in ("LR", "TB"))
    for boxes, axis in ((across, "x"), (down, "y")):
        place = {words(g)[0]: float(next(g.iter(f"{SVG}text")).get(axis, "nan")) for g in boxes}
        assert place["a"] < place["+"]


# ---- same graph, same bytes ----

PROGRAM = """
import sys
from microgradnn import Value, draw
from microgradnn.nn import MLP
from tests.drawn import by_hand, demo
import random
rng = random.Random(0)
model = MLP(2, [8, 1], rng=0)
root = sum((model([Value(rng.random()), rng.random()]) - 1.0) ** 2 for _ in range(40))
root.backward()
sys.stdout.buffer.write(draw(root).pipe() + draw(root).pipe("json"))
"""


def test_bytes_depend_on_nothing_but_the_graph() -> None:
    seen = set()
    for seed in ("0", "1"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, env=environment, check=True)
        seen.add(done.stdout)
    assert len(seen) == 1


# ---- files ----


@pytest.mark.parametrize("ending", ["svg", "png", "dot", "gv", "mmd", "tex", "json", "SVG"])
def test_a_picture_is_saved_by_its_ending(ending: str, tmp_path: Path) -> None:
    picture = draw(small())
    picture.save(tmp_path / f"a.{ending}")
    assert (tmp_path / f"a.{ending}").read_bytes() == picture.pipe(ending.lower())
    starts = {"svg": b"<?xml", "png": b"\x89PNG", "dot": b"digraph", "gv": b"digraph"}
    assert picture.pipe(ending.lower()).startswith(starts.get(ending.lower(), b""))


@pytest.mark.parametrize("name", ["a", "a.jpg", "a.svg.zip", ".svg"])
def test_an_unknown_ending_is_said(name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"\.svg, \.png"):
        draw(small()).save(str(tmp_path / name))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("bad", [None, 3, b"a.svg"])
def test_what_names_no_file_is_said(bad: Any) -> None:
    with pytest.raises(SettingError, match="name of a file"):
        draw(small()).save(bad)


def test_what_cannot_be_written_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be written"):
        draw(small()).save(tmp_path / "no" / "such" / "folder" / "a.dot")
    (tmp_path / "b.dot").mkdir()
    with pytest.raises(FileError, match="a folder has that name"):
        draw(small()).save(tmp_path / "b.dot")
    assert [p.name for p in tmp_path.iterdir()] == ["b.dot"]


# ---- settings ----


@pytest.mark.parametrize("bad", [1.0, None, "x", [Value(1.0)], lambda: 0])
def test_what_is_no_value_is_refused(bad: Any) -> None:
    with pytest.raises(NotANumber, match="needs a Value"):
        draw(bad)


@pytest.mark.parametrize(
    "bad", [{"depth": 0}, {"depth": 5}, {"depth": True}, {"depth": "1"}, {"rankdir": "XY"}, {"theme": "x"},
            {"widths": "data"}],
)  # fmt: skip
def test_settings_that_do_not_exist_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(SettingError, match=f"{next(iter(bad))}="):
        draw(small(), **bad)
    with pytest.raises(SettingError, match="format="):
        draw(small()).pipe("bmp")


# ---- notebooks and terminals ----


def test_a_notebook_shows_picture_and_text_together() -> None:
    shown = draw(small())._repr_mimebundle_()
    assert set(shown) == {"image/svg+xml", "text/plain"}
    assert "n2: *, data -6.0000, grad 2.0000 ← n0 (∂ -3.0000), n1 (∂ 2.0000)" in shown["text/plain"]
    assert set(draw(small())._repr_mimebundle_(include=["text/plain"])) == {"text/plain"}
    assert set(draw(small())._repr_mimebundle_(exclude=["text/plain"])) == {"image/svg+xml"}
    assert repr(draw(small())) == "<Drawing: 6 boxes>"
    assert repr(draw(Value(1.0))) == "<Drawing: 1 box>"


def test_a_long_picture_in_words_is_cut_and_says_so() -> None:
    total: Any = Value(1.0)
    for k in range(120):  # each step makes two numbers of two plain ones
        total = total * float(k) + 1.0
    assert "… and 381 more boxes" in str(draw(total, depth=4))


def test_without_a_program_that_draws_there_is_text_that_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(render.VARIABLE, raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(render.metadata, "files", lambda name: None)
    picture = draw(small())
    shown = picture._repr_mimebundle_()
    assert list(shown) == ["text/plain"]
    assert "pip install graphviz-pure" in shown["text/plain"]
    assert "data -6.0000" in shown["text/plain"]
    with pytest.raises(MissingLibrary, match="graphviz-pure"):
        picture.save(tmp_path / "a.svg")
    assert list(tmp_path.iterdir()) == []
    for format in ("dot", "mmd", "json"):
        assert picture.pipe(format)


# ---- hostile labels ----

HOSTILE = [
    "<b>bold</b>", "a & b", '"quoted"', "{record|fields}", "back\\slash", "\\N\\G\\l", "line\nbreak", "\u202eright",
    "\\input{/etc/passwd}", "javascript:alert(1)", "</svg><script>alert(1)</script>", "&lt;", "]]>", "%s %d",
    "\x00\x07", "\ud800", "<!--", "n0 -> n1", "]; }", "é∂Σ漢字", " ", "#x41;", "x" * 300,
]  # fmt: skip


@pytest.mark.parametrize("label", HOSTILE)
@pytest.mark.parametrize("depth", [None, 4])
def test_labels_are_shown_as_they_are_and_act_in_no_way(label: str, depth: int | None) -> None:
    x = Value(1.0, label=label)
    y = x + 2.0
    y.label = label
    svg = draw(y, depth, theme="auto").pipe()
    picture = ElementTree.fromstring(svg)  # valid XML
    assert len(parts(svg, "node")) == 3
    assert len(parts(svg, "edge")) == 2
    tags = {e.tag.removeprefix(SVG) for e in picture.iter()}
    assert tags <= {"svg", "style", "g", "title", "text", "polygon", "polyline", "path", "ellipse", "a"}
    links = [v for e in picture.iter() for k, v in e.attrib.items() if k.endswith("href")]
    assert all(not link for link in links)
    shown = "".join(words(parts(svg, "node")[0]))
    expected = label.strip()
    if expected.isprintable() and expected.isascii() and len(expected) < 40:
        assert shown.startswith(" ".join(expected.split()))


def test_many_random_labels_make_valid_pictures() -> None:
    rng = random.Random(8)
    alphabet = "ab<>&\"'\\{}|[]()%$#~^_\n\r\t\x00\x1b\u202e\u2028\ud83d\ufffe é∂;:=-"
    xs = [Value(1.0, label="".join(rng.choices(alphabet, k=rng.randrange(12)))) for _ in range(90)]
    svg = draw(microgradnn.sum(xs)).pipe()
    assert len(parts(svg, "node")) == 91


# ---- pictures that are much work ----


def test_long_arrows_are_laid_out_in_a_hurry_and_nothing_is_left_out() -> None:
    # Two numbers that each of n steps uses: their arrows cross 1 + 2 + … ranks together.
    x, w, b = Value(0.5), Value(0.1), Value(0.2)
    for _ in range(60):
        x = (x * w + b).tanh()
    source = draw(x).source
    assert "headlabel=" in source
    assert " label=" not in source.split("->", 1)[1].replace("label=<", "")
    svg = draw(x).pipe()
    assert len(parts(svg, "node")) == 183
    assert len(parts(svg, "edge")) == 300


def test_crowded_arrows_leave_their_labels_to_the_tooltips_and_say_so() -> None:
    rng = random.Random(1)
    model = MLP(2, [8, 8, 1], activation="tanh", rng=0)
    root = microgradnn.sum([model([rng.random(), 1.0]) for _ in range(30)])
    picture = draw(root, depth=3)
    assert "in the tooltip" in picture.source
    arrow = next(line for line in picture.source.splitlines() if "->" in line)
    assert "label" not in arrow.replace("tooltip", "")
    assert "30 uses, local derivative" in arrow
