"""Points of the plane and the team each one belongs to, drawn from a seed."""

import math
from collections.abc import Callable
from random import Random

from microgradnn.data.chance import gauss, generator, permutation, uniform
from microgradnn.data.checks import Rows, amount, positive
from microgradnn.errors import SettingError

TEAMS = ("blue", "red", "green", "purple")
"""The quadrants' teams in the order of their targets: left below, right below, left above, right above."""


def quadrants(n: int = 200, seed: int | Random = 0) -> tuple[Rows, Rows]:
    """A point's team is its quadrant: blue x, y < 0; red y < 0 < x; green x < 0 < y; purple 0 < x, y.

    `n` points, uniform in the square (−1, 1)² and on neither axis; the targets are one-hot, in the order
    of TEAMS.
    """
    rng = generator(seed)
    X: Rows = []
    while len(X) < positive(n, "n"):
        x, y = uniform(rng, -1.0, 1.0), uniform(rng, -1.0, 1.0)
        if x != 0.0 and y != 0.0:  # a point of an axis has no team
            X.append([x, y])
    return X, [_team(x, y) for x, y in X]


def quadrant_centres() -> tuple[Rows, Rows]:
    """The four centres (±½, ±½) of the quadrants of the square, one of each team, in the order of TEAMS."""
    X = [[-0.5, -0.5], [0.5, -0.5], [-0.5, 0.5], [0.5, 0.5]]
    return X, [_team(x, y) for x, y in X]


def _team(x: float, y: float) -> list[float]:
    place = (1 if x > 0.0 else 0) + (2 if y > 0.0 else 0)
    return [1.0 if i == place else 0.0 for i in range(4)]


def moons(n: int = 100, noise: float = 0.1, seed: int | Random = 0) -> tuple[Rows, list[float]]:
    """Two half circles reach into each other; which of them a point belongs to is 0 or 1.

    The upper arc has its centre at (0, 0), the lower one at (1, ½), both the radius 1; `noise` is the
    standard deviation of what is added to each coordinate.
    """

    def arc(team: int, t: float) -> tuple[float, float]:
        x, y = math.cos(math.pi * t), math.sin(math.pi * t)
        return (x, y) if team == 0 else (1.0 - x, 0.5 - y)

    return _curves(arc, n, 2, noise, seed)


def circles(n: int = 100, noise: float = 0.1, seed: int | Random = 0, factor: float = 0.5) -> tuple[Rows, list[float]]:
    """A circle of radius 1 (team 0) has a smaller one inside, of radius `factor` (team 1)."""
    if not 0.0 < amount(factor, "factor") < 1.0:
        raise SettingError(f"factor is {factor!r}; the inner radius lies between 0 and 1")

    def circle(team: int, t: float) -> tuple[float, float]:
        radius = factor if team else 1.0
        return radius * math.cos(2.0 * math.pi * t), radius * math.sin(2.0 * math.pi * t)

    return _curves(circle, n, 2, noise, seed, closed=True)


def spirals(
    n: int = 100, noise: float = 0.05, seed: int | Random = 0, arms: int = 2, turns: float = 1.0
) -> tuple[Rows, list[float]]:
    """Spiral arms wind out from the origin to radius 1; which arm a point belongs to is 0 … arms − 1."""
    if positive(arms, "arms") < 2:
        raise SettingError("arms is 1; there are at least 2 to tell apart")
    amount(turns, "turns")

    def arm(team: int, t: float) -> tuple[float, float]:
        angle = 2.0 * math.pi * (team / arms + turns * t)
        return t * math.cos(angle), t * math.sin(angle)

    return _curves(arm, n, arms, noise, seed)


def _curves(
    curve: Callable[[int, float], tuple[float, float]],
    n: int,
    teams: int,
    noise: float,
    seed: int | Random,
    closed: bool = False,
) -> tuple[Rows, list[float]]:
    """`n` points, evenly along one curve for each team (t from 0 to 1), blurred by noise, and shuffled."""
    if amount(noise, "noise") < 0.0:
        raise SettingError(f"noise is {noise!r}; a standard deviation is at least 0")
    rng = generator(seed)
    X: Rows = []
    Y: list[float] = []
    for team in range(teams):
        size = positive(n, "n") // teams + (team < n % teams)
        last = size if closed else max(size - 1, 1)  # a closed curve ends where it began
        for i in range(size):
            x, y = curve(team, i / last)
            X.append([x + gauss(rng, noise), y + gauss(rng, noise)])
            Y.append(float(team))
    order = permutation(rng, len(X))
    return [X[i] for i in order], [Y[i] for i in order]
