"""Derivations in articles: marks, pairs, the process that runs them, and the command `microgradnn check`."""

from __future__ import annotations

import json
import math
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from microgradnn import cli
from microgradnn.errors import FileError, SettingError
from microgradnn.pages import child, process
from microgradnn.pages.blocks import Place
from microgradnn.pages.command import check_files
from microgradnn.pages.pairs import derivations
from microgradnn.pages.process import check
from microgradnn.pages.reading import read
from microgradnn.pages.result import Checked, page
from microgradnn.pages.run import run
from microgradnn.pages.telling import groups, strict, told, wrapped

ROOT = Path(__file__).parent.parent
Write = Callable[[str, str], str]

SETUP = """\
```python microgradnn setup
import math
from microgradnn import sigmoid
def s(z): return 1 / (1 + math.exp(-z))
```
"""
LOSS = """\
```python microgradnn loss
def loss(w=0.3, b=-0.1, x=2.0, y=1.0):
    return (sigmoid(w * x + b) - y) ** 2 / 2
```
"""
RIGHT = """\
```python microgradnn by_hand
def by_hand(w, b, x, y):
    o = s(w * x + b)
    return {"w": (o - y) * o * (1 - o) * x, "b": (o - y) * o * (1 - o)}
```
"""
WRONG = RIGHT.replace('"b": (o - y) * o * (1 - o)', '"b": o - y')  # lacks the slope of the sigmoid


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    monkeypatch.chdir(tmp_path)

    def written(name: str, text: str) -> str:
        (tmp_path / name).write_bytes(text.encode())
        return name

    return written


def cells(*sources: Any) -> str:
    """A notebook of format 4."""
    return json.dumps(
        {"nbformat": 4, "cells": [{"cell_type": "code", "source": source} for source in sources], "metadata": {}}
    )


def found(file: str) -> list[tuple[str, int, int]]:
    """Title, line of the loss and line of by_hand of each derivation."""
    return [(each.title, each.loss.place.line, each.by_hand.place.line) for each in derivations(read(file))]


def doctor(loss: Any, by_hand: Any, at: Any = None, **more: Any) -> Any:
    """A stand-in that tells what it was given, and finds right what says so."""
    said = f"{loss('loss')} {by_hand('hand')} {at} {sorted(more)}"
    ok = "wrong" not in said
    return SimpleNamespace(ok=ok, summary=said, to_dict=lambda: {"findings": []}, text=lambda: said)


# ---- Markdown ----


def test_marks_of_every_form(write: Write) -> None:
    file = write(
        "a.md",
        "# Title\r\n\r\n```python\nprint('not marked')\n```\n"
        "```python microgradnn loss one\nloss = lambda w: w\n```\n"
        "> 1. quoted, in a list\n>    ~~~{.python .microgradnn .by_hand}\n>    def helper(): ...\n"
        ">    def grad(w): ...\n>    ~~~\n"
        '```py title="b" microgradnn: at\n{"w": 1.0}\n```\n'
        "```\n\n# microgradnn: loss two\ndef loss(w): ...\n```\n"
        "```Python\n#microgradnn:by_hand two\ndef by_hand(w): ...\ndef after(w): ...\n```\n"
        "    ```python microgradnn loss\n    an indented block shows a fence\n"
        "\n````\n```python microgradnn nonsense\n```\n````\n",
    )
    blocks = read(file)
    assert [(block.role, block.name, block.place.line) for block in blocks] == [
        ("loss", "one", 6),
        ("by_hand", "", 10),
        ("at", "", 14),
        ("loss", "two", 17),
        ("by_hand", "two", 22),
    ]
    assert found(file) == [("one", 7, 12), ("two", 20, 24)]
    at = derivations(blocks)[0].at
    assert at is not None
    assert (at.variable, at.place.line) == (None, 15)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("```python microgradnn\n1\n```", "a.md:1: the mark names no role; write one of setup, loss, by_hand"),
        ("\n```python microgradnn by-hand\n1\n```", "a.md:2: the role 'by-hand' does not exist"),
        ("```python microgradnn loss a b\n1\n```", "a.md:1: a mark is a role and at most one name"),
        ("```js microgradnn loss\n1\n```", "a.md:1: the marked block is 'js', and only Python"),
        ("```python microgradnn loss\n\ndef f(:\n```", "a.md:3: this is not Python"),
        ("```python microgradnn loss\nx = 1\x00\n```", "a.md:"),
        ("```python microgradnn loss\nimport math\n```", "a.md:1: the block marked loss defines no function"),
        ("```python microgradnn at\npass\n```", "there is no loss in this file for the at"),
        (RIGHT, "a.md:1: there is no loss in this file for the by_hand"),
        (LOSS, "a.md:2: no by_hand belongs to this loss"),
        (LOSS + RIGHT.replace("by_hand\n", "by_hand two\n", 1), "there is no loss called 'two'"),
        (LOSS + RIGHT + "```python microgradnn at\npass\n```", "the block marked at defines no value"),
        (LOSS + RIGHT + "```python microgradnn at\n1\n```\n" * 2, "a.md:14: the loss at a.md:2 has a second at"),
        ("```python microgradnn check\ndef loss(): ...\n```", "and by_hand is missing"),
    ],
)
def test_a_mark_that_makes_no_sense_is_told_with_its_line(text: str, says: str, write: Write) -> None:
    with pytest.raises(FileError) as told:
        derivations(read(write("a.md", text)))
    assert says in str(told.value)


