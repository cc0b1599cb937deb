"""Derivations marked step by step: the step that brought the error in is wrong, what follows is forgiven."""

import doctest
import io
import json
import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest

from microgradnn import Value, exp, log, maximum, no_grad, relu, sigmoid, softplus, sqrt, sum, tanh
from microgradnn.chain import graph, operands
from microgradnn.check import Mistake, StepReport, StepVerdict, diagnose_steps
from microgradnn.errors import MicrogradnnError, WrongGradient
from microgradnn.reverse import edges
from tests.graphs import EVERY, SMOOTH, random_program, run

AT: dict[str, Any] = {"w": [0.3, -0.8], "b": 0.1, "x": [1.5, 2.0], "y": 1.0}


def neuron(w: Any, b: Any, x: Any, y: Any) -> Any:
    z = w[0] * x[0] + w[1] * x[1] + b
    z.label = "z"
    out = sigmoid(z)
    out.label = "out"
    return (out - y) ** 2 / 2


def logistic(z: float) -> float:
    return 1.0 / (1.0 + math.exp(-z))


Z = 0.3 * 1.5 - 0.8 * 2.0 + 0.1
OUT = logistic(Z)
D_OUT = OUT - 1.0
D_Z = D_OUT * OUT * (1.0 - OUT)


def verdicts(report: StepReport) -> list[str]:
    return [str(row.verdict) for row in report.rows]


def test_a_right_derivation_is_right() -> None:
    report = diagnose_steps(neuron, {"out": D_OUT, "z": D_Z, "w": [D_Z * 1.5, D_Z * 2.0], "b": D_Z}, at=AT)
    assert report.ok
    assert report.first_wrong is None
    assert verdicts(report) == ["right"] * 5
    assert [row.where for row in report.rows] == ["out", "z", "w[0]", "w[1]", "b"]
    assert [row.step for row in report.rows] == ["out", "z", "w", "w", "b"]
    assert report.require() is report


def test_only_the_step_with_the_error_is_wrong() -> None:
    # The slope of the sigmoid is left out of z; w follows from that, b has an error of its own besides.
    report = diagnose_steps(neuron, {"out": D_OUT, "z": D_OUT, "w": [D_OUT * 1.5, D_OUT * 2.0], "b": -D_OUT}, at=AT)
    assert verdicts(report) == ["right", "wrong", *["consistent with the earlier error"] * 2, "wrong"]
    assert not report.ok
    first = report.first_wrong
    assert first is not None
    assert (first.where, first.by_hand) == ("z", D_OUT)
    assert first.autodiff == pytest.approx(D_Z)
    assert first.expected_from_yours == pytest.approx(D_Z)
    assert report.rows[2].expected_from_yours == pytest.approx(D_OUT * 1.5)
    assert report.rows[2].autodiff == pytest.approx(D_Z * 1.5)
    text = str(report)
    assert "the first error is in z" in text
    assert "w[0]: right, given your z" in text
    assert "b: wrong by itself too: your z would give" in text
    with pytest.raises(WrongGradient, match="the first error is in z"):
        report.require()


def test_a_right_number_after_an_error_is_right() -> None:
    report = diagnose_steps(neuron, {"out": -D_OUT, "z": D_Z, "b": D_Z}, at=AT)
    assert verdicts(report) == ["wrong", "right", "right"]
    assert "right, though it does not follow from your out" in report.rows[1].note
    # b follows from z, which is right.
    assert report.rows[2].note == ""


def test_a_sign_turned_at_the_start_is_one_error() -> None:
    report = diagnose_steps(neuron, {"out": -D_OUT, "z": -D_Z, "w": [-D_Z * 1.5, -D_Z * 2], "b": -D_Z}, at=AT)
    assert verdicts(report) == ["wrong", *["consistent with the earlier error"] * 4]


def test_the_order_is_that_of_the_steps_and_gaps_are_bridged() -> None:
    # w was derived before z, so that it cannot follow from an error in z.
    report = diagnose_steps(neuron, {"w": [D_Z * 1.5, D_Z * 2.0], "z": 2 * D_Z, "b": 2 * D_Z}, at=AT)
    assert verdicts(report) == ["right", "right", "wrong", "consistent with the earlier error"]
    # From out to w at one go, over z.
    wrong = diagnose_steps(neuron, {"out": 2 * D_OUT, "w": [2 * D_Z * 1.5, 2 * D_Z * 2.0]}, at=AT)
    assert verdicts(wrong) == ["wrong", *["consistent with the earlier error"] * 2]


