"""Formulas: what flows through the primitives and, instead of a number, leaves an expression behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from microgradnn.arithmetic import Arithmetic
from microgradnn.elementary import TWO, ZERO, div, mul, neg, where
from microgradnn.errors import Misuse, NotANumber
from microgradnn.explaining.opaque import derivative
from microgradnn.ieee import number
from microgradnn.ops import Flow, Op
from microgradnn.primitives import BUILT_IN
from microgradnn.rules import TIE


class Term(Arithmetic):
    """An expression: `op` applied to `args`, which are Terms; or a `name`; or, with neither, the number `value`.

    A Term with an op or a name may also have a `value`, the number that it has in a graph at hand. Where a
    formula branches, Terms that have one take the branch in use; the others keep the condition, as a `where`.
    Terms never change, and two are equal only if they are one object.
    """

    __slots__ = ("args", "name", "op", "value")
    rank = 1 << 60

    def __init__(self, op: Op | None, args: tuple[Term, ...], name: str, value: float | None) -> None:
        self.op = op
        self.args = args
        self.name = name
        self.value = value

    @property
    def constant(self) -> bool:
        """Whether this is a number and nothing else."""
        return self.op is None and not self.name

    def plain(self) -> float:
        if self.value is None:
            raise Misuse(f"the formula {self!r} stands for no number yet: give its names one with evaluate()")
        return self.value

    def through(self, op: Op, args: tuple[Any, ...]) -> Term:
        return applied(op, args)

    # Comparisons: a truth where both sides have a number, else a Term that is 1 or 0.
    def __lt__(self, other: Any) -> Any:
        return _compared(LESS, self, other)

    def __le__(self, other: Any) -> Any:
        return _compared(AT_MOST, self, other)

    def __gt__(self, other: Any) -> Any:
        return _compared(GREATER, self, other)

    def __ge__(self, other: Any) -> Any:
        return _compared(AT_LEAST, self, other)

    def __repr__(self) -> str:
        if self.op is not None:
            return f"Term({self.op.name} of {len(self.args)})"
        return f"Term({self.name or self.value!r})"


def _comparison(name: str, symbol: str, tex: str, value: Callable[[float, float], float]) -> Op:
    return Op(
        name, value, (ZERO, ZERO),
        arguments=TWO, symbol=symbol, tex=f"{{0}} {tex} {{1}}", public=False,
    )  # fmt: skip


# Rows of their own kind, outside the table: only formulas speak of conditions.
LESS = _comparison("less", "<", "<", lambda x, y: 1.0 if x < y else 0.0)
AT_MOST = _comparison("at_most", "<=", r"\le", lambda x, y: 1.0 if x <= y else 0.0)
GREATER = _comparison("greater", ">", ">", lambda x, y: 1.0 if x > y else 0.0)
AT_LEAST = _comparison("at_least", ">=", r"\ge", lambda x, y: 1.0 if x >= y else 0.0)
COMPARISONS = (LESS, AT_MOST, GREATER, AT_LEAST)


def _compared(op: Op, x: Any, y: Any) -> Any:
    """A bool where both numbers are known: formulas tell by its class that they may branch."""
    a, b = term(x), term(y)
    return bool(op.value(a.value, b.value)) if a.value is not None and b.value is not None else applied(op, (a, b))


def term(x: Any) -> Term:
    """A Term as it is, and a number as a Term."""
    if isinstance(x, Term):
        return x
    if isinstance(x, Flow):
        raise NotANumber(f"a formula is made of Terms and numbers, and one {type(x).__name__} came: use symbol(name)")
    return Term(None, (), "", number(x, "a number in a formula"))


def symbol(name: str, value: float | None = None) -> Term:
    """A name, and the number it has in the graph at hand."""
    return Term(None, (), name, value)


def applied(op: Op, args: Iterable[Any], value: float | None = None) -> Term:
    """A primitive applied to Terms or numbers; where all of them have a number, the result has one."""
    terms = tuple(map(term, args))
    if value is None:
        known = [x.value for x in terms if x.value is not None]
        value = op.value(*known) if len(known) == len(terms) else None
    return Term(op, terms, "", value)


def blind(x: Term) -> Term:
    """The same name or expression without the number it has here, so that no formula decides by it."""
    return x if x.constant or x.value is None else Term(x.op, x.args, x.name, None)


# ---- reading formulas ------------------------------------------------------------------------------------


def parts(*roots: Term) -> list[Term]:
    """All Terms that `roots` are made of, each once, operands before what they make; of any depth."""
    done: dict[Term, None] = {}
    stack = list(reversed(roots))
    while stack:
        x = stack[-1]
        missing = [arg for arg in reversed(x.args) if arg not in done] if x not in done else []
        if missing:
            stack += missing
        else:
            done[stack.pop()] = None
    return list(done)


def evaluate(roots: Sequence[Term], numbers: Mapping[str, float], flowing: bool = False) -> list[float]:
    """What the formulas come to where the names have these numbers (or else their own).

    Of a `where` only the branch in use counts, as the table has it. In a derivative (`flowing`) nothing flows
    through a piece whose slope is 0: the product is 0 even where the other factor is nan. Misuse where a name has no
    number.
    """
    found: dict[Term, float] = {}
    blocked: set[Term] = set()
    for x in parts(*roots):
        if x.op is not None:
            found[x] = x.op.value(*[found[arg] for arg in x.args])
            if flowing and (
                x.op is where
                or (x.op in (mul, div, neg) and (x.args[0] in blocked or (x.op is mul and x.args[1] in blocked)))
            ):
                found[x] = 0.0 if x.op is not where else found[x]
                blocked |= {x} if found[x] == 0.0 else set()
        elif x.name in numbers:
            found[x] = numbers[x.name]
        elif x.value is not None:
            found[x] = x.value
        else:
            raise Misuse(f"{x.name!r} has no number: the names with numbers are {', '.join(numbers) or 'none'}")
    return [found[root] for root in roots]


def map_parts(roots: Sequence[Term], change: Callable[[Term, tuple[Term, ...]], Term]) -> list[Term]:
    """The formulas rebuilt from below: `change` gets each Term and its operands as they have become."""
    new: dict[Term, Term] = {}
    for x in parts(*roots):
        new[x] = change(x, tuple(new[arg] for arg in x.args))
    return [new[root] for root in roots]


# ---- the derivative, from the table ----------------------------------------------------------------------


UNREADABLE = (TypeError, AttributeError, ValueError, ArithmeticError)  # what code raises that takes numbers alone


def slopes(op: Op, args: Sequence[Term], out: Term, wanted: Sequence[int], as_computed: bool = False) -> list[Term]:
    """The local partials of `op` as formulas, with respect to the `wanted` operands; `out` is the result's Term.

    They are written as in a textbook where the row has such a form, and otherwise, or `as_computed`, as the row
    computes them: then a formula that branches to keep its digits takes the branch in use, if the Terms have
    numbers. A function made of pieces (relu, maximum, where …) always keeps its conditions. A user's partial
    that takes numbers alone becomes a primitive without a formula.
    """
    if not as_computed or op.kink is not None or op.taken is not None:
        args, out = [blind(arg) for arg in args], blind(out)
    alone = op.kink is TIE and len(wanted) == 1  # at a tie with a constant nothing is halved
    shown = op.textbook if not (as_computed or alone) else None
    if shown is not None:
        try:
            every = shown(*args, out) if op.partials else shown(args, out)
            return [term(every[k]) for k in wanted]
        except UNREADABLE:
            if op.name in BUILT_IN:
                raise
    if op.gradient is not None:
        every = op.gradient(args, out)
        return [term(every[k]) for k in wanted]
    return [_partial(op, k, args, out) for k in wanted]


def _partial(op: Op, k: int, args: Sequence[Term], out: Term) -> Term:
    try:
        return term(op.partials[k](*args, out))
    except UNREADABLE:
        if op.name in BUILT_IN:
            raise
        return applied(derivative(op, k), args)
