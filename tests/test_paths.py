"""A gradient is the sum over paths; the count is exact, and the order of the sweep has a reason."""

import doctest
import io
import json
import math
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microgradnn.paths.explain
from microgradnn import Value, explain_path, maximum, no_grad, relu, sigmoid, where
from microgradnn.chain import operands
from microgradnn.errors import MicrogradnnError, Misuse, NotANumber, SettingError
from microgradnn.paths import Paths
from microgradnn.reverse import edges
from tests.graphs import EVERY, SMOOTH, random_program, run


def labelled(data: float, label: str) -> Value:
    return Value(data, label=label)


def every_path(root: Value, x: Value) -> Iterator[list[tuple[Value, int]]]:
    """All paths, the plain way."""
    if root is x:
        yield []
        return
    for k, operand in operands(root):
        for rest in every_path(operand, x):  # type: ignore[arg-type]
            yield [(root, k), *rest]


def told_product(path: list[tuple[Value, int]]) -> float:
    product, flows = 1.0, True
    for value, k in path:
        partials = dict(edges(value))
        flows = flows and k in partials
        product *= partials.get(k, 0.0)
    return product if flows else 0.0


def naive_recursion(root: Value, x: Value) -> tuple[float, int]:
    """The recursion as the lesson tells it, on the whole graph; with the number of its calls that lead to x."""
    grads: dict[Value, float] = {root: 1.0}
    above = {root} if root is x else set()
    for path in every_path(root, x):
        above |= {value for value, _ in path} | {x}
    calls = 0

    def backward(v: Value) -> None:
        nonlocal calls
        calls += v in above
        partials = dict(edges(v))
        for k, operand in operands(v):
            if k in partials:
                grads[operand] = grads.get(operand, 0.0) + partials[k] * grads.get(v, 0.0)  # type: ignore[index,arg-type]
            if v is not x:
                backward(operand)  # type: ignore[arg-type]

    backward(root)
    return grads.get(x, 0.0), calls


@pytest.mark.parametrize("names", [SMOOTH, EVERY], ids=["smooth", "with kinks"])
@pytest.mark.parametrize("seed", range(60))
def test_all_paths_are_those_that_a_plain_search_finds(seed: int, names: list[str]) -> None:
    rng = random.Random(seed)
    leaves = [rng.uniform(0.3, 2.0) for _ in range(3)]
    program = random_program(rng, leaves, rng.randrange(2, 7), names)
    values = [Value(x) for x in leaves]
    root = run(program, values)
    for x in values:
        expected = list(every_path(root, x))
        if not expected:
            with pytest.raises(Misuse, match="no path"):
                explain_path(root, x)
            continue
        found = explain_path(root, x, limit=10_000)
        assert found.count == len(found.paths) == len(expected)
        got = [[(step.value, step.position) for step in path.steps] for path in found.paths]
        assert {tuple(path) for path in got} == {tuple(path) for path in expected}
        sizes = [abs(path.product) for path in found.paths]
        assert sizes == sorted(sizes, reverse=True)
        assert [path.product for path in found.paths] == [told_product(path) for path in got]
        root.zero_grad()
        root.backward()
        assert found.gradient == x.grad
        assert abs(found.total - found.gradient) <= found.rounding
        naive, calls = naive_recursion(root, x)
        assert found.naive == naive
        assert found.calls == calls


@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.integers(0, 50), st.floats(-3, 3), st.floats(-3, 3)), min_size=1, max_size=9
    ),
    st.integers(1, 12),
)
@settings(max_examples=60, deadline=None)
def test_a_limit_keeps_the_largest(steps: list[tuple[int, int, float, float]], limit: int) -> None:
    values = [Value(1.5)]
    for i, j, a, b in steps:
        values.append(values[i % len(values)] * a + values[j % len(values)] * b)
    root, x = values[-1], values[0]
    sizes = sorted((abs(told_product(path)) for path in every_path(root, x)), reverse=True)
    found = explain_path(root, x, limit=limit)
    assert found.count == len(sizes)
    assert [abs(path.product) for path in found.paths] == pytest.approx(sizes[:limit], rel=1e-12, abs=0.0)
    # The sum is over all paths, not over those that are listed.
    assert abs(found.total - found.gradient) <= found.rounding


def test_the_reason_for_the_order_is_told_on_the_graph() -> None:
    a = labelled(2.0, "a")
    b = a * 3.0
    b.label = "b"
    c = b * b + b
    c.label = "c"
    found = explain_path(c, a)
    # By hand: dc/da = (2b + 1)·3 = 39. The recursion: b gets 6 and a 18; b gets 6 more, 12, and a 36; b gets
    # 1 more, 13, and a 39: 93 in all.
    assert (found.gradient, found.total, found.naive, found.count) == (39.0, 39.0, 93.0, 3)
    text = str(found)
    assert "gives 93, which is wrong" in text
    assert "it reaches b first with 6" in text
    assert "12, and so counts the 6 again" in text
    assert "c → b * b → b [operand 1] → a" in text
    assert "1 · 6 · 3" in text
    assert c.graded is a.graded is False, "nothing is written to the graph"


