"""Activations by name: what a neuron, or a whole layer, makes of its weighted sums."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from microgradnn.errors import SettingError
from microgradnn.functional import log_softmax, softmax
from microgradnn.ops import TABLE, Op

Activation = str | Callable[[Any], Any] | None

WHOLE: dict[str, Callable[[Any], list[Any]]] = {"softmax": softmax, "log_softmax": log_softmax}
"""Activations of a layer as a whole: each output depends on all sums."""


def activation_name(activation: Activation) -> str:
    """The name of an activation; "" for a function that is no primitive."""
    if activation is None:
        return "linear"
    if isinstance(activation, str):
        return activation
    if isinstance(activation, Op):
        return activation.name
    whole = [name for name, function in WHOLE.items() if function is activation]
    return whole[0] if whole else ""


def activation_function(activation: Activation) -> Callable[[Any], Any] | None:
    """The function of one number that an activation means; None for the identity, which leaves no trace.

    A name is "linear" or that of any primitive which needs one argument only; "softmax" and "log_softmax" are
    for layers.
    """
    name = activation_name(activation)
    if name == "linear":
        return None
    if isinstance(activation, str):
        op = TABLE.get(name)
        if op is None or not _of_one(op):
            raise SettingError(f"no activation is called {name!r}; there are: linear, {', '.join(names())}")
        return op
    if not callable(activation):
        raise SettingError(f"activation={activation!r} is neither a name nor a function of one number")
    if isinstance(activation, Op) and not _of_one(activation):
        raise SettingError(f"{activation!r} takes more than one number, so it is no activation")
    return activation


def names() -> list[str]:
    """The primitives that can be activations, and the activations of whole layers."""
    return [*(name for name, op in TABLE.items() if _of_one(op)), *WHOLE]


def _of_one(op: Op) -> bool:
    return len(op.partials) - len(op.defaults) == 1
