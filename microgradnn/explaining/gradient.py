"""The symbolic gradient: a formula that can be read, typeset and called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from microgradnn.engine import Value
from microgradnn.errors import Misuse, SettingError
from microgradnn.explaining.labels import tex_name
from microgradnn.explaining.names import ADJOINT, Names
from microgradnn.explaining.symbolic import derivatives
from microgradnn.explaining.term import Term, evaluate, map_parts, parts, symbol
from microgradnn.explaining.tex import tex
from microgradnn.explaining.text import text
from microgradnn.ieee import number

LONGEST = 400  # names, numbers and operations of a formula that is written without abbreviations
MOST = 20_000  # of one that is written at all


class Gradient:
    """∂result/∂x as a formula of the leaves.

    `str(gradient)` is the formula, `to_latex()` typesets it, and called with numbers for leaves, by their names,
    it is the derivative there: `gradient(w=0.3, **{"w[0]": 1.0})`. A leaf not given keeps the number that it had.
    """

    def __init__(self, term: Term, of: str, names: Names, numbers: Mapping[str, float]) -> None:
        self.term = term
        self.names = tuple(numbers)
        self._of = of
        self._known = names
        self._numbers = dict(numbers)

    @staticmethod
    def all(root: Value, wrt: Sequence[Value], names: Names) -> dict[str, Gradient]:
        """The derivatives of `root` with respect to several Values, by name."""
        found = derivatives(root, wrt, names.__getitem__)
        made: dict[str, Gradient] = {}
        for x, formula in zip(wrt, found, strict=True):
            numbers = {part.name: names.leaves[part.name] for part in parts(formula) if part.name}
            made[names[x]] = Gradient(formula, names[x], names, numbers)
        return made

    @staticmethod
    def only(several: Mapping[str, Gradient], root: str) -> Gradient:
        """The one that was asked for."""
        if len(several) != 1:
            raise Misuse(
                f"{root} has {len(several)} gradients here: ask for one, explain(root, wrt=x).gradient, or read them "
                "by name from .gradients"
            )
        return next(iter(several.values()))

    def __call__(self, **numbers: Any) -> float:
        """The derivative where the leaves have these numbers."""
        for name in numbers:
            if name not in self._known.leaves:
                raise SettingError(
                    f"no leaf of this graph is called {name!r}; the formula has {', '.join(self.names) or 'none'}"
                )
        given = {name: number(x, f"the number of {name!r}") for name, x in numbers.items()}
        return evaluate([self.term], self._numbers | given, flowing=True)[0]

    def __str__(self) -> str:
        *lets, formula = _abbreviated(self.term)
        shown = [text(x, self._known.text, most=None, figures=None).text for _, x in lets]
        told = "".join(f"{name} = {x}; " for (name, _), x in zip(lets, shown, strict=True))
        return told + text(formula[1], self._known.text, most=None, figures=None).text

    def __repr__(self) -> str:
        return f"{self._known.text(ADJOINT + self._of)} = {self}"

    def to_latex(self) -> str:
        """The formula in TeX; of a long one, what occurs several times is named first."""
        every = [(name, tex(x, self._known.tex, most=None, figures=None).text) for name, x in _abbreviated(self.term)]
        if len(every) == 1:
            return every[0][1]
        left = [tex(symbol(name), self._known.tex).text for name, _ in every[:-1]]
        rows = [f"{one} &= {x}" for one, (_, x) in zip([*left, ""], every, strict=True)]
        return r"\begin{aligned} " + r" \\ ".join(rows).replace(r"\\  &=", r"\\ &") + r" \end{aligned}"

    def _repr_latex_(self) -> str:
        return f"${self._known.tex(ADJOINT + self._of)} = {self.to_latex()}$"


def _abbreviated(x: Term) -> list[tuple[str, Term]]:
    """The formula, after the definitions of what it needs: where it is long, repeated parts get a name."""
    every = parts(x)
    counts: dict[Term, int] = {}
    for part in every:
        for arg in part.args:
            counts[arg] = counts.get(arg, 0) + 1
    size: dict[Term, int] = {}
    for part in every:
        size[part] = 1 + sum(size[arg] for arg in part.args)
    if size[x] <= LONGEST:
        return [("", x)]
    if len(every) > MOST:
        raise Misuse(
            f"the formula has {len(every):,} parts, too many to be read: call it for numbers, or take a smaller graph"
        )
    taken = {tex_name(part.name) for part in every if part.name}
    lets: list[tuple[str, Term]] = []

    def change(part: Term, args: tuple[Term, ...]) -> Term:
        new = Term(part.op, args, part.name, part.value) if part.op else part
        if part.op is not None and counts.get(part, 0) > 1 and size[part] > 3:
            numbered = [f"g{k}" for k in range(len(lets) + 1, len(lets) + len(taken) + 2)]
            name = next(name for name in numbered if tex_name(name) not in taken)
            taken.add(tex_name(name))
            lets.append((name, new))
            return symbol(name)
        return new

    (last,) = map_parts([x], change)
    return [*lets, ("", last)]
