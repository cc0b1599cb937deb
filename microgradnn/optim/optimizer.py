"""What all optimisers share: settings, what they remember, and the model that it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from microgradnn.engine import Value
from microgradnn.errors import Misuse, NotANumber, SettingError, ShapeError
from microgradnn.ieee import number
from microgradnn.nest import flatten, paths
from microgradnn.nn.module import Module
from microgradnn.ops import plain

State = tuple[Any, ...]


class Optimizer:
    """A rule, its settings, and what it remembers of the steps so far.

    A subclass has the `settings` that it was made with (each an attribute, which may be changed between
    steps), the number of `slots` (numbers that it keeps for each parameter, 0 at first), and two formulas:

    coefficients(t)           numbers that depend on the step only, t = 1, 2, …; the learning rate comes first
    rule(p, g, state, c)      the parameter and its slots after a step with gradient g and coefficients c
    """

    settings: ClassVar[tuple[str, ...]] = ("lr",)
    lr: float

    def __init__(self) -> None:
        self.steps = 0
        self.memory: Any = []  # a State for each parameter, in a list or whatever else is indexed like one
        self._model: list[Value] | None = None

    @property
    def slots(self) -> int:
        """How many numbers are kept for each parameter."""
        return 0

    def coefficients(self, t: int, factor: float = 1.0) -> State:
        """Numbers that depend on the step only; `factor` is the schedule's, for the learning rate."""
        return (self.lr * factor,)

    def rule(self, p: Any, g: Any, state: State, c: State) -> tuple[Any, State]:
        """The parameter p and its slots after a step with gradient g."""
        raise NotImplementedError

    # ---- applying it ----

    def step(self, model: Any, factor: float = 1.0) -> None:
        """Move all parameters of a model, or of a nesting of Values, by one step against their gradients.

        Frozen ones stay; one that the loss did not reach has the gradient 0. What is remembered belongs to the
        first model stepped: another one is a Misuse, and so is a step before any `backward()`.
        """
        values = self.adopt(model)
        if not any(value.graded for value in values if not value.frozen):
            raise Misuse("no parameter has a gradient: call backward() on the loss before step()")
        c, slots = self.coefficients(self.steps + 1, factor), self.slots
        if len(self.memory[0]) != slots:  # momentum was turned on or off between two steps
            self.memory = [(*state, *(0.0,) * slots)[:slots] for state in self.memory]
        rule, memory = self.rule, self.memory
        for k, value in enumerate(values):
            if value.live:
                value.data, memory[k] = rule(value.data, plain(value.grad), memory[k], c)
        self.steps += 1

    def adopt(self, model: Any) -> list[Value]:
        """The parameters of the model that this optimiser works on, from the first call on always the same."""
        if self._model is not None and model is self._model:  # the list that an earlier call returned
            return self._model
        values = trainable(model)
        if self._model is None:
            if self.memory and len(self.memory) != len(values):
                raise Misuse(
                    f"this optimiser's state was loaded for {len(self.memory)} parameters, "
                    f"and the model has {len(values)}"
                )
            if not self.memory:
                self.memory = [(0.0,) * self.slots for _ in values]
            self._model = values
        elif len(values) != len(self._model) or any(a is not b for a, b in zip(values, self._model, strict=True)):
            raise Misuse(
                f"this {type(self).__name__} remembers another model's steps, or this one's parameters were "
                "exchanged: make a new optimiser for each model"
            )
        return self._model

    # ---- keeping and restoring ----

    def state_dict(self) -> dict[str, Any]:
        """Settings, number of steps and memory, as plain data."""
        return {
            "kind": type(self).__name__,
            "settings": {name: getattr(self, name) for name in self.settings},
            "steps": self.steps,
            "memory": [list(state) for state in self.memory],
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where `state_dict()` was taken: settings, number of steps and memory."""
        if not isinstance(state, Mapping) or set(state) != {"kind", "settings", "steps", "memory"}:
            raise ShapeError("this is no optimiser's state: give what state_dict() returned")
        if state["kind"] != type(self).__name__:
            raise ShapeError(f"the state is that of one {state['kind']}, not of {type(self).__name__}")
        # Made anew, so that the settings are checked as ever, and nothing changes where one is wrong.
        fresh = type(self)(**state["settings"])
        if type(state["steps"]) is not int or state["steps"] < 0:
            raise ShapeError(f"the state's steps are {state['steps']!r}; they are counted from 0")
        memory = [tuple(number(x, "an optimiser's memory") for x in row) for row in state["memory"]]
        if any(len(row) != fresh.slots for row in memory):
            raise ShapeError(f"the state's memory does not have {fresh.slots} numbers for each parameter")
        if self._model is not None and len(memory) != len(self._model):
            raise ShapeError(f"the state is of {len(memory)} parameters, the model has {len(self._model)}")
        for name in self.settings:
            setattr(self, name, getattr(fresh, name))
        self.steps, self.memory = state["steps"], memory

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.settings)
        return f"{type(self).__name__}({shown})"


def trainable(model: Any) -> list[Value]:
    """The parameters of a Module, or the Values of a nesting: depth first, in insertion order, each once."""
    if isinstance(model, Module):
        return model.parameters()
    leaves, _ = flatten(model)
    for k, leaf in enumerate(leaves):
        if not isinstance(leaf, Value) or leaf.op is not None:
            what = f"a computed Value ({leaf.op.name})" if isinstance(leaf, Value) and leaf.op else repr(leaf)
            path = paths(model, "the model")[k]
            raise NotANumber(f"{path} is {what:.60}; a model is a Module, or lists and dicts of leaf Values")
    return list(dict.fromkeys(leaves))


def at_least_0(x: Any, name: str) -> float:
    """A setting that is a finite number, not negative."""
    value = _setting(x, name)
    if not 0.0 <= value < float("inf"):
        raise SettingError(f"{name} is {value}; it is a finite number of at least 0")
    return value


def above_0(x: Any, name: str) -> float:
    """A setting that is a finite number above 0."""
    value = at_least_0(x, name)
    if value == 0.0:
        raise SettingError(f"{name} is 0; it is a number above 0")
    return value


def below_1(x: Any, name: str) -> float:
    """A setting that is the share of something old which is kept: at least 0 and below 1."""
    value = _setting(x, name)
    if not 0.0 <= value < 1.0:
        raise SettingError(f"{name} is {value}; it is at least 0 and below 1")
    return value


def _setting(x: Any, name: str) -> float:
    try:
        return number(x, name)
    except NotANumber as error:
        raise SettingError(str(error)) from None
