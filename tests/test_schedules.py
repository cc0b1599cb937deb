"""Learning-rate schedules and gradient clipping."""

import math
import pickle
from typing import Any

import pytest

from microgradnn import Value
from microgradnn.errors import Divergence, SettingError
from microgradnn.optim import SGD, clip_norm, clip_value
from microgradnn.optim.schedules import constant, cosine, exponential, factor_at, linear, schedule, step, warm_up

# ---- schedules -------------------------------------------------------------------------------------------


def factors(given: Any, n: int) -> list[float]:
    return [factor_at(given, k) for k in range(n)]


def test_schedules_by_hand() -> None:
    assert factors(constant(), 2) == [1.0, 1.0]
    assert factors(step(2, 0.5), 5) == [1.0, 1.0, 0.5, 0.5, 0.25]
    assert factors(exponential(0.5), 4) == [1.0, 0.5, 0.25, 0.125]
    assert factors(linear(4), 6) == [1.0, 0.75, 0.5, 0.25, 0.0, 0.0]
    assert factors(linear(2, end=3.0, start=2.0), 3) == [2.0, 2.5, 3.0]
    assert factors(warm_up(4), 6) == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
    assert factors(warm_up(2, linear(2)), 5) == [0.5, 1.0, 1.0, 0.5, 0.0]
    half = cosine(4, end=0.5)
    expected = [1.0, 0.75 + math.sqrt(2) / 8, 0.75, 0.75 - math.sqrt(2) / 8, 0.5, 0.5]
    assert all(math.isclose(a, b, rel_tol=1e-15) for a, b in zip(factors(half, 6), expected, strict=True))
    assert factors(schedule(None), 1) == [1.0]
    # The demo's 1.0 − 0.9·k/100, to the last bit.
    assert factors(linear(100, end=0.1), 100) == [1.0 - 0.9 * k / 100 for k in range(100)]


@pytest.mark.parametrize(
    "given", [constant(0.5), step(3), exponential(0.9), linear(5), cosine(5), warm_up(3, cosine(5))]
)
def test_schedules_can_be_pickled(given: Any) -> None:
    assert factors(pickle.loads(pickle.dumps(given)), 12) == factors(given, 12)


@pytest.mark.parametrize(
    "make",
    [
        lambda: step(0), lambda: linear(2.5), lambda: cosine(-1), lambda: warm_up("3"), lambda: exponential(-0.1),
        lambda: linear(3, end=-1.0), lambda: schedule(0.5), lambda: factor_at(lambda k: -1.0, 0),
        lambda: factor_at(lambda k: None, 0), lambda: factor_at(exponential(1e300), 9),
    ],
)  # fmt: skip
def test_wrong_schedules(make: Any) -> None:
    with pytest.raises(SettingError):
        make()


def test_the_factor_is_on_the_learning_rate() -> None:
    a = Value(1.0)
    a.grad = 2.0
    SGD(0.5).step([a], factor=0.25)
    assert a.data == 1.0 - 0.125 * 2.0


# ---- clipping --------------------------------------------------------------------------------------------


def with_gradient(*slopes: float) -> list[Value]:
    values = [Value(0.0) for _ in slopes]
    for value, g in zip(values, slopes, strict=True):
        value.grad = g
    return values


def test_clipping_by_norm_keeps_the_direction() -> None:
    values = with_gradient(3.0, -4.0)
    assert clip_norm(values, 10.0) == 5.0
    assert [v.grad for v in values] == [3.0, -4.0]
    assert clip_norm(values, 2.5) == 5.0
    assert [v.grad for v in values] == [1.5, -2.0]
    assert clip_norm(with_gradient(0.0, 0.0), 1.0) == 0.0


def test_a_norm_that_no_float_holds() -> None:
    values = with_gradient(1e200, 1.0)
    with pytest.raises(Divergence, match="norm is inf"):
        clip_norm(values, 1.0)
    assert [v.grad for v in values] == [1e200, 1.0]


def test_clipping_by_value() -> None:
    values = [*with_gradient(3.0, -4.0, 0.5), Value(1.0)]
    clip_value(values, 1.0)
    assert [v.grad for v in values] == [1.0, -1.0, 0.5, 0.0]
    assert not values[3].graded


def test_wrong_clips() -> None:
    for call in (lambda: clip_norm(with_gradient(1.0), 0.0), lambda: clip_value(with_gradient(1.0), -1.0)):
        with pytest.raises(SettingError):
            call()
