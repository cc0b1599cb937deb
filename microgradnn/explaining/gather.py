"""Sums and products as they are gathered: coefficients in front, like terms together, powers of one base as one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from microgradnn import elementary as el
from microgradnn import rules
from microgradnn.explaining.term import Term, symbol, term
from microgradnn.ops import Op

Powers = dict[Term, float]  # base to exponent, in the order of first appearance
MOST_BELOW = 1000.0  # 0.5 becomes part of a denominator that is there, but not 1/3001


class Book:
    """Formulas without numbers of their own, each kept once: equal formulas are one object."""

    def __init__(self) -> None:
        self._kept: dict[tuple[object, ...], Term] = {}
        self._factors: dict[Term, tuple[float, Powers]] = {}

    def name(self, name: str) -> Term:
        return self._kept.setdefault(("name", name), symbol(name))

    def number(self, x: float) -> Term:
        return self._kept.setdefault(("number", repr(x)), term(x + 0.0))

    def make(self, op: Op, args: Sequence[Term]) -> Term:
        """The operation as it stands."""
        key = (op.name, *map(id, args))
        if key not in self._kept:
            self._kept[key] = Term(op, tuple(args), "", None)
        return self._kept[key]

    def factors(self, x: Term) -> tuple[float, Powers]:
        """Coefficient and powers whose product x is."""
        if x not in self._factors:
            return (x.plain(), {}) if x.constant else (1.0, {x: 1.0})
        return self._factors[x]

    def keep(self, x: Term, coefficient: float, powers: Powers) -> Term:
        """Note what x is the product of."""
        if not x.constant and x not in powers:
            self._factors[x] = coefficient, powers
        return x


def product(book: Book, factors: Iterable[tuple[Term, float]], coefficient: float = 1.0) -> Term:
    """The product of powers (base, exponent), its coefficient in front and what has a negative exponent below."""
    powers: Powers = {}
    for x, exponent in factors:
        front, inner = book.factors(x)
        whole = exponent.is_integer()
        if not whole and (front != 1.0 or len(inner) != 1 or next(iter(inner.values())) != 1.0):
            front, inner = 1.0, {x: 1.0}  # (2x)^½ stays, for the root of a square is no product of exponents
        if x.constant and not whole:
            front, inner = el.power.value(x.plain(), exponent), {}
        coefficient *= el.power.value(front, exponent)
        for base, inside in inner.items():
            powers[base] = powers.get(base, 0.0) + inside * exponent
    if coefficient == 0.0:
        return book.number(0.0)
    return written(book, coefficient, {base: exponent for base, exponent in powers.items() if exponent != 0.0})


def written(book: Book, coefficient: float, powers: Powers) -> Term:
    """A coefficient times powers, as one Term."""
    size = abs(coefficient)
    above = [_raised(book, base, exponent) for base, exponent in powers.items() if exponent > 0.0]
    below = [_raised(book, base, -exponent) for base, exponent in powers.items() if exponent < 0.0]
    simple = size == 0.5 or len(repr(size)) > 5  # 0.5 and 0.333… go below, and 0.25 stays in front
    if powers and (below or simple) and 0.0 < size < 1.0 and (1.0 / size).is_integer() and 1.0 / size <= MOST_BELOW:
        below.insert(0, book.number(1.0 / size))
        size = 1.0
    if size != 1.0 or not above:
        above.insert(0, book.number(size))
    result = _times(book, above)
    if below:
        result = book.make(el.div, (result, _times(book, below)))
    if not coefficient < 0.0:
        return book.keep(result, coefficient, powers)
    negative = book.number(-result.plain()) if result.constant else book.make(el.neg, (result,))
    return book.keep(negative, coefficient, powers)


def _times(book: Book, factors: Sequence[Term]) -> Term:
    result = factors[0]
    for factor in factors[1:]:
        result = book.make(el.mul, (result, factor))
    return result


def _raised(book: Book, base: Term, exponent: float) -> Term:
    return base if exponent == 1.0 else book.make(el.power, (base, book.number(exponent)))


def total(book: Book, terms: Iterable[tuple[float, Term]]) -> Term:
    """The sum of terms with their signs: like terms together, a number last, common factors in front."""
    counts: dict[frozenset[tuple[Term, float]], tuple[float, Powers]] = {}
    for sign, x in terms:
        for share, part in _terms(book, x):
            front, powers = book.factors(part)
            key = frozenset(powers.items())
            before = counts[key][0] if key in counts else 0.0
            counts[key] = before + sign * share * front, powers
    kept = [(front, powers) for front, powers in counts.values() if front != 0.0]
    if not kept:
        return book.number(0.0)
    if len(kept) == 1:
        return written(book, *kept[0])
    front, common = _common(kept)
    rest = [(share / front, _without(powers, common)) for share, powers in kept]
    inner = _added(book, rest)
    return written(book, front, {**common, inner: 1.0}) if common or front != 1.0 else inner


def _terms(book: Book, x: Term) -> list[tuple[float, Term]]:
    """The terms of a sum that was gathered before; a sum with a factor in front stays together."""
    found: list[tuple[float, Term]] = []
    stack = [(1.0, x)]
    while stack:
        sign, part = stack.pop()
        if part.op is el.add or part.op is rules.total:
            stack += [(sign, arg) for arg in reversed(part.args)]
        elif part.op is el.sub:
            stack += [(-sign, part.args[1]), (sign, part.args[0])]
        else:
            front, powers = book.factors(part)
            base = next(iter(powers), part)
            if abs(front) == 1.0 and powers == {base: 1.0} and base is not part and base.op in (el.add, el.sub):
                stack.append((sign * front, base))  # −(x + y)
            else:
                found.append((sign, part))
    return found


def _common(kept: Sequence[tuple[float, Powers]]) -> tuple[float, Powers]:
    """What all terms have in common: a coefficient of one size, and powers."""
    front = kept[0][0]
    same = all(abs(share) == abs(front) for share, _ in kept)
    negative = all(share < 0.0 for share, _ in kept)
    coefficient = (abs(front) if same else 1.0) * (-1.0 if negative else 1.0)
    common: Powers = {}
    for base in kept[0][1]:
        exponents = [powers.get(base, 0.0) for _, powers in kept]
        if all(e > 0.0 for e in exponents) or all(e < 0.0 for e in exponents):
            common[base] = min(exponents, key=abs)
    return (coefficient, common) if common or (same and abs(front) != 1.0) else (1.0, common)


def _without(powers: Powers, common: Powers) -> Powers:
    left = {base: exponent - common.get(base, 0.0) for base, exponent in powers.items()}
    return {base: exponent for base, exponent in left.items() if exponent != 0.0}


def _added(book: Book, terms: Sequence[tuple[float, Powers]]) -> Term:
    """A sum that begins with a term without a minus, if there is one."""
    first = next((k for k, (share, _) in enumerate(terms) if share > 0.0), 0)
    order = [terms[first], *terms[:first], *terms[first + 1 :]]
    result = written(book, *order[0])
    for share, powers in order[1:]:
        part = written(book, abs(share), powers)
        result = book.make(el.add if share > 0.0 else el.sub, (result, part))
    return result
