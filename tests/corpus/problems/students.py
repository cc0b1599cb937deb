"""What students hand in: a gate, a focal loss, a Gaussian likelihood, a distance, a quotient, a batch of classes."""

import math

from microgradnn import log, logsumexp, sigmoid, sqrt, tanh
from tests.corpus.case import problem


def logistic(z):
    return 1 / (1 + math.exp(-z))


# ---- a gated state -----------------------------------------------------------------------------------------


def gate_loss(wz, uz, wc, h, x):
    z = sigmoid(wz * x + uz * h)
    c = tanh(wc * x)
    new = (1 - z) * h + z * c
    return new**2


gated = problem("gated state", gate_loss, wz=0.4, uz=-0.3, wc=0.5, h=0.6, x=0.9)


def gate_values(wz, uz, wc, h, x):
    z, c = logistic(wz * x + uz * h), math.tanh(wc * x)
    return z, c, (1 - z) * h + z * c


@gated.derivation
def gate_plain(wz, uz, wc, h, x):
    z, c, new = gate_values(wz, uz, wc, h, x)
    dz = 2 * new * (c - h) * z * (1 - z)
    return {"wz": dz * x, "uz": dz * h, "wc": 2 * new * z * (1 - c**2) * x, "h": 2 * new * (1 - z) + dz * uz}


@gated.wrong("MISSING_PATH")
def the_kept_part_forgotten(wz, uz, wc, h, x):
    z, c, new = gate_values(wz, uz, wc, h, x)
    dz = 2 * new * c * z * (1 - z)
    return {"wz": dz * x, "uz": dz * h}


@gated.wrong("MISSING_PATH")
def state_outside_its_gate_only(wz, uz, wc, h, x):
    z, _, new = gate_values(wz, uz, wc, h, x)
    return {"h": 2 * new * (1 - z)}


@gated.wrong("SIGN")
def one_minus_without_its_minus(wz, uz, wc, h, x):
    z, c, new = gate_values(wz, uz, wc, h, x)
    dz = 2 * new * (c + h) * z * (1 - z)
    return {"wz": dz * x, "uz": dz * h}


@gated.wrong("WRONG_POINT")
def slope_of_the_candidate_before_its_tanh(wz, uz, wc, h, x):
    z, _, new = gate_values(wz, uz, wc, h, x)
    return {"wc": 2 * new * z * (1 - (wc * x) ** 2) * x}


# ---- focal loss --------------------------------------------------------------------------------------------


def focal_loss(w, b, x):
    p = sigmoid(w * x + b)
    return -((1 - p) ** 2) * log(p)


focal = problem("focal loss", focal_loss, w=0.7, b=-0.2, x=1.3)


@focal.derivation
def focal_plain(w, b, x):
    p = logistic(w * x + b)
    delta = (2 * (1 - p) * math.log(p) - (1 - p) ** 2 / p) * p * (1 - p)
    return {"w": delta * x, "b": delta}


@focal.wrong("MISSING_PATH")
def the_weight_taken_for_a_constant(w, b, x):
    p = logistic(w * x + b)
    delta = -((1 - p) ** 2) * (1 - p)
    return {"w": delta * x, "b": delta}


@focal.wrong("SIGN")
def inner_minus_forgotten(w, b, x):
    p = logistic(w * x + b)
    delta = (-2 * (1 - p) * math.log(p) - (1 - p) ** 2 / p) * p * (1 - p)
    return {"w": delta * x, "b": delta}


@focal.wrong("FACTOR")
def the_two_of_the_power_lost(w, b, x):
    p = logistic(w * x + b)
    delta = ((1 - p) * math.log(p) - (1 - p) ** 2 / p) * p * (1 - p)
    return {"w": delta * x, "b": delta}


# ---- the likelihood of a Gaussian --------------------------------------------------------------------------


def gauss_loss(mu, s, x):
    return log(s) + (x - mu) ** 2 / (2 * s**2)


likelihood = problem("Gaussian likelihood", gauss_loss, mu=0.3, s=1.4, x=2.0)


@likelihood.derivation
def gauss_plain(mu, s, x):
    return {"mu": (mu - x) / s**2, "s": 1 / s - (x - mu) ** 2 / s**3}


@likelihood.wrong("MISSING_PATH")
def the_logarithm_left_out(mu, s, x):
    return {"s": -((x - mu) ** 2) / s**3}


