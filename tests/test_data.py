"""Bad data are refused by name; parts are a partition; normalising has an inverse."""

import math
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgradnn import data
from microgradnn.errors import DataError, Misuse, SettingError, ShapeError


def test_what_counts_as_data() -> None:
    assert data.check_data([(1, 2), [3, True]], iter([0, 1.5])) == ([[1.0, 2.0], [3.0, 1.0]], [0.0, 1.5])
    assert data.check_data((iter(row) for row in [[1], [2]]), [[1], [0]]) == ([[1.0], [2.0]], [[1.0], [0.0]])
    rows = data.check_inputs([[1.0]])
    assert type(rows[0][0]) is float


def test_arrays_count_as_data() -> None:
    np = pytest.importorskip("numpy")
    for kind in (np.float64, np.float32, np.int64, np.uint8):
        X, Y = data.check_data(np.array([[1, 2], [3, 4]], dtype=kind), np.array([0, 1], dtype=kind))
        assert (X, Y) == ([[1.0, 2.0], [3.0, 4.0]], [0.0, 1.0])
        assert {type(x) for row in [*X, Y] for x in row} == {float}  # type: ignore[union-attr]
    assert data.check_data([np.array([1.0])], [np.array([0, 1])]) == ([[1.0]], [[0.0, 1.0]])
    with pytest.raises(ShapeError, match="a list is expected"):
        data.check_inputs(np.array(3.0))
    with pytest.raises(DataError, match=r"X\[1\]\[0\] is nan"):
        data.check_inputs(np.array([[1.0], [np.nan]]))


