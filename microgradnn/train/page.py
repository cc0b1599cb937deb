"""What a notebook shows of a training run: its curve, and its epochs as a table that unfolds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from microgradnn.drawing.curves import Series, curves
from microgradnn.drawing.sheet import GAP, Cell, gapped, pre, some, table, unfolding

ROWS = 40  # of the table of epochs


def page(
    text: str, steps: Sequence[float], epochs: Sequence[float], validation: Sequence[float], best: int
) -> Iterator[str]:
    """The lines of HTML that show a history: what it says of itself, its losses, and which epoch was best."""
    yield pre(text)
    losses = epochs or steps
    if not losses:
        return
    series = [Series("training", losses)]
    if validation:
        series.append(Series("validation", validation))
    picture = curves(series, x_label="epoch" if epochs else "step")
    yield f'<div style="max-width:34rem">{_fitting(picture)}</div>'
    if epochs:
        kept, left_out = some(len(epochs), ROWS)
        rows = [(f"{k}{' (best)' if k == best else ''}", _cells(epochs, validation, k)) for k in kept]
        columns = ["epoch", "training", *(["validation"] if validation else [])]
        said = f"{len(epochs):,} epochs" + (f" ({len(kept)} shown)" if left_out else "")
        yield from unfolding(said, table(columns, gapped(rows, (GAP, []), left_out)))


def _fitting(svg: str) -> str:
    """The picture as wide as there is room."""
    return svg.replace("<svg ", '<svg style="width:100%;height:auto" ', 1)


def _cells(epochs: Sequence[float], validation: Sequence[float], k: int) -> list[Cell]:
    found = [epochs[k]]
    if k < len(validation):
        found.append(validation[k])
    return [(f"{loss:.6g}", repr(loss)) for loss in found]
