"""The articles' networks and their loss, written once for whatever flows through them: numbers or Values."""

from collections.abc import Sequence
from typing import Any

from microgradnn.arithmetic import dot
from microgradnn.rules import sigmoid


def layer(inputs: Sequence[Any], weights: Sequence[Sequence[Any]], bias: Sequence[Any]) -> list[Any]:
    """A layer of sigmoid neurons: sigmoid(w.x + b) for each row w of the weights."""
    return [sigmoid(dot(w, inputs, b)) for w, b in zip(weights, bias, strict=True)]


def two_layers(
    inputs: Sequence[Any],
    hidden_weights: Sequence[Sequence[Any]],
    hidden_bias: Sequence[Any],
    output_weights: Sequence[Sequence[Any]],
    output_bias: Sequence[Any],
) -> list[Any]:
    """Two layers of sigmoid neurons, the second reading the first."""
    return layer(layer(inputs, hidden_weights, hidden_bias), output_weights, output_bias)


def half_squared(targets: Sequence[Any], outputs: Sequence[Any]) -> Any:
    """(1/2) sum (t - o)^2, half the squared distance of the outputs from their targets."""
    errors = [t - o for t, o in zip(targets, outputs, strict=True)]
    return dot(errors, errors) / 2