@pytest.mark.parametrize(
    ("X", "Y", "kind", "words"),
    [
        ([[1, 2], [3]], [0, 1], ShapeError, r"X\[1\] has length 1, but X\[0\] has length 2"),
        ([[1], [2]], [0], ShapeError, "X has 2 rows and Y has 1; row 1 has no partner"),
        ([[1]], [0, 1], ShapeError, "X has 1 rows and Y has 2; row 1"),
        ([1, 2], [0, 1], ShapeError, r"X\[0\] is a number; each row of X is a list"),
        ([[1], ["2"]], [0, 1], DataError, r"X\[1\]\[0\] must be .* str '2'"),
        ([[1], "2"], [0, 1], DataError, r"X\[1\] is '2' \(str\)"),
        ("12", [0, 1], DataError, r"X is '12'"),
        ([[1], [math.nan]], [0, 1], DataError, r"X\[1\]\[0\] is nan; drop the row"),
        ([[1], [-math.inf]], [0, 1], DataError, r"X\[1\]\[0\] is -inf"),
        ([[1], [None]], [0, 1], DataError, r"X\[1\]\[0\] must be one real number, but NoneType"),
        ([[1], None], [0, 1], ShapeError, r"X\[1\] is None \(NoneType\); a list is expected"),
        ([[1], [1j]], [0, 1], DataError, r"X\[1\]\[0\] must be .* complex 1j"),
        ([[1], [[2]]], [0, 1], DataError, r"X\[1\]\[0\] must be .* list"),
        ([[1], [2**60 + 1]], [0, 1], DataError, r"X\[1\]\[0\]: this int needs 61 bits"),
        ([[1], [10**400]], [0, 1], DataError, "needs 1329 bits"),  # 400·log₂10 = 1328.8
        ([[1], []], [0, 1], DataError, r"X\[1\] is empty"),
        ([], [], DataError, "X is empty"),
        ([[1]], [], DataError, "Y is empty"),
        ([[1], [2]], [0, "x" * 99], DataError, r"Y\[1\] must be .* str 'x+"),
        ([[1], [2]], [0, math.nan], DataError, r"Y\[1\] is nan"),
        ([[1], [2]], [[0, 1], [1]], ShapeError, r"Y\[1\] has length 1, but Y\[0\] has length 2"),
        ([[1], [2]], [[0], 1], ShapeError, r"Y\[1\] is a number, but other targets are lists"),
        ([[1], [2]], [0, [1]], ShapeError, r"Y\[0\] is a number, but other targets are lists"),
        ([{"a": 1}], [0], ShapeError, r"X\[0\] is a dict"),
        ([{1, 2}], [0], ShapeError, r"X\[0\] is a set"),
        (3, [0], ShapeError, r"X is 3 \(int\); a list is expected"),
    ],
)
def test_bad_data_are_named(X: Any, Y: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        data.check_data(X, Y)


@given(
    st.integers(2, 60),
    st.lists(st.integers(1, 20), min_size=2, max_size=4),
    st.integers(0, 2**32),
    st.booleans(),
)
def test_a_split_is_a_partition(n: int, weights: list[int], seed: int, shuffle: bool) -> None:
    fractions = [weight / sum(weights) for weight in weights]
    X, Y = [[float(i), -float(i)] for i in range(n)], [float(i) for i in range(n)]
    try:
        parts = data.split(X, Y, fractions, seed=seed, shuffle=shuffle)
    except DataError:
        # Refused only when a part would be empty; that cannot happen once each share is a whole row.
        assert min(fractions) * n < 1.0
        return
    assert len(parts) == len(fractions)
    assert sorted(y for _, part in parts for y in part) == Y  # type: ignore[type-var]
    for (rows, targets), fraction in zip(parts, fractions, strict=True):
        assert [row[0] for row in rows] == targets  # rows keep their targets
        assert abs(len(rows) - fraction * n) <= 1.0
    assert data.split(X, Y, fractions, seed=seed, shuffle=shuffle) == parts


def test_the_default_split_is_in_three() -> None:
    parts = data.split(*data.celsius())
    assert [len(X) for X, _ in parts] == [70, 15, 15]
    assert parts[0][0] != sorted(parts[0][0])
    plain = data.split(*data.celsius(), fractions=(0.95, 0.05), shuffle=False)
    assert plain[1][0] == [[95.0], [96.0], [97.0], [98.0], [99.0]]


@pytest.mark.parametrize("fractions", [0.8, "0.8"])
def test_fractions_of_one_number(fractions: Any) -> None:
    with pytest.raises(SettingError, match=r"one for each part, such as \(0\.8, 0\.2\)"):
        data.split([[1.0], [2.0]], [0, 1], fractions)


@pytest.mark.parametrize(
    "fractions", [(1.0,), (0.5, 0.4), (0.5, 0.6), (1.0, 0.0), (1.5, -0.5), (), (math.nan, 0.5), ("all", 0.5)]
)
def test_fractions_add_up_to_one(fractions: Any) -> None:
    with pytest.raises(SettingError, match="fractions"):
        data.split([[1], [2], [3]], [1, 2, 3], fractions)


def test_no_part_stays_empty() -> None:
    with pytest.raises(DataError, match=r"3 rows are too few: fractions\[2\] = 0.15"):
        data.split([[1], [2], [3]], [1, 2, 3])


@given(st.integers(1, 30), st.integers(1, 40), st.integers(0, 99))
def test_each_row_comes_once_in_every_pass(n: int, size: int, seed: int) -> None:
    X, Y = [[float(i)] for i in range(n)], [float(i) for i in range(n)]
    cut = list(data.batches(X, Y, size, shuffle=True, seed=seed))
    assert sorted(y for _, part in cut for y in part) == Y  # type: ignore[type-var]
    assert all(len(rows) == size for rows, _ in cut[:-1])
    assert 1 <= len(cut[-1][0]) <= size
    assert all([row[0] for row in rows] == targets for rows, targets in cut)
    assert [y for _, part in data.batches(X, Y, size) for y in part] == Y


def test_epochs_get_orders_of_their_own() -> None:
    X, Y = data.celsius()
    rng = Random(4)
    first, second = list(data.batches(X, Y, 10, True, rng)), list(data.batches(X, Y, 10, True, rng))
    assert first != second
    assert first == list(data.batches(X, Y, 10, True, 4))


def test_wrong_batches_are_refused_before_the_first_one() -> None:
    with pytest.raises(SettingError, match="size is 0"):
        data.batches([[1]], [1], 0)
    with pytest.raises(ShapeError, match="no partner"):
        data.batches([[1]], [1, 2], 1)


def test_one_hot() -> None:
    assert data.one_hot([0, 2, 1.0]) == [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    assert data.one_hot([0], 2) == [[1.0, 0.0]]
    assert data.one_hot(["red", "blue"], data.TEAMS) == [[0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]]


@pytest.mark.parametrize(
    ("labels", "classes", "kind", "words"),
    [
        ([0, 3, 4], 3, DataError, r"labels\[1\] is 3; 3 classes"),
        ([0, 0.5], None, DataError, r"labels\[1\] is 0.5"),
        ([-1], None, DataError, r"labels\[0\] is -1"),
        (["red"], None, DataError, r"labels\[0\] is 'red'"),
        (
            ["red", "pink"],
            ["red", "blue"],
            DataError,
            r"labels\[1\] is 'pink'; the classes are 'red', 'blue'",
        ),
        ([], None, DataError, "empty"),
        ([0, 10**9], None, DataError, "labels go up to 1000000000; .* classes=1000000001"),
        ([0], 0, SettingError, "classes is 0"),
    ],
)
def test_wrong_labels(labels: Any, classes: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        data.one_hot(labels, classes)


COLUMNS = st.integers(1, 3).flatmap(
    lambda width: st.lists(st.lists(st.floats(-1e6, 1e6), min_size=width, max_size=width), min_size=1, max_size=20)
)


@given(COLUMNS, st.sampled_from(["standard", "min-max"]))
def test_undo_is_the_inverse_of_apply(X: list[list[float]], kind: str) -> None:
    normaliser = data.Normaliser(kind).fit(X)
    for row, again in zip(X, normaliser.undo(normaliser.apply(X)), strict=True):
        assert again == pytest.approx(row, rel=1e-12, abs=1e-9)


def test_standard_columns_have_mean_0_and_deviation_1() -> None:
    X, Y = data.celsius()
    normaliser = data.Normaliser().fit(X)
    assert normaliser.shift == [49.5]
    assert normaliser.scale[0] == pytest.approx(math.sqrt((100**2 - 1) / 12))  # of 0 … n − 1: (n² − 1)/12
    column = [row[0] for row in normaliser.apply(X)]
    assert math.fsum(column) == pytest.approx(0.0, abs=1e-12)
    assert math.fsum(x * x for x in column) / 100 == pytest.approx(1.0)
    flat = data.Normaliser("min-max").fit(Y)
    assert (flat.shift, flat.scale) == ([32.0], [pytest.approx(99 * 1.8)])
    assert flat.apply([32.0, 32.0 + 99 * 1.8]) == [0.0, 1.0]
    assert flat.undo([0.0]) == [32.0]


def test_statistics_are_remembered_not_made_anew() -> None:
    normaliser = data.Normaliser("min-max").fit([[0.0, 10.0], [2.0, 20.0]])
    assert normaliser.apply([[1.0, 10.0], [4.0, 40.0]]) == [[0.5, 0.0], [2.0, 3.0]]


@pytest.mark.parametrize("kind", ["standard", "min-max"])
def test_constant_columns_go_to_zero_and_back(kind: str) -> None:
    X = [[0.1, 1.0], [0.1, 2.0], [0.1, 4.0]]
    normaliser = data.Normaliser(kind).fit(X)
    assert [row[0] for row in normaliser.apply(X)] == [0.0, 0.0, 0.0]
    assert [row[0] for row in normaliser.undo(normaliser.apply(X))] == [0.1, 0.1, 0.1]


def test_tiny_and_huge_columns_keep_their_digits() -> None:
    for unit in (1e-300, 5e-324, 1e150, 1e300):
        column = data.Normaliser().fit([-unit, unit]).apply([-unit, unit])
        assert column == [-1.0, 1.0]
    far = data.Normaliser().fit([1e9 + i for i in range(100)])
    assert far.scale[0] == pytest.approx(math.sqrt((100**2 - 1) / 12))
    # A deviation below the least float is taken for the least float's unit, not for zero.
    assert data.Normaliser().fit([0.0] * 9 + [5e-324]).scale == [5e-324]


def test_columns_wider_than_a_float_are_refused() -> None:
    for kind, column in (("min-max", [1.7e308, -1.7e308]), ("standard", [1.7e308, -1.7e308, 1.7e308])):
        with pytest.raises(DataError, match="column 0 spans more"):
            data.Normaliser(kind).fit(column)


def test_sums_that_overflow_are_refused() -> None:
    with pytest.raises(DataError, match="column 1 spans more"):
        data.Normaliser().fit([[0.0, 1.7e308], [1.0, 1.6e308]])


def test_a_normaliser_says_what_it_knows() -> None:
    assert repr(data.Normaliser()) == "Normaliser(standard, not fitted)"
    assert repr(data.Normaliser("min-max").fit([[1, 2], [3, 4]])) == "Normaliser(min-max of rows of 2 columns)"
    assert repr(data.Normaliser().fit([1, 2])) == "Normaliser(standard of a flat list)"
    with pytest.raises(Misuse, match="call fit"):
        data.Normaliser().apply([[1]])
    with pytest.raises(SettingError, match=r"Normaliser\(\)\.fit\(X\)"):
        data.Normaliser([[1.0, 2.0]])  # type: ignore[arg-type]
    with pytest.raises(SettingError, match="'standard' and 'min-max'"):
        data.Normaliser("max")
    with pytest.raises(ShapeError, match="rows of 1 column, and rows of 2 columns"):
        data.Normaliser().fit([[1], [2]]).apply([[1, 2]])
    with pytest.raises(ShapeError, match="a flat list, and rows of 1 column"):
        data.Normaliser().fit([1, 2]).undo([[1]])
