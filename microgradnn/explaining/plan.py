"""Which Values of a graph become steps of an explanation, and which are written within another's formula."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from microgradnn.engine import Value
from microgradnn.explaining.names import Names
from microgradnn.explaining.term import Term, applied, symbol, term
from microgradnn.rules import total

LONGEST = 10  # names and numbers in one formula
SHORT, MANY = 3, 200  # of a term of a sum that stays in one formula however long it is; additions of such a sum
INSIDE = 2  # names and numbers that stand within a function without a step of their own


class Step(NamedTuple):
    """One named Value: `formula` is how it was computed from the named Values `uses`.

    `inner` are the Values that the formula is made of, the named one last, and `numbers` what those named have.
    """

    node: Value
    name: str
    formula: Term
    inner: tuple[Value, ...]
    uses: tuple[Value, ...]
    numbers: dict[str, float]


def is_number(x: object) -> bool:
    """Whether x stands in formulas as a number: a float, or a constant without a label."""
    return not isinstance(x, Value) or (x.op is None and not x.live and not x.label)


def uses(nodes: Iterable[Value]) -> dict[Value, int]:
    """How often each Value is an operand."""
    found: dict[Value, int] = {}
    for node in nodes:
        for arg in node.args:
            if isinstance(arg, Value):
                found[arg] = found.get(arg, 0) + 1
    return found


def steps(
    nodes: Sequence[Value], names: Names, root: Value, asked: Iterable[Value], counts: dict[Value, int]
) -> list[Step]:
    """The steps that compute `root`, in order; `nodes` in the order of creation, `asked` are steps in any case.

    A Value without a label that is used once is written within the formula that uses it, unless that would
    become long, or a function would stand within another.
    """
    named = {root, *asked}
    inner: dict[Value, tuple[Value, ...]] = {}
    size: dict[Value, int] = {}
    depth: dict[Value, int] = {}
    sums: dict[Value, list[Term]] = {}  # the short terms of a + b + …, which is not cut in the middle
    made: list[Step] = []
    formulas: dict[Value, Term] = {}

    def outside(arg: object) -> None:
        """A Value of the part that is not looked at stands as its name."""
        if isinstance(arg, Value) and arg not in formulas:
            formulas[arg] = term(arg.data) if is_number(arg) else symbol(names[arg], arg.data)
            inner[arg], size[arg], depth[arg] = (), 1, 0

    def told(node: Value) -> None:
        """Make a step of a Value whose formula is ready."""
        parts = tuple(inner[node])
        found = dict.fromkeys(
            arg
            for part in parts
            for arg in part.args
            if isinstance(arg, Value) and arg not in parts and not is_number(arg)
        )
        numbers = {names[used]: used.data for used in (*found, node)}
        made.append(Step(node, names[node], formulas[node], parts, tuple(found), numbers))
        inner[node], size[node], depth[node] = (), 1, 0
        formulas[node] = symbol(names[node], node.data)

    for node in nodes:
        if node.op is None:
            outside(node)
            continue
        for arg in node.args:
            outside(arg)
        below = dict.fromkeys(arg for arg in node.args if isinstance(arg, Value) and inner[arg])
        for arg in below:
            if (_calls(node) and size[arg] > INSIDE) or (_curves(node) and depth[arg]):
                told(arg)
        added = _terms(node, inner, sums, size, formulas)
        whole = 0 if added else _size(node, size)
        for arg in sorted((arg for arg in below if inner[arg]), key=size.__getitem__, reverse=True):
            if whole > LONGEST:
                whole -= size[arg] - 1
                told(arg)
        formulas[node] = applied(
            node.op, [formulas[arg] if isinstance(arg, Value) else term(arg) for arg in node.args], node.data
        )
        if added:
            sums[node] = added
            shown = added[1:] if len(added) > 2 and added[0].constant and added[0].value == 0.0 else added
            formulas[node] = applied(total, shown, node.data) if len(added) > 2 else formulas[node]
        inner[node] = (*(part for arg in below for part in inner[arg]), node)
        size[node] = _size(node, size)
        depth[node] = _curves(node) + max((depth[arg] for arg in below), default=0)
        if node in named or node.label or counts.get(node, 0) != 1:
            told(node)
    return made


def _terms(
    node: Value,
    inner: dict[Value, tuple[Value, ...]],
    sums: dict[Value, list[Term]],
    size: dict[Value, int],
    formulas: dict[Value, Term],
) -> list[Term]:
    """The terms of an addition, with those of the additions written within it; none where they are long."""
    if node.op is None or node.op.name != "add":
        return []
    found: list[Term] = []
    for arg in node.args:
        if isinstance(arg, Value) and inner[arg] and arg in sums:
            found += sums[arg]
        elif isinstance(arg, Value) and size[arg] > SHORT:
            return []
        else:
            found.append(formulas[arg] if isinstance(arg, Value) else term(arg))
    return found if len(found) <= MANY else []


def _calls(node: Value) -> bool:
    """Whether the operation is written as a function of one thing or a few."""
    op = node.op
    return op is not None and not op.binds and op.arity is not None and op.name not in ("square", "alias")


def _curves(node: Value) -> bool:
    """Whether the operation is more than a sum or a product."""
    return _calls(node) or (node.op is not None and node.op.name in ("square", "pow", "logsumexp"))


def _size(node: Value, size: dict[Value, int]) -> int:
    """The number of names, numbers and signs in the formula of a Value; long sums are not written out."""
    parts = [size[arg] if isinstance(arg, Value) else 1 for arg in node.args]
    if len(parts) == 1:
        return parts[0] + 1
    return sum(parts) if max(parts, default=0) > 1 else min(sum(parts), LONGEST)
