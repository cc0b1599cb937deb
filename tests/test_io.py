"""Models come back bit for bit, and what a file cannot describe is refused by name."""

import math
import os
from collections.abc import Callable
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from microgradnn import Value, rules
from microgradnn.errors import Misuse
from microgradnn.io import load, load_checkpoint, save
from microgradnn.nn import MLP, Dropout, Layer, Module, Neuron, Sequential
from tests.bits import bits


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


MODELS: list[Callable[[], Module]] = [
    lambda: Neuron(3, activation="tanh", rng=1),
    lambda: Neuron(1, bias=False, activation="linear", rng=1),
    lambda: Layer(2, 3, activation="softmax", rng=2),
    lambda: Layer(2, 1, bias=False, rng=2),
    lambda: MLP(2, [3, 1], rng=3),
    lambda: MLP(2, [4, 1, 3], activation=["gelu", "sigmoid"], output="softmax", bias=False, rng=3),
    lambda: Sequential(Layer(2, 3, rng=4), Dropout(0.25, rng=5), MLP(3, [1], rng=6)),
    lambda: Sequential(Sequential(Neuron(2, rng=7)), Sequential()),
    lambda: Dropout(0.5, rng=8),
]


def same(a: Module, b: Module) -> None:
    """Two models are alike in everything that a file keeps."""
    assert bits(b.state_dict()) == bits(a.state_dict())
    assert repr(b) == repr(a)
    for (name, x), (again, y) in zip(a.named_modules(), b.named_modules(), strict=True):
        assert (name, type(x), x.training) == (again, type(y), y.training)
        assert x.config() == y.config() if type(x) is not Sequential else True
    for x, y in zip(a.parameters(), b.parameters(), strict=True):
        assert (x.label, x.frozen) == (y.label, y.frozen)
        assert x is not y


@pytest.mark.parametrize("make", MODELS)
def test_models_come_back(tmp_path: Path, make: Callable[[], Module]) -> None:
    model = make()
    save(model, tmp_path / "model.json")
    again = load(tmp_path / "model.json")
    assert type(again) is type(model)
    same(model, again)
    save(again, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "model.json").read_bytes()
    x = [0.3, -0.7, 0.1][: getattr(model, "nin", None) or {0: 3, 1: 1}.get(MODELS.index(make), 2)]
    for _ in range(3):  # a Dropout draws the same again, too
        assert bits(numbers(model(x))) == bits(numbers(again(x)))


def numbers(out: Any) -> list[float]:
    return [y.data if isinstance(y, Value) else y for y in (out if isinstance(out, list) else [out])]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(), min_size=9, max_size=9))
@example([-0.0, 5e-324, -5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, math.inf, -math.inf, math.nan, 0.1])
def test_any_floats_come_back_bit_for_bit(folder: Path, weights: list[float]) -> None:
    model = MLP(2, [2, 1], rng=0)
    model.load_state_dict(dict(zip(model.state_dict(), weights, strict=True)))
    save(model, folder / "model.json")
    same(model, load(folder / "model.json"))


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 4), st.lists(st.integers(1, 5), min_size=1, max_size=4), st.integers(0, 99), st.booleans())
def test_networks_of_any_size_come_back(folder: Path, nin: int, nouts: list[int], seed: int, bias: bool) -> None:
    model = MLP(nin, nouts, activation="tanh", bias=bias, rng=seed)
    save(model, folder / "model.json")
    same(model, load(folder / "model.json"))


def test_what_is_frozen_named_or_at_rest_stays_so(tmp_path: Path) -> None:
    model = Sequential(Layer(2, 2, rng=1), Dropout(0.5, rng=1), Layer(2, 1, rng=1))
    model.steps[0].freeze()  # type: ignore[union-attr]
    model.steps[1].eval()  # type: ignore[union-attr]
    model.parameters()[3].label = "mine"
    save(model, tmp_path / "model.json")
    same(model, load(tmp_path / "model.json"))


def test_a_step_that_comes_twice_stays_one(tmp_path: Path) -> None:
    layer = Layer(2, 2, activation="tanh", rng=1)
    inner = Sequential(layer, Neuron(2, rng=2))
    save(Sequential(layer, inner, Layer(1, 2, rng=3), layer), tmp_path / "model.json")
    again = load(tmp_path / "model.json")
    assert again.steps[0] is again.steps[1].steps[0] is again.steps[3]
    assert len(again.parameters()) == 6 + 3 + 4


