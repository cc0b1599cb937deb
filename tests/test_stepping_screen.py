"""step_through on a screen: folding, names that would do harm, phones, the dark, and the keyboard."""

import random
import re
from collections.abc import Callable
from typing import Any

import pytest

from microgradnn import Value, group
from microgradnn.nn import MLP
from tests.pages import browser, count, network, shared, shown, text

chromium = pytest.fixture(scope="module")(browser)
show = pytest.fixture(shown)
HOSTILE = (
    "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"\'`\\', "a\nb\u2028c", "n\u202eoitcnuf",
    "javascript:alert(1)", "{{data}}", "]]>", "&lt;b&gt;", "\ud800", "\0", "<!--<script>", "${1}", "\ue000",
    "__proto__",
)  # fmt: skip


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


IN_VIEW = """() => {
  const pane = document.getElementById("pane").getBoundingClientRect();
  return [...document.querySelectorAll(".node:not(.hidden) .shape")].every((e) => {
    const box = e.getBoundingClientRect();
    return box.left >= pane.left && box.right <= pane.right && box.top >= pane.top && box.bottom <= pane.bottom;
  });
}"""


def test_a_large_graph_opens_folded_and_whole(show: Callable[..., Any]) -> None:
    random.seed(2)
    loss = (MLP(2, [9, 2, 1])([Value(1.0, label="x1"), Value(-2.0, label="x2")]) - 1.0) ** 2
    page = show(loss, viewport={"width": 1300, "height": 800})
    assert page.locator(".node.group:visible").count() >= 1
    assert page.evaluate(IN_VIEW)
    page.click("#unfold-all")
    page.click("#closer")
    page.click("#fold-all")
    assert page.evaluate(IN_VIEW)  # the result among them


def test_what_is_folded_unfolds_level_by_level_and_keeps_the_focus(show: Callable[..., Any]) -> None:
    page = show(network())
    page.click("#fold-all")
    page.keyboard.press("End")
    box = page.locator(".node.group:visible")
    assert box.get_attribute("aria-expanded") == "false"
    # What the network gave, and its gradient, before it is unfolded.
    assert re.fullmatch(
        r"MLP, folded, data \S+, grad \S+, \d+ numbers; press to unfold", box.get_attribute("aria-label")
    )
    for told in ("layer0", "neuron0"):
        page.locator(".node.group:visible").first.focus()
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith(f"{told}, folded")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.matches('.node:not(.group):not(.hidden)')")


def test_a_bad_number_is_told_in_words_and_a_good_one_with_its_result(show: Callable[..., Any]) -> None:
    page = show(shared()[0])
    page.click('.node[aria-label^="x,"]')
    assert page.get_attribute("#number", "aria-describedby") == "said"
    assert page.get_attribute("#said", "role") == "status"
    for wrong, what in (
        ("0x10", "“0x10” is no number"),
        ("1/2/3", "“1/2/3” is no number"),
        ("", "Nothing stands here"),
    ):
        page.fill("#number", wrong)
        page.keyboard.press("Enter")
        assert what in page.inner_text("#said")
        assert "x stays 0.5" in page.inner_text("#said")
    page.fill("#number", "1/4")
    page.keyboard.press("Enter")
    assert page.inner_text("#said") == "x is 0.25 now, and d = 0.019531"  # ¼²·(¼² + ¼) = 5/256
