"""Formulas as expressions and functions of Python."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from microgradnn import elementary as e
from microgradnn import ieee
from microgradnn.explaining.term import AT_LEAST, AT_MOST, COMPARISONS, Term, parts
from microgradnn.ops import Op
from microgradnn.rules import peak, total
from microgradnn.stepping.rebound import RAISING
from microgradnn.stepping.tracing import EQUAL, FINITE, UNEQUAL

CHOICE, TRUTH, SUM, PRODUCT, SIGN, POWER, ATOM = range(7)  # how tightly an expression binds
Text = tuple[str, int]
INFIX = {e.add: ("+", SUM), e.sub: ("-", SUM), e.mul: ("*", PRODUCT)}
TRUTHS = {op: op.symbol for op in COMPARISONS} | {EQUAL: "==", UNEQUAL: "!="}
RAISES = {op: f"math.{name}" for name, op in RAISING.items() if name in vars(math)}
SUMMED = 8  # terms of a sum in one line
WIDE = 112


def own_name(op: Op) -> str | None:
    """The name in `ieee` or `math` of the function that a row's value is."""
    if op is total or op is peak:
        return {total: "total", peak: "peak"}[op]
    name = {"pow": "power", "div": "divide"}.get(op.name, op.name)
    return name if vars(ieee).get(name) is op.value else None


