"""A derivation by steps, marked at one point."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from microgradnn.check.arguments import Arguments, Function
from microgradnn.check.calling import evaluate
from microgradnn.check.doctor.tape import Tape
from microgradnn.check.labels import Names
from microgradnn.check.marking import Answer, Marker, half_unit
from microgradnn.check.marks import StepRow
from microgradnn.check.naming import Case
from microgradnn.check.saying import Said, numbers, said
from microgradnn.engine import origins
from microgradnn.errors import Misuse
from microgradnn.reverse import numeric

Steps = Mapping[str, Any]


def role(name: str) -> str:
    """What errors call the gradient of this name."""
    return f"steps: the gradient of {name}"


def marked(loss: Function, steps: Steps, given: Arguments, digits: int | None = None) -> list[StepRow]:
    """The steps, marked at one point."""
    leaves, out = evaluate(loss, given)
    names, marker = Names(given, leaves, out), Marker(out, None, digits is not None)
    rows: list[StepRow] = []
    for name, thing in steps.items():
        nesting, places = names.find(name)
        told = said(role(name), thing, nesting, given)
        if digits is not None:
            told = [x if x.known else Said(x.number, x.error + half_unit(x.number, digits), True) for x in told]
        rows += marker.step(
            [Answer(name, where, value, *each) for (where, value), each in zip(places, told, strict=True)]
        )
    return rows


def apart(loss: Function, steps: Steps, given: Arguments, good: list[str]) -> bool:
    """Whether one of the `good` numbers is not the gradient to nine digits."""
    leaves, out = evaluate(loss, given)
    names, gradient = Names(given, leaves, out), numeric([(out, 1.0)])
    for name, thing in steps.items():
        nesting, places = names.find(name)
        for (where, value), x in zip(places, numbers(role(name), thing, nesting, given), strict=True):
            right = float(gradient.get(value, 0.0))
            if where in good and not abs(x - right) <= 1e-9 * abs(right):
                return True
    return False


def case(loss: Function, steps: Steps, given: Arguments, row: StepRow) -> Case:
    """One number at one point, with what was told before it."""
    with origins() as lines:
        leaves, out = evaluate(loss, given)
    names = Names(given, leaves, out)
    told: dict[Any, float] = {}
    for name, thing in steps.items():
        nesting, places = names.find(name)
        step = dict(zip(places, numbers(role(name), thing, nesting, given), strict=True))
        for (where, value), x in step.items():
            if name == row.step and where == row.where:
                tape = Tape([value], out, lines)
                above = {n: told[node] for n, node in enumerate(tape.nodes) if node in told}
                return Case(tape, above, x, row.tolerance)
        told.update({value: x for (_, value), x in step.items()})
    raise Misuse(f"the loss has no {row.where} at another point")
