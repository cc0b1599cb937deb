"""What a user gives for some of the numbers: numbers, nestings of them, or functions of the named arguments."""

from __future__ import annotations

import inspect
import math
import random
from collections.abc import Callable
from typing import Any, NamedTuple

from microgradnn.check.arguments import Arguments, is_number, signature_of
from microgradnn.check.calling import call
from microgradnn.check.placing import refuse_array
from microgradnn.check.precision import seed, unit
from microgradnn.check.rehearsal import rehearse
from microgradnn.check.rounded import Rounded
from microgradnn.engine import Value
from microgradnn.errors import DataError, MicrogradnnError, Misuse, SettingError
from microgradnn.ieee import number
from microgradnn.nest import flatten, match

DIRECTIONS = 4


class Said(NamedTuple):
    """A number, and a bound of the rounding in it, as far as that is `known`: of a bare number nothing is."""

    number: float
    error: float = 0.0
    known: bool = False


def said(role: str, thing: Any, nesting: Any, given: Arguments) -> list[Said]:
    """The numbers of `thing`, in the order of the numbers of `nesting`; `role` is what errors call it.

    Functions, for the whole or for single numbers, are called with those of the arguments that they name.
    """
    if callable(thing):
        first, again = (numbers(role, thing, nesting, given) for _ in range(2))
        if first != again:
            raise Misuse(f"{role} gave {first!r:.60}, then {again!r:.60} at the same point: is it random?")
        return _accounted(role, thing, nesting, given, first)
    leaves = _leaves(role, thing, nesting)
    found: list[Said] = []
    for k, leaf in enumerate(leaves):
        what = f"{role}, number {k}" if len(leaves) > 1 else role
        found += said(what, leaf, 0.0, given) if callable(leaf) else [Said(_number(what, leaf))]
    return found


def numbers(role: str, thing: Any, nesting: Any, given: Arguments) -> list[float]:
    """The numbers alone, with each function called once."""
    if callable(thing):
        return _numbers(role, _called(role, thing, given), nesting)
    return [
        _number(role, _called(role, leaf, given) if callable(leaf) else leaf) for leaf in _leaves(role, thing, nesting)
    ]


def _leaves(role: str, thing: Any, nesting: Any) -> list[Any]:
    refuse_array(thing, role)
    wanted = flatten(nesting)[0]
    leaves = match(nesting, thing, role, expected="as in the loss")
    return [x for x, want in zip(leaves, wanted, strict=True) if is_number(want)]


def _numbers(role: str, thing: Any, nesting: Any) -> list[float]:
    if thing is None:
        raise DataError(f"{role} returned None: is a return statement missing?")
    return [_number(role, leaf) for leaf in _leaves(role, thing, nesting)]


def _number(role: str, x: Any) -> float:
    if isinstance(x, Value):
        raise DataError(f"{role} is a Value: give the plain number that you derived")
    found = number(x, role)
    if math.isnan(found):
        raise DataError(f"{role} is nan: look for 0/0, inf - inf, or a function outside its domain")
    return found


def _called(role: str, function: Callable[..., Any], given: Arguments) -> Any:
    return call(role, function, _chosen(role, function, given, given.given()))


def _chosen(role: str, function: Callable[..., Any], given: Arguments, named: dict[str, Any]) -> dict[str, Any]:
    """Those of the arguments that the function takes."""
    signature = signature_of(function)
    if signature is None or any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values()):
        return named
    for name, p in signature.parameters.items():
        if name not in named and p.default is inspect.Parameter.empty and p.kind is not p.VAR_POSITIONAL:
            raise SettingError(
                f"{role} takes {name!r}, which is no argument of the loss; there are: {', '.join(named)}. "
                "Results on the way are computed again from these"
            )
    return {name: x for name, x in named.items() if name in signature.parameters}


def _accounted(role: str, function: Callable[..., Any], nesting: Any, given: Arguments, xs: list[float]) -> list[Said]:
    """The numbers, with the rounding that the function's own formula leaves in each (see `rehearsal`).

    Where the numbers that keep account do not go through, it is not known, but at least what moving the
    arguments by a unit in their last place changes.
    """
    try:
        result, escaped = rehearse(function, _chosen(role, function, given, given.given() | _moved(given, _account)))
        kept = _leaves(role, result, nesting)
    except Exception:  # the numbers that keep account are no plain floats, and some code minds that
        kept, escaped = [None] * len(xs), True
    errors = [_error(told, x) for told, x in zip(kept, xs, strict=True)]
    if not escaped and None not in errors:
        return [Said(x, error or 0.0, True) for x, error in zip(xs, errors, strict=True)]
    spread = _spread(role, function, nesting, given, xs)
    return [Said(x, (e or 0.0) + 4.0 * s) for x, e, s in zip(xs, errors, spread, strict=True)]


def _error(told: Any, x: float) -> float | None:
    if not isinstance(told, Rounded) or math.isnan(told.error):
        return None
    return told.error if abs(told.plain() - x) <= 2.0 * told.error + 4.0 * unit() * abs(x) else None


def _account(x: float) -> Any:
    return Rounded(x, seed() * abs(x))


def _moved(given: Arguments, move: Callable[[float], Any]) -> dict[str, Any]:
    """The arguments with each float moved; whole numbers count things, and stay."""
    whole = [isinstance(given.things[k], int) for k in given.places]
    return given.lifted(lambda x, i: given.things[given.places[i]] if whole[i] else move(x))


def _spread(role: str, function: Callable[..., Any], nesting: Any, given: Arguments, xs: list[float]) -> list[float]:
    """How far the numbers move if the arguments move by a unit in their last place, in a few fixed directions."""
    rng = random.Random(0)
    found = [0.0] * len(xs)
    for _ in range(DIRECTIONS):
        named = _moved(given, lambda x: x * (1.0 + rng.choice((-1.0, 1.0)) * seed()))
        try:
            there = _numbers(role, call(role, function, _chosen(role, function, given, named)), nesting)
        except MicrogradnnError:  # an argument at the end of a domain: this direction leads out of it
            continue
        found = [max(most, abs(y - x)) for most, x, y in zip(found, xs, there, strict=True)]
    return found
