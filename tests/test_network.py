"""The picture of a network shows every weight, bias and neuron it has room for, and says what it leaves out."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from microgradnn import Value, no_grad
from microgradnn.drawing.network import Dense, network
from microgradnn.drawing.pen import HAIR, Pen, brief
from microgradnn.drawing.shapes import COLOURS, Disc, Line, Words, svg
from microgradnn.errors import FileError, Misuse, SettingError, ShapeError
from microgradnn.nn import MLP, Dropout, Layer, Module, Neuron, Sequential
from microgradnn.nn.wiring import wiring
from microgradnn.plots import NetworkDrawing, draw_network

SVG = "{http://www.w3.org/2000/svg}"


def words(drawing: NetworkDrawing) -> list[str]:
    return [shape.text for shape in drawing.picture.shapes if isinstance(shape, Words)]


def weights(drawing: NetworkDrawing) -> list[Line]:
    return [shape for shape in drawing.picture.shapes if isinstance(shape, Line) and "weight" in shape.title]


def neurons(drawing: NetworkDrawing) -> list[Disc]:
    return [shape for shape in drawing.picture.shapes if isinstance(shape, Disc) and "neuron" in shape.title]


# ---- what is shown ----


def test_every_weight_is_a_line_and_every_neuron_a_disc() -> None:
    model = MLP(2, [3, 1], rng=1)
    drawing = draw_network(model)
    titles = {line.title for line in weights(drawing)}
    expected = {
        f"layer{k}, neuron {j}, input {i}: weight {w.data!r}"
        for k, layer in enumerate(model.layers)
        for j, neuron in enumerate(layer.neurons)
        for i, w in enumerate(neuron.w)
    }
    assert titles == expected
    assert len(weights(drawing)) == len(expected) == 9
    assert len(neurons(drawing)) == 4
    assert {"inputs", "layer0", "layer1", "3 neurons, relu", "1 neuron, linear", "x[0]"} <= set(words(drawing))


def test_lines_join_the_discs_that_they_belong_to() -> None:
    drawing = draw_network([Dense([[1.0, -2.0]])])
    discs = [shape for shape in drawing.picture.shapes if isinstance(shape, Disc)]
    for line, (x, y) in zip(sorted(weights(drawing), key=by_title), [(d.x, d.y) for d in discs[:2]], strict=True):
        (ax, ay), (bx, by) = line.points
        assert math.hypot(ax - x, ay - y) == pytest.approx(discs[0].radius)
        assert math.hypot(bx - discs[2].x, by - discs[2].y) == pytest.approx(discs[2].radius)


def by_title(line: Line) -> str:
    return line.title


def test_width_tells_the_size_and_dashes_the_sign() -> None:
    pen = Pen(largest=2.0, thick=7.0, finite=True)
    widths = [pen.look(w)[1] for w in (0.0, 0.5, -1.0, 2.0)]
    assert widths[1] - widths[0] == pytest.approx((widths[3] - widths[0]) / 4)
    assert widths[2] - widths[0] == pytest.approx((widths[3] - widths[0]) / 2)
    assert widths[3] == 7.0
    assert pen.look(1.0)[2] == ""
    assert pen.look(-1.0)[2]
    assert len({pen.look(w)[2] for w in (1.0, -1.0, math.nan)}) == 3
    assert Pen(0.0, 7.0, True).look(0.0)[1] > 0


def test_what_is_not_finite_is_dotted_and_in_the_legend() -> None:
    drawing = draw_network([Dense([[math.nan, 1e308], [math.inf, -1e308]])])
    assert sorted(line.role for line in weights(drawing)) == ["minus", "odd", "odd", "plus"]
    assert "not finite" in words(drawing)
    assert "not finite" not in words(draw_network([Dense([[1.0]])]))
    ElementTree.fromstring(drawing.source)


def test_a_bias_is_written_below_its_neuron_and_is_its_rim() -> None:
    drawing = draw_network([Dense([[1.0], [1.0], [1.0]], [1.0, -0.25, 0.0])])
    assert {"b 1", "b -0.25", "b 0"} <= set(words(drawing))
    rims = [(disc.role, disc.width) for disc in neurons(drawing)]
    assert [role for role, _ in rims] == ["plus", "minus", "plus"]
    assert rims[0][1] > rims[1][1] > rims[2][1]
    assert not any(text.startswith("b ") for text in words(draw_network([Dense([[1.0]])])))


def test_inputs_give_what_neurons_put_out() -> None:
    model = MLP(2, [3, 2], activation="tanh", output="softmax", rng=1)
    drawing = draw_network(model, [0.5, -1.0], inputs=["east", "north"], outputs=["yes", "no"])
    out = [value.data for value in model([0.5, -1.0])]
    told = [disc.title for disc in neurons(drawing)[-2:]]
    assert [float(title.rpartition(" ")[2]) for title in told] == out
    assert {"0.5", "-1", "east", "north", "yes", "no", "2 neurons, softmax"} <= set(words(drawing))


def test_the_curve_of_the_activation_is_in_the_neuron() -> None:
    (neuron,) = neurons(drawing := draw_network(Neuron(1, activation="relu", rng=1)))
    curve = next(s for s in drawing.picture.shapes if isinstance(s, Line) and len(s.points) > 2)
    heights = [neuron.y - y for _, y in curve.points]
    assert len(set(heights[:17])) == 1  # relu is 0 up to 0 …
    assert heights[16] < heights[20] < heights[32]  # … and then rises
    whole = draw_network(Layer(2, 2, activation="softmax", rng=1))  # no function of one number
    assert not [s for s in whole.picture.shapes if isinstance(s, Line) and len(s.points) > 2]


@pytest.mark.parametrize("curve", [lambda z: 0.0, lambda z: math.nan])
def test_an_activation_without_a_curve_has_none(curve: Any) -> None:
    picture = network([Dense([[1.0]], curve=curve)])
    assert not [s for s in picture.shapes if isinstance(s, Line) and s.role in ("ink", "faint")]


def test_large_layers_are_elided_and_it_says_so() -> None:
    drawing = draw_network(Layer(100, 64, rng=1), most=8)
    assert len(neurons(drawing)) == 8
    assert {"… 8 of 100 shown", "… 8 of 64 shown", "x[0]", "x[3]", "x[96]", "x[99]"} <= set(words(drawing))
    assert "x[4]" not in words(drawing)
    lines = [s for s in drawing.picture.shapes if isinstance(s, Line) and s.role in ("plus", "minus")]
    assert len(lines) == 64 + 2  # and two in the legend
    assert len(drawing.source) < 40_000
    everything = draw_network(Layer(8, 8, rng=1), most=8)
    assert not any("shown" in text for text in words(everything))


def test_nothing_lies_outside_of_the_paper_or_on_each_other() -> None:
    for model in (MLP(2, [16, 16, 1], rng=1), Layer(20, 3, rng=1), MLP(1, [1, 1, 1], rng=1)):
        picture = draw_network(model).picture
        discs = [s for s in picture.shapes if isinstance(s, Disc) and s.radius > 5]
        for k, disc in enumerate(discs):
            assert disc.x - disc.radius > 0
            assert disc.x + disc.radius < picture.width
            assert disc.y + disc.radius < picture.height
            for other in discs[:k]:
                assert math.hypot(disc.x - other.x, disc.y - other.y) > disc.radius + other.radius
        for text in (s for s in picture.shapes if isinstance(s, Words)):
            assert 0 < text.x < picture.width
            assert 0 < text.y < picture.height


# ---- which models ----


def test_a_sequential_says_what_lies_between_its_layers() -> None:
    def squash(v: Any) -> Any:
        return v

    model = Sequential(Layer(2, 3, rng=1), Dropout(0.25), squash, Layer(3, 1, rng=1), squash)
    assert [layer.note for layer in wiring(model).layers] == ["", "after dropout 0.25 (in training), squash"]
    assert wiring(model).remarks == ["the outputs then go through squash"]
    first = draw_network(model, [1.0, 2.0]).source
    assert first == draw_network(model, [1.0, 2.0]).source  # dropout lets everything through
    assert model.training


class Custom(Module):
    """Neurons of its own, and a layer that is called after them though it was made first."""

    def __init__(self) -> None:
        self.last = Layer(3, 1, rng=1)
        self.unused = Layer(7, 7, rng=1)
        self.neurons = [Neuron(2, activation="tanh", rng=k) for k in range(3)]
        self.scale = Value(2.0)

    def __call__(self, x: Any) -> Any:
        return self.last([neuron(x) for neuron in self.neurons]) * self.scale


def test_a_model_of_ones_own_is_drawn_in_the_order_of_its_calls() -> None:
    found = wiring(Custom(), [0.5, 1.5])
    assert [len(layer.weights) for layer in found.layers] == [3, 1]
    assert found.layers[0].inputs == [0.5, 1.5]
    assert found.remarks == [
        "not shown, since not called for these inputs: unused",
        "not shown: 57 parameters outside of these layers "
        "(unused.neuron0.w[0], unused.neuron0.w[1], unused.neuron0.w[2], …)",
    ]
    with pytest.raises(ShapeError, match="unused reads 7 numbers, but last before it gives 1"):
        wiring(Custom())


class Scaled(Module):
    """A layer that reads something else than the inputs."""

    def __init__(self) -> None:
        self.layer = Layer(2, 1, rng=1)

    def __call__(self, x: Any) -> Any:
        return self.layer([10 * v for v in x])


def test_inputs_that_the_first_layer_does_not_read_are_not_shown_as_its_inputs() -> None:
    found = wiring(Scaled(), [0.5, 1.5])
    assert found.layers[0].inputs is None
    assert "computed from the inputs" in found.remarks[0]


def test_what_cannot_be_drawn_is_said() -> None:
    class Idle(Module):
        def __init__(self) -> None:
            self.layer = Layer(2, 1, rng=1)

        def __call__(self, x: Any) -> Any:
            return x

    with pytest.raises(Misuse, match="called none of its layers"):
        draw_network(Idle(), [1.0, 2.0])
    assert draw_network(Idle())

    class Alone(Module):
        def __init__(self) -> None:
            self.w = Value(1.0)

    with pytest.raises(Misuse, match=r"Alone has no layers to draw .* 1 parameter"):
        draw_network(Alone())
    with pytest.raises(SettingError, match=r"draws a Module .* not int"):
        draw_network(3)  # type: ignore[arg-type]
    with pytest.raises(ShapeError, match="1 names are given for the 2 inputs"):
        draw_network(Layer(2, 1, rng=1), inputs=["x"])
    with pytest.raises(ShapeError, match="neuron of 3 weights, but there are 2"):
        draw_network([Dense([[1.0, 2.0]] * 2), Dense([[1.0, 2.0, 3.0]])])
    with pytest.raises(ShapeError, match="2 neurons and 1 biases"):
        draw_network([Dense([[1.0], [2.0]], [1.0])])
    with pytest.raises(ShapeError, match="no layer"):
        network([])
    with pytest.raises(SettingError, match="most=1"):
        draw_network(Layer(2, 1, rng=1), most=1)
    with pytest.raises(Misuse, match="leave x out"):
        draw_network([Dense([[1.0]])], x=[1.0])
    with pytest.raises(ShapeError, match="expects 2 inputs, got 3"):
        draw_network(Layer(2, 1, rng=1), [1.0, 2.0, 3.0])


def test_drawing_changes_nothing() -> None:
    model = MLP(2, [3, 1], rng=1)
    model([1.0, 2.0]).backward()
    before = [(value.data, value.grad) for value in model.parameters()]
    model.eval()
    with no_grad():
        draw_network(model, [1.0, 2.0])
    assert not model.training
    assert [(value.data, value.grad) for value in model.parameters()] == before


# ---- as a file ----


def test_same_network_same_bytes_and_three_themes() -> None:
    model = MLP(2, [3, 1], rng=1)
    light, dark, auto = (draw_network(model, theme=theme).source for theme in ("light", "dark", "auto"))
    assert light == draw_network(model).source
    assert COLOURS["paper"][1] in dark
    assert COLOURS["paper"][1] not in light
    assert "prefers-color-scheme:dark" in auto
    with pytest.raises(SettingError, match="light, dark, auto"):
        draw_network(model, theme="sepia")


def test_it_is_saved_by_its_ending_and_shown_in_notebooks(tmp_path: Path) -> None:
    drawing = draw_network(MLP(2, [3, 1], rng=1))
    drawing.save(tmp_path / "net.svg")
    assert (tmp_path / "net.svg").read_text("utf-8") == drawing.source
    with pytest.raises(SettingError, match=r"it is \.svg or \.png"):
        drawing.save(tmp_path / "net.gif")
    with pytest.raises(SettingError, match="svg, png"):
        drawing.pipe("pdf")
    with pytest.raises(FileError, match="cannot be written"):
        drawing.save(tmp_path / "no" / "net.svg")
    assert set(drawing._repr_mimebundle_()) == {"image/svg+xml", "text/plain"}
    assert set(drawing._repr_mimebundle_(include=["text/plain"])) == {"text/plain"}
    assert repr(drawing) == "<NetworkDrawing: MLP(2, [3, 1]): relu, linear; 13 parameters>"


def test_a_png_of_twice_the_size(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra `plots` is not installed")
    drawing = draw_network(MLP(2, [3, 1], rng=1), outputs=["$x$ <b>\n中"])
    drawing.save(tmp_path / "net.png")
    raw = (tmp_path / "net.png").read_bytes()
    assert raw.startswith(b"\x89PNG")
    width, height = int.from_bytes(raw[16:20], "big"), int.from_bytes(raw[20:24], "big")  # PNG's IHDR
    assert (width, height) == (2 * drawing.picture.width, 2 * drawing.picture.height)
    assert drawing.pipe("png") == raw


def test_names_are_shown_as_they_are() -> None:
    drawing = draw_network([Dense([[1.0]], name="a<b>&\n", activation='"]')], inputs=["<script>"], outputs=["\u202ex"])
    texts = [e.text for e in ElementTree.fromstring(drawing.source).iter(f"{SVG}text")]
    assert {"a<b>&\\n", '1 neuron, "]', "<script>", "\\u202ex"} <= set(texts)
    assert not re.search("<script|\u202e", drawing.source)


def test_numbers_are_written_briefly() -> None:
    assert [brief(x) for x in (999.4, 999.6, 9999.6, -0.0, math.inf)] == ["999", "1000", "1e4", "0", "inf"]
    assert [brief(x, 2) for x in (0.0964, 123.0, -0.5)] == ["0.096", "123", "-0.5"]
    assert svg(network([Dense([[1.0]])])).startswith("<svg")


def test_of_many_weights_the_largest_stand_out_and_it_says_so() -> None:
    table = [[(16.0 * j + i) / 256 for i in range(16)] for j in range(16)]  # 0, 1/256, … 255/256
    picture = network([Dense(table, name="middle")])
    lines = {float(s.title.rpartition(" ")[2]): s.width for s in picture.shapes if isinstance(s, Line) and s.title}
    assert len(lines) == 256
    hairs = sorted(w for w, width in lines.items() if width == HAIR)
    assert hairs == [k / 256 for k in range(136)]
    said = [s.text for s in picture.shapes if isinstance(s, Words)]
    assert "middle: of 256 weights the 120 largest (down to 0.531) are drawn so, the others as hairlines" in said
    few = network([Dense([[1.0] * 12] * 10)])  # 120 of them
    assert not any("largest" in s.text for s in few.shapes if isinstance(s, Words))
