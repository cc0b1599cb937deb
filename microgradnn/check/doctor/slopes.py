"""The derivative of every operation as a person writes it, in functions that can be called on plain numbers.

It is the table's own formula, written in the user's names: what the row says, and no second list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from microgradnn.check.doctor.writing import (
    MINUS,
    ONE,
    Text,
    applied,
    minus,
    number,
    over,
    plus,
    power,
    times,
)
from microgradnn.elementary import NAN, where
from microgradnn.explaining.opaque import derivative
from microgradnn.explaining.simplify import is_zero, simplify
from microgradnn.explaining.term import COMPARISONS, GREATER, LESS, Term, parts, slopes, symbol
from microgradnn.ops import Op
from microgradnn.primitives import BUILT_IN
from microgradnn.rules import PER_ROOT_TWO_PI, TWO_PER_ROOT_PI

OUT = "out"
LONGEST = 40  # parts of the formula of a user's derivative that is written out
Args = Sequence[Text]
Own = Mapping[str, str]  # what operations of the user's are called in the user's file

CONSTANTS = {  # those of the table that have a name
    TWO_PER_ROOT_PI: over(number(2.0), Text("sqrt(pi)", r"\sqrt{\pi}")),
    PER_ROOT_TWO_PI: over(ONE, Text("sqrt(2 * pi)", r"\sqrt{2 \pi}")),
}


def _dotted(args: Args) -> Text:
    half = len(args) // 2 + 1
    return plus([*(times(pair) for pair in zip(args[1:half], args[half:], strict=True)), args[0]])


# What is written with operators; everything else is called by its name.
OPERATORS: Mapping[str, Callable[[Args], Text]] = {
    "add": plus,
    "sum": plus,
    "sub": lambda args: minus(*args),
    "neg": lambda args: times([MINUS, *args]),
    "mul": times,
    "div": lambda args: over(*args),
    "pow": lambda args: power(*args),
    "square": lambda args: power(args[0], number(2.0)),
    "dot": _dotted,
    "alias": lambda args: args[0],
}


@lru_cache(maxsize=1024)
def formulas(op: Op, count: int) -> tuple[Term, ...]:
    """The partials of an operation of so many arguments, as formulas of symbols "0", "1", … and "out"."""
    args, out = [symbol(str(k)) for k in range(count)], symbol(OUT)
    if op.by_value is not None:
        return (op.by_value(out),)
    if op.gradient is not None:
        return tuple(simplify(*slopes(op, args, out, range(count))))
    return tuple(simplify(*(slopes(op, args, out, [k])[0] for k in range(count))))


@lru_cache(maxsize=1024)
def mentioned(op: Op, count: int, k: int) -> frozenset[str]:
    """What the partial with respect to argument k depends on: "0", "1", … and "out"."""
    return frozenset(x.name for x in parts(formulas(op, count)[k]) if x.name)


@lru_cache(maxsize=1024)
def of_value(op: Op) -> Callable[[float], float] | None:
    """The derivative of a function of one argument in terms of its value, where people may write it so."""
    if op.arity != 1 or mentioned(op, 1, 0) != {OUT}:
        return None
    textbook, by_value, partial = op.textbook, op.by_value, op.partials[0]

    def slope(out: float) -> float:
        try:
            return float(by_value(out) if by_value else textbook(NAN, out)[0] if textbook else partial(NAN, out))
        except ArithmeticError:  # 1/0, where no derivative is
            return NAN

    return slope


def is_flat(op: Op, count: int, k: int) -> bool:
    """Whether nothing ever flows to argument k."""
    return is_zero(formulas(op, count)[k])


def slope(op: Op, k: int, args: Args, out: Text, own: Own) -> Text | None:
    """The partial derivative of an operation with respect to argument k; None where nobody writes it down."""
    formula = formulas(op, len(args))[k]
    plain = op.name in BUILT_IN or (formula.op is not derivative(op, k) and len(parts(formula)) <= LONGEST)
    found = _written(formula, {OUT: out} | {str(j): arg for j, arg in enumerate(args)}, own) if plain else None
    return found or _called(op, k, args, own)


def _called(op: Op, k: int, args: Args, own: Own) -> Text | None:
    """The partial of a user's operation by its own code."""
    if op.name not in own:
        return None
    name = own[op.name]
    prime = "'" if len(args) == 1 else f"_{{{k + 1}}}"
    code = f"{name}.partials[{k}]({_listed(args)}, {name}({_listed(args)}))"
    return Text(code, f"{_word(name)}{prime}({_typeset(args)})")


