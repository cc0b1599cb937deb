"""The picture of a decision boundary: what is tinted is what the model answers, the line is where it changes."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest

from microgradnn.data import TEAMS, moons, quadrant_centres, quadrants
from microgradnn.drawing.boundary import boundary
from microgradnn.drawing.contour import Grid, areas, lines
from microgradnn.drawing.field import answers
from microgradnn.drawing.markers import KINDS, marker, pattern
from microgradnn.errors import DataError, NotANumber, SettingError, ShapeError
from microgradnn.nn import MLP

SVG = "{http://www.w3.org/2000/svg}"
GRID = [k / 10 for k in range(-10, 11)]


def size(polygon: list[tuple[float, float]]) -> float:
    """The area within a closed polygon, negative where it runs clockwise (the shoelace formula)."""
    pairs = zip(polygon, polygon[1:] + polygon[:1], strict=True)
    return math.fsum(ax * by - bx * ay for (ax, ay), (bx, by) in pairs) / 2


def texts(picture: str) -> list[str]:
    return [e.text or "" for e in ElementTree.fromstring(picture).iter(f"{SVG}text")]


def divided(above: Callable[[float, float], float]) -> Grid:
    """The plane divided by where a function is above 0: that is class 1."""
    scores = [[[0.0, above(x, y)] for x in GRID] for y in GRID]
    winners = [[-1 if z != z else int(z > 0) for _, z in row] for row in scores]
    return Grid(GRID, GRID, scores, winners)


def length(grid: Grid) -> float:
    return math.fsum(math.dist(a, b) for a, b in lines(grid))


# ---- contours ----


def test_half_a_plane_has_half_its_area_and_one_straight_line() -> None:
    grid = divided(lambda x, y: x + 0.25)
    (outline,) = areas(grid)[1]
    assert size(outline) == pytest.approx(1.25 * 2)
    assert {round(x, 12) for a, b in lines(grid) for x, _ in (a, b)} == {-0.25}
    assert length(grid) == pytest.approx(2)


def test_a_disc_and_its_hole() -> None:
    grid = divided(lambda x, y: 0.64 - x * x - y * y)
    (disc,) = areas(grid)[1]
    assert size(disc) == pytest.approx(math.pi * 0.64, rel=0.01)
    frame, hole = sorted((size(outline) for outline in areas(grid)[0]), reverse=True)
    assert frame == pytest.approx(4)
    assert hole == pytest.approx(-math.pi * 0.64, rel=0.01)
    assert length(grid) == pytest.approx(2 * math.pi * 0.8, rel=0.01)


@pytest.mark.parametrize("count", [2, 3, 4, 7])
def test_the_areas_cover_the_plane_once(count: int) -> None:
    rng = random.Random(count)
    waves = [[rng.uniform(-4, 4) for _ in range(3)] for _ in range(count)]
    scores = [[[math.sin(a * x + b * y + c) for a, b, c in waves] for x in GRID] for y in GRID]
    grid = Grid(GRID, GRID, scores, [[each.index(max(each)) for each in row] for row in scores])
    found = areas(grid)
    assert math.fsum(size(outline) for outlines in found.values() for outline in outlines) == pytest.approx(4)
    assert all(math.fsum(map(size, outlines)) > 0 for outlines in found.values())
    spots = [(rng.uniform(-1, 1), rng.uniform(-1, 1)) for _ in range(200)]
    for spot in spots:
        assert sum(turns(spot, outline) for outlines in found.values() for outline in outlines) == 1


def turns(spot: tuple[float, float], outline: list[tuple[float, float]]) -> int:
    """How often an outline runs round a place, against the clock (the winding number)."""
    x, y = spot
    total = 0
    for (ax, ay), (bx, by) in zip(outline, outline[1:] + outline[:1], strict=True):
        left = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        total += (ay <= y < by and left > 0) - (by <= y < ay and left < 0)
    return total


def test_four_corners_of_four_classes_meet_in_one_point() -> None:
    scores = [[[1.0, 0, 0, 0], [0, 1.0, 0, 0]], [[0, 0, 1.0, 0], [0, 0, 0, 1.0]]]
    grid = Grid([0.0, 1.0], [0.0, 1.0], scores, [[0, 1], [2, 3]])
    assert [size(outline) for outlines in areas(grid).values() for outline in outlines] == [0.25] * 4
    assert {end for _, end in lines(grid)} == {(0.5, 0.5)}
    assert len(list(lines(grid))) == 4


def test_nan_is_on_neither_side() -> None:
    grid = divided(lambda x, y: math.nan if x > 0.55 else 1.0)
    ((outline,),) = areas(grid).values()
    assert size(outline) == pytest.approx(1.5 * 2)
    assert list(lines(grid)) == []


# ---- answers ----


def test_of_several_outputs_the_largest_answers_and_the_first_at_a_tie() -> None:
    X, Y = quadrant_centres()

    def team(x: list[float]) -> list[float]:
        return [-x[0] - x[1], x[0] - x[1], x[1] - x[0], x[0] + x[1]]

    shown = answers(team, X, Y, TEAMS, resolution=4)
    assert shown.points.classes == [0, 1, 2, 3]
    assert shown.points.right == [True] * 4
    assert shown.names == list(TEAMS)
    assert shown.field.threshold is None
    assert shown.field.grid.winners[2][2] == 0  # all outputs are 0 there: the first
    assert sorted({winner for row in shown.field.grid.winners for winner in row}) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("Y", "given", "threshold", "names"),
    [([-1, 1], None, 0.0, ["-1", "1"]), ([0, 1], None, 0.0, ["0", "1"]), ([[0.0], [1.0]], 0.0, 0.0, ["0", "1"])],
)
def test_a_single_output_answers_by_its_threshold(
    Y: Any, given: float | None, threshold: float, names: list[str]
) -> None:
    shown = answers(lambda x: x[0], [[-1.0, 0.0], [1.0, 0.0]], Y, threshold=given, extent=(-1, 1, -1, 1), resolution=8)
    assert shown.field.threshold == threshold
    assert shown.names == names
    assert shown.points.right == [True, True]
    grid = shown.field.grid
    assert grid.winners[0] == [int(x > threshold) for x in grid.xs]


def test_what_can_be_a_probability_is_cut_at_a_half_and_a_logit_at_0() -> None:
    X, Y = [[-1.0, 0.0], [1.0, 0.0]], [0, 1]
    cuts: list[tuple[Any, bool | None, float | None]] = [
        (lambda x: 0.5 + x[0] / 4, None, 0.5),
        (lambda x: 0.5 + x[0], None, 0.0),  # −½ … 1½: no probability
        (lambda x: 0.5 + x[0], False, 0.5),
        (lambda x: 0.5 + x[0] / 4, True, 0.0),
        (lambda x: [0.5 + x[0], 0.5], True, None),
    ]
    for model, logits, threshold in cuts:
        shown = answers(model, X, Y, extent=(-1, 1, -1, 1), resolution=4, logits=logits)
        assert shown.field.threshold == threshold


def test_several_outputs_have_no_threshold_even_if_one_is_given() -> None:
    shown = answers(lambda x: [x[0], 0.2], [[-1.0, 0.0], [1.0, 0.0]], [1, 0], resolution=4, threshold=0.5)
    assert shown.field.threshold is None
    assert shown.points.right == [True, True]


def test_nan_and_infinity_are_answers_of_their_own_kind() -> None:
    def model(x: list[float]) -> list[float]:
        return [math.nan, 0.0] if x[0] < 0 else [math.inf, -math.inf] if x[1] < 0 else [math.inf, math.inf]

    shown = answers(model, [], [], extent=(-1, 1, -1, 1), resolution=2)
    assert shown.field.unanswered == 3
    assert [row[2] for row in shown.field.grid.winners] == [0, 0, 0]  # inf against -inf, and ties: the first
    assert "no answer (nan) at 3 of 9 places" in texts(boundary(model, [], [], extent=(-1, 1, -1, 1), resolution=2))


def test_bad_input_is_told() -> None:
    def model(x: list[float]) -> float:
        return x[0]

    pair = [[0.0, 0.0], [1.0, 1.0]]
    for X, Y, error, words in (
        ([[0.0]], [1], ShapeError, r"X\[0\] has 1 numbers"),
        (pair, [1], ShapeError, "2 points have 1 targets"),
        ([], [], DataError, "say which stretch"),
        ([[math.inf, 0.0]], [1], DataError, "no place in the plane"),
        ([["a", 0.0]], [1], NotANumber, "number"),
        (pair, [[0, 1], [1, 0]], ShapeError, "2 numbers cannot be met"),
    ):
        with pytest.raises(error, match=words):
            boundary(model, X, Y)
    with pytest.raises(DataError, match="class 2, but the model has 2 outputs"):
        boundary(lambda x: x, pair, [0, 2])
    with pytest.raises(DataError, match=r"0\.5; with several outputs"):
        boundary(lambda x: x, pair, [0, 0.5])
    for settings, error in (
        ({"resolution": 1}, SettingError),
        ({"extent": (1, 0, 0, 1)}, SettingError),
        ({"theme": "sepia"}, SettingError),
        ({"names": ["one"]}, ShapeError),
    ):
        with pytest.raises(error):
            boundary(model, pair, [0, 1], **settings)  # type: ignore[arg-type]


# ---- the picture ----


def test_a_model_is_drawn_and_left_alone() -> None:
    X, Y = moons(60, seed=1)
    model = MLP(2, [8, 1], output="sigmoid", rng=1)
    before = model.state_dict()
    picture = boundary(model, X, Y, resolution=24, title="moons")
    assert picture == boundary(model, X, Y, resolution=24, title="moons")
    assert model.state_dict() == before
    assert {"moons", "0", "1", "x", "y", "the boundary is where the output is 0.5"} <= set(texts(picture))
    right = re.search(r"(\d+) of 60 points right", picture)
    assert right
    assert int(right[1]) == sum((model(x).data > 0.5) == (y > 0) for x, y in zip(X, Y, strict=True))


def test_points_have_the_sign_of_their_class_and_a_rim_where_the_model_is_wrong() -> None:
    X, Y = quadrants(40, seed=3)
    picture = ElementTree.fromstring(boundary(lambda x: [0.0, 1.0, 0.0, 0.0], X, Y, names=TEAMS, resolution=4))
    paths = [e for e in picture.iter(f"{SVG}path") if e.get("stroke-width") in ("1", "2")]
    rims = {(e.get("class"), e.get("stroke-width")) for e in paths}
    assert rims == {("f1 s-paper", "1"), *((f"f{c} s-ink", "2") for c in (0, 2, 3))}
    drawn = sum((e.get("d") or "").count("M") for e in paths)
    assert drawn == 40


def test_signs_and_grounds_differ() -> None:
    assert len({marker(c, 0, 0) for c in range(KINDS)}) == KINDS
    assert len({pattern(c, "p", "") for c in range(KINDS)}) == KINDS
    assert marker(KINDS, 0, 0) == marker(0, 0, 0)


def test_a_small_file_whatever_there_is_to_see() -> None:
    def rays(x: list[float]) -> list[float]:
        return [math.cos(math.atan2(x[1], x[0]) - 2 * math.pi * k / 7) for k in range(7)]

    X = [[math.cos(k), math.sin(k)] for k in range(3000)]
    picture = boundary(rays, X, [0] * 3000, extent=(-0.9, 1.1, -1.2, 1.2))
    assert len(picture) < 60_000
    said = texts(picture)
    assert "every 6th point is drawn" in said
    assert any("points lie outside" in text for text in said)
    assert "signs and colours come again after 6 classes" in said


def test_themes_and_names() -> None:
    X = [[0.0, 0.0], [1.0, 1.0]]
    light, dark, auto = (boundary(lambda x: x[0], X, [0, 1], theme=t, resolution=4) for t in ("light", "dark", "auto"))
    assert "prefers-color-scheme" in auto
    assert "prefers-color-scheme" not in light + dark
    assert light != dark
    hostile = boundary(
        lambda x: x[0], X, [0, 1], names=["<b>", "\u202e"], axes=["&", "\n"], title='"</svg>', resolution=4
    )
    assert {"<b>", "\\u202e", "&", "\\n", '"</svg>'} <= set(texts(hostile))


def test_points_of_one_place_have_room_around_them() -> None:
    shown = answers(lambda x: x[0], [[3.0, 0.0]], [1], resolution=2)
    assert shown.field.grid.xs[0] < 3.0 < shown.field.grid.xs[-1]
    assert shown.field.grid.ys[0] < 0.0 < shown.field.grid.ys[-1]
