"""What the corpus is made of: problems, and cases, which are right or wrong derivations of them.

A wrong case says how its mistake may be named. `label` is one answer or several that are equally true, joined
by "|"; an answer is a kind, or kinds that must be named together, joined by "+". `labels` may give a label for
an argument or for one number ("w[1]"), where the mistakes differ. Numbers that come out right in spite of the
mistake need no label: autodiff tells which they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Function = Callable[..., Any]

PROBLEMS: dict[str, Problem] = {}


@dataclass(frozen=True)
class Case:
    """One derivation of a problem's gradient. `step` marks an update rule, step(params, lr, **named)."""

    name: str
    problem: Problem
    function: Function
    at: dict[str, Any]
    labels: dict[str, str] = field(default_factory=dict)
    step: bool = False
    made: str = "by hand"

    def answers(self, where: str) -> list[frozenset[str]]:
        """The sets of kinds that are a right name for what is wrong with one number, such as "w[1]"."""
        argument = where.partition("[")[0]
        label = self.labels.get(where, self.labels.get(argument, self.labels.get("", "")))
        return [frozenset(answer.split("+")) for answer in label.split("|") if answer]


@dataclass
class Problem:
    """A loss, a point to start from, and derivations of its gradient. `choices` are arguments of few values."""

    name: str
    loss: Function
    at: dict[str, Any]
    weights: tuple[str, ...] = ()
    lr: float = 0.1
    choices: dict[str, tuple[float, ...]] = field(default_factory=dict)
    reference: Function | None = None
    mutable: list[Function] = field(default_factory=list)
    right_cases: list[Case] = field(default_factory=list)
    wrong_cases: list[Case] = field(default_factory=list)

    def derivation(self, function: Function) -> Function:
        """The plain right derivation: the reference for all others, and what mutations are made of."""
        self.reference = function
        self.mutable.append(function)
        self.right_cases.append(self._case(function, {}, {}))
        return function

    def right(self, **at: Any) -> Callable[[Function], Function]:
        """A right derivation in another form; `at` replaces arguments at the point."""

        def enter(function: Function) -> Function:
            self.right_cases.append(self._case(function, {}, at))
            return function

        return enter

    def wrong(self, label: str = "", at: dict[str, Any] | None = None, **labels: str) -> Callable[[Function], Function]:
        """A wrong derivation, and how its mistake may be named."""

        def enter(function: Function) -> Function:
            self.wrong_cases.append(self._case(function, labels | ({"": label} if label else {}), at or {}))
            return function

        return enter

    def step(self, label: str = "", **labels: str) -> Callable[[Function], Function]:
        """An update rule, step(params, lr, **named), wrong as the label says, or right without one."""

        def enter(function: Function) -> Function:
            given = labels | ({"": label} if label else {})
            case = self._case(function, given, {}, step=True)
            (self.wrong_cases if given else self.right_cases).append(case)
            return function

        return enter

    def at_is_list(self, name: str) -> bool:
        """Whether an argument holds several numbers."""
        return not isinstance(self.at.get(name), int | float)

    def _case(self, function: Function, labels: dict[str, str], at: dict[str, Any], step: bool = False) -> Case:
        name = f"{self.name}: {function.__name__.replace('_', ' ')}"
        return Case(name, self, function, self.at | at, labels, step)


def problem(
    name: str,
    loss: Function,
    *,
    weights: tuple[str, ...] = (),
    lr: float = 0.1,
    choices: dict[str, tuple[float, ...]] | None = None,
    **at: Any,
) -> Problem:
    """Enter a loss under a name; `weights` are the arguments that an update rule changes."""
    if name in PROBLEMS:
        raise ValueError(f"two problems are called {name!r}")
    PROBLEMS[name] = found = Problem(name, loss, at, weights, lr, choices or {})
    return found
