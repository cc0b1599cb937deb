"""What an article's network has become, as a Module: for pictures of it, which know no article."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from microgradnn.articles.models import half_squared
from microgradnn.engine import Value
from microgradnn.groups import group
from microgradnn.nn import Layer, Module, Sequential

Weights = Sequence[Sequence[float]]
Sample = tuple[list[float], list[float]]


@dataclass(frozen=True)
class Learned:
    """A trained network, the samples it learned from, and what its inputs and outputs are called."""

    model: Module
    samples: Sequence[Sample]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def loss(self) -> Value:
        """The loss over all samples as one graph, in which each sample is a group; its gradients are computed."""
        losses = []
        for x, y in self.samples:
            with group("sample"):
                said = self.model(x)
                losses.append(half_squared(y, said if isinstance(said, list) else [said]))
        root: Value = losses[0]
        for each in losses[1:]:
            root = root + each
        root.label = "loss"
        root.backward()
        return root


def network(*layers: tuple[Weights, Sequence[float] | None], activation: str = "sigmoid") -> Module:
    """Layers one after another: of each a row of weights for every neuron, and biases, or None for none."""
    built = []
    for weights, biases in layers:
        layer = Layer(len(weights[0]), len(weights), activation=activation, bias=biases is not None)
        for j, neuron in enumerate(layer.neurons):
            for parameter, weight in zip(neuron.w, weights[j], strict=True):
                parameter.data = weight
            if neuron.b is not None and biases is not None:
                neuron.b.data = biases[j]
        built.append(layer)
    return Sequential(*built)


def columns(matrix: Any) -> list[list[float]]:
    """A matrix that has a column for each neuron, with a row for each."""
    return [list(column) for column in zip(*matrix, strict=True)]
