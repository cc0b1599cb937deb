"""The call-outs of step_through: each lies on what it speaks of, and the names stay to be read."""

from collections.abc import Callable
from typing import Any

import pytest

from microgradnn import Value
from tests.pages import browser, count, network, shown

chromium = pytest.fixture(scope="module")(browser)
show = pytest.fixture(shown)
# Names (a line of text in a box) that a sign covers; whether the product lies on the arrow in use, the sum on the
# box that gains, and neither on the other.
SEEN = """() => {
  const rect = (e) => e.getBoundingClientRect();
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const [product, total] = [...document.querySelectorAll(".sign")]
    .filter((g) => g.getAttribute("visibility") !== "hidden").map((g) => rect(g.querySelector("rect")));
  if (!total) return null;
  const names = [...document.querySelectorAll(".node:not(.hidden) text:first-of-type")].filter((e) => e.textContent);
  const covered = names.filter((e) => [product, total].some((sign) => meet(sign, rect(e)))).map((e) => e.textContent);
  const arrow = document.querySelector(".arrow.now:not(.hidden)"), length = arrow.getTotalLength();
  const at = (k) => arrow.getPointAtLength((length * k) / 100).matrixTransform(arrow.getScreenCTM());
  const on = [...Array(101).keys()].map(at).some(({ x, y }) =>
    x > product.left && x < product.right && y > product.top && y < product.bottom);
  const gains = meet(total, rect(document.querySelector(".node.now .shape")));
  return { covered, on, gains, apart: !meet(product, total) };
}"""


def demo() -> Value:
    """The first graph of micrograd's lecture."""
    a, b, c, f = (Value(x, label=label) for x, label in ((2.0, "a"), (-3.0, "b"), (10.0, "c"), (-2.0, "f")))
    e = a * b
    e.label = "e"
    d = e + c
    d.label = "d"
    root = d * f
    root.label = "L"
    return root


def digits() -> Value:
    """Products and sums that need many digits, and three arrows that leave one box."""
    s = Value(0.2813123, label="s")
    t = (s.sin() * s.exp() + s).tanh() * s
    t.label = "t"
    return t


@pytest.mark.parametrize("make", [demo, digits, network])
def test_signs_lie_on_what_they_speak_of(show: Callable[..., Any], make: Callable[[], Value]) -> None:
    page = show(make(), viewport={"width": 1300, "height": 800})
    if make is network:
        page.click("#unfold-all")
    told = 0
    for step in range(count(page)[1]):
        page.click("#next")
        seen = page.evaluate(SEEN)
        if seen is not None:
            told += 1
            assert seen == {"covered": [], "on": True, "gains": True, "apart": True}, (
                f"{make.__name__}, step {step + 1}"
            )
    assert told >= 6
