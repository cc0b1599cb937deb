"""The drawing tells the graph: every number once, every use of it once, in order, and nothing else."""

from __future__ import annotations

import math
import os
import random
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import graphviz
import pytest

import microgradnn
from microgradnn.drawing import notebook, render
from microgradnn.drawing.dot import draw_dot, parameters_among, trace
from microgradnn.drawing.text import shorten, visible
from microgradnn.drawing.theme import themed
from microgradnn.engine import Value
from microgradnn.errors import MicrogradnnError, MissingLibrary, NotANumber, SettingError

SVG = "{http://www.w3.org/2000/svg}"


def lecture() -> Value:
    """The expression that micrograd's lecture draws first."""
    a, b, c = Value(2.0, label="a"), Value(-3.0, label="b"), Value(10.0, label="c")
    e = a * b
    e.label = "e"
    d = e + c
    d.label = "d"
    f = Value(-2.0, label="f")
    L = d * f
    L.label = "L"
    return L


def svg(root: Value, **how: Any) -> ElementTree.Element:
    return ElementTree.fromstring(str(draw_dot(root, **how).pipe(encoding="utf-8")))


def parts(picture: ElementTree.Element, what: str) -> list[ElementTree.Element]:
    return [g for g in picture.iter(f"{SVG}g") if what in g.get("class", "").split()]


def words(part: ElementTree.Element) -> list[str]:
    return [" ".join((t.text or "").split()) for t in part.iter(f"{SVG}text")]


def box(picture: ElementTree.Element, label: str) -> list[str]:
    (found,) = [words(g) for g in parts(picture, "node") if label in words(g)]
    return found


def middle(part: ElementTree.Element) -> float:
    """The height of a box's middle."""
    heights = [float(t.get("y", "nan")) for t in part.iter(f"{SVG}text")]
    return (min(heights) + max(heights)) / 2


# ---- trace ----


def test_trace_gives_nodes_and_edges_as_sets() -> None:
    a = Value(1.0)
    b = a + a
    c = b * a
    nodes, edges = trace(c)
    assert nodes == {a, b, c}
    assert edges == {(a, b), (b, c), (a, c)}
    assert list(nodes) == [a, b, c]
    assert list(edges) == [(a, b), (b, c), (a, c)]


def test_trace_of_a_leaf_and_of_a_long_chain() -> None:
    a = Value(1.0)
    assert [len(x) for x in trace(a)] == [1, 0]
    b = a
    for _ in range(20_000):
        b = b + 1.0
    assert [len(x) for x in trace(b)] == [20_001, 20_000]


@pytest.mark.parametrize("bad", [3.0, None, "x", [Value(1.0)]])
def test_what_is_no_value_is_refused(bad: Any) -> None:
    with pytest.raises(NotANumber, match="needs a Value"):
        draw_dot(bad)
    with pytest.raises(NotANumber, match="needs a Value"):
        trace(bad)


# ---- what stands in the picture ----


def test_every_value_is_one_box_and_every_use_one_arrow() -> None:
    picture = svg(lecture())
    assert sorted(words(g)[0] for g in parts(picture, "node") if len(words(g)) == 3) == ["a", "b", "c", "f"]
    assert len(parts(picture, "node")) == 7
    titles = sorted(str(g.findtext(f"{SVG}title")) for g in parts(picture, "edge"))
    assert titles == ["n0->n3", "n1->n3", "n2->n4", "n3->n4", "n4->n6", "n5->n6"]


def test_data_gradient_operation_and_local_derivatives_are_shown() -> None:
    L = lecture()
    assert box(svg(L), "L") == ["*", "L", "data -8.0000", "grad —"]
    L.backward()
    picture = svg(L)
    # By hand: L = (ab + c)·f, so ∂L/∂a = b·f = 6, ∂L/∂f = ab + c = 4; the arrows hold ∂e/∂a = b, ∂e/∂b = a.
    assert box(picture, "L") == ["*", "L", "data -8.0000", "grad 1.0000"]
    assert box(picture, "a") == ["a", "data 2.0000", "grad 6.0000"]
    assert box(picture, "f") == ["f", "data -2.0000", "grad 4.0000"]
    by_title = {g.findtext(f"{SVG}title"): words(g) for g in parts(picture, "edge")}
    assert by_title["n0->n3"] == ["∂ -3.0000"]
    assert by_title["n1->n3"] == ["∂ 2.0000"]
    assert by_title["n2->n4"] == ["∂ 1.0000"]


