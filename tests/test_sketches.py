"""Pictures of networks and boundaries that were looked at stay as they are."""

from __future__ import annotations

import re

import pytest

from tests.sketched import FOLDER, SKETCHES

NUMBER = re.compile(r"-?\d+\.?\d*(?:e[-+]?\d+)?")


@pytest.mark.parametrize("name", SKETCHES)
def test_a_picture_stays_as_it_was_looked_at(name: str) -> None:
    kept, drawn = (FOLDER / name).read_text("utf-8"), SKETCHES[name].make()
    assert drawn == SKETCHES[name].make()
    assert NUMBER.sub("0", drawn) == NUMBER.sub("0", kept)
    # Elsewhere the last digit of sin or tanh may be another, and a coordinate be rounded to the next tenth.
    numbers = [list(map(float, NUMBER.findall(text))) for text in (drawn, kept)]
    assert numbers[0] == pytest.approx(numbers[1], abs=0.11, rel=1e-6)


def test_every_kept_picture_is_compared() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(SKETCHES)
