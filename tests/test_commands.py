"""draw, explain and step of a user's file: what is written, and what is said of files that do not work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from microgradnn import cli
from microgradnn.commands.source import MODULE, split
from microgradnn.errors import SettingError

FILE = """\
from dataclasses import dataclass
from microgradnn import Value
import beside

print("loading")
w, x = Value(2.0, label="w"), Value(3.0, label="x")
loss = (w * x).tanh()
number = 3.0


@dataclass
class Kept:
    n: int = 2


def made(power=2):
    print("making")
    return (w + beside.one) ** Kept(power).n


def bad():
    return deeper()


def deeper():
    return 1 / 0


def leaving():
    raise SystemExit(3)


def hidden():
    raise ValueError("two\\nlines \\x1b[31m")


def needs(q, r, s=1):
    return q


def nothing():
    pass


if __name__ == "__main__":
    raise AssertionError("the main part is not run")
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_text(FILE)
    (tmp_path / "beside.py").write_text("one = 1.0\n")
    monkeypatch.delitem(sys.modules, "beside", raising=False)
    return tmp_path


def error(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line of an error; nothing is on stdout."""
    out, err = capsys.readouterr()
    assert out == ""
    *before, line = err.splitlines()
    assert set(before) <= {"loading", "making"}
    assert "Traceback" not in err
    return line.removeprefix("microgradnn: ")


def test_a_picture_is_written_and_its_path_printed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = list(sys.path), list(sys.argv)
    assert cli.run(["draw", "a.py:loss"]) == 0
    assert capsys.readouterr() == ("loss.svg\n", "loading\n")
    picture = (here / "loss.svg").read_text("utf-8")
    ElementTree.fromstring(picture)
    assert "tanh" in picture
    assert "7.37" in picture  # dL/dw = 3 (1 - tanh(6)**2) = 7.373e-5: the gradient was computed
    assert (list(sys.path), list(sys.argv)) == before
    assert MODULE not in sys.modules


def test_a_function_is_called_and_the_ending_names_the_format(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["draw", "a.py:made", "--out", "m.mmd", "--depth", "4", "--theme", "dark"]) == 0
    assert capsys.readouterr() == ("m.mmd\n", "loading\nmaking\n")
    assert (here / "m.mmd").read_text("utf-8").startswith("flowchart")


def test_an_explanation_is_printed_in_each_format(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["explain", "a.py:loss", "--wrt", "w"]) == 0
    text = capsys.readouterr().out
    assert "loss = tanh(w·x)" in text
    assert "∂loss/∂w = (1 − loss²)·x" in text
    assert "∂loss/∂x" not in text
    for form, begins in {"latex": r"\begin{aligned}", "markdown": "### Given", "html": "<!DOCTYPE html>"}.items():
        assert cli.run(["explain", "a.py:loss", "--format", form]) == 0
        assert begins in capsys.readouterr().out


def test_a_page_that_steps_through_is_written(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["step", "a.py:loss"]) == 0
    assert capsys.readouterr().out == "loss.html\n"
    assert "loss, step by step" in (here / "loss.html").read_text("utf-8")
    assert cli.run(["step", "a.py:made", "--out", "sub.html"]) == 0
    assert capsys.readouterr().out == "sub.html\n"


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("a.py", "'a.py' is no FILE:NAME"),
        ("a.py:", "is no FILE:NAME"),
        (":loss", "is no FILE:NAME"),
        ("a.py:w[0]", "is no FILE:NAME"),
        ("b.py:loss", "b.py does not exist"),
        ("C:\\b.py:loss", "C:\\b.py does not exist"),
        (".:loss", "cannot be read"),
        ("a\0.py:loss", "cannot be read"),
        ("a.py:lss", "a.py has no 'lss': did you mean loss?"),
        ("a.py:qqqqq", "a.py has no 'qqqqq': there is w, x, loss, made"),
        ("a.py:number", "'number' in a.py is a float: give the name of a Value"),
        ("a.py:Kept", "is the class Kept"),
        ("a.py:needs", "is a function of q, r, and here it is called without arguments"),
        ("a.py:nothing", "nothing() in a.py gave None, and no Value"),
        ("a.py:bad", "a.py:26: the code raised ZeroDivisionError: division by zero (called at a.py:22)"),
        ("a.py:leaving", "a.py:30: the code asked to exit (3)"),
        ("a.py:hidden", "a.py:34: the code raised ValueError: two"),
    ],
)
@pytest.mark.parametrize("command", ["draw", "explain", "step"])
def test_what_does_not_work_is_told_in_one_line(
    command: str, target: str, says: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(here.iterdir())
    assert cli.run([command, target]) == 2
    line = error(capsys)
    assert says in line
    assert line.isprintable()
    assert [path for path in sorted(here.iterdir()) if path.suffix in (".svg", ".html")] == []
    assert set(before) <= set(here.iterdir())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"loss = \n", "c.py:1: this is not Python"),
        (b"x = '\xff'\n", "c.py"),
        (b"loss = 1\0", "c.py"),
        (b"import nowhere_at_all\n", "c.py:1: the code raised ModuleNotFoundError"),
        (b"x = 1\n\nraise KeyError('q')\n", "c.py:3: the code raised KeyError: 'q'"),
        (b"", "it defines no Value and no function"),
        (b"from microgradnn import Value\nx = Value(1.0)\nloss = x * 2\nx.data = 3.0\n", "changed"),
    ],
)
def test_files_that_do_not_run_are_told(text: bytes, says: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "c.py").write_bytes(text)
    assert cli.run(["draw", "c.py:loss"]) == 2
    assert says in error(capsys)


def test_other_kinds_of_files_are_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "n.ipynb").write_text("{}")
    assert cli.run(["explain", "n.ipynb:loss"]) == 2
    assert "n.ipynb is no Python file" in error(capsys)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["draw", "a.py:loss", "--out", "x.gif"], "no ending that names a format"),
        (["draw", "a.py:loss", "--out", "nowhere/x.svg"], "nowhere/x.svg cannot be written"),
        (["draw", "a.py:loss", "--depth", "5"], "--depth"),
        (["step", "a.py:loss", "--out", "x.txt"], ".html"),
        (["explain", "a.py:loss", "--wrt", "q"], "labelled 'q': there is w, x, loss"),
        (["draw"], "FILE:NAME"),
    ],
)
def test_wrong_options_are_told(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(arguments) == 2
    assert says in error(capsys)


@pytest.mark.parametrize("command", ["draw", "explain", "step"])
def test_the_help_says_that_the_file_is_run(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([command, "--help"]) == 0
    assert "THIS RUNS THE FILE" in capsys.readouterr().out


def test_ctrl_c_in_the_file_ends_quietly(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "c.py").write_text("raise KeyboardInterrupt")
    assert cli.run(["draw", "c.py:loss"]) == 130
    assert capsys.readouterr().err == "stopped\n"


def test_a_path_of_windows_keeps_its_colon() -> None:
    assert split("C:\\x.py:loss") == ("C:\\x.py", "loss")
    with pytest.raises(SettingError, match="FILE:NAME"):
        split("C:\\x.py")


def test_progress_is_shown_on_a_terminal_only(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    assert cli.run(["draw", "a.py:loss"]) == 0
    assert "running a.py …" in capsys.readouterr().err


def test_the_output_of_the_file_does_not_mix_with_the_answer(here: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "microgradnn", "explain", "a.py:made", "--format", "html"]
    done = subprocess.run(command, capture_output=True, env=environment, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, "loading\nmaking\n")
    assert done.stdout.startswith("<!DOCTYPE html>")