def d_out(w: Any, b: float, x: Any, y: float) -> float:
    return logistic(w[0] * x[0] + w[1] * x[1] + b) - y


def test_functions_get_the_arguments_that_they_name() -> None:
    def d_z(**named: Any) -> float:
        out = logistic(named["w"][0] * named["x"][0] + named["w"][1] * named["x"][1] + named["b"])
        return (out - named["y"]) * out * (1 - out)

    report = diagnose_steps(
        neuron,
        {
            "out": d_out,
            "z": d_z,
            "w": [lambda w, b, x, y: d_z(w=w, b=b, x=x, y=y) * x[0], D_Z * 2.0],
            "y": lambda: -D_OUT,
        },
        at=AT,
    )
    assert verdicts(report) == ["right"] * 5
    at_defaults = diagnose_steps(lambda a=2.0, b=3.0: a * b, {"a": lambda b: b, "b": lambda a: a})
    assert at_defaults.ok


def test_right_at_this_point_only_is_wrong() -> None:
    loss: Callable[..., Any] = lambda w, x: (w * x) ** 2
    # The derivative of the square is 2·w·x·x; without its last factor it is right where x is 1, and without w's
    # exponent where w is 1.
    only = diagnose_steps(loss, {"w": lambda w, x: 2 * w * w * x * x}, at={"w": 1.0, "x": 3.0})
    assert verdicts(only) == ["right at this point only"]
    assert not only.ok
    assert only.rows[0].mistakes == (Mistake.COINCIDENCE,)
    assert only.first_wrong is only.rows[0]
    assert "right at this point, but at w = " in only.rows[0].note
    lost = diagnose_steps(loss, {"w": lambda w, x: 2 * w * x}, at={"w": 2.0, "x": 1.0})
    assert verdicts(lost) == ["right at this point only"]  # x is an input, and may be any number
    labelled: Callable[..., Any] = lambda w, y: (w * y) ** 2
    asked = diagnose_steps(labelled, {"w": lambda w, y: 2 * w * y}, at={"w": 2.0, "y": 1.0})
    assert asked.ok  # as long as y is 0 or 1
    assert "w: is something missing that is 0 or 1 here, or a number put in for an argument?" in asked.remarks[1]
    assert "Unless y must keep to something" in asked.remarks[1]
    fine = diagnose_steps(loss, {"w": lambda w, x: 2 * w * x * x}, at={"w": 2.0, "x": 1.0})
    assert fine.remarks == ("held against 16 points around this one as well",)
    assert str(diagnose_steps(labelled, {"w": lambda w, y: 2 * w * y}, at={"w": 2.0, "y": 1.0})) == str(asked)


def two_uses(w: Any, x: Any, y: Any) -> Any:
    h = tanh(w * x)
    h.label = "h"
    p = h * 3.0 + 1.0
    p.label = "p"
    return (p * h - y) ** 2


@pytest.mark.parametrize(
    ("loss", "at", "step", "numbers", "mistake", "words"),
    [
        (neuron, AT, "z", [D_OUT], Mistake.MISSING_LOCAL_DERIVATIVE, "the derivative of sigmoid"),
        (neuron, AT, "out", [-D_OUT], Mistake.SIGN, "sign flipped"),
        (neuron, AT, "out", [2 * D_OUT], Mistake.FACTOR, "2 times the right gradient"),
        (neuron, AT, "b", [OUT * (1 - OUT)], Mistake.OUTPUT_NOT_LOSS, "out was differentiated, not the loss"),
        (neuron, AT, "z", [D_OUT * Z * (1 - Z)], Mistake.WRONG_POINT, "z was put into that formula"),
    ],
)
def test_the_first_wrong_number_is_explained(
    loss: Any, at: Any, step: str, numbers: list[float], mistake: Mistake, words: str
) -> None:
    (row,) = diagnose_steps(loss, {step: numbers[0]}, at=at).rows
    assert (row.verdict, row.mistakes) == (StepVerdict.WRONG, (mistake,))
    assert words in row.note
    assert "as far as one point can tell" in row.note


