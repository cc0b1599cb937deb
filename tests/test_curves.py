"""The picture of a curve: what is shown is what was given."""

import math
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgradnn.drawing import axis
from microgradnn.drawing.curves import Series, curves
from microgradnn.drawing.palette import DARK, DAY, LIGHT, NIGHT
from microgradnn.drawing.text import number, shorten, tooltip, visible, xml
from microgradnn.drawing.thin import thin
from microgradnn.errors import SettingError, ShapeError

SVG = "{http://www.w3.org/2000/svg}"
floats = st.floats(width=64)


def texts(svg: str) -> list[str]:
    return [e.text or "" for e in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def lines(svg: str) -> list[str]:
    """The `d` of each drawn curve; legend entries (h36), frame and crosses are left out."""
    found = [e.get("d", "") for e in ElementTree.fromstring(svg).iter(f"{SVG}path") if e.get("fill") == "none"]
    return [d for d in found if "h36" not in d]


def test_a_curve_goes_through_its_points() -> None:
    svg = curves([Series("a", [0.0, 1.0, 0.5])])
    (path,) = lines(svg)
    xs, ys = zip(*(map(float, spot.split()) for spot in path[1:].split("L")), strict=True)
    assert xs[1] - xs[0] == pytest.approx(xs[2] - xs[1], abs=0.11)  # coordinates are rounded to 0.1
    assert ys[0] > ys[2] > ys[1]  # 0 is drawn lowest, that is, with the largest y
    assert ys[2] == pytest.approx((ys[0] + ys[1]) / 2, abs=0.11)


def test_the_scale_fits_the_numbers() -> None:
    assert "loss (log scale)" in texts(curves([Series("a", [1.0, 0.01])]))
    assert "loss" in texts(curves([Series("a", [1.0, 0.02])]))
    assert "loss" in texts(curves([Series("a", [1.0, 0.0])]))
    assert "loss (log scale)" in texts(curves([Series("a", [1.0, 0.5])], scale="log"))
    assert "loss" in texts(curves([Series("a", [1.0, 1e-9])], scale="linear"))
    with pytest.raises(SettingError, match="auto, linear, log"):
        curves([], scale="cubic")


def test_x_and_y_go_in_pairs() -> None:
    with pytest.raises(ShapeError, match=r"2 places .* 3 numbers"):
        curves([Series("a", [1.0, 2.0, 3.0], [0.0, 1.0])])


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_where_a_number_has_no_place_the_curve_breaks_and_says_so(bad: float) -> None:
    svg = curves([Series("a", [3.0, 2.0, bad, bad, 1.0, 0.5])])
    assert len(lines(svg)) == 2
    assert f"a ({bad:g} at 2, 2 such points)" in texts(svg)
    crosses = re.findall(r"l8 8m0 -8l-8 8", svg)
    assert len(crosses) == 2


def test_zero_breaks_a_curve_on_a_logarithmic_axis_only() -> None:
    assert len(lines(curves([Series("a", [1.0, 2.0, 0.0, 1.0, 2.0])], scale="log"))) == 2
    assert len(lines(curves([Series("a", [1.0, 2.0, 0.0, 1.0, 2.0])], scale="linear"))) == 1


def test_a_single_point_is_a_dot_and_nothing_is_an_empty_frame() -> None:
    assert curves([Series("a", [1.0])]).count("<circle") == 1
    assert "<circle" not in curves([])
    assert "a (nan at 0)" in texts(curves([Series("a", [math.nan])]))
    ElementTree.fromstring(curves([Series("none", [])]))


def test_a_peak_among_many_points_is_kept() -> None:
    ys = [1.0] * 100_000
    ys[54_321] = 1.9
    (path,) = lines(curves([Series("a", ys)]))
    assert min(float(spot.split()[1]) for spot in path[1:].split("L")) < 150  # the peak is near the upper edge
    assert len(path) < 40_000


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=400), st.integers(1, 20))
def test_thinning_keeps_ends_extremes_and_order(ys: list[float], columns: int) -> None:
    points = [(float(i), y) for i, y in enumerate(ys)]
    kept = thin(points, columns)
    assert kept[0] == points[0]
    assert kept[-1] == points[-1]
    assert min(y for _, y in kept) == min(ys)
    assert max(y for _, y in kept) == max(ys)
    assert kept == sorted(kept, key=lambda p: p[0])
    assert set(kept) <= set(points)
    assert len(kept) <= max(4 * columns, 1)


