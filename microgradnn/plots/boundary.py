"""A classifier's decision boundary on matplotlib's axes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from microgradnn.drawing.contour import areas, lines
from microgradnn.drawing.field import Answers, Extent, answers
from microgradnn.drawing.markers import KINDS, hue
from microgradnn.drawing.shapes import colour
from microgradnn.losses import LOSSES, binary_cross_entropy_with_logits, hinge
from microgradnn.nn.module import Module
from microgradnn.plots.canvas import entitle, legend, library, plainly, sheet
from microgradnn.train.loop import fitted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Model = Callable[[Any], Any]
MARKERS = "os^DPv"  # as in our own SVG: disc, square, triangle, diamond, cross, triangle
LOGITS = (binary_cross_entropy_with_logits, hinge)  # losses of one output that is no probability
HATCHES = ("", "//", "..", "--", "||", "\\\\")


def plot_decision_boundary(
    model: Model,
    X: Any,
    Y: Any,
    *,
    names: Sequence[str] = (),
    axes: Sequence[str] = ("x", "y"),
    extent: Extent | None = None,
    resolution: int = 64,
    threshold: float | None = None,
    title: str = "",
    theme: str = "light",
) -> Figure:
    """The plane, tinted by what a model of two inputs answers, and the samples in it.

    Classes differ in colour, in the shape of their points and in the pattern of their ground; points for which the
    model answers otherwise have a rim. A model of several outputs answers with the largest, targets being classes
    or one-hot; one of a single output by whether it is above `threshold`, which the legend names. If none is given,
    it is 0 where a target is negative; else it follows the loss that the model was last fitted to with `fit`, 0 for
    logits and hinge and ½ for others; of a model that was not, it is 0 if an output lies outside of 0 … 1, as no
    probability can, and ½ if none does. Dropout lets everything through. MissingLibrary without matplotlib; what
    other arguments are refused: see `microgradnn.drawing.field.answers`.
    """
    figure, drawn = sheet(5.4, 5.0, theme)
    with in_use(model):
        shown = answers(model, X, Y, names, extent, resolution, threshold, as_fitted(model))
    draw(drawn, shown, axes, title or said(shown), theme)
    return figure


def as_fitted(model: Model) -> bool | None:
    """Whether 0 divides a model's single output, by the loss to which it was fitted; None where this is not known."""
    loss = fitted.get(model) if isinstance(model, Module) else None
    return loss in LOGITS if loss in LOSSES.values() else None


@contextmanager
def in_use(model: Model) -> Iterator[None]:
    """Within this context a Module behaves as in use, not as in training."""
    modes = [(module, module.training) for _, module in model.named_modules()] if isinstance(model, Module) else []
    try:
        for module, _ in modes:
            module.training = False
        yield
    finally:
        for module, mode in modes:
            module.training = mode


def said(shown: Answers) -> str:
    """How many points are answered rightly."""
    right = shown.points.right
    others = ", the others rimmed" if False in right else ""
    return f"{right.count(True):,} of {len(right):,} points right{others}" if right else ""


def draw(axes: Axes, shown: Answers, names: Sequence[str], title: str, theme: str, more: str = "") -> None:
    """The ground, the boundary and the points, on axes that are empty."""
    patches, paths, collections = library("patches"), library("path").Path, library("collections")
    grid, points = shown.field.grid, shown.points
    ink, paper = colour("ink", theme), colour("paper", theme)
    for c, outlines in areas(grid).items():
        closed = [paths([*outline, outline[0]], closed=True) for outline in outlines]
        whole = paths.make_compound_path(*closed)
        tint = hue(c, theme)
        axes.add_patch(patches.PathPatch(whole, fc=tint, alpha=0.17, lw=0))
        axes.add_patch(patches.PathPatch(whole, fc="none", ec=tint, alpha=0.35, lw=0, hatch=HATCHES[c % KINDS]))
    cuts = list(lines(grid))
    threshold = shown.field.threshold
    at = "" if threshold is None else f"boundary: output {threshold:g}"
    axes.add_collection(collections.LineCollection(cuts, colors=ink, linewidths=1.4, label=at or None))
    for c, name in enumerate(shown.names):
        for right in (True, False):
            own = [
                place
                for place, k, met in zip(points.places, points.classes, points.right, strict=True)
                if k == c and met == right
            ]
            if own or right:
                xs, ys = [x for x, _ in own], [y for _, y in own]
                (line,) = axes.plot(xs, ys, MARKERS[c % KINDS], ms=7, mfc=hue(c, theme), zorder=3 + (not right))
                line.set(mec=paper if right else ink, mew=0.6 if right else 1.6)
                if right:
                    line.set_label(plainly(name))
    axes.set(xlim=(grid.xs[0], grid.xs[-1]), ylim=(grid.ys[0], grid.ys[-1]))
    axes.set_xlabel(plainly(names[0]), parse_math=False)
    axes.set_ylabel(plainly(names[1]), parse_math=False)
    entitle(axes, title, theme, more)
    legend(axes, theme, loc="upper left", bbox_to_anchor=(0.0, -0.14), ncols=4, borderaxespad=0.0)
