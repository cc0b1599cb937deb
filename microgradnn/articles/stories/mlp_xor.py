"""The XOR MLP told: what it reports, what was reached, and what its readers ask for."""

from typing import Any

from microgradnn.articles import mlp_xor
from microgradnn.articles.reading import start
from microgradnn.articles.stories.learned import Learned, columns, network
from microgradnn.articles.stories.record import Article, Example, Milestone, Plan, Target, few, names, near
from microgradnn.articles.wishes.mlp_xor import wishes


def _targets(result: dict[str, Any], published: bool) -> list[Target]:
    targets = [t for _, (t,) in mlp_xor.XOR]
    found = [near("XOR: largest distance from a target", "very close", targets, result["predictions"])]
    if not published:
        epoch, error = [entry for entry in result["mean_abs_error"] if entry[0] <= 1000][-1]
        found.append(Target(f"mean |error| at epoch {epoch:,}", "towards zero", f"{error:.3f}", error < 0.2))
    return found


def _milestones(result: dict[str, Any]) -> list[Milestone]:
    moments = (0, 1000, 2000, 3000, 5000, 10_000)
    return few([Milestone(*entry) for entry in result["mean_abs_error"]], moments)


def _learned(result: dict[str, Any]) -> Learned:
    layers = [(columns(result["final"][name]), None) for name in ("synapse0", "synapse1")]
    samples = [([float(v) for v in x], [float(v) for v in y]) for x, y in mlp_xor.XOR]
    return Learned(network(*layers), samples, ("a", "b"), ("a xor b",))


_SAMPLE = {"inputs": [[0.0, 1.0]], "targets": [[1.0]]}

STORY = Article(
    name="mlp_xor",
    title="MLP for XOR: two matrices, no bias, all rows at once",
    reports="an error that goes towards zero with every epoch, and predictions very close to the targets",
    word=(
        "The slope of the sigmoid is taken at the activated value, which puts a factor that is always near 1/4 in "
        "the place of o (1 - o). Weighed alike, the four rows of XOR nearly cancel each other: while all outputs "
        "are near 1/2, the hidden weights get a fifth of the true gradient and less, and the start takes "
        "several times as long. In the end the published rule has the smaller error, since the true factor vanishes as "
        "outputs near 0 and 1 and the wrong one does not: it takes longer steps there. So nobody noticed."
    ),
    measure="mean |error|",
    every="epoch",
    network=mlp_xor,
    run=mlp_xor.run,
    judge=_targets,
    milestones=_milestones,
    plans={
        "published": Plan("mlp_xor_as_published"),
        "put right": Plan("mlp_xor_corrected"),
        "published, quick": Plan("mlp_xor_as_published", {"epochs": 6001}),
        "put right, quick": Plan("mlp_xor_corrected", {"epochs": 3001}),
    },
    example=Example(start("mlp_xor_corrected")["init"], _SAMPLE, (*names("hidden", 4), "output")),
    derived=mlp_xor.loss,
    lr=0.6,
    learned=_learned,
    wishes=wishes,
)
