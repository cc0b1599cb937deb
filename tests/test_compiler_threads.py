"""Eight threads at once: every answer has the bits that one thread gets, and updates are taken one after another."""

import math
import random
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from microgradnn import compile, exp, primitive, relu, sin, value_and_grad
from microgradnn.functional import hinge
from microgradnn.nn import MLP
from microgradnn.optim import SGD, Adam
from microgradnn.train import fit

THREADS = 8
BACKENDS = ["native", "numpy", "python"]


@pytest.fixture(autouse=True)
def _often() -> Iterator[None]:
    """Threads take turns far more often than they do by themselves."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def together(work: Callable[[int], Any]) -> list[Any]:
    """What each of the threads gives; they begin at the same moment."""
    gate = threading.Barrier(THREADS)
    found: list[Any] = [None] * THREADS
    problems: list[BaseException] = []

    def run(k: int) -> None:
        gate.wait()
        try:
            found[k] = work(k)
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=run, args=(k,)) for k in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]
    return found


def branching(x: Any, ws: Any) -> Any:
    total = sum((sin(w * x) * relu(w - x) for w in ws), 0.0)
    return total + ws[0] if x > 0 else exp(total) * ws[-1]


def arguments(seed: int, count: int) -> list[tuple[float, list[float]]]:
    draw = random.Random(seed)
    return [(draw.gauss(0, 1), [draw.gauss(0, 1) for _ in range(1 + k % 3)]) for k in range(count)]


@pytest.mark.parametrize("backend", BACKENDS)
def test_one_function_from_its_first_call_on(backend: str) -> None:
    f = compile(branching, backend=backend)

    def work(k: int) -> list[Any]:
        found: list[Any] = []
        for x, ws in arguments(k, 30):
            found += [f(x, ws), f.value_and_grad(x, ws), f.batch([x, -x, 2 * x] * 7, [ws] * 21).tolist()]
        return found

    for k, found in enumerate(together(work)):
        expected: list[Any] = []
        for x, ws in arguments(k, 30):
            value, gradients = value_and_grad(branching, (0, 1))(x, ws)
            each = [value_and_grad(branching)(y, ws)[0] for y in (x, -x, 2 * x)]
            expected += [value, (value, gradients), each * 7]
        assert repr(found) == repr(expected)


@pytest.mark.parametrize("backend", ["native", "numpy"])
def test_long_runs_side_by_side(backend: str) -> None:
    """Machine code and numpy let other threads run meanwhile: nobody else may write to the same registers."""
    f, alone = (compile(lambda x, y: sin(x) * relu(y - x) + x * y, backend=backend) for _ in range(2))
    rng = np.random.default_rng(1)
    samples = [rng.normal(size=(2, 20_000)) for _ in range(THREADS)]
    found = together(lambda k: [f.batch(*samples[k]).tobytes() for _ in range(2)])
    for k in range(THREADS):
        assert found[k] == [alone.batch(*samples[k]).tobytes()] * 2


def network() -> MLP:
    return MLP(2, [5, 1], rng=4)


def of_hinge(model: Any, x: Any, y: Any) -> Any:
    return hinge(model(x), y)


draw = random.Random(1)
X = [[draw.gauss(0, 1), draw.gauss(0, 1)] for _ in range(30)]
Y = [draw.choice([-1.0, 1.0]) for _ in range(30)]


@pytest.mark.parametrize("backend", BACKENDS)
def test_one_step_asked_by_all(backend: str) -> None:
    model = network()
    step = compile(of_hinge, model, backend=backend)
    sizes = [30, 9, 1, 3, 17]

    def work(k: int) -> list[Any]:
        found = []
        for size in sizes[k % 5 :] + sizes[: k % 5]:
            losses, gradient = step.value_and_grad(X[:size], Y[:size])
            outputs = step.predict(lambda model, x: model(x) * k, X[:size])
            found.append((size, losses.tolist(), gradient.tolist(), outputs.tolist()))
        return sorted(found)

    for k, found in enumerate(together(work)):
        alone = compile(of_hinge, model, backend=backend)
        for size, losses, gradient, outputs in found:
            expected = alone.value_and_grad(X[:size], Y[:size])
            assert (losses, gradient) == (expected[0].tolist(), expected[1].tolist())
            assert outputs == [(model(x) * k).data for x in X[:size]]


@pytest.mark.parametrize("backend", BACKENDS)
def test_updates_by_all_are_updates_one_after_another(backend: str) -> None:
    model, twin = network(), network()
    one, two = Adam(lr=0.01), Adam(lr=0.01)
    step = compile(of_hinge, model, backend=backend)
    losses: list[float] = []

    def work(k: int) -> None:
        for _ in range(10):
            losses.append(step.update(X, Y, optimizer=one, l2=1e-3))
            step.value_and_grad(X[: k + 1], Y[: k + 1])
            step.predict(lambda model, x: model(x), X[: k + 1])

    together(work)
    expected = fit(twin, X, Y, loss="hinge", optimizer=two, epochs=10 * THREADS, l2=1e-3)
    assert sorted(losses) == sorted(expected.loss)
    assert [p.data for p in model.parameters()] == [p.data for p in twin.parameters()]


def test_what_is_seen_while_another_trains_is_a_whole_step() -> None:
    model = network()
    step = compile(of_hinge, model)
    states = {compile(of_hinge, model).value_and_grad(X, Y)[0].tobytes()}
    twin = network()
    other = compile(of_hinge, twin)
    for _ in range(60):
        other.update(X, Y, optimizer=SGD(lr=0.05))
        states.add(other.value_and_grad(X, Y)[0].tobytes())

    def work(k: int) -> set[bytes]:
        if k == 0:
            for _ in range(60):
                step.update(X, Y, optimizer=SGD(lr=0.05))
            return set()
        return {step.value_and_grad(X, Y)[0].tobytes() for _ in range(20)}

    assert set().union(*together(work)) <= states


def test_models_of_their_own_trained_side_by_side() -> None:
    def work(k: int) -> list[float]:
        model = MLP(2, [4, 1], rng=k)
        compile(of_hinge, model).fit(X, Y, epochs=20, batch_size=7, optimizer=Adam(), shuffle=True, seed=k)
        return [p.data for p in model.parameters()]

    for k, found in enumerate(together(work)):
        model = MLP(2, [4, 1], rng=k)
        fit(model, X, Y, loss="hinge", epochs=20, batch_size=7, optimizer=Adam(), shuffle=True, seed=k)
        assert found == [p.data for p in model.parameters()]


def test_eager_work_beside_traces() -> None:
    """What one thread traces does not keep others from looking at numbers."""
    model = network()

    def work(k: int) -> list[float]:
        if k % 2:
            return [compile(lambda x, k=k: model(x) * k)(X[i]) for i in range(20)]
        found = []
        for i in range(20):
            for _ in range(20):
                out = model(X[i])
            found.append(out.data)
        return found

    for k, found in enumerate(together(work)):
        assert found == [model(x).data * (k if k % 2 else 1) for x in X[:20]]


def test_primitives_followed_by_several_at_once() -> None:
    def work(k: int) -> float:
        odd = primitive(
            f"odd_{k}", lambda x: math.sin(x) * k if x > 0 else math.exp(x), lambda x, out: 1.0, check=False
        )
        return float(compile(lambda x: odd(x))(0.5))

    assert together(work) == [math.sin(0.5) * k for k in range(THREADS)]


def test_numbers_are_copied_before_the_lock_is_left() -> None:
    """What one call gave stays as it is when the next one runs in the same registers."""
    f = compile(lambda x: [x * x, x + 1])
    first = f.batch(np.arange(9.0))
    f.batch(np.arange(9.0) + 100)
    assert first.tolist() == [[x * x, x + 1] for x in np.arange(9.0)]
