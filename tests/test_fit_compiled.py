"""fit compiled is fit: every number, every message, and everything that is left behind."""

import copy
import math
import random
import subprocess
import sys
from collections.abc import Callable
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
import pytest

from microgradnn import Value, no_grad, tanh, where
from microgradnn import compile as compiler
from microgradnn.errors import Divergence, MissingLibrary, SettingError, Untraceable
from microgradnn.losses import mse
from microgradnn.nn import MLP, Dropout, Layer, Module, Sequential
from microgradnn.nn.module import observed
from microgradnn.optim import SGD, AdaGrad, Adam, AdamW, Optimizer, RMSProp
from microgradnn.optim.schedules import cosine, exponential, linear, warm_up
from microgradnn.train import History, automatic, choice, fit, job, table, views
from microgradnn.train.course import Course
from tests.training import Line

draw = random.Random(7)
X = [[draw.gauss(0, 1), draw.gauss(0, 1)] for _ in range(23)]
SIGNS = [draw.choice([-1.0, 1.0]) for _ in X]
SHARES = [(y + 1) / 2 for y in SIGNS]
CLASSES = [draw.randrange(3) for _ in X]


class Made(NamedTuple):
    """A setting that is made for each run, of its model, its optimiser, and a list of what it was told."""

    make: Callable[[Any, Any, list[Any]], Any]


SLOW = choice.Seconds(0.0, 0.0, 1.0)  # an engine with which everything pays
TOLD = Made(lambda model, _, told: lambda *said: told.append((*said, [(p.data, p.grad) for p in model.parameters()])))


def left_behind(model: Module, optimizer: Optimizer, history: History) -> dict[str, Any]:
    """All that can be seen after a run."""
    return {
        "parameters": [value.data.hex() for value in model.parameters()],
        "kinds": [type(value) for value in model.parameters()],
        "labels": [value.label for value in model.parameters()],
        "gradients": [(value.graded, value.grad) for value in model.parameters()],
        "frozen": [value.frozen for value in model.parameters()],
        "modes": [module.training for _, module in model.named_modules()],
        "optimiser": optimizer.state_dict(),
        "memory": optimizer.memory,
        "loss": [x.hex() for x in history.loss],
        "epoch_loss": [x.hex() for x in history.epoch_loss],
        "validation": [x.hex() for x in history.validation],
        "others": (history.epochs, history.best, history.stopped, history.health, repr(history)),
    }


def run(make: Callable[[], tuple[Module, Optimizer]], compile: Any, **settings: Any) -> tuple[dict[str, Any], str]:
    """What a run leaves behind, what it raised, and how it was done."""
    model, optimizer = make()
    told: list[Any] = []
    for name in ("loss", "progress", "schedule", "X", "seed"):  # what belongs to one run alone is made for it
        if isinstance(settings.get(name), Made):
            settings[name] = settings[name].make(model, optimizer, told)
    try:
        history = fit(model, optimizer=optimizer, compile=compile, **{"progress": False, **settings})
        raised = ""
    except (Exception, KeyboardInterrupt) as error:
        history, raised = getattr(error, "history", History()), f"{type(error).__name__}: {error}"
    return {**left_behind(model, optimizer, history), "raised": raised, "told": told}, history.compiled


def same(
    make: Callable[[], tuple[Module, Optimizer]], how: str = "compiled (", compile: Any = True, **settings: Any
) -> dict[str, Any]:
    """Run both ways, and compare; what was left behind."""
    eager, _ = run(make, False, **settings)
    found, said = run(make, compile, **settings)
    assert how in said
    for name in eager:
        assert found[name] == eager[name], name
    return eager


# ---- many settings ---------------------------------------------------------------------------------------------

