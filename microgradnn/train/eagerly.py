"""Losses and the mean gradient of samples, one after another by the eager engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from microgradnn.compiler.lanes import LANES, added
from microgradnn.compiler.sampled import Array, Samples
from microgradnn.compiler.watch import Parts
from microgradnn.engine import Value
from microgradnn.ops import plain


def one_by_one(fn: Callable[..., Any], model: Any, batch: Samples, parts: Parts) -> tuple[Array, Array]:
    """What `Step.value_and_grad` gives; the gradients that the parameters hold stay as they are."""
    values = parts.trained
    before = [(value, value._grad, value._graded_at) for value in values if value.graded]
    losses = []
    lanes = np.zeros((len(values), LANES))
    try:
        for i in range(len(batch.rows)):
            for value in values:
                value._grad = None
            loss = fn(model, *batch.sample(i))
            if isinstance(loss, Value) and loss.live:
                loss.backward()
            losses.append(plain(loss))
            with np.errstate(all="ignore"):
                lanes[:, i % LANES] += [value.grad for value in values]
    finally:
        for value in values:
            value._grad = None
        for value, grad, at in before:
            value._grad, value._graded_at = grad, at
    with np.errstate(all="ignore"):
        return np.array(losses), parts.in_order(added(lanes) / len(losses))