def test_a_forgotten_path_is_named_and_confirmed_at_other_points() -> None:
    def d_p(w: float, x: float, y: float) -> float:
        h = math.tanh(w * x)
        return 2 * ((3 * h + 1) * h - y) * h

    report = diagnose_steps(
        two_uses, {"p": d_p, "h": lambda w, x, y: 3 * d_p(w, x, y)}, at={"w": 0.4, "x": 1.5, "y": 0.3}
    )
    assert verdicts(report) == ["right", "wrong"]
    assert Mistake.MISSING_PATH in report.rows[1].mistakes
    assert "it fits at 9 points" in report.rows[1].note
    assert json.loads(json.dumps(report.to_dict()))["rows"][1]["mistakes"] == ["missing path"]


def test_numbers_rounded_on_paper_are_marked_as_such() -> None:
    def rounded(x: float) -> float:
        return float(f"{x:.4g}")

    out = rounded(D_OUT)
    z = rounded(out * OUT * (1 - OUT))
    steps = {"out": out, "z": z, "w": [rounded(z * 1.5), rounded(z * 2.0)], "b": 2 * z}
    exactly = diagnose_steps(neuron, steps, at=AT)
    assert exactly.first_wrong is exactly.rows[0]
    assert exactly.rows[0].mistakes == ()
    assert "right to 4 significant digits: if numbers were rounded, say so with digits=4" in exactly.remarks[0]
    report = diagnose_steps(neuron, steps, at=AT, digits=4)
    assert verdicts(report) == [*["right"] * 4, "wrong"]
    assert report.remarks == ()
    slope_lost = {"out": out, "z": out, "w": [rounded(out * 1.5), rounded(out * 2.0)]}
    report = diagnose_steps(neuron, slope_lost, at=AT, digits=4)
    assert verdicts(report) == ["right", "wrong", *["consistent with the earlier error"] * 2]
    assert report.rows[1].mistakes == (Mistake.MISSING_LOCAL_DERIVATIVE,)
    with pytest.raises(MicrogradnnError, match="digits is 1 or more"):
        diagnose_steps(neuron, steps, at=AT, digits=0)
    with pytest.raises(MicrogradnnError, match="digits is a whole number"):
        diagnose_steps(neuron, steps, at=AT, digits=2.5)  # type: ignore[arg-type]


def test_what_nothing_explains_is_not_named() -> None:
    (row,) = diagnose_steps(neuron, {"z": 0.1234567}, at=AT).rows
    assert (row.verdict, row.mistakes, row.note) == (StepVerdict.WRONG, (), "")


def test_what_the_labels_must_keep_to_is_left_alone() -> None:
    def crossentropy(z: Any, y: Any) -> Any:
        powers = [exp(each) for each in z]
        p = [each / sum(powers) for each in powers]
        return -sum([target * each.log() for target, each in zip(y, p, strict=True)])

    def d_z(z: list[float], y: list[float]) -> list[float]:
        powers = [math.exp(each) for each in z]
        total = math.fsum(powers)
        return [each / total - target for each, target in zip(powers, y, strict=True)]  # as the targets add up to 1

    report = diagnose_steps(crossentropy, {"z": d_z}, at={"z": [0.5, -1.0, 2.0], "y": [0.0, 1.0, 0.0]})
    assert report.ok
    assert len(report.remarks) == 1


def test_values_labelled_one_by_one_make_a_list() -> None:
    def recurrent(w: Any, x: Any) -> Any:
        h = Value(0.0)
        for k, each in enumerate(x):
            h = tanh(w * each + h)
            h.label = f"h[{k}]"
        return h * h

    w, x, h = 0.5, [1.0, -2.0, 3.0], [0.0]
    for each in x:
        h.append(math.tanh(w * each + h[-1]))
    d2 = 2 * h[3]
    d1 = d2 * (1 - h[3] ** 2)
    d0 = d1 * (1 - h[2] ** 2)
    at = {"w": w, "x": x}
    assert diagnose_steps(recurrent, {"h": [d0, d1, d2]}, at=at).ok
    # h[1] lies above h[0], whatever the order in the list: its error is the first.
    report = diagnose_steps(recurrent, {"h": [3 * d0, 3 * d1, d2]}, at=at)
    assert verdicts(report) == ["consistent with the earlier error", "wrong", "right"]
    one = diagnose_steps(recurrent, {"h[1]": 3 * d1, "h[0]": 3 * d0, "x[0]": 1.0}, at=at)
    assert verdicts(one) == ["wrong", "consistent with the earlier error", "wrong"]


