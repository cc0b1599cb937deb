"""What the Values of a graph belong to."""

import copy
import pickle
from typing import Any

import pytest

from microgradnn import MicrogradnnError, Value, functional, group
from microgradnn.chain import graph
from microgradnn.engine import origins
from microgradnn.groups import parts
from microgradnn.nn import MLP, Dropout, Layer, Module, Neuron, Sequential


def names(root: Any) -> dict[str, list[str]]:
    """Operation or label of every node, with the dotted paths of what the nodes of that name belong to."""
    found = parts(graph(root))
    told: dict[str, list[str]] = {}
    for node in graph(root):
        path = ".".join(part.name for part in found.get(node, ()))
        told.setdefault(node.label or node._op, []).append(path)
    return told


def test_a_network_is_made_of_layers_and_these_of_neurons() -> None:
    model = MLP(2, [2, 1], activation="tanh", rng=1)
    told = names(model([1.0, 2.0]))
    assert told["tanh"] == ["MLP.layer0.neuron0", "MLP.layer0.neuron1"]
    assert told["dot"] == ["MLP.layer0.neuron0", "MLP.layer0.neuron1", "MLP.layer1.neuron0"]
    assert told["layer0.neuron1.w[0]"] == ["MLP.layer0.neuron1"]
    found = parts(graph(model([1.0, 2.0])))
    assert {tuple((part.kind, part.level) for part in path) for path in found.values()} == {
        (("model", 1), ("layer", 2), ("neuron", 3))
    }


def test_calls_of_one_layer_are_told_apart_and_have_one_owner() -> None:
    layer = Layer(1, 1, rng=1)
    root = layer([1.0]) + layer([2.0])
    paths = [path for node, path in parts(graph(root)).items() if node.op is not None]
    assert len(paths) == 4  # two dots, two relus
    assert len({path[0].call for path in paths}) == 2
    assert {path[0].owner for path in paths} == {layer}


def test_what_a_softmax_mixes_belongs_to_the_layer() -> None:
    told = names(Layer(2, 2, activation="softmax", rng=1)([1.0, 2.0])[0])
    assert set(told["dot"]) == {"Layer.neuron0", "Layer.neuron1"}
    assert set(told["exp"]) == {"Layer"}  # relative to the largest of all
    assert told["/"] == ["Layer"]


def test_a_module_of_ones_own_is_a_part_by_itself() -> None:
    class Net(Module):
        def __init__(self) -> None:
            self.first, self.last = Layer(2, 2, rng=1), Neuron(2, rng=1)
            self.scale = Value(2.0, label="scale")

        def __call__(self, x: Any) -> Any:
            return self.last([v * self.scale for v in self.first(x)])

    told = names(Net()([1.0, 2.0]))
    assert told["*"] == ["Net", "Net"]
    assert told["scale"] == ["Net"]
    assert told["dot"] == ["Net.first.neuron0", "Net.first.neuron1", "Net.last"]


def test_steps_of_a_sequential_and_a_dropout_that_lets_everything_through() -> None:
    model = Sequential(Layer(1, 2, rng=1), Dropout(0.5), Layer(2, 1, rng=1)).eval()
    dots = names(model([1.0]))["dot"]
    assert dots == ["Sequential.step0.neuron0", "Sequential.step0.neuron1", "Sequential.step2.neuron0"]


def test_losses_and_groups_of_ones_own() -> None:
    x = Value(2.0, label="x")
    with group("penalty"):
        squared = x * x
        with group("small"):
            penalty = squared * 0.1
    told = names(functional.mse(x, 1.0) + penalty)
    assert told["square"] == ["mse"]
    assert told["*"] == ["penalty", "penalty.small"]
    assert told["+"] == [""]
    assert told["x"] == [""]


def test_a_group_that_is_entered_again_is_another_call_and_levels_end_at_three() -> None:
    x = Value(1.0)
    for _ in range(2):
        with group("a"), group("b"), group("c"), group("d"):
            x = x * 2.0
    paths = list(parts(graph(x)).values())
    assert [[part.level for part in path] for path in paths] == [[1, 2, 3, 3]] * 2
    assert paths[0][0].call != paths[1][0].call


def test_a_group_within_origins_hides_neither() -> None:
    x = Value(1.0)
    with origins() as lines:
        with group("a"):
            y = x * 2.0
        z = y * 3.0
    assert set(lines) == {y, z}
    assert list(parts(graph(z))) == [y]


def test_a_call_of_the_base_class_counts_once() -> None:
    class Loud(Layer):
        def __call__(self, x: Any) -> Any:
            return super().__call__(x)

    assert set(names(Loud(1, 1, rng=1)([1.0]))["dot"]) == {"Loud.neuron0"}


def test_copies_and_files_belong_to_nothing() -> None:
    out = Neuron(1, rng=1)([2.0])
    assert len(parts(graph(out))) == 4
    assert parts(graph(copy.deepcopy(out))) == parts(graph(pickle.loads(pickle.dumps(out)))) == {}


@pytest.mark.parametrize("name", [3, None, "", " \t"])
def test_a_name_is_text_that_can_be_seen(name: Any) -> None:
    with pytest.raises(MicrogradnnError, match="a group's name is text"), group(name):
        pass
