"""Worksheets of one's own graph: the same seed the same bytes, an answer key, and fair marking."""

import ast
import doctest
import io
import json
import math
import os
import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import microgradnn
import microgradnn.check.exercise
import microgradnn.check.steps
from microgradnn import dot, relu, sigmoid, tanh
from microgradnn.chain import operands
from microgradnn.check import Exercise, Mistake, exercise, mark
from microgradnn.errors import FileError, MicrogradnnError
from microgradnn.partials import local
from tests.graphs import EVERY, SMOOTH, random_program, run

# The class of the module shares its name with the function.
PAGE = sys.modules["microgradnn.check.exercise"]


def neuron(w: Any = [0.3, -0.8], b: Any = 0.1, x: Any = [1.5, 2.0], y: Any = 1.0) -> Any:  # noqa: B006
    z = w[0] * x[0] + w[1] * x[1] + b
    z.label = "z"
    out = sigmoid(z)
    out.label = "out"
    return (out - y) ** 2 / 2


def test_the_same_seed_is_the_same_worksheet_everywhere(tmp_path: Path) -> None:
    sheet = exercise(neuron, seed=7)
    assert exercise(neuron, seed=7).markdown() == sheet.markdown()
    assert len({exercise(neuron, seed=seed).markdown() for seed in range(20)}) > 15
    sheet.save(tmp_path / "a.ipynb")
    program = (
        "from tests.test_exercise import neuron; from microgradnn.check import exercise; import sys;"
        "exercise(neuron, seed=7).save(sys.argv[1])"
    )
    root = Path(microgradnn.__file__).parents[1]
    env = dict(os.environ) | {"PYTHONPATH": str(root), "PYTHONHASHSEED": "99"}
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "b.ipynb")], env=env, check=True)
    assert (tmp_path / "a.ipynb").read_bytes() == (tmp_path / "b.ipynb").read_bytes()


def test_the_key_is_the_gradient_and_is_not_on_the_sheet() -> None:
    sheet = exercise(neuron, seed=7, blanks=13)
    z = 0.3 * 1.5 - 0.8 * 2.0 + 0.1
    out = 1 / (1 + math.exp(-z))
    slope = (out - 1) * out * (1 - out)
    assert len(sheet.key) == 13
    assert sheet.key["out"] == pytest.approx(out - 1)
    assert sheet.key["z"] == pytest.approx(slope)
    assert sheet.key["w[1]"] == pytest.approx(slope * 2.0)
    assert sheet.key["y"] == pytest.approx(1 - out)
    text = sheet.markdown()
    assert text.count("____ |") == 13
    assert f"{slope:.6g}" not in text
    solved = sheet.markdown(answers=True)
    assert solved.startswith(text.rstrip("\n"))
    assert f"| `z` | {slope:.6g} | {out - 1:.6g} · {out * (1 - out):.6g} |" in solved
    assert "w[0] * x[0]" in text
    assert "sigmoid(z)" in text


def test_half_of_the_gradients_are_blank_unless_it_is_said_how_many() -> None:
    assert len(exercise(neuron, seed=1).blanks) == 7  # of 13 besides that of the loss itself
    assert len(exercise(neuron, seed=1, blanks=2).blanks) == 2
    assert "loss" not in exercise(neuron, blanks=13).blanks


def test_right_answers_in_any_form_are_right() -> None:
    sheet = exercise(neuron, seed=3)
    assert sheet.mark(sheet.key).ok
    assert sheet.mark({name: float(f"{x:.4g}") for name, x in sheet.key.items()}).ok
    every = exercise(neuron, seed=3, blanks=13)
    nested = {
        "w": [every.key["w[0]"], every.key["w[1]"]],
        "x": [every.key["x[0]"], every.key["x[1]"]],
        **{name: x for name, x in every.key.items() if "[" not in name},
    }
    report = mark(nested, every)
    assert report.ok
    assert [row.where for row in report.rows] == list(every.blanks)