OPTIMISERS: list[Callable[[], Optimizer]] = [
    lambda: SGD(0.1), lambda: SGD(0.05, momentum=0.9),
    lambda: SGD(0.05, momentum=0.5, nesterov=True, weight_decay=0.01), lambda: Adam(0.02), lambda: AdamW(0.02),
    lambda: RMSProp(0.01), lambda: RMSProp(0.01, momentum=0.5), AdaGrad,
]  # fmt: skip
LOSSES: list[tuple[str, str, int, list[Any]]] = [
    ("mse", "linear", 1, SIGNS), ("half_squared", "tanh", 2, X), ("mae", "linear", 1, SIGNS),
    ("huber", "linear", 1, SIGNS), ("hinge", "linear", 1, SIGNS), ("binary_cross_entropy", "sigmoid", 1, SHARES),
    ("binary_cross_entropy_with_logits", "linear", 1, SHARES), ("cross_entropy", "softmax", 3, CLASSES),
    ("cross_entropy_with_logits", "linear", 3, CLASSES),
]  # fmt: skip


def settings_of(rng: random.Random) -> tuple[Callable[[], tuple[Module, Optimizer]], dict[str, Any]]:
    """A model, an optimiser, and how to train."""
    name, output, size, Y = rng.choice(LOSSES)
    optimiser = rng.choice(OPTIMISERS)
    sizes = [rng.choice([2, 4]) for _ in range(rng.randrange(3))]
    activation, seed = rng.choice(["relu", "tanh", "leaky_relu", "gelu", "sigmoid"]), rng.randrange(1000)
    frozen = rng.randrange(4) == 0

    def make() -> tuple[Module, Optimizer]:
        model = MLP(2, [*sizes, size], activation=activation, output=output, rng=seed)
        if frozen:
            model.layers[0].neurons[0].w[1].frozen = True
        return model, optimiser()

    held_out = rng.choice([None, (X[:9], Y[:9])])
    return make, {
        "X": X, "Y": Y, "loss": name, "epochs": rng.randrange(1, 6), "batch_size": rng.choice([None, 1, 5, 8, 100]),
        "validation": held_out, "l1": rng.choice([0.0, 0.01]), "l2": rng.choice([0.0, 0.01]),
        "clip": rng.choice([None, 0.2, ("value", 0.05), 50.0]),
        "schedule": rng.choice([None, linear(7), cosine(9, end=0.1), exponential(0.9), warm_up(3)]),
        "shuffle": rng.choice([True, False]), "seed": rng.choice([None, 3]),
        "patience": rng.choice([None, 1, 2]), "progress": rng.choice([False, False, TOLD]),
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_any_settings(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(f"fit {seed}")
    make, settings = settings_of(rng)
    print(settings)
    monkeypatch.setitem(choice.COMPILED, "native", choice.Seconds(0.0 if seed % 4 == 0 else 1.0, 0.0, 0.0))
    monkeypatch.setattr(views, "ONCE", rng.choice([0, 10**9]))
    monkeypatch.setattr(automatic, "AT_ONCE", rng.choice([1, 10**4, 10**8]))
    same(make, **settings)


# ---- models, losses and samples of one's own -------------------------------------------------------------------


class Tied(Module):
    """Two layers that share their weights, control flow over what it is made of, and Values made on the way."""

    def __init__(self, depth: int = 2) -> None:
        self.w, self.b = [Value(0.3), Value(-0.2)], [Value(0.1), Value(0.05)]
        self.depth = depth

    def __call__(self, x: Any) -> Any:
        h = [x[0], x[1]]
        for k in range(self.depth):
            acc = Value(0.0)
            for w, v in zip(self.w, h, strict=True):
                acc = acc + w * v
            h = [tanh(acc + b) if k % 2 else acc * b for b in self.b]
        return h[0] - h[1]


def tied() -> tuple[Module, Optimizer]:
    return Tied(), Adam(0.05)


def small() -> tuple[Module, Optimizer]:
    return MLP(2, [4, 1], rng=3), SGD(0.1)


def test_shared_parameters_and_a_forward_of_ones_own() -> None:
    same(tied, X=X, Y=SIGNS, epochs=6, batch_size=5)
    same(tied, X=X, Y=SIGNS, epochs=6, loss=lambda p, t: where(p * t > 0, p * p, abs(p - t)))


def test_samples_of_other_forms() -> None:
    class Named(Module):
        def __init__(self) -> None:
            self.w, self.b = Value(0.5), Value(0.0)

        def __call__(self, x: Any) -> Any:
            return self.w * x["a"][0] * x["n"] + self.b * x["a"][1]

    make = lambda: (Named(), SGD(0.01))
    rows = [{"a": row, "n": k % 3} for k, row in enumerate(X)]
    same(make, X=rows, Y=SIGNS, epochs=4)
    same(lambda: (Line(), SGD(0.01)), X=range(23), Y=SIGNS, epochs=4)
    same(small, X=np.array(X), Y=np.array(SIGNS), epochs=4)


class Table(Module):
    """Whole numbers as places, as Python has them."""

    def __init__(self) -> None:
        self.rows = [Value(0.1 * k) for k in range(3)]

    def __call__(self, x: Any) -> Any:
        return self.rows[x] * 1.5


class Longest(Module):
    """Samples of any length."""

    def __init__(self) -> None:
        self.w = Value(0.5)

    def __call__(self, x: Any) -> Any:
        return self.w * sum(x)


class Outside(Module):
    """A Value that learns and is no parameter gets a gradient all the same."""

    def __init__(self) -> None:
        self.w = Value(0.5)

    def parameters(self) -> list[Value]:
        return [self.w]

    def __call__(self, x: Any) -> Any:
        return self.w * x[0] * outside


outside = Value(2.0)
numbered = repeat(0.5)


class Running(Module):
    """Running statistics are state."""

    def __init__(self) -> None:
        self.w, self.mean = Value(0.5), 0.0

    def __call__(self, x: Any) -> Any:
        if self.training:
            self.mean = 0.9 * self.mean + 0.1 * x[0]
        return self.w * (x[0] - self.mean)


def dropped() -> Module:
    return Sequential(Layer(2, 4, activation="tanh", rng=1), Dropout(0.3, rng=2), Layer(4, 1, nonlin=False, rng=3))


@pytest.mark.parametrize(
    ("model", "settings", "why"),
    [
        (dropped, {}, "random numbers are drawn"),
        (Running, {}, "changes something that it reads"),
        (Table, {"X": CLASSES}, "was looked at"),
        (Longest, {"X": [row[: 1 + k % 2] for k, row in enumerate(X)]}, "not nested alike"),
        (Longest, {"X": [[k % 2, 0.5] if k % 3 else [0.5, 1] for k in range(23)]}, "whole in some"),
        (Outside, {}, "no parameters of the model"),
        (Line, {"X": SIGNS, "loss": lambda p, t: (p - t) ** 2 if t == 1 else p * p}, "different ways"),
        (Line, {"X": SIGNS, "loss": lambda p, t: p * p if p.data > 0 else p * t}, "was looked at"),
        (Line, {"X": SIGNS, "loss": lambda p, t: p * p * {1.0: 2.0}.get(t, 0.5)}, "was looked at"),
        (Line, {"X": SIGNS, "loss": lambda p, t: p * p * (2 if type(t) is float else 3)}, "while it is compiled"),
        (Line, {"X": SIGNS, "loss": lambda p, t: p * p + next(numbered)}, "may go on"),
        (Line, {"X": SIGNS, "loss": lambda p, t: p * p if t else print(p)}, "calls print()"),
        (Line, {"X": SIGNS, "loss": Made(lambda _, __, told: lambda p, t: told.append(t) or mse(p, t))}, "it reads"),
        (Line, {"X": SIGNS, "loss": lambda p, t: mse(p, t) * (1 + 0.1 * random.random())}, "random numbers"),
        (Line, {"X": SIGNS, "loss": lambda p, t: mse(p, t) * (1 + 0.1 * np.random.random())}, "random numbers"),
    ],
)  # fmt: skip
def test_what_cannot_be_compiled_is_eager(model: Any, settings: dict[str, Any], why: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(choice, "ENGINE", SLOW)

    def make() -> tuple[Module, Optimizer]:
        random.seed(1)
        np.random.seed(1)
        outside.grad = None
        return model(), SGD(0.01)

    given = {"X": X, "Y": SIGNS, "epochs": 6, "batch_size": 7, "validation": None, **settings}
    left = same(make, how="eager: ", compile="auto", **given)
    assert left["raised"] == ""
    assert why in run(make, "auto", **given)[1]
    assert why in run(make, True, **given)[0]["raised"]


def test_gradients_outside_are_as_they_would_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "ENGINE", SLOW)
    found = []
    for compile in (False, "auto"):
        outside.grad = None
        fit(Outside(), X, SIGNS, epochs=6, compile=compile)
        found.append(outside.grad)
    assert found[0] == found[1] != 0
    outside.grad = None


def test_whoever_watches_sees_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "ENGINE", SLOW)
    seen: list[int] = []
    with observed(lambda module, out: seen.append(len(out))):
        history = fit(small()[0], X, SIGNS, epochs=6, validation=(X[:3], SIGNS[:3]))
    assert len(seen) == 6 * 3 * 2
    assert history.compiled == "eager: what is computed is watched"


MANY = [[draw.gauss(0, 1), draw.gauss(0, 1)] for _ in range(60)]
LEVELS = [draw.uniform(-1, 1) for _ in MANY]
LEVELS[33] = 4.0  # none of the samples on which a program is tried


def by_level(p: Any, t: Any) -> Any:
    return (p - t) ** 2 if t < 3 else abs(p)


@pytest.mark.parametrize(
    ("size", "how"), [(None, "on by the engine: steps went another way"), (1, "groups"), (7, "groups")]
)
@pytest.mark.parametrize("patience", [None, 20])
def test_a_sample_that_goes_another_way(size: int | None, how: str, patience: int | None) -> None:
    make = lambda: (MLP(2, [4, 1], activation="relu", rng=3), SGD(0.01))
    same(make, how=how, X=MANY, Y=LEVELS, loss=by_level, epochs=30, batch_size=size, patience=patience)
    given = {"X": MANY[:30], "Y": LEVELS[:30], "loss": by_level, "epochs": 5, "validation": (MANY, LEVELS)}
    same(make, **given)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"X": [10**17, *range(22)]}, "larger than a float can hold"),
        ({"loss": lambda p, t: mse(p, t) if known.add(t) is None else p}, "something that it reads"),
        ({"loss": lambda p, t: mse(p, t) * (1.0 + optimiser.steps)}, "can reach an optimiser"),
        ({"loss": lambda p, t: mse(p, t) * bound(p)}, "the number of a leaf changes"),
        ({"loss": lambda p, t: p if setattr(p.args[1], "data", 0.5) else mse(p, t)}, "the loss sets parameters"),
        ({"loss": lambda p, t: 1.0}, "has no gradient"),
    ],
)  # fmt: skip
def test_what_speaks_against_compiling(change: dict[str, Any], why: str) -> None:
    with pytest.raises(Untraceable, match=why):
        fit(Line(), **{"X": SIGNS, "Y": SIGNS, "optimizer": SGD(1e-9), "epochs": 9, "compile": True, **change})


