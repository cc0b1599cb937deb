"""One step of training: gradients of single samples, their mean, penalties, clipping, the optimiser's rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from microgradnn.engine import Value, no_grad
from microgradnn.errors import NotANumber, SettingError
from microgradnn.nn.module import Module
from microgradnn.optim.clipping import Clip, by_norm, by_value, norm
from microgradnn.optim.clipping import setting as clip_setting
from microgradnn.optim.optimizer import Optimizer, at_least_0, trainable
from microgradnn.optim.schedules import Schedule, factor_at
from microgradnn.optim.schedules import schedule as schedule_function
from microgradnn.optim.sums import LANES, added, penalty, slope
from microgradnn.train.divergence import finite, refuse_loss, refuse_numbers, refuse_total

Sample = Callable[[int], Any]  # the loss of the sample at a place
# The sums over the samples at these places of their losses and their gradients, or None for "ask the engine".
Quick = Callable[[Sequence[int]], tuple[float, Sequence[float]] | None]


class Trainer:
    """One model in training, its settings checked."""

    def __init__(
        self,
        model: Any,
        optimizer: Optimizer,
        l1: float,
        l2: float,
        clip: Clip,
        schedule: Schedule | None,
    ) -> None:
        if not isinstance(optimizer, Optimizer):
            raise SettingError(f"optimizer is {optimizer!r:.60}; make one, such as microgradnn.optim.Adam()")
        self.model, self.optimizer = model, optimizer
        self.l1, self.l2 = at_least_0(l1, "l1"), at_least_0(l2, "l2")
        self.clip, self.schedule = clip_setting(clip), schedule_function(schedule)
        self.given = schedule
        if not any(value.live for value in trainable(model)):
            raise SettingError(f"{model!r:.80} has no parameters to fit, or all of them are frozen")
        self.values = optimizer.adopt(model)
        names = {value: name for name, value in model.named_parameters()} if isinstance(model, Module) else {}
        # A model may have a parameters() of its own, as micrograd's users write them.
        self.names = [names.get(value, value.label or f"parameter {k}") for k, value in enumerate(self.values)]
        for value, name in zip(self.values, self.names, strict=True):
            value.label = value.label or name  # so that messages can speak of it
        self.gradient: list[float] = []  # of the last step's mean loss, without penalties
        self.quick: Quick | None = None

    def step(self, sample: Sample, places: Sequence[int], where: Callable[[], str]) -> float:
        """Move the parameters by what the samples at `places` say; returns the loss before that.

        Where a number is not finite, Divergence is raised, which says `where()`, and the parameters are as they
        were.
        """
        values, n = self.values, len(places)
        for value in values:
            value.zero_grad()
        found = self.quick(places) if self.quick is not None else None
        total, gradient = found or self._backward(sample, places, where)
        loss: float = total / n
        self.gradient = [g / n for g in gradient]
        before = [value.data for value in values]
        loss = penalty(loss, before, self.l1, self.l2)
        if not finite(loss):  # the samples' losses are, each by itself
            refuse_total("the loss with its penalties", loss, where())
        gradient = [
            slope(g, p, self.l1, self.l2) if value.live else 0.0
            for value, g, p in zip(values, self.gradient, before, strict=True)
        ]
        if not all(map(finite, gradient)):
            refuse_numbers("the gradient", self.names, gradient, where(), map(sample, places))
        for value, g in zip(values, self._clipped(gradient, where), strict=True):
            if value.live:
                value.grad = g
        self.optimizer.step(values, factor_at(self.schedule, self.optimizer.steps))
        after = [value.data for value in values]
        if not all(map(finite, after)):
            self.restore(before)
            refuse_numbers("the new value", self.names, after, where(), ())
        return loss

    def _backward(self, sample: Sample, places: Sequence[int], where: Callable[[], str]) -> tuple[float, list[float]]:
        """The sum of the samples' losses, from the left, and that of their gradients, as `added` has it."""
        total = 0.0
        lanes: list[Sequence[Any]] = [[None] * len(self.values)] * LANES
        for k, place in enumerate(places):
            loss = of_one(sample, place)
            if not finite(loss.data):
                refuse_loss(loss, place, where())
            if loss.live:  # not where the sample chose a branch without parameters
                for value, grad in zip(self.values, lanes[k % LANES], strict=True):
                    value.grad = grad
                loss.backward()
                lanes[k % LANES] = [value.grad if value.graded else None for value in self.values]
            total += loss.data
        return total, [added(column) for column in zip(*lanes, strict=True)]

    def _clipped(self, gradient: list[float], where: Callable[[], str]) -> list[float]:
        if self.clip is None:
            return gradient
        how, most = self.clip
        if how == "value":
            return by_value(gradient, most)
        length = norm(gradient)
        if not finite(length):  # shortened, nothing would be left of it
            refuse_total("the norm of the gradient", length, where())
        return by_norm(gradient, length, most)

    def restore(self, numbers: Sequence[float]) -> None:
        """Give the parameters these numbers."""
        for value, data in zip(self.values, numbers, strict=True):
            value.data = data


def evaluate(sample: Sample, size: int) -> float:
    """The mean loss over so many samples, without penalties and without a graph."""
    total = 0.0
    with no_grad():
        for place in range(size):
            total += of_one(sample, place).data
    return total / size


def of_one(sample: Sample, place: int) -> Value:
    """The loss of the sample at a place, which is a Value; anything else is NotANumber."""
    loss = sample(place)
    if not isinstance(loss, Value):
        raise NotANumber(
            f"the loss of a sample is one Value, but {type(loss).__name__} came; "
            "a loss made of .data or .item() has no gradient"
        )
    return loss
