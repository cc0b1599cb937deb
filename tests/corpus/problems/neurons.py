"""Single neurons with several activations."""

import math

import numpy as np

from microgradnn import cos, dot, exp, sigmoid, sin, softplus, tanh
from tests.corpus.case import problem


def logistic(z):
    return 1 / (1 + math.exp(-z))


# ---- sigmoid -----------------------------------------------------------------------------------------------


def sigmoid_loss(w, b, x, y):
    z = w[0] * x[0] + w[1] * x[1] + b
    out = sigmoid(z)
    return (out - y) ** 2 / 2


neuron = problem("sigmoid neuron", sigmoid_loss, w=[0.3, -0.8], b=0.1, x=[1.5, 2.0], y=1.0)


@neuron.derivation
def plain(w, b, x, y):
    z = w[0] * x[0] + w[1] * x[1] + b
    out = logistic(z)
    err = out - y
    delta = err * out * (1 - out)
    return {"w": [delta * x[0], delta * x[1]], "b": delta}


@neuron.right()
def slope_from_both_sides(w, b, x, y):
    z = b + sum(wi * xi for wi, xi in zip(w, x, strict=True))
    d = (logistic(z) - y) * logistic(z) * logistic(-z)
    return {"w": [d * xi for xi in x], "b": d}


@neuron.right()
def expanded_without_brackets(w, b, x, y):
    s = logistic(b + x[1] * w[1] + x[0] * w[0])
    d = s**2 - s**3 - y * s + y * s**2
    return {"w": [d * x[0], d * x[1]], "b": d}


@neuron.right()
def with_numpy(w, b, x, y):
    z = np.dot(w, x) + b
    out = 1 / (1 + np.exp(-z))
    delta = (out - y) * out * (1 - out)
    return {"w": (delta * np.asarray(x)).tolist(), "b": float(delta)}


@neuron.right()
def by_hyperbolic_cosine(w, b, x, y):
    z = w[0] * x[0] + w[1] * x[1] + b
    d = (0.5 + 0.5 * math.tanh(z / 2) - y) / (4 * math.cosh(z / 2) ** 2)
    return {"w": [x[0] * d, x[1] * d], "b": d}


@neuron.right(w=[8.0, -11.0], b=3.0, x=[2.0, -1.0])
def saturated(w, b, x, y):
    e = math.exp(-(w[0] * x[0] + w[1] * x[1] + b))
    d = (1 / (1 + e) - y) * e / (1 + e) ** 2
    return {"w": [d * x[0], d * x[1]], "b": d}


@neuron.wrong(b="MISSING_LOCAL_DERIVATIVE")
def bias_gets_the_bare_error(w, b, x, y):
    out = logistic(w[0] * x[0] + w[1] * x[1] + b)
    delta = (out - y) * out * (1 - out)
    return {"w": [delta * x[0], delta * x[1]], "b": out - y}


@neuron.wrong("WRONG_POINT")
def slope_of_the_activated_value(w, b, x, y):
    out = logistic(w[0] * x[0] + w[1] * x[1] + b)
    slope = logistic(out) * (1 - logistic(out))
    delta = (out - y) * slope
    return {"w": [delta * x[0], delta * x[1]], "b": delta}


@neuron.wrong("SIGN")
def error_the_other_way_round(w, b, x, y):
    out = logistic(w[0] * x[0] + w[1] * x[1] + b)
    delta = (y - out) * out * (1 - out)
    return {"w": [delta * x[0], delta * x[1]], "b": delta}


@neuron.wrong("FACTOR")
def the_half_forgotten(w, b, x, y):
    out = logistic(w[0] * x[0] + w[1] * x[1] + b)
    delta = 2 * (out - y) * out * (1 - out)
    return {"w": [delta * x[0], delta * x[1]], "b": delta}


@neuron.wrong("OUTPUT_NOT_LOSS")
def slope_of_the_output(w, b, x, y):
    out = logistic(w[0] * x[0] + w[1] * x[1] + b)
    slope = out * (1 - out)
    return {"w": [slope * x[0], slope * x[1]], "b": slope}


