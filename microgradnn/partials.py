"""The local partials of one application of a primitive, and the one rule for kinks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from microgradnn.arithmetic import Ieee
from microgradnn.elementary import AT_ZERO, choose, where
from microgradnn.errors import SettingError
from microgradnn.ops import Flow, Op, plain
from microgradnn.rules import maximum, minimum

RULES = ("minimum norm", "left", "right", "middle")
_rule: ContextVar[str] = ContextVar("microgradnn_kinks", default=RULES[0])


@contextmanager
def kinks(rule: str) -> Iterator[None]:
    """Within this context the derivative at a kink is chosen by `rule`.

    "minimum norm" (the default) takes the subgradient nearest to 0: relu′(0) = 0, |·|′(0) = 0, ½ and ½ at a
    tie of two variables, 0 at a tie with a constant. "left" and "right" take one side, "middle" their mean.
    """
    if rule not in RULES:
        raise SettingError(f"no rule for kinks is called {rule!r}; there are: {', '.join(RULES)}")
    token = _rule.set(rule)
    try:
        yield
    finally:
        _rule.reset(token)


def rule_in_force() -> str:
    """The rule by which the derivative at a kink is chosen here."""
    return _rule.get()


def _subgradient(left: list[float], right: list[float]) -> list[float]:
    """The point that the rule in force chooses on the line from `left` to `right`."""
    span = [r - l for l, r in zip(left, right, strict=True)]  # noqa: E741
    largest = max(map(abs, span), default=0.0)
    if largest == 0:
        return left
    if _rule.get() == RULES[0] and len(span) == 1 and span[0] == span[0]:
        return [sorted((left[0], 0.0, right[0]))[1]]  # exactly, where the formula below would round
    towards = length = 0.0  # both divided by the square of the largest, which might overflow
    for a, b in zip(left, span, strict=True):
        towards -= (a / largest) * (b / largest)
        length += (b / largest) ** 2
    share = {"left": 0.0, "right": 1.0, "middle": 0.5}.get(_rule.get(), towards / length)
    if share <= 0 or share >= 1:
        return left if share <= 0 else right
    return [a + share * b for a, b in zip(left, span, strict=True)]


def at_kink(op: Op, args: Sequence[Any]) -> bool:
    """Whether the arguments lie on a kink of `op`."""
    return op.kink is not None and op.kink.at(*map(plain, args))


def local(op: Op, args: Sequence[Any], out: Any, wanted: Sequence[int]) -> list[tuple[int, Any]]:
    """The partials of `op` at `args` with respect to the `wanted` arguments, as pairs (position, partial).

    The others are constants, which matters at a tie. There is no pair where nothing flows at all: for an
    argument that `op` did not look at, or on a flat piece of a function made of pieces (relu at −1). A zero
    that just happens, such as y in x·y, is a number like others, and 0·∞ is nan.
    """
    if (op.taken is not None or op.kink is not None) and any(map(_open_number, args)):
        return _open(op, args, out, wanted)
    if op.taken is not None:
        taken = op.taken(*map(plain, args))
        wanted = [k for k in wanted if k in taken]
    if op.kink is None:
        return _partials(op, args, out, wanted)
    floats = [plain(arg) for arg in args]
    if op.kink.at(*floats):
        left, right = op.kink.sides(*floats)
        chosen = _subgradient([left[k] for k in wanted], [right[k] for k in wanted])
        found: list[tuple[int, Any]] = list(zip(wanted, chosen, strict=True))
    else:
        found = _partials(op, args, out, wanted)
    return [(k, partial) for k, partial in found if partial.__class__ is not float or partial != 0.0]


def _open(op: Op, args: Sequence[Any], out: Any, wanted: Sequence[int]) -> list[tuple[int, Any]]:
    """The same for numbers that are not known yet: what depends on them is chosen when they are.

    Where nothing flows the partial is 0.0 here.
    """
    found = _partials(op, args, out, wanted)
    if op.kink is None or not found or _settled(op, args, wanted):
        return found
    here = op.kink.at(*args)
    left, right = op.kink.sides(*args)
    sides = [left[k] for k in wanted], [right[k] for k in wanted]
    known = all(side.__class__ is float for side in (*sides[0], *sides[1]))
    chosen = _subgradient(*sides) if known else _open_subgradient(*sides)
    return [(k, where(here, slope, partial)) for (k, partial), slope in zip(found, chosen, strict=True)]


def _settled(op: Op, args: Sequence[Any], wanted: Sequence[int]) -> bool:
    """Whether the formulas themselves give at the kink what the rule chooses there: then there is nothing to choose."""
    if op.kink is None or op.kink.at is not AT_ZERO or any(map(_open_number, args[1:])):
        return False
    for zero in (0.0, -0.0):
        floats = [zero, *map(plain, args[1:])]
        left, right = op.kink.sides(*floats)
        chosen = _subgradient([left[k] for k in wanted], [right[k] for k in wanted])
        found = [float(partial) for _, partial in _partials(op, floats, op.value(*floats), wanted)]
        if [x.hex() for x in found] != [x.hex() for x in chosen]:
            return False
    return True


def _open_subgradient(left: list[Any], right: list[Any]) -> list[Any]:
    """What `_subgradient` computes, step by step, for numbers that are not known yet."""
    span = [r - l for l, r in zip(left, right, strict=True)]  # noqa: E741
    largest: Any = 0.0
    for b in span:
        largest = maximum(largest, abs(b))
    towards = length = 0.0
    for a, b in zip(left, span, strict=True):
        towards = towards - (a / largest) * (b / largest)
        length = length + (b / largest) * (b / largest)
    if len(span) == 1 and _rule.get() == RULES[0]:
        between = minimum(maximum(0.0, minimum(left[0], right[0])), maximum(left[0], right[0]))
        return [choose(largest <= 0, lambda: left[0], lambda: between)]
    share = {"left": 0.0, "right": 1.0, "middle": 0.5}.get(_rule.get(), towards / length)

    def chosen(a: Any, b: Any, r: Any) -> Any:
        inner = lambda: choose(share >= 1, lambda: r, lambda: a + share * b)
        return choose(largest <= 0, lambda: a, lambda: choose(share <= 0, lambda: a, inner))

    return [chosen(a, b, r) for a, b, r in zip(left, span, right, strict=True)]


def _ieee(x: Any) -> Any:
    return x if isinstance(x, Flow) else Ieee(x)


def _partials(op: Op, args: Sequence[Any], out: Any, wanted: Sequence[int]) -> list[tuple[int, Any]]:
    try:
        if op.gradient is not None:
            every = op.gradient(args, out)
            return [(k, every[k]) for k in wanted]
        return [(k, op.partials[k](*args, out)) for k in wanted]
    except ArithmeticError:  # of Python's floats, where IEEE has an answer
        if isinstance(out, Ieee):
            raise
        found = _partials(op, [_ieee(arg) for arg in args], _ieee(out), wanted)
        return [(k, partial.number if isinstance(partial, Ieee) else partial) for k, partial in found]


def _open_number(x: Any) -> bool:
    return isinstance(x, Flow) and x.open


def times(adjoint: Any, partial: Any) -> Any:
    """The product of two things that flow, but no step where a factor is 1 or nothing is passed on."""
    if partial.__class__ is float:
        if partial == 1.0:
            return adjoint
        if partial == 0.0 and (_open_number(adjoint) or plain(adjoint) - plain(adjoint) == 0.0):
            return 0.0
    return partial if adjoint.__class__ is float and adjoint == 1.0 else adjoint * partial


def plus(old: Any, new: Any) -> Any:
    """The sum of two things that flow, without a step where `old` is the zero that an adjoint begins with."""
    begins = old.__class__ is float and old == 0.0 and not _open_number(new) and plain(new) != 0.0
    return new if begins else old + new
