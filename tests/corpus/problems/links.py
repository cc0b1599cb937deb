"""Single neurons under other functions: softplus, an exponential, a sine."""

import math

from microgradnn import cos, exp, sin, softplus
from tests.corpus.case import problem


def logistic(z):
    return 1 / (1 + math.exp(-z))


# ---- softplus, an exponential link, a sine -----------------------------------------------------------------


def softplus_loss(w, b, x, y):
    rate = softplus(w * x + b)
    return (rate - y) ** 2 / 2


soft = problem("softplus neuron", softplus_loss, w=0.7, b=-0.4, x=1.3, y=2.0)


@soft.derivation
def softplus_plain(w, b, x, y):
    z = w * x + b
    rate = math.log(1 + math.exp(z))
    s = logistic(z)
    delta = (rate - y) * s
    return {"w": delta * x, "b": delta}


@soft.right()
def complement_of_a_fraction(w, b, x, y):
    z = w * x + b
    delta = (max(z, 0.0) + math.log1p(math.exp(-abs(z))) - y) * (1 - 1 / (1 + math.exp(z)))
    return {"w": x * delta, "b": delta, "y": y - math.log1p(math.exp(z))}


@soft.wrong("WRONG_POINT")
def slope_at_the_output(w, b, x, y):
    z = w * x + b
    rate = math.log(1 + math.exp(z))
    delta = (rate - y) * logistic(rate)
    return {"w": delta * x, "b": delta}


def poisson_loss(w, b, x, count):
    return exp(w * x + b) - count * (w * x + b)


poisson = problem("Poisson regression", poisson_loss, w=0.3, b=0.2, x=1.7, count=2.0)


@poisson.derivation
def poisson_plain(w, b, x, count):
    rate = math.exp(w * x + b)
    g = rate - count
    return {"w": g * x, "b": g}


@poisson.right()
def by_log_derivative(w, b, x, count):
    z = w * x + b
    rate = math.exp(w * x) * math.exp(b)
    return {"w": rate * x - count * x, "b": rate * (1 - count / rate), "x": w * rate - w * count, "count": -z}


@poisson.wrong("MISSING_PATH")
def only_the_exponential(w, b, x, count):
    rate = math.exp(w * x + b)
    return {"w": rate * x, "b": rate}


def wave_loss(a, k, phase, t, y):
    angle = k * t + phase
    return (a * sin(angle) + 0.5 * cos(angle) - y) ** 2 / 2


wave = problem("sine fit", wave_loss, a=1.3, k=0.8, phase=0.4, t=2.1, y=0.3)


@wave.derivation
def wave_plain(a, k, phase, t, y):
    u = k * t + phase
    err = a * math.sin(u) + 0.5 * math.cos(u) - y
    g = err * (a * math.cos(u) - 0.5 * math.sin(u))
    return {"a": err * math.sin(u), "k": g * t, "phase": g}


@wave.right()
def as_one_shifted_cosine(a, k, phase, t, y):
    size, shift = math.hypot(a, 0.5), math.atan2(0.5, a)
    u = k * t + phase + shift
    g = (size * math.sin(u) - y) * size * math.cos(u)
    return {"a": (size * math.sin(u) - y) * math.sin(u - shift), "k": t * g, "phase": g}


@wave.wrong("MISSING_PATH")
def the_cosine_forgotten(a, k, phase, t, y):
    u = k * t + phase
    err = a * math.sin(u) + 0.5 * math.cos(u) - y
    g = err * a * math.cos(u)
    return {"a": err * math.sin(u), "k": g * t, "phase": g}


@wave.wrong("SIGN")
def cosine_differentiates_to_plus_sine(a, k, phase, t, y):
    u = k * t + phase
    err = a * math.sin(u) + 0.5 * math.cos(u) - y
    g = err * (a * math.cos(u) + 0.5 * math.sin(u))
    return {"a": err * math.sin(u), "k": g * t, "phase": g}
