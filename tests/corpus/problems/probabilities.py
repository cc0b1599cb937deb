"""A softmax under other losses than cross-entropy."""

import math

from microgradnn import exp
from tests.corpus.case import problem


def softmax(z):
    top = max(z)
    e = [math.exp(zi - top) for zi in z]
    return [ei / sum(e) for ei in e]


# ---- squared error of probabilities ------------------------------------------------------------------------


def brier_loss(z, t):
    e = [exp(zi) for zi in z]
    total = sum(e)
    return sum((ei / total - ti) ** 2 for ei, ti in zip(e, t, strict=True))


brier = problem("squared error of a softmax", brier_loss, z=[0.3, 0.9, -0.7], t=[1.0, 0.0, 0.0])


@brier.derivation
def brier_plain(z, t):
    p = softmax(z)
    g = [2 * (pi - ti) for pi, ti in zip(p, t, strict=True)]
    mean = g[0] * p[0] + g[1] * p[1] + g[2] * p[2]
    return {"z": [p[0] * (g[0] - mean), p[1] * (g[1] - mean), p[2] * (g[2] - mean)]}


@brier.right()
def jacobian_times_error(z, t):
    p = softmax(z)
    grad = []
    for j in range(3):
        s = 0.0
        for i in (2, 1, 0):
            s += 2 * (p[i] - t[i]) * (p[i] * (1 - p[i]) if i == j else -p[i] * p[j])
        grad.append(s)
    return {"z": grad}


@brier.wrong("SOFTMAX_DIAGONAL")
def each_probability_a_sigmoid(z, t):
    p = softmax(z)
    return {"z": [2 * (p[i] - t[i]) * p[i] * (1 - p[i]) for i in range(3)]}


@brier.wrong("MISSING_LOCAL_DERIVATIVE|WRONG_UPSTREAM")
def softmax_left_out(z, t):
    p = softmax(z)
    return {"z": [2 * (p[i] - t[i]) for i in range(3)]}


@brier.wrong("MISSING_PATH")
def numerator_alone(z, t):
    p = softmax(z)
    return {"z": [2 * (p[i] - t[i]) * p[i] for i in range(3)]}


@brier.wrong("SOFTMAX_DIAGONAL+FACTOR")
def diagonal_and_no_two(z, t):
    p = softmax(z)
    return {"z": [(p[i] - t[i]) * p[i] * (1 - p[i]) for i in range(3)]}


def attention_loss(q, k, v, y):
    e = [exp(q * ki) for ki in k]
    total = sum(e)
    weights = [ei / total for ei in e]
    out = sum(ai * vi for ai, vi in zip(weights, v, strict=True))
    return (out - y) ** 2 / 2


attention = problem("attention", attention_loss, q=0.8, k=[0.5, -0.3, 1.2], v=[1.0, -0.4, 0.3], y=0.6)


@attention.derivation
def attention_plain(q, k, v, y):
    a = softmax([q * ki for ki in k])
    out = a[0] * v[0] + a[1] * v[1] + a[2] * v[2]
    err = out - y
    gs = [err * a[0] * (v[0] - out), err * a[1] * (v[1] - out), err * a[2] * (v[2] - out)]
    gq = gs[0] * k[0] + gs[1] * k[1] + gs[2] * k[2]
    return {"q": gq, "k": [q * gs[0], q * gs[1], q * gs[2]], "v": [err * a[0], err * a[1], err * a[2]]}


@attention.right()
def covariance_of_keys_and_values(q, k, v, y):
    a = softmax([q * ki for ki in k])

    def mean(u):
        return sum(ai * ui for ai, ui in zip(a, u, strict=True))

    out = mean(v)
    cov = mean([ki * vi for ki, vi in zip(k, v, strict=True)]) - mean(k) * out
    return {"q": (out - y) * cov, "v": [(out - y) * ai for ai in a]}


@attention.wrong(q="SOFTMAX_DIAGONAL", k="SOFTMAX_DIAGONAL")
def weights_as_if_independent(q, k, v, y):
    a = softmax([q * ki for ki in k])
    err = sum(ai * vi for ai, vi in zip(a, v, strict=True)) - y
    gs = [err * a[i] * (1 - a[i]) * v[i] for i in range(3)]
    return {"q": sum(gs[i] * k[i] for i in range(3)), "k": [q * g for g in gs], "v": [err * ai for ai in a]}


@attention.wrong(q="MISSING_PATH", k="MISSING_PATH")
def normaliser_taken_as_constant(q, k, v, y):
    a = softmax([q * ki for ki in k])
    err = sum(ai * vi for ai, vi in zip(a, v, strict=True)) - y
    gs = [err * a[i] * v[i] for i in range(3)]
    return {"q": sum(gs[i] * k[i] for i in range(3)), "k": [q * g for g in gs], "v": [err * ai for ai in a]}
