"""Kinks: absolute values, maxima, clipped numbers; at the kink several gradients are right."""

import math

from microgradnn import clip, leaky_relu, maximum, relu
from tests.corpus.case import problem


def absolute_loss(w, b, x, y):
    return abs(w * x + b - y)


absolute = problem("absolute error", absolute_loss, w=0.5, b=0.25, x=1.5, y=1.0)  # exactly at the kink


@absolute.derivation
def sign_of_the_error(w, b, x, y):
    e = w * x + b - y
    s = math.copysign(1.0, e) if e != 0 else 0.0
    return {"w": s * x, "b": s}


@absolute.wrong("SUBGRADIENT")
def one_at_the_kink(w, b, x, y):
    s = 1.0 if w * x + b - y >= 0 else -1.0
    return {"w": s * x, "b": s, "y": -s}


@absolute.wrong("SUBGRADIENT")
def a_third_at_the_kink(w, b, x, y):
    e = w * x + b - y
    s = 1 / 3 if e == 0 else e / abs(e)
    return {"w": s * x, "b": s}


@absolute.wrong("SIGN")
def target_minus_guess(w, b, x, y):
    e = y - (w * x + b)
    s = (e > 0) - (e < 0)
    return {"w": s * x, "b": s}


@absolute.wrong("OUTPUT_NOT_LOSS|MISSING_LOCAL_DERIVATIVE")
def absolute_value_left_out(w, b, x, y):
    return {"w": x, "b": 1.0}


def hidden_relu_loss(u, v, c, x, y):
    h = [relu(uk * x) for uk in u]
    return (v[0] * h[0] + v[1] * h[1] + c - y) ** 2


hidden = problem("two relu units", hidden_relu_loss, u=[0.7, 0.0], v=[1.3, -0.8], c=0.1, x=1.2, y=2.0)


@hidden.derivation
def hidden_plain(u, v, c, x, y):
    h = [max(0.0, u[0] * x), max(0.0, u[1] * x)]
    err = 2 * (v[0] * h[0] + v[1] * h[1] + c - y)
    on = [1.0 if h[0] > 0 else 0.0, 1.0 if h[1] > 0 else 0.0]
    return {"u": [err * v[0] * on[0] * x, err * v[1] * on[1] * x], "v": [err * h[0], err * h[1]], "c": err}


@hidden.wrong("SUBGRADIENT")
def open_at_zero(u, v, c, x, y):
    h = [uk * x * (uk * x >= 0) for uk in u]
    err = 2 * (v[0] * h[0] + v[1] * h[1] + c - y)
    return {"u": [err * vk * (uk * x >= 0) * x for uk, vk in zip(u, v, strict=True)], "v": [err * hk for hk in h]}


@hidden.right()
def half_open_by_signs(u, v, c, x, y):
    h = [(uk * x + abs(uk * x)) / 2 for uk in u]
    err = v[1] * h[1] + v[0] * h[0] - y + c
    return {"v": [2 * hk * err for hk in h], "c": 2 * err}


@hidden.wrong(u="MISSING_LOCAL_DERIVATIVE")
def relu_never_closed(u, v, c, x, y):
    h = [max(0.0, uk * x) for uk in u]
    err = 2 * (v[0] * h[0] + v[1] * h[1] + c - y)
    return {"u": [err * v[0] * x, err * v[1] * x], "v": [err * h[0], err * h[1]], "c": err}


@hidden.wrong(u="WRONG_POINT")
def open_where_the_input_is_positive(u, v, c, x, y):
    h = [max(0.0, uk * x) for uk in u]
    err = 2 * (v[0] * h[0] + v[1] * h[1] + c - y)
    on = 1.0 if x > 0 else 0.0
    return {"u": [err * v[0] * on * x, err * v[1] * on * x], "v": [err * h[0], err * h[1]], "c": err}


def largest_loss(a, b, c):
    top = maximum(maximum(a * b, b * c), c * a)
    return top**2


largest = problem("largest of three products", largest_loss, a=1.2, b=0.7, c=-0.4)


@largest.derivation
def largest_plain(a, b, c):
    top = max(a * b, b * c, c * a)
    g = 2 * top
    if a * b == top:
        return {"a": g * b, "b": g * a, "c": 0.0}
    if b * c == top:
        return {"a": 0.0, "b": g * c, "c": g * b}
    return {"a": g * c, "b": 0.0, "c": g * a}


@largest.right(a=1.0, b=1.0, c=1.0)
def by_the_index_of_the_largest(a, b, c):
    products = [c * a, b * c, a * b]
    k = products.index(max(products))
    rows = [(c, 0.0, a), (0.0, c, b), (b, a, 0.0)]
    return dict(zip("abc", [2 * products[k] * q for q in rows[k]], strict=True))


@largest.wrong("OUTPUT_NOT_LOSS")
def largest_not_squared(a, b, c):
    if a * b >= max(b * c, c * a):
        return {"a": b, "b": a, "c": 0.0}
    if b * c >= c * a:
        return {"a": 0.0, "b": c, "c": b}
    return {"a": c, "b": 0.0, "c": a}


def clipped_loss(w, x, y):
    out = clip(w[0] * x[0] + w[1] * x[1], -1.0, 1.0)
    return (out - y) ** 2 / 2


clipped = problem("clipped output", clipped_loss, w=[0.3, -0.4], x=[1.1, 0.8], y=0.6)


@clipped.derivation
def clipped_plain(w, x, y):
    z = w[0] * x[0] + w[1] * x[1]
    out = min(max(z, -1.0), 1.0)
    inside = 1.0 if -1.0 < z < 1.0 else 0.0
    g = (out - y) * inside
    return {"w": [g * x[0], g * x[1]]}


@clipped.wrong("MISSING_LOCAL_DERIVATIVE")
def straight_through(w, x, y):
    out = min(max(w[0] * x[0] + w[1] * x[1], -1.0), 1.0)
    return {"w": [(out - y) * x[0], (out - y) * x[1]]}


def leaky_loss(w, b, x, y):
    out = leaky_relu(w * x + b, 0.1)
    return (out - y) ** 2 / 2


leaky = problem("leaky neuron", leaky_loss, w=-0.6, b=0.1, x=1.4, y=0.5)


@leaky.derivation
def leaky_plain(w, b, x, y):
    z = w * x + b
    out = z if z > 0 else 0.1 * z
    slope = 1.0 if z > 0 else 0.1
    g = (out - y) * slope
    return {"w": g * x, "b": g}


@leaky.right()
def by_the_ratio_of_output_and_input(w, b, x, y):
    z = w * x + b
    out = max(z, z / 10)
    return {"w": (out - y) * x * out / z, "b": (out - y) * (out / z)}


@leaky.wrong("MISSING_LOCAL_DERIVATIVE")
def leak_forgotten(w, b, x, y):
    z = w * x + b
    out = max(z, 0.1 * z)
    return {"w": (out - y) * x, "b": out - y}


@leaky.wrong("SIGN+MISSING_LOCAL_DERIVATIVE", b="SIGN")
def leak_forgotten_and_a_sign(w, b, x, y):
    z = w * x + b
    out = max(z, 0.1 * z)
    return {"w": (y - out) * x, "b": (y - out) * (1.0 if z > 0 else 0.1)}
