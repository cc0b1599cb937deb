"""What notebooks show of models and histories: all of it on unfolding, nothing that acts, and never an exception."""

from __future__ import annotations

import math
from html.parser import HTMLParser
from typing import Any

import pytest

from microgradnn import Value
from microgradnn.drawing.sheet import gapped, some
from microgradnn.nn import MLP, Dropout, Layer, Module, Neuron, Sequential
from microgradnn.train import History

QUIET = {"details", "summary", "div", "pre", "table", "thead", "tbody", "tr", "th", "td", "b", "code"}
SVG = {"svg", "title", "style", "rect", "g", "path", "text", "circle"}


class Page(HTMLParser):
    """The elements, the texts and the tables of a page; every element is closed in its place."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[str] = []
        self.texts: list[str] = []
        self.titles: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.elements.append(tag)
        for name, value in attrs:
            assert not name.startswith("on")
            assert name not in ("href", "src")
            if name == "title":
                self.titles.append(value or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data.strip())


def page(thing: Any) -> Page:
    read = Page(thing._repr_html_())
    assert set(read.elements) <= QUIET | SVG
    return read


# ---- models ----


def test_every_parameter_of_a_small_model_is_there() -> None:
    model = MLP(2, [3, 1], rng=1)
    read = page(model)
    told = [title for title in read.titles if title]
    assert sorted(map(float, told)) == sorted(value.data for value in model.parameters())
    assert {"layer0", "layer1", "neuron0", "w[1]", "b", "Layer(2, 3, activation='relu')"} <= set(read.texts)
    assert read.elements.count("details") == 3  # the model and its two layers; neurons are rows
    assert any("13 parameters" in text for text in read.texts)


def test_gradients_and_what_is_frozen_are_told() -> None:
    neuron = Neuron(1, rng=1)
    neuron.w[0].grad = 0.25
    assert neuron.b is not None
    neuron.b.frozen = True
    read = page(neuron)
    assert [title.partition(", ")[2] for title in read.titles] == ["gradient 0.25", "frozen"]
    assert any("1 frozen (*)" in text for text in read.texts)
    assert any(text.endswith("*") for text in read.texts)


def test_large_layers_say_what_they_leave_out() -> None:
    read = page(Layer(100, 64, rng=1))
    assert {"… 40 rows not shown", "… 89 columns not shown"} <= set(read.texts)
    assert len(page(Layer(100, 64, rng=1)).titles) <= 24 * 13
    many = Sequential(*(Sequential(Layer(1, 2, rng=1)) for _ in range(150)))
    assert "… and more: the first 200 of 601 modules are shown" in page(many).texts


class Own(Module):
    """Parameters of its own, shared ones and nested ones."""

    def __init__(self) -> None:
        self.blocks = [Sequential(Layer(2, 2, rng=1), Dropout()) for _ in range(2)]
        self.scale = {"a": Value(2.0), "<b>": Value(3.0)}
        self.again = self.blocks[0]


def test_a_model_of_ones_own_shows_each_module_once() -> None:
    read = page(Own())
    assert {"scale.a", "scale['<b>']", "block1", "again: the same again as above"} <= set(read.texts)
    assert len([title for title in read.titles if title]) == 14


class Set(Module):
    """Its parameter is in a set, which is an error to list."""

    def __init__(self) -> None:
        self.s = {Value(1.0)}


class Silent(Module):
    """It cannot even say what it is."""

    def __repr__(self) -> str:
        raise ZeroDivisionError("<script>")


class Sullen(Module):
    """Nor can it say why."""

    def __repr__(self) -> str:
        raise self

    class Reason(Exception):
        def __str__(self) -> str:
            raise ValueError

    def named_modules(self) -> Any:
        raise Sullen.Reason


@pytest.mark.parametrize("kind", [Set, Silent, Sullen])
def test_no_state_of_a_model_raises(kind: type[Module]) -> None:
    assert any(f"{kind.__name__} object at" in text for text in page(kind()).texts)


def test_half_made_models_are_shown() -> None:
    half = Layer.__new__(Layer)
    assert page(half).texts
    looped = Own()
    looped.again = looped  # type: ignore[assignment]
    assert page(looped).texts


# ---- histories ----


def test_a_history_has_its_curve_and_its_epochs() -> None:
    read = page(History([3.0, 1.0], [2.5, 0.75], [2.0, 1.0], 2, 1, "", ["a <dead> unit"]))
    assert {"2 epochs", "0.75", "1 (best)", "training", "validation"} <= set(read.texts)
    assert any("a <dead> unit" in text for text in read.texts)
    assert read.elements.count("svg") == 1


def test_long_histories_show_their_ends() -> None:
    losses = [1 / (k + 1) for k in range(1000)]
    html = History(losses, losses, epochs=1000, best=999)._repr_html_()
    assert "1,000 epochs (40 shown)" in html
    assert "999 (best)" in html
    assert len(html) < 60_000


@pytest.mark.parametrize(
    "history",
    [
        History(),
        History([math.nan]),
        History([math.inf] * 3, [math.nan] * 3, [0.0], 3, 7),
        History(stopped="<script>alert(1)</script>\n\u202e"),
        History(loss=None),  # type: ignore[arg-type]
        History(["a"], ["b"], epochs="c"),  # type: ignore[list-item, arg-type]
    ],
)
def test_no_state_of_a_history_raises(history: History) -> None:
    assert page(history).texts
    assert "<script" not in history._repr_html_()


def test_what_is_left_out_lies_in_the_middle() -> None:
    assert some(5, 5) == ([0, 1, 2, 3, 4], 0)
    assert some(9, 5) == ([0, 1, 2, 7, 8], 4)
    assert gapped([0, 1, 2, 7, 8], -1, 4) == [0, 1, 2, -1, 7, 8]
    assert gapped([0], -1, 0) == [0]
