"""Dot products, norms, angles: the rules of calculus without a network."""

import math

from microgradnn import atan, dot, log, sqrt
from tests.corpus.case import problem

# ---- dot products, norms, angles ---------------------------------------------------------------------------


def cosine_loss(u, v):
    return 1 - dot(u, v) / (sqrt(dot(u, u)) * sqrt(dot(v, v)))


cosine = problem("cosine distance", cosine_loss, u=[0.8, -1.1, 0.5], v=[1.2, 0.4, -0.7])


@cosine.derivation
def cosine_plain(u, v):
    uv = u[0] * v[0] + u[1] * v[1] + u[2] * v[2]
    uu = u[0] ** 2 + u[1] ** 2 + u[2] ** 2
    vv = v[0] ** 2 + v[1] ** 2 + v[2] ** 2
    n = math.sqrt(uu * vv)
    return {
        "u": [-(v[k] - uv / uu * u[k]) / n for k in range(3)],
        "v": [-(u[k] - uv / vv * v[k]) / n for k in range(3)],
    }


@cosine.right()
def unit_vectors_first(u, v):
    a = math.sqrt(sum(q * q for q in reversed(u)))
    b = math.hypot(*v)
    e, f = [q / a for q in u], [q / b for q in v]
    c = sum(p * q for p, q in zip(e, f, strict=True))
    return {"u": [(c * p - q) / a for p, q in zip(e, f, strict=True)]}


@cosine.wrong(u="MISSING_PATH", v="MISSING_PATH")
def norms_taken_as_constants(u, v):
    n = math.hypot(*u) * math.hypot(*v)
    return {"u": [-vk / n for vk in v], "v": [-uk / n for uk in u]}


@cosine.wrong(u="SWAPPED", v="SWAPPED")
def gradients_of_the_two_exchanged(u, v):
    good = cosine_plain(u, v)
    return {"u": good["v"], "v": good["u"]}


def bilinear_loss(a, b, c, d):
    return log(1 + (a * b + c * d) ** 2)


bilinear = problem("logarithm of a square", bilinear_loss, a=1.1, b=0.6, c=-0.5, d=0.9)


@bilinear.derivation
def bilinear_plain(a, b, c, d):
    q = a * b + c * d
    g = 2 * q / (1 + q * q)
    return {"a": g * b, "b": g * a, "c": g * d, "d": g * c}


@bilinear.right(a=1e4, b=1.0, c=-1e4, d=1.0000001)
def where_the_two_products_cancel(a, b, c, d):
    q = c * d + a * b
    g = 2 / (q + 1 / q)
    return {"a": b * g, "b": a * g, "c": d * g, "d": c * g}


@bilinear.wrong("SWAPPED")
def own_factor_for_the_other(a, b, c, d):
    q = a * b + c * d
    g = 2 * q / (1 + q * q)
    return {"a": g * a, "b": g * b, "c": g * c, "d": g * d}


@bilinear.wrong("MISSING_LOCAL_DERIVATIVE|OUTPUT_NOT_LOSS")
def slope_of_the_logarithm_left_out(a, b, c, d):
    g = 2 * (a * b + c * d)
    return {"a": g * b, "b": g * a, "c": g * d, "d": g * c}


@bilinear.wrong("MISSING_LOCAL_DERIVATIVE")
def slope_of_the_square_left_out(a, b, c, d):
    g = 1 / (1 + (a * b + c * d) ** 2)
    return {"a": g * b, "b": g * a, "c": g * d, "d": g * c}


@bilinear.wrong("SWAPPED+FACTOR")
def own_factor_and_no_two(a, b, c, d):
    q = a * b + c * d
    g = q / (1 + q * q)
    return {"a": g * a, "b": g * b, "c": g * c, "d": g * d}


@bilinear.wrong(a="COINCIDENCE+MISSING_LOCAL_DERIVATIVE|COINCIDENCE+SWAPPED", at={"b": 1.0})
def factor_of_one_not_written(a, b, c, d):
    q = a * b + c * d
    g = 2 * q / (1 + q * q)
    return {"a": g, "b": g * a, "c": g * d, "d": g * c}


def angle_loss(x, y, r):
    return (atan(y / x) - 0.3) ** 2 + (sqrt(x**2 + y**2) - r) ** 2


angle = problem("polar coordinates", angle_loss, x=1.2, y=0.7, r=1.1)


@angle.derivation
def angle_plain(x, y, r):
    turn = 2 * (math.atan(y / x) - 0.3)
    radius = math.sqrt(x**2 + y**2)
    far = 2 * (radius - r)
    square = x**2 + y**2
    return {
        "x": -turn * y / square + far * x / radius,
        "y": turn * x / square + far * y / radius,
        "r": -far,
    }


@angle.right(x=3e-5, y=-4e-5, r=0.0)
def tiny_coordinates(x, y, r):
    t = y / x
    h = math.hypot(x, y)
    turn = 2 * math.atan(t) - 0.6
    return {"x": 2 * x - 2 * r * x / h - turn * t / (x * (1 + t * t)), "y": 2 * y * (1 - r / h) + turn * x / h**2}


@angle.wrong(x="SIGN")
def sign_of_the_quotient_lost(x, y, r):
    turn = 2 * (math.atan(y / x) - 0.3)
    h = math.hypot(x, y)
    return {"x": turn * y / h**2 + 2 * (h - r) * x / h, "y": turn * x / h**2 + 2 * (h - r) * y / h}


@angle.wrong(x="MISSING_PATH", y="MISSING_PATH")
def radius_forgotten(x, y, r):
    turn = 2 * (math.atan(y / x) - 0.3)
    square = x**2 + y**2
    return {"x": -turn * y / square, "y": turn * x / square}


@angle.wrong("SIGN", y="SIGN+FACTOR|FACTOR")  # y: the ratio is −½
def half_of_it_and_the_sign(x, y, r):
    good = angle_plain(x, y, r)
    return {"x": -good["x"], "y": -good["y"] / 2, "r": -good["r"]}
