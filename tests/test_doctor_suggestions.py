"""The right gradient as code: every operation's derivative, what gets a name, sums and lists with an index."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from typing import Any

import pytest

import microgradnn
from microgradnn import Value, nn, primitive, square, where
from microgradnn.check import diagnose
from microgradnn.check.doctor.access import accesses, primitives
from microgradnn.check.doctor.rolling import columns, listed, template
from microgradnn.check.doctor.slopes import of_value, slope, value
from microgradnn.check.doctor.suggestion import Author
from microgradnn.check.doctor.tape import Tape
from microgradnn.check.doctor.writing import Text, named
from microgradnn.errors import TableError
from microgradnn.nest import flatten
from microgradnn.ops import TABLE
from microgradnn.primitives import BUILT_IN

FUNCTIONS = {name: getattr(microgradnn, name) for name in microgradnn.__all__} | {"sum": sum, "abs": abs}


def suggested(loss: Callable[..., Any], own: dict[str, str] | None = None, **named: Any) -> dict[str, str]:
    """The suggestion for every number, by what reads it."""
    numbers, rebuild = flatten(named)
    leaves = [Value(x, label=str(k)) for k, x in enumerate(numbers)]
    tape = Tape(leaves, loss(**rebuild(leaves)), {})
    codes = accesses(named)
    author = Author(tape, codes, primitives(loss) if own is None else own)
    return {code: author.gradient(n).code for code, n in zip(codes, tape.leaf, strict=True)}


def run(code: str, named: dict[str, Any]) -> float:
    *steps, last = ast.parse(code).body
    assert isinstance(last, ast.Expr)
    space = {**vars(math), **FUNCTIONS, **named}
    exec(compile(ast.Module(steps, []), "<suggestion>", "exec"), space)
    return float(eval(compile(ast.Expression(last.value), "<suggestion>", "eval"), space))


SCALARS = [TABLE[name] for name in sorted(BUILT_IN) if TABLE[name].arity is not None]


@pytest.mark.parametrize("op", SCALARS, ids=lambda op: op.name)
def test_every_operation_has_a_derivative_that_runs(op: Any) -> None:
    arguments = {"clip": [0.3, -1.0, 1.0], "where": [1.0, 0.4, 0.7], "gauss": [0.4, 0.5]}.get(op.name, [0.3, 0.6])
    names = "xyz"[: op.arity]
    named = dict(zip(names, arguments, strict=False))
    leaves = {name: Value(x) for name, x in named.items()}
    square(op(*leaves.values())).backward()
    for name, code in suggested(lambda **v: square(op(*v.values())), {}, **named).items():
        assert run(code, named) == pytest.approx(leaves[name].grad, rel=1e-12, abs=1e-15), code


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_every_row_of_the_table_is_written_in_functions_that_can_be_called(name: str) -> None:
    op = TABLE[name]
    args = [Text(x, x) for x in "xyzuv"[: op.arity or 5]]
    texts = [value(op, args, {}), *(slope(op, k, args, Text("out", "out"), {}) for k in range(len(args)))]
    for text in texts:
        assert text is not None
        called = {node.func.id for node in ast.walk(ast.parse(text.code)) if isinstance(node, ast.Call)}  # type: ignore[attr-defined]
        assert called <= {x.name for x in TABLE.values() if x.public}, text.code


def test_slopes_in_terms_of_the_value_are_those_that_people_write() -> None:
    assert [name for name in TABLE if name in BUILT_IN and of_value(TABLE[name])] == ["sqrt", "exp", "tanh", "sigmoid"]
    by_value = of_value(microgradnn.sigmoid)
    assert by_value is not None
    assert by_value(0.25) == 0.1875  # o(1 - o)
    root = of_value(microgradnn.sqrt)
    assert root is not None
    assert math.isnan(root(0.0))


def test_a_primitive_of_ones_own_goes_by_the_name_that_it_has_in_the_file() -> None:
    soft = primitive("suggested_soft", lambda x: x / (1 + abs(x)), lambda x, out: 1 / (1 + abs(x)) ** 2)

    def loss(w: Any) -> Any:
        return soft(w) ** 2

    assert suggested(loss, w=0.7) == {"w": "2 * soft(w) / (1 + abs(w)) ** 2"}
    assert suggested(loss, {}, w=0.7) == {"w": ""}  # where it has no name, nothing is suggested


def test_a_primitive_of_ones_own_that_no_formula_can_be_read_from_is_called_unless_it_has_a_textbooks_form() -> None:
    def numbers_alone(x: float, out: float) -> float:
        return math.exp(-x) * out * out

    def suggestion(**more: Any) -> str:
        own = primitive("suggested_own", lambda x: 1 / (1 + math.exp(-x)), numbers_alone, **more)
        return suggested(lambda w: own(w) ** 2, {"suggested_own": "own"}, w=0.7)["w"]

    assert suggestion() == "2 * own(w) * own.partials[0](w, own(w))"
    assert suggestion(textbook=numbers_alone) == "2 * own(w) * own.partials[0](w, own(w))"
    assert suggestion(textbook=lambda x, out: out * (1 - out)) == "a = own(w); 2 * a * a * (1 - a)"


def test_a_textbooks_form_is_held_to_the_values() -> None:
    value, partial = (lambda x, y: x * y), [lambda x, y, out: y, lambda x, y, out: x]
    with pytest.raises(TableError, match="the partial with respect to argument 1 is"):
        primitive("suggested_wrong", value, partial, textbook=[partial[0], partial[0]])
    with pytest.raises(TableError, match="has 2 partials: `textbook` is as many functions, or none"):
        primitive("suggested_wrong", value, partial, textbook=partial[0])


def test_sums_and_layers_are_written_with_an_index() -> None:
    def loss(W: Any, v: Any, x: Any) -> Any:
        hidden = [microgradnn.tanh(microgradnn.sum(w * y for w, y in zip(row, x, strict=True))) for row in W]
        return microgradnn.sum(h * c for h, c in zip(hidden, v, strict=True)) ** 2

    named: Any = {"W": [[0.1, 0.2, 0.3, 0.4]] * 5, "v": [0.5, -0.4, 0.3, 0.2, 0.1], "x": [1.0, 2.0, -1.0, 0.5]}
    assert suggested(loss, **named)["W[1][2]"] == (
        "a = [tanh(sum(W[j][i] * x[i] for i in range(4))) for j in range(5)]\n"
        "2 * sum(a[i] * v[i] for i in range(5)) * v[1] * (1 - a[1] ** 2) * x[2]"
    )


def test_labels_become_names_and_a_dicts_entry_is_read_as_one() -> None:
    def loss(layer: Any, x: Any) -> Any:
        z = layer["w"] * x + layer["b"]
        z.label = "z"
        return microgradnn.exp(z) * z

    found = suggested(loss, layer={"w": 0.5, "b": 0.1}, x=2.0)
    assert found['layer["w"]'] == 'z = layer["w"] * x + layer["b"]; a = exp(z); (z * a + a) * x'


def test_a_label_that_is_no_name_or_is_taken_does_no_harm() -> None:
    for label in ("the sum", "class", "exp", "x", "z[1]"):

        def loss(x: Any, label: str = label) -> Any:
            z = x * x + 1.0
            z.label = label
            return microgradnn.log(z) * z

        code = suggested(lambda x: loss(x), x=0.5)["x"]
        # (log z + 1) 2x
        assert run(code, {"x": 0.5}) == pytest.approx(math.log(1.25) + 1.0), code


def test_the_branch_that_was_taken_is_said() -> None:
    code = suggested(lambda x: where(x.data > 0, x * x, -x), x=0.5)["x"]
    assert code.startswith("# where the conditions of where() come out as at the point given")
    assert run(code, {"x": 0.5}) == 1.0


def test_a_models_parameters_are_read_from_the_model() -> None:
    model = nn.MLP(2, [2, 1], rng=3)

    def loss(model: Any, x: Any) -> Any:
        return model(x) ** 2

    def by_hand(x: Any) -> dict[str, float]:
        return {"layer1.neuron0.b": 1.0}

    finding = diagnose(loss, by_hand, {"x": [0.4, 0.3]}, model=model).findings[0]
    out = model([0.4, 0.3])
    assert run(finding.suggestion, {"model": model, "x": [0.4, 0.3]}) == pytest.approx(2 * out.data)


def test_a_template_needs_indices_that_count_up_together() -> None:
    assert template(["w[0] * x[1]", "w[1] * x[2]", "w[2] * x[3]"], "i") == "w[i] * x[i + 1]"
    assert template(["w[0]", "w[2]"], "i") == ""
    assert template(["w[0]", "v[1]"], "i") == ""
    assert template(["w[0]", "w[0]"], "i") == ""
    assert listed(["a[i][0]", "a[i][1]", "a[i][2]"]) == "[a[i][j] for j in range(3)]"
    assert columns([f"W[{i}] * X[{j}]" for j in range(3) for i in range(2)]) == 2
    assert columns(["a", "b", "c", "d"]) == 0


@pytest.mark.parametrize(
    ("loss", "shown"),
    [
        (lambda w, x: square(microgradnn.tanh(w * x + 1)), r"a = \tanh \left(w \, x + 1\right),"),
        (lambda w, x: microgradnn.log(w + x) * w, r"\ln \left(w + x\right)"),
        (lambda w, x: square(microgradnn.erf(w - x)), r"\operatorname{erf} \left(w - x\right)"),
        (lambda w, x: square(microgradnn.logsumexp([w * x, w, x])), r"\operatorname{logsumexp}(w \, x, w, x)"),
        (lambda w, x: square(microgradnn.leaky_relu(w * x)), r"\operatorname{leaky\_relu}(w \, x, 0.01)"),
        (lambda w, x: square(microgradnn.maximum(w + x, x)), r"\max(w + x, x)"),
    ],
)
def test_what_is_typeset_is_all_of_it_and_binds_as_it_should(loss: Callable[..., Any], shown: str) -> None:
    leaves = [Value(0.4, label="w"), Value(1.3, label="x")]
    author = Author(Tape(leaves, loss(*leaves), {}), ["w", "x"], {})
    assert shown in author.gradient(0).tex


def test_a_number_of_a_model_is_typeset_by_the_way_to_it() -> None:
    assert named("model.w[0].data").tex == "w_{0}"
    assert named("model.layers[0].neurons[1].b.data").tex == r"\mathit{layers}_{0}.\mathit{neurons}_{1}.b"
    assert named("W[0][1]").tex == "W_{0,1}"
