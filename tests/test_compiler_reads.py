"""What a compiled function reads besides its arguments is seen when it changes: no answer is stale."""

import argparse
import array
import collections
import contextvars
import functools
import sys
import threading
import types
import weakref
from typing import Any

import numpy as np
import pytest

from microgradnn import Untraceable, Value, compile, sin
from microgradnn.compiler.reads import Reads
from microgradnn.nn import MLP, Module
from microgradnn.optim import SGD
from microgradnn.train import fit

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


class Slotted:
    """State without a dict."""

    __slots__ = ("k",)

    def __init__(self) -> None:
        self.k = 1.0


class Named(list[float]):
    """A list with something beside its numbers."""

    k = 1.0


def _attribute(holder: Any) -> tuple[Any, Any]:
    holder.k = 1.0
    return (lambda x: x * holder.k), lambda: setattr(holder, "k", 3.0)


def _of_a_function() -> tuple[Any, Any]:
    def fn(x: Any) -> Any:
        return x * fn.k  # type: ignore[attr-defined]

    fn.k = 1.0  # type: ignore[attr-defined]
    return fn, lambda: setattr(fn, "k", 3.0)


def _items(held: Any) -> tuple[Any, Any]:
    def change() -> None:
        held[0] = 3

    return (lambda x: x * held[0]), change


def _members() -> tuple[Any, Any]:
    known = {1.0}
    return (lambda x: x * max(known)), lambda: known.add(3.0)


def _imported() -> tuple[Any, Any]:
    module = sys.modules["settings_of_a_user"] = types.ModuleType("settings_of_a_user")
    module.k = 1.0  # type: ignore[attr-defined]

    def fn(x: Any) -> Any:
        import settings_of_a_user

        return x * settings_of_a_user.k

    return fn, lambda: setattr(module, "k", 3.0)


def _another_code() -> tuple[Any, Any]:
    def fn(x: Any) -> Any:
        return x * 1.0

    def other(x: Any) -> Any:
        return x * 3.0

    return fn, lambda: setattr(fn, "__code__", other.__code__)


STATES: dict[str, Any] = {
    "slots": lambda: _attribute(Slotted()),
    "a namespace": lambda: _attribute(argparse.Namespace()),
    "a simple namespace": lambda: _attribute(types.SimpleNamespace()),
    "a list of one's own": lambda: _attribute(Named([1.0])),
    "a function": _of_a_function,
    "its code": _another_code,
    "a deque": lambda: _items(collections.deque([1.0])),
    "a list": lambda: _items([1.0]),
    "a user's list": lambda: _items(collections.UserList([1.0])),
    "bytes": lambda: _items(bytearray(b"\x01")),
    "an array": lambda: _items(array.array("d", [1.0])),
    "a proxy": lambda: (lambda held: (lambda x: x * types.MappingProxyType(held)[0], lambda: held.update({0: 3.0})))(
        {0: 1.0}
    ),
    "a set": _members,
    "a module": _imported,
}


@pytest.mark.parametrize("where", STATES)
def test_wherever_state_is_kept_it_is_seen(where: str) -> None:
    fn, change = STATES[where]()
    f = compile(fn)
    assert f(2.0) == 2.0
    change()
    assert f(2.0) == 6.0
    assert f.grad(2.0) == (3.0,)


def test_a_name_that_comes_later_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def fn(x: Any) -> Any:
        try:
            return x * LATER  # type: ignore[name-defined]
        except NameError:
            return x

    f = compile(fn)
    assert f(2.0) == 2.0
    monkeypatch.setattr(HERE, "LATER", 3.0, raising=False)
    assert f(2.0) == 6.0


LOCAL = threading.local()
LOCAL.k = 1.0
CONTEXT: contextvars.ContextVar[float] = contextvars.ContextVar("CONTEXT", default=1.0)
WEAK = weakref.ref(Settings)
UNSEEN: dict[str, Any] = {
    "a _local": lambda x: x * LOCAL.k,
    "a ContextVar": lambda x: x * CONTEXT.get(),
    "a ReferenceType": lambda x: x * WEAK().scale,
    "globals": lambda x: x * globals()["RATE"],
    "eval": lambda x: x * eval("RATE"),
}


@pytest.mark.parametrize("what", UNSEEN)
def test_what_cannot_be_seen_is_refused(what: str) -> None:
    with pytest.raises(Untraceable, match=what):
        compile(UNSEEN[what])(1.0)


def test_a_fit_whose_loss_reads_what_cannot_be_seen_is_eager() -> None:
    def loss(p: Any, y: Any) -> Any:
        LOCAL.k += 1e-6
        return (p - y) ** 2 * LOCAL.k

    history = fit(MLP(1, [4, 1], rng=1), [[0.1 * k] for k in range(64)], [0.2] * 64, loss, epochs=300)
    assert history.compiled.startswith("eager: the loss reads by a _local")
