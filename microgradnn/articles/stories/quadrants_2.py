"""Quadrants, version 2, told: what it reports, what was reached, and what comes next."""

from typing import Any

from microgradnn.articles import quadrants_2
from microgradnn.articles.quadrants import TEAMS, encode
from microgradnn.articles.reading import start
from microgradnn.articles.stories.learned import Learned, network
from microgradnn.articles.stories.record import Article, Example, Milestone, Plan, Target, names
from microgradnn.articles.training import Watch
from microgradnn.articles.wishes.quadrants import version_2

EARLY, LATE = 2000, 10_000  # samples: as many as the recorded run has, and enough to see who is ahead in the end


def _run(golden: dict[str, Any], published: bool = True, watch: Watch | None = None) -> dict[str, Any]:
    """One run, with the share of points it has right after 2,000 samples as well."""
    soon = min(EARLY, golden["iterations"])
    early = quadrants_2.run({**golden, "iterations": soon}, published)
    result = quadrants_2.run(golden, published, watch)
    shares = {soon: early["train_accuracy"], golden["iterations"]: result["train_accuracy"]}
    return {**result, "shares": shares}


def _targets(result: dict[str, Any], published: bool) -> list[Target]:
    after, least = (min(result["shares"]), 0.85) if published else (max(result["shares"]), 0.97)
    says = "seems worse than version 1" if published else "a mistake suspected"
    share = result["shares"][after]
    return [Target(f"training points right after {after:,} samples", says, f"{share:.1%}", share >= least)]


def _milestones(result: dict[str, Any]) -> list[Milestone]:
    return [Milestone(after, share) for after, share in result["shares"].items()]


def _example() -> Example:
    golden = start("quadrants_2_6_4")
    x, y, k = golden["training_points"][golden["sample_order"][0]]
    layers = ("hidden_weights", "hidden_bias", "output_weights", "output_bias")
    parameters = {name: golden["init"][key] for name, key in zip(layers, quadrants_2.KEYS, strict=True)}
    return Example(parameters, {"inputs": [x, y], "targets": encode(k)}, (*names("hidden", 6), *TEAMS))


def _learned(result: dict[str, Any]) -> Learned:
    first, first_bias, second, second_bias = (result["final"][key] for key in quadrants_2.KEYS)
    samples = [([float(x), float(y)], encode(k)) for x, y, k in result["training_points"]]
    layers = network((first, first_bias), (second, second_bias))
    return Learned(layers, samples, ("x", "y"), tuple(result["labels"]))


STORY = Article(
    name="quadrants_2",
    title="Quadrants, version 2: six hidden neurons in between",
    reports="it works, yet seems to do worse than version 1, and a mistake is suspected",
    word=(
        "There are four: the output bias lacks o (1 - o); the hidden error lacks o (1 - o) of the outputs, and "
        "reads the output weights after these were moved; the hidden bias lacks h (1 - h) too. Leaving out a "
        "factor below one is a longer step, so the published rule is ahead for the first couple of thousand "
        "samples, and behind in the end. That is how such faults hide."
    ),
    measure="share of training points right",
    every="sample",
    network=quadrants_2,
    run=_run,
    judge=_targets,
    milestones=_milestones,
    plans={
        "published": Plan("quadrants_2_6_4", {"iterations": LATE}),
        "put right": Plan("quadrants_2_6_4", {"iterations": LATE}),
        "published, quick": Plan("quadrants_2_6_4", {"iterations": EARLY}),
    },
    example=_example(),
    derived=quadrants_2.loss,
    lr=0.1,
    learned=_learned,
    wishes=version_2,
)