@neuron.wrong("SWAPPED")
def inputs_crossed(w, b, x, y):
    out = logistic(w[0] * x[0] + w[1] * x[1] + b)
    delta = (out - y) * out * (1 - out)
    return {"w": [delta * x[1], delta * x[0]], "b": delta}


@neuron.wrong("COINCIDENCE+SWAPPED|COINCIDENCE+MISSING_LOCAL_DERIVATIVE", at={"x": [1.0, 1.0]})
def right_for_inputs_of_one(w, b, x, y):
    out = logistic(w[0] * x[0] + w[1] * x[1] + b)
    delta = (out - y) * out * (1 - out)
    return {"w": [delta, delta], "b": delta}


@neuron.wrong("SIGN+MISSING_LOCAL_DERIVATIVE", b="SIGN")
def two_mistakes(w, b, x, y):
    out = logistic(w[0] * x[0] + w[1] * x[1] + b)
    delta = (y - out) * out * (1 - out)
    return {"w": [(y - out) * x[0], (y - out) * x[1]], "b": delta}


# ---- tanh, two activations one after the other -------------------------------------------------------------


def tanh_loss(w, b, x, y):
    z = dot(w, x) + b
    z.label = "z"
    h = tanh(z)
    h.label = "h"
    return (h - y) ** 2


tanh_neuron = problem("tanh neuron", tanh_loss, w=[0.4, -0.7, 0.2], b=-0.3, x=[1.2, 0.6, -2.0], y=0.5)


@tanh_neuron.derivation
def tanh_plain(w, b, x, y):
    z = w[0] * x[0] + w[1] * x[1] + w[2] * x[2] + b
    h = math.tanh(z)
    delta = 2 * (h - y) * (1 - h**2)
    return {"w": [delta * x[0], delta * x[1], delta * x[2]], "b": delta}


@tanh_neuron.right()
def one_over_cosh_squared(w, b, x, y):
    z = sum(p * q for p, q in zip(w, x, strict=True)) + b
    delta = 2 * (math.tanh(z) - y) / math.cosh(z) ** 2
    return {"w": [delta * q for q in x], "b": delta}


@tanh_neuron.right()
def from_exponentials(w, b, x, y):
    z = b + x[2] * w[2] + x[1] * w[1] + x[0] * w[0]
    up, down = math.exp(z), math.exp(-z)
    t = (up - down) / (up + down)
    delta = 8 * (t - y) / (up + down) ** 2
    return {"w": [delta * q for q in x], "b": delta}


@tanh_neuron.right(w=[3.0, 2.0, -4.0], b=1.0, x=[1.0, 2.0, -1.5])
def factored_where_it_is_flat(w, b, x, y):
    h = math.tanh(w[0] * x[0] + w[1] * x[1] + w[2] * x[2] + b)
    delta = (h + h - y - y) * (1 - h) * (1 + h)
    return {"w": [delta * q for q in x], "b": delta}


@tanh_neuron.wrong("WRONG_POINT")
def tanh_of_the_output_again(w, b, x, y):
    h = math.tanh(w[0] * x[0] + w[1] * x[1] + w[2] * x[2] + b)
    delta = 2 * (h - y) * (1 - math.tanh(h) ** 2)
    return {"w": [delta * q for q in x], "b": delta}


@tanh_neuron.wrong("FACTOR")
def square_without_its_two(w, b, x, y):
    h = math.tanh(w[0] * x[0] + w[1] * x[1] + w[2] * x[2] + b)
    delta = (h - y) * (1 - h * h)
    return {"w": [delta * q for q in x], "b": delta}


@tanh_neuron.wrong("UNKNOWN")
def a_made_up_slope(w, b, x, y):
    h = math.tanh(w[0] * x[0] + w[1] * x[1] + w[2] * x[2] + b)
    delta = 2 * (h - y) * math.cos(h * 1.7 + 0.3) ** 2
    return {"w": [delta * q for q in x], "b": delta}


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
