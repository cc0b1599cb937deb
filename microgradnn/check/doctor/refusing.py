"""A point that neither the loss nor the derivation can be run at: then it is the point that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from microgradnn.check.arguments import Arguments, is_number
from microgradnn.check.calling import kind_of
from microgradnn.check.placing import places_by_name
from microgradnn.errors import DataError, MicrogradnnError, Misuse, SettingError
from microgradnn.nn import Module

SHOWN = 8  # arguments in a message


def refuse_point(loss: Callable[[], Any], arguments: Arguments, error: MicrogradnnError, role: str) -> None:
    """An error about the point, where by_hand, or what plays its role, raised one and the loss does, too."""
    if isinstance(error.__cause__, MicrogradnnError):  # which is told as it is
        return
    try:
        loss()
    except MicrogradnnError as other:
        odd = [
            f"{path} is {kind_of(x)}"
            for path, x in zip(arguments.paths, arguments.things, strict=True)
            if not is_number(x)
        ]
        if odd:
            raise DataError(f"at: {odd[0]}, where the loss and {role} want a number: {error}") from other
        shown = [f"{name}: {_described(x)}" for name, x in arguments.named.items()]
        told = ", ".join([*shown[:SHOWN], *(["…"] if len(shown) > SHOWN else [])])
        raise DataError(
            f"at: the loss and {role} both fail for {told}. Is that the nesting they want? {other}"
        ) from other


def _described(x: Any) -> str:
    if isinstance(x, list | tuple):
        inner = f" of {len(x[0])} each" if x and all(isinstance(y, list | tuple) for y in x) else ""
        return f"{'a list' if isinstance(x, list) else 'a tuple'} of length {len(x)}{inner}"
    return "a dict" if isinstance(x, dict) else "a number"


def refuse_unused(arguments: Arguments, hand: Mapping[int, float], leaf: Sequence[int | None]) -> None:
    """A gradient for an argument on which the loss does not depend is a misunderstanding."""
    for name, places in places_by_name(arguments).items():
        if all(leaf[i] is None for i in places) and any(hand.get(i, 0.0) != 0.0 for i in places):
            raise Misuse(
                f"the loss does not use its argument {name!r} at the point given, and by_hand has a gradient "
                "for it: is it left out of the loss, or read by .data, .item() or detach()?"
            )


def require_model(model: Any) -> None:
    """A Module, or an error."""
    if model is not None and not isinstance(model, Module):
        raise SettingError(f"model is {kind_of(model)}; give a Module, or leave model= out")
