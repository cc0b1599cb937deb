"""What becomes of a gradient if backward() goes down at once, as a recursion, instead of in topological order."""

from __future__ import annotations

from typing import Any, NamedTuple

from microgradnn.paths.steps import Between

CALLS = 200_000  # what a recursion may take here, or one for each Value; it takes a call for every path


class Recursion(NamedTuple):
    """The gradient that the recursion arrives at, and where it first went wrong.

    `twice` is the first Value that was reached again after it had passed its gradient on: it `passed` on that
    much, and with what arrived since it passed on all that it `held`. None where no Value was.
    """

    gradient: float
    twice: Any = None
    passed: float = 0.0
    held: float = 0.0


def recursion(root: Any, x: Any, steps: Between) -> Recursion:
    """The gradient at `x` by this, with root.grad = 1 and all others 0:

    def backward(v):
        for operand, derivative in v's operands and local derivatives, in order:
            operand.grad += derivative * v.grad
            backward(operand)
    """
    grads: dict[Any, float] = {root: 1.0}
    passed: dict[Any, float] = {root: 1.0}
    twice: tuple[Any, float, float] | None = None
    stack = [iter(steps[root])]
    while stack:
        step = next(stack[-1], None)
        if step is None:
            stack.pop()
            continue
        value, operand = step.value, step.operand
        if step.flows:
            grads[operand] = grads.get(operand, 0.0) + step.derivative * grads[value]
        if operand is x:
            continue
        held = grads.setdefault(operand, 0.0)
        if twice is None and passed.get(operand, 0.0) != 0.0:
            twice = operand, passed[operand], held
        passed[operand] = held
        stack.append(iter(steps[operand]))
    return Recursion(grads.get(x, 0.0), *(twice or ()))