def test_lists_of_lists_of_labels() -> None:
    def loss(x: Any) -> Any:
        grid = [[x * float(1 + i + 2 * j) for j in range(2)] for i in range(3)]
        for i, row in enumerate(grid):
            for j, each in enumerate(row):
                each.label = f"g[{i}][{j}]"
        return sum([each * float(k) for k, each in enumerate(each for row in grid for each in row)])

    assert diagnose_steps(loss, {"g": [[0, 1], [2, 3], [4, 5]]}, at={"x": 1.0}).ok


def test_parts_of_arguments_are_named_too() -> None:
    def loss(W: Any, p: Any) -> Any:
        return W[0][0] * W[0][1] * p["w"][0] + W[1][0] * W[1][1] * p["w"][1] * p["b"]

    at = {"W": [[1.5, 2.0], [3.0, 4.0]], "p": {"w": [5.0, 6.0], "b": 7.0}}
    steps = {"W[0]": [10.0, 7.5], "W[1][0]": 168.0, "p.w": [3.0, 84.0], "p.b": 72.0}
    assert diagnose_steps(loss, steps, at=at).ok
    report = diagnose_steps(loss, {"W[0]": lambda W, p: [W[0][1] * p["w"][0], W[0][0] * 5.0]}, at=at)
    assert verdicts(report) == ["right", "right at this point only"]  # 5 was put in for p["w"][0]
    assert "W[0][1]: right at this point, but at " in str(report)


def told_onward(root: Value, node: Any, told: dict[Any, float]) -> float:
    """The gradient of `node` that follows from the numbers told, written down from the definition."""
    if node is root:
        return 1.0
    total = 0.0
    for user in graph(root):
        partials = dict(edges(user)) if user.op else {}
        for k, operand in operands(user):
            if operand is node and k in partials:
                above = told[user] if user in told else told_onward(root, user, told)
                total += above * partials[k]
    return total


@pytest.mark.parametrize("names", [SMOOTH, EVERY], ids=["smooth", "with kinks"])
@pytest.mark.parametrize("seed", range(40))
def test_errors_planted_in_random_graphs_are_found_where_they_are(seed: int, names: list[str]) -> None:
    rng = random.Random(seed)
    leaves = [rng.uniform(0.3, 2.0) for _ in range(3)]
    program = random_program(rng, leaves, 6, names)
    seen: list[Any] = []

    def loss(x: Any) -> Any:
        out = run(program, x)
        computed = [node for node in graph(out) if node.op is not None and node is not out]
        for k, node in enumerate(computed):
            node.label = f"n{k}"  # type: ignore[attr-defined]
        seen[:] = [out, {node.label: node for node in computed if node.live}]  # type: ignore[attr-defined]
        return out

    with_at = {"x": leaves}
    out = loss([Value(x) for x in leaves])
    if not out.live:
        return
    nodes = [node for node in reversed(graph(out)) if node is not out and node.op is not None]
    right = {node: told_onward(out, node, {}) for node in nodes}
    report = diagnose_steps(loss, {node.label: right[node] for node in nodes}, at=with_at)  # type: ignore[attr-defined]
    assert report.ok, f"seed {seed}\n{report}"
    # An error in one of them, from which the rest follows; then another by itself.
    planted = [node for node in nodes if abs(right[node]) > 1e-3]
    if not planted:
        return
    first = rng.choice(planted)
    told: dict[Any, float] = {}
    expected: list[str] = []
    for node in nodes:
        onward = told_onward(out, node, told)
        told[node] = 3.0 * onward if node is first else onward
        same = math.isclose(told[node], right[node], rel_tol=1e-9, abs_tol=1e-12)
        expected.append("wrong" if node is first else "right" if same else "consistent with the earlier error")
    report = diagnose_steps(loss, {node.label: x for node, x in told.items()}, at=with_at)  # type: ignore[attr-defined]
    assert verdicts(report) == expected, f"seed {seed}, error in {first.label}\n{report}"  # type: ignore[attr-defined]
    assert report.first_wrong is not None
    assert report.first_wrong.where == first.label  # type: ignore[attr-defined]


