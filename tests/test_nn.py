"""Networks: their forms, their draws, their names, what they take and what they refuse."""

import copy
import gc
import inspect
import math
import pickle
import random
from typing import Any

import numpy as np
import pytest

from microgradnn import Value, no_grad, primitive, relu
from microgradnn.arithmetic import dot
from microgradnn.errors import Misuse, NotANumber, SettingError, ShapeError
from microgradnn.init import INITIALISERS, Initialiser, chance, constant, initialiser, normal, uniform
from microgradnn.nn import MLP, Dropout, Layer, Module, Neuron, Sequential, from_config, observed
from microgradnn.nn.activations import names as activation_names

# ---- what they compute -----------------------------------------------------------------------------------


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


def test_no_bias() -> None:
    model = MLP(2, [2, 1], bias=False, rng=1)
    assert len(model.parameters()) == 6
    assert model.layers[0].neurons[0].b is None
    assert model([0.0, 0.0]).data == 0.0


# ---- what they take --------------------------------------------------------------------------------------


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


# ---- initialisers ----------------------------------------------------------------------------------------


def moments(init: Any, nin: int, nout: int) -> tuple[float, float, float, float]:
    model = Layer(nin, nout, init=init, rng=5)
    ws = [w.data for neuron in model.neurons for w in neuron.w]
    mean = math.fsum(ws) / len(ws)
    return min(ws), max(ws), mean, math.sqrt(math.fsum((w - mean) ** 2 for w in ws) / len(ws))


@pytest.mark.parametrize(
    ("init", "bound", "deviation"),
    # The variance of a uniform number of [−a, a] is a²/3; the formulas are those of the two papers.
    [
        ("micrograd", 1.0, 1 / math.sqrt(3)),
        ("xavier", math.sqrt(6 / 150), math.sqrt(2 / 150)),
        ("xavier_uniform", math.sqrt(6 / 150), math.sqrt(2 / 150)),
        ("xavier_normal", math.inf, math.sqrt(2 / 150)),
        ("he", math.inf, math.sqrt(2 / 100)),
        ("he_normal", math.inf, math.sqrt(2 / 100)),
        ("he_uniform", math.sqrt(6 / 100), math.sqrt(2 / 100)),
        (uniform(-0.5, 0.5), 0.5, 0.5 / math.sqrt(3)),
        (normal(0.3), math.inf, 0.3),
        ("mlp_xor", 1.0, 1 / math.sqrt(3)),
        ("quadrants_2", 1.0, 1 / math.sqrt(3)),
    ],
    ids=str,
)
def test_weights_have_the_stated_distribution(init: Any, bound: float, deviation: float) -> None:
    low, high, mean, spread = moments(init, 100, 50)  # 5,000 draws: errors of about 1.4 %
    assert -bound <= low < high <= bound
    assert abs(mean) < 5 * deviation / math.sqrt(5000)
    assert abs(spread / deviation - 1) < 0.05


@pytest.mark.parametrize("init", ["nanoneuron", "mikir", "quadrants_1"])
def test_the_articles_positive_starts(init: str) -> None:
    low, high, mean, _ = moments(init, 50, 20)
    assert 0 <= low < high < 1
    assert abs(mean - 0.5) < 0.05
    biases = [neuron.b.data for neuron in Layer(2, 20, init=init, rng=1).neurons if neuron.b is not None]
    assert (min(biases) > 0) == (init != "quadrants_1")


def test_constants_and_functions() -> None:
    assert {p.data for p in MLP(2, [2, 1], init="zeros").parameters()} == {0.0}
    assert [p.data for p in Neuron(2, init=constant(0.5)).parameters()] == [0.5, 0.5, 0.0]
    assert [p.data for p in Neuron(2, init=lambda rng, nin, nout: nin + 0.25).parameters()] == [2.25, 2.25, 0.0]
    own = Initialiser(lambda rng, nin, nout: 1.0, lambda rng, nin, nout: -1.0)
    assert [p.data for p in Neuron(1, init=own).parameters()] == [1.0, -1.0]
    model = MLP(2, [2, 1], init=["zeros", constant(3.0)])
    assert [p.data for p in model.parameters()] == [0.0] * 6 + [3.0, 3.0, 0.0]


