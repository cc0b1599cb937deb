"""The right gradient of one number, as a person would write it down: as code that runs, and typeset."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from microgradnn.check.doctor.christening import GRADIENT, Key
from microgradnn.check.doctor.planning import Plan
from microgradnn.check.doctor.rolling import listed
from microgradnn.check.doctor.slopes import Own
from microgradnn.check.doctor.tape import Tape
from microgradnn.check.doctor.writing import ZERO, Text

WIDTH = 100  # characters of a suggestion that stands on one line
LARGE = 400  # nodes of a graph whose intermediate results are named once for all its numbers
MOST_LINES = 40
CONDITIONS = "# where the conditions of where() come out as at the point given:"


class Author:
    """Writes gradients from the graph at the point given. `codes` tell how the arguments' numbers are
    read, `own` what primitives of the user's are called in the user's file."""

    def __init__(self, tape: Tape, codes: Sequence[str], own: Own) -> None:
        self.tape, self.own = tape, own
        self.codes = {n: code for n, code in zip(tape.leaf, codes, strict=True) if n is not None}
        self._plan: Plan | None = None
        self._lines: dict[tuple[Key, ...], tuple[str, str]] = {}  # of the plan that is there for all

    def gradient(self, leaf: int | None, then: Callable[[Text], Text] | None = None) -> Text:
        """The gradient with respect to a leaf, or what is made of it `then`: what it needs, line by line, and the
        expression. Empty where an operation on the way has no name that can be called."""
        if leaf is None:
            return then(ZERO) if then else ZERO
        plan = self._planned(leaf)
        if plan is None:
            return Text("", "")
        found = plan.text((GRADIENT, leaf))
        groups = plan.order(plan.needs((GRADIENT, leaf)))
        if groups and found.code == plan.names[groups[-1][0]]:  # what is named last is all there is to it
            found = plan.written(groups.pop()[0])
        found = then(found) if then else found
        lines = [self._line(plan, group) for group in groups]
        if len(lines) > MOST_LINES:
            return Text("", "")
        if plan.conditions:
            lines.insert(0, (CONDITIONS, ""))
        codes = [*(code for code, _ in lines), found.code]
        apart = "; " if sum(map(len, codes)) <= WIDTH and not plan.conditions else "\n"
        return Text(apart.join(codes), r",\quad ".join([*(tex for _, tex in lines if tex), found.tex]))

    def _planned(self, leaf: int) -> Plan | None:
        """What is to be named: for this number alone; of a large graph, for all numbers at once."""
        if len(self.tape.data) <= LARGE:
            return Plan.of(self.tape, self.codes, [leaf], self.own)
        if self._plan is None:
            self._plan = Plan.of(self.tape, self.codes, list(self.codes), self.own)
        return self._plan

    def _line(self, plan: Plan, group: tuple[Key, ...]) -> tuple[str, str]:
        """The definition of a name, or of a list of names."""
        if plan is not self._plan:
            return self._defined(plan, group)
        if group not in self._lines:
            self._lines[group] = self._defined(plan, group)
        return self._lines[group]

    @staticmethod
    def _defined(plan: Plan, group: tuple[Key, ...]) -> tuple[str, str]:
        texts = [plan.written(key) for key in group]
        names = [plan.names[key] for key in group]
        if "[" not in names[0]:
            return f"{names[0]} = {texts[0].code}", f"{plan.text(group[0]).tex} = {texts[0].tex}"
        base, indices = names[0].partition("[")[0], [_indices(name) for name in names]
        code = _nested(sorted(zip(indices, (text.code for text in texts), strict=True)))
        tex = r",\; ".join(f"{plan.text(key).tex} = {text.tex}" for key, text in zip(group[:1], texts[:1], strict=True))
        return f"{base} = {code}", tex + (r",\; \ldots" if len(group) > 1 else "")


def _indices(name: str) -> tuple[int, ...]:
    return tuple(int(x) for x in name[name.index("[") + 1 : -1].split("]["))


def _nested(items: Sequence[tuple[tuple[int, ...], str]]) -> str:
    """A list of lists from its entries."""
    if len(items[0][0]) == 1:
        return listed([code for _, code in items])
    rows: dict[int, list[tuple[tuple[int, ...], str]]] = {}
    for (first, *rest), code in items:
        rows.setdefault(first, []).append((tuple(rest), code))
    return listed([_nested(row) for row in rows.values()])