def test_dropouts_that_share_their_chance_go_on_sharing_it(tmp_path: Path) -> None:
    rng = Random(5)
    model = Sequential(Dropout(0.5, rng=rng), Dropout(0.5, rng=rng), Dropout(0.5), Dropout(0.5, rng=9))
    rng.random()
    save(model, tmp_path / "model.json", rng=rng)
    back = load_checkpoint(tmp_path / "model.json")
    assert back.rng is not rng
    assert back.rng is back.model.steps[0].rng is back.model.steps[1].rng
    assert back.model.steps[2].rng is model.steps[2].rng  # type: ignore[union-attr]  # the module random
    assert back.model.steps[3].rng is not back.rng
    assert [back.rng.random() for _ in range(1000)] == [rng.random() for _ in range(1000)]


def test_nestings_of_values_and_plain_data_are_models_too(tmp_path: Path) -> None:
    shared = Value(-0.0, label="tied")
    frozen = Value(0.1)
    frozen.frozen = True
    save({"w": [[Value(1.5), shared], (shared,)], "b": frozen}, tmp_path / "nesting.json")
    again = load(tmp_path / "nesting.json")
    assert list(again) == ["w", "b"]
    (x, y), (z,) = again["w"]
    assert y is z
    assert (bits(x.data), bits(y.data), y.label, again["b"].frozen) == (bits(1.5), bits(-0.0), "tied", True)
    state = MLP(2, [1], rng=0).state_dict()
    save(state, tmp_path / "state.json")
    assert bits(load(tmp_path / "state.json")) == bits(state)
    save(Value(2.0), tmp_path / "value.json")
    assert load(tmp_path / "value.json").data == 2.0


class Mine(Module):
    def __init__(self) -> None:
        self.layer = Layer(2, 1, rng=0)


class Subclass(MLP):
    pass


def tied() -> Module:
    model = MLP(2, [2, 1], rng=0)
    model.layers[1].neurons[0].w[0] = model.layers[0].neurons[0].w[0]
    return model


def exchanged() -> Module:
    model = MLP(2, [2, 1], rng=0)
    model.layers[0].neurons[1].activation = "tanh"
    return model


def enlarged() -> Module:
    model = MLP(2, [2, 1], rng=0)
    model.gain = Value(1.0)  # type: ignore[attr-defined]
    return model


def endless() -> Module:
    model = Sequential()
    model.steps.append(model)
    return model


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (Mine, r"the model is one Mine, a kind of its own.*state_dict\(\)"),
        (lambda: Sequential(Layer(2, 2, rng=0), Mine()), "step 1 of the model is one Mine"),
        (lambda: Subclass(2, [1], rng=0), "one Subclass, a kind of its own"),
        (lambda: Sequential(Neuron(2, rng=0), rules.tanh), "step 1 of the model is a function"),
        (lambda: Neuron(2, activation=lambda x: x * 2, rng=0), r"a function of your own.*state_dict\(\)"),
        (tied, "was changed after it was made"),
        (exchanged, "was changed after it was made"),
        (enlarged, "was changed after it was made"),
        (endless, "step 0 of the model is a part of itself"),
        (lambda: Sequential(Dropout(rng=SystemRandom())), "SystemRandom keeps no state"),
        (lambda: {"w": [Value(1.0), 2.0]}, r"model.w\[1\] is one float"),
        (lambda: [Value(1.0) + 1.0], r"model\[0\] was computed"),
        (lambda: {"net": MLP(2, [1], rng=0)}, r"\['net'\] is one MLP"),
        (lambda: {"w": Value(1.0), "net": MLP(2, [1], rng=0)}, "model.net is one MLP"),
        (object, "the model is one object"),
        (lambda: [Value(1.0, label=5)], "the label of 0 is one int"),  # type: ignore[arg-type]
    ],
)
def test_models_that_a_file_cannot_describe(tmp_path: Path, model: Callable[[], Any], words: str) -> None:
    path = tmp_path / "model.json"
    save(MLP(1, [1], rng=0), path)
    before = path.read_bytes()
    with pytest.raises(Misuse, match=words):
        save(model(), path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["model.json"]
