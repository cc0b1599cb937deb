"""The backends: random graphs give the same bits everywhere, whatever their size and that of the batch."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgradnn import Untraceable, Value, relu
from microgradnn.compiler.arrays import Runner as Arrays
from microgradnn.compiler.lanes import added, from_left
from microgradnn.compiler.layout import Layout
from microgradnn.compiler.program import Program
from microgradnn.compiler.sources import source
from microgradnn.compiler.straight import Runner as Straight
from microgradnn.elementary import mul, sin
from microgradnn.nn import MLP
from microgradnn.optim.sums import from_left as by_loop
from microgradnn.primitives import primitive
from microgradnn.rules import inner, log_sum_exp
from tests.compiled.check import RUNNERS, Bundle, Rows
from tests.compiled.laid_out import compiled, network


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


# ---- what else they have to bear -------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 3, 4, 8, 100, 3000])
@pytest.mark.parametrize("biases", [0.0, -0.0, 0.5])
def test_batches_of_every_size_are_one(n: int, biases: float) -> None:
    found, samples, order, held = network(n)
    held[held == 0.0] = biases
    results, sums = RUNNERS["numpy"](found).run(samples, order, held)
    others, lanes = RUNNERS["native"](found).run(samples, order, held)
    assert results.tobytes() == others.tobytes()
    assert added(sums).tobytes() == added(lanes).tobytes()
    # Split differently the results are the same: the lanes go on where they were.
    runner = Arrays(found)
    runner.most = 16
    assert [x.tobytes() for x in runner.run(samples, order, held)] == [x.tobytes() for x in (results, sums)]


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


@pytest.mark.parametrize("n", [5, 100, 3000])
def test_fast_is_right_to_rounding_where_weights_are_shared(n: int) -> None:
    draw = random.Random(n)
    weights = [[Value(draw.gauss(0, 1)) for _ in range(4)] for _ in range(4)]
    scales = [Value(draw.gauss(0, 1)) for _ in range(4)]

    def loss(*xs: Value) -> Value:
        total = Value(0.0)
        for x in (xs[:4], xs[4:8], xs[8:]):  # three places, the same weights for each, and what came in added again
            hidden = [x[i] + sum((w * y for w, y in zip(weights[i], x, strict=True)), Value(0.0)) for i in range(4)]
            total = total + sum((s * relu(h) * h for s, h in zip(scales, hidden, strict=True)), Value(0.0))
        return total

    found = compiled(loss, [0.5] * 12, [*(w for row in weights for w in row), *scales])
    samples, order = np.random.default_rng(n).normal(size=(n, 12)), np.arange(n)
    held = np.array([value.data for value in found.program.held])
    results, lanes = Arrays(found).run(samples, order, held)
    quick, one = Arrays(found, fast=True).run(samples, order, held)
    # The sums are of some twenty numbers of a size of 10 or so, and over the samples.
    assert np.abs(quick - results).max() < 10_000 * 2.0**-52
    assert np.abs(added(one) - added(lanes)).max() < 10_000 * n * 2.0**-52


@pytest.mark.parametrize("n", [1, 2, 9, 1000])
def test_sums_from_the_left_are_those_of_a_loop(n: int) -> None:
    rng = np.random.default_rng(n)
    for numbers in (rng.normal(size=n) * 10.0 ** rng.integers(-20, 20, n), np.full(n, -0.0), np.full(n, 5e-324)):
        assert float(from_left([numbers])).hex() == float(by_loop(numbers.tolist())).hex()
        each = rng.normal(size=(n, 1))
        assert added(each).tobytes() == added(np.pad(each, ((0, 0), (0, 7)))).tobytes()


def test_no_samples_give_no_results() -> None:
    found, samples, order, held = network(4)
    for runner in (Arrays(found, straight=False), Straight(found)):
        results, lanes = runner.run(samples, order[:0], held)
        assert results.shape == (0, 1)
        assert not lanes.any()


def test_a_long_chain_is_many_short_functions() -> None:
    code = [(sin if k % 3 else mul, (k,) if k % 3 else (k, 0)) for k in range(20_000)]
    long = Layout(Program([], 1, [], code, [20_000], [15_000]))
    runner = Straight(long)
    assert runner.text.count("\ndef part_") > 10
    longest = max(len(part.splitlines()) for part in runner.text.split("\ndef "))
    assert longest < 5000
    expected = long.program.run([0.7])
    results, lanes = runner.run(np.array([[0.7]]), np.array([0]), np.zeros(0))
    assert (results[0, 0], lanes[0, 0]) == (expected[20_000], expected[15_000])


def test_few_samples_of_an_irregular_graph_go_straight() -> None:
    code = [(sin if k % 3 else mul, (k,) if k % 3 else (k, 0)) for k in range(2_000)]
    long = Layout(Program([], 1, [], code, [2_000], [1_500]))
    samples, order, none = np.linspace(-2, 2, 40)[:, None], np.arange(40), np.zeros(0)
    runs = [runner.run(samples, order[:n], none) for n in (3, 40) for runner in (Arrays(long), Arrays(long, False))]
    assert [x.tobytes() for x in runs[0]] == [x.tobytes() for x in runs[1]]
    assert [x.tobytes() for x in runs[2]] == [x.tobytes() for x in runs[3]]


def test_a_sum_of_many_terms_is_many_lines() -> None:
    draw = random.Random(1)
    numbers = [draw.gauss(0, 1) for _ in range(30_000)]
    args = (0, *range(1, 15_000), *range(15_001, 30_000))
    wide = Layout(Program([], 30_000, [], [(inner, args)], [30_000], []))
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
