"""What an article says, what was reached here, and what a loss and a derivation have to say to each other.

An `Article` is one network of one article, described alike for all five, so that whoever shows them (the tour,
a notebook, a page) loops over `ARTICLES` and knows no article by name.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from microgradnn.articles.reading import start
from microgradnn.articles.stories.learned import Learned
from microgradnn.articles.training import ByAutodiff, Parameters, Watch
from microgradnn.chain import graph
from microgradnn.engine import Value
from microgradnn.rules import sigmoid

Progress = Callable[[int, int], object]
LOOKS = 200  # how often, at most, a progress bar is told in one run


@dataclass(frozen=True)
class Target:
    """One result: what was to be reached, what the article reports, and what came out here."""

    what: str
    article: str
    reached: str
    met: bool


@dataclass(frozen=True)
class Milestone:
    """The measure of progress at one moment: after so many epochs or samples."""

    after: int
    value: float


@dataclass(frozen=True)
class Trained:
    """A finished training: the run as a golden file has it, its loss curve, its results."""

    result: dict[str, Any]
    steps: list[int]
    losses: list[float]
    targets: list[Target]
    milestones: list[Milestone]

    @property
    def met(self) -> bool:
        """Whether every target was reached."""
        return all(target.met for target in self.targets)


@dataclass(frozen=True)
class Example:
    """One point at which a derivation can be compared: parameters, one sample, and names for its neurons."""

    parameters: Parameters
    sample: dict[str, Any]
    neurons: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """How one network is trained: the recorded run to start from, and what is changed in it."""

    start: str
    changes: dict[str, Any] = field(default_factory=dict)

    def golden(self) -> dict[str, Any]:
        """The start with the changes made."""
        return {**start(self.start), **self.changes}


class Network(Protocol):
    """What the module of each network has: its loss, and the article's derivation of it."""

    @property
    def loss(self) -> Callable[..., Any]:
        """The loss of one sample, of named numbers or Values."""

    @property
    def by_hand(self) -> Callable[..., Parameters]:
        """The gradient as published, of the same named numbers."""

    @property
    def by_hand_corrected(self) -> Callable[..., Parameters]:
        """The gradient as it should be."""

    @property
    def step(self) -> Callable[..., Parameters]:
        """The published update: `step(parameters, lr, **sample)` gives the parameters after it."""


@dataclass(frozen=True)
class Article:
    """One network of one article.

    reports     what the article says it reached
    word        what differs between its derivation and autodiff, and why that went unnoticed
    measure     what the milestones count, one for each so many of `every` ("epoch", "sample")
    run         trains from a golden file: see `microgradnn.articles`
    judge       the targets, of a run and whether that was the published rule
    milestones  the measure at a few moments of a run
    plans       how to train: "published" and "put right", either with ", quick" for a hurried reader
    derived     the loss whose gradient the article writes down (minus the cost, for an article that ascends)
    learned     the network that a run came to, and its samples: for pictures
    wishes      what the article lacks and wishes for, done on its own problem: lines to print
    """

    name: str
    title: str
    reports: str
    word: str
    measure: str
    every: str
    network: Network
    run: Callable[..., dict[str, Any]]
    judge: Callable[[dict[str, Any], bool], list[Target]]
    milestones: Callable[[dict[str, Any]], list[Milestone]]
    plans: dict[str, Plan]
    example: Example
    derived: Callable[..., Any]
    lr: float
    learned: Callable[[dict[str, Any]], Learned]
    wishes: Callable[[], list[str]]

    def train_published(self, progress: Progress | None = None, quick: bool = False) -> Trained:
        """Train by the article's own rule."""
        return self._train("published", True, progress, quick)

    def train_put_right(self, progress: Progress | None = None, quick: bool = False) -> Trained:
        """Train by autodiff, from the same start and on the same samples."""
        return self._train("put right", False, progress, quick)

    def _train(self, which: str, published: bool, progress: Progress | None, quick: bool) -> Trained:
        plan = self.plans.get(f"{which}, quick", self.plans[which]) if quick else self.plans[which]
        curve: list[tuple[int, float]] = []
        result = self.run(plan.golden(), published, _watch(curve, progress))
        steps, losses = [step for step, _ in curve], [loss for _, loss in curve]
        return Trained(result, steps, losses, self.judge(result, published), self.milestones(result))

    def at(self) -> dict[str, Any]:
        """The point of the example by name, as `microgradnn.check.compare` wants it."""
        return {**self.example.parameters, **self.example.sample}

    def graph(self) -> Value:
        """The loss of the example as a graph, labelled, its gradients computed: for a drawing."""
        trainer = ByAutodiff(self.network.loss, self.example.parameters, 0.0)
        root: Value = self.network.loss(**trainer.values, **self.example.sample)
        root.label = "loss"
        self.name_neurons(root)
        root.backward()
        return root

    def name_neurons(self, root: Value, before: str = "") -> None:
        """Label what the neurons of the example put out; with `before` also what they weigh, by that and the name."""
        neurons = iter(self.example.neurons)
        for node in graph(root):
            if node.op is sigmoid and isinstance(node, Value):
                node.label = next(neurons, "")
                (weighed,) = node.args
                if before and node.label and isinstance(weighed, Value):
                    weighed.label = f"{before}{node.label}"


def _watch(curve: list[tuple[int, float]], progress: Progress | None) -> Watch:
    """Keep the curve, and tell the progress bar now and then."""
    told = 0

    def watch(done: int, of: int, loss: float) -> None:
        nonlocal told
        curve.append((done, loss))
        if progress is not None and (done * LOOKS // of > told or done == of):
            told = done * LOOKS // of
            progress(done, of)

    return watch


def few(kept: list[Milestone], moments: tuple[int, ...]) -> list[Milestone]:
    """The milestones at these moments, as far as the run got, and the last one."""
    return [each for each in kept[:-1] if each.after in moments] + kept[-1:]


def near(what: str, article: str, targets: list[float], outputs: list[float]) -> Target:
    """The largest distance of an output from its target, which should be below 0.1."""
    distance = max(abs(t - o) for t, o in zip(targets, outputs, strict=True))
    return Target(what, article, f"{distance:.4f}", distance < 0.1)


def names(layer: str, size: int) -> tuple[str, ...]:
    """Names for the neurons of a layer."""
    return tuple(f"{layer}[{i}]" for i in range(size))
