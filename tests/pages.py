"""Pages opened in a browser without a window; where there is none, the tests that need one say so and are skipped."""

import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from microgradnn import Value, step_through
from microgradnn.nn import MLP

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)


def browser() -> Iterator[Any]:
    """Chromium, driven by Playwright."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="no Playwright here: pip install microgradnn[browser]"
    )
    with playwright.sync_playwright() as play:
        try:
            chromium = play.chromium.launch(executable_path=CHROMIUM)
        except playwright.Error as problem:
            pytest.skip(f"no Chromium that starts here ({problem.message.splitlines()[0]})")
        yield chromium
        chromium.close()


@contextmanager
def opened(browser: Any, path: Path, **options: Any) -> Iterator[Any]:
    """The page of a file, in a browser that is offline; nothing may be complained of, nothing asked of a network."""
    complaints: list[str] = []
    asked: list[str] = []
    context = browser.new_context(offline=True, **options)
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: (complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.goto(path.as_uri())
    page.wait_for_selector("html.ready", timeout=10_000)
    yield page
    assert complaints == []
    assert asked == [path.as_uri()]
    context.close()


def shown(chromium: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """A function that opens the page of a Value, and leaves it open until the test ends."""
    kept = []

    def show(root: Value, **options: Any) -> Any:
        path = Path(step_through(root, tmp_path / "page.html"))
        kept.append(opened(chromium, path, **options))
        return kept[-1].__enter__()

    yield show
    for each in kept:
        each.__exit__(None, None, None)


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


def shared() -> tuple[Value, Value]:
    """d = x·x·(x·x + x): x is used three times, and a = x·x twice."""
    x = Value(0.5, label="x")
    a = x * x
    a.label = "a"
    d = a * (a + x)
    d.label = "d"
    return d, x
