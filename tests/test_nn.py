"""Networks: what they compute, in which forms, and what they leave behind."""

import copy
import gc
import inspect
import itertools
import math
import pickle
import random
from typing import Any

import numpy as np
import pytest

from microgradnn import Value, no_grad, relu
from microgradnn.arithmetic import dot
from microgradnn.errors import Misuse, ShapeError
from microgradnn.nn import MLP, Dropout, Layer, Module, Neuron, Sequential, from_config, observed
from microgradnn.nn.activations import names as activation_names

# ---- what they compute -----------------------------------------------------------------------------------------


def test_a_neuron_is_one_dot_and_its_activation() -> None:
    neuron = Neuron(3, rng=1)
    for value, data in zip([*neuron.w, neuron.b], [0.1, 0.2, 0.3, 0.7], strict=True):
        assert value is not None
        value.data = data
    out = neuron([1.0, 2.0, 3.0])
    assert out.data == ((0.7 + 0.1 * 1.0) + 0.2 * 2.0) + 0.3 * 3.0  # micrograd's order
    assert (out._op, out._prev[0]._op) == ("ReLU", "dot")
    assert out._prev[0]._prev == (neuron.b, *neuron.w)  # inputs that are plain numbers are constants


def test_a_layer_gives_a_list_and_a_single_output_bare() -> None:
    assert len(Layer(2, 3, rng=1)([1.0, 2.0])) == 3
    assert isinstance(Layer(2, 1, rng=1)([1.0, 2.0]), Value)


def test_layers_of_width_1_anywhere() -> None:
    model = MLP(1, [1, 1, 3, 1, 2], activation="tanh", rng=4)
    assert len(model([0.5])) == 2
    assert [out.data for out in model(0.5)] == [out.data for out in model([0.5])]


def test_a_network_computes_what_is_written_out() -> None:
    model = MLP(2, [3, 2], activation="tanh", output="sigmoid", rng=7)
    x = [0.3, -0.8]
    for layer, f in zip(model.layers, (math.tanh, lambda z: 1 / (1 + math.exp(-z))), strict=True):
        assert all(neuron.b is not None for neuron in layer.neurons)
        x = [f(dot([w.data for w in n.w], x, n.b.data)) for n in layer.neurons if n.b is not None]
    for out, expected in zip(model([0.3, -0.8]), x, strict=True):
        assert math.isclose(out.data, expected, rel_tol=1e-14)


def test_activations_per_layer() -> None:
    square_it = lambda z: z * z
    model = MLP(2, [3, 3, 3, 2], activation=["tanh", square_it, None], output="softmax", rng=1)
    assert [layer.activation for layer in model.layers] == ["tanh", "", "linear", "softmax"]
    assert math.isclose(math.fsum(out.data for out in model([1.0, 2.0])), 1.0)
    hidden = model.layers[1]([0.1, 0.2, 0.3])
    plain = [dot(neuron.w, [0.1, 0.2, 0.3], neuron.b).data for neuron in model.layers[1].neurons]
    assert [out.data for out in hidden] == [z * z for z in plain]
    assert Layer(2, 2, activation=relu, rng=1).activation == "relu"


@pytest.mark.parametrize("name", activation_names())
def test_every_activation_by_name(name: str) -> None:
    out = MLP(2, [3, 2], output=name, rng=1)([0.1, 0.2])
    assert len(out) == 2
    assert all(isinstance(x, Value) for x in out)


def test_sizes_may_be_numpys() -> None:
    assert repr(MLP(np.int64(2), [np.int32(3), 1])) == repr(MLP(2, [3, 1]))


def test_no_bias() -> None:
    model = MLP(2, [2, 1], bias=False, rng=1)
    assert len(model.parameters()) == 6
    assert model.layers[0].neurons[0].b is None
    assert model([0.0, 0.0]).data == 0.0


# ---- dropout ---------------------------------------------------------------------------------------------------


