"""Powers, quotients, radial functions: the rules of calculus without a network."""

import math

from microgradnn import exp
from tests.corpus.case import problem

# ---- a quotient and a power --------------------------------------------------------------------------------


def quotient_loss(a, b, c):
    return (a**3 + 2 * b) / (b**2 + c**2 + 1)


quotient = problem("quotient of polynomials", quotient_loss, a=1.4, b=-0.6, c=0.8)


@quotient.derivation
def quotient_rule(a, b, c):
    top = a**3 + 2 * b
    bottom = b**2 + c**2 + 1
    return {
        "a": 3 * a**2 / bottom,
        "b": 2 / bottom - top * 2 * b / bottom**2,
        "c": -top * 2 * c / bottom**2,
    }


@quotient.right()
def over_one_denominator(a, b, c):
    q = 1 + b * b + c * c
    return {
        "a": 3 * a * a * q / q**2,
        "b": (2 * q - 2 * b * (a * a * a + b + b)) / (q * q),
        "c": -2 * c * (a**3 + 2 * b) * q**-2,
    }


@quotient.right(a=1e6, b=1e-7, c=-3e4)
def by_logs_of_large_and_small(a, b, c):
    q = math.hypot(b, c) ** 2 + 1
    f = (a**3 + 2 * b) / q
    return {"a": 3 * a * (a / q), "b": f * (2 / (a**3 + 2 * b) - 2 * b / q), "c": -2 * (c / q) * f}


@quotient.wrong(b="MISSING_PATH", c="MISSING_PATH")
def denominator_not_differentiated(a, b, c):
    bottom = b**2 + c**2 + 1
    return {"a": 3 * a**2 / bottom, "b": 2 / bottom, "c": 0.0}


@quotient.wrong(b="SIGN", c="SIGN")
def quotient_rule_with_a_plus(a, b, c):
    top = a**3 + 2 * b
    bottom = b**2 + c**2 + 1
    return {"a": 3 * a**2 / bottom, "b": 2 / bottom + top * 2 * b / bottom**2, "c": top * 2 * c / bottom**2}


@quotient.wrong("MISSING_LOCAL_DERIVATIVE|FACTOR|UNKNOWN", b="MISSING_LOCAL_DERIVATIVE|UNKNOWN")
def denominator_not_squared(a, b, c):
    top = a**3 + 2 * b
    bottom = b**2 + c**2 + 1
    return {"a": 3 * a**2 / bottom, "b": 2 / bottom - top * 2 * b / bottom, "c": -top * 2 * c / bottom}


@quotient.wrong(a="WRONG_POINT|MISSING_LOCAL_DERIVATIVE|UNKNOWN")
def exponent_kept(a, b, c):
    top = a**3 + 2 * b
    q = b**2 + c**2 + 1
    return {"a": 3 * a**3 / q, "b": 2 / q - top * 2 * b / q**2, "c": -top * 2 * c / q**2}


@quotient.wrong("UNKNOWN")
def pulled_out_of_the_air(a, b, c):
    return {"a": math.sin(a * b) + 0.3, "b": math.cos(c) * a + 1.1, "c": math.exp(-a * a) + b}


# ---- a radial unit -----------------------------------------------------------------------------------------


def radial_loss(m, s, x, y):
    d = (x[0] - m[0]) ** 2 + (x[1] - m[1]) ** 2
    out = exp(-d / (2 * s**2))
    return (out - y) ** 2 / 2


radial = problem("radial basis function", radial_loss, m=[0.4, -0.7], s=1.3, x=[1.0, 0.2], y=0.9)


@radial.derivation
def radial_plain(m, s, x, y):
    d = (x[0] - m[0]) ** 2 + (x[1] - m[1]) ** 2
    out = math.exp(-d / (2 * s**2))
    err = out - y
    g = err * out
    return {"m": [g * (x[0] - m[0]) / s**2, g * (x[1] - m[1]) / s**2], "s": g * d / s**3}


@radial.right()
def by_scaled_differences(m, s, x, y):
    u = [(xi - mi) / s for xi, mi in zip(x, m, strict=True)]
    r = u[0] * u[0] + u[1] * u[1]
    out = math.exp(-(u[0] ** 2) / 2) * math.exp(-(u[1] ** 2) / 2)
    g = (out * out - out * y) / s
    return {"m": [u[0] * g, u[1] * g], "s": r * g, "x": [-u[0] * g, -u[1] * g]}


@radial.wrong(m="SIGN")
def centre_pushed_away(m, s, x, y):
    d = (x[0] - m[0]) ** 2 + (x[1] - m[1]) ** 2
    out = math.exp(-d / (2 * s**2))
    g = (out - y) * out
    return {"m": [g * (m[0] - x[0]) / s**2, g * (m[1] - x[1]) / s**2], "s": g * d / s**3}


@radial.wrong("MISSING_LOCAL_DERIVATIVE")
def exponential_not_repeated(m, s, x, y):
    d = (x[0] - m[0]) ** 2 + (x[1] - m[1]) ** 2
    g = math.exp(-d / (2 * s**2)) - y
    return {"m": [g * (x[0] - m[0]) / s**2, g * (x[1] - m[1]) / s**2], "s": g * d / s**3}


@radial.wrong(m="FACTOR")
def half_the_difference(m, s, x, y):
    d = (x[0] - m[0]) ** 2 + (x[1] - m[1]) ** 2
    out = math.exp(-d / (2 * s**2))
    g = (out - y) * out / 2
    return {"m": [g * (x[0] - m[0]) / s**2, g * (x[1] - m[1]) / s**2], "s": 2 * g * d / s**3}


@radial.wrong(
    "COINCIDENCE+FACTOR|COINCIDENCE+MISSING_LOCAL_DERIVATIVE|COINCIDENCE+FACTOR+MISSING_LOCAL_DERIVATIVE",
    s="COINCIDENCE+MISSING_LOCAL_DERIVATIVE|COINCIDENCE+FACTOR+MISSING_LOCAL_DERIVATIVE|COINCIDENCE+UNKNOWN",
    at={"s": 1.0},
)
def width_taken_for_one(m, s, x, y):
    d = (x[0] - m[0]) ** 2 + (x[1] - m[1]) ** 2
    g = (math.exp(-d / (2 * s**2)) - y) * math.exp(-d / (2 * s**2))
    return {"m": [g * (x[0] - m[0]), g * (x[1] - m[1])], "s": g * d}
