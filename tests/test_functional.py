"""Losses, softmax and decisions: against PyTorch's results, at their edges, and against wrong input."""

import builtins
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import microgradnn.functional
from microgradnn import Value, grad, hessian
from microgradnn.errors import DataError, NotANumber, SettingError, ShapeError
from microgradnn.functional import accuracy, argmax, l1_penalty, l2_penalty, log_softmax, softmax
from microgradnn.losses import (
    LOSSES,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    cross_entropy_with_logits,
    half_squared,
    hinge,
    huber,
    loss_function,
    mae,
    mse,
)

TORCH = json.loads((Path(__file__).parent / "frozen" / "torch.json").read_text("ascii"))["losses"]
numbers = st.floats(-50, 50)


def gradient(loss: Any, outputs: list[float], target: Any, **settings: Any) -> tuple[float, list[float]]:
    values = [Value(p) for p in outputs]
    value = loss(values, target, **settings)
    value.backward()
    return value.data, [v.grad for v in values]


@pytest.mark.parametrize("case", TORCH, ids=lambda case: f"{case['loss']}-{len(case['prediction'])}")
def test_losses_agree_with_pytorch(case: dict[str, Any]) -> None:
    loss = LOSSES[case["loss"]]
    value, found = gradient(loss, case["prediction"], case["target"], **case["settings"])
    assert math.isclose(value, case["value"], rel_tol=1e-13, abs_tol=1e-15)
    for ours, theirs in zip(found, case["gradient"], strict=True):
        assert math.isclose(ours, theirs, rel_tol=1e-12, abs_tol=1e-15)


def test_every_loss_is_compared() -> None:
    assert {case["loss"] for case in TORCH} == set(LOSSES)


@pytest.mark.parametrize("name", [name for name in LOSSES if not name.startswith("cross")])
def test_a_bare_number_is_a_list_of_one(name: str) -> None:
    loss = LOSSES[name]
    assert loss(0.3, 1) == loss([0.3], [1]) == loss((0.3,), 1)
    assert isinstance(loss(0.3, 1), float)
    assert isinstance(loss(Value(0.3), 1), Value)


@pytest.mark.parametrize("name", list(LOSSES))
def test_a_batch_is_the_mean_of_its_rows(name: str) -> None:
    rows = [[0.25, 0.75], [0.5, 0.5], [0.125, 0.875]]
    targets = [[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]
    if name == "hinge":
        targets = [[2 * t - 1 for t in row] for row in targets]
    loss = LOSSES[name]
    first, second, third = (loss(row, t) for row, t in zip(rows, targets, strict=True))
    assert loss(rows, targets) == ((first + second) + third) / 3
    with pytest.raises(ShapeError, match="3 rows"):
        loss(rows, targets[:2])


def test_half_squared_has_the_error_as_its_gradient() -> None:
    assert gradient(half_squared, [1.0, 4.0], [3.0, 3.0]) == (2.5, [-2.0, 1.0])


def test_kinks_give_0() -> None:
    for loss, at in ((mae, 2.0), (huber, 2.0), (lambda p, t: hinge(p, 1), 1.0)):
        assert grad(lambda p, loss=loss: loss(p, 2.0))(at) == 0.0


def test_huber_is_smooth_where_its_pieces_meet() -> None:
    assert grad(lambda p: huber(p, 0.0))(1.0) == 1.0
    assert huber(1.0, 0.0) == 0.5
    assert huber(3.0, 0.0, delta=2.0) == 4.0


# ---- cross-entropies at their edges ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("p", "t", "value", "slope"),
    [(0.0, 0, 0.0, 1.0), (1.0, 1, 0.0, -1.0), (0.0, 1, math.inf, -math.inf), (1.0, 0, math.inf, math.inf)],
)
def test_certain_probabilities(p: float, t: int, value: float, slope: float) -> None:
    assert gradient(binary_cross_entropy, [p], [t]) == (value, [slope])
    assert math.copysign(1, binary_cross_entropy(p, t)) == 1.0


