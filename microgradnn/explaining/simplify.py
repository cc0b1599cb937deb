"""Formulas made simpler: a small table of rules, applied from below, and like terms and factors gathered."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from microgradnn import elementary as el
from microgradnn.explaining.gather import Book, product, total
from microgradnn.explaining.term import Term, map_parts, term
from microgradnn.ops import Op

Rule = Callable[[Book, Sequence[Term]], "Term | None"]


def _where(book: Book, args: Sequence[Term]) -> Term | None:
    condition, then, otherwise = args
    if condition.constant:
        return then if condition.value else otherwise
    if then is otherwise or _is_nan(otherwise):  # a condition that only says where the formula holds
        return then
    if _is_nan(then):
        return otherwise
    if otherwise.op is el.where and otherwise.args[0] is condition:
        return book.make(el.where, (condition, then, otherwise.args[2]))
    return None


def _is_nan(x: Term) -> bool:
    return x.constant and x.value is not None and math.isnan(x.value)


def _power(book: Book, args: Sequence[Term]) -> Term | None:
    base, exponent = args
    if not exponent.constant:
        return None
    return product(book, [(base, exponent.plain())])


# What becomes of an operation whose operands are simple already; None: it stays.
RULES: Mapping[str, Rule] = {
    "add": lambda book, args: total(book, [(1.0, arg) for arg in args]),
    "sub": lambda book, args: total(book, [(1.0, args[0]), (-1.0, args[1])]),
    "sum": lambda book, args: total(book, [(1.0, arg) for arg in args]),
    "mul": lambda book, args: product(book, [(arg, 1.0) for arg in args]),
    "div": lambda book, args: product(book, [(args[0], 1.0), (args[1], -1.0)]),
    "neg": lambda book, args: product(book, [(args[0], 1.0)], -1.0),
    "square": lambda book, args: product(book, [(args[0], 2.0)]),
    "pow": _power,
    "alias": lambda book, args: args[0],
    "where": _where,
}


def simplify(*roots: Term) -> list[Term]:
    """The same formulas, shorter: 0 + x, 1·x, x·x, −(−x), x/x, like terms, common factors, constants.

    They are equal as functions of real numbers, not to the bit, and where x/x was cancelled also for x = 0.
    """
    book = Book()

    def simpler(x: Term, args: tuple[Term, ...]) -> Term:
        if x.op is None:
            return book.name(x.name) if x.name else book.number(x.plain())
        return _applied(book, x.op, args)

    return map_parts(roots, simpler)


def _applied(book: Book, op: Op, args: tuple[Term, ...]) -> Term:
    if op.name == "dot" and any(arg.constant for arg in args):
        half = len(args) // 2 + 1
        pairs = zip(args[1:half], args[half:], strict=True)
        return total(book, [*[(1.0, product(book, [(x, 1.0), (y, 1.0)])) for x, y in pairs], (1.0, args[0])])
    rule = RULES.get(op.name)
    found = rule(book, args) if rule else None
    if found is not None:
        return found
    if all(arg.constant for arg in args):
        value = op.value(*[arg.plain() for arg in args])
        if value.is_integer():  # ln 2 stays ln 2, and ln 1 is 0
            return book.number(value)
    return book.make(op, args)


def is_zero(x: Term) -> bool:
    """Whether the formula is the number 0."""
    return x.constant and x.value == 0.0


ZERO, ONE = term(0.0), term(1.0)
