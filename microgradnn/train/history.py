"""What a training run leaves behind."""

from __future__ import annotations

from dataclasses import dataclass, field

from microgradnn.drawing.sheet import shown
from microgradnn.train.page import page


@dataclass(repr=False)
class History:
    """The record of a training run.

    loss         of each step, penalties included, before that step's update
    epoch_loss   of each epoch: the mean of its steps' losses, weighted by their samples
    validation   of each epoch, penalties left out; empty where no validation data were given
    epochs       how many were done
    best         the epoch, counted from 0, with the least validation loss (or else epoch loss); −1 before any
    stopped      why training ended before its last epoch; "" if it did not
    health       what was noticed: dead units, vanishing gradients; empty if all is well
    compiled     how it was computed, and why: compiled, or by the eager engine; the numbers are the same
    """

    loss: list[float] = field(default_factory=list)
    epoch_loss: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    epochs: int = 0
    best: int = -1
    stopped: str = ""
    health: list[str] = field(default_factory=list)
    compiled: str = field(default="", compare=False)

    def __repr__(self) -> str:
        lines = [f"History: {_count(self.epochs, 'epoch')}, {_count(len(self.loss), 'step')}"]
        if self.loss:
            lines[0] += f", loss {self.loss[0]:.6g} → {self.loss[-1]:.6g}"
        if self.validation:
            lines[0] += f", validation {self.validation[-1]:.6g} (best {self.validation[self.best]:.6g}"
            lines[0] += f" in epoch {self.best})"
        if self.stopped:
            lines.append(f"stopped: {self.stopped}")
        return "\n  ".join(lines + self.health)

    def _repr_html_(self) -> str:
        """What a notebook shows; it does not raise, whatever was put into the fields."""
        return shown(self, lambda: page(repr(self), self.loss, self.epoch_loss, self.validation, self.best))


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
