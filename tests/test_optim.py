"""Optimisers, schedules and clipping: PyTorch's paths, whose memory it is, what is refused."""

import copy
import json
import math
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgradnn import Value, grad
from microgradnn.dual import Dual
from microgradnn.errors import Misuse, NotANumber, SettingError, ShapeError
from microgradnn.nn import MLP
from microgradnn.optim import OPTIMIZERS, SGD, AdaGrad, Adam, AdamW, Optimizer, RMSProp, clip_norm, clip_value

RUNS = json.loads((Path(__file__).parent / "frozen" / "torch.json").read_text("ascii"))["optimisers"]
NAMES = {"Adagrad": AdaGrad, "RMSprop": RMSProp, "SGD": SGD, "Adam": Adam, "AdamW": AdamW}
EVERY = [
    SGD(0.1), SGD(0.1, 0.9), SGD(0.1, 0.9, nesterov=True, weight_decay=0.1), AdaGrad(), AdaGrad(weight_decay=0.1),
    RMSProp(), RMSProp(momentum=0.9, weight_decay=0.1), Adam(), Adam(weight_decay=0.1), AdamW(),
]  # fmt: skip


def rosenbrock(p: list[Any]) -> Any:
    """The function that make_torch.py descends."""
    terms = [10 * (p[i + 1] - p[i] ** 2) ** 2 + (1 - p[i]) ** 2 for i in range(3)]
    return (terms[0] + terms[1] + terms[2]) / 10


def descend(optimiser: Optimizer, values: list[Value], steps: int, clip: Any = None) -> list[list[float]]:
    path = []
    for _ in range(steps):
        for value in values:
            value.zero_grad()
        rosenbrock(values).backward()
        if clip is not None:
            {"norm": clip_norm, "value": clip_value}[clip[0]](values, clip[1])
        optimiser.step(values)
        path.append([value.data for value in values])
    return path


def start() -> list[Value]:
    return [Value(x) for x in (-0.6, 0.4, 0.3, -0.2)]


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run['optimiser']}-{run['settings']}-{run['clip']}")
def test_paths_are_pytorchs(run: dict[str, Any]) -> None:
    settings = dict(run["settings"])
    default = {"SGD": 0.001}.get(run["optimiser"])
    optimiser = NAMES[run["optimiser"]](**({"lr": default} if default and "lr" not in settings else {}), **settings)
    path = descend(optimiser, start(), 25, run["clip"])
    for ours, theirs in zip(path[:3] + path[9::5], run["path"], strict=True):
        for a, b in zip(ours, theirs, strict=True):
            assert math.isclose(a, b, rel_tol=1e-11, abs_tol=1e-13)


def test_every_optimiser_is_compared() -> None:
    assert {NAMES[run["optimiser"]] for run in RUNS} == set(OPTIMIZERS.values())


@pytest.mark.parametrize("optimiser", EVERY, ids=repr)
def test_rules_take_whatever_flows(optimiser: Optimizer) -> None:
    state = (0.3, 0.2)[: optimiser.slots]
    c = optimiser.coefficients(3, 0.5)
    p, kept = optimiser.rule(1.5, -0.4, state, c)
    flowing, memory = optimiser.rule(Value(1.5), Value(-0.4), tuple(map(Value, state)), c)
    assert (flowing.data, [s.data for s in memory]) == (p, list(kept))
    dual = optimiser.rule(1.5, Dual(-0.4, 1.0, 1), state, c)[0]
    assert dual.value == p
    assert math.isclose(dual.tangent, grad(lambda g: optimiser.rule(1.5, g, state, c)[0])(-0.4), rel_tol=1e-14)


@given(st.sampled_from(EVERY), st.integers(1, 6), st.integers(0, 6))
def test_going_on_from_a_state_changes_no_bit(like: Optimizer, before: int, after: int) -> None:
    fresh = lambda: type(like)(**{name: getattr(like, name) for name in like.settings})
    whole, first, second = fresh(), fresh(), fresh()
    values, others = start(), start()
    path = descend(whole, values, before + after)
    descend(first, others, before)
    state = json.loads(json.dumps(first.state_dict()))
    second.load_state_dict(state)
    assert descend(second, others, after) == path[before:]
    assert second.state_dict() == whole.state_dict()


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))])
def test_copied_with_its_model_it_goes_on(copied: Any) -> None:
    values, optimiser = start(), Adam(0.1)
    descend(optimiser, values, 3)
    others, twin = copied((values, optimiser))
    assert descend(twin, others, 3) == descend(optimiser, values, 3)


# ---- what is stepped -------------------------------------------------------------------------------------


def test_nestings_are_stepped_depth_first() -> None:
    a, b, c = Value(1.0), Value(2.0), Value(3.0)
    (a * b + c).backward()
    optimiser = SGD(1.0, momentum=0.5)
    optimiser.step({"z": [a, (b,)], "y": c, "again": a})
    assert (a.data, b.data, c.data) == (-1.0, 1.0, 2.0)
    assert optimiser.memory == [(2.0,), (1.0,), (1.0,)]