def value(op: Op, args: Args, own: Own) -> Text | None:
    """What an operation gives, as an expression; None where it has no name that can be called."""
    if op.name in OPERATORS:
        return OPERATORS[op.name](args)
    if op.name in BUILT_IN and not op.public:
        return _defined(op, args, own)
    if op.name not in BUILT_IN:
        name = own.get(op.name)
        return Text(f"{name}({_listed(args)})", f"{_word(name)}({_typeset(args)})") if name else None
    whole = applied(op.name, args, op.tex)
    return whole if op.arity is not None else whole._replace(code=f"{op.name}([{_listed(args)}])")


def _written(formula: Term, given: Mapping[str, Text], own: Own) -> Text | None:
    """A formula in the texts that its symbols stand for; None where an operation has no name that can be called."""
    found: dict[Term, Text] = {}
    for x in parts(formula):
        text: Text | None
        if x.op is None:
            text = given[x.name] if x.name else CONSTANTS.get(x.plain()) or number(x.plain())
        elif x.op in COMPARISONS:
            text = _compared(x, found)
        elif x.op is where:
            text = _chosen(x, found)
        else:
            text = value(x.op, [found[arg] for arg in x.args], own)
        if text is None:
            return None
        found[x] = text
    return found[formula]


def _compared(x: Term, found: Mapping[Term, Text]) -> Text:
    """A comparison."""
    left, right = (found[arg] for arg in x.args)
    return Text(f"{left.code} {x.op.symbol} {right.code}", x.op.tex.format(left.tex, right.tex))  # type: ignore[union-attr]


def _chosen(x: Term, found: Mapping[Term, Text]) -> Text:
    """One of two: Python evaluates no more than that. Of 1 and 0 it is the condition itself."""
    condition, then, otherwise = x.args
    asked, ends = found[condition], (then.value, otherwise.value)
    if condition.op not in COMPARISONS:  # a number, which must not be 0
        if ends == (0.0, 1.0):
            return Text(f"({asked.code} == 0)", f"[{asked.tex} = 0]")
        asked = Text(f"{asked.code} != 0", rf"{asked.tex} \ne 0")
    if ends == (1.0, 0.0):
        return Text(f"({asked.code})", f"[{asked.tex}]")
    if is_zero(otherwise) and _is_between(condition, then):
        low, inner = found[condition.args[1]], found[then.args[0]]
        return Text(f"({low.code} < {inner.code})", f"[{low.tex} < {inner.tex}]")
    code = f"({found[then].code} if {asked.code} else {found[otherwise].code})"
    cases = rf"{found[then].tex} & {asked.tex} \\ {found[otherwise].tex} & \text{{otherwise}}"
    return Text(code, rf"\begin{{cases}}{cases}\end{{cases}}")


def _is_between(condition: Term, then: Term) -> bool:
    """Whether of x > low the first is asked, and then whether x < high."""
    inner = then.args[0] if then.op is where and (then.args[1].value, then.args[2].value) == (1.0, 0.0) else None
    return inner is not None and condition.op is GREATER and inner.op is LESS and condition.args[0] is inner.args[0]


def _defined(op: Op, args: Args, own: Own) -> Text | None:
    """An operation that only other rows use, by what it is composed of."""
    if op.definition is None:
        return None
    formula = simplify(op.definition(*(symbol(str(k)) for k in range(len(args)))))[0]
    return _written(formula, {str(k): arg for k, arg in enumerate(args)}, own)


def _listed(args: Args) -> str:
    return ", ".join(arg.code for arg in args)


def _typeset(args: Args) -> str:
    return ", ".join(arg.tex for arg in args)


def _word(name: str) -> str:
    return rf"\operatorname{{{name}}}".replace("_", r"\_")