def test_settings_of_initialisers() -> None:
    for make in (lambda: uniform(1, -1), lambda: normal(-1.0), lambda: normal(math.inf), lambda: initialiser("")):
        with pytest.raises(SettingError):
            make()
    assert set(INITIALISERS) >= {"micrograd", "xavier", "he", "zeros"}


def test_a_seed_is_apart_from_the_module_random() -> None:
    random.seed(1)
    state = random.getstate()
    a, b = MLP(2, [3, 1], rng=5), MLP(2, [3, 1], rng=random.Random(5))
    assert random.getstate() == state
    assert [p.data for p in a.parameters()] == [p.data for p in b.parameters()]
    assert chance(None) is random
    assert chance(random) is random


# ---- parameters and their names --------------------------------------------------------------------------


def test_labels() -> None:
    model = MLP(2, [2, 1])
    expected = [
        *(f"layer0.neuron{k}.{p}" for k in range(2) for p in ("w[0]", "w[1]", "b")),
        *(f"layer1.neuron0.{p}" for p in ("w[0]", "w[1]", "b")),
    ]
    assert [name for name, _ in model.named_parameters()] == expected
    assert [p.label for p in model.parameters()] == expected
    assert [p.label for p in Layer(1, 1).parameters()] == ["neuron0.w[0]", "neuron0.b"]
    assert [p.label for p in Neuron(1).parameters()] == ["w[0]", "b"]
    stack = Sequential(Layer(1, 1), Dropout(), Layer(1, 1))
    assert [p.label for p in stack.parameters()][::2] == ["step0.neuron0.w[0]", "step2.neuron0.w[0]"]


class Custom(Module):
    """Everything that attributes can hold."""

    def __init__(self) -> None:
        self.scale = Value(2.0)
        self.table = {"a": [Value(1.0), Value(3.0)], "b c": (Value(4.0),)}
        self.block = Layer(1, 1, nonlin=False, init="zeros")
        self.heads = [Neuron(1, nonlin=False, init="zeros"), Neuron(1, nonlin=False, init="zeros")]
        self.by_name = {"x": Neuron(1, init="zeros")}
        self.tied = self.scale
        self.note, self.sizes, self.last = "text", [1, 2], None
        self.itself = self

    def __call__(self, x: Any) -> Any:
        self.last = self.scale * x + self.block(x)
        return self.last


def test_names_in_a_custom_model() -> None:
    model = Custom()
    names = [name for name, _ in model.named_parameters()]
    assert names == [
        "scale", "table.a[0]", "table.a[1]", "table['b c'][0]",
        "block.neuron0.w[0]", "block.neuron0.b",
        "head0.w[0]", "head0.b", "head1.w[0]", "head1.b", "by_name.x.w[0]", "by_name.x.b",
    ]  # fmt: skip
    model(2.0)  # what was computed and kept is no parameter
    assert [name for name, _ in model.named_parameters()] == names
    assert [name for name, _ in model.named_modules()] == ["", "block", "block.neuron0", "head0", "head1", "by_name.x"]
    model.label_parameters()
    assert model.scale.label == "scale"
    assert repr(model) == "Custom(12 parameters)"


def test_deep_models_need_no_deep_stack() -> None:
    model: Module = Neuron(1)
    for _ in range(3000):
        model = Sequential(model) if _ % 1000 == 0 else _Wrap(model)
    assert len(model.parameters()) == 2


class _Wrap(Module):
    def __init__(self, inner: Module) -> None:
        self.inner = inner


def test_a_module_without_a_call() -> None:
    with pytest.raises(NotImplementedError, match="_Wrap needs a method __call__"):
        _Wrap(Neuron(1))(1.0)
    with pytest.raises(Misuse, match="state_dict"):
        _Wrap(Neuron(1)).config()


