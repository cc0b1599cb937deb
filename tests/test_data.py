"""Data sets follow their rules, chance repeats itself, and bad data are refused by name."""

import json
import math
import subprocess
import sys
import types
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgradnn import data
from microgradnn.data import chance
from microgradnn.errors import DataError, MissingLibrary, Misuse, SettingError, ShapeError

# --- exact rules ---


def test_celsius_has_the_articles_points() -> None:
    X, Y = data.celsius()
    assert [[float(i)] for i in range(100)] == X
    assert (Y[0], Y[70], Y[99]) == (32.0, 158.0, 99 * 1.8 + 32)  # 0 °C = 32 °F, 70 °C = 158 °F
    X, Y = data.celsius("test")
    assert (X[0], X[-1], len(X)) == ([0.5], [99.5], 100)
    assert Y[0] == pytest.approx(32.9)
    with pytest.raises(SettingError, match="'train' and 'test'"):
        data.celsius("validation")


def test_truth_tables_of_two_inputs() -> None:
    # By the definition of each connective, for the rows 00, 01, 10, 11.
    tables = {"AND": "0001", "OR": "0111", "XOR": "0110", "NAND": "1110", "NOR": "1000", "XNOR": "1001"}
    for gate, outputs in tables.items():
        X, Y = data.truth_table(gate)
        assert X == [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
        assert [float(c) for c in outputs] == Y
        assert data.truth_table(gate.lower())[1] == Y


def test_truth_tables_of_any_size() -> None:
    X, Y = data.truth_table("XOR", inputs=3)
    assert X[3] == [0.0, 1.0, 1.0]
    assert Y == [0, 1, 1, 0, 1, 0, 0, 1]  # parity
    assert data.truth_table([1, 0])[0] == [[0.0], [1.0]]  # negation
    half_adder = data.truth_table([[0, 0], [1, 0], [1, 0], [0, 1]])  # sum and carry
    assert half_adder[1] == [[0.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]
    assert data.truth_table([0, 1, 1, 0], inputs=2) == data.truth_table("XOR")


@pytest.mark.parametrize(
    ("gate", "inputs", "kind", "words"),
    [
        ("XAND", 2, SettingError, "AND, OR, XOR, NAND, NOR, XNOR"),
        ("AND", 0, SettingError, "1 to 16"),
        ("AND", 2.0, SettingError, "1 to 16"),
        ([0, 1, 1], None, ShapeError, "2, 4, 8 … outputs, and 3"),
        ([0], None, ShapeError, "and 1 were"),
        ([0, 1], 2, ShapeError, "4 outputs for its 2 inputs, and 2"),
        ([0, 1, 2, 1], None, DataError, r"outputs\[2\] is 2.0; a truth value is 0 or 1"),
        ([[0, 1], [1, 0.5]], None, DataError, r"outputs\[1\]"),
        ([], None, DataError, "empty"),
    ],
)
def test_wrong_truth_tables(gate: Any, inputs: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        data.truth_table(gate, inputs)


# --- drawn from a seed ---

DRAWN = [data.quadrants, data.moons, data.circles, data.spirals]


@pytest.mark.parametrize("draw", DRAWN)
def test_a_seed_repeats_itself_and_another_one_does_not(draw: Any) -> None:
    assert draw(50, seed=3) == draw(50, seed=3)
    assert draw(50, seed=3) != draw(50, seed=4)
    assert draw(50, seed=Random(3)) == draw(50, seed=3)
    rng = Random(3)
    assert draw(50, seed=rng) != draw(50, seed=rng)  # a generator goes on
    X, Y = draw(7)
    assert len(X) == len(Y) == 7


def test_chance_is_the_same_in_another_process() -> None:
    program = """if True:
        from microgradnn import data
        print((data.quadrants(3), data.moons(5), data.spirals(5, arms=3)))
    """
    texts = {
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(data.__file__).parents[2])},
        ).stdout
        for seed in ("0", "1")
    }
    assert texts == {f"{(data.quadrants(3), data.moons(5), data.spirals(5, arms=3))}\n"}


def test_chance_is_the_same_in_every_version() -> None:
    # The Mersenne Twister seeded with 0 begins 0.8444218515250481, 0.7579544029403025 in every Python 3.
    assert data.quadrants(1, seed=0)[0] == [[2 * 0.8444218515250481 - 1, 2 * 0.7579544029403025 - 1]]


