"""Training goes on from a file as if it had never stopped."""

import os
from collections.abc import Callable
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

import pytest

from microgradnn import data, optim
from microgradnn.errors import Misuse
from microgradnn.io import Checkpoint, load_checkpoint, save
from microgradnn.nn import MLP, Dropout, Layer, Sequential
from microgradnn.train import fit
from tests.bits import bits

OPTIMIZERS = [
    lambda: optim.SGD(0.1),
    lambda: optim.SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    lambda: optim.AdaGrad(0.1),
    lambda: optim.RMSProp(0.01, momentum=0.5),
    lambda: optim.Adam(0.01, betas=(0.8, 0.95)),
    lambda: optim.AdamW(0.01),
]


def train(checkpoint: Checkpoint, epochs: int) -> None:
    """Some epochs with shuffled mini-batches and dropout, all drawn from one source of chance."""
    model, optimizer, rng = checkpoint.model, checkpoint.optimizer, checkpoint.rng
    assert optimizer is not None
    assert rng is not None
    X, Y = data.truth_table("XOR")
    for _ in range(epochs):
        for rows, targets in data.batches(X, Y, 3, shuffle=True, seed=rng):
            model.zero_grad()
            for row, target in zip(rows, targets, strict=True):
                ((model(row) - target) ** 2).backward()
            optimizer.step(model)


@pytest.mark.parametrize("make", OPTIMIZERS)
def test_training_goes_on_as_if_it_had_never_stopped(tmp_path: Path, make: Callable[[], optim.Optimizer]) -> None:
    def start() -> Checkpoint:
        rng = Random(3)
        model = Sequential(Layer(2, 6, rng=rng), Dropout(0.3, rng=rng), Layer(6, 1, activation="linear", rng=rng))
        return Checkpoint(model, make(), rng)

    through, paused = start(), start()
    train(through, 8)
    train(paused, 3)
    save(paused.model, tmp_path / "run.json", paused.optimizer, paused.rng, extra={"epochs": 3})
    resumed = load_checkpoint(tmp_path / "run.json")
    assert resumed.extra == {"epochs": 3}
    assert repr(resumed.optimizer) == repr(paused.optimizer)
    train(resumed, 5)
    assert bits(resumed.model.state_dict()) == bits(through.model.state_dict())
    assert resumed.optimizer is not None
    assert through.optimizer is not None
    assert bits(resumed.optimizer.state_dict()) == bits(through.optimizer.state_dict())


def test_a_loaded_optimiser_belongs_to_the_loaded_model(tmp_path: Path) -> None:
    model, optimizer = MLP(2, [1], rng=0), optim.Adam()
    model([1.0, 2.0]).backward()
    optimizer.step(model)
    save(model, tmp_path / "run.json", optimizer)
    back = load_checkpoint(tmp_path / "run.json")
    assert back.optimizer is not None
    model.zero_grad()
    model([1.0, 2.0]).backward()
    with pytest.raises(Misuse, match="another model"):
        back.optimizer.step(model)


def test_an_optimiser_that_never_stepped_is_free(tmp_path: Path) -> None:
    save(MLP(2, [1], rng=0), tmp_path / "run.json", optim.Adam())
    back = load_checkpoint(tmp_path / "run.json")
    other = MLP(3, [1], rng=0)
    other([1.0, 2.0, 3.0]).backward()
    assert back.optimizer is not None
    back.optimizer.step(other)


def test_what_cannot_be_saved_beside_a_model(tmp_path: Path) -> None:
    class Own(optim.SGD):
        pass

    model, other, used = MLP(2, [1], rng=0), MLP(2, [1], rng=1), optim.Adam()
    other([1.0, 2.0]).backward()
    used.step(other)
    unfit: list[dict[str, Any]] = [
        {"optimizer": Own()},
        {"optimizer": used},
        {"optimizer": "adam"},
        {"rng": SystemRandom()},
        {"rng": 3},
        {"extra": {"when": {1, 2}}},
    ]
    for setting in unfit:
        with pytest.raises(Misuse):
            save(model, tmp_path / "run.json", **setting)
    assert os.listdir(tmp_path) == []


def test_fit_goes_on_from_a_file(tmp_path: Path) -> None:
    X, Y = data.moons(12, seed=1)
    settings: dict[str, Any] = {"loss": "mse", "batch_size": 5, "shuffle": True, "progress": False}

    def start() -> Checkpoint:
        return Checkpoint(MLP(2, [4, 1], activation="tanh", rng=2), optim.Adam(0.02), Random(7))

    through, paused = start(), start()
    fit(through.model, X, Y, optimizer=through.optimizer, epochs=5, seed=through.rng, **settings)
    history = fit(paused.model, X, Y, optimizer=paused.optimizer, epochs=2, seed=paused.rng, **settings)
    save(paused.model, tmp_path / "run.json", paused.optimizer, paused.rng, extra={"loss": history.loss})
    resumed = load_checkpoint(tmp_path / "run.json")
    assert bits(resumed.extra["loss"]) == bits(history.loss)
    fit(resumed.model, X, Y, optimizer=resumed.optimizer, epochs=3, seed=resumed.rng, **settings)
    assert bits(resumed.model.state_dict()) == bits(through.model.state_dict())