def test_without_sharing_the_recursion_is_right_and_the_lesson_says_so() -> None:
    w = labelled(0.5, "w")
    found = explain_path(sigmoid(w * 2.0 + 1.0), w)
    assert found.naive == found.gradient
    assert "the same here, since no Value on the way is reached twice" in str(found)
    assert "the only path gives" in str(found)


def test_right_by_chance_is_told_from_right() -> None:
    a = labelled(1.0, "a")
    b = a * 1.0
    # b passes on 1, then holds 1 - 1 = 0 and passes on 0: what went down twice cancels against nothing.
    c = b + (b - b)
    found = explain_path(c, a)
    naive, _ = naive_recursion(c, a)
    assert found.naive == naive
    assert ("by chance" in str(found)) is (naive == found.gradient)


def test_astronomical_numbers_are_exact() -> None:
    x = labelled(1.0, "x")
    y = x
    for _ in range(400):
        y = y + y + y
    found = explain_path(y, x, limit=3)
    assert found.count == 3**400
    assert found.naive is None
    # One call for the root; each level has the inner sum (3^k calls of the level above) and two more uses.
    assert found.calls == 3**400 + sum(2 * 3**k for k in range(400))
    assert [path.product for path in found.paths] == [1.0] * 3
    assert len({tuple(step.position for step in path.steps) for path in found.paths}) == 3
    assert found.total == pytest.approx(3.0**400)
    assert abs(found.total - found.gradient) <= found.rounding
    assert "about 7.05e190 paths; these are the 3 largest" in str(found)
    assert "would not finish in a lifetime" in str(found)
    assert json.loads(json.dumps(found.to_dict()))["count"] == 3**400


def test_a_hundred_thousand_steps_deep() -> None:
    x = labelled(2.0, "x")
    y = x
    for _ in range(25_000):
        y = y * 0.75 + y * 0.25
    found = explain_path(y, x, limit=5)
    assert found.count == 2**25_000
    assert found.total == pytest.approx(1.0, rel=1e-9)
    assert found.longest == 50_000
    # 0.75^25000 is below the least float; the largest path is known all the same: it goes by 0.75 throughout.
    assert [step.derivative for step in found.paths[0].steps[1::2]] == [0.75] * 25_000
    for path in found.paths[1:]:
        assert sorted(step.derivative for step in path.steps[1::2])[:2] == [0.25, 0.75]
    assert "about 1e" not in str(found)
    assert int(json.loads(json.dumps(found.to_dict()))["count"], 0) == 2**25_000
    assert "… 49992 more …" in str(found)


def test_the_recursion_would_be_too_deep_for_python() -> None:
    x = labelled(2.0, "x")
    y = x
    for _ in range(100_000):
        y = y + 1.0
    assert "100000 calls deep" in str(explain_path(y, x))


def test_numbers_that_are_not_finite_come_first_and_zeros_last() -> None:
    a = labelled(2.0, "a")
    y = a * 0.0 + a * math.inf + relu(a - 5.0) * 3.0 + a * -2.0 + a * math.nan + (a * math.inf) * 0.0
    found = explain_path(y, a)
    products = [path.product for path in found.paths]
    assert [math.isnan(p) for p in products] == [True, True, False, False, False, False]
    assert products[2:4] == [math.inf, -2.0]
    assert products[4:] == [0.0, 0.0]
    assert found.blocked == 1
    assert math.isnan(found.total)
    assert math.isnan(found.gradient)
    assert "nothing flows on 1 of 6 paths" in str(found)
    assert "nothing · " in str(found)
    first = explain_path(y, a, limit=2)
    assert [math.isnan(path.product) or path.product == math.inf for path in first.paths] == [True, True]


def test_an_overflow_on_the_way_is_no_rounding() -> None:
    a = labelled(1.0, "a")
    y = ((a * 1e-200) * 1e200) * 1e200
    y = (y * 1e-300) * 1e200 + 0.0
    z = ((y * 1e200) * 1e-200) * 1e200 * 1e-200
    assert "rounding" not in str(explain_path(z, a))
    up = ((a * 1e-200) * 1e200) * 1e200  # from the result down 1e200·1e200 overflows; upwards it does not
    found = explain_path(up, a)
    assert found.gradient == math.inf
    w = up + a * 1.0
    more = explain_path(w, a, limit=1)
    assert (more.total, more.gradient) == (pytest.approx(1e200), math.inf)
    assert "too large or too small for a float" in str(more)


