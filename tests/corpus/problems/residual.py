"""A shortcut past a layer, and one weight in two places."""

import math

from microgradnn import sigmoid, tanh
from tests.corpus.case import problem


def logistic(z):
    return 1 / (1 + math.exp(-z))


# ---- a shortcut past a layer -------------------------------------------------------------------------------


def shortcut_loss(a, b, c, x, y):
    u = tanh(a * x)
    r = u + tanh(b * u)
    return (c * r - y) ** 2


shortcut = problem("residual connection", shortcut_loss, weights=("a", "b", "c"), a=0.9, b=-0.6, c=1.4, x=0.8, y=0.2)


@shortcut.derivation
def shortcut_backprop(a, b, c, x, y):
    u = math.tanh(a * x)
    s = math.tanh(b * u)
    g = 2 * (c * (u + s) - y)
    gr = g * c
    gs = gr * (1 - s**2)
    gu = gr + gs * b
    return {"a": gu * (1 - u**2) * x, "b": gs * u, "c": g * (u + s)}


@shortcut.right()
def shortcut_factored(a, b, c, x, y):
    u = math.tanh(a * x)
    q = 1 / math.cosh(b * u) ** 2
    g = 2 * (c * u + c * math.tanh(b * u) - y) * c
    return {"a": g * (1 + b * q) * x / math.cosh(a * x) ** 2, "b": g * q * u, "c": g * (u + math.tanh(b * u)) / c}


@shortcut.wrong(a="MISSING_PATH")
def the_shortcut_is_forgotten(a, b, c, x, y):
    u = math.tanh(a * x)
    s = math.tanh(b * u)
    g = 2 * (c * (u + s) - y)
    gu = g * c * (1 - s**2) * b
    return {"a": gu * (1 - u**2) * x, "b": g * c * (1 - s**2) * u, "c": g * (u + s)}


@shortcut.wrong(a="MISSING_PATH")
def only_the_shortcut(a, b, c, x, y):
    u = math.tanh(a * x)
    s = math.tanh(b * u)
    g = 2 * (c * (u + s) - y)
    gu = g * c
    return {"a": gu * (1 - u**2) * x, "b": g * c * (1 - s**2) * u, "c": g * (u + s)}


@shortcut.wrong(a="WRONG_UPSTREAM|MISSING_LOCAL_DERIVATIVE")
def branch_without_its_slope(a, b, c, x, y):
    u = math.tanh(a * x)
    s = math.tanh(b * u)
    g = 2 * (c * (u + s) - y)
    gu = g * c + g * c * b
    return {"a": gu * (1 - u**2) * x, "b": g * c * (1 - s**2) * u, "c": g * (u + s)}


@shortcut.wrong(a="MISSING_PATH+FACTOR", b="FACTOR", c="FACTOR")
def shortcut_and_the_two_forgotten(a, b, c, x, y):
    u = math.tanh(a * x)
    s = math.tanh(b * u)
    g = c * (u + s) - y
    gu = g * c
    return {"a": gu * (1 - u**2) * x, "b": g * c * (1 - s**2) * u, "c": g * (u + s)}


# ---- one weight in two places ------------------------------------------------------------------------------


def tied_loss(w, b, x):
    code = sigmoid(w[0] * x[0] + w[1] * x[1] + b)
    back = [w[0] * code, w[1] * code]
    return (back[0] - x[0]) ** 2 + (back[1] - x[1]) ** 2


tied = problem("autoencoder with tied weights", tied_loss, w=[0.7, -0.4], b=0.3, x=[1.1, 0.6])


@tied.derivation
def tied_plain(w, b, x):
    code = logistic(w[0] * x[0] + w[1] * x[1] + b)
    e0 = 2 * (w[0] * code - x[0])
    e1 = 2 * (w[1] * code - x[1])
    delta = (e0 * w[0] + e1 * w[1]) * code * (1 - code)
    return {"w": [e0 * code + delta * x[0], e1 * code + delta * x[1]], "b": delta}


@tied.right()
def two_uses_added_up(w, b, x):
    code = logistic(w[1] * x[1] + b + w[0] * x[0])
    gw, through = [0.0, 0.0], 0.0
    for k in (1, 0):
        gw[k] += 2 * code**2 * w[k] - 2 * code * x[k]
        through += 2 * w[k] * w[k] * code - 2 * w[k] * x[k]
    for k in (0, 1):
        gw[k] += x[k] * through * (code - code**2)
    return {"w": gw, "b": through * (code - code**2)}


@tied.wrong(w="MISSING_PATH")
def second_use_overwrites_the_first(w, b, x):
    code = logistic(w[0] * x[0] + w[1] * x[1] + b)
    err = [2 * (w[k] * code - x[k]) for k in range(2)]
    delta = (err[0] * w[0] + err[1] * w[1]) * code * (1 - code)
    gw = [0.0, 0.0]
    for k in range(2):
        gw[k] = err[k] * code
        gw[k] = delta * x[k]
    return {"w": gw, "b": delta}


@tied.wrong("MISSING_PATH")
def code_hears_of_the_last_output_only(w, b, x):
    code = logistic(w[0] * x[0] + w[1] * x[1] + b)
    err = [2 * (w[k] * code - x[k]) for k in range(2)]
    delta = err[1] * w[1] * code * (1 - code)
    return {"w": [err[0] * code + delta * x[0], err[1] * code + delta * x[1]], "b": delta}


@tied.wrong(w="MISSING_LOCAL_DERIVATIVE", b="MISSING_LOCAL_DERIVATIVE")
def code_without_its_slope(w, b, x):
    code = logistic(w[0] * x[0] + w[1] * x[1] + b)
    err = [2 * (w[k] * code - x[k]) for k in range(2)]
    delta = err[0] * w[0] + err[1] * w[1]
    return {"w": [err[0] * code + delta * x[0], err[1] * code + delta * x[1]], "b": delta}
