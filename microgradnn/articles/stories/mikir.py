"""mikir told: what it reports, what was reached, and what it wishes for."""

from typing import Any

from microgradnn.articles import mikir
from microgradnn.articles.reading import start
from microgradnn.articles.stories.learned import Learned, network
from microgradnn.articles.stories.record import Article, Example, Milestone, Plan, Target, few, names, near
from microgradnn.articles.wishes.mikir import wishes


def _targets(result: dict[str, Any], published: bool) -> list[Target]:
    neuron = mikir.IceCreamNeuron()
    warm, cool = neuron.activation(30, 8), neuron.activation(15, 2)
    outputs = [output[0] for output in result["predictions"]]
    targets = [target[0] for _, target in result["data"]]
    return [
        near("XOR: largest distance from a target", "close to 1 for 0 and 1", targets, outputs),
        Target("ice cream at 30 °C, hunger 8", "23.4, yes", f"{warm:.1f}, {_yes(warm)}", warm > 0),
        Target("ice cream at 15 °C, hunger 2", "-3.9, no", f"{cool:.1f}, {_yes(cool)}", cool <= 0),
    ]


def _yes(activation: float) -> str:
    return "yes" if activation > 0 else "no"


def _milestones(result: dict[str, Any]) -> list[Milestone]:
    return few([Milestone(*entry) for entry in result["cost"]], (0, 500, 1000, 2000, 3000, 5000))


def _example() -> Example:
    layers = start("mikir_xor")["init"]
    parameters = {
        f"{layer}_{part}": [neuron[key] for neuron in layers[layer]]
        for layer in ("hidden", "output")
        for part, key in (("weights", "weights"), ("bias", "bias"))
    }
    sample = {"inputs": [0.0, 1.0], "targets": [1.0]}
    return Example(parameters, sample, (*names("hidden", 3), "output"))


def _learned(result: dict[str, Any]) -> Learned:
    layers = [
        ([neuron["weights"] for neuron in result["final"][key]], [neuron["bias"] for neuron in result["final"][key]])
        for key in ("hidden", "output")
    ]
    samples = [([float(v) for v in x], [float(v) for v in y]) for x, y in result["data"]]
    return Learned(network(*layers), samples, ("a", "b"), ("a xor b",))


STORY = Article(
    name="mikir",
    title="mikir: XOR by 2-3-1 neurons, one sample at a time",
    reports="a network that says something close to 1 for the inputs 0 and 1; and a neuron that decides on ice cream",
    word=(
        "The hidden errors read the output weights after these were moved, one step too new, so the hidden "
        "gradient is that of no single point. The smaller the learning rate, the smaller the difference. "
        "The ice cream neuron gives 8.4 and not 23.4 for 30 °C and hunger 8: the bias of -15 was left out."
    ),
    measure="cost",
    every="round of the four samples",
    network=mikir,
    run=mikir.run,
    judge=_targets,
    milestones=_milestones,
    plans={
        "published": Plan("mikir_xor"),
        "put right": Plan("mikir_xor"),
        "published, quick": Plan("mikir_xor_lr05", {"iterations": 2500}),
        "put right, quick": Plan("mikir_xor_lr05", {"iterations": 2500}),
    },
    example=_example(),
    derived=mikir.loss,
    lr=0.1,
    learned=_learned,
    wishes=wishes,
)
