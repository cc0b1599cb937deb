"""Functions and networks compiled by hand, pass after pass, as tests of what runs them need them."""

from __future__ import annotations

from typing import Any

import numpy as np

from microgradnn import Value, relu
from microgradnn.compiler.backward import differentiated
from microgradnn.compiler.layout import Layout
from microgradnn.compiler.passes import optimised
from microgradnn.compiler.program import program
from microgradnn.compiler.trace import Trace, Traced
from microgradnn.nn import MLP


def compiled(fn: Any, example: list[float], parameters: list[Value]) -> Layout:
    """The layout of fn and its derivatives by the parameters."""
    inputs = [Traced(x) for x in example]
    trace = Trace(fn, inputs, {value: Traced(value.data, label=value.label) for value in parameters})
    plain = program(trace, inputs, [trace.result])
    return Layout(optimised(differentiated(plain, range(plain.inputs, plain.first))))


def network(n: int) -> tuple[Layout, Any, Any, Any]:
    """A network with n samples, an order of them, and its parameters' numbers."""
    model = MLP(2, [8, 8, 1], activation="relu", rng=4)
    found = compiled(lambda a, b, y: relu(1 - y * model([a, b])), [0.5, 0.3, 1.0], model.parameters())
    rng = np.random.default_rng(n)
    held = np.array([value.data for value in found.program.held])
    return found, rng.normal(size=(n, 3)), rng.permutation(n), held
