"""The local partials of one application of a primitive, and the one rule for kinks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from microgradnn.arithmetic import Ieee
from microgradnn.chain import Node
from microgradnn.elementary import AT_ZERO, choose, div, where
from microgradnn.errors import SettingError
from microgradnn.ops import Flow, Op, plain
from microgradnn.rules import inner, maximum, minimum, total

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


def _subgradient(left: Sequence[Any], right: Sequence[Any]) -> list[Any]:
    """The point that the rule in force chooses on the line from `left` to `right`."""
    rule = _rule.get()
    if rule == RULES[0] and len(left) == 1:  # the median, exactly, where the formula below would round
        a, b = left[0], right[0]
        return [maximum(minimum(a, b), minimum(0.0, maximum(a, b)))]
    span = [r - l for l, r in zip(left, right, strict=True)]  # noqa: E741
    largest: Any = 0.0
    towards: Any = 0.0  # this and the length are divided by the square of the largest, which might overflow
    length: Any = 0.0
    for b in span:
        largest = maximum(largest, abs(b))
    for a, b in zip(left, span, strict=True):
        towards = towards - div(a, largest) * div(b, largest)
        length = length + div(b, largest) * div(b, largest)
    share = {"left": 0.0, "right": 1.0, "middle": 0.5}.get(rule, div(towards, length))

    def chosen(a: Any, b: Any, r: Any) -> Any:
        inner = lambda: choose(share >= 1, lambda: r, lambda: a + share * b)
        return choose(largest <= 0, lambda: a, lambda: choose(share <= 0, lambda: a, inner))

    return [chosen(a, b, r) for a, b, r in zip(left, span, right, strict=True)]


def at_kink(op: Op, args: Sequence[Any]) -> bool:
    """Whether the arguments lie on a kink of `op`."""
    return op.kink is not None and op.kink.at(*map(plain, args))


def local(op: Op, args: Sequence[Any], out: Any, wanted: Sequence[int]) -> list[tuple[int, Any]]:
    """The partials of `op` at `args` with respect to the `wanted` arguments, as pairs (position, partial).

    The others are constants, which matters at a tie. There is no pair where nothing flows at all: for an
    argument that `op` did not look at, or on a flat piece of a function made of pieces (relu at −1). A zero
    that just happens, such as y in x·y, is a number like others, and 0·∞ is nan.
    """
    if op.taken is None and op.kink is None:
        return _partials(op, args, out, wanted)
    numbers = [arg if _open(arg) else plain(arg) for arg in args]
    if op.taken is not None and not any(map(_open, numbers)):
        taken = op.taken(*numbers)
        wanted = [k for k in wanted if k in taken]
    at_kink: Any = op.kink is not None and op.kink.at(*numbers)
    if at_kink.__class__ is not bool and not isinstance(out, Node) and _settled(op, numbers, wanted):
        at_kink = False  # but a derivative that is differentiated again must know which slopes are plain numbers
    found = _partials(op, args, out, wanted) if at_kink is not True else []
    if op.kink is not None and at_kink is not False:
        left, right = op.kink.sides(*numbers)
        slopes = _subgradient([left[k] for k in wanted], [right[k] for k in wanted])
        if at_kink is True:
            found = list(zip(wanted, slopes, strict=True))
        else:  # a slope that was chosen is a number, and is not differentiated
            held: list[Any] = [x.detach() if isinstance(x, Node) else x for x in slopes]  # type: ignore[attr-defined]
            found = [(k, where(at_kink, slope, partial)) for slope, (k, partial) in zip(held, found, strict=True)]
    return [(k, partial) for k, partial in found if partial.__class__ is not float or partial != 0.0]


def _settled(op: Op, args: Sequence[Any], wanted: Sequence[int]) -> bool:
    """Whether the formulas themselves give at the kink what the rule chooses there: then there is nothing to choose."""
    if op.kink is None or op.kink.at is not AT_ZERO or any(map(_open, args[1:])):
        return False
    for zero in (0.0, -0.0):
        floats = [zero, *args[1:]]
        left, right = op.kink.sides(*floats)
        chosen = _subgradient([left[k] for k in wanted], [right[k] for k in wanted])
        found = [float(partial) for _, partial in _partials(op, floats, op.value(*floats), wanted)]
        if [x.hex() for x in found] != [x.hex() for x in chosen]:
            return False
    return True


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


def _open(x: Any) -> bool:
    return isinstance(x, Flow) and x.open


def added(terms: Sequence[tuple[Any, Any]]) -> Any:
    """0.0 + x₀·y₀ + x₁·y₁ + …, in this order: what flows to one place, from pairs of adjoint and partial.

    Of other things than floats it is a step that is nobody else's, so that in the next derivative too the terms of a
    sum have one order, whatever the numbers are.
    """
    if len(terms) == 1:
        x, y = terms[0]
        whole = x if _is(y, 1.0) else y if _is(x, 1.0) else 0.0 if _is_nothing(x, y) else x * y
        fresh = whole is not x and whole is not y
        return whole if fresh and whole.__class__ is not float and not _open(whole) and plain(whole) else whole + 0.0
    terms = [(x, y) for x, y in terms if not _is_nothing(x, y)]
    if all(x.__class__ is float and y.__class__ is float for x, y in terms):
        whole = 0.0
        for x, y in terms:
            whole += x * y
        return whole
    factors = [x if _is(y, 1.0) else y if _is(x, 1.0) else None for x, y in terms]
    if None not in factors:
        return total(*factors)
    xs, ys = zip(*terms, strict=True)
    return inner(0.0, *xs, *ys)


def _is(x: Any, number: float) -> bool:
    return x.__class__ is float and x == number


def _is_nothing(adjoint: Any, partial: Any) -> bool:
    return _is(partial, 0.0) and not _open(adjoint) and plain(adjoint) - plain(adjoint) == 0.0