known: set[float] = set()
optimiser = SGD()
limit = Value(2.0)


def bound(p: Any) -> Any:
    limit.data = limit.data + 1.0
    return limit.detach()


class Bent(Line):
    """In use it does something that cannot be traced."""

    def __call__(self, x: float) -> Value:
        return super().__call__(x) * (1.0 if self.training else abs(self.w.data))


def test_samples_held_out_may_be_left_to_the_engine() -> None:
    make = lambda: (Bent(), SGD(0.01))
    same(make, how="held out, by the engine: ", X=SIGNS, Y=SIGNS, epochs=20, validation=(SIGNS, SIGNS), patience=9)


# ---- trouble ---------------------------------------------------------------------------------------------------


GROWING = Made(lambda *_: lambda p, t: (p - t) ** 2 * 1e3)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"batch_size": 4, "shuffle": True, "validation": (X, SIGNS)},
        {"progress": TOLD},
        {"l2": 1.0, "patience": 30},
        {"loss": lambda p, t: -p * 1e306},
        {"loss": lambda p, t: -p * 1e200, "clip": 1.0},
    ],
)
def test_divergence_is_the_same(settings: dict[str, Any]) -> None:
    make = lambda: (MLP(2, [4, 1], rng=3), SGD(3.0))
    left = same(make, **{"X": X, "Y": SIGNS, "epochs": 400, "loss": GROWING, **settings})
    assert left["raised"].startswith("Divergence: training diverged at step ")


