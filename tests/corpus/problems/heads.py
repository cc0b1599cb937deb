"""Several uses of one number: two heads on a body, normalisation, an entropy."""

import math

from microgradnn import exp, log, sigmoid, sqrt, tanh
from tests.corpus.case import problem


def logistic(z):
    return 1 / (1 + math.exp(-z))


# ---- two heads on one body ---------------------------------------------------------------------------------


def heads_loss(w, p, q, x, s, t):
    h = tanh(w * x)
    first = p * h
    second = sigmoid(q * h)
    return (first - s) ** 2 / 2 + (second - t) ** 2 / 2


heads = problem("two heads", heads_loss, weights=("w", "p", "q"), w=0.8, p=-1.2, q=0.9, x=0.7, s=0.4, t=1.0)


@heads.derivation
def heads_plain(w, p, q, x, s, t):
    h = math.tanh(w * x)
    o = logistic(q * h)
    d1 = p * h - s
    d2 = (o - t) * o * (1 - o)
    gh = d1 * p + d2 * q
    return {"w": gh * (1 - h**2) * x, "p": d1 * h, "q": d2 * h}


@heads.wrong(q="WRONG_UPSTREAM")
def second_head_takes_the_first_error(w, p, q, x, s, t):
    h = math.tanh(w * x)
    o = logistic(q * h)
    d1 = p * h - s
    d2 = (o - t) * o * (1 - o)
    return {"w": (d1 * p + d2 * q) * (1 - h**2) * x, "p": d1 * h, "q": d1 * o * (1 - o) * h}


@heads.wrong(p="WRONG_UPSTREAM|SWAPPED", w="WRONG_UPSTREAM")
def first_head_takes_the_second_delta(w, p, q, x, s, t):
    h = math.tanh(w * x)
    o = logistic(q * h)
    d2 = (o - t) * o * (1 - o)
    return {"w": (d2 * p + d2 * q) * (1 - h**2) * x, "p": d2 * h, "q": d2 * h}


@heads.wrong(w="MISSING_PATH")
def body_hears_one_head(w, p, q, x, s, t):
    h = math.tanh(w * x)
    o = logistic(q * h)
    d1 = p * h - s
    d2 = (o - t) * o * (1 - o)
    return {"w": d1 * p * (1 - h**2) * x, "p": d1 * h, "q": d2 * h}


@heads.wrong(w="MISSING_PATH+MISSING_LOCAL_DERIVATIVE", q="MISSING_LOCAL_DERIVATIVE")
def one_head_and_a_slope_missing(w, p, q, x, s, t):
    h = math.tanh(w * x)
    o = logistic(q * h)
    return {"w": (o - t) * q * (1 - h**2) * x, "p": (p * h - s) * h, "q": (o - t) * h}


# ---- standardised numbers ----------------------------------------------------------------------------------


def standard_loss(x, gain, t):
    n = len(x)
    mean = sum(x) / n
    var = sum((xi - mean) ** 2 for xi in x) / n
    y = [gain * (xi - mean) / sqrt(var + 0.01) for xi in x]
    return sum((yi - ti) ** 2 for yi, ti in zip(y, t, strict=True)) / 2


standard = problem("normalised layer", standard_loss, x=[0.4, -1.3, 2.2, 0.9], gain=1.2, t=[0.0, -0.5, 1.0, 0.3])


@standard.derivation
def standard_plain(x, gain, t):
    n = len(x)
    mean = sum(x) / n
    s = math.sqrt(sum((xi - mean) ** 2 for xi in x) / n + 0.01)
    u = [(xi - mean) / s for xi in x]
    d = [gain * (gain * u[i] - t[i]) for i in range(n)]
    d_mean = sum(d) / n
    d_u = sum(d[i] * u[i] for i in range(n)) / n
    return {"x": [(d[i] - d_mean - u[i] * d_u) / s for i in range(n)], "gain": n * d_u / gain}


@standard.right()
def mean_and_variance_one_by_one(x, gain, t):
    n = len(x)
    mean = sum(x) / n
    var = sum(xi * xi for xi in x) / n - mean**2 + 0.01
    g_hat = [gain * (gain * (xi - mean) / var**0.5 - ti) for xi, ti in zip(x, t, strict=True)]
    g_var = sum(g * (xi - mean) for g, xi in zip(g_hat, x, strict=True)) * -0.5 * var**-1.5
    g_mean = -sum(g_hat) * var**-0.5
    return {"x": [g * var**-0.5 + g_var * 2 * (xi - mean) / n + g_mean / n for g, xi in zip(g_hat, x, strict=True)]}


@standard.wrong(x="MISSING_PATH")
def variance_taken_as_constant(x, gain, t):
    n = len(x)
    mean = sum(x) / n
    s = math.sqrt(sum((xi - mean) ** 2 for xi in x) / n + 0.01)
    d = [gain * (gain * (xi - mean) / s - ti) for xi, ti in zip(x, t, strict=True)]
    return {"x": [(di - sum(d) / n) / s for di in d]}


@standard.wrong(x="MISSING_PATH")
def mean_and_variance_taken_as_constants(x, gain, t):
    n = len(x)
    mean = sum(x) / n
    s = math.sqrt(sum((xi - mean) ** 2 for xi in x) / n + 0.01)
    return {"x": [gain * (gain * (xi - mean) / s - ti) / s for xi, ti in zip(x, t, strict=True)]}


def entropy_loss(a, b):
    p = exp(a) / (exp(a) + exp(b))
    return p * log(p) + (1 - p) * log(1 - p)


entropy = problem("entropy of two logits", entropy_loss, a=0.7, b=-0.2)


@entropy.derivation
def entropy_plain(a, b):
    p = 1 / (1 + math.exp(b - a))
    g = (a - b) * p * (1 - p)
    return {"a": g, "b": -g}


@entropy.wrong(b="SIGN")
def both_logits_push_alike(a, b):
    p = 1 / (1 + math.exp(b - a))
    g = (a - b) * p * (1 - p)
    return {"a": g, "b": g}


@entropy.wrong("MISSING_PATH")
def the_second_term_forgotten(a, b):
    p = 1 / (1 + math.exp(b - a))
    g = (math.log(p) + 1) * p * (1 - p)
    return {"a": g, "b": -g}
