"""What step_through says of a step is so: no formula is equated with a number that it does not have."""

from collections.abc import Callable
from typing import Any

import pytest

from microgradnn import Value, kinks, log, relu, tanh, where
from tests.pages import browser, shown, text

chromium = pytest.fixture(scope="module")(browser)
show = pytest.fixture(shown)


def told(page: Any) -> list[str]:
    return list(page.locator("#told p").all_inner_texts())


def labelled(root: Value, label: str) -> Value:
    root.label = label
    return root


def test_outside_the_domain_no_formula_is_shown(show: Callable[..., Any]) -> None:
    page = show(labelled(log(Value(-1.0, label="n")), "r"))
    page.keyboard.press("End")
    assert "∂r/∂n = nan" in told(page)  # and not 1/n, which is −1
    assert "not defined here: log needs x > 0" in told(page)
    page.click('.node[aria-label^="n,"]')
    page.fill("#number", "4")
    page.keyboard.press("Enter")
    assert "∂r/∂n = 1/n = 0.25" in told(page)


def test_where_a_formula_loses_its_digits_only_the_number_is_shown(show: Callable[..., Any]) -> None:
    page = show(labelled(tanh(Value(19.0, label="n")), "r"))
    page.keyboard.press("End")
    assert "∂r/∂n = 1.2557e−16" in told(page)  # tanh′(19) = 4/e³⁸ = 1.2557e-16, and 1 − r² is 0
    page = show(labelled(tanh(Value(0.5, label="n")), "r"))
    page.keyboard.press("End")
    assert "∂r/∂n = 1 − r² = 0.78645" in told(page)


def test_on_a_kink_the_rules_number_stands_alone(show: Callable[..., Any]) -> None:
    with kinks("right"):
        page = show(labelled(relu(Value(0.0, label="n")), "r"))
    page.keyboard.press("End")
    assert "∂r/∂n = 1" in told(page)  # [n > 0] is 0


def test_a_comparison_that_is_not_in_the_graph_is_said_to_be_fixed(show: Callable[..., Any]) -> None:
    p, q = Value(1.0, label="p"), Value(2.0, label="q")
    page = show(labelled(where(p > q, p, q), "r"))
    assert "‡" in text(page, '.node[aria-label^="r,"]')
    page.click("#next")
    assert any(line.startswith("condition fixed at false") for line in told(page))
    page.locator('.node[aria-label^="r,"]').focus()
    assert "condition fixed at false" in page.inner_text("#node-facts")
    held = show(labelled(where(p - q, p, q), "r"))  # this condition is in the graph
    held.click("#next")
    held.click("#next")
    assert "fixed" not in held.inner_text("body")


def test_the_nan_of_infinities_is_marked_where_it_is_born(show: Callable[..., Any]) -> None:
    q = Value(1e200, label="q")
    one, two = labelled(q * q, "one"), labelled(q * q, "two")
    page = show(labelled(one - two, "r") + 1.0)
    page.keyboard.press("End")
    born = page.eval_on_selector_all(".node.born", "all => all.map((g) => g.getAttribute('aria-label').split(',')[0])")
    assert sorted(born) == ["one", "r", "two"]