def test_a_derivation_belongs_to_the_nearest_loss_above_or_the_first_below(write: Write) -> None:
    def block(role: str) -> str:
        return f"```python microgradnn {role}\nf = lambda *_: 0\n```\n"  # three lines

    file = write("a.md", "".join(map(block, ["by_hand", "loss", "by_hand", "by_hand", "loss a", "loss b", "by_hand"])))
    with pytest.raises(FileError, match="no by_hand belongs to this loss"):
        derivations(read(file))
    file = write(
        "a.md", "".join(map(block, ["by_hand", "loss", "by_hand", "loss a", "loss b", "by_hand", "by_hand a"]))
    )
    assert found(file) == [("f", 5, 2), ("f", 5, 8), ("b", 14, 17), ("a", 11, 20)]


# ---- notebooks ----


def test_the_marked_cells_of_a_notebook(write: Write) -> None:
    file = write(
        "a.ipynb",
        cells(
            "print('not marked')",
            ["# microgradnn: setup\n", "%matplotlib inline\n", "!ls\n", "import math\n"],
            "# microgradnn: check\n\ndef loss(w): ...\n\ndef by_hand(w): ...\nat = {'w': 1.0}",
        ),
    )
    assert [str(each.place) for each in derivations(read(file))] == ["a.ipynb:cell 3:5"]
    page = run(file, doctor=lambda loss, by_hand, at: doctor(lambda _: loss(1.0), lambda _: 0, at))
    assert page.error == ""
    assert page.derivations[0].summary == "None 0 {'w': 1.0} []"
    assert page.derivations[0].to_dict()["cell"] == 3


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "a.ipynb is no notebook: its JSON is broken"),
        ("[" * 100_000, "a.ipynb is no notebook"),
        ('{"worksheets": []}', "no notebook of format 4"),
        ("[]", "no notebook of format 4"),
        (cells(3), "a.ipynb:cell 1: the source of a cell is text"),
        (cells("pass", "# microgradnn: loss\nf(:"), "a.ipynb:cell 2:2: this is not Python"),
    ],
)
def test_a_broken_notebook(text: str, says: str, write: Write) -> None:
    with pytest.raises(FileError) as told:
        read(write("a.ipynb", text))
    assert says in str(told.value)


def test_what_is_no_code_is_passed_over(write: Write) -> None:
    text = json.dumps({"cells": [{"cell_type": "markdown", "source": "# microgradnn: loss"}, 3]})
    assert read(write("a.ipynb", text)) == []


# ---- Python files ----

SCRIPT = '''\
"""# microgradnn: loss"""
from __future__ import annotations
import math

from microgradnn import sigmoid
raise SystemExit("not marked, so not run")

# microgradnn: setup
RATE = 2.0

# A helper.
def s(z: Undefined) -> float: return 1 / (1 + math.exp(-z))

# microgradnn: setup
OTHER = 1.0
def s2(z): return s(z)

# microgradnn: loss
# (of one neuron)
@(lambda f: f)
def neuron(w=0.3, x=2.0):

    return sigmoid(w * x * RATE * OTHER)

def main(): raise SystemExit

# microgradnn: by_hand
def slope(w, x):
    o = s2(w * x * RATE)
    return {"w": RATE * o * (1 - o) * x}

# microgradnn: check two
def loss(w=1.0): return w * w
NOTE = 1
def by_hand(w): return {"w": 2 * w}

if __name__ == "__main__":
    main()
'''