def test_a_gradient_of_zero_is_not_the_same_as_none() -> None:
    a = Value(-1.0, label="a")
    out = a.relu()
    assert "grad —" in box(svg(out), "a")
    out.backward()
    assert "grad 0.0000" in box(svg(out), "a")


def test_a_number_used_twice_has_two_arrows() -> None:
    a = Value(3.0, label="a")
    assert len(parts(svg(a + a), "edge")) == 2
    assert len(parts(svg(a * a * a), "edge")) == 4
    assert len(parts(svg(microgradnn.sum([a, a, a, 1.0])), "edge")) == 4


@pytest.mark.parametrize("swapped", [False, True])
def test_operands_stand_in_order_from_the_top(swapped: bool) -> None:
    a, b = Value(1.0, label="a"), Value(2.0, label="b")
    picture = svg(b - a if swapped else a - b)
    heights = {words(g)[0]: middle(g) for g in parts(picture, "node")}
    assert (heights["b"] < heights["a"]) is swapped


def test_operands_of_many_stand_in_order_plain_numbers_among_them() -> None:
    xs: list[Any] = [Value(float(i), label=f"x{i}") for i in range(6)]
    xs[2] = 7.25
    picture = svg(microgradnn.sum(xs))
    order = [(middle(g), words(g)[0]) for g in parts(picture, "node") if words(g)[0] != "sum"]
    assert [name for _, name in sorted(order)] == ["x0", "x1", "7.2500", "x3", "x4", "x5"]


def test_kinds_of_numbers_differ_in_shape() -> None:
    w, x = Value(0.5, label="layer0.neuron0.w[1]"), Value(2.0, label="x")
    frozen = Value(4.0, label="k")
    frozen.frozen = True
    out = w * x + frozen * x + 1.5
    kinds = {"layer0.neuron0.w[1]": "parameter", "x": "input", "k": "constant", "1.5000": "constant"}
    shapes: dict[str, Any] = {}
    for g in parts(svg(out), "node"):
        assert g.get("class") == "node"  # as Graphviz writes it, for those who read its files
        what = kinds.get(words(g)[0], "operation")
        drawn = next(e for e in g.iter() if e.tag in {f"{SVG}polygon", f"{SVG}ellipse", f"{SVG}path"})
        corners = len(drawn.get("points", "").split())
        shapes.setdefault(what, set()).add((drawn.tag.removeprefix(SVG), corners))
    assert shapes == {
        "parameter": {("polygon", 7)},  # six corners, the first of them named again
        "input": {("ellipse", 0)},
        "operation": {("path", 0)},
        "constant": {("polygon", 6)},
    }


@pytest.mark.parametrize(
    ("labels", "parameters"),
    [
        (["layer0.neuron3.w[1]", "layer0.neuron3.b", "x"], [0, 1]),
        (["w[0]", "w[1]", "b"], [0, 1, 2]),
        (["x1", "x2", "w1", "w2", "b"], [2, 3, 4]),
        (["hidden_weights[0][1]", "output_bias[0]", "synapse0[1][0]", "inputs[0]"], [0, 1, 2]),
        (["a", "b", "c", "f"], []),
        (["", "web", "x.y", "wide"], []),
        ([3, "w"], [1]),
    ],
)
def test_parameters_are_known_by_their_names(labels: list[Any], parameters: list[int]) -> None:
    leaves = [Value(1.0, label=label) for label in labels]
    assert parameters_among(leaves) == {leaves[i] for i in parameters}


def test_nothing_is_differentiated_through_a_constant_and_the_arrow_says_so() -> None:
    a = Value(2.0, label="a")
    source = draw_dot(a * 3.0).source
    assert 'n1_1 -> n1 [style=dashed tooltip="operand 2 of 2, a constant"]' in source
    assert 'n0 -> n1 [label="∂ 3.0000" tooltip="operand 1 of 2, local derivative 3.0"]' in source


