"""Chance from a seed, made of nothing but uniform draws, so that no version of Python draws differently."""

from random import Random

from microgradnn.errors import SettingError
from microgradnn.init import gauss as gauss


def generator(seed: int | Random) -> Random:
    """A source of chance: one that starts at `seed`, or the one that was given, from where it stands."""
    if isinstance(seed, Random):
        return seed
    if type(seed) is not int:
        raise SettingError(f"seed is {seed!r}; it is an integer, or a random.Random to go on with")
    return Random(seed)


def uniform(rng: Random, low: float, high: float) -> float:
    """A number of the interval [low, high), each as likely as any other."""
    return low + (high - low) * rng.random()


def permutation(rng: Random, size: int) -> list[int]:
    """An order of 0 … size − 1, each as likely as any other (Fisher and Yates)."""
    order = list(range(size))
    for i in range(size - 1, 0, -1):
        j = int(rng.random() * (i + 1))
        order[i], order[j] = order[j], order[i]
    return order