@pytest.mark.parametrize("epochs", [3, 400])
def test_chance_that_was_handed_over_has_drawn_as_much(epochs: int) -> None:
    found = []
    for compile in (False, True):
        rng = random.Random(3)
        model = MLP(2, [4, 1], rng=3)
        try:
            growing = lambda p, t: (p - t) ** 2 * 1e3
            fit(model, X, SIGNS, growing, SGD(3.0), epochs, 4, shuffle=True, seed=rng, compile=compile)
        except Divergence as error:
            found.append(str(error))
        found.append(rng.random())
    assert found[: len(found) // 2] == found[len(found) // 2 :]
    assert len(found) == 4


def failing(step: int) -> Made:
    """A schedule that fails at a step."""
    return Made(lambda *_: lambda k: 1.0 if k < step else math.nan)


class Fails(Exception):
    """What a user's function raises."""


def told_until(step: int, what: BaseException) -> Made:
    def make(model: Any, optimizer: Any, told: list[Any]) -> Any:
        def progress(k: int, steps: int, loss: float) -> None:
            told.append(loss)
            if k == step:
                raise what

        return progress

    return Made(make)


@pytest.mark.parametrize(
    "settings",
    [
        {"schedule": failing(0)},
        {"schedule": failing(11)},
        {"schedule": Made(lambda *_: [1.0, 0.5, 0.25, 0.5].__getitem__)},
        {"progress": told_until(7, Fails("enough"))},
        {"progress": told_until(7, KeyboardInterrupt())},
        {"validation": (X, [*SIGNS[:-1], [1.0, 2.0]])},
        {"loss": lambda p, t: where(p > 1e9, p, mse(p, t)) if p < 5 else 1.0},
    ],
)
def test_what_is_raised_leaves_the_same(settings: dict[str, Any]) -> None:
    left = same(small, how="", **{"X": X, "Y": SIGNS, "epochs": 9, "batch_size": 8, **settings})
    assert left["raised"] or "loss" in settings


@pytest.mark.parametrize("settings", [{"loss": "hinge", "Y": [*SIGNS[:-1], 0.5]}, {"X": [*X[:-1], [1.0]]}])
def test_bad_samples_are_met_where_they_stand(settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "ENGINE", SLOW)
    left = same(small, how="", compile="auto", **{"X": X, "Y": SIGNS, "epochs": 9, "batch_size": 8, **settings})
    assert left["raised"]


def changing(change: Callable[[Any, Any, int], object]) -> Made:
    """A function that is told of every step, and changes something."""
    return Made(lambda model, optimizer, told: lambda k, steps, loss: told.append((loss, change(model, optimizer, k))))


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        (lambda model, optimizer, k: setattr(optimizer, "lr", 0.1 / k), ""),
        (lambda model, optimizer, k: setattr(optimizer, "momentum", 0.5 * (k > 4)), ""),
        (lambda model, optimizer, k: setattr(model.b[0], "data", 0.5) if k == 3 else None, ""),
        (lambda model, optimizer, k: setattr(model.b[0], "frozen", True) if k == 3 else None, "parameters were frozen"),
        (lambda model, optimizer, k: setattr(model, "depth", 3) if k == 9 else None, "computing the loss"),
        (lambda model, optimizer, k: model.w.reverse() if k == 20 else None, "computing the loss"),
        (lambda model, optimizer, k: len(model.eval().parameters()), ""),
    ],
)
def test_what_is_changed_between_steps_is_seen(change: Any, seen: str) -> None:
    given = {"X": X, "Y": SIGNS, "epochs": 5, "batch_size": 6, "validation": (X[:9], SIGNS[:9])}
    make = lambda: (Tied(), SGD(0.05, momentum=0.1))
    same(make, how=f"by the engine: {seen}" if seen else "moved by the engine", progress=changing(change), **given)