def test_a_module_is_its_parameters() -> None:
    model = MLP(2, [2, 1], rng=1)
    model([1.0, 2.0]).backward()
    before, slopes = [p.data for p in model.parameters()], [p.grad for p in model.parameters()]
    SGD(0.5).step(model)
    assert [p.data for p in model.parameters()] == [p - 0.5 * g for p, g in zip(before, slopes, strict=True)]


def test_frozen_parameters_stay() -> None:
    a, b = Value(1.0), Value(2.0)
    b.frozen = True
    (a * b).backward()
    AdamW(0.1).step([a, b])
    assert (a.data != 1.0, b.data) == (True, 2.0)


def test_settings_may_change_between_steps() -> None:
    a, optimiser = Value(0.0), SGD(1.0)
    for expected, settings in [(-1.0, {}), (-2.0, {"momentum": 0.5}), (-3.5, {}), (-3.75, {"lr": 0.25, "momentum": 0})]:
        for name, setting in settings.items():
            setattr(optimiser, name, setting)
        a.grad = 1.0
        optimiser.step([a])
        assert a.data == expected


def test_a_parameter_out_of_reach_has_the_gradient_0() -> None:
    a, b = Value(1.0), Value(2.0)
    optimiser = SGD(0.5, momentum=0.5)
    (a * b).backward()
    optimiser.step([a, b])
    for v in (a, b):
        v.zero_grad()
    (a * 1.0).backward()
    optimiser.step([a, b])
    assert b.data == 2.0 - 0.5 * 1.0 - 0.5 * 0.5 * 1.0


def test_memory_belongs_to_the_first_model() -> None:
    a, b = MLP(1, [1], rng=1), MLP(1, [1], rng=2)
    optimiser = Adam()
    for model in (a, b):
        model(1.0).backward()
    optimiser.step(a)
    for other in (b, a.parameters()[:1], [*a.parameters(), Value(1.0)]):
        with pytest.raises(Misuse, match="new optimiser"):
            optimiser.step(other)
    optimiser.step(a.parameters())  # the same Values, by another way


def test_stepping_before_backward_is_misuse() -> None:
    with pytest.raises(Misuse, match="backward"):
        SGD(0.1).step(MLP(1, [1]))


def test_what_is_no_model() -> None:
    a = Value(1.0)
    for wrong, says in [
        ([a, 2.0], "the model[1] is 2.0"),
        ({"w": a * 2}, "computed Value (mul)"),
        ("model", "'model'"),
    ]:
        with pytest.raises(NotANumber) as caught:
            SGD(0.1).step(wrong)
        assert says in str(caught.value)


def test_forgotten_zero_grad_is_found() -> None:
    a = Value(1.0, label="a")
    optimiser = SGD(0.1)
    (a * a).backward()
    optimiser.step([a])
    with pytest.raises(Misuse, match="zero_grad"):
        (a * a).backward()


# ---- settings and states ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: SGD(-0.1), "lr is -0.1"),
        (lambda: SGD(math.nan), "lr is nan"),
        (lambda: SGD(math.inf), "lr is inf"),
        (lambda: SGD("0.1"), "lr must be one real number"),
        (lambda: SGD(0.1, momentum=-1), "momentum"),
        (lambda: SGD(0.1, nesterov=True), "momentum=0.9"),
        (lambda: SGD(0.1, weight_decay=-1), "weight_decay"),
        (lambda: AdaGrad(eps=0), "eps is 0"),
        (lambda: RMSProp(alpha=1.0), "alpha is 1.0"),
        (lambda: Adam(betas=(0.9, 1.0)), "betas[1] is 1.0"),
        (lambda: Adam(betas=(-0.1, 0.9)), "betas[0]"),
        (lambda: Adam(betas=0.9), "a pair"),
        (lambda: Adam(eps=-1e-8), "eps"),
    ],
)
def test_wrong_settings(make: Any, says: str) -> None:
    with pytest.raises(SettingError) as caught:
        make()
    assert says in str(caught.value)


def test_wrong_states() -> None:
    values = start()
    optimiser = Adam(0.1)
    descend(optimiser, values, 2)
    state = optimiser.state_dict()
    for wrong, error in [
        ({}, ShapeError),
        ([], ShapeError),
        ({**state, "kind": "SGD"}, ShapeError),
        ({**state, "steps": -1}, ShapeError),
        ({**state, "memory": [[0.0]] * 4}, ShapeError),
        ({**state, "memory": [[0.0, 0.0]] * 3}, ShapeError),
        ({**state, "memory": [[0.0, None]] * 4}, NotANumber),
        ({**state, "settings": {**state["settings"], "lr": -1.0}}, SettingError),
    ]:
        with pytest.raises(error):
            optimiser.load_state_dict(wrong)  # type: ignore[arg-type]
        assert optimiser.state_dict() == state
    loaded = Adam()
    loaded.load_state_dict(state)
    with pytest.raises(Misuse, match="loaded for 4 parameters, and the model has 1"):
        loaded.step(values[:1])


def test_reprs() -> None:
    assert repr(Adam()) == "Adam(lr=0.001, betas=(0.9, 0.999), eps=1e-08, weight_decay=0.0)"