def test_a_recursion_that_is_only_long_is_not_said_to_have_no_end() -> None:
    chain = x = labelled(1.0, "x")
    for _ in range(200_000):
        chain = chain + 0.001
    found = explain_path(chain, x)
    assert (found.calls, found.naive, found.gradient) == (200_001, 1.0, 1.0)  # as many as there are Values
    root = x = labelled(1.0, "x")
    for _ in range(20):
        root = root * 0.5 + root * 0.5
    found = explain_path(root, x)
    assert found.calls == 3 * (2**20 - 1) + 2**20  # of each layer a sum and two products for every path to it; x
    assert found.naive is None
    told = str(found)
    assert f"{found.calls:,} in all, more than the 200,000 that are tried" in told
    assert "finish" not in told


def test_values_without_labels_are_told_by_how_they_came_about() -> None:
    x = labelled(2.0, "x")
    found = explain_path((x * x + x * 3) * 2.0, x)
    assert "(x * x + x * 3) * 2 → x * x + x * 3 → x * 3 → x" in str(found)
    wide = explain_path(sum((labelled(1.0, f"weight{k}") for k in range(9)), start=x * 1.5) * 1.0, x)
    assert all(len(name) <= 32 for path in wide.to_dict()["paths"] for name in path["values"])


def test_terms_that_cancel_are_named() -> None:
    a = labelled(1.0, "a")
    assert "the terms cancel: their absolute values add up to 2e+06" in str(explain_path(a * 1e6 - a * (1e6 - 1), a))


def test_a_branch_not_taken_and_a_tie() -> None:
    a, b = labelled(1.0, "a"), labelled(1.0, "b")
    found = explain_path(where(a > 0, a * 2.0, a * 5.0), a)
    assert (found.count, found.blocked, found.total) == (2, 1, 2.0)
    tie = explain_path(maximum(a, b), a)
    assert (tie.count, tie.total) == (1, 0.5)  # at a tie of two variables each gets half


def test_the_root_itself_and_a_value_between() -> None:
    a = labelled(3.0, "a")
    b = a * a
    own = explain_path(b, b)
    assert (own.count, own.total, own.gradient, own.naive) == (1, 1.0, 1.0, 1.0)
    assert own.paths[0].values == ()
    assert "itself" in str(own)
    middle = explain_path(b * 5.0, b)
    assert [path.derivatives for path in middle.paths] == [(5.0,)]
    assert middle.paths[0].values[-1] is b


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (lambda a, y: explain_path(a, y), Misuse, "the other way round"),
        (lambda a, y: explain_path(y, Value(1.0)), Misuse, "was not computed from the Value 1.0"),
        (lambda a, y: explain_path(y, 2.0), NotANumber, "x is the number 2.0"),
        (lambda a, y: explain_path(y.data, a), NotANumber, "root is the number 6.0"),
        (lambda a, y: explain_path([y], a), NotANumber, "root is one list"),
        (lambda a, y: explain_path(y.detach(), a), Misuse, "root, the Value 6.0, is a constant"),
        (lambda a, y: explain_path(y, a.detach()), Misuse, "x, 'a', is a constant"),
        (lambda a, y: explain_path(y, a, limit=0), SettingError, "from 1 on, and 0 came"),
        (lambda a, y: explain_path(y, a, limit=True), SettingError, "limit"),
        (lambda a, y: explain_path(y, a, limit=2.5), SettingError, "limit"),
    ],
)
def test_wrong_calls_are_told_apart(wrong: Any, error: type[MicrogradnnError], words: str) -> None:
    a = labelled(2.0, "a")
    with pytest.raises(error, match=words.replace("(", r"\(")):
        wrong(a, a * 3.0)


def test_changed_data_and_paused_recording_are_refused() -> None:
    a = labelled(2.0, "a")
    y = a * a
    a.data = 5.0
    with pytest.raises(Misuse, match="changed"):
        explain_path(y, a)
    with no_grad():
        z = a * 2.0
    with pytest.raises(Misuse, match="constant"):
        explain_path(z, a)


def test_it_shows_itself_everywhere_and_labels_do_nothing() -> None:
    a = labelled(2.0, "<b>a</b>\n")
    found = explain_path(a * a, a)
    assert isinstance(found, Paths)
    html = found._repr_html_()
    assert "<b>a</b>" not in html
    assert "&lt;b&gt;a" in html
    assert len(str(found).splitlines()) == 9
    assert repr(found) == "Paths(count=2, total=4.0, gradient=4.0, naive=4.0)"
    from rich.console import Console

    out = io.StringIO()
    Console(file=out, width=200).print(found)
    assert "backward() gives 4" in out.getvalue()


def test_many_paths_are_listed_as_far_as_one_reads() -> None:
    a = labelled(1.0, "a")
    y = a * 1.0
    for k in range(2, 101):
        y = y + a * float(k)
    found = explain_path(y, a, limit=100)
    assert [path.product for path in found.paths] == [float(k) for k in range(100, 0, -1)]
    assert "100 paths; these are the 60 largest" in str(found)


def test_the_example_runs() -> None:
    assert doctest.testmod(microgradnn.paths.explain).failed == 0
    assert doctest.testmod(microgradnn.paths.explain).attempted >= 4