def test_a_schedule_that_looks_around() -> None:
    follows = Made(lambda model, optimizer, told: lambda k: 1.0 / (1.0 + abs(model.parameters()[0].data)))
    counts = Made(lambda model, optimizer, told: lambda k: told.append(k) or 0.5)
    for schedule in (follows, counts):
        same(small, how="moved by the engine", X=X, Y=SIGNS, epochs=4, batch_size=5, schedule=schedule)


class Signs(Optimizer):
    """An optimiser of one's own, which a program could not know."""

    def __init__(self) -> None:
        super().__init__()
        self.lr = 0.01

    def rule(self, p: Any, g: Any, state: Any, c: Any) -> Any:
        return (p - c[0] if g > 0 else p + c[0] * (1 + 0.01 * self.steps)), state


def test_an_optimiser_of_ones_own() -> None:
    same(lambda: (MLP(2, [3, 1], rng=1), Signs()), how="moved by the engine", X=X, Y=SIGNS, epochs=4, batch_size=5)


def test_an_interruption_leaves_whole_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(automatic, "AT_ONCE", 10**4)
    ahead, calls = Course.ahead, []

    def interrupted(course: Any, *given: Any) -> Any:
        found = ahead(course, *given)
        calls.append(len(found))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return found

    monkeypatch.setattr(Course, "ahead", interrupted)
    model, optimizer = MLP(2, [4, 1], rng=3), Adam(0.1)
    model.eval()
    with pytest.raises(KeyboardInterrupt):
        fit(model, X, SIGNS, optimizer=optimizer, epochs=200, compile=True)
    twin, other = MLP(2, [4, 1], rng=3), Adam(0.1)
    done = 1 + calls[0] + calls[1]  # the first one by itself
    assert optimizer.steps == done < 200
    fit(twin.eval(), X, SIGNS, optimizer=other, epochs=done, compile=False)
    assert left_behind(model, optimizer, History()) == left_behind(twin, other, History())


