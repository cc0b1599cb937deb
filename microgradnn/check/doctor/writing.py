"""Expressions written twice over, as code and in TeX, with parentheses where they are needed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from string import Formatter
from typing import NamedTuple

from microgradnn.check.doctor.rolling import SUBSCRIPT, free_letter, template

FEW, FEWER = 4, 3  # terms that are alike, from which on a sum is written with an index; of long ones
LONG = 20  # characters of a long term
SUM, PRODUCT, NEGATIVE, POWER, ATOM = 1, 2, 3, 4, 9
FUNCTION = re.compile(r"\\(?:operatorname\{[^}]*\}|[a-z]+) ")  # in TeX, without parentheses


class Text(NamedTuple):
    """An expression as code and in TeX; `binds` tells how tightly its outermost operator binds.

    Of a product, `factors` are what is multiplied, `below` what it is divided by, and `constant` the number in
    front of them.
    """

    code: str
    tex: str
    binds: int = ATOM
    constant: float = 1.0
    factors: tuple[Text, ...] | None = None
    below: tuple[Text, ...] = ()

    @property
    def is_number(self) -> bool:
        """Whether it is a constant."""
        return self.factors == () and not self.below


ONE, ZERO = Text("1", "1", factors=()), Text("0", "0", constant=0.0, factors=())
MINUS = Text("-1", "-1", NEGATIVE, -1.0, ())


def within(x: Text, binds: int) -> Text:
    """The expression, in parentheses where it binds less tightly than its place asks."""
    return x if x.binds >= binds else Text(f"({x.code})", rf"\left({x.tex}\right)")


def named(label: str) -> Text:
    """A name with its indices: `w[0][1]`, in TeX with subscripts; of a model's number the way to it is enough."""
    way = label.removesuffix(".data").partition(".")[2].split(".") if label.endswith(".data") else [label]
    return Text(label, ".".join(map(_subscripted, way)))


def _subscripted(label: str) -> str:
    name, *indices = re.split(r"\[|\]\[|\]", label.rstrip("]"))
    word = name.replace("_", r"\_")
    tex = word if len(name) == 1 else rf"\mathit{{{word}}}"
    subscripts = [i.strip("'\"").replace("_", r"\_") for i in indices if i]
    return tex + (f"_{{{','.join(subscripts)}}}" if subscripts else "")


def number(x: float) -> Text:
    """A constant: as few digits as tell it."""
    text = _digits(x)
    return Text(text, text, NEGATIVE if x < 0 else ATOM, x, ())


def _digits(x: float) -> str:
    return f"{x:.6g}" if float(f"{x:.6g}") == x else repr(x)


def plus(terms: Sequence[Text]) -> Text:
    """A sum; a term that begins with a minus is subtracted."""
    counts: dict[Text, int] = {}
    for term in terms:
        counts[term] = counts.get(term, 0) + 1
    kept = [times([number(float(n)), x]) if n > 1 else x for x, n in counts.items() if x != ZERO]
    kept = _rolled(kept)
    if len(kept) < 2:
        return kept[0] if kept else ZERO
    code, tex = kept[0].code, kept[0].tex
    for term in kept[1:]:
        if term.code.startswith("-"):
            code, tex = f"{code} - {term.code[1:]}", f"{tex} - {term.tex.removeprefix('-')}"
        else:
            code, tex = f"{code} + {term.code}", f"{tex} + {term.tex}"
    return Text(code, tex, SUM)


def _rolled(terms: list[Text]) -> list[Text]:
    """The terms, with those that differ in an index alone gathered under one sign of a sum."""
    found: list[Text] = []
    start = 0
    while start < len(terms):
        codes = [term.code for term in terms[start:]]
        few = FEW if len(codes[0]) < LONG else FEWER
        letter = free_letter(codes)
        count = len(codes)
        if not template(codes, letter):
            count = few
            while count <= len(codes) and template(codes[:count], letter):
                count += 1
            count -= 1
        if count < few:
            found.append(terms[start])
            start += 1
            continue
        rule = template(codes[:count], letter)
        tex = template([term.tex for term in terms[start : start + count]], letter, SUBSCRIPT) or terms[start].tex
        code = f"sum({rule} for {letter} in range({count}))"
        found.append(Text(code, rf"\left(\sum_{{{letter}=0}}^{{{count - 1}}} {tex}\right)"))
        start += count
    return found


