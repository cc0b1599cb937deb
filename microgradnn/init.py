"""Initialisers: from which distribution the weights of a network are drawn before it learns."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from microgradnn.errors import SettingError
from microgradnn.ieee import number


class Chance(Protocol):
    """A source of uniform numbers of [0, 1): a `random.Random`, or the module `random` itself."""

    def random(self) -> float: ...


Draw = Callable[[Chance, int, int], float]
"""One weight of a neuron with `nin` inputs, in a layer of `nout` neurons: `draw(rng, nin, nout)`."""


@dataclass(frozen=True)
class Initialiser:
    """How one weight and one bias are drawn; all that is drawn comes from `rng.random()`.

    A neuron draws its weights first, in order, then its bias. The bias is 0 unless said otherwise.
    """

    weight: Draw
    bias: Draw = lambda rng, nin, nout: 0.0


def _uniform(rng: Chance, nin: int, nout: int, low: float, high: float) -> float:
    return low + (high - low) * rng.random()


def gauss(rng: Chance, deviation: float) -> float:
    """A normally distributed number of mean 0, from two uniform ones, in the form of Box and Muller.

    Python's own `gauss` keeps a number back for the next call, and a version may change it.
    """
    radius = math.sqrt(-2.0 * math.log(1.0 - rng.random()))
    return deviation * radius * math.cos(2.0 * math.pi * rng.random())


def _normal(rng: Chance, nin: int, nout: int, deviation: float) -> float:
    return gauss(rng, deviation)


def _constant(rng: Chance, nin: int, nout: int, c: float) -> float:
    return c


def _xavier_uniform(rng: Chance, nin: int, nout: int) -> float:
    bound = math.sqrt(6.0 / (nin + nout))
    return _uniform(rng, nin, nout, -bound, bound)


def _xavier_normal(rng: Chance, nin: int, nout: int) -> float:
    return _normal(rng, nin, nout, math.sqrt(2.0 / (nin + nout)))


def _he_uniform(rng: Chance, nin: int, nout: int) -> float:
    bound = math.sqrt(6.0 / nin)
    return _uniform(rng, nin, nout, -bound, bound)


def _he_normal(rng: Chance, nin: int, nout: int) -> float:
    return _normal(rng, nin, nout, math.sqrt(2.0 / nin))


def uniform(low: float, high: float) -> Initialiser:
    """Weights uniform in [low, high); biases 0."""
    low, high = number(low, "low"), number(high, "high")
    if not low <= high:
        raise SettingError(f"uniform({low}, {high}) is empty: low must not be above high")
    return Initialiser(partial(_uniform, low=low, high=high))


def normal(deviation: float) -> Initialiser:
    """Weights normal with mean 0 and this standard deviation; biases 0."""
    deviation = number(deviation, "the standard deviation")
    if not 0.0 <= deviation < math.inf:
        raise SettingError(f"a standard deviation is finite and not negative, which {deviation} is not")
    return Initialiser(partial(_normal, deviation=deviation))


def constant(c: float) -> Initialiser:
    """All weights equal to c; biases 0."""
    return Initialiser(partial(_constant, c=number(c, "the constant")))


_SYMMETRIC = uniform(-1.0, 1.0)
_POSITIVE = partial(_uniform, low=0.0, high=1.0)

INITIALISERS: dict[str, Initialiser] = {
    "micrograd": _SYMMETRIC,  # uniform in [−1, 1), as micrograd has it
    "zeros": constant(0.0),
    # Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010:
    # variance 2/(nin + nout), which keeps signals and gradients alike through layers of tanh.
    "xavier": Initialiser(_xavier_uniform),
    "xavier_uniform": Initialiser(_xavier_uniform),
    "xavier_normal": Initialiser(_xavier_normal),
    # He et al., "Delving deep into rectifiers", 2015: variance 2/nin, since relu drops half of the signal.
    "he": Initialiser(_he_normal),
    "he_uniform": Initialiser(_he_uniform),
    "he_normal": Initialiser(_he_normal),
    # As the four articles start.
    "nanoneuron": Initialiser(_POSITIVE, _POSITIVE),
    "mikir": Initialiser(_POSITIVE, _POSITIVE),
    "mlp_xor": _SYMMETRIC,
    "quadrants_1": Initialiser(_POSITIVE),
    "quadrants_2": _SYMMETRIC,
}


def _known() -> str:
    return f"{', '.join(INITIALISERS)}; and constant(c), uniform(low, high), normal(deviation) of microgradnn.init"


def initialiser(init: str | Initialiser | Draw) -> Initialiser:
    """The initialiser of that name, or the one given; a function `draw(rng, nin, nout)` makes the weights."""
    if isinstance(init, Initialiser):
        return init
    if isinstance(init, str):
        if init not in INITIALISERS:
            raise SettingError(f"no initialiser is called {init!r}; there are: {_known()}")
        return INITIALISERS[init]
    if not callable(init):
        raise SettingError(
            f"init={init!r} is neither a name nor a function draw(rng, nin, nout) nor an Initialiser; "
            f"there are: {_known()}"
        )
    return Initialiser(init)


def chance(rng: Chance | int | None) -> Chance:
    """The source that `rng` means: a seed, a `random.Random`, or None for the module `random`, as micrograd."""
    if rng is None:
        return random
    if rng is random or isinstance(rng, random.Random):
        return rng
    if type(rng) is int:
        return random.Random(rng)
    raise SettingError(f"rng={rng!r} is no source of chance: give a seed (an integer) or a random.Random")
