"""What fit says when training goes wrong: divergence, dead units, vanishing gradients, wrong input."""

import math
from typing import Any

import pytest

import microgradnn
from microgradnn import log
from microgradnn.errors import DataError, Divergence, Misuse, NotANumber, SettingError, ShapeError
from microgradnn.init import constant
from microgradnn.nn import MLP, Module, Neuron, Sequential
from microgradnn.optim import SGD, Adam
from microgradnn.train import History, fit
from tests.naming import named
from tests.training import Line, X, Y, network, numbers

# ---- divergence ------------------------------------------------------------------------------------------------


def test_divergence_says_when_and_what_to_try() -> None:
    model = network()
    with pytest.raises(Divergence) as caught:
        fit(model, X, Y, optimizer=SGD(50.0), epochs=100)
    said = str(caught.value)
    assert "step " in said
    assert "epoch " in said
    assert "the loss having been least at step 0" in said
    assert "lower learning rate" in said
    assert "clip=1.0" in said
    assert all(math.isfinite(p) for p in numbers(model))
    assert isinstance(caught.value, ArithmeticError)
    history = caught.value.history
    assert isinstance(history, History)
    assert f"step {len(history.loss)} " in said


def test_divergence_of_a_loss_names_the_sample_and_the_birth() -> None:
    model = Line()
    with pytest.raises(Divergence) as caught:
        fit(model, [1.0, -1.0], [0.0, 0.0], loss=lambda p, t: log(p), epochs=1)
    said = str(caught.value)
    assert "the loss of sample 1 is nan" in said
    assert "step 0 (epoch 0)" in said
    # w·x + b = 0.1·(−1) + 0 there.
    assert "Nan was born in log(w * -1 + b)" in said
    assert "test_train_trouble.py:" in said
    assert "-0.1 is outside its domain x > 0" in said
    assert "logits" in said


def test_divergence_of_a_gradient_names_the_parameter() -> None:
    model = Line()
    model.w.data = 0.0
    with pytest.raises(Divergence) as caught:
        fit(model, [1.0], [0.0], loss=lambda p, t: microgradnn.sqrt(p), epochs=1)
    assert "the gradient of w (and of 1 more) is inf" in str(caught.value)
    assert "The gradient became inf in sqrt(" in str(caught.value)
    assert model.w.data == 0.0


def test_divergence_of_a_step_puts_the_parameters_back() -> None:
    model = Line()
    model.w.data = 1e308
    with pytest.raises(Divergence, match="the new value of w is"):
        fit(model, [1.0], [0.0], loss=lambda p, t: -p, optimizer=SGD(1e308), epochs=1)
    assert (model.w.data, model.b.data) == (1e308, 0.0)


def test_divergence_of_sums() -> None:
    model = Line()
    model.w.data = 1e200
    with pytest.raises(Divergence, match="the loss with its penalties is inf"):
        fit(model, [0.0], [0.0], l2=1.0, epochs=1)
    with pytest.raises(Divergence, match="the norm of the gradient is inf"):
        fit(Line(), [1.0], [0.0], loss=lambda p, t: 1e203 * p, clip=1.0, epochs=1)
    assert (model.w.data, model.b.data) == (1e200, 0.0)


# ---- health ----------------------------------------------------------------------------------------------------


def test_dead_units_are_reported() -> None:
    model = MLP(2, [3, 1], rng=1)
    bias = model.layers[0].neurons[1].b
    assert bias is not None
    bias.data = -100.0
    for k in (0, 2):
        for w in model.layers[0].neurons[k].w:
            w.data = 1.0
    history = fit(model, X, Y, epochs=2, optimizer=SGD(1e-6))
    assert len(history.health) == 1
    assert history.health[0].startswith("dead units: 1 of 3 relu units of layer0 (1) ")
    assert "dead units" in repr(history)


def test_units_that_died_on_the_way_are_reported() -> None:
    neuron = Neuron(1, init=constant(1.0))
    loss = lambda p, t: 1.0 * p
    assert fit(neuron, [1.0], [0.0], loss=loss, optimizer=SGD(10.0), epochs=1).health == []
    neuron.load_state_dict({"w[0]": 1.0, "b": 0.0})
    history = fit(neuron, [1.0], [0.0], loss=loss, optimizer=SGD(10.0), epochs=2)
    assert history.loss == [1.0, 0.0]
    assert [line.split(":")[0] for line in history.health] == ["dead units"]


def test_a_dead_neuron_alone() -> None:
    neuron = Neuron(2, init="zeros")
    history = fit(neuron, X, Y, epochs=1)
    assert any(line.startswith("dead units: 1 of 1 relu units of the model (0)") for line in history.health)


