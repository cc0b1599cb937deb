"""The backends and the sources: random graphs give the same bits everywhere, and a planted fault does not pass."""

import math
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgradnn import Untraceable, Value, relu
from microgradnn.compiler import layout as grouping
from microgradnn.compiler import passes
from microgradnn.compiler.arrays import Runner as Arrays
from microgradnn.compiler.arrays import plan, sums
from microgradnn.compiler.lanes import added
from microgradnn.compiler.layout import Layout, layout
from microgradnn.compiler.passes import optimised
from microgradnn.compiler.program import Program, adjoints, program
from microgradnn.compiler.sources import source, tables
from microgradnn.compiler.straight import Runner as Straight
from microgradnn.compiler.trace import Trace, Traced
from microgradnn.elementary import add, mul, sin, sub
from microgradnn.errors import SettingError
from microgradnn.nn import MLP
from microgradnn.primitives import primitive
from microgradnn.rules import inner, log_sum_exp
from tests.compiled.check import COMPILER, RUNNERS, Bundle, Rows, run_c

NEEDS_C = pytest.mark.skipif(COMPILER is None, reason="no C compiler is installed: neither gcc nor cc")


@pytest.mark.parametrize("seed", range(3))
def test_random_graphs_give_the_same_bits_on_every_backend(seed: int) -> None:
    bundle = Bundle(seed, graphs=60, rows=8)  # python -m tests.compiled has many more
    assert bundle.check_program() > 0
    bundle.check_backends()
    bundle.check_sources(c=seed < 1)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**40))
def test_random_graphs_one_at_a_time(seed: int) -> None:
    bundle = Bundle(seed, graphs=1, rows=4)
    bundle.check_program()
    bundle.check_backends(["numpy", "python"])
    bundle.check_sources(c=False)


def test_every_row_and_its_first_and_second_derivatives_at_the_edges() -> None:
    rows = Rows(1, samples=60)
    assert rows.check_program() > 1000
    rows.check_backends()
    rows.check_sources(c=False)  # python -m tests.compiled has C too, whose compiler takes its time


# ---- faults ----------------------------------------------------------------------------------------------

Pass = Callable[[Program], Program]


def wrong_fold(before: Pass) -> Pass:
    """The last constant that is folded comes out one unit in the last place too large."""

    def shared(old: Program) -> Program:
        new = before(old)
        if len(new.constants) > len(old.constants):
            new.constants[-1] = math.nextafter(new.constants[-1], math.inf)
        return new

    return shared


def wrong_merge(before: Pass) -> Pass:
    """Two instructions are taken for one where only their first operands are the same."""

    def shared(old: Program) -> Program:
        new = before(old)
        seen: dict[Any, int] = {}
        names = {}
        for k, (op, args) in enumerate(new.code, new.first):
            if len(args) > 1:
                names[k] = seen.setdefault((op, args[0]), k)
        code = [(op, tuple(names.get(arg, arg) for arg in args)) for op, args in new.code]
        return replace(new, code=code)

    return shared


def wrong_order(before: Pass) -> Pass:
    """Sums of products are added up from the right."""

    def fused(old: Program) -> Program:
        new = before(old)
        code = []
        for op, args in new.code:
            half = len(args) // 2
            if op is inner:
                args = (args[0], *args[half:0:-1], *args[:half:-1])
            code.append((op, args))
        return replace(new, code=code)

    return fused


def wrong_expansion(before: Pass) -> Pass:
    """Of two numbers the larger is the sum."""

    def expanded(old: Program) -> Program:
        new = before(old)
        return replace(new, code=[(add if op is passes.LARGER else op, args) for op, args in new.code])

    return expanded


def wrong_removal(before: Pass) -> Pass:
    """Differences lose their second operand."""

    def compact(old: Program) -> Program:
        new = before(old)
        return replace(new, code=[(op, (args[0], args[0]) if op is sub else args) for op, args in new.code])

    return compact


def wrong_group(before: Callable[[Program], Layout]) -> Callable[[Program], Layout]:
    """The results of the largest group change places, and their readers do not know."""

    def made(old: Program) -> Layout:
        new = before(old)
        group = max(new.groups, key=lambda group: group.size)
        first = group.out - new.program.first
        code = new.program.code
        code[first : first + group.size] = reversed(code[first : first + group.size])
        return new

    return made


def first_two(columns: Any) -> Any:
    """Strides as the first two operands have them, whatever the others are."""
    start = columns[0][0]
    down = columns[0][1] - start if len(columns[0]) > 1 else 0
    return grouping.Stride(start, down, columns[1][0] - start if len(columns) > 1 else 0)


def shifted(array: Any, rows: Any) -> Any:
    """A view that is right but for its last row."""
    found = plan_even(array, rows)
    return None if found is None or rows.shape[-1] < 2 else np.roll(found, 1, axis=-2)