def test_answers_that_are_wrong_late_or_missing() -> None:
    sheet = exercise(neuron, seed=3, blanks=13)
    key = sheet.key
    told = dict(key)
    for name in ("z", "v3", "v2", "v1", "x[1]", "x[0]", "w[1]", "w[0]"):
        told[name] = -key[name]
    del told["x[0]"]
    told["b"] = None  # type: ignore[assignment]
    told["out"] = round(key["out"], 1)
    report = sheet.mark(told)
    found = {row.where: str(row.verdict) for row in report.rows}
    assert found["out"] == "wrong"
    assert "right to 1 significant digit; give 4" in str(report)
    assert found["z"] == "wrong"
    assert found["x[0]"] == found["b"] == "not answered"
    assert {found[name] for name in ("v3", "v2", "v1", "x[1]", "w[1]", "w[0]")} == {"consistent with the earlier error"}
    assert not report.ok
    assert report.first_wrong is not None
    assert report.first_wrong.where == "out"
    assert json.loads(json.dumps(report.to_dict()))["rows"][-3]["by_hand"] == told[report.rows[-3].where]
    unanswered = next(row for row in report.to_dict()["rows"] if row["where"] == "b")
    assert unanswered["by_hand"] is None


def test_the_mistake_of_the_first_wrong_answer_is_named() -> None:
    sheet = exercise(neuron, seed=3, blanks=13)
    told = {**sheet.key, "z": float(f"{sheet.key['out']:.4g}")}
    row = next(row for row in sheet.mark(told).rows if row.where == "z")
    assert row.mistakes == (Mistake.MISSING_LOCAL_DERIVATIVE,)
    assert "divided by sigmoid′(z): the derivative of sigmoid is missing" in row.note


def test_what_equals_an_answer_is_not_shown() -> None:
    def loss(w: Any = 0.5, b: Any = -1.0, x: Any = 2.0, y: Any = 1.0) -> Any:
        z = w * x + b
        z.label = "z"
        return (sigmoid(z) - y) ** 2 / 2

    for seed in range(12):
        sheet = exercise(loss, seed=seed, blanks=2)
        # By hand: of a sum and a difference, the operands' gradients are its own, up to the sign.
        for alike in ({"z", "b", "v1"}, {"v2", "v3", "y"}):
            if alike & set(sheet.blanks):
                assert alike <= set(sheet.blanks) | sheet.hidden
        shown = [line.gradient for line in sheet.lines() if line.name not in (*sheet.blanks, *sheet.hidden, "loss")]
        assert not {abs(float(x)) for x in shown} & {abs(float(f"{x:.6g}")) for x in sheet.key.values()}
        text = sheet.markdown()
        assert text.count("not shown") == len(sheet.hidden) + bool(sheet.hidden)  # and once in the words above
        for name in sheet.hidden:
            assert re.search(rf"^\| `{name}` \|.*\| not shown \|$", text, re.MULTILINE)
    sheet = next(sheet for seed in range(12) if (sheet := exercise(loss, seed=seed, blanks=2)).hidden)
    name = sorted(sheet.hidden)[0]
    report = sheet.mark({**sheet.key, name: sheet.gradients[name] * 2.0})
    assert {row.where: str(row.verdict) for row in report.rows}[name] == "wrong"


def test_an_answer_that_was_not_given_is_not_told() -> None:
    sheet = exercise(neuron, seed=3)
    report = sheet.mark({sheet.blanks[0]: sheet.key[sheet.blanks[0]]})
    for name in sheet.blanks[1:]:
        for told in (str(report), repr(report), report._repr_html_(), str(report.to_dict())):
            assert f"{abs(sheet.key[name]):.5f}"[:-1] not in told.replace(repr(sheet.key[sheet.blanks[0]]), "")
    assert report.summary == "not ok - right: 1, not answered: 6"


def test_an_answer_of_too_few_digits_is_not_called_wrong() -> None:
    sheet = exercise(neuron, seed=3)
    report = sheet.mark({name: float(f"{x:.3g}") for name, x in sheet.key.items()})
    assert {str(row.verdict) for row in report.rows} <= {"right", "too few digits", "consistent with the earlier error"}
    assert "too few digits" in report.summary
    assert "right to 3 significant digits; give 4" in str(report)
    assert (report.ok, report.first_wrong) == (False, None)