def test_vanishing_gradients_are_reported() -> None:
    model = MLP(2, [8] * 8 + [1], activation="sigmoid", rng=1)
    history = fit(model, X, Y, epochs=1)
    assert [line.split(" (")[0] for line in history.health] == ["vanishing gradients: at step 0 those of layer0"]
    assert "tiny parts of those of layer8" in history.health[0]
    healthy = MLP(2, [8] * 8 + [1], activation="tanh", init="xavier", rng=1)
    assert fit(healthy, X, Y, epochs=1).health == []


def test_gradients_that_fade_later_are_reported() -> None:
    # Far out, tanh is flat to the last bit: the weights below it no longer move.
    history = fit(network(), X, Y, optimizer=SGD(1000.0), epochs=2, loss=lambda p, t: -p)
    assert history.health[0].startswith("vanishing gradients: at step 1 those of layer0 (")


def test_a_rising_loss_is_reported() -> None:
    history = fit(network(), X, Y, optimizer=SGD(3.0), epochs=10)
    assert history.health[-1].startswith("the loss rose from ")
    assert fit(network(), X, Y, optimizer=SGD(0.1), epochs=10).health == []


# ---- wrong input -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "error", "says"),
    [
        ({"X": X[:4]}, ShapeError, "X has 4 samples and Y has 5"),
        ({"X": [], "Y": []}, DataError, "X is empty"),
        ({"X": [[0.0, math.nan]] * 5}, DataError, "X[0][1] is nan"),
        ({"Y": [0.0, 1.0, math.inf, 0.0, 0.0]}, DataError, "Y[2] is inf"),
        ({"X": [["0", "1"]] * 5}, DataError, "X[0][0]"),
        ({"X": 3.0}, DataError, "X is one float"),
        ({"X": "text"}, DataError, "X is a str"),
        ({"X": [[1.0, None]] * 5}, DataError, "X[0][1] is one NoneType"),
        ({"X": [[1.0]] * 5}, ShapeError, "layer0 expects 2 inputs, got 1"),
        ({"X": [[0.0, 1.0], [1.0]] * 2 + [[0.0, 1.0]]}, ShapeError, "layer0 expects 2 inputs, got 1"),
        ({"Y": [[1.0, 2.0]] * 5}, ShapeError, "1 outputs, but 2 targets"),
        ({"loss": "msee"}, SettingError, "half_squared"),
        ({"loss": lambda p, t: 1.0}, NotANumber, "float came"),
        ({"loss": lambda p, t: None}, NotANumber, "NoneType came"),
        ({"optimizer": "adam"}, SettingError, "microgradnn.optim.Adam()"),
        ({"epochs": -1}, SettingError, "epochs"),
        ({"epochs": 1.5}, SettingError, "epochs"),
        ({"batch_size": 0}, SettingError, "batch_size"),
        ({"validation": 0.2}, SettingError, "microgradnn.data.split"),
        ({"validation": (X, Y[:2])}, ShapeError, "validation X has 5"),
        ({"l1": -1.0}, SettingError, "l1 is -1.0"),
        ({"l2": math.nan}, SettingError, "l2 is nan"),
        ({"clip": 0.0}, SettingError, "clip"),
        ({"clip": ("length", 1.0)}, SettingError, "('value', 0.5)"),
        ({"schedule": 0.5}, SettingError, "schedule"),
        ({"schedule": lambda k: math.nan}, SettingError, "factor at step 0"),
        ({"patience": 0}, SettingError, "patience"),
        ({"shuffle": True, "seed": "x"}, SettingError, "seed"),
        ({"model": lambda x: x}, SettingError, "microgradnn.nn.Module"),
        ({"model": network().freeze()}, SettingError, "frozen"),
        ({"model": Sequential(abs)}, SettingError, "no parameters"),
    ],
    ids=named,
)
def test_wrong_input_is_named(settings: dict[str, Any], error: type[Exception], says: str) -> None:
    given = {"model": network(), "X": X, "Y": Y, "epochs": 1, **settings}
    model = given["model"]
    before = numbers(model) if isinstance(model, Module) else []
    with pytest.raises(error) as caught:
        fit(**given)
    assert says in str(caught.value)
    assert before == (numbers(model) if isinstance(model, Module) else [])


def test_an_optimiser_of_another_model_is_misuse() -> None:
    optimizer = Adam()
    fit(network(), X, Y, epochs=1, optimizer=optimizer)
    with pytest.raises(Misuse, match="new optimiser"):
        fit(network(), X, Y, epochs=1, optimizer=optimizer)
