"""step_through in a browser: what a person who presses, types and points gets to see."""

import math
import re
from collections.abc import Callable
from typing import Any

import pytest

from microgradnn import Value, exp, kinks, primitive, relu
from microgradnn.ops import TABLE
from tests.pages import browser, count, network, numbers, shared, shown, text

chromium = pytest.fixture(scope="module")(browser)
show = pytest.fixture(shown)


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


def test_rounded_numbers_add_up_as_they_are_written(show: Callable[..., Any]) -> None:
    x = Value(0.3, label="x")
    root = x.sin() * (x.exp() + x * x) + x.tanh() * x
    page = show(root)
    lines: set[str] = set()
    while not page.is_disabled("#next"):
        page.keyboard.press("ArrowRight")
        lines |= set(page.locator(".sign text").all_text_contents()) - {""}
    assert len(lines) > 15
    for line in lines:
        found = re.fullmatch(r"(\S+) ([·+]) \(?([^)]+)\)? = (\S+)", line.replace("−", "-"))
        assert found is not None, line
        x, y, result = float(found[1]), float(found[3]), float(found[4])
        exact = x * y if found[2] == "·" else x + y
        assert any(float(f"{exact:.{digits}g}") == result for digits in range(5, 10)), line


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
    for wrong in ("two", "", "1e"):
        page.fill("#number", wrong)
        page.locator("#number").dispatch_event("change")
        assert "no number" in page.evaluate("document.getElementById('number').validationMessage")
    for typed, data in (("1e-3", 1e-3), ("inf", math.inf), ("−2", -2.0), ("0,5", 0.5)):
        page.fill("#number", typed)
        page.locator("#number").dispatch_event("change")
        assert numbers(page, "x")[0] == data


def test_the_slider_of_a_leaf_turns_its_number(show: Callable[..., Any]) -> None:
    page = show(shared()[0])
    page.keyboard.press("End")
    page.click('.node[aria-label^="x,"]')
    page.fill("#turn", "1")
    assert numbers(page, "d")[0] == 2.0


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
