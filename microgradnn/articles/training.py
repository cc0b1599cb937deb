"""Two ways to train one network: by the article's rule, written out, and by autodiff from the loss alone."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from microgradnn.engine import Value
from microgradnn.nest import flatten, paths

Parameters = dict[str, Any]
Watch = Callable[[int, int, float], object]


class Step(NamedTuple):
    """One step of a hand-derived rule: the loss before it, the parameters after it, the gradient it takes.

    The gradient is worked out when asked for, since most steps are not asked.
    """

    loss: float
    after: Parameters
    gradient: Callable[[], Parameters]


class Trainer(Protocol):
    """What trains: parameters that a step on a sample moves."""

    @property
    def parameters(self) -> Parameters:
        """The parameters as they stand, as plain floats."""

    @property
    def gradient(self) -> Parameters:
        """The gradient that the last step took, in the parameters' nesting."""

    def step(self, **sample: Any) -> float:
        """Move by one step; return the loss before it."""


class ByHand:
    """Training by a rule in plain floats: `rule(parameters, lr, **sample)` gives a `Step`."""

    def __init__(self, rule: Callable[..., Step], parameters: Parameters, lr: float) -> None:
        self.rule, self.lr = rule, lr
        self.parameters = parameters

    def step(self, **sample: Any) -> float:
        """Take the rule's step; return the loss before it."""
        self._last = self.rule(self.parameters, self.lr, **sample)
        self.parameters = self._last.after
        return self._last.loss

    @property
    def gradient(self) -> Parameters:
        """The gradient that the last step took."""
        return self._last.gradient()


class ByAutodiff:
    """Plain gradient descent on Values: every step takes each parameter p to p - lr * dloss/dp.

    `loss(**parameters, **sample)` gives one Value. The parameters are named nestings of numbers; each number
    is a leaf from then on and carries its place as a label. A sample stays plain floats: data are constants.
    """

    def __init__(self, loss: Callable[..., Any], parameters: Parameters, lr: float) -> None:
        numbers, self._rebuild = flatten(parameters)
        self.leaves = [Value(x, label=at) for x, at in zip(numbers, paths(parameters), strict=True)]
        self.values: Parameters = self._rebuild(self.leaves)
        self.loss, self.lr = loss, lr

    def step(self, **sample: Any) -> float:
        """One step downhill; returns the loss before it. The gradient stays readable until the next step."""
        for leaf in self.leaves:
            leaf.zero_grad()
        loss = self.loss(**self.values, **sample)
        loss.backward()
        for leaf in self.leaves:
            leaf.data -= self.lr * leaf.grad
        return float(loss.item())

    @property
    def parameters(self) -> Parameters:
        """The parameters as they stand, as plain floats in their nesting."""
        found: Parameters = self._rebuild([leaf.data for leaf in self.leaves])
        return found

    @property
    def gradient(self) -> Parameters:
        """The gradient of the last step, in the parameters' nesting."""
        found: Parameters = self._rebuild([leaf.grad for leaf in self.leaves])
        return found
