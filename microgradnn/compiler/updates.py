"""What happens to one parameter in a step, as programs: the optimiser's own formulas, traced."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from microgradnn.compiler.layout import Layout, layout
from microgradnn.compiler.passes import optimised
from microgradnn.compiler.program import program
from microgradnn.compiler.trace import Trace, Traced
from microgradnn.engine import Value
from microgradnn.nest import flatten
from microgradnn.optim.clipping import by_value
from microgradnn.optim.optimizer import Optimizer
from microgradnn.optim.sums import slope


def slope_program(l1: float, l2: float, most: float | None) -> Layout:
    """From the sum of a parameter's gradients and the parameter to the gradient that is used.

    Held is the number of samples; `most` cuts the gradient to [−most, most].
    """

    def used(total: Any, p: Any, n: Any) -> Any:
        g = slope(total / n, p, l1, l2)
        return g if most is None else by_value([g], most)[0]

    return _program(used, 2, 1)


def rule_program(optimizer: Optimizer, coefficients: int) -> Layout:
    """From a parameter, its gradient and its slots to the next parameter and slots.

    Held are the coefficients of the step, and the share of the gradient that is left by clipping its norm.
    """
    slots = optimizer.slots

    def moved(p: Any, g: Any, *rest: Any) -> Any:
        p, state = optimizer.rule(p, g * rest[-1], tuple(rest[:slots]), tuple(rest[slots:-1]))
        return [p, *state]

    return _program(moved, 2 + slots, coefficients + 1)


def _program(fn: Callable[..., Any], inputs: int, held: int) -> Layout:
    each = [Traced(0.5) for _ in range(inputs)]
    shared: Sequence[Value] = [Value(0.5) for _ in range(held)]
    twins = {value: Traced(0.5) for value in shared}
    trace = Trace(fn, [*each, *twins.values()], twins)
    return layout(optimised(program(trace, each, flatten(trace.result)[0])))
