"""Two ways to train one network: by the article's rule, written out, and by autodiff from the loss alone."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from microgradnn.compiler.installed import installed
from microgradnn.engine import Value
from microgradnn.nest import flatten, paths
from microgradnn.optim import SGD
from microgradnn.train import compiled

Parameters = dict[str, Any]
MANY = 1000  # steps for which compiling pays
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

    def rounds(self, count: int, samples: Sequence[Parameters]) -> list[float]:
        """Move by a step on each sample in turn, so often; return the mean loss of each round."""


def in_turn(trainer: Trainer, count: int, samples: Sequence[Parameters]) -> list[float]:
    """The rounds of a trainer, step by step."""
    means = []
    for _ in range(count):
        total = 0.0
        for sample in samples:
            total += trainer.step(**sample)
        means.append(total / len(samples))
    return means


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

    def rounds(self, count: int, samples: Sequence[Parameters]) -> list[float]:
        """Take the rule's steps on each sample in turn, so often; return the mean loss of each round."""
        return in_turn(self, count, samples)

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
        self._compiled: Any = None

    def step(self, **sample: Any) -> float:
        """One step downhill; returns the loss before it. The gradient stays readable until the next step."""
        for leaf in self.leaves:
            leaf.zero_grad()
        loss = self.loss(**self.values, **sample)
        loss.backward()
        for leaf in self.leaves:
            leaf.data -= self.lr * leaf.grad
        return float(loss.item())

    def rounds(self, count: int, samples: Sequence[Parameters]) -> list[float]:
        """Steps downhill on each sample in turn, so often; returns the mean loss of each round.

        Many are compiled, where that makes native loops; the numbers are the same.
        """
        if count * len(samples) < MANY or not installed():
            return in_turn(self, count, samples)
        columns = zip(*[flatten(sample)[0] for sample in samples], strict=True)
        if self._compiled is None:
            rebuild = flatten(samples[0])[1]
            self._compiled = compiled.Step(lambda values, *sample: self.loss(**values, **rebuild(sample)), self.values)
        descent = SGD(lr=self.lr)
        settings = {"optimizer": descent, "epochs": count, "batch_size": 1, "progress": False}
        means: list[float] = self._compiled.fit(*map(list, columns), **settings).epoch_loss
        return means

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