@pytest.mark.parametrize(
    ("z", "t", "value"),
    # log1p(exp(−40)) = exp(−40)·(1 − …), to the last digit; log(1 + e^1000) = 1000 in doubles.
    [(40.0, 1, 4.248354255291589e-18), (-40.0, 0, 4.248354255291589e-18), (1000.0, 0, 1000.0), (1000.0, 1, 0.0)],
)
def test_logits_keep_their_digits_in_the_tails(z: float, t: int, value: float) -> None:
    assert math.isclose(binary_cross_entropy_with_logits(z, t), value, rel_tol=1e-15)


def test_categorical_logits_do_not_overflow() -> None:
    value, found = gradient(cross_entropy_with_logits, [1000.0, 1000.0], 0)
    assert math.isclose(value, math.log(2), rel_tol=1e-12)
    assert found == [-0.5, 0.5]


def test_a_class_that_is_not_wanted_may_be_impossible() -> None:
    assert cross_entropy([1.0, 0.0], [1.0, 0.0]) == 0.0
    assert cross_entropy([1.0, 0.0], 0) == 0.0
    assert cross_entropy([1.0, 0.0], 1) == math.inf
    assert gradient(cross_entropy, [1.0, 0.0], [1, 0])[1] == [-1.0, 0.0]


@given(st.lists(numbers, min_size=2, max_size=6), st.data())
def test_probabilities_and_logits_tell_the_same(zs: list[float], data: st.DataObject) -> None:
    k = data.draw(st.integers(0, len(zs) - 1))
    one_hot = [float(i == k) for i in range(len(zs))]
    by_class = cross_entropy_with_logits(zs, k)
    assert math.isclose(by_class, cross_entropy_with_logits(zs, one_hot), rel_tol=1e-12, abs_tol=1e-12)
    assert math.isclose(by_class, cross_entropy(softmax(zs), k), rel_tol=1e-9, abs_tol=1e-12)


def test_second_derivatives() -> None:
    # Of softplus, σ(1 − σ); of log-sum-exp, diag(s) − s·sᵀ.
    s = 1 / (1 + math.exp(-0.3))
    assert math.isclose(grad(grad(lambda z: binary_cross_entropy_with_logits(z, 1)))(0.3), s * (1 - s), rel_tol=1e-12)
    a, b = softmax([0.2, -0.5])
    found = hessian(lambda zs: cross_entropy_with_logits(zs, 0))([0.2, -0.5])
    assert all(
        math.isclose(x, y, rel_tol=1e-12)
        for x, y in zip([*found[0], *found[1]], [a - a * a, -a * b, -a * b, b - b * b], strict=True)
    )


# ---- softmax and decisions -------------------------------------------------------------------------------


@given(st.lists(numbers, min_size=1, max_size=8), numbers)
def test_softmax_is_a_distribution_that_shifts_do_not_change(xs: list[float], shift: float) -> None:
    shares = softmax(xs)
    assert math.isclose(math.fsum(shares), 1.0, rel_tol=1e-14)
    for share, moved, logarithm in zip(shares, softmax([x + shift for x in xs]), log_softmax(xs), strict=True):
        assert math.isclose(share, moved, rel_tol=1e-12)
        assert math.isclose(math.log(share), logarithm, rel_tol=1e-12, abs_tol=1e-13)


def test_softmax_does_not_overflow() -> None:
    assert softmax([1000.0, 1000.0]) == [0.5, 0.5]
    assert softmax([-1000.0, 1000.0]) == [0.0, 1.0]
    assert log_softmax([-1000.0, 1000.0]) == [-2000.0, 0.0]


def test_softmax_differentiates() -> None:
    a, b, c = softmax([0.1, 0.7, -0.4])
    found = grad(lambda xs: softmax(xs)[1])([0.1, 0.7, -0.4])
    for ours, by_hand in zip(found, [-a * b, b * (1 - b), -c * b], strict=True):
        assert math.isclose(ours, by_hand, rel_tol=1e-12)


def test_argmax_takes_the_first_of_equals() -> None:
    assert argmax([1, 3, 2, 3]) == 1
    assert argmax([Value(1.0), Value(2.0)]) == 1
    with pytest.raises(DataError, match="number 1 of 2 is nan"):
        argmax([1.0, math.nan])


