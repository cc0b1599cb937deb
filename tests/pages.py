"""Pages opened in a browser without a window; where there is none, the tests that need one say so and are skipped."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

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