@pytest.mark.parametrize("x", [0.1, 3.0, 12.0, 19.0, -15.0, 1e-9])
def test_forms_that_lose_digits_are_not_accused(x: float) -> None:
    def loss(w: Any) -> Any:
        t = tanh(w)
        t.label = "t"
        s = softplus(t * w)
        s.label = "s"
        return s**2

    s = math.log(1 + math.exp(math.tanh(x) * x)) if math.tanh(x) * x < 700 else math.tanh(x) * x
    d_s = 2 * s
    inner = d_s * logistic(math.tanh(x) * x)
    d_t = inner * x
    w = d_t * (1 - math.tanh(x) ** 2) + inner * math.tanh(x)
    report = diagnose_steps(loss, {"s": d_s, "t": d_t, "w": w}, at={"w": x})
    assert report.ok, str(report)
    by_functions = diagnose_steps(
        loss,
        {
            "t": lambda w: 2 * math.log1p(math.exp(math.tanh(w) * w)) * logistic(math.tanh(w) * w) * w,
            "w": lambda w: 2 * math.log1p(math.exp(math.tanh(w) * w)) * logistic(math.tanh(w) * w)
            * (w * (1 - math.tanh(w) ** 2) + math.tanh(w)),
        },
        at={"w": x},
    )  # fmt: skip
    assert by_functions.ok, str(by_functions)


def test_numpy_is_no_accusation() -> None:
    report = diagnose_steps(
        lambda w: tanh(w) ** 2,
        {"w": lambda w: 2 * float(numpy.tanh(w)) * (1 - float(numpy.tanh(w)) ** 2)},
        at={"w": 9.0},
    )
    assert report.ok, str(report)


def test_at_a_kink_every_subgradient_is_right_and_what_follows_from_it() -> None:
    def loss(w: Any, x: Any) -> Any:
        h = relu(w * x)
        h.label = "h"
        return h * 3.0

    at = {"w": 0.0, "x": 2.0}
    report = diagnose_steps(loss, {"h": 3.0, "w": 6.0}, at=at)
    assert verdicts(report) == ["right", "right (kink)"]
    assert "any value in [0, 6]" in report.rows[1].note
    assert verdicts(diagnose_steps(loss, {"h": 3.0, "w": 7.0}, at=at)) == ["right", "wrong"]
    # The choice of one step carries over to the next.
    tie = diagnose_steps(lambda a, b: maximum(a, b) * 1.0, {"a": 1.0, "b": 0.0}, at={"a": 1.0, "b": 1.0})
    assert tie.ok


def test_gradients_that_are_not_finite() -> None:
    loss: Callable[..., Any] = lambda a: a**0.5
    at = {"a": 0.0}
    assert verdicts(diagnose_steps(loss, {"a": math.inf}, at=at)) == ["right"]
    assert verdicts(diagnose_steps(loss, {"a": 3.0}, at=at)) == ["no gradient"]
    assert verdicts(diagnose_steps(lambda a: a * 2.0, {"a": math.inf}, at=at)) == ["wrong"]


def test_terms_that_cancel_are_said_to() -> None:
    def loss(a: Any) -> Any:
        return (a * 1e17 + 1.0) * 1e-17 * 1e17 - a * 1e17 + a * 0.1 * 1e-3

    exact = 1e-4
    (row,) = diagnose_steps(loss, {"a": exact}, at={"a": 0.7}).rows
    assert row.verdict in (StepVerdict.ROUNDED, StepVerdict.RIGHT)
    assert row.tolerance > exact


def constant_inside(a: Any) -> Any:
    with no_grad():
        c = a * 2.0
    c.label = "c"
    return a * c


def twice(a: Any) -> Any:
    for _ in range(2):
        a = a * 3.0
        a.label = "h"
    return a * 1.0


def gap(a: Any) -> Any:
    b, c = a * 1.0, a * 2.0
    b.label, c.label = "h[0]", "h[2]"
    return b * c


