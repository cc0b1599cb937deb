"""The tour: what it trains it reaches, what it tells is true, and its folder comes whole or not at all."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from rich.console import Console

from microgradnn.articles.stories import ARTICLES, Article, Milestone, Target, Trained
from microgradnn.articles.stories.record import Plan
from microgradnn.chain import graph
from microgradnn.drawing import render
from microgradnn.errors import SettingError
from microgradnn.tour import visit as visits
from microgradnn.tour.folder import MARKER, Folder
from microgradnn.tour.guide import guide
from microgradnn.tour.page import page
from microgradnn.tour.visit import Visit, visit

# A thousand samples are enough for the four centres, and leave time for other tests.
SHORT = Plan("quadrants_2_4", {"iterations": 1000})
QUADRANTS_1 = replace(ARTICLES["quadrants_1"], plans={"published": SHORT, "put right": SHORT})


def screen(**how: Any) -> Console:
    return Console(file=io.StringIO(), width=100, **how)


def told(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def silent(way: str) -> Any:
    return lambda done, of: None


@pytest.fixture(scope="module")
def quick() -> Visit:
    return visit(QUADRANTS_1, True, silent)


@pytest.fixture
def trained(quick: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Training takes no time: what came out of it before comes out again, judged anew."""

    def again(way: str) -> Any:
        def train(article: Article, progress: Any, quickly: bool) -> Trained:
            progress(1, 1)
            done = quick.trained[way]
            return replace(done, targets=article.judge(done.result, way == "as published"))

        return train

    monkeypatch.setattr(Article, "train_published", again("as published"))
    monkeypatch.setattr(Article, "train_put_right", again("by autodiff"))


# ---- the whole tour ----