@pytest.mark.parametrize("ending", ["md", "ipynb"])
def test_another_worksheet_is_not_marked(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"sheet.{ending}"
    exercise(neuron, seed=4).save(path)
    for other in (exercise(neuron, seed=5), exercise(neuron, seed=4, blanks=3)):
        with pytest.raises(
            MicrogradnnError, match=r"is exercise 4 with 7 blanks, and .* exercise\(…, seed=4, blanks=7"
        ):
            other.mark(path)
    at = {"w": [0.3, -0.7], "b": 0.1, "x": [1.5, 2.0], "y": 1.0}
    with pytest.raises(MicrogradnnError, match=r"has -0\.8 for w\[1\], where this worksheet has -0\.7: it was made of"):
        exercise(neuron, at, seed=4).mark(path)
    assert exercise(neuron, seed=4).mark(path).summary == "not ok - not answered: 7"
    text = path.read_text("utf-8")
    path.write_text(text.replace("Backpropagation by hand", "My homework").replace(": exercise 4", ""), "utf-8")
    assert exercise(neuron, seed=4).mark(path).summary == "not ok - not answered: 7"


def test_an_error_may_be_carried_past_the_numbers_on_the_sheet() -> None:
    def loss(a: Any = 2.0, b: Any = -3.0, c: Any = 10.0) -> Any:
        d = a * b + c
        d.label = "d"
        return d * d

    sheet = exercise(loss, seed=1, blanks=3)
    # By hand: d = 4, the gradient at d is 8, at b 8·2, at a 8·(-3); that of v1 = a·b, 8, is not shown.
    assert sheet.key == {"d": 8.0, "b": 16.0, "a": -24.0}
    carried = sheet.mark({"d": 4.0, "b": 8.0, "a": -12.0})
    assert [str(row.verdict) for row in carried.rows] == ["wrong", *["consistent with the earlier error"] * 2]
    from_the_sheet = sheet.mark({"d": 4.0, "b": 16.0, "a": -24.0})
    assert [str(row.verdict) for row in from_the_sheet.rows] == ["wrong", "right", "right"]
    neither = sheet.mark({"d": 8.0, "b": 8.0, "a": -24.0})
    assert [str(row.verdict) for row in neither.rows] == ["right", "wrong", "right"]


def learner(sheet: Exercise, wrong_at: str = "") -> dict[str, float]:
    """Works with the numbers that are printed, rounds each answer to four digits, and goes on from that."""
    names = sheet.names
    printed = {name: float(f"{node.data:.6g}") for node, name in names.items()}
    gradients: dict[str, float] = {}
    shown = {line.name: float(line.gradient) for line in sheet.lines()}
    nodes = list(names)
    for node in reversed(nodes):
        name = names[node]
        total = 1.0 if node is sheet.out else 0.0
        for user in nodes:
            for k, operand in operands(user):
                if operand is node:
                    floats = [printed[names[arg]] if arg in names else float(arg) for arg in user.args]
                    slopes = dict(local(user.op, floats, user.op.value(*floats), [j for j, _ in operands(user)]))  # type: ignore[union-attr,arg-type]
                    total += gradients[names[user]] * slopes.get(k, 0.0)
        if name not in sheet.blanks:
            total = shown[name]
        gradients[name] = float(f"{total * (2.0 if name == wrong_at else 1.0):.4g}") if name in sheet.blanks else total
    return {name: gradients[name] for name in sheet.blanks}


@pytest.mark.parametrize("names", [SMOOTH, EVERY], ids=["smooth", "with kinks"])
@pytest.mark.parametrize("seed", range(40))
def test_a_learner_with_paper_and_four_digits_is_marked_fairly(seed: int, names: list[str]) -> None:
    rng = random.Random(seed)
    leaves = [rng.uniform(0.3, 2.0) for _ in range(3)]
    program = random_program(rng, leaves, rng.randrange(3, 8), names)
    try:
        sheet = exercise(lambda x: run(program, x), {"x": leaves}, seed=seed)
    except MicrogradnnError:  # nothing that depends on x came out
        return
    if not all(map(math.isfinite, sheet.gradients.values())):
        return
    answers = learner(sheet)
    report = sheet.mark(answers)
    assert report.ok, f"seed {seed}\n{report}"
    wrong_at = rng.choice(sheet.blanks)
    if answers[wrong_at] == 0.0:
        return
    report = sheet.mark(learner(sheet, wrong_at))
    found = [row.where for row in report.rows if str(row.verdict) == "wrong"]
    assert found == [wrong_at], f"seed {seed}\n{report}"


def test_a_filled_in_worksheet_is_read(tmp_path: Path) -> None:
    sheet = exercise(neuron, seed=3)
    path = tmp_path / "sheet.md"
    sheet.save(path)
    lines = path.read_text("utf-8").splitlines()
    for k, line in enumerate(lines):
        name = line.split("|")[1].strip(" `") if line.startswith("|") else ""
        if line.endswith("____ |"):
            lines[k] = line.replace("____", f"{sheet.key[name]:.4g}".replace("-", "−"))  # as people write it
    path.write_text("\n".join(lines), "utf-8")
    report = sheet.mark(path)
    assert report.ok
    assert [row.where for row in report.rows] == list(sheet.blanks)
    assert sheet.mark(str(path)).ok
    path.write_text("\n".join(lines).replace("−", "about ", 1), "utf-8")
    with pytest.raises(MicrogradnnError, match=r"sheet\.md, line \d+: 'about .*' is no number"):
        sheet.mark(path)
    sheet.save(path)
    assert {str(row.verdict) for row in sheet.mark(path).rows} == {"not answered"}


def test_the_notebook_runs_and_marks(tmp_path: Path) -> None:
    sheet = exercise(neuron, seed=3)
    path = tmp_path / "sheet.ipynb"
    sheet.save(path, answers=True)
    told = json.loads(path.read_text("utf-8"))
    assert (told["nbformat"], told["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in told["cells"]}) == len(told["cells"])
    for cell in told["cells"]:
        assert set(cell) == {"cell_type", "id", "metadata", "source"} | (
            {"execution_count", "outputs"} if cell["cell_type"] == "code" else set()
        )
    sources = ["".join(cell["source"]) for cell in told["cells"] if cell["cell_type"] == "code"]
    assert "from microgradnn import sigmoid" in sources[1]
    for name, x in sheet.key.items():
        sources[0] = sources[0].replace(f"{name!r}: None", f"{name!r}: {x!r}")
    told["cells"][3]["source"] = sources[0].splitlines(True)
    path.write_text(json.dumps(told), "utf-8")
    assert sheet.mark(path).ok
    # As a notebook does it: the value of the last expression is shown. The loss's text comes from its file.
    script = tmp_path / "loss.py"
    body = sources[1].replace("# noqa: B006", "")
    script.write_text(
        "\n".join(
            [
                "from typing import Any",
                body,
                sources[0],
                sources[2].replace("worksheet.mark(answers)", "assert worksheet.mark(answers).ok"),
            ]
        )
    )
    ast.parse(script.read_text())
    subprocess.run(
        [sys.executable, str(script)],
        check=True,
        env=dict(os.environ) | {"PYTHONPATH": str(Path(microgradnn.__file__).parents[1])},
    )


def test_a_loss_whose_text_is_not_known_is_asked_for() -> None:
    text = exercise(lambda a: tanh(a) * a, {"a": 0.5}).notebook()
    assert "put the function `loss` of this exercise here" in text
    outside = 3.0

    def closed(a: Any) -> Any:
        return a * outside

    assert "put the function" in exercise(closed, {"a": 0.5}).notebook()


def helper(a: Any) -> Any:
    return a * 2.0


def with_helper(a: Any) -> Any:
    return helper(a) * math.pi + microgradnn.sum([a, a])


def test_what_a_loss_uses_is_imported_or_named() -> None:
    text = exercise(with_helper, {"a": 1.0}).notebook()
    for words in ("import math", "import microgradnn", "# the loss also uses helper: define it here"):
        assert words in text


def test_names_are_unique_and_text_does_nothing(tmp_path: Path) -> None:
    def loss(a: Any) -> Any:
        b = a * 2.0
        b.label = "h"
        c = b * 3.0
        c.label = "h"
        d = c * a
        d.label = "v1"
        e = d + 1.0
        e.label = "|x`<s>\n"
        return e * 1.0

    sheet = exercise(loss, {"a": 1.5}, blanks=5)
    assert list(sheet.names.values()) == ["a", "h", "v2", "v1", "|x`<s>\\n", "loss"]
    for line in sheet.markdown().splitlines():
        assert line.count("|") in (0, 4), line
    assert "<s>" not in sheet._repr_html_()
    assert sheet.mark(sheet.key).ok
    assert "v2" in sheet.blanks
    assert "h * 3" in sheet.markdown()
    sheet.save(tmp_path / "sheet.md")
    assert len(sheet.mark(tmp_path / "sheet.md").rows) == 5


def test_every_operation_is_written_out() -> None:
    def loss(a: Any, b: Any) -> Any:
        s = microgradnn.sum([a, b, a, b, a, b, a, b])
        d = dot([a, b], [b, 2.0])
        with_bias = dot([a], [b], -1.5)
        return s * d + with_bias * relu(-a) ** -2.0 + microgradnn.maximum(a, b)

    text = exercise(loss, {"a": -0.5, "b": 0.25}).markdown()
    for words in (
        "a + b + a + b + a + b + a + b",
        "`a * b + b * 2`",
        "`(-1.5) + a * b`",
        "`-a`",
        "** (-2)",
        "maximum(a, b)",
    ):
        assert words in text, words


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ({"blanks": 0}, "blanks is 1 or more, and 0 came"),
        ({"blanks": 99}, "99 blanks are asked for, and there are 13"),
        ({"blanks": 1.5}, "blanks is a whole number"),
        ({"digits": 0}, "digits is 1 or more"),
        ({"seed": "a"}, "seed is a whole number"),
        ({"seed": True}, "seed is a whole number"),
    ],
)
def test_settings_that_make_no_worksheet(named: dict[str, Any], words: str) -> None:
    with pytest.raises(MicrogradnnError, match=words):
        exercise(neuron, **named)


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"q": 1.0}, "nothing on the worksheet is called 'q'; asked is for "),
        ({"w": [1.0, 2.0, 3.0]}, r"nothing on the worksheet is called 'w\[2\]'"),
        ({"z": "a"}, "answers: z"),
        ({"z": math.nan}, "answers: z is nan"),
        (3.0, "answers is a dict"),
        (None, "answers is a dict"),
    ],
)
def test_answers_that_cannot_be_marked(answers: Any, words: str) -> None:
    with pytest.raises(MicrogradnnError, match=words):
        exercise(neuron, seed=3).mark(answers)