def both(a: Any) -> Any:
    b = a * 3.0
    b.label = "a"
    return b * 2.0


def parts(a: Any) -> Any:
    b, c = a * 1.0, a * 2.0
    b.label, c.label = "h[0]", "h[0][1]"
    return b * c


def drawn(a: Any) -> Any:
    return a * random.random()


@pytest.mark.parametrize(
    ("loss", "steps", "words"),
    [
        (
            neuron,
            {"q": 1.0},
            "nothing in the loss is called 'q': its arguments are w, b, x, y, and its labels are z, out",
        ),
        (lambda a: a * 2.0, {"q": 1.0}, "it labels no Value"),
        (twice, {"h": 1.0}, r"2 Values are labelled 'h': which one is meant\? Label them h\[0\], h\[1\]"),
        (gap, {"h": [1.0, 2.0]}, r"do not make a list: no Value is labelled h\[1\]"),
        (parts, {"h": [1.0, 2.0]}, r"h\[0\] has parts of its own"),
        (both, {"a": 1.0}, "is an argument of the loss and also the label of a Value"),
        (constant_inside, {"c": 1.0}, "'c' is a constant in the loss"),
        (neuron, {"w": [1.0]}, "the gradient of w has length 1; 2 as in the loss"),
        (neuron, {"w": 1.0}, "the gradient of w is a number; a list of length 2"),
        (neuron, {"z": [1.0]}, "the gradient of z is a list of length 1; a number"),
        (neuron, {"w": {"a": 1}}, "the gradient of w is a dict"),
        (neuron, {"z": "0.1"}, "the gradient of z must be one real number, but str"),
        (neuron, {"z": None}, "the gradient of z must be one real number"),
        (neuron, {"z": math.nan}, "the gradient of z is nan"),
        (neuron, {"z": Value(1.0)}, "the gradient of z is a Value"),
        (neuron, {"w": numpy.array([1.0, 2.0])}, "holds an array: give nested lists"),
        (neuron, {"z": lambda: 1 / 0}, r"the gradient of z raised ZeroDivisionError at .*test_steps.py:\d+"),
        (neuron, {"w": lambda: None}, "the gradient of w returned None: is a return statement missing"),
        (neuron, {"z": lambda out: out}, "takes 'out', which is no argument of the loss"),
        (neuron, {"z": lambda: random.random()}, "is it random"),
        (neuron, {"w": [1.0, lambda: 1 / 0]}, "gradient of w, number 1 raised"),
        (neuron, {}, "steps is empty"),
        (neuron, [("z", 1.0)], "steps is a dict .* and one list came"),
        (neuron, {3: 1.0}, "3 is no name"),
        (drawn, {"a": 1.0}, "is it random"),
        (lambda a: 3.0, {"a": 1.0}, "must return one Value"),
        (lambda a: a.data * 3.0, {"a": 1.0}, "must return one Value"),
    ],
)
def test_what_cannot_be_marked_is_told(loss: Any, steps: Any, words: str) -> None:
    at = AT if loss is neuron else {"a": 2.0}
    with pytest.raises(MicrogradnnError, match=words):
        diagnose_steps(loss, steps, at=at)


def test_a_point_is_needed_and_the_seed_is_whole() -> None:
    with pytest.raises(MicrogradnnError, match="at which point"):
        diagnose_steps(neuron, {"z": 1.0})
    with pytest.raises(MicrogradnnError, match="seed is a whole number"):
        diagnose_steps(lambda a: a * 2.0, {"a": lambda: 2.0}, at={"a": 1.0}, seed="x")  # type: ignore[arg-type]
    with pytest.raises(MicrogradnnError, match="holds no numbers"):
        diagnose_steps(lambda a, s: a * 2.0, {"s": 1.0}, at={"a": 1.0, "s": "text"})


def test_points_where_a_function_fails_are_dropped_and_counted() -> None:
    def d_a(a: float) -> float:
        if a != 1.0:
            raise ValueError("only here")
        return 2.0

    report = diagnose_steps(lambda a: a * 2.0, {"a": d_a}, at={"a": 1.0})
    assert report.ok
    assert report.remarks == (
        "held against 0 points around this one as well (16 more were dropped: a function fails there)",
    )


