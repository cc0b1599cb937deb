"""fit's options: clipping, schedules, shuffling, validation, early stopping, progress."""

import io
import math
import random
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgradnn.errors import SettingError
from microgradnn.losses import mse
from microgradnn.nn import Dropout, Layer, Sequential
from microgradnn.optim import SGD
from microgradnn.optim.schedules import linear
from microgradnn.train import fit
from tests.training import Line, X, Y, network, numbers

# ---- options ---------------------------------------------------------------------------------------------------


def test_clipping() -> None:
    by_norm, by_value = network(), network()
    before = numbers(by_norm)
    fit(by_norm, X, Y, optimizer=SGD(1.0), epochs=1, clip=0.01)
    moved = math.sqrt(math.fsum((a - b) ** 2 for a, b in zip(numbers(by_norm), before, strict=True)))
    assert math.isclose(moved, 0.01, rel_tol=1e-9)
    fit(by_value, X, Y, optimizer=SGD(1.0), epochs=1, clip=("value", 1e-3))
    assert math.isclose(max(abs(a - b) for a, b in zip(numbers(by_value), before, strict=True)), 1e-3, rel_tol=1e-9)


def test_a_schedule_counts_the_optimisers_steps() -> None:
    whole, halves = network(), network()
    fit(whole, X, Y, optimizer=SGD(0.5), epochs=10, schedule=linear(10))
    optimizer = SGD(0.5)
    for _ in range(2):
        fit(halves, X, Y, optimizer=optimizer, epochs=5, schedule=linear(10))
    assert numbers(whole) == numbers(halves)


@pytest.mark.parametrize("shuffle", [False, True])
def test_a_seed_that_is_none(shuffle: bool) -> None:
    with pytest.raises(SettingError, match=r"seed is 1\.5"):
        fit(network(), X, Y, epochs=1, shuffle=shuffle, seed=1.5)  # type: ignore[arg-type]


def test_shuffling_is_seeded() -> None:
    def run(**settings: Any) -> list[float]:
        model = network()
        fit(model, X, Y, epochs=3, batch_size=2, **settings)
        return numbers(model)

    assert run(shuffle=True, seed=1) == run(shuffle=True, seed=1)
    assert run(shuffle=True) == run(shuffle=True, seed=0) == run(shuffle=True, seed=random.Random(0))
    assert len({tuple(run(shuffle=True, seed=1)), tuple(run(shuffle=True, seed=2)), tuple(run())}) == 3


@given(st.integers(1, 9), st.integers(0, 3))
def test_an_epoch_takes_every_sample_once(batch_size: int, seed: int) -> None:
    seen: list[float] = []

    def loss(p: Any, t: float) -> Any:
        seen.append(t)
        return mse(p, t)

    fit(Line(), range(7), range(7), loss=loss, epochs=2, batch_size=batch_size, shuffle=True, seed=seed)
    assert sorted(seen[:7]) == sorted(seen[7:]) == list(range(7))


def test_dropout_is_off_for_validation_and_modes_are_restored() -> None:
    model = Sequential(Layer(2, 8, activation="tanh", rng=1), Dropout(0.5, rng=1), Layer(8, 1, nonlin=False, rng=2))
    model.eval()
    modes = []
    history = fit(
        model, X, Y, loss=lambda p, t: modes.append(model.training) or mse(p, t), epochs=1, validation=(X, Y)
    )  # fmt: skip
    assert modes == [True] * 5 + [False] * 5
    assert not model.training
    after = math.fsum((model(x).data - y) ** 2 for x, y in zip(X, Y, strict=True)) / 5
    assert math.isclose(history.validation[0], after, rel_tol=1e-14)


def test_validation_leaves_out_penalties() -> None:
    model = network()
    history = fit(model, X, Y, epochs=2, validation=(X, Y), l2=10.0, optimizer=SGD(1e-6))
    assert history.validation[0] < 10 < history.loss[0]
    assert len(history.validation) == 2


def test_early_stopping_puts_the_best_back() -> None:
    model = network()
    kept = []
    # The validation targets are the opposite of what is learned: it gets worse at once, or soon.
    history = fit(
        model, X, Y, epochs=50, optimizer=SGD(0.3), validation=(X, [-y for y in Y]), patience=3,
        progress=lambda step, steps, loss: kept.append(numbers(model)),
    )  # fmt: skip
    assert history.epochs == history.best + 1 + 3 < 50
    assert history.validation[history.best] == min(history.validation)
    assert numbers(model) == kept[history.best]
    assert f"epoch {history.best}" in history.stopped
    assert "stopped" in repr(history)


def test_a_validation_loss_that_is_nan_is_never_the_best() -> None:
    losses = iter([math.nan, 2.0, math.nan, 1.0, 3.0, math.nan])
    loss = lambda p, t: mse(p, t) if t < 9 else p * 0 + next(losses)
    history = fit(Line(), [1.0], [0.5], loss=loss, epochs=9, validation=([1.0], [9.0]), patience=2)
    assert (history.best, history.epochs) == (3, 6)


def test_patience_without_validation_watches_the_epochs_loss() -> None:
    history = fit(network(), X, Y, epochs=50, optimizer=SGD(0.0), patience=2)
    assert (history.epochs, history.best) == (3, 0)
    assert history.epoch_loss == history.loss
    assert "the loss" in history.stopped


def test_epoch_loss_is_weighted_by_samples() -> None:
    history = fit(network(), X, Y, epochs=1, batch_size=2)
    a, b, c = history.loss
    assert math.isclose(history.epoch_loss[0], (2 * a + 2 * b + c) / 5, rel_tol=1e-15)


def test_no_epochs() -> None:
    model = network()
    before = numbers(model)
    history = fit(model, X, Y, epochs=0)
    assert (history.loss, history.epochs, history.best) == ([], 0, -1)
    assert numbers(model) == before
    assert repr(history) == "History: 0 epochs, 0 steps"


# ---- progress --------------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []
    fit(network(), X, Y, epochs=2, batch_size=3, progress=lambda step, steps, loss: told.append((step, steps)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    for stream, progress, shown in [
        (Terminal(), None, True), (Terminal(), False, False), (io.StringIO(), None, False), (io.StringIO(), True, True),
    ]:  # fmt: skip
        monkeypatch.setattr(sys, "stderr", stream)
        fit(network(), X, Y, epochs=2, progress=progress)
        assert ("training" in stream.getvalue()) == shown
    with pytest.raises(SettingError, match="progress"):
        fit(network(), X, Y, epochs=2, progress=3)  # type: ignore[arg-type]