def test_higher_order_gradients_and_odd_numbers_are_drawn() -> None:
    x = Value(2.0, label="x")
    (x * x * x).backward(create_graph=True)
    first = x.grad
    assert box(svg(first * 1.0), "x")[1:] == ["data 2.0000", "grad 12.0000"]  # 3x²
    odd = Value(math.inf, label="inf") * 0.0 + Value(-math.inf) + Value(-0.0) + Value(5e-324)
    everything = [word for g in parts(svg(odd), "node") for word in words(g)]
    assert {"data inf", "data nan", "data -0.0000", "data 4.941e-324"} <= set(everything)


def test_a_primitive_of_the_users_own_is_drawn() -> None:
    cube = microgradnn.primitive("drawn_cube", lambda x: x**3, lambda x, out: 3 * x**2)
    assert box(svg(cube(Value(2.0))), "drawn_cube") == ["drawn_cube", "data 8.0000", "grad —"]


@pytest.mark.parametrize("rankdir", ["LR", "TB", "RL", "BT"])
def test_every_direction(rankdir: str) -> None:
    assert f"rankdir={rankdir}" in draw_dot(lecture(), rankdir=rankdir).source
    assert len(parts(svg(lecture(), rankdir=rankdir), "node")) == 7


def test_a_dense_graph_keeps_all_its_arrows_and_their_labels() -> None:
    xs: list[Any] = [Value(i / 10, label=f"x{i}") for i in range(30)]
    sums = [microgradnn.dot(xs, [0.5 + i / 9] * 15 + [-0.25] * 15) for i in range(17)]
    root = microgradnn.sum(sums)
    picture = svg(root)
    arrows = parts(picture, "edge")
    assert len(arrows) == 17 * 61 + 17
    assert sum(bool(words(g)) for g in arrows) == 17 * 30 + 17  # those from constants have no derivative


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(SettingError, match="LR, TB, RL, BT"):
        draw_dot(lecture(), rankdir="up")
    with pytest.raises(SettingError, match="svg, png"):
        draw_dot(lecture(), format="gif89")


# ---- texts do nothing ----

HOSTILE = [
    '"];evil[label="',
    "\\",
    "\\N \\G \\l \\\\",
    "{a|b}<port>",
    "<b>bold</b>",
    "<<TABLE>>",
    "a\nb\r\tc\x00\x07",
    "&lt;script&gt; & &amp;",
    "</text><script>alert(1)</script>",
    "javascript:alert(1)",
    "evil \u202etxt.exe\u202c \u200f\u2066",
    "\ud800 lone",
    "λ → ∞ 中文 😀",
    "n3",
    "]]> --> <!--",
    "% # // /* ",
    "x" * 500,
    " ",
]


@pytest.mark.parametrize("label", HOSTILE)
def test_labels_are_shown_as_they_are_and_do_nothing(label: str) -> None:
    a = Value(1.0, label=label)
    b = a * 2.0
    b.label = label
    picture = svg(b)
    assert len(parts(picture, "node")) == 3
    assert len(parts(picture, "edge")) == 2
    assert not [e for e in picture.iter() if "script" in str(e.tag)]
    assert not [value for e in picture.iter() for name, value in e.items() if name.endswith("href")]
    expected = " ".join(f"{shorten(visible(label))} data 1.0000 grad —".split())
    assert [" ".join(filter(None, words(g))) for g in parts(picture, "node")].count(expected) == 1


def test_two_thousand_hostile_labels_are_shown_and_told_as_they_are() -> None:
    seed = random.randrange(10**6)
    print("seed", seed)
    rng = random.Random(seed)
    signs = "\\\"'<>&{}|[]()/#;:%$\n\r\t\0 \x7f\x85\u200b\u202e\u2028\ud800\uffff€→中😀abNGTEHLlnr0.-_=,`~!?*+^"
    for _ in range(4):
        labels = ["".join(rng.choices(signs, k=rng.randrange(30))) + f"#{i}" for i in range(500)]
        picture = svg(microgradnn.sum([Value(0.0, label=label) for label in labels]))
        seen = {(t.text or "").replace("\u00a0", " ") for t in picture.iter(f"{SVG}text")}
        tooltips = [value for e in picture.iter() for name, value in e.items() if name.endswith("}title")]
        told = {value.replace("\u00a0", " ") for value in tooltips}
        assert {shorten(visible(label)) for label in labels} <= seen
        assert {f"{visible(label)}: data 0.0, grad not computed" for label in labels} <= told