def test_an_argument_that_the_loss_leaves_out_has_the_gradient_0() -> None:
    assert (
        verdicts(diagnose_steps(lambda a, b: a * 2.0, {"b": 0.0, "a": 2.0}, at={"a": 1.0, "b": 1.0})) == ["right"] * 2
    )
    assert verdicts(diagnose_steps(lambda a, b: a * 2.0, {"b": 1.0}, at={"a": 1.0, "b": 1.0})) == ["wrong"]


def test_the_report_shows_itself_everywhere() -> None:
    def loss(a: Any) -> Any:
        b = a * 3.0
        b.label = "<i>b</i>"
        return b * b

    report = diagnose_steps(loss, {"<i>b</i>": 6.0, "a": 18.0}, at={"a": 2.0})
    assert verdicts(report) == ["wrong", "consistent with the earlier error"]
    assert "<i>b</i>" not in report._repr_html_()
    told = json.loads(json.dumps(report.to_dict()))
    assert (told["ok"], told["first_wrong"]) == (False, "<i>b</i>")
    assert told["rows"][1] == {
        "step": "a", "where": "a", "by_hand": 18.0, "autodiff": 36.0, "expected_from_yours": 18.0,
        "verdict": "consistent with the earlier error", "tolerance": told["rows"][1]["tolerance"],
        "note": "right, given your <i>b</i>", "mistakes": [],
    }  # fmt: skip
    from rich.console import Console

    out = io.StringIO()
    Console(file=out, width=200).print(report)
    assert "consistent with the earlier error" in out.getvalue()


def test_the_result_itself_can_be_a_step() -> None:
    def loss(a: Any) -> Any:
        out = a * 3.0
        out.label = "L"
        return out

    assert diagnose_steps(loss, {"L": 1.0, "a": 3.0}, at={"a": 2.0}).ok
    assert verdicts(diagnose_steps(loss, {"L": 2.0, "a": 6.0}, at={"a": 2.0})) == [
        "wrong",
        "consistent with the earlier error",
    ]


def test_what_the_page_shows_is_what_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Path(__file__).parent.parent / "docs" / "learning.md"
    monkeypatch.chdir(tmp_path)
    failed, tried = doctest.testfile(str(page), module_relative=False)
    assert (failed, tried > 15) == (0, True)
    assert (tmp_path / "exercise.md").read_text("utf-8").startswith("# Backpropagation by hand: exercise 2")


# ---- infinite slopes on the way --------------------------------------------------------------------------


def rooted(w: Any, x: Any, b: Any) -> Any:
    z = w * x
    z.label = "z"
    s = sqrt(z)
    s.label = "s"
    return (s + b) ** 2


@pytest.mark.parametrize("w", [0.0, 1e-320, 1e-310, 1e-150])
def test_an_infinite_slope_below_hides_no_mistake_above(w: float) -> None:
    # at a root of 0 the slope below s is infinite, and near it the slope overflows in 0.5/s²; s itself is tame
    at = {"w": w, "x": 3.0, "b": 1.2}
    good = diagnose_steps(rooted, {"s": 2.4, "b": 2.4}, at)
    assert [str(row.verdict) for row in good.rows] == ["right", "right"]
    assert all(row.tolerance < 1e-12 for row in good.rows)
    bad = diagnose_steps(rooted, {"s": 2.0, "b": 7.0}, at)
    assert [str(row.verdict) for row in bad.rows] == ["wrong", "wrong"]
    below = diagnose_steps(rooted, {"s": 2.4, "z": 3.0}, at)
    assert str(below.rows[1].verdict) == ("no gradient" if w == 0.0 else "wrong")


def test_a_function_and_its_inverse_over_the_whole_range_hide_no_mistake() -> None:
    def loss(w: Any, b: Any) -> Any:
        z = exp(w)
        z.label = "z"
        return (log(z) - b) ** 2

    for w in (709.5, -700.0, 3.0):
        right = 2 * (w - 1.2)
        assert diagnose_steps(loss, {"z": right / math.exp(w), "w": right}, {"w": w, "b": 1.2}).ok
        wrong = diagnose_steps(loss, {"w": 1.001 * right}, {"w": w, "b": 1.2})
        assert [str(row.verdict) for row in wrong.rows] == ["wrong"]
