"""step_through without a browser: the file, its errors, and the graph as its script computes it."""

import json
import math
import os
import random
import re
import stat
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import pytest

from microgradnn import Value, kinks, no_grad, relu, step_through, where
from microgradnn.chain import graph
from microgradnn.drawing.render import program
from microgradnn.errors import FileError, Misuse, NotANumber, SettingError
from microgradnn.nn import MLP
from microgradnn.ops import TABLE
from microgradnn.partials import RULES
from microgradnn.stepping.facts import Facts
from microgradnn.stepping.page import MOST, page
from tests.graphs import EVERY, random_program, run
from tests.test_stepping_rows import IEEE, close, floats, needs_node, sent

needs_drawing = pytest.mark.skipif(program() is None, reason="no program here that draws graphs")
GRAPH = resources.files("microgradnn.stepping").joinpath("graph.js").read_text("utf-8")


class Case(NamedTuple):
    """A graph, its page's graph, which may have had other numbers in its leaves, and those that it then gets."""

    root: Value
    facts: Facts
    leaves: list[Value]
    changes: dict[str, float]
    most: float = 1e-12


def case(root: Value, leaves: list[Value], page: Value | None = None, most: float = 1e-12) -> Case:
    """The page of `page`, changed to the leaves of `root`; of `root` itself, unchanged, where there is none."""
    changes = {} if page is None else {leaf.label: leaf.data for leaf in leaves}
    page = root if page is None else page
    root.label = page.label = "out"
    return Case(root, Facts(page), leaves, changes, most)


def answers(cases: list[Case]) -> list[tuple[dict[str, float], dict[str, float]]]:
    """Data and gradients by name, as the pages compute them, in one run of node."""
    program = "\n".join(
        f"""(() => {{{IEEE}{each.facts.rows.script()}{GRAPH}
const graph = read({json.dumps(each.facts.data)}), changes = {json.dumps(sent(each.changes))};
const leaves = graph.nodes.map((node) => node.name in changes ? Number(changes[node.name]) : node.data);
const {{ data, grads }} = computed(graph, leaves);
const named = (all) => Object.fromEntries(graph.nodes.map((node, i) => [node.name, String(all[i])]));
console.log(JSON.stringify([named(data), named(grads)]));
}})();"""
        for each in cases
    )
    done = subprocess.run(["node", "-"], input=program, capture_output=True, text=True, check=True, timeout=60)
    found = map(json.loads, done.stdout.splitlines())
    return [
        ({k: floats(x) for k, x in data.items()}, {k: floats(x) for k, x in grads.items()}) for data, grads in found
    ]


def check(cases: list[Case]) -> None:
    """Whether the pages have the numbers that the engine has."""
    for k, (each, (data, grads)) in enumerate(zip(cases, answers(cases), strict=True)):
        each.root.zero_grad()
        each.root.backward()
        assert close(data["out"], each.root.data, each.most), f"case {k}: {data['out']!r} is not {each.root.data!r}"
        for leaf in each.leaves:
            assert close(grads[leaf.label], leaf.grad, each.most), f"case {k}, {leaf}: {grads[leaf.label]!r}"


def labelled(*numbers: float) -> list[Value]:
    return [Value(x, label=f"leaf{k}") for k, x in enumerate(numbers)]


@needs_node
def test_random_graphs_are_computed_as_the_engine_does() -> None:
    cases = []
    for seed in range(60):
        rng = random.Random(seed)
        start = [rng.uniform(-2.0, 2.0) for _ in range(3)]
        program = random_program(rng, start, 12, EVERY)
        leaves, other = labelled(*start), labelled(*(x + rng.choice((0.0, 1e-3)) for x in start))
        # Sums of numbers below 100 may cancel; every row by itself is held to 1e-12 in test_stepping_rows.
        cases += [case(run(program, leaves), leaves, most=1e-10)]
        cases += [case(run(program, other), other, run(program, labelled(*start)), most=1e-9)]
    check(cases)


@needs_node
def test_odd_numbers_are_computed_as_the_engine_does() -> None:
    cases = []
    for seed in range(60):
        rng = random.Random(seed)
        start = [0.7, -1.2, 0.4]
        program = random_program(rng, start, 4, EVERY)
        odd = labelled(*(rng.choice((0.0, -0.0, math.inf, -math.inf, math.nan, 1.0, 1e300, 5e-324)) for _ in start))
        cases.append(case(run(program, odd), odd, run(program, labelled(*start)), most=1e-9))
    check(cases)


@needs_node
@pytest.mark.parametrize("rule", RULES)
def test_kinks_follow_the_rule_in_force(rule: str) -> None:
    cases = []
    with kinks(rule):
        for op in (op for op in TABLE.values() if op.kink):
            for point in ((0.0, 0.0, 0.0), (1.0, 1.0, 2.0), (2.0, 1.0, 2.0), (0.5, 0.25, 0.5)):
                leaves = labelled(*point[: op.arity])
                for args in (leaves, [leaves[0], *point[1 : op.arity]], [leaves[-1]] * len(leaves)):
                    used = [leaf for leaf in leaves if leaf in args]
                    # of leaves of its own, since their gradients add up
                    new = {leaf: Value(leaf.data, label=leaf.label) for leaf in used}
                    root = op(*(new.get(arg, arg) for arg in args)) * 3.0  # type: ignore[call-overload]
                    cases.append(case(root, list(new.values())))
        check(cases)