@likelihood.wrong(s="FACTOR", mu="SIGN")
def half_too_much_and_inner_minus(mu, s, x):
    return {"mu": (x - mu) / s**2, "s": 1 / s - (x - mu) ** 2 / (2 * s**3)}


# ---- a distance and a quotient -----------------------------------------------------------------------------


def distance_loss(a, b):
    return sqrt((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2)


distance = problem("distance", distance_loss, a=[1.0, 0.5], b=[-0.3, 0.8])


@distance.derivation
def distance_plain(a, b):
    r = math.hypot(a[0] - b[0], a[1] - b[1])
    return {"a": [(a[0] - b[0]) / r, (a[1] - b[1]) / r], "b": [(b[0] - a[0]) / r, (b[1] - a[1]) / r]}


@distance.wrong("MISSING_LOCAL_DERIVATIVE|OUTPUT_NOT_LOSS")
def of_the_square_under_the_root(a, b):
    return {"a": [2 * (a[0] - b[0]), 2 * (a[1] - b[1])]}


@distance.wrong(a="FACTOR", b="SIGN")
def half_of_the_root_lost_and_b_like_a(a, b):
    r = math.hypot(a[0] - b[0], a[1] - b[1])
    by_a = [(a[0] - b[0]) / r, (a[1] - b[1]) / r]
    return {"a": [2 * by_a[0], 2 * by_a[1]], "b": by_a}


def quotient_loss(u, v):
    return (u * v + 1) / (u - v)


quotient = problem("quotient of a product", quotient_loss, u=1.7, v=0.4)


@quotient.derivation
def quotient_plain(u, v):
    below = (u - v) ** 2
    return {"u": (v * (u - v) - (u * v + 1)) / below, "v": (u * (u - v) + u * v + 1) / below}


@quotient.wrong("MISSING_LOCAL_DERIVATIVE")
def denominator_not_squared(u, v):
    return {"u": (v * (u - v) - (u * v + 1)) / (u - v), "v": (u * (u - v) + u * v + 1) / (u - v)}


@quotient.wrong("SIGN")
def plus_in_the_quotient_rule(u, v):
    return {"u": (v * (u - v) + u * v + 1) / (u - v) ** 2}


@quotient.wrong("MISSING_PATH")
def numerators_alone(u, v):
    return {"u": v / (u - v), "v": u / (u - v)}


# ---- classes, averaged over a batch ------------------------------------------------------------------------


def batch_loss(W, X, T):
    total = 0
    for x, t in zip(X, T, strict=True):
        z = [row[0] * x[0] + row[1] * x[1] for row in W]
        total = total + logsumexp(z) - (t[0] * z[0] + t[1] * z[1] + t[2] * z[2])
    return total / len(X)


batch = problem(
    "batch of classes",
    batch_loss,
    W=[[0.1, -0.2], [0.3, 0.4], [-0.5, 0.2]],
    X=[[1.1, 0.5], [-0.3, 0.8], [0.4, -1.2], [2.0, 0.15]],
    T=[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]],
)


def batch_gradient(W, X, T):
    """The sum over the samples."""
    found = [[0.0, 0.0] for _ in W]
    for x, t in zip(X, T, strict=True):
        z = [row[0] * x[0] + row[1] * x[1] for row in W]
        e = [math.exp(a - max(z)) for a in z]
        for k, row in enumerate(found):
            row[0] += (e[k] / sum(e) - t[k]) * x[0]
            row[1] += (e[k] / sum(e) - t[k]) * x[1]
    return found


@batch.derivation
def batch_plain(W, X, T):
    return {"W": [[g / len(X) for g in row] for row in batch_gradient(W, X, T)]}


@batch.wrong("SIGN+MEAN_VS_SUM")
def targets_minus_shares_and_no_mean(W, X, T):
    return {"W": [[-g for g in row] for row in batch_gradient(W, X, T)]}


@batch.wrong("MEAN_VS_SUM")
def averaged_over_classes_too(W, X, T):
    return {"W": [[g / len(X) / len(W) for g in row] for row in batch_gradient(W, X, T)]}


@batch.wrong("MISSING_PATH")
def the_last_sample_overwrites(W, X, T):
    last = batch_gradient(W, X[-1:], T[-1:])
    return {"W": [[g / len(X) for g in row] for row in last]}