def test_chance_is_made_of_uniform_draws_alone() -> None:
    # random() of the Mersenne Twister is the one method whose numbers no version of Python may change.
    class Uniform(Random):
        def random(self) -> float:
            return 0.25

        def refuse(self, *_: Any) -> Any:
            raise AssertionError("only random() may be called")

        getrandbits = gauss = normalvariate = uniform = shuffle = randrange = randint = choice = sample = (
            refuse
        )

    rng = Uniform(1)
    assert chance.uniform(rng, -1.0, 3.0) == 0.0
    assert chance.gauss(rng, 1.0) == pytest.approx(0.0, abs=1e-15)  # cos(2π·¼) = 0
    # By hand, with j = ⌊(i + 1)/4⌋ for i = 3, 2, 1: swaps (3, 1), (2, 0), (1, 0).
    assert chance.permutation(rng, 4) == [3, 2, 0, 1]
    for draw in DRAWN:
        draw(4, seed=rng)


def test_normal_draws_have_their_moments() -> None:
    rng = Random(1)
    xs = [chance.gauss(rng, 2.0) for _ in range(20_000)]
    mean = math.fsum(xs) / len(xs)
    assert abs(mean) < 5 * 2 / math.sqrt(len(xs))  # five standard errors
    assert math.fsum((x - mean) ** 2 for x in xs) / len(xs) == pytest.approx(4.0, rel=0.05)


def test_every_order_is_as_likely() -> None:
    rng = Random(2)
    count = Counter(tuple(chance.permutation(rng, 3)) for _ in range(6000))
    assert len(count) == 6
    assert all(abs(n - 1000) < 5 * math.sqrt(1000) for n in count.values())


@pytest.mark.parametrize("seed", ["1", 1.0, None, True])
def test_a_seed_is_an_integer(seed: Any) -> None:
    with pytest.raises(SettingError, match="seed is"):
        data.moons(4, seed=seed)


def test_quadrants_name_the_team_by_the_signs() -> None:
    X, Y = data.quadrants(300, seed=5)
    teams = {(False, False): "blue", (True, False): "red", (False, True): "green", (True, True): "purple"}
    for (x, y), target in zip(X, Y, strict=True):
        assert -1 < x < 1
        assert -1 < y < 1
        assert sorted(target) == [0, 0, 0, 1]
        assert data.TEAMS[target.index(1.0)] == teams[x > 0, y > 0]
    assert {tuple(target) for target in Y} == {tuple(row) for row in data.quadrant_centres()[1]}


def test_quadrants_leave_the_axes_alone() -> None:
    class Axes(Random):
        def __init__(self) -> None:
            self.draws = iter([0.5, 0.9, 0.9, 0.5, 0.25, 0.75])  # (0, 0.8), (0.8, 0), (−0.5, 0.5)

        def random(self) -> float:
            return next(self.draws)

    assert data.quadrants(1, seed=Axes()) == ([[-0.5, 0.5]], [[0.0, 0.0, 1.0, 0.0]])


def test_quadrant_centres() -> None:
    X, Y = data.quadrant_centres()
    assert X == [[-0.5, -0.5], [0.5, -0.5], [-0.5, 0.5], [0.5, 0.5]]
    assert [[float(i == j) for j in range(4)] for i in range(4)] == Y


def test_moons_without_noise_lie_on_their_half_circles() -> None:
    X, Y = data.moons(41, noise=0.0)
    assert Counter(Y) == {0.0: 21, 1.0: 20}
    for (x, y), team in zip(X, Y, strict=True):
        if team:
            assert math.hypot(x - 1.0, y - 0.5) == pytest.approx(1.0)
            assert y <= 0.5
        else:
            assert math.hypot(x, y) == pytest.approx(1.0)
            assert y >= 0.0


def test_circles_without_noise_have_two_radii() -> None:
    X, Y = data.circles(20, noise=0.0, factor=0.25)
    for (x, y), team in zip(X, Y, strict=True):
        assert math.hypot(x, y) == pytest.approx(0.25 if team else 1.0)
    assert len({(round(x, 9), round(y, 9)) for x, y in X}) == 20  # no point twice: the circle is closed


