"""Colours that the colour-blind tell apart, on light and on dark paper.

Source: Okabe and Ito, "Color Universal Design" (2002). Yellow is left out on white (too little contrast).
"""

from typing import NamedTuple

BLUE, VERMILION, GREEN = "#0072B2", "#D55E00", "#009E73"
PURPLE, ORANGE, SKY, YELLOW = "#CC79A7", "#E69F00", "#56B4E9", "#F0E442"

# One curve keeps its hue when the paper turns dark, as far as contrast allows.
LIGHT = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY)
DARK = (SKY, ORANGE, GREEN, PURPLE, YELLOW, VERMILION)

# Drawn in print or seen without colour, the dashes tell the curves apart.
DASHES = ("", "7 3", "2 3", "9 3 2 3", "12 4", "2 2 6 2", "4 4")


class Ink(NamedTuple):
    """The colours of paper, writing and lines."""

    paper: str
    text: str
    quiet: str
    line: str


DAY = Ink(paper="#ffffff", text="#1a1a1a", quiet="#595959", line="#d9d9d9")
NIGHT = Ink(paper="#15181c", text="#e8e8e8", quiet="#a8adb3", line="#3a4046")
