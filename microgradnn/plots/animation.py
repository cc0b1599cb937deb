"""A decision boundary while it is being learned, as a GIF."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

from microgradnn.drawing.field import Extent, answers
from microgradnn.errors import FileError, SettingError
from microgradnn.nn.module import Module
from microgradnn.plots.boundary import as_fitted, draw, in_use, said
from microgradnn.plots.canvas import dress, library, quietly, sheet
from microgradnn.train.history import History
from microgradnn.train.loop import fit
from microgradnn.train.progress import Progress, Report, bar
from microgradnn.wholefile import Path, write

DOTS = 90  # per inch of a frame


class _Moment(NamedTuple):
    """The parameters after so many steps, and the loss of the last of them."""

    step: int
    loss: float | None
    state: dict[str, float]


def animate_boundary(
    path: Path,
    model: Module,
    X: Any,
    Y: Any,
    *,
    frames: int = 30,
    per_second: float = 8.0,
    names: Sequence[str] = (),
    axes: Sequence[str] = ("x", "y"),
    extent: Extent | None = None,
    resolution: int = 40,
    threshold: float | None = None,
    theme: str = "light",
    progress: Progress = None,
    **training: Any,
) -> History:
    """Fit a model and write a GIF of its decision boundary being learned; give the training's history.

    `training` is handed to `microgradnn.train.fit`: loss, optimizer, epochs and what else it takes. The GIF has
    `frames` pictures, from before the first step to after the last, closer together at the beginning, where most
    happens. `threshold` is as in `plot_decision_boundary`: by itself it follows the loss. The GIF is written whole, or
    not at all; FileError, before anything is trained, where it cannot be. `progress` is as in `fit`; it is told of the
    steps, and then of the pictures. MissingLibrary without matplotlib.
    """
    _writable(path)
    if isinstance(frames, bool) or not isinstance(frames, int) or not 2 <= frames <= 300:
        raise SettingError(f"frames={frames!r} is no number of pictures from 2 to 300")
    figure, drawn = sheet(4.6, 4.4, theme)
    moments = [_Moment(0, None, model.state_dict())]
    wanted: set[int] = set()

    with ExitStack() as context:
        told: list[Report] = []

        def watch(step: int, steps: int, loss: float) -> None:
            if not told:
                wanted.update(moments_of(frames, steps))
                told.append(context.enter_context(bar(progress, steps)))
            if step in wanted:
                moments.append(_Moment(step, loss, model.state_dict()))
            told[0](step, steps, loss)

        history = fit(model, X, Y, progress=watch, **training)
    final = model.state_dict()
    if moments[-1].state != final:  # fit ended early
        moments.append(_Moment(len(history.loss), history.loss[-1], final))
    writer = library("animation").PillowWriter(fps=per_second)
    with tempfile.TemporaryDirectory() as folder:
        raw = os.path.join(folder, "boundary.gif")
        try:
            with quietly(), in_use(model), bar(progress, len(moments)) as report, writer.saving(figure, raw, DOTS):
                for k, moment in enumerate(moments):
                    model.load_state_dict(moment.state)
                    shown = answers(model, X, Y, names, extent, resolution, threshold, as_fitted(model))
                    drawn.clear()
                    dress(drawn, theme)
                    loss = "" if moment.loss is None else f", loss {moment.loss:.4g}"
                    draw(drawn, shown, axes, f"step {moment.step:,}{loss}", theme, said(shown))
                    writer.grab_frame(facecolor=figure.get_facecolor())
                    report(k + 1, len(moments), moment.loss or 0.0)
        finally:
            model.load_state_dict(final)
        with open(raw, "rb") as file:
            write(path, file.read())
    return history


def moments_of(frames: int, steps: int) -> list[int]:
    """The steps after which a picture is taken, besides that before the first: ever further apart, the last included.

    >>> moments_of(5, 100)
    [7, 27, 58, 100]
    """
    return sorted({max(1, round(steps * (k / (frames - 1)) ** 1.9)) for k in range(1, frames)})


def _writable(path: Path) -> None:
    """FileError or SettingError where the GIF could not be written in the end."""
    shown = os.fspath(path)
    if os.path.splitext(shown)[1].lower() != ".gif":
        raise SettingError(f"{shown!r} does not end in .gif, which is what is written")
    folder = os.path.dirname(os.path.realpath(shown))
    if not os.path.isdir(folder) or not os.access(folder, os.W_OK) or os.path.isdir(shown):
        raise FileError(f"{shown!r} cannot be written: its folder is missing or read-only, or a folder has that name")
