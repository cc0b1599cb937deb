"""What compile makes is copied, pickled by the name of its function, and sent to other processes."""

import copy
import multiprocessing
import pickle
from functools import partial
from typing import Any

import pytest

from microgradnn import Value, compile, sin
from microgradnn.compiler.function import Function
from microgradnn.errors import Misuse
from microgradnn.functional import hinge
from microgradnn.nn import MLP
from microgradnn.optim import Adam
from microgradnn.train.compiled import Step

X, Y = [[0.5, 1.0], [-1.0, 0.25], [0.0, 2.0]], [1.0, -1.0, 1.0]


def wave(x: Any) -> Any:
    return sin(x) * x


def power(x: Any, n: int) -> Any:
    return x**n


@compile
def decorated(x: Any) -> Any:
    """Three times."""
    return 3 * x


class Lines:
    def __init__(self, slope: float) -> None:
        self.slope = slope

    def at(self, x: Any) -> Any:
        return self.slope * x


def of_hinge(model: Any, x: Any, y: Any) -> Any:
    return hinge(model(x), y)


def called(f: Any) -> Any:
    return f(0.5), f.grad(0.5)


@pytest.mark.parametrize("fn", [wave, partial(power, n=3), Lines(2.0).at, sin], ids=["def", "partial", "method", "row"])
def test_functions(fn: Any) -> None:
    f = compile(fn, backend="numpy")
    expected = called(f)
    for other in (pickle.loads(pickle.dumps(f)), copy.copy(f), copy.deepcopy(f)):
        assert isinstance(other, Function)
        assert (called(other), other.backend) == (expected, "numpy")


def test_what_is_decorated_is_itself() -> None:
    assert (decorated.__name__, decorated.__doc__) == ("decorated", "Three times.")
    assert pickle.loads(pickle.dumps(decorated)) is decorated
    assert copy.deepcopy(decorated)(2.0) == 6.0


def test_steps_take_their_model_along() -> None:
    model = MLP(2, [3, 1], rng=1)
    step = compile(of_hinge, model)
    optimizer = Adam()
    step.update(X, Y, optimizer=optimizer)
    for other in (pickle.loads(pickle.dumps(step)), copy.deepcopy(step)):
        assert isinstance(other, Step)
        assert other.model is not model
        assert other.value_and_grad(X, Y)[1].tolist() == step.value_and_grad(X, Y)[1].tolist()
        other.update(X, Y, optimizer=Adam())
        assert other.value_and_grad(X, Y)[1].tolist() != step.value_and_grad(X, Y)[1].tolist()
    assert copy.copy(step).model is model
    assert pickle.loads(pickle.dumps(optimizer)).state_dict() == optimizer.state_dict()


def test_lambdas_can_be_copied_and_say_why_they_cannot_be_pickled() -> None:
    def local(x: Any) -> Any:
        return x + 1

    for fn in (lambda x: x + 1, local):
        f = compile(fn)
        assert (copy.copy(f)(1.0), copy.deepcopy(f)(1.0)) == (2.0, 2.0)
        with pytest.raises(Misuse, match=r"by the name of its function.*top of a module"):
            pickle.dumps(f)
    with pytest.raises(Misuse, match="of_nothing"):
        of_nothing = lambda model, x: model[0] * x
        of_nothing.__qualname__ = "of_nothing"
        pickle.dumps(compile(of_nothing, [Value(1.0)]))


def test_another_process_made_by_spawn() -> None:
    model = MLP(2, [3, 1], rng=1)
    step = compile(of_hinge, model)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(compile(wave), [0.5, 1.0]) == [sin(0.5) * 0.5, sin(1.0) * 1.0]
        losses, gradient = pool.apply(step.value_and_grad, (X, Y))
    expected = step.value_and_grad(X, Y)
    assert (losses.tolist(), gradient.tolist()) == (expected[0].tolist(), expected[1].tolist())
