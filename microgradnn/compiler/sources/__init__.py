"""Programs as text that runs alone, or is read."""

from __future__ import annotations

from collections.abc import Callable

from microgradnn.compiler.layout import Layout
from microgradnn.compiler.sources import arrays, c, listing, python
from microgradnn.errors import SettingError

KINDS: dict[str, Callable[[Layout], str]] = {
    "python": python.source, "numpy": arrays.source, "c": c.source, "program": listing.source,
}  # fmt: skip


def source(layout: Layout, kind: str) -> str:
    """The program as Python, as Python with numpy, as C, or as a list of its instructions ("program")."""
    if kind not in KINDS:
        raise SettingError(f"source({kind!r}): there is {', '.join(map(repr, KINDS))}")
    return KINDS[kind](layout)
