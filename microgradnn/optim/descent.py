"""The optimisers' rules, each a formula for one parameter.

They are made of operations that anything that flows can go through. Formulas and defaults are PyTorch's
(https://pytorch.org/docs/stable/optim.html), in float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from microgradnn.elementary import sqrt
from microgradnn.errors import SettingError
from microgradnn.optim.optimizer import Optimizer, State, above_0, at_least_0, below_1


class SGD(Optimizer):
    """Gradient descent, p − lr·g, with momentum: g is then the running sum v = momentum·v + g.

    With Nesterov's look ahead it is g + momentum·v. `weight_decay`·p is added to the gradient.
    """

    settings = ("lr", "momentum", "nesterov", "weight_decay")

    def __init__(
        self, lr: float = 0.01, momentum: float = 0.0, nesterov: bool = False, weight_decay: float = 0.0
    ) -> None:
        super().__init__()
        self.lr, self.momentum = at_least_0(lr, "lr"), at_least_0(momentum, "momentum")
        self.nesterov, self.weight_decay = bool(nesterov), at_least_0(weight_decay, "weight_decay")
        if self.nesterov and self.momentum == 0.0:
            raise SettingError("Nesterov's look ahead goes along the momentum: give one, such as momentum=0.9")

    @property
    def slots(self) -> int:
        return 1 if self.momentum else 0

    def rule(self, p: Any, g: Any, state: State, c: State) -> tuple[Any, State]:
        (lr,) = c
        if self.weight_decay:
            g = g + self.weight_decay * p
        if not state:
            return p - lr * g, state
        v = self.momentum * state[0] + g
        return p - lr * (g + self.momentum * v if self.nesterov else v), (v,)


class AdaGrad(Optimizer):
    """p − lr·g/(√s + eps), s being the sum of all g² so far: each parameter has its own, falling rate.

    Duchi, Hazan & Singer, "Adaptive subgradient methods", 2011.
    """

    settings = ("lr", "eps", "weight_decay")

    def __init__(self, lr: float = 0.01, eps: float = 1e-10, weight_decay: float = 0.0) -> None:
        super().__init__()
        self.lr, self.eps = at_least_0(lr, "lr"), above_0(eps, "eps")
        self.weight_decay = at_least_0(weight_decay, "weight_decay")

    @property
    def slots(self) -> int:
        return 1

    def rule(self, p: Any, g: Any, state: State, c: State) -> tuple[Any, State]:
        (lr,) = c
        if self.weight_decay:
            g = g + self.weight_decay * p
        s = state[0] + g * g
        return p - lr * g / (sqrt(s) + self.eps), (s,)


class RMSProp(Optimizer):
    """p − lr·g/(√s + eps), s being the running mean of g²: s = alpha·s + (1 − alpha)·g².

    Hinton's lecture 6e of "Neural networks for machine learning", 2012. With momentum the quotient q is
    gathered first: v = momentum·v + q, and p − lr·v.
    """

    settings = ("lr", "alpha", "eps", "weight_decay", "momentum")

    def __init__(
        self,
        lr: float = 0.01,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
    ) -> None:
        super().__init__()
        self.lr, self.eps = at_least_0(lr, "lr"), above_0(eps, "eps")
        self.alpha = below_1(alpha, "alpha")
        self.weight_decay = at_least_0(weight_decay, "weight_decay")
        self.momentum = at_least_0(momentum, "momentum")

    @property
    def slots(self) -> int:
        return 2 if self.momentum else 1

    def rule(self, p: Any, g: Any, state: State, c: State) -> tuple[Any, State]:
        (lr,) = c
        if self.weight_decay:
            g = g + self.weight_decay * p
        s = self.alpha * state[0] + (1 - self.alpha) * (g * g)
        quotient = g / (sqrt(s) + self.eps)
        if not self.momentum:
            return p - lr * quotient, (s,)
        v = self.momentum * state[1] + quotient
        return p - lr * v, (s, v)


class Adam(Optimizer):
    """p − lr·m̂/(√v̂ + eps), m and v being running means of g and g², corrected for their start at 0.

    m = β₁m + (1 − β₁)g, v = β₂v + (1 − β₂)g², m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ). Kingma & Ba, "Adam", 2014.
    `weight_decay`·p is added to the gradient; AdamW keeps it apart.
    """

    settings = ("lr", "betas", "eps", "weight_decay")

    def __init__(
        self,
        lr: float = 0.001,
        betas: Sequence[float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__()
        self.lr, self.eps = at_least_0(lr, "lr"), above_0(eps, "eps")
        if not isinstance(betas, list | tuple) or len(betas) != 2:
            raise SettingError(f"betas is {betas!r}; it is a pair such as (0.9, 0.999)")
        self.betas = below_1(betas[0], "betas[0]"), below_1(betas[1], "betas[1]")
        self.weight_decay = at_least_0(weight_decay, "weight_decay")

    @property
    def slots(self) -> int:
        return 2

    def coefficients(self, t: int, factor: float = 1.0) -> State:
        lr = self.lr * factor
        first, second = self.betas
        return lr, lr / (1 - first**t), sqrt(1 - second**t)

    def rule(self, p: Any, g: Any, state: State, c: State) -> tuple[Any, State]:
        if self.weight_decay:
            g = g + self.weight_decay * p
        return self._adam(p, g, state, c)

    def _adam(self, p: Any, g: Any, state: State, c: State) -> tuple[Any, State]:
        _, rate, root = c
        first, second = self.betas
        m = first * state[0] + (1 - first) * g
        v = second * state[1] + (1 - second) * (g * g)
        return p - rate * m / (sqrt(v) / root + self.eps), (m, v)


class AdamW(Adam):
    """Adam with the weights shrunk apart from the gradient: p ← (1 − lr·weight_decay)·p, then Adam's step.

    Loshchilov & Hutter, "Decoupled weight decay regularization", 2019.
    """

    def __init__(
        self,
        lr: float = 0.001,
        betas: Sequence[float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(lr, betas, eps, weight_decay)

    def rule(self, p: Any, g: Any, state: State, c: State) -> tuple[Any, State]:
        return self._adam(p * (1 - c[0] * self.weight_decay), g, state, c)