def test_thinning_points_at_one_place() -> None:
    assert thin([(1.0, float(i)) for i in range(100)], 3) == [(1.0, 0.0), (1.0, 99.0)]


@given(st.lists(floats, max_size=8), st.sampled_from(["linear", "log", "auto"]))
def test_any_numbers_give_a_picture_with_finite_coordinates(ys: list[float], scale: str) -> None:
    svg = curves([Series("a", ys)], scale=scale)
    ElementTree.fromstring(svg)
    for path in lines(svg):
        for spot in path[1:].split("L"):
            x, y = map(float, spot.split())
            assert 70 <= x <= 705
            assert 0 <= y <= 400


@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=8))
def test_a_linear_axis_holds_its_numbers_between_its_ticks(ys: list[float]) -> None:
    line = axis.linear(ys)
    room = 1e-9 * (abs(line.low) + abs(line.high))  # less than a picture can show
    assert line.ticks[0] <= min(ys) + room
    assert max(ys) - room <= line.ticks[-1]
    assert 2 <= len(line.ticks) <= 10
    assert list(line.ticks) == sorted(set(line.ticks))
    assert all(0.0 <= line.place(y) <= 1.0 for y in ys)


@given(st.lists(st.floats(5e-324, 1.7976931348623157e308), min_size=1, max_size=8))
def test_a_logarithmic_axis_holds_its_numbers(ys: list[float]) -> None:
    line = axis.logarithmic(ys)
    assert line.low <= min(ys)
    assert max(ys) <= line.high
    assert all(0.0 <= line.place(y) <= 1.0 for y in ys)
    assert 2 <= len(line.ticks) <= 9


def test_the_same_curves_give_the_same_bytes_and_42_of_them_differ() -> None:
    many = [Series(f"s{i}", [float(i), 1.0]) for i in range(42)]
    assert curves(many) == curves(many)
    pens = re.findall(r'h36" (class="c\d" [^/]*)/', curves(many))
    assert len(pens) == len(set(pens)) == 42


HOSTILE = [
    "<b>&\"'</b>",
    "]]>",
    "a\nb",
    "\u202ereversed",
    "\x00\x07",
    "\ud800",
    "</svg><script>alert(1)</script>",
    "λ→∞",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_texts_are_shown_and_do_nothing(text: str) -> None:
    svg = curves([Series(text, [1.0, 2.0])], title=text, x_label=text, y_label=text)
    svg.encode("utf-8")
    assert texts(svg).count(visible(text)) == 4
    assert [e.tag for e in ElementTree.fromstring(svg).iter()].count(f"{SVG}script") == 0


@given(st.text(st.characters(), max_size=30))
def test_any_text_is_valid_xml_and_comes_back_visible(text: str) -> None:
    parsed = ElementTree.fromstring(f'<a b="{xml(text)}">{xml(text)}</a>')
    assert (parsed.text or "") == parsed.get("b") == visible(text)


@given(st.text(st.characters(), max_size=30))
def test_any_text_stays_inside_its_dot_quotes(text: str) -> None:
    assert re.fullmatch(r'(?:[^"\\\n]|\\["\\])*', tooltip(text))


def test_shortening_keeps_both_ends() -> None:
    assert shorten("short") == "short"
    long = shorten("model.block0." + "x" * 100 + ".w[13]")
    assert len(long) == 40
    assert long.startswith("model.block0.")
    assert long.endswith(".w[13]")
    assert "…" in long


def test_numbers_are_short_and_hide_nothing() -> None:
    shown = [number(x) for x in (0.0, -0.0, 1 / 3, -1e-9, 1e7, math.inf, -math.inf, math.nan)]
    assert shown == ["0.0000", "-0.0000", "0.3333", "-1e-09", "1e+07", "inf", "-inf", "nan"]


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as the W3C's guidelines define it (WCAG 2.2, "contrast ratio")."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def test_writing_has_the_contrast_that_guidelines_ask_for() -> None:
    for ink in (DAY, NIGHT):
        assert contrast(ink.text, ink.paper) >= 7.0
        assert contrast(ink.quiet, ink.paper) >= 4.5
    assert all(contrast(hue, NIGHT.paper) >= 3.0 for hue in DARK)
    assert all(contrast(hue, DAY.paper) >= 2.0 for hue in LIGHT)