@needs_node
def test_nothing_flows_where_the_engine_lets_nothing_flow() -> None:
    x, y = labelled(-1.0, 0.0)
    root = relu(x) * (1.0 / y)  # the gradient of relu(x) is infinite, and relu is flat
    check([case(root, [x, y])])
    assert x.grad == 0.0


@needs_node
def test_what_is_not_reached_passes_nothing_on() -> None:
    # The slope of the square root is infinite at 0, and would make nan of a gradient of 0.
    flat, other = labelled(0.0, 3.0)
    behind = relu(flat.sqrt() - 1.0) + flat + other
    x, y, condition = labelled(2.0, 0.0, 1.0)
    beside = where(condition, x, y.sqrt()) + y
    check([case(behind, [flat, other]), case(beside, [x, y, condition])])
    assert (flat.grad, y.grad) == (1.0, 1.0)


@needs_drawing
def test_the_page_is_one_file_and_asks_for_nothing(tmp_path: Path) -> None:
    text = page(Value(2.0, label="x") * 3.0)
    assert re.findall(r"https?://[^\"' ]+", text) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"<link|@import|url\((?!#)| src=|fetch\(|XMLHttp|innerHTML|eval\(|Function\(", text)
    assert "default-src 'none'" in text


@needs_drawing
def test_a_hundred_numbers_fit_into_300_kilobytes() -> None:
    random.seed(1)
    root = (MLP(2, [8, 4, 1])([Value(1.0), Value(-2.0)]) - 1.0) ** 2
    assert len(graph(root)) >= 90
    assert len(page(root).encode()) < 300_000


@needs_drawing
def test_same_graph_same_bytes(tmp_path: Path) -> None:
    code = """from microgradnn import Value, step_through
x = Value(0.5, label="x")
step_through((x * x).tanh() * x + x, {!r})"""
    texts = []
    for seed in ("1", "2"):
        path = tmp_path / f"{seed}.html"
        subprocess.run(
            [sys.executable, "-c", code.format(str(path))], env={**os.environ, "PYTHONHASHSEED": seed}, check=True
        )
        texts.append(path.read_bytes())
    assert texts[0] == texts[1]


@needs_drawing
def test_gradients_in_the_graph_are_left_alone(tmp_path: Path) -> None:
    x = Value(2.0, label="x")
    root = x * x
    root.backward()
    assert step_through(root, tmp_path / "a.html") == str(tmp_path / "a.html")
    assert (x.grad, root.grad) == (4.0, 1.0)


@needs_drawing
def test_paths_that_cannot_be_pages_are_refused(tmp_path: Path) -> None:
    x = Value(1.0)
    for name in ("page", "page.svg", "page.html.txt", ""):
        with pytest.raises(SettingError, match=r"does not end in \.html"):
            step_through(x, tmp_path / name)
    for wrong in (5, None, b"page.html"):
        with pytest.raises(SettingError, match="no browser would open it"):
            step_through(x, wrong)  # type: ignore[arg-type]
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(FileError, match="a folder has that name"):
        step_through(x, tmp_path / "folder.html")
    with pytest.raises(FileError, match="nothing was changed"):
        step_through(x, tmp_path / "missing" / "page.html")
    assert [path.name for path in tmp_path.iterdir()] == ["folder.html"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="whoever may write everywhere is refused nowhere")
def test_a_folder_that_is_read_only_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(FileError, match="nothing was changed"):
        step_through(Value(1.0), tmp_path / "page.html")


def test_what_is_no_graph_or_too_large_a_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    with pytest.raises(NotANumber, match="needs a Value"):
        step_through(2.0, path)  # type: ignore[arg-type]
    x = Value(1.0)
    for _ in range(MOST // 2):
        x = x * 1.0
    with pytest.raises(SettingError, match="1,001 numbers and uses them 1,000 times, and a page shows 1,000"):
        step_through(x, path)
    leaf = Value(1.0, label="w")
    root = leaf * 2.0
    leaf.data = 3.0
    with pytest.raises(Misuse, match="'w' was changed"):
        step_through(root, path)
    assert not path.exists()


@needs_drawing
def test_a_graph_from_no_grad_is_a_number(tmp_path: Path) -> None:
    with no_grad():
        root = Value(1.0) * 2.0
    facts = Facts(root)
    assert [node["live"] for node in facts.data["nodes"]] == [False]
    assert page(root)


def test_parameters_lie_in_the_one_call_that_there_is(tmp_path: Path) -> None:
    random.seed(1)
    model = MLP(2, [2, 1])
    once = Facts(model([1.0, 2.0])).data["groups"]
    assert [group["name"] for group in once] == ["MLP", "layer0", "neuron0", "neuron1", "layer1", "neuron0"]
    twice = Facts(model([1.0, 2.0]) + model([2.0, 3.0])).data["groups"]
    names = [group["name"] for group in twice]
    assert "MLP (1 of 2)" in names
    assert "MLP (2 of 2)" in names
    assert "MLP: parameters" in names


def test_the_wheel_carries_the_scripts() -> None:
    names = {file.name for file in resources.files("microgradnn.stepping").iterdir()}
    assert {"ieee.js", "graph.js", "page.js", "page.css", "page.html"} <= names
