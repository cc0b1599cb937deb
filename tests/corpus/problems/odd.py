"""A primitive of the user's own, dicts of weights, large and tiny scales, cancelling terms."""

import math
from decimal import Decimal, getcontext
from fractions import Fraction

from microgradnn import exp, log1p, primitive, sigmoid
from tests.corpus.case import problem

swish = primitive("corpus_softsign", lambda x: x / (1 + abs(x)), lambda x, out: 1 / (1 + abs(x)) ** 2)


def own_loss(w, x, y):
    z = w[0] * x[0] + w[1] * x[1]
    out = swish(z)
    return (out - y) ** 2 / 2


own = problem("a primitive of one's own", own_loss, w=[0.7, -0.9], x=[1.3, 0.4], y=-0.2)


@own.derivation
def own_plain(w, x, y):
    z = w[0] * x[0] + w[1] * x[1]
    out = z / (1 + abs(z))
    slope = 1 / (1 + abs(z)) ** 2
    g = (out - y) * slope
    return {"w": [g * x[0], g * x[1]]}


@own.right()
def slope_from_the_output(w, x, y):
    z = w[1] * x[1] + w[0] * x[0]
    out = z / (1 + abs(z))
    g = (out - y) * (1 - abs(out)) * (1 - abs(out))
    return {"w": [x[0] * g, x[1] * g], "x": [w[0] * g, w[1] * g]}


@own.wrong("MISSING_LOCAL_DERIVATIVE")
def own_slope_left_out(w, x, y):
    z = w[0] * x[0] + w[1] * x[1]
    g = z / (1 + abs(z)) - y
    return {"w": [g * x[0], g * x[1]]}


@own.wrong("WRONG_POINT")
def own_slope_at_the_output(w, x, y):
    z = w[0] * x[0] + w[1] * x[1]
    out = z / (1 + abs(z))
    g = (out - y) / (1 + abs(out)) ** 2
    return {"w": [g * x[0], g * x[1]]}


@own.wrong("MISSING_LOCAL_DERIVATIVE|UNKNOWN")
def own_slope_not_squared(w, x, y):
    z = w[0] * x[0] + w[1] * x[1]
    g = (z / (1 + abs(z)) - y) / (1 + abs(z))
    return {"w": [g * x[0], g * x[1]]}


def named_loss(layer, sample):
    z = layer["weight"] * sample["input"] + layer["bias"]
    return (sigmoid(z) - sample["target"]) ** 2


named = problem(
    "weights in a dict", named_loss, layer={"weight": 0.8, "bias": -0.3}, sample={"input": 1.7, "target": 1.0}
)


@named.derivation
def named_plain(layer, sample):
    out = 1 / (1 + math.exp(-(layer["weight"] * sample["input"] + layer["bias"])))
    g = 2 * (out - sample["target"]) * out * (1 - out)
    return {"layer": {"weight": g * sample["input"], "bias": g}}


@named.wrong("SWAPPED")
def entries_exchanged(layer, sample):
    good = named_plain(layer, sample)["layer"]
    return {"layer": {"weight": good["bias"], "bias": good["weight"]}}


@named.wrong("OUTPUT_NOT_LOSS")
def output_in_a_dict(layer, sample):
    out = 1 / (1 + math.exp(-(layer["weight"] * sample["input"] + layer["bias"])))
    return {"layer": {"weight": out * (1 - out) * sample["input"], "bias": out * (1 - out)}}


def cancelling_loss(a, b, c):
    return (a - b) * (a + b) + c * (a - b) ** 2


cancelling = problem("terms that cancel", cancelling_loss, a=1.5, b=1.25, c=0.5)


@cancelling.derivation
def cancelling_plain(a, b, c):
    return {"a": 2 * a + 2 * c * (a - b), "b": -2 * b - 2 * c * (a - b), "c": (a - b) ** 2}


@cancelling.right(a=1e8 + 0.5, b=1e8, c=1.0)
def multiplied_out_where_it_cancels(a, b, c):
    return {"a": 2 * a + 2 * c * a - 2 * c * b, "b": 2 * c * b - 2 * c * a - 2 * b, "c": a**2 - 2 * a * b + b**2}


@cancelling.right()
def in_fractions(a, b, c):
    p, q, r = Fraction(a), Fraction(b), Fraction(c)
    return {"a": float(2 * p + 2 * r * (p - q)), "b": float(-2 * q - 2 * r * (p - q)), "c": float((p - q) ** 2)}


@cancelling.right(a=-3e-160, b=2e-160, c=1e5)
def tiny_values(a, b, c):
    return {"a": (a + b) + (a - b) + c * (a - b) * 2, "b": (a - b) - (a + b) - 2 * (a - b) * c}


@cancelling.wrong(b="SIGN")
def inner_minus_forgotten(a, b, c):
    return {"a": 2 * a + 2 * c * (a - b), "b": -2 * b + 2 * c * (a - b), "c": (a - b) ** 2}


@cancelling.wrong(a="MISSING_PATH", b="MISSING_PATH")
def product_rule_by_halves(a, b, c):
    return {"a": (a + b) + 2 * c * (a - b), "b": (a - b) - 2 * c * (a - b), "c": (a - b) ** 2}


@cancelling.wrong("OUTPUT_NOT_LOSS|MISSING_PATH|WRONG_UPSTREAM", b="OUTPUT_NOT_LOSS|MISSING_PATH|SIGN|WRONG_UPSTREAM")
def of_the_first_term_alone(a, b, c):
    return {"a": 2 * a, "b": -2 * b}


def interest_loss(rate, years, start, goal):
    return (start * exp(years * log1p(rate)) - goal) ** 2


interest = problem("compound interest", interest_loss, rate=0.04, years=3.0, start=1.5, goal=2.0)


@interest.derivation
def interest_plain(rate, years, start, goal):
    end = start * (1 + rate) ** years
    err = 2 * (end - goal)
    return {
        "rate": err * end * years / (1 + rate),
        "years": err * end * math.log(1 + rate),
        "start": err * end / start,
        "goal": -err,
    }


@interest.right()
def in_thirty_decimals(rate, years, start, goal):
    getcontext().prec = 30
    growth = (Decimal(years) * (1 + Decimal(rate)).ln()).exp()
    err = 2 * (Decimal(start) * growth - Decimal(goal))
    slope = err * Decimal(start) * Decimal(years) * growth / (1 + Decimal(rate))
    return {"rate": float(slope), "start": float(err * growth)}


@interest.wrong(rate="MISSING_LOCAL_DERIVATIVE")
def inner_derivative_forgotten(rate, years, start, goal):
    end = start * (1 + rate) ** years
    err = 2 * (end - goal)
    return {"rate": err * end * years, "start": err * end / start, "goal": -err}


@interest.wrong(goal="SIGN", years="SWAPPED|WRONG_UPSTREAM|MISSING_LOCAL_DERIVATIVE")
def goal_pushed_up(rate, years, start, goal):
    end = start * (1 + rate) ** years
    err = 2 * (end - goal)
    return {"years": err * end * years, "goal": err}


@interest.wrong(start="COINCIDENCE+MISSING_LOCAL_DERIVATIVE|COINCIDENCE+SWAPPED", at={"years": 0.0})
def growth_left_out(rate, years, start, goal):
    end = start * (1 + rate) ** years
    err = 2 * (end - goal)
    return {"start": err, "goal": -err}


@interest.wrong("UNKNOWN")
def straight_line_for_growth(rate, years, start, goal):
    err = 2 * (start * (1 + rate * years) - goal) + 0.125
    return {"rate": err * start * years, "goal": err}
