"""Pictures that were looked at stay as they are: to the byte where the same program draws, else in what they say."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from microgradnn import draw
from tests.drawn import FOLDER, PICTURES, file, renderer

SVG = "{http://www.w3.org/2000/svg}"


def said(svg: bytes) -> list[tuple[str, str, list[str]]]:
    """Every box and arrow: its kind, its title, its words; places and lines are the drawing program's affair."""
    found = []
    for g in ElementTree.fromstring(svg).iter(f"{SVG}g"):
        words = [" ".join((t.text or "").split()) for t in g.iter(f"{SVG}text")]
        if g.get("class") in ("node", "edge"):
            found.append((g.get("data-kind", ""), str(g.findtext(f"{SVG}title")), words))
    return sorted(found)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_stays_as_it_was_looked_at(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parent.parent)  # lines of files are said relative to here
    kept = (FOLDER / f"{name}.svg").read_bytes()
    svg = draw(PICTURES[name].root(), **PICTURES[name].settings).pipe()
    assert said(svg) == said(kept)
    if f"Drawn by {renderer()}.".encode() in kept:
        assert file(name, svg) == kept


def test_every_kept_picture_is_compared() -> None:
    assert sorted(path.stem for path in FOLDER.iterdir()) == sorted(PICTURES)