def minus(a: Text, b: Text) -> Text:
    """A difference."""
    if a.is_number and b.is_number:
        return number(a.constant - b.constant)
    if b.constant < 0.0:
        return plus([a, times([MINUS, b])])
    right = within(b, PRODUCT)
    return Text(f"{a.code} - {right.code}", f"{a.tex} - {right.tex}", SUM)


def times(factors: Sequence[Text]) -> Text:
    """A product, its constants gathered in front, and all that divides it below."""
    constant = 1.0
    above: list[Text] = []
    below: list[Text] = []
    for factor in factors:
        constant *= factor.constant
        above += factor.factors if factor.factors is not None else [factor]
        below += factor.below
    return _product(constant, above, below)


def over(a: Text, b: Text) -> Text:
    """A quotient; a constant below becomes part of the constant in front."""
    if b.constant == 0.0:
        return Text(f"{within(a, PRODUCT).code} / 0", rf"\frac{{{a.tex}}}{{0}}", PRODUCT)
    above = a.factors if a.factors is not None else (a,)
    if b.factors is None:
        return _product(a.constant, above, [*a.below, b])
    return _product(a.constant / b.constant, [*above, *b.below], [*a.below, *b.factors])


def _product(constant: float, factors: Sequence[Text], below: Sequence[Text]) -> Text:
    if constant == 0.0:
        return ZERO
    size, lower = _fraction(abs(constant))
    if len(factors) == 1 and not below and size == "1" and not lower and constant > 0.0:
        return factors[0]
    front = [] if size == "1" and factors else [Text(size, size)]
    parts = [*front, *factors]
    under = [*([Text(lower, lower)] if lower else []), *below]
    sign = "-" if constant < 0.0 else ""
    code, tex = sign + _joined(parts), r" \, ".join(within(part, PRODUCT).tex for part in parts)
    if under:
        code += f" / {within(under[0], POWER).code}" if len(under) == 1 else f" / ({_joined(under)})"
        divisor = r" \, ".join(within(part, PRODUCT).tex for part in under)
        tex = rf"\frac{{{tex}}}{{{divisor}}}"
    binds = PRODUCT if len(parts) > 1 or under else NEGATIVE if sign else ATOM
    return Text(code, sign + tex, binds, constant, tuple(factors), tuple(below))


def _joined(parts: Sequence[Text]) -> str:
    """Factors one after the other."""
    return " * ".join(within(part, PRODUCT if k == 0 else NEGATIVE).code for k, part in enumerate(parts))


def _fraction(size: float) -> tuple[str, str]:
    """A constant as a numerator and a denominator, where it is a simple fraction."""
    if size < 1e6:
        simple = Fraction(size).limit_denominator(1000)
        if simple and abs(float(simple) - size) <= 4e-16 * size:
            return f"{simple.numerator}", f"{simple.denominator}" if simple.denominator != 1 else ""
    return _digits(size), ""


def power(a: Text, b: Text) -> Text:
    """A power; of exponent 1 the base."""
    if b.code == "1":
        return a
    base, exponent = within(a, ATOM), within(b, NEGATIVE)
    tex = rf"\left({a.tex}\right)" if FUNCTION.match(a.tex) else base.tex
    return Text(f"{base.code} ** {exponent.code}", f"{{{tex}}}^{{{b.tex}}}", POWER)


def applied(name: str, arguments: Sequence[Text], tex: str) -> Text:
    """A function of its arguments; `tex` is its template."""
    code = f"{name}({', '.join(x.code for x in arguments)})"
    pieces = list(Formatter().parse(tex))
    slots = {int(slot) for _, slot, _, _ in pieces if slot}
    if slots == {0} and len(arguments) > 1:  # of so many as there are
        return Text(code, tex.format(", ".join(x.tex for x in arguments)))
    if max(slots, default=0) >= len(arguments):
        inner = ", ".join(x.tex for x in arguments)
        word = name.replace("_", r"\_")
        return Text(code, rf"\operatorname{{{word}}}({inner})")
    shown = ""
    for (before, slot, _, _), after in zip(pieces, [*(piece[0] for piece in pieces[1:]), ""], strict=True):
        shown += before + (within(arguments[int(slot)], ATOM if _tight(before, after) else 0).tex if slot else "")
    return Text(code, shown)


def _tight(before: str, after: str) -> bool:
    """Whether a place in a template of TeX stands beside what would take in only a part of a sum: `\\tanh {0}`."""
    return bool(re.search(r"[A-Za-z}] $|-$|^ $", before)) or after.startswith(("^", "}^"))
