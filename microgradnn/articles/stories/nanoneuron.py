"""NanoNeuron told: what it reports, what was reached, and what it skipped."""

from typing import Any

from microgradnn.articles import nanoneuron
from microgradnn.articles.stories.learned import Learned, network
from microgradnn.articles.stories.record import Article, Example, Milestone, Plan, Target, few
from microgradnn.articles.wishes.nanoneuron import wishes


def _targets(result: dict[str, Any], published: bool) -> list[Target]:
    said, cost = result["predict_70"], result["test_cost"]
    return [
        Target("70 °C in °F, where 158 is right", "158.0002", f"{said:.6f}", abs(said - 158) < 1e-3),
        Target("cost on test data", "0.0000023", f"{cost:.3g}", cost < 3e-6),
    ]


def _milestones(result: dict[str, Any]) -> list[Milestone]:
    kept = [Milestone(int(epoch), cost) for epoch, cost in result["cost_at_epoch"].items()]
    return few(kept, (0, 1000, 10_000, 30_000))


def _learned(result: dict[str, Any]) -> Learned:
    w, b = result["final"]["w"], result["final"]["b"]
    samples = [([x], [y]) for x, y in zip(*nanoneuron.data("train"), strict=True)]
    return Learned(network(([[w]], [b]), activation="linear"), samples, ("°C",), ("°F",))


STORY = Article(
    name="nanoneuron",
    title="NanoNeuron: from degrees Celsius to Fahrenheit",
    reports="after 70,000 epochs a test cost of 0.0000023, and 158.0002 °F for 70 °C",
    word=(
        "Its dW and dB are minus the gradient, and are added: ascent on minus the cost. That is a convention of "
        "sign and no error, so autodiff walks the same path: all 70,000 epochs over all 100 samples, compiled."
    ),
    measure="cost",
    every="epoch",
    network=nanoneuron,
    run=nanoneuron.run,
    judge=_targets,
    milestones=_milestones,
    plans={"published": Plan("nanoneuron"), "put right": Plan("nanoneuron")},
    example=Example({"w": 0.9492, "b": 0.457}, {"x": [70.0], "y": [158.0]}, ()),
    derived=nanoneuron.ascended,
    lr=0.0005,
    learned=_learned,
    wishes=wishes,
)
