"""Single neurons: sigmoid and tanh."""

import math

import numpy as np

from microgradnn import dot, sigmoid, tanh
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