def test_the_statements_below_the_marks_of_a_python_file(write: Write) -> None:
    file = write("a.py", SCRIPT.replace("# A helper.", "# microgradnn: setup"))
    assert found(file) == [("slope", 21, 28), ("two", 33, 35)]
    page = run(file, child.diagnose)
    assert page.error == ""
    assert [each.ok for each in page.derivations] == [True, True]
    unmarked = run(write("a.py", SCRIPT), child.diagnose)
    assert unmarked.errors == ["a.py:28: by_hand raised NameError at a.py:16: name 's' is not defined"]
    assert [each.ok for each in unmarked.derivations] == [None, True]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("def f():\n    # microgradnn: loss\n    pass", "a.py:2: the mark is indented"),
        ("def f():\n# microgradnn: loss\n    pass", "a.py:2: the mark stands within a statement"),
        ("# microgradnn: loss\n# microgradnn: by_hand\ndef f(): ...", "a.py:1: nothing stands below the mark"),
        ("x = (", "a.py:1: this is not Python"),
        ("# microgradnn: check\ndef loss(): ...", "a check defines loss and by_hand by these names"),
    ],
)
def test_a_mark_in_the_wrong_place_of_a_python_file(text: str, says: str, write: Write) -> None:
    with pytest.raises(FileError) as told:
        derivations(read(write("a.py", text)))
    assert says in str(told.value)


def test_a_python_file_without_marks_is_not_run(write: Write) -> None:
    assert read(write("a.py", "import os\nx = '# microgradnn: loss'\nprint(x)  # microgradnn: loss\n")) == []


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("name", "text"), [("a.md", SETUP + LOSS + RIGHT), ("a.py", SCRIPT), ("a.ipynb", cells("", SCRIPT))]
)
def test_damaged_files_are_read_or_refused(name: str, text: str, seed: int, write: Write) -> None:
    rng = random.Random(seed)
    bits = ["```", "~~~", "# microgradnn: ", "microgradnn ", " loss", "by_hand", "at"]
    bits += ["\n", "    ", "> ", "(", '"', "\\", "\x00", "\x0c"]
    for _ in range(100):
        damaged = text
        for _ in range(rng.randint(1, 6)):
            k = rng.randrange(len(damaged))
            damaged = damaged[:k] + rng.choice(bits) + damaged[k + rng.randint(0, 8) :]
        write(name, damaged)
        said = name
        try:
            derivations(read(name))
        except FileError as error:
            said = str(error)
        assert said.startswith(name), (seed, damaged)


def test_warnings_about_strings_are_no_errors(write: Write) -> None:
    assert len(read(write("a.md", '```python microgradnn setup\nx = "\\d"\n```\n'))) == 1


# ---- running ----


def test_blocks_share_a_namespace_and_parts_are_what_they_were(write: Write) -> None:
    file = write(
        "a.md",
        "```python microgradnn setup\nsaid = 'first'\n```\n"
        "```python microgradnn loss\nloss = lambda what: f'{what} {said}'\n```\n"
        "```python microgradnn by_hand\ndef by_hand(what): return f'{what} {said}'\n```\n"
        "```python microgradnn at\nsaid = said.upper()\n{'w': 1}\n```\n"
        "```python microgradnn sample\ndef draw(rng): ...\n```\n"
        "```python microgradnn check\nsaid = 'wrong'\ndef loss(what): return said\n"
        "def by_hand(what): return what\n```\n",
    )
    page = run(file, doctor)
    assert page.error == ""
    first, second = page.derivations
    assert (first.ok, first.summary) == (True, "loss FIRST hand FIRST {'w': 1} ['sample']")
    assert (second.ok, second.summary) == (False, "wrong hand None []")
    assert page.wrong


