"""Expressions written twice over, as code and in TeX, with parentheses where they are needed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from microgradnn.check.doctor.rolling import SUBSCRIPT, free_letter, template

FEW = 4  # terms that are alike, from which on a sum is written with an index
SUM, PRODUCT, NEGATIVE, POWER, ATOM = 1, 2, 3, 4, 9


class Text(NamedTuple):
    """An expression as code and in TeX; `binds` tells how tightly its outermost operator binds.

    Of a product, `factors` are what is multiplied, and `constant` the number in front of them.
    """

    code: str
    tex: str
    binds: int = ATOM
    constant: float = 1.0
    factors: tuple[Text, ...] | None = None


ONE, ZERO = Text("1", "1", factors=()), Text("0", "0", constant=0.0, factors=())
MINUS = Text("-1", "-1", NEGATIVE, -1.0, ())


def within(x: Text, binds: int) -> Text:
    """The expression, in parentheses where it binds less tightly than its place asks."""
    return x if x.binds >= binds else Text(f"({x.code})", rf"\left({x.tex}\right)")


def named(label: str) -> Text:
    """A name with its indices: `w[0][1]`, in TeX with subscripts."""
    name, *indices = re.split(r"\[|\]\[|\]", label.rstrip("]"))
    word = name.replace("_", r"\_")
    tex = word if len(name) == 1 else rf"\mathit{{{word}}}"
    subscripts = [i.strip("'\"").replace("_", r"\_") for i in indices if i]
    return Text(label, tex + (f"_{{{','.join(subscripts)}}}" if subscripts else ""))


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
        letter = free_letter(codes)
        stop = start + FEW
        while stop <= len(terms) and template(codes[: stop - start], letter):
            stop += 1
        count = stop - 1 - start
        if count < FEW:
            found.append(terms[start])
            start += 1
            continue
        rule = template(codes[:count], letter)
        tex = template([term.tex for term in terms[start : start + count]], letter, SUBSCRIPT) or terms[start].tex
        code = f"sum({rule} for {letter} in range({count}))"
        found.append(Text(code, rf"\sum_{{{letter}=0}}^{{{count - 1}}} {tex}", PRODUCT))
        start += count
    return found


def minus(a: Text, b: Text) -> Text:
    """A difference."""
    if b.constant < 0.0:
        return plus([a, times([MINUS, b])])
    right = within(b, PRODUCT)
    return Text(f"{a.code} - {right.code}", f"{a.tex} - {right.tex}", SUM)


def times(factors: Sequence[Text]) -> Text:
    """A product, its constants gathered in front, or below where they are one over a whole number."""
    constant = 1.0
    kept: list[Text] = []
    for factor in factors:
        constant *= factor.constant
        kept += factor.factors if factor.factors is not None else [factor]
    return _product(constant, kept)


def over(a: Text, b: Text) -> Text:
    """A quotient; a constant below becomes part of the constant in front."""
    if b.factors == () and b.constant:
        return times([a, _product(1.0 / b.constant, [])])
    top = _product(a.constant, a.factors) if a.factors is not None else a
    code = f"{within(top, PRODUCT).code} / {within(b, POWER).code}"
    return Text(code, rf"\frac{{{top.tex}}}{{{b.tex}}}", PRODUCT)


def _product(constant: float, factors: Sequence[Text]) -> Text:
    if constant == 0.0:
        return ZERO
    size, below = abs(constant), 1
    if size < 1e6:
        simple = Fraction(size).limit_denominator(1000)
        if simple and abs(float(simple) - size) <= 4e-16 * size:
            size, below = float(simple.numerator), simple.denominator
    front = [] if size == 1.0 and factors else [Text(_digits(size), _digits(size))]
    if len(factors) == 1 and not front and below == 1 and constant > 0.0:
        return factors[0]
    parts = [
        *front,
        *(within(factor, PRODUCT if k + len(front) == 0 else NEGATIVE) for k, factor in enumerate(factors)),
    ]
    sign = "-" if constant < 0.0 else ""
    code, tex = sign + " * ".join(part.code for part in parts), r" \, ".join(part.tex for part in parts)
    if below != 1:
        code, tex = f"{code} / {below}", rf"\frac{{{tex}}}{{{below}}}"
    binds = (
        ATOM if len(parts) == 1 and not sign and below == 1 else PRODUCT if len(parts) > 1 or below != 1 else NEGATIVE
    )
    return Text(code, sign + tex, binds, constant, tuple(factors))


def power(a: Text, b: Text) -> Text:
    """A power; of exponent 1 the base."""
    if b.code == "1":
        return a
    base, exponent = within(a, ATOM), within(b, NEGATIVE)
    return Text(f"{base.code} ** {exponent.code}", f"{{{base.tex}}}^{{{b.tex}}}", POWER)


def applied(name: str, arguments: Sequence[Text], tex: str) -> Text:
    """A function of its arguments; `tex` is its template."""
    code = f"{name}({', '.join(x.code for x in arguments)})"
    try:
        return Text(code, tex.format(*(x.tex for x in arguments)))
    except (IndexError, KeyError):  # a template that knows fewer arguments
        inner = ", ".join(x.tex for x in arguments)
        return Text(code, rf"\operatorname{{{name.replace('_', ' ')}}}({inner})")
