"""The multilayer perceptron; its name and the order of its draws are micrograd's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from microgradnn import init as initial
from microgradnn.errors import SettingError, ShapeError
from microgradnn.nn.activations import WHOLE, Activation, activation_function
from microgradnn.nn.dense import Init, Layer, saved, whole
from microgradnn.nn.module import Module, count


class MLP(Module):
    """The multilayer perceptron: each layer reads all outputs of the one before.

    `MLP(2, [16, 16, 1])` has two inputs, two hidden layers of 16, and one output. `activation` is that of the
    hidden layers, or a list with one for each; `output` that of the last. With `rng=None` the weights come
    from the module `random`, in micrograd's order; a seed or a `random.Random` keeps them apart from it.
    """

    layers: list[Layer]

    def __init__(
        self,
        nin: int,
        nouts: Sequence[int],
        activation: Activation | Sequence[Activation] = "relu",
        output: Activation = "linear",
        init: Init | Sequence[Init] = "micrograd",
        bias: bool = True,
        rng: initial.Chance | int | None = None,
    ) -> None:
        sizes = [whole(nin, "nin"), *(whole(n, f"nouts[{k}]") for k, n in enumerate(_sizes(nouts)))]
        layers = len(sizes) - 1
        if isinstance(activation, str) and activation not in WHOLE:
            activation_function(activation)  # refuses a misspelt name where no hidden layer would ask for it
        hidden = _each(activation, layers - 1, "activation", "hidden layer")
        starts = _each(init, layers, "init", "layer")
        source = initial.chance(rng)
        self.layers = [
            Layer(sizes[k], sizes[k + 1], activation=act, init=start, bias=bias, rng=source)
            for k, (act, start) in enumerate(zip([*hidden, output], starts, strict=True))
        ]
        self.label_parameters()

    def __call__(self, x: Any) -> Any:
        """The outputs for inputs x: a list, or the bare number where the last layer has one neuron."""
        for layer in self.layers:
            x = layer(x)
        return x

    def config(self) -> dict[str, Any]:
        return {
            "kind": "MLP",
            "nin": len(self.layers[0].neurons[0].w),
            "nouts": [len(layer.neurons) for layer in self.layers],
            "activation": [saved(layer.activation) for layer in self.layers[:-1]],
            "output": saved(self.layers[-1].activation),
            "bias": self.layers[0].neurons[0].b is not None,
        }

    def __repr__(self) -> str:
        sizes = [len(layer.neurons) for layer in self.layers]
        shown = ", ".join(layer.activation or "custom" for layer in self.layers)
        return (
            f"MLP({len(self.layers[0].neurons[0].w)}, {sizes}): {shown}; {count(len(self.parameters()), 'parameter')}"
        )


def _sizes(nouts: Any) -> list[Any]:
    if isinstance(nouts, str | bytes | int):
        raise SettingError(f"nouts is {nouts!r}; it is a list of the layers' sizes, such as [16, 16, 1]")
    sizes = list(nouts)
    if not sizes:
        raise SettingError("nouts is empty; a network has at least one layer, such as [1]")
    return sizes


def _each(setting: Any, size: int, name: str, of: str) -> list[Any]:
    """A setting for each layer: one for all, or a list with one for each."""
    if not isinstance(setting, list | tuple):
        return [setting] * size
    if len(setting) != size:
        raise ShapeError(f"{name} lists {len(setting)}, one for each {of}, but the network has {size}")
    return list(setting)
