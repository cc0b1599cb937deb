"""The chain rule between named Values: what each passes down to those that its formula uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from microgradnn.engine import Value
from microgradnn.explaining.plan import Step, is_number
from microgradnn.explaining.simplify import simplify
from microgradnn.explaining.term import Term, applied, slopes, symbol, term
from microgradnn.partials import at_kink
from microgradnn.reverse import edges

T = TypeVar("T", float, Term)


class Share(NamedTuple):
    """What `step` passes to one Value that its formula uses: its own derivative times `slope`.

    `number` is the slope at this point; `flows` is False where nothing is passed on at all.
    """

    step: Step
    slope: Term
    number: float
    flows: bool


def on_the_way(nodes: Sequence[Value], asked: Iterable[Value] | None) -> set[Value]:
    """The Values through which the result depends on those asked for (None: on anything)."""
    if asked is None:
        return {node for node in nodes if node.live}
    found = set(asked)
    for node in nodes:
        if node.live and any(arg in found for arg in node.args if isinstance(arg, Value)):
            found.add(node)
    return found


def share(step: Step, x: Value, way: set[Value], name: Callable[[Value], str]) -> Share:
    """What the step passes to one Value that it uses, as a formula and as a number."""
    args, outs = _formulas(step, name)
    symbolic = _sweep(step, way, lambda node: _slopes(node, args[node], outs[node]), term(1.0))
    numeric = _sweep(step, way, lambda node: dict(edges(node)), 1.0)
    (slope,) = simplify(symbolic[x])
    return Share(step, slope, numeric.get(x, 0.0), x in numeric)


def _sweep(step: Step, way: set[Value], local: Callable[[Value], Mapping[int, T]], one: T) -> dict[Value, T]:
    """The derivatives of the step's formula, by the chain rule within it."""
    found: dict[Value, T] = {step.node: one}
    for node in sorted(step.inner, key=lambda node: node.time, reverse=True):
        if node not in found:
            continue
        for k, partial in local(node).items():
            arg = node.args[k]
            if arg in way:
                passed: T = found[node] * partial
                found[arg] = passed + found[arg] if arg in found else passed  # the earlier use is read first
    return found


def _formulas(step: Step, name: Callable[[Value], str]) -> tuple[dict[Value, list[Term]], dict[Value, Term]]:
    """The operands and the results within the step as formulas; the named Value stands as its name."""
    args: dict[Value, list[Term]] = {}
    outs: dict[Value, Term] = {}
    for node in step.inner:
        args[node] = [_operand(arg, outs, name) for arg in node.args]
        assert node.op is not None  # a step is made of what was computed
        outs[node] = symbol(step.name, node.data) if node is step.node else applied(node.op, args[node], node.data)
    return args, outs


def _operand(arg: Any, outs: Mapping[Value, Term], name: Callable[[Value], str]) -> Term:
    if is_number(arg):
        return term(arg.data if isinstance(arg, Value) else arg)
    return outs[arg] if arg in outs else symbol(name(arg), arg.data)


def _slopes(node: Value, args: list[Term], out: Term) -> dict[int, Term]:
    assert node.op is not None
    live = [k for k, arg in enumerate(node.args) if isinstance(arg, Value) and arg.live]
    return dict(zip(live, slopes(node.op, args, out, live), strict=True))


def on_kinks(step: Step) -> list[Value]:
    """The Values within the step whose operands lie on a kink."""
    return [node for node in step.inner if node.op is not None and at_kink(node.op, node.args)]
