"""The losses of a training run as curves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from microgradnn.drawing import axis
from microgradnn.drawing.palette import DARK, DASHES, LIGHT
from microgradnn.drawing.shapes import colour
from microgradnn.errors import DataError, SettingError
from microgradnn.plots.canvas import entitle, legend, library, sheet
from microgradnn.train.history import History

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SCALES = {"auto": axis.chosen, "linear": axis.linear, "log": axis.logarithmic}


def plot_history(history: History, *, scale: str = "auto", title: str = "", theme: str = "light") -> Figure:
    """The losses of a training run, epoch by epoch, those of validation beside them, the best epoch marked.

    A run that ended within its first epoch is drawn step by step. Where a loss is no finite number, or is 0 on a
    logarithmic axis, its curve is broken, and the legend says so. `scale` is "linear", "log", or "auto":
    logarithmic where all losses are positive and span two powers of ten. Colours are told apart by dashes too.
    MissingLibrary without matplotlib, DataError for a run without a step.
    """
    if not isinstance(history, History):
        raise SettingError(f"plot_history draws the History that fit gives, not {type(history).__name__}")
    if scale not in SCALES:
        raise SettingError(f"scale={scale!r} is unknown; it is one of: {', '.join(SCALES)}")
    if not history.loss:
        raise DataError("there is nothing to draw: this history has no step")
    by_epoch = bool(history.epoch_loss)
    series = [("training", history.epoch_loss if by_epoch else history.loss)]
    if history.validation:
        series.append(("validation", history.validation))
    log = SCALES[scale](y for _, ys in series for y in ys).log
    figure, axes = sheet(6.4, 3.8, theme)
    for k, (name, ys) in enumerate(series):
        _curve(axes, k, name, ys, log, theme)
    if by_epoch and 0 <= history.best < history.epochs:
        _best(axes, history, theme)
    axes.set_yscale("log" if log else "linear")
    axes.set(xlabel="epoch" if by_epoch else "step", ylabel="loss (log scale)" if log else "loss")
    axes.xaxis.set_major_locator(library("ticker").MaxNLocator(integer=True))
    axes.grid(axis="y", color=colour("faint", theme), lw=0.8)
    entitle(axes, title or _said(history), theme)
    legend(axes, theme)
    return figure


def _curve(axes: Axes, k: int, name: str, ys: Sequence[float], log: bool, theme: str) -> None:
    hue = (DARK if theme == "dark" else LIGHT)[k]
    lost = [x for x, y in enumerate(ys) if not math.isfinite(y) or (log and y <= 0.0)]
    gone = set(lost)
    shown = [math.nan if x in gone else y for x, y in enumerate(ys)]
    if lost:
        more = f", {len(lost)} such points" if len(lost) > 1 else ""
        name += f" ({ys[lost[0]]:g} at {lost[0]}{more})"
        axes.plot(lost, [0.02] * len(lost), "x", color=hue, ms=7, transform=axes.get_xaxis_transform())
    style = (0, [float(d) for d in DASHES[k].split()]) if DASHES[k] else "-"
    axes.plot(shown, color=hue, ls=style, lw=1.8, label=name, marker="o" if len(ys) < 30 else "", ms=3)


def _best(axes: Axes, history: History, theme: str) -> None:
    losses = history.validation or history.epoch_loss
    y = losses[history.best]
    if math.isfinite(y):
        label = f"best: {y:.4g} in epoch {history.best}"
        axes.plot([history.best], [y], "o", ms=9, mfc="none", mec=colour("ink", theme), label=label)


def _said(history: History) -> str:
    losses = history.epoch_loss or history.loss
    said = f"loss {losses[0]:.4g} → {losses[-1]:.4g}"
    return f"{said}; stopped: {history.stopped}" if history.stopped else said
