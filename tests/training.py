"""What the tests of training train: five samples, a small network, a line."""

from typing import Any

from microgradnn import Value
from microgradnn.nn import MLP, Module

X = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.5, 0.25]]
Y = [0.0, 1.0, 1.0, 0.0, 0.5]


def network(seed: int = 3, **settings: Any) -> MLP:
    return MLP(2, [4, 1], activation="tanh", rng=seed, **settings)


def numbers(model: Module) -> list[float]:
    return [p.data for p in model.parameters()]


class Line(Module):
    """A model of one's own: it takes a bare number."""

    def __init__(self) -> None:
        self.w, self.b = Value(0.1), Value(0.0)

    def __call__(self, x: float) -> Value:
        return self.w * x + self.b
