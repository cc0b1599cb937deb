"""The verdicts of the doctor on an article: on the rule as published, and on the same rule put right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from microgradnn.articles.stories.record import Article
from microgradnn.check import Diagnosis, Mistake, diagnose, diagnose_update
from microgradnn.engine import Value


@dataclass(frozen=True)
class Verdicts:
    """What the doctor says of the update that an article publishes, and of the gradient put right.

    `minus` tells that the article writes down minus the gradient, and adds it: a convention of sign.
    """

    article: Article
    published: Diagnosis
    corrected: Diagnosis
    minus: bool

    @property
    def line(self) -> str:
        """Both verdicts in short."""
        put_right = f"The corrected rule is {'right' if self.corrected.ok else 'wrong as well'}."
        if self.published.ok:
            how = ": descent, written as minus the gradient and added" if self.minus else ""
            return f"The published rule is right{how}. {put_right}"
        return f"The published rule is wrong: {'; '.join(self.named)}. {put_right}"

    @property
    def named(self) -> list[str]:
        """Each kind of mistake with the parameters whose gradients have it.

        COINCIDENCE is left out where another kind stands with it: that a sample has a zero in it, say, and so
        hides a fault, is an accident of that sample.
        """
        found: dict[Mistake, dict[str, None]] = {}
        for finding in self.published.findings:
            kinds = [kind for kind in finding.mistakes if kind is not Mistake.COINCIDENCE] or finding.mistakes
            for kind in kinds if not finding.harmless else ():
                found.setdefault(kind, {})[finding.where.partition("[")[0]] = None
        return [f"{kind} in {', '.join(where)}" for kind, where in found.items()]


def verdicts(
    article: Article,
    doctor: Callable[..., Diagnosis] = diagnose,
    doctor_of_updates: Callable[..., Diagnosis] = diagnose_update,
) -> Verdicts:
    """Diagnose an article's rule at its example, and at points around it and away from it."""
    network, example, loss = article.network, article.example, _named(article)
    published = doctor_of_updates(network.step, loss, example.parameters, article.lr, example.sample)
    gradient = doctor(loss, network.by_hand, article.at()).findings if published.ok else ()
    minus = bool(gradient) and all(finding.mistakes == (Mistake.SIGN,) for finding in gradient)
    return Verdicts(article, published, doctor(loss, network.by_hand_corrected, article.at()), minus)


def _named(article: Article) -> Callable[..., Any]:
    """The article's loss, its neurons named: `hidden[0]` is what the neuron puts out, `z_hidden[0]` what it weighs.

    Every finding speaks of Values by their names; without, it would write out the sums.
    """

    def loss(**named: Any) -> Any:
        root = article.network.loss(**named)
        if isinstance(root, Value):
            article.name_neurons(root, "z_")
        return root

    return loss
