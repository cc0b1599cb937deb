"""A progress bar where someone watches, or a function that is told."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from microgradnn.errors import SettingError

Report = Callable[[int, int, float], object]
Progress = bool | Report | None


def silent(step: int, steps: int, loss: float) -> None:
    """Nobody is told."""


@contextmanager
def bar(progress: Progress, steps: int) -> Iterator[Report]:
    """What is to be told of each step: its number from 1, how many there will be, and its loss."""
    if progress is None:
        progress = sys.stderr is not None and sys.stderr.isatty()
    if callable(progress):
        yield progress
    elif progress is True:
        with _rich(steps) as report:
            yield report
    elif progress is False:
        yield silent
    else:
        raise SettingError(f"progress is {progress!r}; it is True, False, None, or a function")


@contextmanager
def _rich(steps: int) -> Iterator[Report]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("training"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as shown:
        task = shown.add_task("training", total=steps, loss="")
        yield lambda step, steps, loss: shown.update(task, completed=step, loss=f"{loss:.6g}")
