"""Numbers that are used more than once: shared nodes and products."""

import math

from microgradnn import exp, sigmoid, tanh
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