def test_a_second_run_goes_on() -> None:
    found = []
    for ways in ((False, False), (True, True), (True, False), (False, True)):
        model, optimizer = MLP(2, [4, 1], rng=3), Adam(0.1)
        for compile in ways:
            history = fit(model, X, SIGNS, optimizer=optimizer, epochs=4, batch_size=6, compile=compile)
        found.append(left_behind(model, optimizer, history))
    assert all(each == found[0] for each in found)


def test_copies_and_learning_by_hand_after_a_run() -> None:
    model, _ = small()
    fit(model, X, SIGNS, epochs=3, compile=True)
    twin = copy.deepcopy(model)
    loss = mse(model(X[0]), 1.0)
    loss.backward()
    model.parameters()[0].data -= 0.1 * model.parameters()[0].grad
    assert model.parameters()[0].data != twin.parameters()[0].data
    with no_grad():
        assert model(X[1]).data != twin(X[1]).data


def test_beside_a_step_of_ones_own() -> None:
    found = []
    for way in (False, True):
        model, optimizer = MLP(2, [4, 1], rng=3), Adam(0.1)
        step = compiler(lambda model, x, y: mse(model(x), y), model)
        losses = [step.update(X, SIGNS, optimizer=optimizer)]
        losses += fit(model, X, SIGNS, optimizer=optimizer, epochs=3, compile=way).loss
        losses += [step.update(X[:9], SIGNS[:9], optimizer=optimizer)]
        losses += step.fit(X, SIGNS, optimizer=optimizer, epochs=2).loss
        found.append((losses, [value.data for value in model.parameters()], optimizer.state_dict()))
    assert found[0] == found[1]


def test_hardly_anything_is_left_to_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    compute, calls = job.Losses.compute, []
    monkeypatch.setattr(job.Losses, "compute", lambda self, place: calls.append(place) or compute(self, place))
    make = lambda: MLP(2, [6, 3], activation="relu", rng=3)
    for settings in ({"patience": 90}, {"batch_size": 8}, {"progress": _nothing}):
        calls.clear()
        given: dict[str, Any] = {"loss": "cross_entropy_with_logits", "optimizer": Adam(0.01), **settings}
        history = fit(make(), X, CLASSES, epochs=60, validation=(X, CLASSES), compile=True, **given)
        assert history.epochs == 60
        assert "on by the engine" not in history.compiled
        assert len(calls) < 2 * (1 + table.EXAMPLES + 8)