def test_accuracy_by_kind_of_target() -> None:
    assert accuracy([0.3, -0.3, 2.0, -1.0], [1, 1, 1, -1]) == 0.75
    assert accuracy([0.3, 0.6], [0, 1]) == 1.0
    assert accuracy([0.3, 0.6], [1, 1], threshold=0) == 1.0
    assert accuracy([[0.1, 0.9], [0.8, 0.2]], [1, 1]) == 0.5
    assert accuracy([[0.1, 0.9], [0.8, 0.2]], [[0, 1], [1, 0]]) == 1.0
    assert accuracy([Value(math.nan), 1.0], [-1, 1]) == 0.5
    assert accuracy([0.7], [[1.0]]) == 1.0


def test_accuracy_refuses_what_has_none() -> None:
    with pytest.raises(ShapeError, match="2 for 1"):
        accuracy([1.0], [1, 1])
    with pytest.raises(DataError):
        accuracy([], [])
    with pytest.raises(ShapeError, match="single output"):
        accuracy([0.7], [[1.0, 0.0]])


def test_penalties() -> None:
    ps = [Value(-3.0), Value(0.0), Value(2.0)]
    l1, l2 = l1_penalty(ps), l2_penalty(ps)
    l1.backward()
    assert (l1.data, [p.grad for p in ps]) == (5.0, [-1.0, 0.0, 1.0])
    l1.zero_grad()
    l2.backward()
    assert (l2.data, [p.grad for p in ps]) == (13.0, [-6.0, 0.0, 4.0])


# ---- wrong input -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: mse([1.0, 2.0], [1.0]), ShapeError, "2 outputs, but 1 targets"),
        (lambda: mse([], []), ShapeError, "0 outputs"),
        (lambda: mse(1.0, math.nan), DataError, "a target is nan"),
        (lambda: mse("1.0", 1.0), NotANumber, "text"),
        (lambda: mse(1.0, None), NotANumber, "NoneType"),
        (lambda: hinge(1.0, 0), DataError, "−1 and 1"),
        (lambda: huber(1.0, 0.0, delta=0), SettingError, "delta"),
        (lambda: binary_cross_entropy(1.5, 1), DataError, "1.5, which is no probability"),
        (lambda: binary_cross_entropy(Value(-0.1), 1), DataError, "with_logits"),
        (lambda: binary_cross_entropy(0.5, 2), DataError, "a target is 2"),
        (lambda: binary_cross_entropy_with_logits(0.5, -1), DataError, "a target is -1"),
        (lambda: cross_entropy([0.5, 1.5], 0), DataError, "1.5, which is no probability"),
        (lambda: cross_entropy([0.5, 0.5], 2), DataError, "from 0 to 1"),
        (lambda: cross_entropy([0.5, 0.5], 0.5), DataError, "from 0 to 1"),
        (lambda: cross_entropy([0.5, 0.5], math.nan), DataError, "nan"),
        (lambda: cross_entropy([0.5, 0.5], [0.5, 0.4]), DataError, "add up to 0.9"),
        (lambda: cross_entropy([0.5, 0.5], [1.5, -0.5]), DataError, "1.5"),
        (lambda: cross_entropy([0.5, 0.5], [1.0]), ShapeError, "2 outputs, but 1"),
        (lambda: cross_entropy_with_logits(Value(0.5), 0), ShapeError, "binary_cross_entropy_with_logits"),
        (lambda: loss_function("msee"), SettingError, "half_squared"),
        (lambda: loss_function(3), SettingError, "neither a name"),  # type: ignore[arg-type]
        (lambda: softmax([]), ShapeError, "at least one"),
    ],
)
def test_wrong_input_is_named(call: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error) as caught:
        call()
    assert says in str(caught.value)


def test_losses_by_name_or_function() -> None:
    assert loss_function("mse") is mse
    own = lambda p, t: p - t
    assert loss_function(own) is own


def test_no_builtin_is_hidden_by_a_star() -> None:
    assert not {name for name in vars(microgradnn.functional) if not name.startswith("_")} & set(dir(builtins))
