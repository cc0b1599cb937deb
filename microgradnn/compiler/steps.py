"""What a primitive computes with floats, step by step: its function as data, to be written in another language."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Container
from threading import Lock
from typing import Any, ClassVar, NamedTuple
from weakref import WeakValueDictionary

from microgradnn import ieee
from microgradnn.ieee import power

ARITHMETIC = ("+", "-", "*", "/", "neg", "abs", "sqrt")  # what every processor computes, correctly rounded
SIMPLE: dict[str, Callable[..., float]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": ieee.divide, "neg": operator.neg, "abs": abs,
}  # fmt: skip
COMPARE: dict[str, Callable[..., bool]] = {
    "<": operator.lt, "<=": operator.le, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip


def pow(x: float, y: float) -> float:
    """The C library's pow, which never raises; `power` is more exact for squares."""
    try:
        return math.pow(x, y)
    except (OverflowError, ValueError):
        return power(x, y)


# Functions of the C library by their names there, as they are closed: defined everywhere.
TOTAL: dict[str, Callable[..., float]] = {"pow": pow} | {
    name: known for name, known in vars(ieee).items() if callable(known) and hasattr(math, name)
}


class NotLowered(Exception):
    """The function does something that is no arithmetic of floats; the message says what."""


class Step:
    """A float being computed: `name` is "arg", "const", one of ARITHMETIC, or a function of the C library.

    Equal steps are one object, so that a step which many others stand on is compared and hashed at no cost.
    """

    __slots__ = ("__weakref__", "args", "name")
    name: str
    args: tuple[Any, ...]
    _known: ClassVar[WeakValueDictionary[Any, Step]] = WeakValueDictionary()
    _one_at_a_time = Lock()

    def __new__(cls, name: str, args: tuple[Any, ...]) -> Step:
        with cls._one_at_a_time:
            known = cls._known.get((name, args))
            if known is None:
                known = cls._known[name, args] = object.__new__(cls)
                known.name, known.args = name, args
        return known

    def __repr__(self) -> str:
        return f"Step({self.name!r}, {len(self.args)} operands)"


class Test(NamedTuple):
    """A comparison of two Steps: `name` is "<", "<=", "==" or "!=", with no nan making it true but "!="."""

    name: str
    args: tuple[Step, Step]


class Branch(NamedTuple):
    """`then` where the test holds, `otherwise` elsewhere; both are Branches or Steps."""

    test: Test
    then: Any
    otherwise: Any


Tree = Step | Branch


def calls(tree: Tree) -> bool:
    """Whether a function of the C library is called anywhere."""
    return any(step.name not in (*ARITHMETIC, "arg", "const") for step in every(tree))


def every(tree: Tree, known: Container[Step] = ()) -> list[Step]:
    """All steps but those that are known, each once, after those that it stands on."""
    found: dict[Step, None] = {}
    work: list[Any] = [tree]
    while work:
        x = work.pop()
        if isinstance(x, Branch):
            work += [x.otherwise, x.then, *reversed(x.test.args)]
        elif x not in found and x not in known:
            before = [] if x.name in ("arg", "const") else [y for y in x.args if y not in found and y not in known]
            if before:
                work += [x, *reversed(before)]
            else:
                found[x] = None
    return list(found)


def told(tree: Tree) -> str:
    """The steps as a text that is the same for the same steps, in every process."""
    names = {step: f"s{k}" for k, step in enumerate(every(tree))}
    lines = [
        f"{step.name}({', '.join(names[x] if isinstance(x, Step) else str(x) for x in step.args)})" for step in names
    ]

    def way(x: Tree) -> str:
        if isinstance(x, Step):
            return names[x]
        a, b = (names[y] for y in x.test.args)
        return f"({a} {x.test.name} {b} ? {way(x.then)} : {way(x.otherwise)})"

    return "; ".join([*lines, way(tree)])


def evaluate(tree: Tree, args: tuple[float, ...]) -> float:
    """What the steps come to, in Python."""
    known: dict[Step, float] = {}

    def number(step: Step) -> float:
        for each in every(step, known):
            if each.name == "arg":
                known[each] = float(args[each.args[0]])
            elif each.name == "const":
                known[each] = float.fromhex(each.args[0])
            else:
                known[each] = (SIMPLE | TOTAL)[each.name](*[known[x] for x in each.args])
        return known[step]

    while isinstance(tree, Branch):
        tree = tree.then if COMPARE[tree.test.name](*map(number, tree.test.args)) else tree.otherwise
    return number(tree)