def test_a_label_that_is_no_text_and_one_that_cannot_be_written() -> None:
    class Silent:
        def __str__(self) -> str:
            raise RuntimeError("no words")

        __repr__ = __str__

    numbered: Any = 3
    assert "3" in words(parts(svg(Value(1.0, label=numbered)), "node")[0])
    silent: Any = Silent()
    shown = Value(1.0, label=silent)._repr_mimebundle_()
    assert list(shown) == ["text/plain"]
    assert "no words" in shown["text/plain"]


# ---- the same bytes ----

PROGRAM = """
import random
from microgradnn.engine import Value
from microgradnn.drawing import draw_dot
random.seed(7)
xs = [Value(random.uniform(-2, 2), label=f"x{i}") for i in range(6)]
for _ in range(30):
    a, b = random.choice(xs), random.choice(xs)
    xs.append(random.choice([a + b, a * b.tanh()]))
xs[-1].backward()
import sys
sys.stdout.write(draw_dot(xs[-1]).source)
"""


def test_the_same_program_draws_the_same_bytes_whatever_the_hash_seed() -> None:
    seen = set()
    for seed in ("0", "1", "random"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, env=environment, check=True)
        seen.add(done.stdout)
    assert len(seen) == 1
    assert draw_dot(lecture()).pipe() == draw_dot(lecture()).pipe()


# ---- files and notebooks ----


def test_the_lectures_usage_gives_a_digraph_and_writes_files(tmp_path: Path) -> None:
    dot = draw_dot(lecture())
    assert isinstance(dot, graphviz.Digraph)
    assert dot.format == "svg"
    written = dot.render(str(tmp_path / "gout"))
    assert written == str(tmp_path / "gout.svg")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["gout", "gout.svg"]
    assert (tmp_path / "gout").read_text("utf-8") == dot.source
    ElementTree.parse(written)


def test_render_follows_graphviz(tmp_path: Path) -> None:
    dot = draw_dot(lecture(), format="png")
    assert Path(dot.render(outfile=tmp_path / "a.svg")).read_bytes().startswith(b"<?xml")
    assert (tmp_path / "a.gv").exists()
    assert Path(dot.render("b", tmp_path / "new", cleanup=True)).read_bytes().startswith(b"\x89PNG")
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["b.png"]
    with pytest.raises(graphviz.FileExistsError):
        dot.render("b", tmp_path / "new", raise_if_result_exists=True)
    with pytest.raises(SettingError, match="no ending"):
        dot.render(outfile=tmp_path / "noending")
    with pytest.raises(SettingError, match="would both be"):
        dot.render(outfile=tmp_path / "c.gv")
    text = Path(dot.render("d", tmp_path, format="dot")).read_text("utf-8")
    assert text.startswith("digraph")


def test_view_opens_the_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(graphviz, "view", lambda path, quiet: seen.append(path))
    assert draw_dot(lecture()).render(tmp_path / "v", view=True) == seen[0]


def test_a_notebook_shows_the_digraph() -> None:
    dot = draw_dot(lecture())
    assert list(dot._repr_mimebundle_()) == ["image/svg+xml"]
    both = dot._repr_mimebundle_(include=["image/png", "image/svg+xml"], exclude=["image/svg+xml"])
    assert list(both) == ["image/png"]
    assert dot._repr_image_svg_xml().startswith("<?xml")
    assert dot.copy().pipe() == dot.pipe()


def test_a_notebook_shows_a_value_as_picture_and_text() -> None:
    shown = lecture()._repr_mimebundle_(include=None, exclude=None)
    assert len(parts(ElementTree.fromstring(shown["image/svg+xml"]), "node")) == 7
    assert shown["text/plain"] == "Value(data=-8.0, label='L')"
    assert lecture()._repr_svg_() == shown["image/svg+xml"]


def test_a_large_graph_is_shown_folded() -> None:
    x = Value(1.0)
    for _ in range(1000):
        x = x + 1.0
    shown = x._repr_mimebundle_()
    assert "sum of 1,001 terms" in shown["image/svg+xml"]
    assert shown["text/plain"] == "Value(data=1001.0)"


