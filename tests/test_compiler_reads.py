"""What a compiled function reads besides its arguments is seen when it changes: no answer is stale."""

import functools
import sys
import types
from typing import Any

import numpy as np
import pytest

from microgradnn import Value, compile, sin
from microgradnn.compiler.reads import Reads
from microgradnn.nn import MLP, Module
from microgradnn.optim import SGD

RATE = 2.0
HERE = sys.modules[__name__]


def helper(x: Any) -> Any:
    return RATE * x


def indirect(x: Any) -> Any:
    return sin(helper(x))


class Settings:
    scale = 3.0

    def __init__(self) -> None:
        self.shift = 1.0

    def line(self, x: Any) -> Any:
        return self.scale * x + self.shift


def test_a_global_number_two_functions_away(monkeypatch: pytest.MonkeyPatch) -> None:
    f = compile(indirect)
    assert f(0.5) == sin(1.0)
    monkeypatch.setattr(HERE, "RATE", 4.0)
    assert f(0.5) == sin(2.0)
    assert f.grad(0.5) == compile(indirect).grad(0.5)
    assert f.batch([0.5]).tolist() == [sin(2.0)]


def test_a_function_that_is_exchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    f = compile(indirect)
    assert f(0.5) == sin(1.0)
    monkeypatch.setattr(HERE, "helper", lambda x: x * x)
    assert f(0.5) == sin(0.25)


def test_closures_defaults_partials_objects_classes_and_modules() -> None:
    factor, numbers, settings, module = 2.0, [1.0, {"a": 2.0}], Settings(), types.ModuleType("config")
    array = np.array([1.0, 2.0])
    module.__dict__["k"] = 5.0

    def fn(x: Any, given: Any = numbers) -> Any:
        return factor * x + given[0] + given[1]["a"] + settings.line(x) + module.k + float(array[1])

    f = compile(functools.partial(fn))
    bound = compile(settings.line)
    expected = lambda: fn(0.5)
    assert (f(0.5), bound(0.5)) == (expected(), settings.line(0.5))
    for change in (
        lambda: numbers.__setitem__(0, 9.0),
        lambda: numbers[1].__setitem__("a", 7.0),  # type: ignore[attr-defined]
        lambda: setattr(settings, "shift", 8.0),
        lambda: setattr(Settings, "scale", -1.0),
        lambda: setattr(module, "k", 6.0),
        lambda: array.__setitem__(1, 11.0),
    ):
        before = expected()
        change()
        assert f(0.5) == expected() != before
        assert bound(0.5) == settings.line(0.5)
    factor = 10.0
    assert f(0.5) == expected()
    Settings.scale = 3.0


def test_another_model_and_another_layer() -> None:
    model = MLP(2, [3, 1], rng=1)
    f = compile(lambda x: model(x))
    assert f([0.5, 1.0]) == model([0.5, 1.0]).data
    model.layers[0] = MLP(2, [3], rng=5).layers[0]
    assert f([0.5, 1.0]) == model([0.5, 1.0]).data
    model = MLP(2, [3, 1], rng=9)
    assert f([0.5, 1.0]) == model([0.5, 1.0]).data


class Scaled(Module):
    """A model whose class reads a global number."""

    def __init__(self) -> None:
        self.w = Value(0.5)

    def __call__(self, x: Any) -> Any:
        return RATE * self.w * x


def of_scaled(model: Any, x: Any, y: Any) -> Any:
    return (model(x) - y) ** 2


def test_training_sees_a_number_that_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Scaled()
    step = compile(of_scaled, model)
    assert step.value_and_grad([1.0], [3.0])[0].tolist() == [4.0]
    assert step.update([1.0], [3.0], optimizer=SGD(lr=0.0)) == 4.0
    predicted = step.predict(lambda model, x: model(x), [1.0])
    monkeypatch.setattr(HERE, "RATE", 4.0)
    assert step.value_and_grad([1.0], [3.0])[0].tolist() == [1.0]
    assert step.update([1.0], [3.0], optimizer=SGD(lr=0.0)) == 1.0
    assert step.predict(lambda model, x: model(x), [1.0]).tolist() == (2 * predicted).tolist()


def test_what_stays_is_not_traced_again(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def fn(x: Any) -> Any:
        calls.append(None)
        return RATE * x

    f = compile(fn)
    f(1.0)
    before = len(calls)  # which the function itself has changed: it is traced again, once
    f(1.0)
    assert len(calls) <= before + 2
    before = len(calls)
    for k in range(20):
        f(float(k))
        monkeypatch.setattr(HERE, "RATE", float("2.0"))  # another object, the same number
    assert len(calls) == before


def test_predictions_by_the_same_lambda_are_compiled_once() -> None:
    model = MLP(2, [2, 1], rng=1)
    step = compile(lambda model, x: model(x), model)
    for _ in range(50):
        step.predict(lambda model, x: model(x) * 2, [[1.0, 2.0]])
    assert len(step._predictions) == 1
    for k in range(100):
        step.predict(lambda model, x, k=k: model(x) * k, [[1.0, 2.0]])
    assert len(step._predictions) < 40


def test_what_is_not_a_users_own_is_not_looked_at() -> None:
    reads = Reads([np.linalg.norm, MLP, sin])
    assert (reads._names, reads._containers) == ([], [])
