"""Modules one after another, and dropout between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from microgradnn import init as initial
from microgradnn.errors import Misuse, SettingError
from microgradnn.nn.dense import Layer, Neuron
from microgradnn.nn.inputs import vector
from microgradnn.nn.mlp import MLP
from microgradnn.nn.module import Module, count


class Sequential(Module):
    """Steps one after another, each a Module or a function: `Sequential(Layer(2, 8), Dropout(), Layer(8, 1))`.

    A single output passes on bare; the next step takes it as a list of one.
    """

    def __init__(self, *steps: Module | Callable[[Any], Any]) -> None:
        for k, step in enumerate(steps):
            if not callable(step):
                raise SettingError(f"step {k} of a Sequential is {step!r}; each is a Module or a function")
        self.steps = list(steps)
        self.label_parameters()

    def __call__(self, x: Any) -> Any:
        """The last step's result, each step having read the one before."""
        for step in self.steps:
            x = step(x)
        return x

    def config(self) -> dict[str, Any]:
        kept = []
        for k, step in enumerate(self.steps):
            if not isinstance(step, Module):
                raise Misuse(f"step {k} is a function of your own, which a file cannot describe")
            kept.append(step.config())
        return {"kind": "Sequential", "steps": kept}

    def __repr__(self) -> str:
        return f"Sequential({', '.join(map(repr, self.steps))}); {count(len(self.parameters()), 'parameter')}"


class Dropout(Module):
    """In training each input is multiplied by 0 with probability p, and else by 1/(1 − p).

    So the expected output is the input, and in use (`eval()`) everything passes unchanged. Srivastava et al.,
    "Dropout: a simple way to prevent neural networks from overfitting", 2014.
    """

    def __init__(self, p: float = 0.5, rng: initial.Chance | int | None = None) -> None:
        if not isinstance(p, float | int) or not 0 <= p < 1:
            raise SettingError(f"dropout's p is {p!r}; it is a probability of at least 0 and below 1")
        self.p = float(p)
        # None stays: the module `random` could be neither pickled nor copied.
        self.rng = None if rng is None else initial.chance(rng)

    def __call__(self, x: Any) -> Any:
        """As many outputs as inputs."""
        if not self.training or self.p == 0.0:
            return x
        bare = not isinstance(x, list | tuple)
        inputs = vector(x, 1, "dropout") if bare else x
        draw = initial.chance(self.rng).random
        scale = 1 / (1 - self.p)
        kept = [v * (0.0 if draw() < self.p else scale) for v in inputs]
        return kept[0] if bare else kept

    def config(self) -> dict[str, Any]:
        return {"kind": "Dropout", "p": self.p}

    def __repr__(self) -> str:
        return f"Dropout({self.p})"


def from_config(config: Mapping[str, Any]) -> Module:
    """A module of the form that `config()` described, all its parameters 0; unknown kinds are SettingErrors."""
    settings = dict(config)
    kind = settings.pop("kind", None)
    if kind == "Sequential":
        return Sequential(*(from_config(step) for step in settings["steps"]))
    kinds: dict[Any, Callable[..., Module]] = {"Neuron": Neuron, "Layer": Layer, "MLP": MLP}
    if kind == "Dropout":
        return Dropout(**settings)
    if kind not in kinds:
        raise SettingError(f"no kind of module is called {kind!r:.40}; there are: {', '.join(kinds)}")
    return kinds[kind](**settings, init="zeros")
