"""The benchmarks compare like with like: before anything is timed, both sides are seen to compute the same."""

import json
import math
import shutil
from pathlib import Path

import pytest

from benchmarks import every, table
from benchmarks.peers import library
from benchmarks.rows import Row
from benchmarks.timing import Disagreement, Duel, Side, same, timed

ROWS = ["moons-numpy", "moons-numpy-fast", "moons-c", "gpt-scalars", "nano"]
NEEDS = {"moons-c": "gcc", "nano": "node"}


@pytest.mark.parametrize("name", ROWS)
def test_both_sides_compute_the_same(name: str) -> None:
    needed = NEEDS.get(name)
    if needed is not None and shutil.which(needed) is None:
        pytest.skip(f"{needed} is not installed")
    every.ROWS[name].make().agree()


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [([1.0, 2.0], [1.0, 2.1], "apart"), ([1.0], [1.0, 2.0], "1 numbers here, 2 there"), (math.nan, 1.0, "nan")],
)
def test_other_numbers_are_not_timed(ours: object, theirs: object, said: str) -> None:
    duel = Duel(Side(lambda: ours), Side(lambda: theirs))
    with pytest.raises(Disagreement, match=said):
        duel.agree()
    (row,) = table.measured(Row("r", "work", "other", lambda: duel, 1.0), 0.01)
    assert "differ" in row["wrong"]
    assert "ours" not in row


def test_numbers_agree_to_a_part_of_the_largest() -> None:
    same([1e9, [1.0]], (1e9, 1.5), bound=1e-9)
    with pytest.raises(Disagreement):
        same([1e9, [1.0]], (1e9, 2.5), bound=1e-9)


def test_the_ratio_is_of_our_time_to_theirs() -> None:
    # The clock is the sides' own: ours does a unit in two seconds, the others in eight and in one.
    class Told(Side):
        def seconds(self, calls: int) -> float:
            return float(self.run()) / self.per

    duel = Duel(Told(lambda: 4.0, per=2), Told(lambda: 8.0), (("third", Told(lambda: 1.0)),))
    first, second = timed(duel, 0.0)
    assert (first.ours, first.theirs, first.ratio) == (2.0, 8.0, 0.25)
    assert (second.theirs, second.ratio) == (1.0, 2.0)


def test_what_is_not_installed_is_said_in_its_row() -> None:
    (row,) = table.measured(Row("r", "work", "other", lambda: library("no_such_package"), 1.0), 0.01)
    assert table.cells(row)[:3] == ["work", "other", "no_such_package is not installed"]
    assert table.verdict(row) == ""


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ({"ours": 1.0, "theirs": 4.0, "ratio": 0.25}, "reached"),
        ({"ours": 1.0, "theirs": 1.0, "ratio": 1.0}, "missed"),
        ({"ours": 0.3, "theirs": None, "ratio": None}, "reached"),
        ({"ours": 0.5, "theirs": None, "ratio": None}, "missed"),
    ],
)
def test_a_row_says_whether_its_bound_is_kept(figures: dict[str, float], said: str) -> None:
    row = {"work": "w", "against": "a", "at_most": 0.4, "unit": "s", "limit": "the walls"}
    row |= {"first_ours": 2.0, "first_theirs": None, **figures}
    assert table.verdict(row) == said
    assert said in table.markdown([row])
    assert ("the walls" in table.missed([row])) == (said == "missed")


def test_the_figures_that_the_page_shows_are_of_rows_that_there_are() -> None:
    shown = json.loads(Path(table.FIGURES).read_text("utf-8"))["rows"]
    assert [row["name"] for row in shown if row["at_most"] is not None] == [
        row.name for row in every.ROWS.values() if row.at_most is not None
    ]
