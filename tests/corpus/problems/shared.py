"""Numbers that are used more than once: shared nodes, products, normalisation."""

import math

from microgradnn import exp, log, sigmoid, sqrt, tanh
from tests.corpus.case import problem


def logistic(z):
    return 1 / (1 + math.exp(-z))


# ---- one node, three uses ----------------------------------------------------------------------------------


def thrice_loss(a, b, c):
    u = a * b
    v = u + c
    return u * v + u**3 + exp(-v)


thrice = problem("a node used three times", thrice_loss, a=0.7, b=-1.4, c=0.9)


@thrice.derivation
def thrice_plain(a, b, c):
    u = a * b
    v = u + c
    gv = u - math.exp(-v)
    gu = v + 3 * u**2
    gu += gv
    return {"a": gu * b, "b": gu * a, "c": gv}


@thrice.right()
def thrice_multiplied_out(a, b, c):
    gc = a * b - math.exp(-a * b) * math.exp(-c)
    return {"a": 2 * a * b * b + b * c + 3 * a * a * b**3 - b * math.exp(-c - a * b), "c": gc}


@thrice.right(a=1e-9, b=2.0, c=1e6)
def thrice_with_large_and_tiny_values(a, b, c):
    u = b * a
    gu = 2 * u + 3 * (u * u) + c - 1 / math.exp(u + c) if u + c < 700 else 2 * u + 3 * u * u + c
    return {"b": a * gu, "a": gu * b}


@thrice.wrong(a="MISSING_PATH", b="MISSING_PATH")
def equals_for_plus_equals(a, b, c):
    u = a * b
    v = u + c
    gv = u - math.exp(-v)
    gu = v + 3 * u**2
    gu = gv
    return {"a": gu * b, "b": gu * a, "c": gv}


@thrice.wrong(a="MISSING_PATH", b="MISSING_PATH")
def direct_uses_only(a, b, c):
    u = a * b
    v = u + c
    gv = u - math.exp(-v)
    gu = v + 3 * u**2
    return {"a": gu * b, "b": gu * a, "c": gv}


@thrice.wrong("MISSING_LOCAL_DERIVATIVE|FACTOR")
def cube_differentiates_to_square(a, b, c):
    u = a * b
    v = u + c
    gv = u - math.exp(-v)
    gu = v + u**2 + gv
    return {"a": gu * b, "b": gu * a, "c": gv}


@thrice.wrong("SIGN")
def minus_in_the_exponent_forgotten(a, b, c):
    u = a * b
    v = u + c
    gv = u + math.exp(-v)
    gu = v + 3 * u**2 + gv
    return {"a": gu * b, "b": gu * a, "c": gv}


@thrice.wrong("SWAPPED", c="SIGN")
def factors_swapped_and_a_sign(a, b, c):
    u = a * b
    v = u + c
    gv = u - math.exp(-v)
    gu = v + 3 * u**2 + gv
    return {"a": gu * a, "b": gu * b, "c": -gv}


# ---- two branches multiplied -------------------------------------------------------------------------------


def gate_loss(wg, wv, x, y):
    gate = sigmoid(wg * x)
    value = tanh(wv * x)
    return (gate * value - y) ** 2 / 2


gated = problem("gated neuron", gate_loss, weights=("wg", "wv"), lr=0.7, wg=0.6, wv=-0.9, x=1.4, y=0.5)


@gated.derivation
def gated_plain(wg, wv, x, y):
    g = logistic(wg * x)
    v = math.tanh(wv * x)
    err = g * v - y
    dg = err * v
    dv = err * g
    return {"wg": dg * g * (1 - g) * x, "wv": dv * (1 - v**2) * x, "y": -err}


@gated.right()
def by_logarithmic_derivatives(wg, wv, x, y):
    g, v = logistic(wg * x), math.tanh(wv * x)
    out = g * v
    return {
        "wg": (out - y) * out * x * logistic(-wg * x),
        "wv": (out - y) * out * x * 2 / math.sinh(2 * wv * x),
        "x": (out - y) * (out * wg * (1 - g) + g * wv / math.cosh(wv * x) ** 2),
    }


@gated.wrong(wg="SWAPPED|WRONG_UPSTREAM", wv="SWAPPED|WRONG_UPSTREAM")
def each_branch_times_itself(wg, wv, x, y):
    g = logistic(wg * x)
    v = math.tanh(wv * x)
    err = g * v - y
    return {"wg": err * g * g * (1 - g) * x, "wv": err * v * (1 - v**2) * x}


@gated.wrong(wg="MISSING_LOCAL_DERIVATIVE|WRONG_UPSTREAM", wv="MISSING_LOCAL_DERIVATIVE|WRONG_UPSTREAM")
def other_branch_left_out(wg, wv, x, y):
    g = logistic(wg * x)
    v = math.tanh(wv * x)
    err = g * v - y
    return {"wg": err * g * (1 - g) * x, "wv": err * (1 - v**2) * x}


@gated.wrong(wg="WRONG_POINT", wv="WRONG_POINT")
def slopes_taken_before_the_activation(wg, wv, x, y):
    zg, zv = wg * x, wv * x
    g, v = logistic(zg), math.tanh(zv)
    err = g * v - y
    return {"wg": err * v * zg * (1 - zg) * x, "wv": err * g * (1 - zv**2) * x}


@gated.wrong(wv="STALE_VALUES")
def gate_moved_before_the_value(wg, wv, x, y):
    g = logistic(wg * x)
    v = math.tanh(wv * x)
    gwg = (g * v - y) * v * g * (1 - g) * x
    wg = wg - 0.7 * gwg
    g = logistic(wg * x)
    return {"wg": gwg, "wv": (g * v - y) * g * (1 - v**2) * x}


@gated.wrong("OUTPUT_NOT_LOSS")
def of_the_output(wg, wv, x, y):
    g = logistic(wg * x)
    v = math.tanh(wv * x)
    return {"wg": v * g * (1 - g) * x, "wv": g * (1 - v**2) * x}


@gated.step(wv="STALE_VALUES")
def value_sees_the_moved_gate(params, lr, x, y):
    wg, wv = params["wg"], params["wv"]
    v = math.tanh(wv * x)
    g = logistic(wg * x)
    wg = wg - lr * (g * v - y) * v * g * (1 - g) * x
    g = logistic(wg * x)
    wv = wv - lr * (g * v - y) * g * (1 - v**2) * x
    return {"wg": wg, "wv": wv}


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