@pytest.fixture(scope="module")
def toured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, bool]:
    """The command itself, as a user runs it: its folder, what it printed, whether it says that all was reached."""
    out = tmp_path_factory.mktemp("tour") / "deep" / "folder"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "COLUMNS": "100"}
    command = [sys.executable, "-m", "microgradnn", "tour", "--quick", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert done.stderr == b""
    return out, done.stdout.decode("utf-8"), done.returncode == 0


class Reader(HTMLParser):
    """What a page consists of: its tags balanced, its links, its ids, its text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        self.links += [str(found[name]) for name in ("href", "src") if name in found]
        self.ids += [str(found["id"])] if "id" in found else []
        if tag == "img":
            self.images.append(found)
        if tag not in {"meta", "img", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


def test_every_network_reaches_its_result(toured: tuple[Path, str, bool]) -> None:
    _, text, met = toured
    assert met
    assert "Every network reached its result." in text
    assert "not reached" not in text.lower()


def test_each_article_is_told(toured: tuple[Path, str, bool]) -> None:
    text = " ".join(toured[1].split())
    for article in ARTICLES.values():
        assert article.title in text
        assert " ".join(article.word.split()) in text
    assert "158.0002" in text  # as the article prints it
    assert "8.4, yes" in text


def test_what_is_piped_holds_no_colours_and_no_bars(toured: tuple[Path, str, bool]) -> None:
    assert "\x1b" not in toured[1]
    assert "━" not in toured[1]


def test_the_page_shows_everything_and_needs_no_network(toured: tuple[Path, str, bool]) -> None:
    out = toured[0]
    html = (out / "index.html").read_text("utf-8")
    reader = read(html)
    assert [i for i in reader.ids if i in ARTICLES] == list(ARTICLES)
    for link in reader.links:
        if link.startswith("#"):
            assert link[1:] in reader.ids
        else:
            assert (out / link).is_file(), link
    assert "http" not in html.replace('"http-equiv"', "")
    assert "<script" not in html
    assert all(image["alt"] for image in reader.images)
    assert len(reader.images) == 24
    files = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
    shown = {f"{kind}/{name}.svg" for kind in ("curves", "graphs") for name in ARTICLES}
    shown |= {f"{kind}/{name}.svg" for kind in ("networks", "folded") for name in ARTICLES}
    shown |= {f"planes/{name}.svg" for name in ARTICLES if name != "nanoneuron"}  # that has one input
    pages = {f"{kind}/{name}.html" for kind in ("diagnoses", "steps", "derivations") for name in ARTICLES}
    scripts = {f"scripts/{name}.py" for name in ARTICLES}
    assert files == shown | pages | scripts | {"index.html", MARKER}
    assert sum((out / file).stat().st_size for file in files) < 3_000_000
    for file in shown:
        ElementTree.parse(out / file)


def test_the_pages_and_the_script_of_a_graph_agree_with_it(toured: tuple[Path, str, bool]) -> None:
    out = toured[0]
    for name, article in ARTICLES.items():
        root = article.graph()
        names: dict[str, Any] = {"__name__": "alone"}
        exec((out / "scripts" / f"{name}.py").read_text("utf-8"), names)
        value, gradients = names["run"]()
        assert value == root.data
        assert len(gradients) == len([node for node in graph(root) if node.op is None])
        derivation = (out / "derivations" / f"{name}.html").read_text("utf-8")
        assert f"{root.data:.4g}"[:5] in derivation
        assert "loss, step by step" in (out / "steps" / f"{name}.html").read_text("utf-8")


def test_the_pictures_show_what_was_learned(quick: Visit) -> None:
    learned = QUADRANTS_1.learned(quick.trained["by autodiff"].result)
    outputs = quick.trained["by autodiff"].result["outputs"]
    for (x, _), expected in zip(learned.samples, outputs, strict=True):
        # The article adds the bias last, a Module first.
        assert [out.data for out in learned.model(x)] == pytest.approx(expected, rel=1e-12)
    assert "4 of 4 points right" in quick.sights.plane
    assert "× 4" in quick.sights.folded
    assert all(team in quick.sights.network for team in learned.outputs)


# What is wrong with each published rule, as the articles' readers and derivatives by hand have it.
FAULTS = {
    "nanoneuron": "rule is right: descent, written as minus the gradient and added.",
    "mikir": "wrong: stale values in hidden_weights, hidden_bias.",
    "mlp_xor": "wrong: wrong point in synapse0, synapse1.",
    "quadrants_1": "wrong: missing local derivative in bias.",
    "quadrants_2": "wrong: ",
}


def test_the_doctor_names_the_faults_and_links_its_report(toured: tuple[Path, str, bool]) -> None:
    out, text, _ = toured
    text = " ".join(text.split())
    index = (out / "index.html").read_text("utf-8")
    for name, fault in FAULTS.items():
        assert fault in text
        assert fault in index
        assert f'href="diagnoses/{name}.html"' in index
        html = (out / "diagnoses" / f"{name}.html").read_text("utf-8")
        reader = read(html)
        assert reader.links == [f"../index.html#{name}"]
        assert fault in html
        assert "The corrected rule is right." in html


def test_the_page_is_made_for_phones_dark_screens_and_paper(toured: tuple[Path, str, bool]) -> None:
    html = (toured[0] / "index.html").read_text("utf-8")
    for part in ('name="viewport"', "prefers-color-scheme:dark", "max-width", "@media print", 'lang="en"'):
        assert part in html


def test_the_same_tour_writes_the_same_bytes(quick: Visit) -> None:
    again = visit(QUADRANTS_1, True, silent)
    assert page([again], True) == page([quick], True)


# ---- one article ----


def test_a_visit_compares_hand_and_autodiff(quick: Visit) -> None:
    # articles/quadrants_1: the weights' derivation is right, the biases' lacks o (1 − o).
    assert {row.where.partition("[")[0]: row.ok for row in quick.rows} == {"weights": True, "bias": False}
    assert quick.corrected
    assert quick.agreement == "8 of 12 numbers of the article's gradient agree. Put right by hand, all agree."
    nanoneuron = replace(quick, rows=quick.rows[:8])
    assert nanoneuron.agreement == "All 8 numbers of the article's gradient agree."


def test_the_graph_of_a_visit_holds_every_parameter_once(quick: Visit) -> None:
    picture = ElementTree.fromstring(quick.graph)
    texts = [t.text for t in picture.iter("{http://www.w3.org/2000/svg}text")]
    for row in quick.rows:
        assert texts.count(row.where) == 1


def test_a_long_list_of_differences_is_cut_on_the_screen_and_says_so(toured: tuple[Path, str, bool]) -> None:
    # articles/quadrants_2: of 46 numbers only the 24 of the output weights are right; the screen shows 6 of 22.
    assert "24 of 46 numbers" in toured[1]
    assert "… and 16 more on the page" in toured[1]


@pytest.mark.usefixtures("trained")
def test_progress_is_shown_on_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    console = screen(force_terminal=True)
    assert guide([QUADRANTS_1], str(tmp_path / "a"), True, console)
    assert "The network reached its result." in told(console)
    assert "━" in told(console)
    assert "\x1b[1m" in told(console)


@pytest.mark.usefixtures("trained")
def test_no_color_is_respected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    console = screen(force_terminal=True)
    assert guide([QUADRANTS_1], str(tmp_path / "a"), True, console)
    assert "\x1b[32m" not in told(console)
    assert "\x1b[1;32m" not in told(console)


@pytest.mark.usefixtures("trained")
def test_a_result_that_is_not_reached_is_said_everywhere(tmp_path: Path) -> None:
    def judge(result: dict[str, Any], published: bool) -> list[Target]:
        return [Target("centres <classified>", "all & four", "none", False)]

    console = screen()
    assert not guide([replace(QUADRANTS_1, judge=judge)], str(tmp_path / "o"), True, console)
    assert "Not reached: quadrants_1." in told(console)
    assert "not reached" in told(console)
    html = (tmp_path / "o" / "index.html").read_text("utf-8")
    assert "✗ not reached" in html
    assert "centres &lt;classified&gt;" in html
    read(html)


@pytest.mark.usefixtures("trained")
def test_wishes_are_told_and_shown(tmp_path: Path) -> None:
    wishing = replace(QUADRANTS_1, wishes=lambda: ["a bias: <0.1 & falling", "[bold]batches"])
    console = screen()
    guide([wishing], str(tmp_path / "o"), False, console)
    assert "a bias: <0.1 & falling" in told(console)
    assert "[bold]batches" in told(console)
    assert "a bias: &lt;0.1 &amp; falling" in (tmp_path / "o" / "index.html").read_text("utf-8")
    hurried = screen()
    guide([wishing], str(tmp_path / "o"), True, hurried)
    assert "batches" not in told(hurried)


@pytest.mark.usefixtures("trained")
def test_without_a_program_that_draws_graphs_come_as_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(render.VARIABLE, raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(render.metadata, "files", lambda name: None)
    console = screen()
    assert guide([QUADRANTS_1], str(tmp_path / "o"), True, console)
    assert (tmp_path / "o" / "graphs" / "quadrants_1.dot").read_text("utf-8").startswith("digraph")
    assert "pip install graphviz-pure" in " ".join(told(console).split())
    reader = read((tmp_path / "o" / "index.html").read_text("utf-8"))
    assert "graphs/quadrants_1.dot" in reader.links
    assert "pip install graphviz-pure" in "".join(reader.text)


def test_milestones_of_both_ways_stand_side_by_side() -> None:
    def kept(*after: int) -> Trained:
        return Trained({}, [], [], [], [Milestone(n, n / 10) for n in after])

    table = visits.milestones({"a": kept(1, 3), "b": kept(2, 3)})
    assert list(table.items()) == [(1, {"a": 0.1}), (2, {"b": 0.2}), (3, {"a": 0.3, "b": 0.3})]


# ---- the folder ----


def contents(path: Path) -> dict[str, str]:
    return {p.relative_to(path).as_posix(): p.read_text("utf-8") for p in sorted(path.rglob("*")) if p.is_file()}


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Path]:
    """A folder that has to look as before when the test is over: no workshop is left in it."""
    yield tmp_path
    assert not [p for p in tmp_path.rglob(".microgradnn-*") if p.name != MARKER]


def test_a_folder_is_written_and_written_anew(here: Path) -> None:
    with Folder(here / "a" / "b") as folder:
        assert not (here / "a").exists()
        folder.write({"index.html": "one", "sub/x.svg": b"two"})
    assert contents(here / "a" / "b") == {"index.html": "one", "sub/x.svg": "two", MARKER: "index.html\nsub/x.svg\n"}
    with Folder(here / "a" / "b") as folder:
        folder.write({"index.html": "three"})
    assert contents(here / "a" / "b") == {"index.html": "three", MARKER: "index.html\n"}


def test_an_empty_folder_is_filled(here: Path) -> None:
    (here / "a").mkdir()
    with Folder(here / "a") as folder:
        folder.write({"x": "1"})
    assert contents(here / "a")["x"] == "1"


def test_a_folder_has_the_permissions_that_new_folders_have(here: Path) -> None:
    (here / "usual").mkdir()
    with Folder(here / "a") as folder:
        folder.write({"x": "1"})
    assert (here / "a").stat().st_mode == (here / "usual").stat().st_mode


def test_what_is_not_ours_is_left_alone(here: Path) -> None:
    (here / "file").write_text("mine")
    (here / "mine").mkdir()
    (here / "mine" / "thesis.tex").write_text("mine")
    with Folder(here / "ours") as folder:
        folder.write({"index.html": "1"})
    (here / "ours" / "notes.txt").write_text("mine")
    (here / "link").symlink_to(here / "nowhere")
    before = contents(here)
    for place, says in {
        "file": "there is a file in its place",
        "file/below/it": "is a file",
        "mine": "it holds 'thesis.tex'",
        "ours": "it holds 'notes.txt'",
        "link": "it is a link",
        "x" * 300: "File name too long",
    }.items():
        with pytest.raises(SettingError, match=says) as refused, Folder(here / place):
            pass
        assert "--out" in str(refused.value)
    assert contents(here) == before


def test_the_folder_one_is_in_is_not_replaced(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "a").mkdir()
    monkeypatch.chdir(here / "a")
    for place in (".", "..", here):
        with pytest.raises(SettingError, match="the folder you are in"), Folder(place):
            pass


def test_a_place_that_cannot_be_written_is_said_before_training(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_only(**_: Any) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "mkdtemp", read_only)
    trained: list[str] = []
    watching = replace(QUADRANTS_1, run=lambda *_: trained.append("trained") or {})
    with pytest.raises(SettingError, match=r"nothing can be written in .*Permission denied"):
        guide([watching], str(here / "o"), True, screen())
    assert trained == []
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ZeroDivisionError()])
def test_a_tour_that_breaks_off_leaves_everything_as_it_was(error: BaseException, here: Path) -> None:
    with Folder(here / "o") as folder:
        folder.write({"index.html": "before"})
    before = contents(here)

    def run(*_: Any) -> dict[str, Any]:
        raise error

    with pytest.raises(type(error)):
        guide([replace(QUADRANTS_1, run=run)], str(here / "o"), True, screen())
    assert contents(here) == before


def test_a_disk_that_fills_up_leaves_everything_as_it_was(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Folder(here / "o") as folder:
        folder.write({"index.html": "before"})
    before = contents(here)

    def full(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    with pytest.raises(SettingError, match="No space left"), Folder(here / "o") as folder:
        monkeypatch.setattr(Path, "write_bytes", full)
        folder.write({"index.html": "after"})
    monkeypatch.undo()
    assert contents(here) == before


def test_a_folder_whose_exchange_fails_comes_back(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Folder(here / "o") as folder:
        folder.write({"index.html": "before"})
    before = contents(here)
    rename = Path.rename

    def second_fails(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise OSError(5, "Input/output error")
        return rename(self, target)

    with pytest.raises(SettingError, match="Input/output"), Folder(here / "o") as folder:
        monkeypatch.setattr(Path, "rename", second_fails)
        folder.write({"index.html": "after"})
    assert contents(here) == before


def test_something_that_appears_meanwhile_is_not_overwritten(here: Path) -> None:
    with pytest.raises(SettingError, match="there is a file in its place"), Folder(here / "o") as folder:
        (here / "o").write_text("mine")
        folder.write({"index.html": "after"})
    assert contents(here) == {"o": "mine"}


def test_the_message_names_the_folder_as_it_was_given(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(here)
    (here / "f").write_text("")
    with pytest.raises(SettingError, match=r"cannot write the folder 'f'"), Folder(os.path.join("f")):
        pass
