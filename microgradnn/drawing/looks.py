"""How each kind of box looks: its shape tells it apart without colour, its colours on light and on dark paper."""

from __future__ import annotations

from typing import NamedTuple

from microgradnn.drawing.palette import DAY, NIGHT, ORANGE, SKY, Ink

SHAPES = {
    "operation": 'shape=box style="rounded,filled"',
    "parameter": 'shape=hexagon style=filled margin="0.02,0.02"',
    "input": 'shape=ellipse style=filled margin="0.02,0.02"',
    "constant": "shape=note style=filled",
    "group": "shape=folder style=filled",
}


class Paper(NamedTuple):
    """Colours of one theme: of paper and writing, of what asks to be looked at, and of each kind of box."""

    ink: Ink
    alarm: str
    boxes: dict[str, tuple[str, str]]  # fill and line


LIGHT = Paper(
    DAY,
    "#b34700",
    {
        "operation": ("#e8f1f8", "#0072B2"),
        "parameter": ("#fdf1dc", "#b97800"),
        "input": ("#e3f4ee", "#007f5c"),
        "constant": ("#f4f4f4", DAY.quiet),
        "group": ("#f8eef4", "#a03c78"),
    },
)
DARK = Paper(
    NIGHT,
    "#ff8a3d",
    {
        "operation": ("#10293b", SKY),
        "parameter": ("#33270d", ORANGE),
        "input": ("#0c2e26", "#35c9a3"),
        "constant": ("#24292e", NIGHT.quiet),
        "group": ("#33192a", "#e39ac6"),
    },
)
PAPERS = {"light": LIGHT, "dark": DARK, "auto": LIGHT}  # auto: light, and dark by a rule in the SVG