def test_spirals_without_noise_wind_outwards() -> None:
    X, Y = data.spirals(90, noise=0.0, arms=3, turns=0.5)
    assert Counter(Y) == {0.0: 30, 1.0: 30, 2.0: 30}
    for (x, y), team in zip(X, Y, strict=True):
        radius = math.hypot(x, y)
        assert radius <= 1.0 + 1e-12
        if radius > 0.0:
            turned = (math.atan2(y, x) / (2 * math.pi) - team / 3 - 0.5 * radius) % 1.0
            assert min(turned, 1.0 - turned) < 1e-9


def test_noise_moves_points_by_its_deviation() -> None:
    plain, noisy = data.moons(2000, noise=0.0, seed=8)[0], data.moons(2000, noise=0.1, seed=8)[0]
    moved = [a[0] - b[0] for a, b in zip(plain, noisy, strict=True)]
    assert math.sqrt(math.fsum(d * d for d in moved) / len(moved)) == pytest.approx(0.1, rel=0.1)


def test_points_are_shuffled() -> None:
    for draw in (data.moons, data.circles, data.spirals):
        Y = draw(100)[1]
        assert sorted(Y) != Y


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: data.moons(0), "n is 0"),
        (lambda: data.moons(2.5), "n is 2.5"),  # type: ignore[arg-type]
        (lambda: data.moons(True), "n is True"),
        (lambda: data.quadrants(-1), "n is -1"),
        (lambda: data.moons(4, noise=-0.1), "noise is -0.1"),
        (lambda: data.moons(4, noise=math.nan), "noise is nan"),
        (lambda: data.moons(4, noise="much"), "noise is 'much'"),  # type: ignore[arg-type]
        (lambda: data.circles(4, factor=1.0), "factor is 1.0"),
        (lambda: data.spirals(4, arms=1), "arms is 1"),
        (lambda: data.spirals(4, turns=math.inf), "turns is inf"),
    ],
)
def test_wrong_settings(call: Any, words: str) -> None:
    with pytest.raises(SettingError, match=words):
        call()


# --- digits ---


def test_digits_are_scikit_learns() -> None:
    pytest.importorskip("sklearn")
    X, Y = data.digits()
    assert (len(X), len(X[0]), len(Y[0])) == (1797, 64, 10)  # the data set's own description
    assert (min(map(min, X)), max(map(max, X))) == (0.0, 1.0)


def test_digits_become_rows_and_unit_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    bunch = types.SimpleNamespace(data=[[0.0, 4.0, 16.0], [8.0, 0.0, 0.0]], target=[3, 0])
    package, module = types.ModuleType("sklearn"), types.ModuleType("sklearn.datasets")
    module.load_digits = lambda: bunch  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sklearn", package)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", module)
    X, Y = data.digits()
    assert X == [[0.0, 0.25, 1.0], [0.5, 0.0, 0.0]]
    assert [[float(j == 3) for j in range(10)], [float(j == 0) for j in range(10)]] == Y


def test_digits_without_scikit_learn_name_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(MissingLibrary, match=r"pip install 'microgradnn\[digits\]'"):
        data.digits()


# --- checks ---


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


# --- parts ---


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


# --- normalising ---

COLUMNS = st.integers(1, 3).flatmap(
    lambda width: st.lists(
        st.lists(st.floats(-1e6, 1e6), min_size=width, max_size=width), min_size=1, max_size=20
    )
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
    assert (
        repr(data.Normaliser("min-max").fit([[1, 2], [3, 4]])) == "Normaliser(min-max of rows of 2 columns)"
    )
    assert repr(data.Normaliser().fit([1, 2])) == "Normaliser(standard of a flat list)"
    with pytest.raises(Misuse, match="call fit"):
        data.Normaliser().apply([[1]])
    with pytest.raises(SettingError, match="'standard' and 'min-max'"):
        data.Normaliser("max")
    with pytest.raises(ShapeError, match="rows of 1 column, and rows of 2 columns"):
        data.Normaliser().fit([[1], [2]]).apply([[1, 2]])
    with pytest.raises(ShapeError, match="a flat list, and rows of 1 column"):
        data.Normaliser().fit([1, 2]).undo([[1]])


# --- tables in files ---


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Any]:
    def write(text: str | bytes) -> Path:
        path = tmp_path / "table.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write  # type: ignore[return-value]


