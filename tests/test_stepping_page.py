"""step_through in a browser: what a person who presses, types and points gets to see."""

import math
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from microgradnn import Value, exp, group, kinks, primitive, relu, step_through
from microgradnn.nn import MLP
from microgradnn.ops import TABLE
from tests.pages import browser, opened

chromium = pytest.fixture(scope="module")(browser)
HOSTILE = (
    "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"\'`\\', "a\nb\u2028c", "n\u202eoitcnuf",
    "javascript:alert(1)", "{{data}}", "]]>", "&lt;b&gt;", "\ud800", "\0", "<!--<script>", "${1}", "\ue000",
    "__proto__",
)  # fmt: skip


@pytest.fixture
def show(chromium: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """A function that opens the page of a Value, and leaves it open until the test ends."""
    kept = []

    def show(root: Value, **options: Any) -> Any:
        path = Path(step_through(root, tmp_path / "page.html"))
        kept.append(opened(chromium, path, **options))
        return kept[-1].__enter__()

    yield show
    for each in kept:
        each.__exit__(None, None, None)


def shared() -> tuple[Value, Value]:
    """d = x·x·(x·x + x): x is used three times, and a = x·x twice."""
    x = Value(0.5, label="x")
    a = x * x
    a.label = "a"
    d = a * (a + x)
    d.label = "d"
    return d, x


def network() -> Value:
    random.seed(1)
    loss = (MLP(2, [3, 1])([Value(1.0, label="x1"), Value(-2.0, label="x2")]) - 1.0) ** 2
    loss.label = "loss"
    return loss


def count(page: Any) -> tuple[int, int]:
    at, last = page.inner_text("#count").split(" / ")
    return int(at), int(last)


def text(page: Any, selector: str) -> str:
    """The text of a box of the picture, its lines one after the other."""
    return str(page.text_content(selector)).replace("\u00a0", " ")


def numbers(page: Any, label: str) -> tuple[float, float | None]:
    """The data and the gradient that the card of a node shows, all digits."""
    page.locator(f'.node[aria-label^="{label},"]').first.dispatch_event("focus")
    texts = [text.replace("−", "-") for text in page.locator("#node-facts p").all_inner_texts()]
    data = float(texts[0].removeprefix("data "))
    grad = [text.removeprefix("gradient ") for text in texts if text.startswith("gradient ")]
    return data, float(grad[0]) if grad and grad[0] != "—" else None


def test_forward_computes_one_number_after_the_other(show: Callable[..., Any]) -> None:
    page = show(shared()[0])
    assert count(page) == (0, 3 + 1 + 6)  # three operations, the seed, six operands
    assert "data —" in text(page, '.node[aria-label^="d,"]')
    page.click("#next")
    assert page.locator("#told p").all_inner_texts() == ["a = x·x", "= 0.5·0.5", "= 0.25"]
    assert "data 0.2500" in text(page, '.node[aria-label^="a,"]')
    page.click("#next")
    page.click("#next")
    assert page.locator("#told p").all_inner_texts()[0] == "d = a·v1"
    assert "grad —" in text(page, '.node[aria-label^="d,"]')
    page.click("#back")
    assert "data —" in text(page, '.node[aria-label^="d,"]')


def test_gradients_add_up_edge_by_edge(show: Callable[..., Any]) -> None:
    root, x = shared()
    page = show(root)
    sums = []
    for _ in range(count(page)[1]):
        page.click("#next")
        if page.inner_text("#side").startswith("Backward"):
            sums.append(page.locator("#told p").all_inner_texts()[-1])
    # d = a·v1 and v1 = a + x with a = 0.25, v1 = 0.75: a gets 0.75 and then 0.25, x gets 0.25, then twice 0.5·1.
    assert sums[1:] == [
        "0 + 0.75 = 0.75", "0 + 0.25 = 0.25", "0.75 + 0.25 = 1", "0 + 0.25 = 0.25",
        "0.25 + 0.5 = 0.75", "0.75 + 0.5 = 1.25"
    ]  # fmt: skip
    root.backward()
    assert numbers(page, "x") == (0.5, x.grad) == (0.5, 1.25)
    assert page.locator("#history li").all_inner_texts()[-1] == "step 10: 0.75 + 0.5 = 1.25, from a"
    assert page.locator(".sign text").all_text_contents() == ["1 · 0.5 = 0.5", "0.75 + 0.5 = 1.25"]


def test_slider_and_keys_lead_to_any_step(show: Callable[..., Any]) -> None:
    page = show(shared()[0])
    last = count(page)[1]
    page.keyboard.press("End")
    assert count(page)[0] == last
    assert page.is_disabled("#next")
    page.keyboard.press("Home")
    assert count(page)[0] == 0
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    assert count(page)[0] == 1
    page.fill("#slider", "7")
    assert count(page)[0] == 7
    page.focus("#slider")
    page.keyboard.press("ArrowRight")
    assert count(page)[0] == 8
    assert page.get_attribute("#slider", "aria-valuetext") == "step 8 of 10"


def test_space_plays_and_pauses(show: Callable[..., Any]) -> None:
    page = show(shared()[0])
    page.clock.install()
    page.keyboard.press("Space")
    page.clock.run_for(2500)
    assert count(page)[0] == 2
    page.keyboard.press("Space")
    page.clock.run_for(5000)
    assert count(page)[0] == 2
    page.click("#play")
    page.clock.run_for(60_000)
    assert count(page)[0] == count(page)[1]
    assert page.inner_text("#play") == "Play"


def test_a_changed_leaf_computes_everything_again(show: Callable[..., Any]) -> None:
    page = show(shared()[0])
    page.keyboard.press("End")
    page.click('.node[aria-label^="x,"]')
    assert page.evaluate("document.activeElement.id") == "number"
    page.keyboard.type("-3")
    page.keyboard.press("Enter")
    x = Value(-3.0)
    a = x * x
    d = a * (a + x)
    d.backward()
    assert numbers(page, "x") == (-3.0, x.grad)
    assert numbers(page, "d") == (d.data, 1.0)
    page.click("#reset")
    assert numbers(page, "d")[0] == 0.1875
    assert page.is_disabled("#reset")


def test_plain_numbers_can_be_changed_as_well(show: Callable[..., Any]) -> None:
    x = Value(3.0, label="x")
    root = x**2
    root.label = "r"
    page = show(root)
    page.keyboard.press("End")
    assert page.locator("#told p").nth(1).inner_text() == "∂r/∂x = 2·x = 6"
    page.click(".node.constant")
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    assert page.locator("#told p").nth(1).inner_text() == "∂r/∂x = 27"  # the formula was that of a square
    assert numbers(page, "x") == (3.0, 27.0)


def test_what_is_no_number_changes_nothing(show: Callable[..., Any]) -> None:
    page = show(shared()[0])
    page.click('.node[aria-label^="x,"]')
    for text in ("two", "", "1e"):
        page.fill("#number", text)
        page.locator("#number").dispatch_event("change")
        assert "no number" in page.evaluate("document.getElementById('number').validationMessage")
    for text, data in (("1e-3", 1e-3), ("inf", math.inf), ("−2", -2.0), ("0,5", 0.5)):
        page.fill("#number", text)
        page.locator("#number").dispatch_event("change")
        assert numbers(page, "x")[0] == data


def test_the_slider_of_a_leaf_turns_its_number(show: Callable[..., Any]) -> None:
    page = show(shared()[0])
    page.keyboard.press("End")
    page.click('.node[aria-label^="x,"]')
    page.fill("#turn", "1")
    assert numbers(page, "d")[0] == 2.0


def test_groups_fold_to_one_box_and_unfold(show: Callable[..., Any]) -> None:
    page = show(network())
    every = page.locator(".node:visible").count()
    spots = page.eval_on_selector_all(".node:not(.group)", 'all => all.map((g) => g.innerHTML.match(/ x="[^"]*"/)[0])')
    page.click("#group-list button:has-text('layer0 (')")
    assert page.locator(".node.group:visible").count() == 1
    assert page.locator(".node:visible").count() == every - 15 + 1  # 3 neurons of 3 parameters, a dot and a relu
    assert page.get_attribute("#group-list button:has-text('layer0 (')", "aria-pressed") == "true"
    after = page.eval_on_selector_all(".node:not(.group)", 'all => all.map((g) => g.innerHTML.match(/ x="[^"]*"/)[0])')
    assert after == spots  # nothing jumps
    page.click(".node.group:visible")
    assert page.locator(".node:visible").count() == every
    for folded in (1, 0):
        page.click("#group-list button:has-text('layer1 (')")
        assert page.locator(".node.group:visible").count() == folded
    page.click("#fold-all")
    assert page.locator(".node.group:visible").count() == 1
    # x1, x2 → MLP → − → **, and the two constants: what leads to one box from one box is one arrow.
    assert page.locator(".arrow:not(.hidden)").count() == 6
    steps = 0
    while not page.is_disabled("#next"):
        page.click("#next")
        steps += 1
    assert steps < count(page)[1] / 2  # what happens within a folded group is one step
    page.click("#unfold-all")
    assert page.locator(".node:visible").count() == every


def test_a_users_own_group_folds_from_the_number_in_it(show: Callable[..., Any]) -> None:
    x = Value(2.0, label="x")
    with group("<b>attention</b>"):
        y = (x * 3.0).tanh()
    y.label = "y"
    page = show(y + 1.0)
    page.locator('.node[aria-label^="y,"]').focus()
    page.click("#fold-here")
    assert text(page, ".node.group:visible").startswith("<b>attention</b>")


def test_the_numbers_of_a_network_are_the_engines(show: Callable[..., Any]) -> None:
    root = network()
    page = show(root)
    page.keyboard.press("End")
    root.backward()
    for node in {node for node in root._prev[0]._prev[0]._prev if node.label}:
        data, grad = numbers(page, node.label)
        assert data == node.data
        assert grad == pytest.approx(node.grad, rel=1e-12)


def test_a_kink_in_use_is_marked_and_said(show: Callable[..., Any]) -> None:
    with kinks("middle"):
        x = Value(0.0, label="x")
        root = relu(x)
        root.label = "r"
        page = show(root)
    page.keyboard.press("End")
    assert numbers(page, "x") == (0.0, 0.5)
    assert "rule “middle” chooses 0.5" in page.inner_text("#told")
    assert "^" in text(page, '.node[aria-label^="r,"]')


def test_numbers_that_are_not_finite_are_shown(show: Callable[..., Any]) -> None:
    x = Value(-1.0, label="x")
    root = x.log() * 2.0
    root.label = "r"
    page = show(root)
    page.keyboard.press("End")
    assert "data nan" in text(page, '.node[aria-label^="r,"]')
    page.click('.node[aria-label^="x,"]')
    page.keyboard.type("0")
    page.keyboard.press("Enter")
    assert numbers(page, "r") == (-math.inf, 1.0)
    assert numbers(page, "x") == (0.0, math.inf)
    assert page.locator(".node.alarm").count() == 2


def test_frozen_leaves_and_constants_have_no_gradient(show: Callable[..., Any]) -> None:
    x, w = Value(2.0, label="x"), Value(3.0, label="w")
    w.frozen = True
    page = show(x * w)
    page.keyboard.press("End")
    assert numbers(page, "w") == (3.0, None)
    assert numbers(page, "x") == (2.0, 3.0)


@pytest.mark.parametrize("live", [True, False])
def test_a_leaf_alone_is_a_page_too(show: Callable[..., Any], live: bool) -> None:
    x = Value(2.0, label="x")
    page = show(x if live else x.detach())
    assert count(page) == (0, int(live))
    page.keyboard.press("End")
    assert numbers(page, "x") == (2.0, 1.0 if live else None)


def test_a_primitive_that_cannot_be_followed_is_held_and_said_so(show: Callable[..., Any]) -> None:
    rounded = primitive("rounded_test", lambda x: float(f"{x:.1f}"), lambda x, out: 1.0, check=False)
    sly = primitive("sly_test", lambda x: x * 2 if isinstance(x, float) else x * 3, lambda x, out: 2.0, check=False)
    swish = primitive("swish_test", lambda x: x / (1 + math.exp(-x)), lambda x, out: 1 / (1 + exp(-x)), check=False)
    try:
        x = Value(0.26, label="x")
        a, b, c = rounded(x), swish(x), sly(x)
        a.label, b.label, c.label = "a", "b", "c"
        page = show(a + b + c)
        page.keyboard.press("End")
        page.click('.node[aria-label^="x,"]')
        page.keyboard.type("2")
        page.keyboard.press("Enter")
        assert numbers(page, "a") == (0.3, 1.0)
        assert "held" in page.inner_text("#node-facts")
        assert numbers(page, "c") == (0.52, 1.0)
        assert "another number here" in page.inner_text("#node-facts")
        assert numbers(page, "b")[0] == pytest.approx(2 / (1 + math.exp(-2)), rel=1e-15)
    finally:
        del TABLE["rounded_test"], TABLE["swish_test"], TABLE["sly_test"]


def test_labels_are_shown_and_do_nothing(show: Callable[..., Any]) -> None:
    root = Value(0.0)
    for label in HOSTILE:
        with group(label):
            root = root + Value(1.0, label=label)
    root.label = HOSTILE[0]
    page = show(root)
    for _ in range(count(page)[1]):
        page.keyboard.press("ArrowRight")
    assert page.locator("script").count() == 2
    assert page.locator("img").count() == 0
    seen = "\n".join(page.locator(".node").all_text_contents()) + page.inner_text("body")
    assert not re.search("[\u202e\u2028\0\ud800]", seen)
    assert "n\\u202eoitcnuf" in seen
    shown = seen.replace("\u00a0", " ")
    assert [label for label in HOSTILE if label.isprintable() and label not in shown] == []


def test_nothing_is_wider_than_a_phone(show: Callable[..., Any]) -> None:
    page = show(network(), viewport={"width": 360, "height": 740}, has_touch=True)
    for _ in range(12):
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.tap("#next")
    page.tap("#fold-all")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_dark_and_light(show: Callable[..., Any]) -> None:
    page = show(shared()[0], color_scheme="dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(paper) == "rgb(21, 24, 28)"  # the palette's NIGHT
    page.click("#theme")
    assert page.evaluate(paper) == "rgb(255, 255, 255)"
    page.click("#theme")
    assert page.evaluate(paper) == "rgb(21, 24, 28)"


def test_the_keyboard_reaches_everything(show: Callable[..., Any]) -> None:
    page = show(network())
    reached = []
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.getAttribute('class')"))
    assert reached[0] == "theme"
    assert reached.index("closer") < reached.index("next") < reached.index("slider")
    nodes = page.locator(".node:visible")
    nodes.first.focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == nodes.nth(1).get_attribute(
        "aria-label"
    )
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "number"
    unnamed = """[...document.querySelectorAll("button, input")].filter(
        (x) => !x.hidden && !x.labels?.length && !x.ariaLabel && !x.textContent.trim()).length"""
    assert page.evaluate(unnamed) == 0
    assert page.get_attribute("#now", "aria-live") == "polite"