def test_a_model_and_functions_from_elsewhere(write: Write) -> None:
    write(
        "elsewhere.py",
        "from microgradnn import sigmoid\ndef by_hand(model, x, y):\n    o = sigmoid(model.b.data + x)\n",
    )
    with open("elsewhere.py", "a", encoding="utf-8") as file:
        file.write("    return {'b': 2 * (o - y) * o * (1 - o)}\n")
    text = (
        "```python microgradnn loss\ndef loss(model, x, y): return (model(x) - y) ** 2\nat = dict(x=1.0, y=0.5)\n```\n"
        "```python microgradnn model\nfrom microgradnn import Value, sigmoid\nfrom microgradnn.nn import Module\n"
        "class Shift(Module):\n    def __init__(self): self.b = Value(0.25)\n"
        "    def __call__(self, x): return sigmoid(self.b + x)\nShift()\n```\n"
        "```python microgradnn by_hand\nfrom elsewhere import by_hand\n```\n"
    )
    page = check(write("a.md", text))
    assert (page.errors, [each.ok for each in page.derivations]) == ([], [True])


def test_dataclasses_and_future_statements_reach_later_blocks(write: Write) -> None:
    file = write(
        "a.md",
        "```python microgradnn setup\nfrom __future__ import annotations\nfrom dataclasses import dataclass\n```\n"
        "```python microgradnn setup\n@dataclass\nclass Point:\n    x: NotThere\n```\n"
        "```python microgradnn check\ndef loss(what): return Point(1).x\nby_hand = loss\n```\n",
    )
    assert run(file, doctor).derivations[0].summary == "1 1 None []"


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("1 / 0", "a.md:13: the code raised ZeroDivisionError: division by zero"),
        ("import sys\nsys.exit(3)", "a.md:14: the code raised SystemExit: 3"),
        ("raise KeyboardInterrupt", "a.md:13: the code raised KeyboardInterrupt"),
        ("return 1", "a.md:13: this is not Python: 'return' outside function"),
        ("def f(): f()\nf()", "RecursionError"),
    ],
)
def test_a_block_that_raises_ends_the_page_and_verdicts_before_stay(code: str, says: str, write: Write) -> None:
    pair = "```python microgradnn check a\ndef loss(what): ...\ndef by_hand(what): ...\n```\n"
    file = write("a.md", f"{pair}text\n\ntext\n\ntext\n\ntext\n```python microgradnn setup\n{code}\n```\n{pair}")
    page = run(file, doctor)
    assert says in page.error
    assert [each.place.line for each in page.derivations] == [3]


def test_the_users_functions_in_the_doctors_hands(write: Write) -> None:
    def raising(error: BaseException) -> Any:
        def stand_in(*_: Any, **__: Any) -> Any:
            raise error

        return stand_in

    file = write("a.md", SETUP + LOSS + RIGHT)
    assert run(file, raising(SettingError("give at"))).errors == ["a.md:11: give at"]
    assert run(file, raising(SystemExit(2))).errors == ["a.md:11: the code raised SystemExit: 2"]
    assert run(file, raising(ValueError("x"))).derivations[0].ok is None


# ---- a process of its own ----


def test_prints_go_to_stderr_and_stdin_is_empty(write: Write, capfd: pytest.CaptureFixture[str]) -> None:
    noise = (
        "```python microgradnn setup\nimport os, sys\nprint('∂ printed')\nos.system('echo shell')\n"
        "os.write(1, b'raw')\nsys.__stdout__.write('under')\nassert sys.stdin.read() == ''\n"
        "assert sys.argv == ['a.md']\n```\n"
    )
    page = check(write("a.md", noise + SETUP + LOSS + RIGHT))
    assert page.errors == []
    assert page.derivations[0].ok is True
    out, err = capfd.readouterr()
    assert out == ""
    assert all(word in err for word in ("∂ printed", "shell", "raw", "under"))


