"""Gradients cut back before they are used, so that one steep place does not throw the parameters far off."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from microgradnn.elementary import div, sqrt
from microgradnn.errors import Divergence, SettingError
from microgradnn.ops import plain
from microgradnn.optim.optimizer import above_0, trainable
from microgradnn.optim.sums import from_left
from microgradnn.rules import clip, minimum

Clip = float | tuple[str, float] | None


def norm(gradient: Iterable[Any], total: Callable[[Iterable[Any]], Any] = from_left) -> Any:
    """√(g₀² + g₁² + …), added from the left; of arrays where `total` adds up what is in these."""
    return sqrt(total(g * g for g in gradient))


def by_norm(gradient: Sequence[Any], length: Any, most: float) -> list[Any]:
    """The gradient, of that length, shortened to at most `most`, its direction kept."""
    factor = minimum(1.0, div(most, length))  # of the gradient 0: infinity, so 1
    return [g * factor for g in gradient]


def by_value(gradient: Sequence[Any], most: float) -> list[Any]:
    """The gradient with each number cut to [−most, most]."""
    return [clip(g, -most, most) for g in gradient]


def setting(clip: Clip) -> tuple[str, float] | None:
    """What a clip setting means: a number is a norm; ("norm", 1.0) and ("value", 0.5) say which."""
    if clip is None:
        return None
    how, most = clip if isinstance(clip, list | tuple) and len(clip) == 2 else ("norm", clip)
    if how not in ("norm", "value"):
        raise SettingError(f"clip is {clip!r}; it is a number (a norm), ('norm', 1.0) or ('value', 0.5)")
    return how, above_0(most, "clip")


def clip_norm(model: Any, most: float) -> float:
    """Shorten the gradient of all parameters together to a norm of at most `most`; returns what it was.

    A norm that is no finite number is a Divergence, and nothing is changed.
    """
    values = [value for value in trainable(model) if value.graded]
    gradient = [plain(value.grad) for value in values]
    length = norm(gradient)
    if length - length != 0.0:
        raise Divergence(f"the gradient's norm is {length}, and shortening it would leave nothing: clip_value can")
    for value, g in zip(values, by_norm(gradient, length, above_0(most, "the largest norm")), strict=True):
        value.grad = g
    return float(length)


def clip_value(model: Any, most: float) -> None:
    """Cut each number of the gradient to [−most, most]."""
    most = above_0(most, "the largest gradient")
    for value in trainable(model):
        if value.graded:
            value.grad = clip(plain(value.grad), -most, most)