def test_a_graph_too_large_to_be_folded_in_passing_is_shown_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook, "MOST", 300)
    x = Value(1.0)
    for _ in range(300):
        x = x + 1.0
    shown = x._repr_mimebundle_()
    assert list(shown) == ["text/plain"]
    assert "draw(" in shown["text/plain"]
    assert x._repr_svg_() is None


def test_a_value_that_was_never_initialised_still_shows_something() -> None:
    empty = Value.__new__(Value)
    assert "Value" in empty._repr_mimebundle_()["text/plain"]


# ---- with and without programs that draw ----


@pytest.fixture
def nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(render.VARIABLE, raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(render.metadata, "files", lambda name: None)


@pytest.mark.usefixtures("nothing")
def test_without_a_program_there_is_the_text_and_a_clear_word(tmp_path: Path) -> None:
    dot = draw_dot(lecture())
    assert render.program() is None
    with pytest.raises(MissingLibrary, match="pip install graphviz-pure"):
        dot.pipe()
    assert dot.pipe("dot") == dot.source.encode()
    assert Path(dot.render("x", tmp_path, format="dot")).read_text("utf-8") == dot.source
    shown = dot._repr_mimebundle_()
    assert "pip install graphviz-pure" in shown["text/plain"]
    assert dot.source in shown["text/plain"]
    assert "pip install graphviz-pure" in lecture()._repr_mimebundle_()["text/plain"]


def test_without_the_package_there_is_no_pure_program(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise render.metadata.PackageNotFoundError(name)

    monkeypatch.delenv(render.VARIABLE, raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(render.metadata, "files", missing)
    assert render.program() is None


def script(path: Path, text: str) -> str:
    path.write_text(f"#!{sys.executable}\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


@pytest.mark.skipif(sys.platform == "win32", reason="a script is not a program on Windows")
def test_the_environment_goes_before_the_path_and_the_path_before_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    say = "import sys; sys.stdin.read(); print(sys.argv[0].rsplit('/')[-1], *sys.argv[1:])"
    script(tmp_path / "dot", say)
    other = script(tmp_path / "other", say)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv(render.VARIABLE, other)
    assert render.render("digraph {}") == b"other -Kdot -Tsvg\n"
    monkeypatch.setenv(render.VARIABLE, "other")  # a name on the PATH will do
    assert render.render("digraph {}", "png") == b"other -Kdot -Tpng\n"
    monkeypatch.delenv(render.VARIABLE)
    assert render.render("digraph {}", engine="neato") == b"dot -Kneato -Tsvg\n"
    monkeypatch.setenv("PATH", "")
    found = render.program()
    assert found is None or found.found == render.PURE


def test_a_variable_that_names_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(render.VARIABLE, "no-such-program-anywhere")
    with pytest.raises(SettingError, match="unset it"):
        render.render("digraph {}")
    assert "unset it" in lecture()._repr_mimebundle_()["text/plain"]


@pytest.mark.skipif(sys.platform == "win32", reason="there, the ending makes a program")
def test_a_program_that_cannot_be_run_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "dot"
    broken.write_bytes(b"\x7fELF no program")
    broken.chmod(0o755)
    monkeypatch.setenv(render.VARIABLE, str(broken))
    with pytest.raises(MicrogradnnError, match=r"could not be run .*pip install graphviz-pure"):
        render.render("digraph {}")


def test_what_the_program_says_is_passed_on() -> None:
    with pytest.raises(MicrogradnnError, match="syntax error"):
        render.render("digraph {")
    with pytest.raises(MicrogradnnError, match="could not draw the graph as nonsense"):
        render.render("digraph {}", "nonsense")


# ---- dark screens ----


def test_a_themed_picture_stays_the_same_picture_and_valid() -> None:
    plain = str(draw_dot(lecture()).pipe(encoding="utf-8"))
    dark = themed(plain)
    ElementTree.fromstring(dark)
    style = re.findall(r"\n<style>.*?</style>", dark)
    assert len(style) == 1
    assert dark.replace(style[0], "") == plain
    assert "prefers-color-scheme:dark" in style[0]


def test_boxes_come_after_what_they_were_computed_from() -> None:
    names = re.findall(r"^\t(n\d+) \[", draw_dot(lecture()).source, re.MULTILINE)
    assert all(int(a[1:]) < int(b[1:]) for a, b in pairwise(names))
