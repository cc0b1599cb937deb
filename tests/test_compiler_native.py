"""The native loops: a row's own Python function, step by step, and programs over samples, bit for bit."""

import math
import random
from typing import Any

import numpy as np
import pytest

from microgradnn import Value, relu
from microgradnn.compiler.lanes import added
from microgradnn.compiler.lowering import lowered
from microgradnn.compiler.native import neighbours, plan, weaving
from microgradnn.compiler.native.runner import Runner
from microgradnn.compiler.passes import LARGER, SUMS
from microgradnn.compiler.steps import evaluate
from microgradnn.explaining.term import AT_MOST, LESS
from microgradnn.functional import cross_entropy_with_logits
from microgradnn.nn import MLP
from microgradnn.ops import TABLE, Op
from microgradnn.rules import log_sum_exp, peak
from tests.compiled.laid_out import compiled

EDGES = [
    0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.0, 1e300, -1e300, 1e-300, 5e-324, math.inf, -math.inf, math.nan,
    40.0, -40.0, -37.0, -60.0, 700.0, -700.0, 710.0, -745.0, 0.3, -1.875, -1.27, -0.75,
]  # fmt: skip
ROWS = [op for op in TABLE.values() if op not in (peak, log_sum_exp)]  # which are written as others


@pytest.mark.parametrize("op", [*ROWS, LESS, AT_MOST, LARGER], ids=lambda op: op.name)
def test_the_steps_of_a_row_are_those_of_its_function(op: Op) -> None:
    arity = op.arity or len(op.arguments) + (op in SUMS) * 2
    tree = lowered(op, arity)
    draw = random.Random(op.name)
    for _ in range(400):
        args = tuple(draw.choice([*EDGES, draw.gauss(0.0, 3.0)]) for _ in range(arity))
        assert evaluate(tree, args).hex() == float(op.value(*args)).hex(), args


def runner(fn: Any, example: list[float], parameters: list[Value]) -> Runner:
    return Runner(compiled(fn, example, parameters))


@pytest.mark.parametrize("op", ROWS, ids=lambda op: op.name)
@pytest.mark.parametrize("n", [1, 19])
def test_every_row_gives_its_own_bits(op: Op, n: int) -> None:
    arity = op.arity or 5
    run = runner(lambda *xs: op(*xs), [0.5] * arity, [])
    draw = random.Random(op.name)
    for _ in range(200 // n + 5):
        samples = [[draw.choice([*EDGES, draw.gauss(0.0, 3.0)]) for _ in range(arity)] for _ in range(n)]
        results, _ = run.run(np.array(samples), np.arange(n), np.zeros(0))
        assert [x.hex() for x in results[:, 0].tolist()] == [float(op.value(*row)).hex() for row in samples]


def eager(fn: Any, samples: list[list[float]], parameters: list[Value]) -> tuple[list[float], list[float]]:
    """Losses, and the gradients in the documented order: eight lanes, each from the left, then these."""
    lanes = [[0.0] * 8 for _ in parameters]
    losses = []
    for i, sample in enumerate(samples):
        for value in parameters:
            value.zero_grad()
        loss = fn(*sample)
        loss.backward()
        losses.append(loss.data)
        for k, value in enumerate(parameters):
            lanes[k][i % 8] += value.grad
    return losses, [((t[0] + t[4]) + (t[2] + t[6])) + ((t[1] + t[5]) + (t[3] + t[7])) for t in lanes]


def check_network(n: int) -> None:
    """A network over so many samples has the engine's bits."""
    model = MLP(2, [16, 8, 3], activation=["relu", "leaky_relu"], rng=2)
    draw = random.Random(n)

    def fn(a: Any, b: Any, c: Any) -> Any:
        return cross_entropy_with_logits(model([a, b]), [c, 1 - c, 0.0]) + relu(a * model.layers[0].neurons[0].w[0])

    samples = [[draw.gauss(0, 1), draw.gauss(0, 1), float(draw.random() < 0.5)] for _ in range(n)]
    run = runner(fn, [0.5, 0.5, 1.0], model.parameters())
    held = np.array([value.data for value in run.program.held])
    results, sums = run.run(np.array(samples), np.arange(n), held)
    losses, gradients = eager(fn, samples, model.parameters())
    assert [x.hex() for x in results[:, 0].tolist()] == [x.hex() for x in losses]
    assert [x.hex() for x in added(sums).tolist()] == [x.hex() for x in gradients]


@pytest.mark.parametrize("n", [1, 2, 7, 8, 9, 40, 100])
def test_a_network_over_samples(n: int) -> None:
    check_network(n)


def _formula_turned(before: Any) -> Any:
    """The operands of frequent formulas change places."""
    return lambda program, members: (lambda form, slots: (form, slots[::-1]))(*before(program, members))


def _copies_shifted(before: Any) -> Any:
    """A copy of eight numbers begins one too far."""
    return lambda self, places: before(self, np.roll(places, 1))


def _products_unsorted(before: Any) -> Any:
    """Of every product the factor that is the same for all eight is taken for the other one."""

    def turned(places: Any, starts: Any, near: Any, same: Any, copies: Any) -> Any:
        found = before(places, starts, near, same, copies)
        x, y = neighbours.factors(found)
        found[x], found[y] = found[y].copy(), found[x].copy()
        return found

    return turned


def _sums_swapped(before: Any) -> Any:
    """The sums of gradients go to one another's parameters."""

    def wrong(self: Any) -> None:
        before(self)
        self.order = self.order[::-1].copy()

    return wrong


def _uniform_for_varying(before: Any) -> Any:
    """What is the same for all samples is taken from another place."""
    return lambda self, place: before(self, max(0, place - 1))


FAULTS = {
    "weaving": (weaving, "_form", _formula_turned, 40),
    "copies": (neighbours.Copies, "of", _copies_shifted, 1),
    "products": (neighbours, "_across", _products_unsorted, 1),
    "sums": (plan.Plan, "_wide", _sums_swapped, 40),
    "what is the same": (plan.Plan, "_copied", _uniform_for_varying, 40),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, attribute, fault, n = FAULTS[name]
    check_network(n)
    monkeypatch.setattr(where, attribute, fault(getattr(where, attribute)))
    with pytest.raises(AssertionError):
        check_network(n)
