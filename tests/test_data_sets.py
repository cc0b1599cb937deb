"""Data sets follow their rules, and chance repeats itself."""

import math
import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest

from microgradnn import data
from microgradnn.data import chance
from microgradnn.errors import DataError, SettingError, ShapeError


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

        getrandbits = gauss = normalvariate = uniform = shuffle = randrange = randint = choice = sample = refuse

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