def test_files_that_are_no_worksheet(tmp_path: Path) -> None:
    sheet = exercise(neuron)
    for name, text, words in [
        ("a.md", "nothing here", "is no worksheet"),
        ("a.ipynb", "{", "is no notebook"),
        ("b.ipynb", '{"cells": []}', "no cell that begins with answers"),
        ("c.ipynb", '{"cells": [{"cell_type": "code", "source": ["answers = {\'z\': f(1)}"]}]}', "no dict of numbers"),
    ]:
        (tmp_path / name).write_text(text)
        with pytest.raises(MicrogradnnError, match=words):
            sheet.mark(tmp_path / name)
    with pytest.raises(FileError, match="cannot be read"):
        sheet.mark(tmp_path / "absent.md")
    with pytest.raises(MicrogradnnError, match=r"saved as \.md or \.ipynb"):
        sheet.save(tmp_path / "a.pdf")
    with pytest.raises(MicrogradnnError, match=r"saved as \.md or \.ipynb"):
        sheet.save(3)  # type: ignore[arg-type]
    with pytest.raises(FileError, match="cannot be written"):
        sheet.save(tmp_path / "no" / "folder.md")
    with pytest.raises(MicrogradnnError, match="takes what exercise"):
        mark({}, None)  # type: ignore[arg-type]


def test_a_failure_while_saving_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "sheet.md"
    exercise(neuron, seed=1).save(path)
    before = path.read_bytes()

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(FileError, match="No space left"):
        exercise(neuron, seed=2).save(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["sheet.md"]


def test_computations_too_long_for_paper_are_refused() -> None:
    def loss(a: Any) -> Any:
        for _ in range(300):
            a = a * 1.01
        return a

    with pytest.raises(MicrogradnnError, match="301 steps, and 300 are more than enough"):
        exercise(loss, {"a": 1.0})


def test_it_shows_itself() -> None:
    sheet = exercise(neuron, seed=3)
    assert "fill in ____" in str(sheet)
    assert repr(sheet).startswith("Exercise(seed=3, blanks=['v4', ")


def test_it_is_printed_where_there_is_only_ascii() -> None:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, "ascii", write_through=True)
    exercise(neuron, seed=3).mark({}).print(file)
    assert b"not answered" in raw.getvalue()
    assert b"??" in raw.getvalue()  # the rule below the headings
    file.close()


@pytest.mark.parametrize("module", [PAGE, microgradnn.check.steps])
def test_the_examples_run(module: Any) -> None:
    failed, tried = doctest.testmod(module)
    assert (failed, tried > 2) == (0, True)
