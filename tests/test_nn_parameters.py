"""Parameters: their names, their states, freezing; and the modules that hold them."""

from typing import Any

import pytest

from microgradnn import Value, no_grad
from microgradnn.errors import Misuse, NotANumber, ShapeError
from microgradnn.nn import MLP, Dropout, Layer, Module, Neuron, Sequential


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
    with no_grad():
        model(2.0)
    model.mean = Value(1.0).detach()  # type: ignore[attr-defined]
    assert [name for name, _ in model.named_parameters()] == names
    assert [name for name, _ in model.freeze().named_parameters()] == names
    assert [name for name, _ in model.named_modules()] == ["", "block", "block.neuron0", "head0", "head1", "by_name.x"]
    model.label_parameters()
    assert model.scale.label == "scale"
    assert repr(model) == "Custom(12 parameters)"


def test_names_that_would_be_lost_are_refused() -> None:
    model = _Wrap(Neuron(1))
    model.layers, model.layer0 = [Neuron(1)], Neuron(1)  # type: ignore[attr-defined]
    with pytest.raises(Misuse, match=r"two parameters called 'layer0.w\[0\]'"):
        model.state_dict()
    model = _Wrap(Neuron(1))
    model.loose = {Value(1.0)}  # type: ignore[attr-defined]
    with pytest.raises(Misuse, match=r"_Wrap\.loose is a set"):
        model.parameters()


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
