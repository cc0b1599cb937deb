"""What goes wrong in networks without an error: units that never answer, gradients that fade on the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from microgradnn.nn.dense import Layer
from microgradnn.nn.module import Module
from microgradnn.ops import plain
from microgradnn.optim.clipping import norm

FADED = 1e-4  # of the gradient of the steepest layer


def heard(module: Module) -> bool:
    """Whether the units of a module are such that may die."""
    return getattr(module, "activation", "") == "relu"


class Activity:
    """Which relu units were above 0 for at least one sample since the last `restart`."""

    def __init__(self) -> None:
        self.seen: dict[int, tuple[Module, list[bool]]] = {}

    def restart(self) -> None:
        self.seen.clear()

    def __call__(self, module: Module, out: list[Any]) -> None:
        """Take note of a layer's outputs."""
        if not heard(module):
            return
        noted = self.seen.get(id(module))
        if noted is None:
            self.seen[id(module)] = module, [plain(x) > 0.0 for x in out]
            return
        active = noted[1]
        for k, x in enumerate(out):
            if not active[k] and plain(x) > 0.0:
                active[k] = True

    def dead(self, model: Module) -> list[str]:
        """A sentence for each layer that has units which never answered."""
        names = {id(module): path or "the model" for path, module in model.named_modules()}
        said = []
        for module, active in self.seen.values():
            off = [k for k, on in enumerate(active) if not on]
            if off:
                shown = ", ".join(map(str, off[:10])) + (", …" if len(off) > 10 else "")
                said.append(
                    f"dead units: {len(off)} of {len(active)} relu units of {names.get(id(module), 'a layer')} "
                    f"({shown}) gave 0 for every sample of the last epoch and cannot learn; a lower learning "
                    "rate, init='he' or activation='leaky_relu' helps"
                )
        return said


def faded(model: Module, gradient: Sequence[float], step: int) -> list[str]:
    """A sentence on the layers whose gradients are tiny beside those of the steepest one, if there are any."""
    slopes = dict(zip(model.parameters(), gradient, strict=True))
    sizes: dict[str, float] = {}
    for path, module in model.named_modules():
        of_layer = [slopes[value] for value in module.parameters() if value in slopes]
        if isinstance(module, Layer) and of_layer:
            sizes[path] = norm(of_layer) / len(of_layer) ** 0.5
    steepest = max(sizes, key=sizes.__getitem__, default="")
    found = [f"{path} ({size / sizes[steepest]:.1g})" for path, size in sizes.items() if size < FADED * sizes[steepest]]
    if not found:
        return []
    return [
        f"vanishing gradients: at step {step} those of {', '.join(found)} are tiny parts of those of {steepest} "
        "(root mean squares); relu with init='he', or tanh with init='xavier', carries them further"
    ]


def risen(epoch_loss: Sequence[float]) -> list[str]:
    """A sentence on a loss that ended well above its start."""
    if len(epoch_loss) < 2 or not epoch_loss[-1] > 1.5 * epoch_loss[0] > 0:
        return []
    return [
        f"the loss rose from {epoch_loss[0]:.6g} in the first epoch to {epoch_loss[-1]:.6g} in the last; "
        "a lower learning rate, or clip=1.0, helps"
    ]
