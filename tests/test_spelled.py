"""Scripts of graphs: they run alone, give the engine's bits, and no label in them acts."""

from __future__ import annotations

import ast
import io
import math
import subprocess
import sys
import tokenize
from typing import Any

import pytest

import microgradnn
from microgradnn import Constant, Value, kinks, logsumexp, no_grad, primitive, relu, tanh, to_python, where
from microgradnn.errors import Misuse, NotANumber
from microgradnn.nn import MLP
from microgradnn.ops import TABLE
from microgradnn.spelled.names import identifier
from tests import spelling
from tests.bits import bits
from tests.hostile import labels
from tests.spelling import exact, spelled

ROWS = [op for op in TABLE.values() if op.name != "peak"]
POINTS = [0.3, -0.7, 1.9, 0.0, -0.0, 1.0, -1.0, 30.0, -45.0, 1e200, -1e-310, math.inf, -math.inf, math.nan]


@pytest.mark.parametrize("seed", range(0, 1000, 12))
def test_random_graphs_give_the_engine_s_bits(seed: int) -> None:
    spelling.check(seed)  # python -m tests.spelling --graphs 1 --seed …


def test_the_campaign_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spelling, "to_python", lambda root: to_python(root).replace("= 0.0 + ", "= 1e-9 + "))
    with pytest.raises(AssertionError, match="seed 0"):
        spelling.check(0)


@pytest.mark.parametrize("op", ROWS, ids=lambda op: op.name)
def test_every_row_gives_the_engine_s_bits(op: Any) -> None:
    count = op.arity or 3
    first = [Value(POINTS[k], label=f"x[{k}]") for k in range(count)]
    function = spelled(op(*first) * 1.5)
    for start in range(len(POINTS)):
        for stride in (1, 3, 0):  # 0: all arguments alike, where ties are
            numbers = [POINTS[(start + stride * k) % len(POINTS)] for k in range(count)]
            leaves = [Value(x) for x in numbers]
            root = op(*leaves) * 1.5
            root.backward()
            named = {f"x_{k}": x for k, x in enumerate(numbers)}
            expected = exact(root.data, {str(k): leaf.grad for k, leaf in enumerate(leaves)})
            assert exact(*function(**named)) == expected, numbers


@pytest.mark.parametrize("rule", ["minimum norm", "left", "right", "middle"])
def test_kinks_follow_the_rule_in_force(rule: str) -> None:
    def graph(x: Any, y: Any) -> Any:
        return relu(x) + 3 * abs(x) + microgradnn.maximum(x, y) * microgradnn.clip(x, -1.0, 0.0) + (x - y).leaky_relu()

    with kinks(rule):
        function = spelled(graph(Value(0.5, label="x"), Value(0.25, label="y")))
        for at in ((0.0, 0.0), (0.0, 1.0), (-1.0, -1.0), (0.5, -0.5), (-0.0, 0.0)):
            x, y = Value(at[0]), Value(at[1])
            root = graph(x, y)
            root.backward()
            assert exact(*function(*at)) == exact(root.data, {"x": x.grad, "y": y.grad})


def test_a_flat_piece_passes_nothing_on_even_where_a_slope_is_infinite() -> None:
    x = Value(0.0, label="x")
    root = relu(x.log())
    root.backward()
    assert (x.grad, spelled(root)()) == (0.0, (0.0, {"x": 0.0}))


def test_the_readme_s_example_reads_as_a_learner_would_write_it() -> None:
    w, x, b = Value(2.0, label="w"), Value(-3.0, label="x"), Value(0.5, label="b")
    loss = tanh(w * x + b) ** 2
    loss.label = "loss"
    text = to_python(loss)
    for line in (
        "    v1 = w * x  # -6",
        "    loss = v3 * v3  # 0.999933",
        "    d_loss = 1.0",
        "    d_v3 = 0.0 + d_loss * (2.0 * v3)",
        "    d_w = 0.0 + d_v1 * x",
        "        'w': d_w,",
    ):
        assert line in text.split("\n"), line
    imports = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in imports] == ["import math"]
    assert "def sigmoid_slope(x):" in text
    assert "def softplus" not in text


def test_it_runs_alone_in_another_python() -> None:
    text = to_python(Value(3.0, label="a").exp() / 7)
    ran = subprocess.run([sys.executable, "-I", "-c", text], capture_output=True, encoding="utf-8", check=True)
    assert ran.stdout.split("\n")[:2] == [f"L = {math.exp(3.0) / 7!r}", f"a {math.exp(3.0) * (1 / 7)!r}"]


def test_a_model_s_gradients_go_by_the_names_of_its_parameters() -> None:
    model = MLP(2, [4, 4, 1], rng=3)
    root = logsumexp([model([0.5, x]) for x in (-1.0, 0.0, 2.0)])
    value, gradients = spelled(root)()
    root.backward()
    assert bits(value) == bits(root.data)
    assert bits(gradients) == bits({name: p.grad for name, p in model.named_parameters()})


