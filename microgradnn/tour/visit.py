"""One article visited: its network trained both ways, its gradients compared, its pictures drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from microgradnn.articles.diagnosed import Verdicts, verdicts
from microgradnn.articles.stories import Article, Trained
from microgradnn.check import compare
from microgradnn.check.verdict import GOOD
from microgradnn.drawing import Series, curves
from microgradnn.drawing.picture import draw
from microgradnn.engine import Value
from microgradnn.errors import MicrogradnnError
from microgradnn.tour.seeing import Sights, sights

PUBLISHED, RIGHT = "as published", "by autodiff"
Told = Callable[[int, int], object]


@dataclass(frozen=True)
class Line:
    """A line of the table of results: what is measured, what the article says, what came out in both ways."""

    what: str
    article: str
    here: dict[str, str]
    met: bool


@dataclass(frozen=True)
class Row:
    """A number of the gradient: by hand, by autodiff, and what the comparison says of the two."""

    where: str
    by_hand: str
    autodiff: str
    difference: str
    verdict: str
    ok: bool


@dataclass(frozen=True)
class Visit:
    """What there is to show of an article.

    `graph` is an SVG, or the text in DOT where `undrawn` says why there is no picture.
    """

    article: Article
    trained: dict[str, Trained]
    lines: Sequence[Line]
    milestones: dict[int, dict[str, float]]
    rows: Sequence[Row]
    corrected: bool
    verdicts: Verdicts
    wishes: Sequence[str]
    curves: str
    graph: str
    undrawn: str
    sights: Sights

    @property
    def agreement(self) -> str:
        """How many of the numbers derived by hand autodiff confirms."""
        right = [row for row in self.rows if row.ok]
        if len(right) == len(self.rows):
            return f"All {len(right)} numbers of the article's gradient agree."
        repaired = " Put right by hand, all agree." if self.corrected else ""
        return f"{len(right)} of {len(self.rows)} numbers of the article's gradient agree.{repaired}"

    @property
    def met(self) -> bool:
        """Whether both ways of training reached the results."""
        return all(trained.met for trained in self.trained.values())


def visit(article: Article, quick: bool, progress: Callable[[str], Told]) -> Visit:
    """Train, compare and draw; `progress(way)` gives what is told how far a training has come.

    A quick visit leaves out what the article wishes for.
    """
    trained = {
        PUBLISHED: article.train_published(progress(PUBLISHED), quick),
        RIGHT: article.train_put_right(progress(RIGHT), quick),
    }
    wishes: Sequence[str] = ()
    if not quick:
        told = progress("its wishes")
        wishes = article.wishes()
        told(1, 1)
    at = article.at()
    root = article.graph()
    graph, undrawn = _graph(root)
    return Visit(
        article,
        trained,
        _lines(trained),
        milestones(trained),
        _rows(compare(article.derived, article.network.by_hand, at=at)),
        bool(compare(article.network.loss, article.network.by_hand_corrected, at=at).ok),
        verdicts(article),
        wishes,
        _curves(article, trained),
        graph,
        undrawn,
        sights(article, article.learned(trained[RIGHT].result), root),
    )


def _rows(report: Any) -> list[Row]:
    return [
        Row(
            row.where,
            f"{row.by_hand:.6g}",
            f"{row.autodiff:.6g}",
            f"{row.difference:.2g}",
            str(row.verdict),
            row.verdict in GOOD,
        )
        for row in report.rows
    ]


def _lines(trained: dict[str, Trained]) -> list[Line]:
    """The targets of both ways, those of one name in one line."""
    found: dict[str, Line] = {}
    for way, each in trained.items():
        for target in each.targets:
            line = found.get(target.what, Line(target.what, target.article, {}, True))
            here = {**line.here, way: target.reached}
            found[target.what] = Line(line.what, line.article, here, line.met and target.met)
    return list(found.values())


def milestones(trained: dict[str, Trained]) -> dict[int, dict[str, float]]:
    """The measure of progress of every way at the moments that any of them kept, in order."""
    found: dict[int, dict[str, float]] = {}
    for way, each in trained.items():
        for milestone in each.milestones:
            found.setdefault(milestone.after, {})[way] = milestone.value
    return dict(sorted(found.items()))


def _curves(article: Article, trained: dict[str, Trained]) -> str:
    series = [Series(way, each.losses, [float(step) for step in each.steps]) for way, each in trained.items()]
    return curves(series, title=f"{article.title.partition(':')[0]}: the loss", x_label=article.every)


def _graph(root: Value) -> tuple[str, str]:
    drawing = draw(root, depth=4, theme="auto")
    try:
        return drawing.pipe("svg").decode("utf-8"), ""
    except MicrogradnnError as problem:
        return drawing.source, str(problem)
