"""Quadrants, version 1, told: what it reports, and what was reached."""

from typing import Any

from microgradnn.articles import quadrants_1
from microgradnn.articles.quadrants import CENTRES, TEAMS, decode, encode
from microgradnn.articles.reading import start
from microgradnn.articles.stories.learned import Learned, network
from microgradnn.articles.stories.record import Article, Example, Milestone, Plan, Target
from microgradnn.articles.training import Watch
from microgradnn.articles.wishes.quadrants import version_1

EARLY = 1000  # samples


def _targets(result: dict[str, Any], published: bool) -> list[Target]:
    hits = [decode(outputs) == k for k, outputs in enumerate(result["outputs"])]
    return [Target("centres classified", "all four", f"{hits.count(True)} of 4", all(hits))]


def _run(golden: dict[str, Any], published: bool = True, watch: Watch | None = None) -> dict[str, Any]:
    """One run, with the error at the centres early on as well."""
    soon = min(EARLY, golden["iterations"])
    early = quadrants_1.run({**golden, "iterations": soon}, published)
    result = quadrants_1.run(golden, published, watch)
    return {**result, "errors": {soon: _error(early), golden["iterations"]: _error(result)}}


def _error(result: dict[str, Any]) -> float:
    """The mean of |t - o| over all outputs at all four centres."""
    total = 0.0
    for k, outputs in enumerate(result["outputs"]):
        for t, o in zip(encode(k), outputs, strict=True):
            total += abs(t - o)
    return total / 16


def _milestones(result: dict[str, Any]) -> list[Milestone]:
    return [Milestone(after, error) for after, error in result["errors"].items()]


def _learned(result: dict[str, Any]) -> Learned:
    samples = [(list(centre), encode(k)) for k, centre in enumerate(CENTRES)]
    final = result["final"]
    return Learned(network((final["weights"], final["bias"])), samples, ("x", "y"), tuple(result["labels"]))


STORY = Article(
    name="quadrants_1",
    title="Quadrants, version 1: a point to one of four teams by 2-4 neurons",
    reports="after 10,000 samples of the four centres, points all over the plane get their colours",
    word=(
        "The biases move by the bare error, without the factor o (1 - o) of the sigmoid's slope: at least four "
        "times too far. The weights are right, and they decide. As a longer step, the wrong rule is a little nearer "
        "to its targets even after 10,000 samples."
    ),
    measure="mean |error| at the centres",
    every="sample",
    network=quadrants_1,
    run=_run,
    judge=_targets,
    milestones=_milestones,
    plans={
        "published": Plan("quadrants_2_4"),
        "put right": Plan("quadrants_2_4"),
        "published, quick": Plan("quadrants_2_4", {"iterations": 4000}),
        "put right, quick": Plan("quadrants_2_4", {"iterations": 4000}),
    },
    example=Example(start("quadrants_2_4")["init"], {"inputs": CENTRES[1], "targets": encode(1)}, TEAMS),
    derived=quadrants_1.loss,
    lr=0.1,
    learned=_learned,
    wishes=version_1,
)
