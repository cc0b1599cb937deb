"""What networks take for inputs and settings, and what they refuse."""

from typing import Any

import numpy as np
import pytest

from microgradnn import Value, primitive
from microgradnn.errors import NotANumber, SettingError, ShapeError
from microgradnn.nn import MLP, Dropout, Layer, Neuron, Sequential, from_config


@pytest.mark.parametrize(
    "x",
    [
        [1, 2.5],
        (1, 2.5),
        iter([1, 2.5]),
        (v for v in [1.0, 2.5]),
        np.array([1.0, 2.5]),
        np.array([1.0, 2.5], dtype=np.float32),
        [np.float64(1), np.float32(2.5)],
        [True, 2.5],
        range(1, 3),
    ],
    ids=["list", "tuple", "iterator", "generator", "array", "float32", "scalars", "bool", "range"],
)
def test_rows_of_any_kind(x: Any) -> None:
    model = MLP(2, [3, 1], activation="tanh", rng=2)
    expected = model([1.0, 2.0 if isinstance(x, range) else 2.5])
    assert model(x).data == expected.data


def test_inputs_may_be_values() -> None:
    x = [Value(1.0), Value(2.0)]
    MLP(2, [3, 1], activation="tanh", rng=2)(x).backward()
    assert all(v.grad != 0 for v in x)


@pytest.mark.parametrize(
    ("x", "error", "says"),
    [
        ([1.0], ShapeError, "layer0 expects 2 inputs, got 1"),
        ([1.0, 2.0, 3.0], ShapeError, "layer0 expects 2 inputs, got 3"),
        ((v for v in [1.0, 2.0, 3.0]), ShapeError, "layer0 expects 2 inputs, got 3"),
        (np.zeros(3), ShapeError, "layer0 expects 2 inputs, got 3"),
        (1.0, ShapeError, "layer0 expects 2 inputs, got 1"),
        (Value(1.0), ShapeError, "layer0 expects 2 inputs, got 1"),
        ([[1.0, 2.0], [3.0, 4.0]], NotANumber, "an input of layer0 must be one real number, but list"),
        (np.zeros((2, 2)), NotANumber, "ndarray"),
        (np.array(1.0), NotANumber, "ndarray"),
        ("12", NotANumber, "text"),
        (["1", "2"], NotANumber, "str"),
        ([None, 1.0], NotANumber, "NoneType"),
        ({1.0, 2.0}, NotANumber, "set"),
        ({"a": 1.0, "b": 2.0}, NotANumber, "dict"),
        (None, NotANumber, "NoneType"),
    ],
)
def test_wrong_inputs_name_the_layer(x: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error) as caught:
        MLP(2, [3, 1])(x)
    assert says in str(caught.value)


def test_the_layer_at_fault_is_named() -> None:
    model = MLP(2, [3, 1])
    model.layers[1] = Layer(4, 1)
    model.layers[1].name = "layer1"
    with pytest.raises(ShapeError, match="layer1 expects 4 inputs, got 3"):
        model([1.0, 2.0])
    with pytest.raises(ShapeError, match="a neuron of 3 inputs expects 3 inputs, got 1"):
        Neuron(3)([1.0])
    with pytest.raises(ShapeError, match="step1 expects 4 inputs, got 3"):
        Sequential(Layer(2, 3), Layer(4, 1))([1.0, 2.0])


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: MLP(2, []), SettingError, "empty"),
        (lambda: MLP(2, 3), SettingError, "[16, 16, 1]"),
        (lambda: MLP(0, [1]), SettingError, "nin is 0"),
        (lambda: MLP(2, [3, 0]), SettingError, "nouts[1] is 0"),
        (lambda: MLP(2, [3, 2.0]), SettingError, "nouts[1] is 2.0"),
        (lambda: MLP(2, [3, 1], activation="rleu"), SettingError, "relu"),
        (lambda: MLP(2, [3, 1], activation="atan2"), SettingError, "no activation"),
        (lambda: MLP(2, [3, 1], activation=["relu", "tanh"]), ShapeError, "lists 2"),
        (lambda: MLP(2, [3, 1], activation=3), SettingError, "neither a name"),
        (
            lambda: MLP(
                2,
                [3, 1],
                activation=primitive("nn_two", lambda x, y: x, (lambda x, y, out: 1.0, lambda x, y, out: 0.0)),
            ),
            SettingError,
            "more than one",
        ),
        (lambda: MLP(2, [3, 1], output="softmax"), SettingError, "sigmoid"),
        (lambda: MLP(2, [3, 1], init="xaver"), SettingError, "xavier"),
        (lambda: MLP(2, [3, 1], init=3), SettingError, "neither a name"),
        (lambda: MLP(2, [3, 1], init=["he"]), ShapeError, "init lists 1"),
        (lambda: MLP(2, [3, 1], rng="seed"), SettingError, "source of chance"),
        (lambda: Dropout(1.0), SettingError, "below 1"),
        (lambda: Dropout("half"), SettingError, "below 1"),
        (lambda: Sequential(Layer(2, 1), 3), SettingError, "step 1"),
        (lambda: from_config({"kind": "Transformer"}), SettingError, "Transformer"),
    ],
)
def test_wrong_settings(make: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error) as caught:
        make()
    assert says in str(caught.value)
