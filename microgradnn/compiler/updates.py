"""What happens to one parameter in a step, as programs: the optimiser's own formulas, traced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from microgradnn.compiler.layout import Layout
from microgradnn.compiler.reads import names_in
from microgradnn.compiler.sampled import compiled
from microgradnn.compiler.trace import name_of
from microgradnn.engine import Value
from microgradnn.errors import Untraceable
from microgradnn.optim.clipping import by_value
from microgradnn.optim.optimizer import Optimizer
from microgradnn.optim.sums import slope


def slope_program(l1: float, l2: float, most: float | None) -> Layout:
    """From the sum of a parameter's gradients and the parameter to the gradient that is used.

    Held is the number of samples; `most` cuts the gradient to [−most, most].
    """

    def used(n: Any, total: Any, p: Any) -> Any:
        g = slope(total / n, p, l1, l2)
        return g if most is None else by_value([g], most)[0]

    return _program(used, 2, 1)


def rule_program(optimizer: Optimizer, coefficients: int) -> Layout:
    """From a parameter, its gradient and its slots to the next parameter and slots.

    Held are the coefficients of the step, and the share of the gradient that is left by clipping its norm.
    Untraceable where the rule is no formula of these.
    """
    name = f"{type(optimizer).__name__}.rule"
    read = names_in(type(optimizer).rule.__code__)[1] & {"steps", "memory"}
    if read:
        raise Untraceable(f"{name} reads {min(read)}: numbers of a step are coefficients(t), memory is state")

    def moved(*args: Any) -> Any:
        (*c, share), (p, g, *state) = args[: coefficients + 1], args[coefficients + 1 :]
        p, after = optimizer.rule(p, g * share, tuple(state), tuple(c))
        return [p, *after]

    moved.__name__ = name
    return _program(moved, 2 + optimizer.slots, coefficients + 1)


def _program(fn: Callable[..., Any], inputs: int, held: int) -> Layout:
    """fn(*held, *inputs) as a program."""
    shared = [Value(0.5) for _ in range(held)]
    made, _ = compiled(fn, [0.5] * inputs, shared, lambda trace, inputs: (), shared)
    if made.program.guards:
        raise Untraceable(
            f"{name_of(fn)} branches on numbers that differ from parameter to parameter: where(x > 0, a, b) takes both"
        )
    return made