class Printer:
    """Writes formulas, and keeps in `used` the names of `ieee` that they need.

    `called` are the names of functions for rows that have none there. With `raising` division and power are Python's
    own, which may raise.
    """

    def __init__(self, called: Mapping[Op, str], raising: bool = False) -> None:
        self.called = called
        self.raising = raising
        self.used: dict[str, None] = {}

    def number(self, x: float) -> Text:
        if x - x != 0.0:
            self.used["inf"] = None
            return ("nan", ATOM) if x != x else ("inf", ATOM) if x > 0 else ("-inf", SIGN)
        text = repr(x)
        return text, SIGN if text.startswith("-") else ATOM

    def call(self, name: str, args: Sequence[str]) -> Text:
        self.used[name] = None
        return f"{name}({', '.join(args)})", ATOM

    def applied(self, op: Op, args: Sequence[Text]) -> Text:
        """A row applied to expressions."""
        texts = [text for text, _ in args]
        if op in INFIX:
            sign, binds = INFIX[op]
            return f"{within(args[0], binds)} {sign} {within(args[1], binds + 1)}", binds
        if op is e.neg:
            return f"-{within(args[0], SIGN)}", SIGN
        if op is e.alias:
            return args[0]
        if op is e.square:  # of a name or a number: `statements` gives one to whatever else is squared
            return f"{texts[0]} * {texts[0]}", PRODUCT
        if op is e.absolute:
            return f"abs({texts[0]})", ATOM
        if op is e.div and (self.raising or _known_nonzero(texts[1])):
            return f"{within(args[0], PRODUCT)} / {within(args[1], SIGN)}", PRODUCT
        if op is e.power and self.raising:
            return f"{within(args[0], ATOM)} ** {within(args[1], SIGN)}", POWER
        if op is e.power and texts[1] == "1.0":  # as `ieee.power` has it
            return args[0]
        if op is e.power and texts[1] == "2.0" and re.fullmatch(r"\w+|\{\d+\}", texts[0]):
            return f"{texts[0]} * {texts[0]}", PRODUCT
        if op in RAISES:
            return f"{RAISES[op]}({', '.join(texts)})", ATOM
        if op is FINITE:
            return f"math.isfinite({texts[0]})", ATOM
        if op in self.called:
            return self.call(self.called[op], texts)
        name = own_name(op)
        if name is None:
            raise KeyError(op.name)
        return self.call(name, texts)

    def expression(self, x: Term, names: Mapping[Term, Text]) -> Text:
        """A formula in which some parts are known by name."""
        texts = dict(names)
        self.write([x], texts)
        return texts[x]

    def write(self, roots: Sequence[Term], texts: dict[Term, Text]) -> None:
        """Add the texts of formulas, and of all that they are made of, to those that are known."""
        for part in parts(*roots):
            if part not in texts:
                texts[part] = self._text(part, texts)

    def _text(self, x: Term, texts: Mapping[Term, Text]) -> Text:
        if x.value is not None and not x.name:
            return self.number(x.value)
        if x.op is None:
            return x.name, ATOM
        if x.op is e.where:
            _, then, otherwise = (texts[arg] for arg in x.args)
            return (
                f"{within(then, TRUTH)} if {self.truth(x.args[0], texts)[0]} else {within(otherwise, CHOICE)}",
                CHOICE,
            )
        if x.op in TRUTHS:
            return f"1.0 if {self.truth(x, texts)[0]} else 0.0", CHOICE
        return self.applied(x.op, [texts[arg] for arg in x.args])

    def expression_of(self, op: Op, args: Sequence[Text]) -> Text:
        """A row applied to names and numbers, as it stands in a line of its own."""
        if op is e.where:
            return f"{args[1][0]} if {args[0][0]} != 0.0 else {args[2][0]}", CHOICE
        return self.applied(op, args)

    def product(self, x: Text, y: Text) -> Text:
        return self.applied(e.mul, [x, y])

    def sum(self, start: Text, terms: Sequence[Text]) -> str:
        """A sum from the left."""
        return " + ".join([start[0], *(within(term, PRODUCT) for term in terms)])

    def truth(self, x: Term, texts: Mapping[Term, Text]) -> Text:
        """A condition; a number is true where it is not 0."""
        if x.op in TRUTHS:
            a, b = (within(texts[arg], SUM) for arg in x.args)
            return f"{a} {TRUTHS[x.op]} {b}", TRUTH
        if x.op is e.mul and all(arg.op in TRUTHS for arg in x.args):
            one, other = x.args
            if _equality(one, other):
                a, b = (within(texts[arg], SUM) for arg in one.args)
                return f"{a} == {b}", TRUTH
            return " and ".join(self.truth(arg, texts)[0] for arg in x.args), CHOICE
        if x.op is e.where and x.args[1].value == 1.0 and x.args[1].constant:
            return f"{self.truth(x.args[0], texts)[0]} or {self.truth(x.args[2], texts)[0]}", CHOICE
        if x.op is FINITE:
            return texts[x]
        return f"{within(texts[x], SUM)} != 0.0", TRUTH

    def statements(self, roots: Sequence[Term], deep: int = 1) -> list[str]:
        """The body of a function that returns a formula, or several; choices become branches."""
        lines: list[str] = []
        self._body(roots, {}, deep, lines)
        return lines

    def _body(self, roots: Sequence[Term], known: dict[Term, Text], deep: int, lines: list[str]) -> None:
        space = "    " * deep
        while len(roots) == 1 and roots[0].op is e.where and roots[0].value is None:
            condition, then, otherwise = roots[0].args
            texts = dict(known)
            self.write([condition], texts)
            lines.append(f"{space}if {self.truth(condition, texts)[0]}:")
            self._body([then], dict(known), deep + 1, lines)
            roots = [otherwise]
        every = parts(*roots)
        uses: dict[Term, int] = {}
        for x in every:
            for arg in x.args:
                uses[arg] = uses.get(arg, 0) + (2 if x.op is e.square else 1)
        texts = dict(known)
        for x in every:
            if x in texts:
                continue
            texts[x] = self._text(x, texts)
            if uses.get(x, 0) > 1 and x.op is not None and x.value is None and x.op not in TRUTHS:
                name = f"t{len(known) + 1}"
                lines.append(f"{space}{name} = {texts[x][0]}")
                known[x] = texts[x] = name, ATOM
        lines.append(f"{space}return {', '.join(texts[x][0] for x in roots)}")


def within(text: Text, binds: int) -> str:
    """The expression, in parentheses where it binds less tightly."""
    return text[0] if text[1] >= binds else f"({text[0]})"


def _equality(one: Term, other: Term) -> bool:
    """Whether two conditions are x ≤ y and y ≤ x, in any order."""
    if one.op is other.op and one.op in (AT_MOST, AT_LEAST):
        return _same(one.args, other.args[::-1])
    return {one.op, other.op} == {AT_MOST, AT_LEAST} and _same(one.args, other.args)


def _same(one: Sequence[Term], other: Sequence[Term]) -> bool:
    return all(a is b or (a.constant and b.constant and a.value == b.value) for a, b in zip(one, other, strict=True))


def _known_nonzero(text: str) -> bool:
    try:
        return float(text) != 0.0 and float(text) - float(text) == 0.0
    except ValueError:
        return False
