"""A slice of the campaign of hostile names (`python -m tests.hostile`), and that the campaign can fail."""

from __future__ import annotations

import re

import pytest

from microgradnn.drawing import shapes, sheet, text
from microgradnn.drawing.formats import mermaid, tex
from tests import hostile


def test_every_piece_and_some_hundred_mixtures_are_shown_and_inert() -> None:
    hostile.campaign(300, seed=1, pictures=0)


def test_some_of_them_as_png() -> None:
    hostile.pngs(hostile.labels(2, 120)[::15])


@pytest.mark.parametrize(
    ("place", "name", "broken"),
    [
        (text, "_ACTING", ()),
        (mermaid, "_ACTING", re.compile("<")),
        (shapes, "xml", str),
        (sheet, "xml", str),
        (tex, "ASCII", {"\\": "\\"}),
    ],
)
def test_without_one_of_the_escapes_it_fails(
    monkeypatch: pytest.MonkeyPatch, place: object, name: str, broken: object
) -> None:
    monkeypatch.setattr(place, name, broken)
    with pytest.raises(AssertionError, match="seed 0"):
        hostile.campaign(150, seed=0, pictures=0)


def test_a_damaged_png_is_noticed() -> None:
    raw = hostile.drawn(["x"]).pipe("png")
    hostile.png(raw)
    with pytest.raises(AssertionError):
        hostile.png(raw[:100] + b"?" + raw[101:])
