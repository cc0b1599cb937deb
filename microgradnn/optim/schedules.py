"""Learning-rate schedules: the factor on the learning rate at each step, steps being counted from 0.

A schedule is any function of the step to a factor; these make the usual ones. They can be pickled.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

from microgradnn.errors import SettingError
from microgradnn.ieee import power
from microgradnn.optim.optimizer import at_least_0

Schedule = Callable[[int], float]


def constant(factor: float = 1.0) -> Schedule:
    """The same factor at every step."""
    return partial(_constant, factor=at_least_0(factor, "the factor"))


def step(every: int, factor: float = 0.1) -> Schedule:
    """The rate is multiplied by `factor` after each `every` steps."""
    return partial(_step, every=_steps(every, "every"), factor=at_least_0(factor, "the factor"))


def exponential(factor: float) -> Schedule:
    """The rate is multiplied by `factor` after each step."""
    return partial(_exponential, factor=at_least_0(factor, "the factor"))


def linear(steps: int, end: float = 0.0, start: float = 1.0) -> Schedule:
    """From `start` to `end` along a line, in `steps` steps; `end` from then on."""
    return partial(
        _linear,
        steps=_steps(steps, "steps"),
        start=at_least_0(start, "start"),
        end=at_least_0(end, "end"),
    )


def cosine(steps: int, end: float = 0.0) -> Schedule:
    """From 1 to `end` along half a cosine wave, in `steps` steps; `end` from then on.

    Loshchilov & Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017, without the restarts.
    """
    return partial(_cosine, steps=_steps(steps, "steps"), end=at_least_0(end, "end"))


def warm_up(steps: int, then: Schedule | None = None) -> Schedule:
    """From 1/steps up to 1 along a line, in `steps` steps; then the schedule `then`, from its beginning."""
    return partial(_warm_up, steps=_steps(steps, "steps"), then=schedule(then))


def schedule(given: Schedule | None) -> Schedule:
    """The schedule given, or the constant 1."""
    if given is None:
        return constant()
    if not callable(given):
        raise SettingError(f"schedule={given!r} is no function of the step; microgradnn.optim.schedules has some")
    return given


def factor_at(given: Schedule, k: int) -> float:
    """A schedule's factor at step k, which is a finite number of at least 0."""
    return at_least_0(given(k), f"the schedule's factor at step {k}")


def _constant(k: int, factor: float) -> float:
    return factor


def _step(k: int, every: int, factor: float) -> float:
    return power(factor, float(k // every))


def _exponential(k: int, factor: float) -> float:
    return power(factor, float(k))


def _linear(k: int, steps: int, start: float, end: float) -> float:
    return end if k >= steps else start + (end - start) * k / steps


def _cosine(k: int, steps: int, end: float) -> float:
    return end if k >= steps else end + (1 - end) * (1 + math.cos(math.pi * k / steps)) / 2


def _warm_up(k: int, steps: int, then: Schedule) -> float:
    return (k + 1) / steps if k < steps else then(k - steps)


def _steps(n: Any, name: str) -> int:
    if type(n) is not int or n < 1:
        raise SettingError(f"{name} is {n!r}; it is an integer of at least 1")
    return n
