"""How large the gradients of a model are, layer by layer, or of single numbers, one by one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING

from microgradnn.chain import graph
from microgradnn.drawing.palette import DARK, LIGHT
from microgradnn.drawing.shapes import colour
from microgradnn.drawing.text import shorten, visible
from microgradnn.engine import Value
from microgradnn.errors import Misuse, SettingError
from microgradnn.nn.module import Module
from microgradnn.ops import plain
from microgradnn.plots.canvas import entitle, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FEW = 24  # gradients that are drawn one by one, with their signs
MOST = 40  # rows of a picture

Named = list[tuple[str, float]]


def plot_gradients(of: Value | Module, *, title: str = "", theme: str = "light") -> Figure:
    """The gradients of a model's parameters, or of the leaves that a Value was computed from, as they stand now.

    A few are drawn one by one, as bars with their signs. Of many the sizes |∂| are drawn on a logarithmic axis, a
    row of points for each layer, with their median: a layer whose row lies far to the left of others learns slowly.
    Zeros, which have no place there, and what is not finite are counted at the row's end. Misuse where no gradient
    was computed; MissingLibrary without matplotlib.
    """
    if isinstance(of, Module):
        leaves = [(name, value) for name, value in of.named_parameters() if not value.frozen]
    elif isinstance(of, Value):
        found = [node for node in graph(of) if isinstance(node, Value) and node.op is None and not node.frozen]
        leaves = [(str(node.label) or f"leaf {k}", node) for k, node in enumerate(found)]
    else:
        raise SettingError(f"plot_gradients draws a Value's or a Module's gradients, not {type(of).__name__}")
    named = [(name, plain(value.grad)) for name, value in leaves if value.graded]
    if not named:
        raise Misuse("there are no gradients to draw: call .backward() on the loss first")
    rows = len(named) if len(named) <= FEW else len(_groups(named))
    figure, axes = sheet(6.4, 1.3 + 0.27 * min(max(rows, 4), MOST), theme)
    if len(named) <= FEW:
        _bars(axes, named, theme)
    else:
        _sizes(axes, _groups(named), theme)
    axes.grid(axis="x", color=colour("faint", theme), lw=0.8)
    axes.set_axisbelow(True)
    missing = len(leaves) - len(named)
    entitle(axes, title or "gradients" + (f" ({missing} more are not computed)" if missing else ""), theme)
    return figure


def _groups(named: Named) -> list[tuple[str, list[float]]]:
    """The gradients by what stands before the neuron's name, or else before the last point or bracket."""
    groups: dict[str, list[float]] = {}
    for name, grad in named:
        group = name.partition(".neuron")[0] if ".neuron" in name else name.rpartition(".")[0] or name.partition("[")[0]
        groups.setdefault(group, []).append(grad)
    return list(groups.items())


def _bars(axes: Axes, named: Named, theme: str) -> None:
    hues = DARK if theme == "dark" else LIGHT
    finite = [grad if math.isfinite(grad) else 0.0 for _, grad in named]
    axes.barh(
        range(len(named)),
        finite,
        color=[hues[grad < 0] for grad in finite],
        hatch=["///" if grad < 0 else "" for grad in finite],
        edgecolor=colour("paper", theme),
        lw=0.5,
    )
    for row, (_, grad) in enumerate(named):
        text = f" {grad:.3g} "
        axes.text(max(finite[row], 0.0), row, text, va="center", fontsize=8, color=colour("quiet", theme))
    axes.axvline(0.0, color=colour("quiet", theme), lw=0.8)
    axes.margins(x=0.15)
    axes.set_xlabel("gradient")
    _names(axes, [name for name, _ in named])


def _sizes(axes: Axes, groups: Sequence[tuple[str, list[float]]], theme: str) -> None:
    hues = DARK if theme == "dark" else LIGHT
    shown = groups if len(groups) <= MOST else [*groups[: MOST // 2], *groups[-MOST // 2 :]]
    for row, (_, grads) in enumerate(shown):
        sizes = [abs(grad) for grad in grads if grad != 0.0 and math.isfinite(grad)]
        # Points of a row are set a little apart, always in the same way, so that they do not hide each other.
        heights = [row + 0.28 * math.sin(2.4 * k) for k in range(len(sizes))]
        axes.plot(sizes, heights, ".", color=hues[0], ms=5, alpha=0.55, mec="none")
        if sizes:
            axes.plot([median(sizes)], [row], "d", color=hues[1], ms=8, mec=colour("paper", theme))
        zeros = grads.count(0.0)
        odd = len([grad for grad in grads if not math.isfinite(grad)])
        said = [f"{n} {what}" for n, what in ((zeros, "zero"), (odd, "not finite")) if n]
        if said:
            end = axes.get_yaxis_transform()
            axes.text(1.01, row, ", ".join(said), va="center", fontsize=8, color=colour("quiet", theme), transform=end)
    axes.set_xscale("log")
    axes.set_xlabel("size of the gradient (diamond: the median)")
    _names(axes, [name for name, _ in shown])
    if len(shown) < len(groups):
        axes.set_ylabel(f"{len(shown)} of {len(groups)} groups shown")


def _names(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), [shorten(visible(name), 28) for name in names], parse_math=False)
    axes.set_ylim(len(names) - 0.4, -0.6)