def test_zero_grad_freeze_and_modes() -> None:
    model = Sequential(Layer(2, 2, activation="tanh", rng=1), Dropout(0.5, rng=1), Layer(2, 1, rng=1, nonlin=False))
    model.eval()
    assert [m.training for _, m in model.named_modules()] == [False] * len(model.named_modules())
    model([1.0, 2.0]).backward()
    assert all(p.graded for p in model.parameters())
    model.zero_grad()
    assert not any(p.graded for p in model.parameters())
    assert model.freeze() is model
    with pytest.raises(Misuse, match="constant"):
        model([1.0, 2.0]).backward()
    model.unfreeze().train()
    assert model.training
    assert not any(p.frozen for p in model.parameters())


def test_state_dicts() -> None:
    a, b = MLP(2, [2, 1], rng=1), MLP(2, [2, 1], rng=2)
    state = a.state_dict()
    assert state["layer0.neuron1.w[0]"] == a.layers[0].neurons[1].w[0].data
    b.load_state_dict(state)
    assert b.state_dict() == state
    before = b.state_dict()
    for wrong, error, says in [
        ({k: v for k, v in state.items() if k != "layer1.neuron0.b"}, ShapeError, "lacks 'layer1.neuron0.b'"),
        ({**state, "layer2.neuron0.b": 0.0}, ShapeError, "has 'layer2.neuron0.b'"),
        ({**state, "layer0.neuron0.b": "0"}, NotANumber, "state['layer0.neuron0.b']"),
        ({**state, "layer0.neuron0.w[0]": 1.0, "layer1.neuron0.b": None}, NotANumber, "layer1.neuron0.b"),
        (list(state.values()), NotANumber, "list"),
    ]:
        with pytest.raises(error) as caught:
            b.load_state_dict(wrong)  # type: ignore[arg-type]
        assert says in str(caught.value)
        assert b.state_dict() == before


@pytest.mark.parametrize(
    ("make", "shown"),
    [
        (lambda: MLP(2, [16, 16, 1]), "MLP(2, [16, 16, 1]): relu, relu, linear; 337 parameters"),
        (lambda: MLP(1, [1], output=lambda z: z), "MLP(1, [1]): custom; 2 parameters"),
        (lambda: Layer(2, 3, activation="tanh", bias=False), "Layer(2, 3, activation='tanh', bias=False)"),
        (lambda: Neuron(2), "Neuron(2, activation='relu')"),
        (
            lambda: Sequential(Neuron(1), Dropout(0.25)),
            "Sequential(Neuron(1, activation='relu'), Dropout(0.25)); 2 parameters",
        ),
    ],
)
def test_reprs(make: Any, shown: str) -> None:
    assert repr(make()) == shown


# ---- dropout ---------------------------------------------------------------------------------------------


def test_dropout_keeps_the_mean_in_training_and_everything_in_use() -> None:
    drop = Dropout(0.25, rng=3)
    out = drop([1.0] * 10_000)
    assert set(out) == {0.0, 1 / 0.75}
    assert abs(out.count(0.0) / 10_000 - 0.25) < 5 * math.sqrt(0.25 * 0.75 / 10_000)
    assert drop.eval()([1.0, 2.0]) == [1.0, 2.0]
    assert Dropout(0.0)([1.0, 2.0]) == [1.0, 2.0]


def test_dropout_in_a_network() -> None:
    outs = [Sequential(Layer(2, 1, nonlin=False, rng=1), Dropout(0.5, rng=seed))([1.0, 2.0]) for seed in range(8)]
    kept = [out for out in outs if isinstance(out, Value)]
    assert 0 < len(kept) < 8
    assert [out for out in outs if not isinstance(out, Value)] == [0.0] * (8 - len(kept))
    random.seed(1)
    a = [Dropout(0.5)([1.0] * 5) for _ in range(3)]
    random.seed(1)
    assert a == [Dropout(0.5)([1.0] * 5) for _ in range(3)]


# ---- copies, configurations, observation, memory ---------------------------------------------------------


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
