"""Named arguments whose numbers, however deeply nested, can be replaced by whatever flows."""

from __future__ import annotations

import inspect
import math
import numbers
from collections.abc import Callable, Mapping
from typing import Any

from microgradnn.engine import Value
from microgradnn.errors import DataError, SettingError
from microgradnn.ieee import number
from microgradnn.nest import flatten, paths

Function = Callable[..., Any]
NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
WHERE = "at which point? Give at={name: number or list, …}"


def is_number(x: Any) -> bool:
    """Whether x is taken for a number: ints, floats and numpy's scalars are, truth values and text are not."""
    return isinstance(x, numbers.Real) and not isinstance(x, bool) and type(x).__name__ not in ("bool_", "bool")


class Arguments:
    """Named arguments, whose numbers can be replaced by whatever flows."""

    def __init__(self, named: Mapping[str, Any], role: str = "at") -> None:
        for name in named:
            if not isinstance(name, str):
                raise SettingError(f"{role} is a dict from names to values; {name!r} is no name")
        self.named = dict(named)
        self.things, self.rebuild = flatten(self.named)
        self.paths = [path for name, value in self.named.items() for path in paths(value, name)]
        self.places = [k for k, x in enumerate(self.things) if is_number(x)]
        self.numbers = [number(self.things[k], f"{role}: {self.paths[k]}") for k in self.places]
        for k, x in zip(self.places, self.numbers, strict=True):
            if not math.isfinite(x):
                raise DataError(f"{role}: {self.paths[k]} is {x}; give a point of finite numbers")
        self.names = [self.paths[k] for k in self.places]

    def given(self) -> dict[str, Any]:
        """The arguments as they came, in fresh lists, so that nobody's changes reach another call."""
        return self.rebuild(self.things)  # type: ignore[no-any-return]

    def lifted(self, lift: Callable[[float, int], Any]) -> dict[str, Any]:
        """The arguments with number i, x, replaced by `lift(x, i)`."""
        things = list(self.things)
        for i, k in enumerate(self.places):
            things[k] = lift(self.numbers[i], i)
        return self.rebuild(things)  # type: ignore[no-any-return]

    def leaves(self) -> tuple[list[Value], dict[str, Any]]:
        """The arguments with fresh Values for numbers, each labelled with its place."""
        found = [Value(x, label=name) for x, name in zip(self.numbers, self.names, strict=True)]
        return found, self.lifted(lambda _, i: found[i])


def arguments(loss: Function, at: Mapping[str, Any] | None) -> Arguments:
    """The point at which to compare: `at`, or the defaults of the loss's own arguments."""
    require_callable(loss, "loss")
    if at is None:
        at = defaults(loss)
        if not at:
            raise SettingError(WHERE)
    if not isinstance(at, Mapping):
        raise SettingError(f"at is a dict from argument names to numbers or lists, and {type(at).__name__} came")
    found = Arguments(at)
    if not found.names:
        raise SettingError(
            "at holds no numbers (of an array, give its .tolist()), so there is nothing to differentiate by"
        )
    return found


def defaults(loss: Function, first: int = 0) -> dict[str, Any]:
    """The defaults of the function's arguments from the `first` one on; an error where one has none."""
    signature = signature_of(loss)
    parameters = [] if signature is None else list(signature.parameters.values())[first:]
    bare = [p.name for p in parameters if p.default is inspect.Parameter.empty]
    if bare:
        raise SettingError(f"{WHERE}: {', '.join(bare)} {'has' if len(bare) == 1 else 'have'} no default")
    return {p.name: p.default for p in parameters}


def require_names(loss: Function, at: Mapping[str, Any], role: str = "at", first: int = 0) -> None:
    """An error where a point has names that the loss, from its argument number `first` on, does not take, or lacks some
    that it needs."""
    signature = signature_of(loss)
    parameters = [] if signature is None else list(signature.parameters.values())[first:]
    if signature is None or any(p.kind not in NAMED for p in parameters):
        return
    taken = [p.name for p in parameters]
    extra = [str(name) for name in at if name not in taken]
    lacking = [p.name for p in parameters if p.default is inspect.Parameter.empty and p.name not in at]
    if lacking or extra:
        wrong = [f"lacks {', '.join(lacking)}"] if lacking else []
        wrong += [f"has {', '.join(extra)}, which it does not take"] if extra else []
        raise SettingError(f"{role} does not fit loss({', '.join(signature.parameters)}): it {' and '.join(wrong)}")


def require_callable(function: Any, role: str) -> None:
    """A function, or an error that names its role."""
    if not callable(function):
        raise SettingError(f"{role} must be a function, and {type(function).__name__} came")


def signature_of(function: Function) -> inspect.Signature | None:
    """What the function calls its arguments, where it tells."""
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):  # some built-in functions keep theirs to themselves
        return None


def whole(x: Any, role: str) -> int:
    """A whole number, or an error that names its role."""
    if isinstance(x, bool) or not isinstance(x, int):
        raise SettingError(f"{role} is a whole number, and {x!r:.40} came")
    return x
