"""The chain rule between named Values: what each passes down to those that its formula uses."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar

from microgradnn.engine import Value
from microgradnn.explaining.names import ADJOINT
from microgradnn.explaining.plan import Step, is_number
from microgradnn.explaining.simplify import simplify
from microgradnn.explaining.term import Term, applied, evaluate, parts, slopes, symbol, term
from microgradnn.ops import plain
from microgradnn.partials import at_kink
from microgradnn.reverse import edges

T = TypeVar("T", float, Term)
LONGEST = 40  # parts of a slope as the row computes it, where the textbook's form is not its number


class Share(NamedTuple):
    """What `step` passes to one Value that its formula uses: its own derivative times `slope`.

    `number` is the slope at this point; `flows` is False where nothing is passed on at all. Where no formula comes
    to that number, `slope` is a sign for the derivative, and `why` says what is the matter.
    """

    step: Step
    slope: Term
    number: float
    flows: bool
    why: tuple[str | Term, ...] = ()


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
    """What the step passes to one Value that it uses, as a formula and as a number.

    The formula is the textbook's, or, where that comes to another number here, the one that the row computes.
    """
    args, outs = _formulas(step, name)
    numeric = _sweep(step, way, lambda node: dict(edges(node)), 1.0)
    number = numeric.get(x, 0.0)
    for as_computed in (False, True):
        local = partial(_slopes, args, outs, as_computed)
        (slope,) = simplify(_sweep(step, way, local, term(1.0))[x])
        short = not as_computed or (not slope.constant and len(parts(slope)) <= LONGEST)
        if short and agree(evaluate([slope], step.numbers, flowing=True)[0], number):
            return Share(step, slope, number, x in numeric)
    return Share(step, symbol(f"{ADJOINT}{step.name}{ADJOINT}{name(x)}", number), number, x in numeric, _reason(step))


def agree(found: float, number: float) -> bool:
    """Whether a formula comes to a number, as far as is shown of it: nan only to nan, and to 0 but for rounding."""
    if found == number or (math.isnan(found) and math.isnan(number)):
        return True
    return abs(found - number) <= (1e-12 if number == 0.0 else 1e-3 * abs(number)) < math.inf


def _reason(step: Step) -> tuple[str | Term, ...]:
    """Why no formula comes to the number of a derivative."""
    for node in step.inner:
        args = [plain(arg) for arg in node.args]
        if node.op is not None and not any(map(math.isnan, args)) and not node.op.domain.holds(*args):
            shown = [piece for x in args for piece in (", ", term(x))][1:]
            be = "is" if len(args) == 1 else "are"
            return (*shown, f" {be} outside the domain {node.op.domain.text} of {node.op.name}")
    if on_kinks(step):
        return ("at a kink the rule in force chooses the slope",)
    return ("written out, it would lose its digits here",)


def _sweep(step: Step, way: set[Value], local: Callable[[Value], Mapping[int, T]], one: T) -> dict[Value, T]:
    """The derivatives of the step's formula, by the chain rule within it."""
    found: dict[Value, T] = {step.node: one}
    for node in sorted(step.inner, key=lambda node: node.time, reverse=True):
        if node not in found:
            continue
        for k, slope in local(node).items():
            arg = node.args[k]
            if arg in way:
                passed: T = found[node] * slope
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


def _slopes(
    args: Mapping[Value, list[Term]], outs: Mapping[Value, Term], as_computed: bool, node: Value
) -> dict[int, Term]:
    assert node.op is not None
    live = [k for k, arg in enumerate(node.args) if isinstance(arg, Value) and arg.live]
    return dict(zip(live, slopes(node.op, args[node], outs[node], live, as_computed), strict=True))


def on_kinks(step: Step) -> list[Value]:
    """The Values within the step whose operands lie on a kink."""
    return [node for node in step.inner if node.op is not None and at_kink(node.op, node.args)]
