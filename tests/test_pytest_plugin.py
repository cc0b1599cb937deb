"""`pytest --microgradnn-docs`: one test for each derivation, which fails with the diagnosis."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.test_pages import LOSS, RIGHT, SETUP, WRONG, cells

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parent.parent
# Where the package is installed, its entry point loads the plugin as well: once is enough.
OURS = (
    "-p",
    "no:microgradnn",
    "-p",
    "microgradnn.pytest_plugin",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:cov",
    "-W",
    "ignore",
)


def files(pytester: pytest.Pytester) -> None:
    pytester.path.joinpath("right.md").write_text(SETUP + LOSS + RIGHT, "utf-8")
    pytester.path.joinpath("wrong.md").write_text(SETUP + LOSS + WRONG + RIGHT, "utf-8")
    code = [block.split("\n", 1)[1].rsplit("```", 1)[0] for block in (SETUP, LOSS, RIGHT)]
    marks = ("setup", "loss", "by_hand")
    sources = [f"# microgradnn: {role}\n{text}" for role, text in zip(marks, code, strict=True)]
    pytester.path.joinpath("book.ipynb").write_text(cells(*sources), "utf-8")
    pytester.path.joinpath("script.py").write_text("\n\n".join(sources), "utf-8")
    pytester.path.joinpath("other.md").write_text("# microgradnn has no marks here", "utf-8")
    pytester.path.joinpath("latin.md").write_bytes(b"caf\xe9")
    pytester.path.joinpath("data.json").write_text("{}", "utf-8")


def test_one_test_for_each_derivation(pytester: pytest.Pytester) -> None:
    files(pytester)
    result = pytester.runpytest_inprocess(*OURS, "--microgradnn-docs", "-v")
    result.assert_outcomes(passed=4, failed=1)
    result.stdout.fnmatch_lines(
        [
            "book.ipynb::by_hand:cell 3:2 PASSED*",
            "right.md::by_hand:11 PASSED*",
            "script.py::by_hand:* PASSED*",
            "wrong.md::by_hand:11 FAILED*",
            "wrong.md::by_hand:16 PASSED*",
            "wrong.md:11: wrong: by_hand: the gradient by hand is wrong in 1 number*",
            "wrong.md:11: b: missing local derivative: *",
        ]
    )
    assert "Traceback" not in result.stdout.str()


def test_nothing_is_collected_or_loaded_without_the_option(pytester: pytest.Pytester) -> None:
    files(pytester)
    assert pytester.runpytest_inprocess(*OURS).ret == pytest.ExitCode.NO_TESTS_COLLECTED
    code = (
        "import sys, microgradnn.pytest_plugin\n"
        "print([m for m in sys.modules if m.startswith(('microgradnn.pages', 'microgradnn.check', 'markdown_it'))])"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout == "[]\n"


def test_what_keeps_a_derivation_from_a_verdict_is_the_message(pytester: pytest.Pytester) -> None:
    write = pytester.path.joinpath
    write("a.md").write_text(SETUP + LOSS + RIGHT.replace("o = s", "o = q"), "utf-8")
    write("b.md").write_text(SETUP.replace("import math", "1 / 0") + LOSS + RIGHT, "utf-8")
    write("c.md").write_text(SETUP + LOSS, "utf-8")
    write("d.md").write_bytes(b"\xff microgradnn")
    result = pytester.runpytest_inprocess(*OURS, "--microgradnn-docs", "--continue-on-collection-errors")
    result.assert_outcomes(failed=2, errors=2)
    result.stdout.fnmatch_lines_random(
        [
            "*a.md:11: by_hand raised NameError at *a.md:12: name 'q' is not defined",
            "*b.md:2: the code raised ZeroDivisionError: division by zero",
            "*c.md:7: no by_hand belongs to this loss*",
            "*d.md is not UTF-8*",
        ]
    )
    assert "Traceback" not in result.stdout.str()


def test_a_file_that_takes_too_long_is_ended_by_the_limit_of_the_option(pytester: pytest.Pytester) -> None:
    pytester.path.joinpath("a.md").write_text(SETUP.replace("import math", "while True: pass") + LOSS + RIGHT, "utf-8")
    result = pytester.runpytest_inprocess(*OURS, "--microgradnn-docs", "--microgradnn-timeout", "1")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["a.md: not done within 1 s; is there an endless loop? (--microgradnn-timeout sets the limit)"]
    )


def test_a_file_is_run_once(pytester: pytest.Pytester) -> None:
    text = SETUP.replace("import math", "import math\nopen('runs', 'a').write('x')") + LOSS + RIGHT + RIGHT
    pytester.path.joinpath("a.md").write_text(text, "utf-8")
    pytester.runpytest_inprocess(*OURS, "--microgradnn-docs").assert_outcomes(passed=2)
    assert pytester.path.joinpath("runs").read_text() == "x"


def test_files_that_are_named_and_have_no_marks_are_passed_over(pytester: pytest.Pytester) -> None:
    pytester.mkdir("docs").joinpath("right.md").write_text(SETUP + LOSS + RIGHT, "utf-8")
    for name, text in (("a.md", b"no marks"), ("b.md", b"microgradnn, and no marks"), ("c.md", b"caf\xe9")):
        pytester.path.joinpath(name).write_bytes(text)
    result = pytester.runpytest_inprocess(*OURS, "--microgradnn-docs", "docs/", "a.md", "b.md", "c.md")
    assert result.ret == pytest.ExitCode.OK
    result.assert_outcomes(passed=1)
    alone = pytester.runpytest_inprocess(*OURS, "--microgradnn-docs", "a.md")
    assert alone.ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_the_command_works_in_this_repository_too() -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--microgradnn-docs",
        "docs",
        "README.md",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "1 passed" in done.stdout


def test_the_entry_point_is_the_plugin() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"microgradnn": "microgradnn.pytest_plugin"}


def test_our_own_pages_are_right(pytester: pytest.Pytester) -> None:
    page = ROOT / "docs" / "checking.md"
    pytester.runpytest_inprocess(*OURS, "-c", os.devnull, "--microgradnn-docs", str(page)).assert_outcomes(passed=1)
