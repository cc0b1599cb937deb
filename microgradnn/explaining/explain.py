"""The user's verb: explain(root)."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush
from typing import Any, TypeVar

from microgradnn.births import first_nonfinite
from microgradnn.chain import sweep
from microgradnn.engine import Value
from microgradnn.errors import Misuse, NotANumber
from microgradnn.explaining import lines, remarks
from microgradnn.explaining.explanation import Explanation
from microgradnn.explaining.lines import Line, Section
from microgradnn.explaining.names import ADJOINT, Names
from microgradnn.explaining.plan import Step, is_number, steps, uses
from microgradnn.explaining.shares import on_the_way, share
from microgradnn.explaining.term import Term, symbol, term
from microgradnn.reverse import edges, name, refuse_changed

SHOWN = 40  # steps that are shown of a longer explanation, half from either end
TERMS = 6  # of a sum of what comes down
LARGE = 20_000  # Values of a graph that are looked at
T = TypeVar("T")


def explain(root: Value, wrt: Value | Iterable[Value] | None = None) -> Explanation:
    """The forward computation as named steps, then the chain rule step by step, in words, symbols and numbers.

    `wrt`, a Value or several, limits the second part to what lies between it and `root`. Nothing is written to
    the graph. Of a long computation the first steps and the last are shown.

    >>> from microgradnn import Value, explain
    >>> w, x = Value(2.0, label="w"), Value(3.0, label="x")
    >>> print(explain(w * x, wrt=w))
    Given
        w = 2
        x = 3
    <BLANKLINE>
    Forward
      L comes from w and x:
        L = w·x = 2 · 3 = 6
    <BLANKLINE>
    Backward
        ∂L/∂L = 1
      L depends on w directly:
        ∂L/∂w = x = 3

    Misuse where `root` does not depend on `wrt`, where data changed after they were used, or in a cycle.
    """
    asked = _asked(root, wrt)
    nodes, whole = _youngest(root, LARGE)
    _refuse_cycles(nodes)
    refuse_changed(nodes)
    for x in asked or ():
        _refuse_stranger(root, x, nodes, whole)
    names = Names(nodes, root)
    if root.op is None:
        return Explanation([_leaf(root, names)], names, root, asked or [root])
    leaves = [node for node in nodes if node.op is None and not is_number(node)]
    plan = steps(nodes, names, root, asked or (), uses(nodes))
    forward = [lines.computed(step) for step in _ends(plan)]
    backward = _backward(root, nodes, asked, plan, leaves, names)
    sections = [
        Section("Given", _some([_given(leaf, names) for leaf in leaves], "numbers")),
        Section("Forward", [*_earlier(whole), *_some(forward, "steps", len(plan))]),
        Section("Backward", [*backward, *_earlier(whole)]),
        Section("Remarks", _remarks(root, plan, names, [x for line in backward for x in line.equals], whole)),
    ]
    wanted = asked or [leaf for leaf in leaves if leaf.live]
    return Explanation([section for section in sections if section.lines], names, root, wanted)


def _youngest(root: Value, most: int) -> tuple[list[Value], bool]:
    """The Values that `root` was computed from, by age, the youngest last; and whether these are all.

    Operands are older than what was computed from them, so that of a large graph only the part that is
    explained is ever visited.
    """
    if not isinstance(root, Value):
        return [], True
    seen = {root}
    heap = [(-root.time, 0, root)]
    found: list[Value] = []
    while heap and len(found) < most:
        node = heappop(heap)[2]
        found.append(node)
        for arg in node.args:
            if isinstance(arg, Value) and arg not in seen:
                seen.add(arg)
                heappush(heap, (-arg.time, len(seen), arg))
    return found[::-1], not heap


# ---- what is asked for -----------------------------------------------------------------------------------


def _asked(root: Any, wrt: Any) -> list[Value] | None:
    """The Values asked for, in order."""
    if not isinstance(root, Value):
        raise NotANumber(
            f"explain(root) takes the Value that was computed, and one {type(root).__name__} came: give the Value "
            "itself, not its .data"
        )
    if wrt is None:
        return None
    asked = [wrt] if isinstance(wrt, Value) or not isinstance(wrt, Iterable) else list(wrt)
    for x in asked:
        if not isinstance(x, Value):
            raise NotANumber(f"wrt is a Value of the graph, or several, and one {type(x).__name__} came")
    if not asked:
        raise Misuse("wrt is an empty list: give the Values with respect to which to differentiate, or leave it out")
    return list(dict.fromkeys(asked))


def _refuse_cycles(nodes: Sequence[Value]) -> None:
    for node in nodes:
        for arg in node.args:
            if isinstance(arg, Value) and arg.op is not None and arg.time >= node.time:
                raise Misuse(
                    f"{name(node)} was computed from {name(arg)}, which is not older: the graph was changed by hand "
                    "and may go in a circle, so there is no order in which to explain it"
                )


def _refuse_stranger(root: Value, x: Value, nodes: Sequence[Value], whole: bool) -> None:
    if not x.live:
        raise Misuse(f"{name(x)} is a constant (frozen, detached, or made in no_grad()): it has no gradient to explain")
    if x not in set(nodes) and not whole:
        raise Misuse(
            f"between {name(root)} and {name(x)} lie more than {LARGE:,} Values, too many to be explained: take a part "
            "of the computation, such as the loss of one sample, or a Value nearer to the result"
        )
    if x not in set(nodes):
        raise Misuse(
            f"{name(root)} was not computed from {name(x)}. Is it another Value of the same number, from before a "
            "recomputation, or was the way cut by .data, .item(), float() or detach()?"
        )


# ---- the parts -------------------------------------------------------------------------------------------


def _leaf(root: Value, names: Names) -> Section:
    words = (
        "Nothing was computed here: this is a leaf, and its derivative with respect to itself is 1."
        if root.live
        else "A constant (frozen, detached, or made in no_grad()): nothing was recorded, so no gradient exists."
    )
    return Section("Given", [Line((words,), symbol(names[root], root.data), (term(root.data),))])


def _given(leaf: Value, names: Names) -> Line:
    words = () if leaf.live else ("A constant, through which no gradient is taken:",)
    return Line(words, symbol(names[leaf], leaf.data), (term(leaf.data),))


def _backward(
    root: Value,
    nodes: Sequence[Value],
    asked: list[Value] | None,
    plan: Sequence[Step],
    leaves: list[Value],
    names: Names,
) -> list[Line]:
    """One line for every derivative, from the result down."""
    way = on_the_way(nodes, asked)
    adjoints = _adjoints(root, nodes)
    computed = [step.node for step in reversed(plan) if step.node in way and step.node is not root]
    targets = [*computed, *(leaf for leaf in leaves if leaf in way and leaf.live)]
    shown = _ends(targets)
    users: dict[Value, list[Step]] = {node: [] for node in shown}
    for step in plan:
        if step.node in way:
            for arg in step.uses:
                if arg in users:
                    users[arg].append(step)
    told: list[Line] = []
    for node in shown:
        through = users[node]
        kept = through if len(through) <= TERMS else [*through[: TERMS - 2], through[-1]]
        received = [share(step, node, way, names.__getitem__) for step in kept]
        told.append(
            lines.passed(
                names[node], received, [step.name for step in through], adjoints, root, adjoints.get(node, 0.0)
            )
        )
    return [Line((), symbol(ADJOINT + names[root], 1.0), (term(1.0),)), *_some(told, "derivatives", len(targets))]


def _adjoints(root: Value, nodes: Sequence[Value]) -> dict[Any, float]:
    """The derivatives of the result, in the order of backward(), as far as the nodes go."""
    down: Callable[[Any], Iterable[tuple[Any, float]]] = lambda node: [(node.args[k], x) for k, x in edges(node)]
    return sweep([(root, 1.0)], down, operator.mul, operator.add, nodes)


def _remarks(root: Value, plan: Sequence[Step], names: Names, formulas: list[Term], whole: bool) -> list[Line]:
    told = remarks.kinks(plan)
    birth = first_nonfinite(root) if whole or not math.isfinite(root.data) else None
    if birth is not None:
        told += [Line((f"{birth.message}.",)), *remarks.undefined(plan, birth.node)]
    for label in names.repeated:
        told.append(Line((f"Several Values are labelled {label!r}; they are numbered in the order of their making.",)))
    return [*_some(told, "remarks"), *remarks.legend([*formulas, *(step.formula for step in _ends(plan))])]


def _ends(every: Sequence[T]) -> list[T]:
    """All, or of many the first and the last."""
    return [*every] if len(every) <= SHOWN else [*every[: SHOWN // 2], *every[-SHOWN // 2 :]]


def _some(every: Sequence[Line], what: str, number: int | None = None) -> list[Line]:
    """All lines, or of many the first and the last, and how many are left out."""
    number = number or len(every)
    if number <= SHOWN:
        return [*every]
    left_out = Line((f"… {number - SHOWN:,} more {what} are left out here; a smaller graph, or wrt=, shows all …",))
    return [*every[: SHOWN // 2], left_out, *every[-SHOWN // 2 :]]


def _earlier(whole: bool) -> list[Line]:
    """What is said of the part of a very large graph that is not looked at."""
    if whole:
        return []
    return [
        Line((f"The graph is large: only its {LARGE:,} youngest Values are explained, and older ones are left out.",))
    ]
