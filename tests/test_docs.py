"""The pages in docs/ and the README say what the package does."""

import doctest
from pathlib import Path

import pytest

from docs.make_primitives import page

ROOT = Path(__file__).parent.parent


def test_the_page_of_primitives_is_the_table() -> None:
    shown = (ROOT / "docs" / "primitives.md").read_text("utf-8")
    # A user's own rows, entered by other tests, are not part of it.
    missing = [line for line in shown.splitlines() if line.startswith("| `") and line not in page()]
    assert not missing, "run python docs/make_primitives.py"


@pytest.mark.parametrize("name", ["README.md"])
def test_what_the_pages_show_is_what_happens(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    failed, tried = doctest.testfile(str(ROOT / name), module_relative=False, optionflags=flags)
    assert (failed, tried > 5) == (0, True)