def test_modules_beside_the_file_are_found_and_others_are_not_hidden(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    (tmp_path / "sub").mkdir()
    write("sub/beside.py", "WHAT = 1")
    write("random.py", "raise RuntimeError('the folder one is in hides modules')")
    write("sub/a.md", "```python microgradnn setup\nimport beside, random\n```\n" + SETUP + LOSS + RIGHT)
    assert check("sub/a.md").errors == []


def patience(write: Write) -> float:
    """A time limit by which code has begun to run here and now, however busy the machine."""
    start = time.monotonic()
    check(write("first.md", SETUP + LOSS + RIGHT))
    return math.ceil(1.0 + 2.0 * (time.monotonic() - start))


def test_an_endless_loop_is_ended_with_what_it_started(write: Write) -> None:
    text = (
        "```python microgradnn setup\nimport subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "open('pid', 'w').write(str(child.pid))\nwhile True: pass\n```\n"
    )
    limit = patience(write)
    page = check(write("a.md", text + SETUP + LOSS + RIGHT), timeout=limit)
    assert page.errors == [f"a.md: not done within {limit:g} s; is there an endless loop? (--timeout sets the limit)"]
    pid = int(Path("pid").read_text())
    for _ in range(50):  # whoever reaps it may need a moment
        if not _runs(pid):
            break
        time.sleep(0.1)
    assert not _runs(pid)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_what_leaves_the_session_does_not_hold_the_answer_back(write: Write) -> None:
    text = (
        "```python microgradnn setup\nimport os, time\npid = os.fork()\nif pid:\n    open('pid', 'w').write(str(pid))\n"
        "else:\n    os.setsid()\ntime.sleep(60)\n```\n"
    )
    assert "not done within" in check(write("a.md", text + SETUP + LOSS + RIGHT), timeout=patience(write)).error
    pid = int(Path("pid").read_text())
    assert _runs(pid)  # nobody waited for it
    os.kill(pid, signal.SIGKILL)


def _runs(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    if Path("/proc").is_dir():
        return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(("code", "how"), [("os._exit(0)", "with status 0"), ("os.abort()", "by signal 6")])
def test_a_process_that_ends_without_a_word(code: str, how: str, write: Write) -> None:
    page = check(write("a.md", f"```python microgradnn setup\nimport os\n{code}\n```\n" + SETUP + LOSS + RIGHT))
    assert page.errors == [f"a.md: its process ended {how} before it had reported; does the code call os._exit?"]


@pytest.mark.parametrize("limit", [0.0, -1.0, float("nan"), float("inf")])
def test_a_limit_that_is_none(limit: float, write: Write) -> None:
    with pytest.raises(SettingError, match="time limit"):
        check("a.md", limit)


def test_a_page_survives_being_sent(write: Write) -> None:
    file = write("a.md", SETUP + LOSS + WRONG)
    before = run(file, child.diagnose)
    assert page(json.loads(json.dumps(before.to_dict()))) == before
    request = json.dumps({"file": file, "path": sys.path})
    path, argv = list(sys.path), list(sys.argv)
    try:
        assert page(json.loads(child.answer(request))) == before
    finally:
        sys.path[:], sys.argv[:] = path, argv
    assert process.check(file) == before


def test_code_of_several_lines_stands_below_each_other() -> None:
    finding = {"where": "w", "mistakes": ["sign"], "message": "minus", "alternatives": [], "suggestion": "a = 1\na * w"}
    shown = told(Checked("t", Place("a.md", 3), False, summary="no", diagnosis={"findings": [finding]}))
    assert shown.splitlines()[2:] == ["    right:", "      a = 1", "      a * w"]
    one = told(Checked("t", Place("a.md", 3), False, diagnosis={"findings": [finding | {"suggestion": "w"}]}))
    assert one.splitlines()[2:] == ["    right: w"]


# ---- the command ----


def test_right_derivations(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["check", write("a.md", SETUP + LOSS + RIGHT)]) == 0
    out, err = capsys.readouterr()
    verdict, remark = out.splitlines()
    assert verdict.startswith("a.md:11: right: by_hand: the gradient by hand is right on")
    assert remark == "    not derived by hand, so not compared: x, y"
    assert err == ""


def test_a_wrong_derivation_is_named_with_its_line(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    files = [write("a.md", SETUP + LOSS + WRONG), write("b.md", SETUP + LOSS + RIGHT)]
    assert cli.run(["check", *files]) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("a.md:11: wrong: by_hand: the gradient by hand is wrong in 1 number")
    assert out[1].startswith("a.md:11: b: missing local derivative: ")
    assert "a.md:8" in out[1]  # where the sigmoid stands in the loss
    assert out[-3].startswith("b.md:11: right")
    assert out[-1] == "2 derivations in 2 files: 1 right, 1 wrong"


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.md", b"\xff\xfe", "microgradnn: a.md is not UTF-8 (byte 0)"),
        ("a.ipynb", b"{", "microgradnn: a.ipynb is no notebook"),
        ("a.txt", b"", "microgradnn: a.txt is none of the files that hold derivations: .md, .markdown, .ipynb, .py"),
        ("a.md", b"", "microgradnn: a.md has no marked blocks"),
        ("a.md", None, "microgradnn: a.md does not exist"),
        ("a.md", (SETUP + LOSS).encode(), "microgradnn: a.md:7: no by_hand belongs to this loss"),
        ("a.md", (SETUP + LOSS + RIGHT.replace("o = s", "o = q")).encode(), "by_hand raised NameError at a.md:12"),
    ],
)
def test_a_file_that_cannot_be_read_or_run(
    name: str, text: bytes | None, says: str, write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if text is not None:
        (tmp_path / name).write_bytes(text)
    assert cli.run(["check", name]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err
    assert err.count("\n") == 1
    for error in run(name, child.diagnose).errors:  # what the process said, said by this one
        assert f"microgradnn: {error}\n" == err


def test_an_error_does_not_hide_the_verdicts_on_other_files(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["check", "none.md", write("a.md", SETUP + LOSS + WRONG)]) == 2
    out, err = capsys.readouterr()
    assert "a.md:11: wrong" in out
    assert err == "microgradnn: none.md does not exist\n"


def test_a_folder_is_no_file(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.md").mkdir()
    assert check_files(["a.md"], 60.0, False) == 2
    assert "a.md is no file that can be read" in capsys.readouterr().err


def test_names_of_files_cannot_act(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["check", write("a\n\x1b[31m.md", SETUP + LOSS + RIGHT), "no\nfile.md"]) == 2
    out, err = capsys.readouterr()
    assert out.startswith("a\\n\\x1b[31m.md:11: right")
    assert err.count("\n") == 1


def test_json(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["check", "--json", write("a.md", SETUP + LOSS + WRONG), "none.md"]) == 2
    files = json.loads(capsys.readouterr().out)["files"]
    assert [each["file"] for each in files] == ["a.md", "none.md"]
    (derivation,) = files[0]["derivations"]
    assert (derivation["line"], derivation["ok"]) == (11, False)
    assert derivation["diagnosis"]["findings"][0]["mistakes"] == ["missing local derivative"]
    assert files[1]["error"] == "none.md does not exist"


def test_help_says_that_code_is_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["check", "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "THIS RUNS THE CODE IN THE FILES" in text
    assert all(word in text for word in ("--timeout", "--json", "by_hand", "exit status"))
    assert cli.run(["check"]) == 2
    assert cli.run(["check", "a.md", "--timeout", "0"]) == 2


def test_colours_are_for_terminals_and_can_be_switched_off(write: Write) -> None:
    pty = pytest.importorskip("pty")
    file = write("a.md", SETUP + LOSS + WRONG)

    def shown(**environment: str) -> str:
        ours, theirs = pty.openpty()
        with open(ours, "rb", closefd=True) as reader:
            subprocess.run(
                [sys.executable, "-m", "microgradnn", "check", file],
                stdout=theirs, check=False, timeout=60,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **environment},
            )  # fmt: skip
            os.close(theirs)
            text = b""
            try:
                while more := os.read(reader.fileno(), 65536):
                    text += more
            except OSError:  # Linux says so when nobody writes any more
                pass
        return text.decode()

    coloured = shown(COLUMNS="50", TERM="xterm")
    assert "\x1b[31m" in coloured
    plain = shown(COLUMNS="50", TERM="xterm", NO_COLOR="1")
    assert "\x1b" not in plain
    assert max(len(line) for line in plain.splitlines()) <= 50
    assert "\x1b" not in subprocess.run(
        [sys.executable, "-m", "microgradnn", "check", file], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    ).stdout  # fmt: skip


def test_lines() -> None:
    assert wrapped("a\x1b[31m", None) == "a\\x1b[31m"
    assert wrapped("  one two three four five six", 20) == "  one two three four\n      five six"
    assert strict({"a": [float("nan"), 1.0], "b": (float("-inf"),)}) == {"a": ["nan", 1.0], "b": ["-inf"]}
    findings = [{"where": f"w[{i}]", "mistakes": ["sign"]} for i in range(6)] + [{"where": "b", "mistakes": ["sign"]}]
    assert [places for places, _ in groups(findings)] == ["w[0], w[1], w[2] and 3 more", "b"]


def test_the_page_on_checking_passes_its_own_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    page = run("docs/checking.md", child.diagnose)
    assert [(each.title, each.ok) for each in page.derivations] == [("neuron", True)]
