"""Calling the user's functions, and whatever goes wrong told in the user's own terms."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from typing import Any

from microgradnn.births import first_nonfinite, place
from microgradnn.chain import graph
from microgradnn.check.arguments import Arguments, Function, is_number, require_callable, signature_of
from microgradnn.engine import Value
from microgradnn.errors import DataError, Misuse, SettingError
from microgradnn.ieee import number

_HOUSE = os.path.dirname(os.path.dirname(__file__))


def call(role: str, function: Function, named: dict[str, Any], positional: tuple[Any, ...] = ()) -> Any:
    """The function's result. What it raises comes back as Misuse, with the line in the user's file."""
    require_callable(function, role)
    signature = signature_of(function)
    if signature is not None:
        try:
            signature.bind(*positional, **named)
        except TypeError as error:
            given = ", ".join(named) or f"{len(positional)} arguments"
            raise SettingError(f"{role}{signature} cannot be called with {given}: {error}") from error
    try:
        return function(*positional, **named)
    except Exception as error:  # all that a user's function can raise is reported alike
        kind = type(error).__name__
        raise Misuse(f"{role} raised {kind}{_where(error)}: {error}") from error


def takes(function: Function, named: Mapping[str, Any], *first: Any) -> bool:
    """Whether the function, where it tells what it takes, can be called so; one that keeps it to itself takes all."""
    signature = signature_of(function)
    try:
        return signature is None or signature.bind(*first, **named) is not None
    except TypeError:
        return False


def _where(error: BaseException) -> str:
    """The user's line at which an exception arose; where the package raised it, the line that called."""
    found = ""
    trace = error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if not file.startswith(_HOUSE) or file.startswith(os.path.join(_HOUSE, "articles")):
            found = f" at {place(file, trace.tb_lineno)}"
        trace = trace.tb_next
    return found


def evaluate(
    loss: Function, arguments: Arguments, role: str = "loss", by_position: bool = False
) -> tuple[list[Value], Value]:
    """The leaves, and the Value that the loss made of them; an error where it is none, or not finite."""
    leaves, named = arguments.leaves()
    out = _call(role, loss, named, by_position)
    refuse_result(out, arguments, role)
    used = set(graph(out))
    if not any(leaf in used for leaf in leaves):
        raise constant(role, arguments)
    again = constant_value(loss, arguments, role, by_position)
    if again.hex() != out.data.hex():
        raise Misuse(
            f"{role} gave {out.data!r}, then {again!r} at the same point: is it random, or does it keep state?"
        )
    return leaves, out


def refuse_result(out: Any, arguments: Arguments, role: str = "loss") -> None:
    """An error where a loss returned no finite Value that anything can be differentiated by."""
    if out is None:
        raise Misuse(f"{role} returned None: is a return statement missing?")
    if not isinstance(out, Value):
        hint = "it left the graph on the way: use microgradnn's functions, and no .data, .item() or float()"
        if isinstance(out, list | tuple | dict):
            hint = "return one number, such as a sum or a mean"
        elif not is_number(out):
            hint = "return the Value that the loss amounts to"
        raise Misuse(f"{role} must return one Value, and returned {kind_of(out)}: {hint}")
    if not math.isfinite(out.data):
        raise DataError(f"{role} is {out.data} at this point: {first_nonfinite(out)}")
    if not out.live:
        raise constant(role, arguments)


def constant(role: str, arguments: Arguments) -> Misuse:
    """The error where a loss does not depend on anything."""
    names = ", ".join(arguments.named)
    return Misuse(f"{role} does not depend on its arguments {names}: the result is a constant")


def constant_value(
    loss: Function,
    arguments: Arguments,
    role: str = "loss",
    by_position: bool = False,
    moved: Mapping[int, float] | None = None,
) -> float:
    """The loss as a float, with number i replaced by `moved[i]`.

    Values flow, so that their methods work, and are recorded, so that a loss may differentiate within itself.
    """
    moved = moved or {}
    out = _call(role, loss, arguments.lifted(lambda x, i: Value(moved.get(i, x))), by_position)
    return out.data if isinstance(out, Value) else number(out, role)


def flowing(loss: Function, arguments: Arguments, lift: Callable[[float, int], Any], by_position: bool = False) -> Any:
    """What the loss gives for lifted numbers, its exceptions as they are."""
    named = arguments.lifted(lift)
    return loss(*named.values()) if by_position else loss(**named)


def _call(role: str, loss: Function, named: dict[str, Any], by_position: bool) -> Any:
    return call(role, loss, {}, tuple(named.values())) if by_position else call(role, loss, named)


def kind_of(x: Any) -> str:
    """A wrong result, in a few words."""
    return f"{x!r:.40}" if isinstance(x, str | int | float) else f"one {type(x).__name__}"
