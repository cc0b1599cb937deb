"""The command line: help, versions, and errors that are one line long and leave nothing behind."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

import microgradnn
from microgradnn import cli
from microgradnn.articles.stories import ARTICLES
from microgradnn.errors import Divergence
from microgradnn.tour import guide

NAMES = ["nanoneuron", "mikir", "mlp_xor", "quadrants_1", "quadrants_2"]


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The tour replaced by one that notes what it was asked for and reaches everything."""
    calls: list[Any] = []

    def stand_in(articles: Any, out: str, quick: bool) -> bool:
        calls.append(([article.name for article in articles], out, quick))
        return True

    monkeypatch.setattr(guide, "guide", stand_in)
    return calls


def raising(error: BaseException) -> Callable[..., bool]:
    def stand_in(*_: Any) -> bool:
        raise error

    return stand_in


def one_line(text: str) -> str:
    assert text.count("\n") == 1
    assert text.endswith("\n")
    return text


def test_help_of_the_program_and_of_the_tour(capsys: pytest.CaptureFixture[str]) -> None:
    shown = []
    for arguments in ([], ["--help"], ["-h"]):
        assert cli.run(arguments) == 0
        shown.append(capsys.readouterr().out)
    assert shown[0] == shown[1] == shown[2]
    assert "tour" in shown[0]
    assert cli.run(["tour", "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    for word in ("--out", "--quick", "--only", *NAMES, "exit status"):
        assert word in text


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--version"]) == 0
    assert capsys.readouterr().out == f"microgradnn {microgradnn.__version__}\n"


def test_the_tour_gets_what_it_was_asked_for(seen: list[Any]) -> None:
    assert cli.run(["tour"]) == 0
    assert cli.run(["tour", "--quick", "--only", "mikir", "--out", "here", "--only", "nanoneuron"]) == 0
    assert seen == [(NAMES, "microgradnn-tour", False), (["nanoneuron", "mikir"], "here", True)]
    assert list(ARTICLES) == NAMES


def test_results_that_were_not_reached_give_status_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guide, "guide", lambda *_: False)
    assert cli.run(["tour"]) == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["tour", "--only", "perceptron"], NAMES),
        (["tour", "--only"], ["--only"]),
        (["tour", "--quik"], ["--quik", "--quick"]),
        (["tour", "extra"], ["extra"]),
        (["detour"], ["detour", "--help"]),
        (["--nonsense"], ["--nonsense"]),
    ],
)
def test_a_wrong_call_is_told_in_one_line(
    arguments: list[str], says: list[str], seen: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert all(word in one_line(err) for word in says)
    assert seen == []


def test_an_error_of_the_package_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(guide, "guide", raising(Divergence("the loss\nis nan: lower lr")))
    assert cli.run(["tour"]) == 2
    assert capsys.readouterr().err == "microgradnn: the loss is nan: lower lr\n"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_ctrl_c_ends_quietly(
    error: BaseException, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(guide, "guide", raising(error))
    assert cli.run(["tour"]) == 130
    assert capsys.readouterr().err == "stopped\n"


def test_a_fault_of_our_own_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guide, "guide", raising(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        cli.run(["tour"])


def test_main_hands_the_status_to_the_shell(monkeypatch: pytest.MonkeyPatch, seen: list[Any]) -> None:
    monkeypatch.setattr(sys, "argv", ["microgradnn", "tour", "--only", "mikir"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0
    assert seen[0][0] == ["mikir"]


def test_a_terminal_without_our_signs_shows_others(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    monkeypatch.setattr(guide, "guide", lambda *_: not print("70 °C → ∂"))
    assert cli.run(["tour"]) == 0
    assert raw.getvalue() == b"70 ?C ? ?\n"


def start(*arguments: str, **how: Any) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", "microgradnn", *arguments]
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, **how)


def test_python_dash_m_is_the_command(tmp_path: Path) -> None:
    process = start("tour", "--only", "nobody", cwd=tmp_path)
    out, err = process.communicate()
    assert (process.returncode, out) == (2, b"")
    assert b"'nobody' is not one of" in err
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    process = start("tour", "--only", "quadrants_1", "--quick", cwd=tmp_path)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 141
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device that is always full is Linux's")
def test_output_that_cannot_be_written() -> None:
    with open("/dev/full", "wb") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "microgradnn", "--help"], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert ended.returncode == 2
    assert "the output cannot be written" in one_line(ended.stderr.decode())