def test_constants_are_arguments_if_they_have_a_name_and_numbers_if_not() -> None:
    w = Value(2.0, label="w")
    known, frozen = Constant(3.0, label="known"), Value(5.0, label="frozen")
    frozen.frozen = True
    with no_grad():
        inner = w * 7
    root = w * known + frozen * w + inner * w + 1
    function = spelled(root)
    assert function() == (2 * 3 + 5 * 2 + 14 * 2 + 1, {"w": 3.0 + 5.0 + 14.0})
    assert function(known=1.0)[1] == {"w": 20.0}


def test_graphs_of_one_number() -> None:
    assert spelled(Value(2.0, label="w"))() == (2.0, {"w": 1.0})
    assert spelled(Value(math.inf))(x1=4.0) == (4.0, {"x1": 1.0})
    assert spelled(Constant(2.0))() == (2.0, {})


def test_names_are_identifiers_and_no_two_alike() -> None:
    given = [
        "w[0]",
        "w_0",
        "w 0",
        "w[0]",
        "lambda",
        "math",
        "sigmoid",
        "d_w_0",
        "π",
        "1st",
        "",
        "",
        "run",
        "print",
        "中",
    ]
    leaves = [Value(float(k), label=label) for k, label in enumerate(given)]
    root = microgradnn.sum([x * k for k, x in enumerate(leaves)]).sigmoid()
    function = spelled(root)
    value, gradients = function()
    root.backward()
    assert bits(list(gradients.values())) == bits([leaf.grad for leaf in leaves])
    assert value == root.data
    assert len(gradients) == len(given)
    assert {"w[0]", "w[0]#2", "w_0", "π", "中", "x1", "x2"} <= gradients.keys()
    assert [identifier(label) for label in ("w[0][1]", "layer0.b", "θ1", "", "__x")] == [
        "w_0_1",
        "layer0_b",
        "theta1",
        "x",
        "x",
    ]


def test_labels_act_nowhere() -> None:
    found = [
        *labels(0, 200),
        '"""',
        "'''",
        "\\",
        "#",
        "\n    raise SystemExit",
        "{0}",
        "__import__('os')",
        "\x0c",
        "x" * 10**5,
    ]
    leaves = [Value(1.0 + k, label=label) for k, label in enumerate(dict.fromkeys(found))]
    products = []
    for k, leaf in enumerate(leaves):
        products.append(leaf * leaves[k - 1])
        products[-1].label = found[-k]
    root = microgradnn.sum(products)
    root.label = found[7]
    text = to_python(root)
    assert text.isascii()
    names = {
        token.string for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.type == tokenize.NAME
    }
    assert not names & {"__import__", "raise", "SystemExit", "os"}
    value, gradients = spelled(root)()
    root.backward()
    assert value == root.data
    assert gradients == {str(leaf.label): leaf.grad for leaf in leaves}


def test_primitives_of_one_s_own_are_written_out() -> None:
    def bent(x: float) -> float:
        return math.sqrt(x) if x > 1 else x**3 / 2

    def slope(x: Any, out: Any) -> Any:
        return where(x > 1, 0.5 / out, 3 * x**2 / 2)

    op = primitive("bent_here", bent, slope, check=False)
    function = spelled(op(Value(4.0, label="x")) * 2)
    for at in (4.0, 0.5, -2.0, 1e300, -1e300):
        x = Value(at)
        root = op(x) * 2
        root.backward()
        assert exact(*function(at)) == exact(root.data, {"x": x.grad}), at


def test_a_primitive_that_cannot_be_written_is_named() -> None:
    table = {1.0: 2.0}
    op = primitive("looked_up", lambda x: table.get(x, 0.0), lambda x, out: 0.0, check=False)
    with pytest.raises(Misuse, match="looked_up: a primitive of your own"):
        to_python(op(Value(1.0)))

    def digits(x: float) -> float:
        return float(len(repr(float(x))))

    op = primitive("digits_here", digits, lambda x, out: 0.0, check=False)
    with pytest.raises(Misuse, match="digits_here is a primitive of your own"):
        to_python(op(Value(1.0)))


def test_what_cannot_be_written_is_told() -> None:
    with pytest.raises(NotANumber, match="one float came"):
        to_python(1.0)
    x = Value(1.0, label="x")
    y = x * 2
    x.data = 3.0
    with pytest.raises(Misuse, match="changed"):
        to_python(y)
    a = Value(1.0, label="a") + 1
    b = a * 2
    a._x = b
    with pytest.raises(Misuse, match="not older"):
        to_python(b)
    long = Value(1.0)
    for _ in range(50_001):
        long = long + 1.0
    with pytest.raises(Misuse, match="50,002 Values"):
        to_python(long)


def test_long_sums_and_deep_chains_compile() -> None:
    xs = [Value(0.1 * k, label=f"x[{k}]") for k in range(3000)]
    y = microgradnn.dot(xs, xs[::-1]) + logsumexp(xs) + microgradnn.sum(xs)
    for _ in range(2000):
        y = y * 0.999 + xs[0]
    value, gradients = spelled(y)()
    y.backward()
    assert bits([value, *gradients.values()]) == bits([y.data, *(x.grad for x in xs)])
