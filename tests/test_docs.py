"""The pages in docs/ and the README say what the package does."""

import doctest
import importlib
import re
from pathlib import Path
from types import ModuleType

import pytest

from docs import make_compiler
from docs.make_primitives import page
from microgradnn.pages.command import check_files

ROOT = Path(__file__).parent.parent


def test_the_page_of_primitives_is_the_table() -> None:
    shown = (ROOT / "docs" / "primitives.md").read_text("utf-8")
    assert shown == page(), "run python docs/make_primitives.py"


def test_the_page_of_the_compiler_is_what_it_prints() -> None:
    shown = (ROOT / "docs" / "compiler.md").read_text("utf-8")
    assert shown == make_compiler.page(), "run python -m docs.make_compiler"


def test_the_names_that_the_readme_lists_exist() -> None:
    rows = re.findall(r"^\| (`.*?) \| (.*) \|$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert len(rows) == 8
    for where, what in rows:
        named = [f"microgradnn{path.removeprefix('microgradnn')}" for path in re.findall("`(.*?)`", where)]
        modules = [importlib.import_module(path) for path in named]
        for name in re.findall(r"`(\w+)(?:\(.*?\))?`", what):
            assert name == "golden" or any(hasattr(module, name) for module in (*modules, *named_below(modules))), name


def named_below(modules: list[ModuleType]) -> list[object]:
    """The modules' own modules: `run` is a function of every article."""
    return [part for module in modules for part in vars(module).values() if isinstance(part, ModuleType)]


def test_the_readme_leads_to_every_page() -> None:
    linked = set(re.findall(r"\(docs/(\w+\.md)\)", (ROOT / "README.md").read_text("utf-8")))
    assert linked == {page.name for page in (ROOT / "docs").glob("*.md")}


@pytest.mark.parametrize("name", ["README.md", "docs/compiler.md", "docs/drawing.md"])
def test_what_the_pages_show_is_what_happens(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    failed, tried = doctest.testfile(str(ROOT / name), module_relative=False, optionflags=flags)
    assert (failed, tried > 5) == (0, True)


def test_what_the_page_on_articles_shows_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (ROOT / "docs" / "checking.md").read_text("utf-8")
    _, article, *_ = re.split(r"^````(?:markdown)?$\n", page, flags=re.MULTILINE)
    _, said, *_ = re.split(
        r"^```(?:console)?$\n\$ microgradnn check article.md\n|^```$", page.split(article)[1], flags=re.MULTILINE
    )
    monkeypatch.chdir(tmp_path)
    Path("article.md").write_text(article, "utf-8")
    assert check_files(["article.md"], 60.0, as_json=False) == 1
    printed = capsys.readouterr()
    assert printed.err == ""
    # The page's lines are folded, and the last digit depends on the system's exp.
    shown, told = (re.sub(r"explained to \S+ on", "explained", text).split() for text in (said, printed.out))
    assert shown == told