def backwards(self: Any, factors: Any) -> Any:
    """Products that einsum adds up from the right."""
    found = at_once(self, factors)
    names, *arrays = found.args
    return lambda: found.func(names, *(x[::-1].copy() for x in arrays), **found.keywords)


plan_even, at_once = plan.even, sums.Sums._einsum
FAULTS = {
    "merge": (passes, "shared", wrong_merge(passes.shared)),
    "order": (passes, "fused", wrong_order(passes.fused)),
    "expansion": (passes, "expanded", wrong_expansion(passes.expanded)),
    "removal": (passes, "compact", wrong_removal(passes.compact)),
    "group": (grouping, "layout", wrong_group(grouping.layout)),
    "stride of text": (tables, "stride", first_two),
    "stride of arrays": (plan, "even", shifted),
    "order of einsum": (sums.Sums, "_einsum", backwards),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, attribute, fault = FAULTS[name]
    monkeypatch.setattr(where, attribute, fault)
    for seed in range(20):
        try:
            bundle = Bundle(seed, 20, ["logsumexp", "dot", "relu", "sub", "exp"])
            bundle.check_program(eager=False)
            bundle.check_backends(["numpy", "python"])
            bundle.check_sources(c=False)
        except (AssertionError, IndexError):
            return
    pytest.fail(f"{name}: nothing noticed")


def test_constants_are_folded_with_the_rows_own_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    # Tracing leaves few that are still to fold.
    code = [(add, (-1, -2)), (sin, (1,)), (mul, (0, 2))]
    old = Program([0.1, 0.2], 1, [], code, [3], [])
    new = optimised(old)
    assert len(new.code) == 1
    assert new.run([0.7])[new.outputs[0]] == old.run([0.7])[3] == 0.7 * math.sin(0.1 + 0.2)
    monkeypatch.setattr(passes, "shared", wrong_fold(passes.shared))
    new = optimised(old)
    assert new.run([0.7])[new.outputs[0]] != old.run([0.7])[3]


# ---- what else they have to bear -------------------------------------------------------------------------


def compiled(fn: Any, example: list[float], parameters: list[Value]) -> Layout:
    inputs = [Traced(x) for x in example]
    trace = Trace(fn, inputs, {value: Traced(value.data, label=value.label) for value in parameters})
    wanted = lambda t: adjoints(t.result, [t.held[value] for value in parameters])
    return layout(optimised(program(trace, inputs, [trace.result], wanted)))


def network(n: int) -> tuple[Layout, Any, Any, Any]:
    model = MLP(2, [8, 8, 1], activation="relu", rng=4)
    found = compiled(lambda a, b, y: relu(1 - y * model([a, b])), [0.5, 0.3, 1.0], model.parameters())
    rng = np.random.default_rng(n)
    held = np.array([value.data for value in found.program.held])
    return found, rng.normal(size=(n, 3)), rng.permutation(n), held


@pytest.mark.parametrize("n", [1, 3, 4, 8, 100, 3000])
@pytest.mark.parametrize("biases", [0.0, -0.0, 0.5])
def test_batches_of_every_size_are_one(n: int, biases: float) -> None:
    found, samples, order, held = network(n)
    held[held == 0.0] = biases
    runs = [RUNNERS[name](found).run(samples, order, held) for name in ("numpy", "native")]
    assert [x.tobytes() for x in runs[0]] == [x.tobytes() for x in runs[1]]
    # Split differently the results are the same: the lanes go on where they were.
    runner = Arrays(found)
    runner.most = 16
    assert [x.tobytes() for x in runner.run(samples, order, held)] == [x.tobytes() for x in runs[0]]


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu", "softplus"])
@pytest.mark.parametrize("n", [1, 5, 100, 3000])
def test_fast_is_right_to_rounding(activation: str, n: int) -> None:
    model = MLP(3, [8, 8, 2], activation=activation, rng=4)
    found = compiled(lambda *xs: log_sum_exp(*model(list(xs))), [0.5, 0.3, 1.0], model.parameters())
    rng = np.random.default_rng(n)
    samples, order = rng.normal(size=(n, 3)), rng.permutation(n)
    held = np.array([value.data for value in found.program.held])
    results, lanes = Arrays(found).run(samples, order, held)
    quick, one = Arrays(found, fast=True).run(samples, order, held)
    # The sums here are of at most n terms of size 1 or so, and their factors come from sums of a dozen.
    assert np.abs(quick - results).max() < 200 * 2.0**-52
    assert np.abs(added(one) - added(lanes)).max() < 200 * max(n, 1) * 2.0**-52


def test_no_samples_give_no_results() -> None:
    found, samples, order, held = network(4)
    for runner in (Arrays(found, straight=False), Straight(found)):
        results, lanes = runner.run(samples, order[:0], held)
        assert results.shape == (0, 1)
        assert not lanes.any()


def test_a_long_chain_is_many_short_functions() -> None:
    code = [(sin if k % 3 else mul, (k,) if k % 3 else (k, 0)) for k in range(20_000)]
    long = layout(Program([], 1, [], code, [20_000], [15_000]))
    runner = Straight(long)
    assert runner.text.count("\ndef part_") > 10
    longest = max(len(part.splitlines()) for part in runner.text.split("\ndef "))
    assert longest < 5000
    expected = long.program.run([0.7])
    results, lanes = runner.run(np.array([[0.7]]), np.array([0]), np.zeros(0))
    assert (results[0, 0], lanes[0, 0]) == (expected[20_000], expected[15_000])


def test_few_samples_of_an_irregular_graph_go_straight() -> None:
    code = [(sin if k % 3 else mul, (k,) if k % 3 else (k, 0)) for k in range(2_000)]
    long = layout(Program([], 1, [], code, [2_000], [1_500]))
    samples, order, none = np.linspace(-2, 2, 40)[:, None], np.arange(40), np.zeros(0)
    runs = [runner.run(samples, order[:n], none) for n in (3, 40) for runner in (Arrays(long), Arrays(long, False))]
    assert [x.tobytes() for x in runs[0]] == [x.tobytes() for x in runs[1]]
    assert [x.tobytes() for x in runs[2]] == [x.tobytes() for x in runs[3]]


def test_a_sum_of_many_terms_is_many_lines() -> None:
    draw = random.Random(1)
    numbers = [draw.gauss(0, 1) for _ in range(30_000)]
    args = (0, *range(1, 15_000), *range(15_001, 30_000))
    wide = layout(Program([], 30_000, [], [(inner, args)], [30_000], []))
    expected = wide.program.run(numbers)[30_000]
    for runner in (Arrays(wide, straight=False), Straight(wide)):
        assert runner.run(np.array([numbers]), np.array([0]), np.zeros(0))[0][0, 0] == expected


def test_a_primitive_of_ones_own_that_is_no_arithmetic_is_called() -> None:
    def digits(x: float) -> float:
        return float(len(repr(x)))

    own = primitive("digits_of_it", digits, lambda x, out: 0.0 * x, check=False)
    found = compiled(lambda x: x * own(x), [0.5], [])
    samples = np.array([[0.5], [0.125], [3.0]] * 20)
    expected = [x * digits(x) for x in samples[:, 0].tolist()]
    for runner in (Arrays(found), Straight(found)):
        results, _ = runner.run(samples, np.arange(60), np.zeros(0))
        assert results[:, 0].tolist() == expected
    assert "NotImplementedError" in source(found, "python")
    with pytest.raises(Untraceable, match="digits_of_it"):
        source(found, "c")


HOSTILE = 'w"""\n*/ } ?\x3f/ import os # \u202e \\'


def hostile() -> tuple[Layout, list[float]]:
    w = Value(3.0, label=HOSTILE)
    return compiled(lambda x: sin(x) * w + w, [0.5], [w]), [math.sin(0.5) * 3.0 + 3.0, math.sin(0.5) + 1.0]


@pytest.mark.parametrize("kind", ["python", "numpy"])
def test_a_text_runs_alone(kind: str, tmp_path: Path) -> None:
    found, expected = hostile()
    (tmp_path / "alone.py").write_text(source(found, kind), "utf-8")
    inputs = "[0.5]" if kind == "python" else "[[0.5]]"
    at = "[0, 0]" if kind == "numpy" else "[0]"
    code = f"import alone; r, g = alone.run({inputs}, [3.0]); print(float(r{at}), float(g{at}))"
    made = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert list(map(float, made.stdout.split())) == expected


@NEEDS_C
def test_c_compiles_without_a_warning_whatever_the_labels(tmp_path: Path) -> None:
    found, expected = hostile()
    text = source(found, "c")
    assert run_c(found.program, text, np.array([[0.5]]), np.array([3.0])) == [expected]
    (tmp_path / "program.c").write_text(text, "utf-8")
    flags = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-O2", "-ffp-contract=off"]
    subprocess.run([str(COMPILER), *flags, "-c", "program.c"], cwd=tmp_path, check=True)


def test_a_listing_names_every_register() -> None:
    found, _, _, _ = network(1)
    text = source(found, "program")
    assert text.startswith("r0 … r2 = inputs\n")
    assert "r108 … r115 = dot(r[5 + 3 * i], r[3 + 3 * i + j]·r[j]) for j = 0 … 1  (i = 0 … 7)\n" in text
    assert text.count("\n") < len(found.program.code) < found.program.size


def test_another_kind_of_source_is_refused() -> None:
    with pytest.raises(SettingError, match="'program'"):
        source(hostile()[0], "fortran")
