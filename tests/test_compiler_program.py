"""A trace, its program, the passes and the layout: all mean the same, bit for bit, as the eager engine."""

import random
from typing import Any

import pytest

from microgradnn import Untraceable, Value, clip, compile, grad, maximum, relu, sin, take, value_and_grad, where
from microgradnn.compiler.backward import differentiated
from microgradnn.compiler.layout import Layout, stride
from microgradnn.compiler.passes import optimised
from microgradnn.compiler.program import Program, program
from microgradnn.compiler.simpler import simplified
from microgradnn.compiler.trace import Trace, Traced
from microgradnn.nn import MLP


def compiled(fn: Any, example: list[float]) -> list[Program]:
    """The program of fn and of its gradient, as traced and after each stage."""
    inputs = [Traced(x) for x in example]
    trace = Trace(fn, inputs, {})
    plain = program(trace, inputs, [trace.result])
    plain = differentiated(plain, range(plain.first))
    return [plain, simplified(plain), optimised(plain), Layout(optimised(plain)).program]


def eager(fn: Any, sample: list[float], held: list[Value]) -> list[float]:
    inputs = [Value(x) for x in sample]
    for value in held:
        value.zero_grad()
    out = fn(*inputs)
    out.backward()
    return [out.data, *(x.grad for x in inputs), *(value.grad for value in held)]


def same_bits(fn: Any, samples: list[list[float]]) -> None:
    for stage in compiled(fn, samples[0]):
        for sample in samples:
            registers = stage.run(sample)
            got = [*[registers[r] for r in stage.outputs], *[0.0 + registers[r] for r in stage.gradients]]
            assert [x.hex() for x in got] == [x.hex() for x in eager(fn, sample, stage.held)]


def test_a_network_with_kinks() -> None:
    model = MLP(2, [8, 4, 1], rng=3)
    samples = [[0.5, 0.3, 1.0], [-1.0, 2.0, -1.0], [0.0, 0.0, 1.0], [0.0, -0.0, -1.0]]
    same_bits(lambda a, b, y: relu(1 - y * model([a, b])), samples)


def test_pieces_are_chosen_by_the_numbers_of_each_sample() -> None:
    def fn(x: Any, y: Any) -> Any:
        return where(x > 1, relu(x * y), maximum(x, y)) + sin(x) + clip(x, 0.0, 1.0) + abs(x - y)

    draw = random.Random(5)
    samples = [[draw.choice([0.0, 1.0, -1.0, 0.5, 2.0, draw.gauss(0, 2)]) for _ in range(2)] for _ in range(200)]
    same_bits(fn, samples)


def test_at_a_tie_inputs_that_are_not_differentiated_are_constants() -> None:
    w = Value(1.0)
    inputs = [Traced(1.0)]
    trace = Trace(lambda x: maximum(w, x), inputs, {w: Traced(1.0)})
    code = program(trace, inputs, [trace.result])
    for leaves, slope in ([1], 0.0), ([0, 1], 0.5):  # the constant keeps its share; two variables have halves
        found = differentiated(code, leaves)
        assert {found.run([1.0])[r] for r in found.gradients} == {slope}


def test_second_derivatives() -> None:
    same_bits(lambda x, y: grad(lambda t: sin(t * y) * relu(t))(x) * y, [[0.5, 0.25], [-1.0, 2.0], [1.5, -0.5]])


def test_a_branch_is_a_guard() -> None:
    x, y = Traced(0.5), Traced(0.25)
    trace = Trace(lambda x, y: x * 2 if x > y else y, (x, y), {})
    assert [guard.outcome for guard in trace.guards] == [True]
    assert "test_compiler_program.py:" in trace.guards[0].line


@pytest.mark.parametrize("read", [lambda x: x.data, lambda x: x.item()])
def test_looking_at_a_number_is_refused(read: Any) -> None:
    w = Value(3.0, label="w")
    with pytest.raises(Untraceable, match="looked at"):
        Trace(lambda x: x * read(x), (Traced(1.0),), {})
    with pytest.raises(Untraceable, match=r"'w'.*looked at"):
        Trace(lambda x: x * read(w), (Traced(1.0),), {})
    assert w.data == 3.0


def test_strides_are_found_where_there_are_any() -> None:
    assert stride([[3, 5, 7], [4, 6, 8]]) == (3, 2, 1)
    assert stride([[3, 5, 8]]) is None
    assert stride([[3, 3], [9, 9]]) == (3, 0, 6)


def test_a_layer_is_a_few_groups() -> None:
    model = MLP(4, [16, 1], activation="tanh", rng=1)
    last = compiled(lambda *xs: model(list(xs)), [0.1, 0.2, 0.3, 0.4])[-1]
    assert len(Layout(last).groups) < 25 < len(last.code)


def test_each_use_of_what_is_taken_is_added_up_as_it_comes() -> None:
    def fn(xs: Any, place: Any) -> Any:
        x = xs[0]
        total = x * 0.1
        for k in range(9):
            x = take([x, xs[1], x], place)
            total = total + sin(x) * xs[1] * (k + 0.1) + x * xs[0]
        return total

    compiled_fn = compile(fn, backend="python")
    for place in range(3):
        value, (slopes,) = value_and_grad(fn, (0,))([0.3, 0.7], place)
        found, (mine, _) = compiled_fn.value_and_grad([0.3, 0.7], place)
        assert [x.hex() for x in (found, *mine)] == [x.hex() for x in (value, *slopes)]
