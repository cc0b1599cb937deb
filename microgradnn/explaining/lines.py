"""An explanation as lines: words, and a chain of equal formulas, not yet in any notation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from microgradnn import elementary
from microgradnn.engine import Value
from microgradnn.explaining.names import ADJOINT, DOTS
from microgradnn.explaining.plan import Step
from microgradnn.explaining.shares import Share, agree
from microgradnn.explaining.term import Term, applied, evaluate, map_parts, parts, symbol, term
from microgradnn.rules import inner, total

Phrase = tuple[str | Term, ...]  # words, with formulas among them


class Line(NamedTuple):
    """What is said, and then `left` = … = …, the last of which is the number."""

    words: Phrase
    left: Term | None = None
    equals: tuple[Term, ...] = ()


class Section(NamedTuple):
    """Lines under a title."""

    title: str
    lines: Sequence[Line]


def with_numbers(x: Term, numbers: Mapping[str, float]) -> Term:
    """The formula with numbers in the places of its names."""

    def change(part: Term, args: tuple[Term, ...]) -> Term:
        if part.op is None:
            return term(numbers[part.name]) if part.name else part
        if part.op is inner and not part.args[0].constant:  # a bias of 0 is shown where the formula has one
            return applied(total, [Term(inner, (term(0.0), *args[1:]), "", None), args[0]])
        return Term(part.op, args, "", None)

    return map_parts([x], change)[0]


def chain(formula: Term, numbers: Term | None, value: float) -> tuple[Term, ...]:
    """The formula, its numbers and what they come to, without saying anything twice, or what is not so."""
    result = term(value)
    if formula.constant:
        return (result,)
    if numbers is None or numbers.constant or not _come_to(numbers, value):
        return (formula, result)
    return (formula, numbers, result)


def _come_to(numbers: Term, value: float) -> bool:
    """Whether the numbers give the value; what is left out of a long sum cannot be told."""
    return any(part.name for part in parts(numbers)) or agree(evaluate([numbers], {})[0], value)


def listed(terms: Sequence[Term], joined: str = " and ") -> Phrase:
    """x, y and z."""
    shown = terms if len(terms) <= 6 else [*terms[:4], *terms[-1:]]
    phrase: list[str | Term] = []
    for k, x in enumerate(shown):
        if k:
            phrase.append(", …, " if len(shown) < len(terms) and k == 4 else joined if k == len(shown) - 1 else ", ")
        phrase.append(x)
    return tuple(phrase)


# ---- forward ---------------------------------------------------------------------------------------------


def _read(formula: Term) -> list[str]:
    """The names in a formula, in the order in which one reads them."""
    found: dict[str, None] = {}
    stack = [formula]
    while stack:
        x = stack.pop()
        if x.name:
            found[x.name] = None
        half = len(x.args) // 2 + 1
        pairs = zip(x.args[1:half], x.args[half:], strict=True) if x.op is inner else ()
        args = (
            [*[arg for pair in pairs for arg in pair], x.args[0]] if x.op is inner else x.args
        )  # the bias stands last
        stack += reversed(args)
    return list(found)


def computed(step: Step) -> Line:
    """How a step's number came about."""
    left = symbol(step.name, step.node.data)
    uses = _read(step.formula)
    words: Phrase = (left, " comes from ", *listed([symbol(name) for name in uses]), ":") if uses else ()
    return Line(words, left, chain(step.formula, with_numbers(step.formula, step.numbers), step.node.data))


# ---- backward --------------------------------------------------------------------------------------------


def passed(
    name: str,
    received: Sequence[Share],
    through: Sequence[str],
    adjoints: Mapping[Value, float],
    root: Value,
    value: float,
) -> Line:
    """The derivative of the result with respect to one Value: the sum of what its uses pass down.

    `through` are the names of all the uses, and `received` the first and the last of what they pass.
    """
    left = symbol(ADJOINT + name, value)
    if not received:
        return Line((), left, (term(value),))
    formulas, numbers = [], []
    for share in received:
        adjoint = adjoints.get(share.step.node, 0.0)
        above = None if share.step.node is root else symbol(ADJOINT + share.step.name, adjoint)
        formulas.append(_product(above, share.slope))
        numbers.append(_product(None if above is None else term(adjoint), term(share.number)))
    if len(through) == 1 and received[0].step.node is root and received[0].why:
        formulas = [term(value)]
    elif len(through) == 1 and received[0].step.node is root:
        numbers = [with_numbers(received[0].slope, received[0].step.numbers)]
    if len(received) < len(through):
        formulas.insert(-1, symbol(DOTS))
        numbers.insert(-1, symbol(DOTS))
    formula = formulas[0] if len(formulas) == 1 else applied(total, formulas)
    figures = numbers[0] if len(numbers) == 1 else applied(total, numbers)
    return Line(
        _passing(symbol(name), received, [symbol(x) for x in through], root), left, chain(formula, figures, value)
    )


def _product(above: Term | None, slope: Term) -> Term:
    if above is None:
        return slope
    if slope.constant and slope.value == 1.0:
        return above
    if slope.constant and slope.value == -1.0:
        return applied(elementary.neg, [above])
    return applied(elementary.mul, [above, slope])


def _passing(name: Term, received: Sequence[Share], through: Sequence[Term], root: Value) -> Phrase:
    if len(received) == len(through) and not any(share.flows for share in received):
        return (name, " does not move ", *listed(through), " here, so nothing comes down:")
    if len(through) > 1:
        return (name, " acts through ", *listed(through), ", and what comes down from each adds up:")
    if received[0].why:
        return (
            name,
            " acts through ",
            through[0],
            ", where no formula holds, for ",
            *received[0].why,
            ":",
        )
    if received[0].step.node is root:
        return (through[0], " depends on ", name, " directly:")
    if received[0].slope.constant and received[0].slope.value == 1.0:
        return (name, " moves ", through[0], " one for one, so what comes down passes on unchanged:")
    return (name, " acts through ", through[0], ", with the slope that ", through[0], " has there:")