def test_dropout_keeps_the_mean_in_training_and_everything_in_use() -> None:
    drop = Dropout(0.25, rng=3)
    out = drop([1.0] * 10_000)
    assert set(out) == {0.0, 1 / 0.75}
    assert abs(out.count(0.0) / 10_000 - 0.25) < 5 * math.sqrt(0.25 * 0.75 / 10_000)
    assert drop.eval()([1.0, 2.0]) == [1.0, 2.0]
    assert Dropout(0.0)([1.0, 2.0]) == [1.0, 2.0]


def test_dropout_in_a_network() -> None:
    layer = Layer(2, 1, nonlin=False, rng=1)
    plain = layer([1.0, 2.0]).data
    outs = [Sequential(layer, Dropout(0.5, rng=seed))([1.0, 2.0]).data for seed in range(8)]
    assert set(outs) == {0.0, 2 * plain}
    random.seed(1)
    a = [Dropout(0.5)([1.0] * 5) for _ in range(3)]
    random.seed(1)
    assert a == [Dropout(0.5)([1.0] * 5) for _ in range(3)]


# ---- copies, configurations, observation, memory ---------------------------------------------------------------


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_networks_are_copied_whole(copied: Any) -> None:
    model = Sequential(MLP(2, [3, 2], output="softmax", rng=1), Dropout(), Dropout(0.5, rng=2), Layer(2, 1, rng=3))
    twin = copied(model)
    assert twin.state_dict() == model.state_dict()
    assert not set(twin.parameters()) & set(model.parameters())
    assert twin.eval()([1.0, 2.0]).data == model.eval()([1.0, 2.0]).data


@pytest.mark.parametrize(
    "model",
    [
        Neuron(3, activation="tanh", bias=False, rng=1),
        Layer(3, 2, activation="softmax", rng=1),
        MLP(2, [3, 3, 1], activation=["tanh", "elu"], output="sigmoid", rng=1),
        Sequential(MLP(2, [3], rng=1), Dropout(0.3), Sequential(Neuron(3, rng=1))),
    ],
    ids=repr,
)
def test_configurations_make_the_same_form(model: Module) -> None:
    twin = from_config(model.config())
    assert twin.config() == model.config()
    assert repr(twin) == repr(model)
    twin.load_state_dict(model.state_dict())


def test_functions_of_ones_own_have_no_configuration() -> None:
    with pytest.raises(Misuse, match="primitive"):
        MLP(1, [1, 1], activation=lambda z: z).config()
    with pytest.raises(Misuse, match="step 1"):
        Sequential(Neuron(1), abs).config()


def test_layers_can_be_observed() -> None:
    seen: list[tuple[str, int]] = []
    model = Sequential(MLP(2, [3, 2], rng=1), Layer(2, 1, rng=1), Neuron(1, rng=1))
    with observed(lambda module, out: seen.append((type(module).__name__, len(out)))):
        model([1.0, 2.0])
    model([1.0, 2.0])
    assert seen == [("Layer", 3), ("Layer", 2), ("Layer", 1), ("Neuron", 1)]


def test_inference_leaves_no_graph() -> None:
    model = MLP(2, [3, 1], rng=1)
    with no_grad():
        out = model([1.0, 2.0])
    assert (out.op, out._prev) == (None, ())
    assert out.data == model([1.0, 2.0]).data


def test_nothing_is_left_for_the_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        model = MLP(2, [4, 1], rng=1)
        for _ in range(3):
            model.zero_grad()
            model([1.0, 2.0]).backward()
        del model
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_public_classes_say_what_they_are() -> None:
    for kind in (Module, Neuron, Layer, MLP, Sequential, Dropout):
        assert inspect.getdoc(kind)


def test_inputs_that_never_end_are_counted_no_further_than_needed() -> None:
    with pytest.raises(ShapeError, match="layer0 expects 2 inputs, got 1002 or more"):
        MLP(2, [1])(itertools.count())
