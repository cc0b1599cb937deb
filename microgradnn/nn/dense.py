"""Neurons, and layers of them; the names and the order of draws are micrograd's."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

from microgradnn import init as initial
from microgradnn.engine import Value
from microgradnn.errors import Misuse, SettingError
from microgradnn.nn.activations import WHOLE, Activation, activation_function, activation_name
from microgradnn.nn.inputs import vector
from microgradnn.nn.module import Module, count, observer
from microgradnn.rules import inner

Init = str | initial.Initialiser | initial.Draw


def whole(size: Any, what: str) -> int:
    """A size: an integer of at least 1."""
    if not isinstance(size, Integral) or isinstance(size, bool) or size < 1:
        raise SettingError(f"{what} is {size!r}; it is an integer of at least 1")
    return int(size)


class Neuron(Module):
    """activation(b + w₀x₀ + w₁x₁ + …), summed in this order as one node.

    `nonlin=False` makes it linear whatever `activation` says. The weights are drawn first, then the bias;
    `fan_out` is the number of neurons beside it, itself included, which some initialisers ask for.
    """

    part = "neuron"
    w: list[Value]
    b: Value | None

    def __init__(
        self,
        nin: int,
        nonlin: bool = True,
        *,
        activation: Activation = "relu",
        init: Init = "micrograd",
        bias: bool = True,
        rng: initial.Chance | int | None = None,
        fan_out: int = 1,
    ) -> None:
        whole(nin, "the number of inputs of a neuron")
        draw, source = initial.initialiser(init), initial.chance(rng)
        self.w = [Value(draw.weight(source, nin, fan_out), label=f"w[{k}]") for k in range(nin)]
        self.b = Value(draw.bias(source, nin, fan_out), label="b") if bias else None
        self.activation = activation_name(activation) if nonlin else "linear"
        self.name = f"a neuron of {count(nin, 'input')}"
        self._act = activation_function(activation) if nonlin else None
        self.nonlin = self._act is not None

    def __call__(self, x: Any) -> Any:
        """The neuron's output for inputs x."""
        out = self.respond(vector(x, len(self.w), self.name))
        watch = observer.get()
        if watch is not None:
            watch(self, [out])
        return out

    def respond(self, x: Sequence[Any]) -> Any:
        """The output for inputs that are known to be numbers, and as many as there are weights."""
        total = inner(0.0 if self.b is None else self.b, *self.w, *x)
        return total if self._act is None else self._act(total)

    def call_it(self, path: str) -> None:
        self.name = path

    def config(self) -> dict[str, Any]:
        return {
            "kind": "Neuron",
            "nin": len(self.w),
            "activation": saved(self.activation),
            "bias": self.b is not None,
        }

    def __repr__(self) -> str:
        bias = "" if self.b is not None else ", bias=False"
        return f"Neuron({len(self.w)}, activation={self.activation or self._act!r}{bias})"


class Layer(Module):
    """Neurons side by side, all reading the same inputs; a single output stands bare, as in micrograd.

    "softmax" and "log_softmax" act on the layer as a whole.
    """

    part = "layer"
    neurons: list[Neuron]

    def __init__(
        self,
        nin: int,
        nout: int,
        nonlin: bool = True,
        *,
        activation: Activation = "relu",
        init: Init = "micrograd",
        bias: bool = True,
        rng: initial.Chance | int | None = None,
    ) -> None:
        whole(nin, "the number of inputs of a layer")
        whole(nout, "the number of outputs of a layer")
        self.activation = activation_name(activation) if nonlin else "linear"
        self._over_all = WHOLE.get(self.activation)
        if self._over_all is not None:
            activation = None
            if nout == 1:
                raise SettingError(
                    f"{self.activation} of a single output is constant; for two classes take one output and "
                    "activation='sigmoid', or two outputs"
                )
        source = initial.chance(rng)
        self.neurons = [
            Neuron(nin, nonlin, activation=activation, init=init, bias=bias, rng=source, fan_out=nout)
            for _ in range(nout)
        ]
        self.name = f"a layer of {count(nin, 'input')}"
        self.label_parameters()

    def __call__(self, x: Any) -> Any:
        """The outputs for inputs x: a list, or the bare number where there is one neuron."""
        x = vector(x, len(self.neurons[0].w), self.name)
        out = [neuron.respond(x) for neuron in self.neurons]
        if self._over_all is not None:
            out = self._over_all(out)
        watch = observer.get()
        if watch is not None:
            watch(self, out)
        return out[0] if len(out) == 1 else out

    def call_it(self, path: str) -> None:
        self.name = path

    def config(self) -> dict[str, Any]:
        return {
            "kind": "Layer",
            "nin": len(self.neurons[0].w),
            "nout": len(self.neurons),
            "activation": saved(self.activation),
            "bias": self.neurons[0].b is not None,
        }

    def __repr__(self) -> str:
        first = self.neurons[0]
        bias = "" if first.b is not None else ", bias=False"
        shown = repr(self.activation or first._act)
        return f"Layer({len(first.w)}, {len(self.neurons)}, activation={shown}{bias})"


def saved(activation: str) -> str:
    """The name by which an activation is kept in a file; a function without one is a Misuse."""
    if not activation:
        raise Misuse(
            "an activation is a function of your own, which a file cannot describe: make a primitive of it "
            "(microgradnn.primitive) and give its name, or save the state_dict() alone"
        )
    return activation