def test_a_table_with_and_without_a_header(table: Any) -> None:
    expected = ([[1.0, -2.5], [0.5, 3000.0]], [0.0, 1.0])
    assert data.read_csv(table("1,-2.5,0\n.5,3e3,1\n")) == expected
    assert data.read_csv(table("a,b,label\r\n1, -2.5 ,0\r\n\r\n.5,3e3,1")) == expected
    assert data.read_csv(table("\ufeffa,b,label\n1,-2.5,0\n.5,3e3,1")) == expected
    assert data.read_csv(table('1;"-2.5";0\n.5;3e3;1\n'), delimiter=";", header=False) == expected
    assert data.read_csv(table("2020,2021,2022\n1,-2.5,0\n.5,3e3,1\n"), header=True) == expected


def test_the_target_has_a_place_or_a_name(table: Any) -> None:
    path = table("x,y,z\n1,2,3\n4,5,6\n")
    assert data.read_csv(path, target="y") == ([[1.0, 3.0], [4.0, 6.0]], [2.0, 5.0])
    assert data.read_csv(path, target=0) == ([[2.0, 3.0], [5.0, 6.0]], [1.0, 4.0])
    assert data.read_csv(path, target=["z", 0]) == ([[2.0], [5.0]], [[3.0, 1.0], [6.0, 4.0]])


@pytest.mark.parametrize(
    ("text", "settings", "words"),
    [
        ("1,2\n3,nan\n", {}, "line 2, column 2: 'nan'; a finite number is expected"),
        ("1,2\n3,inf\n", {}, "line 2, column 2: 'inf'"),
        ("1,2\n3,1e999\n", {}, "line 2, column 2: '1e999'"),
        ("a,b\n\n1,2\n3,\n", {}, r"line 4, column 2 \(b\): nothing; a finite"),
        ("1,2\n3,four\n", {}, "line 2, column 2: 'four'"),
        ("1,2\n3,1_000\n", {}, "'1_000'"),
        ("1,2\n3,\u0664\n", {}, "column 2: '\u0664'"),
        ("1,2\n3," + "4." * 50 + "\n", {}, "'4.4.*…'"),
        (
            "1,two\n3,4\n",
            {},
            "line 1, column 2: 'two'",
        ),  # half a header is none: nothing is dropped in silence
        ("nan,nan\n3,4\n", {}, "line 1, column 1: 'nan'"),
        ("a,b\n1,2\n", {"header": False}, "line 1, column 1: 'a'"),
        ("1,2\n3,4,5\n", {}, "line 2 has 3 columns; the first line has 2"),
        ("1,2\n3\n", {}, "line 2 has 1 columns"),
        ("", {}, "is empty"),
        ("\n \n", {}, "is empty"),
        ("a,b\n", {}, "header and no rows"),
        ("1\n2\n", {}, "no column left"),
        ("1,2\n", {"target": 2}, "no column 2; it has 2"),
        ("1,2\n", {"target": "b"}, "no header, so there is no column 'b'"),
        ("a,b\n1,2\n", {"target": "c"}, "no column 'c'; it has 'a', 'b'"),
        ("a,a,b\n1,2,3\n", {"target": "a"}, "several columns 'a'"),
        ('1,2\n3,"4\n', {}, "line 2: .*; repair the quoting"),
        (b"1,2\n3,\xff\n", {}, "no UTF-8"),
    ],
)
def test_wrong_tables_say_where(table: Any, text: str | bytes, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        data.read_csv(table(text), **settings)


@pytest.mark.parametrize(
    "settings",
    [{"delimiter": ""}, {"delimiter": ", "}, {"delimiter": '"'}, {"delimiter": 3}]
    + [{"target": target} for target in ([], [0, 0], [0, -2], [1.0], True)],
)
def test_wrong_settings_of_a_table(table: Any, settings: dict[str, Any]) -> None:
    with pytest.raises(SettingError):
        data.read_csv(table("1,2\n3,4\n"), **settings)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.csv", tmp_path, "with\0nul"):
        with pytest.raises(DataError, match="cannot be read"):
            data.read_csv(path)


@given(
    st.lists(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=2), min_size=1)
)
def test_numbers_come_back_to_the_last_bit(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[float]]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "table.csv"
    path.write_text("\n".join(f"{a!r},{b!r}" for a, b in rows))
    X, Y = data.read_csv(path)
    assert json.dumps([X, Y]) == json.dumps([[[a] for a, _ in rows], [b for _, b in rows]])