# ---- when ------------------------------------------------------------------------------------------------------


def test_little_is_done_eagerly_and_much_is_compiled() -> None:
    model, _ = small()
    history = fit(model, X, SIGNS, epochs=4)
    assert history.compiled == "eager: there is too little to do for compiling to pay"
    history = fit(model, X, SIGNS, epochs=3000)
    assert history.compiled.startswith("compiled (numpy): ")
    assert history.compiled.endswith(" groups")
    history = fit(model, X, SIGNS, epochs=30_000)
    assert history.compiled.startswith("compiled (native): ")
    assert fit(model, X, SIGNS, epochs=0, compile=True).compiled == "there was nothing to do"


def test_a_small_fit_loads_no_library() -> None:
    code = """
import sys
from microgradnn.nn import MLP
from microgradnn.train import fit
history = fit(MLP(2, [4, 1], rng=1), [[0.0, 1.0]] * 50, [1.0] * 50, epochs=20)
print(history.compiled, [name for name in ("numpy", "llvmlite") if name in sys.modules])
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said == "eager: there is too little to do for compiling to pay []\n"


def test_without_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "find_spec", lambda name: None)
    model, _ = small()
    with pytest.raises(MissingLibrary, match="pip install numpy"):
        fit(model, X, SIGNS, epochs=4, compile=True)
    monkeypatch.setattr(choice, "ENGINE", SLOW)
    assert fit(model, X, SIGNS, epochs=6).compiled == "eager: numpy is not installed"


def test_without_llvmlite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(choice.COMPILED, "native", choice.Seconds(0.0, 0.0, 0.0))
    assert fit(small()[0], X, SIGNS, epochs=6, compile=True).compiled.startswith("compiled (native): ")
    monkeypatch.setattr(choice, "trouble", lambda: "llvmlite is not installed")
    assert fit(small()[0], X, SIGNS, epochs=6, compile=True).compiled.startswith("compiled (numpy): ")


def test_wrong_settings() -> None:
    with pytest.raises(SettingError, match="compile='yes' is none of"):
        fit(small()[0], X, SIGNS, epochs=4, compile="yes")  # type: ignore[arg-type]


# ---- these tests can fail --------------------------------------------------------------------------------------


def _nothing(*_: Any) -> None:
    return None


@pytest.mark.parametrize(
    ("owner", "name", "planted"),
    [
        (views.Units, "look", _nothing),
        (automatic.Compiled, "finish", _nothing),
        (automatic, "recall", _nothing),
        (automatic.Compiled, "close", _nothing),
        (automatic.Compiled, "_check", _nothing),
        (views.Validation, "__call__", lambda self: 0.0),
        (Course, "ahead", lambda self, batch, order, *rest: AHEAD(self, batch, np.sort(order), *rest)),
    ],
)
def test_a_planted_difference_is_found(owner: Any, name: str, planted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[Any] = [
        # The biases of a relu layer far below 0, and gradients that fade at the last step only.
        lambda: same(dead, X=X, Y=SIGNS, epochs=2),
        lambda: same(fading, X=X, Y=SIGNS, epochs=2, loss=lambda p, t: -p),
        lambda: same(small, X=X, Y=SIGNS, epochs=3, batch_size=5, shuffle=True, validation=(X, SIGNS)),
        lambda: test_what_is_changed_between_steps_is_seen(lambda model, _, k: setattr(model, "depth", 1 + k), ""),
    ]
    for each in runs[:3]:
        each()
    monkeypatch.setattr(owner, name, planted)
    differ = 0
    for each in runs:
        try:
            each()
        except AssertionError:
            differ += 1
    assert differ


AHEAD = Course.ahead


def dead() -> tuple[Module, Optimizer]:
    model = MLP(2, [3, 1], activation="relu", rng=1)
    bias = model.layers[0].neurons[1].b
    assert bias is not None
    bias.data = -100.0
    return model, SGD(1e-6)


def fading() -> tuple[Module, Optimizer]:
    return MLP(2, [4, 1], activation="tanh", rng=3), SGD(1000.0)
