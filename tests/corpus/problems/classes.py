"""Softmax and cross-entropy, written out and through logsumexp."""

import math

import numpy as np

from microgradnn import exp, log, logsumexp
from tests.corpus.case import problem


def softmax(z):
    top = max(z)
    e = [math.exp(zi - top) for zi in z]
    return [ei / sum(e) for ei in e]


# ---- written out with exp and a sum ------------------------------------------------------------------------


def written_out_loss(z, t):
    e = [exp(zi) for zi in z]
    total = e[0] + e[1] + e[2]
    p = [ei / total for ei in e]
    return -(t[0] * log(p[0]) + t[1] * log(p[1]) + t[2] * log(p[2]))


cross = problem("softmax cross-entropy", written_out_loss, z=[0.6, -0.4, 1.1], t=[0.0, 1.0, 0.0])


@cross.derivation
def probabilities_minus_targets(z, t):
    e = [math.exp(zi) for zi in z]
    total = e[0] + e[1] + e[2]
    all_t = t[0] + t[1] + t[2]
    return {"z": [all_t * e[0] / total - t[0], all_t * e[1] / total - t[1], all_t * e[2] / total - t[2]]}


@cross.right()
def whole_jacobian(z, t):
    p = softmax(z)
    grad = [0.0, 0.0, 0.0]
    for i in range(3):
        for j in range(3):
            grad[j] += -t[i] / p[i] * p[i] * ((i == j) - p[j])
    return {"z": grad}


@cross.right()
def sigmoid_of_a_difference(z, t):
    def share(i):
        return 1 / sum(math.exp(zj - z[i]) for zj in z)

    return {"z": [sum(t) * share(k) - t[k] for k in range(3)]}


@cross.right(z=[30.0, -25.0, 4.0])
def with_numpy_and_a_shift(z, t):
    e = np.exp(np.asarray(z) - np.max(z))
    return {"z": (e / e.sum() * np.sum(t) - t).tolist()}


@cross.right()
def for_targets_that_are_one_hot(z, t):
    e = np.exp(z)
    return {"z": (e / e.sum() - np.asarray(t)).tolist()}


@cross.wrong("SOFTMAX_DIAGONAL")
def only_the_diagonal(z, t):
    p = softmax(z)
    return {"z": [-t[i] / p[i] * p[i] * (1 - p[i]) for i in range(3)]}


@cross.wrong("SIGN")
def targets_minus_probabilities(z, t):
    p = softmax(z)
    return {"z": [t[k] - sum(t) * p[k] for k in range(3)]}


@cross.wrong("SWAPPED")
def off_by_one_class(z, t):
    p = softmax(z)
    g = [sum(t) * p[k] - t[k] for k in range(3)]
    return {"z": [g[1], g[2], g[0]]}


@cross.wrong("SOFTMAX_DIAGONAL+SIGN")
def diagonal_with_a_wrong_sign(z, t):
    p = softmax(z)
    return {"z": [t[i] * (1 - p[i]) for i in range(3)]}


# ---- logits of a linear layer, through logsumexp -----------------------------------------------------------


def linear_classifier_loss(W, b, x, t):
    z = [W[k][0] * x[0] + W[k][1] * x[1] + b[k] for k in range(3)]
    return logsumexp(z) - (t[0] * z[0] + t[1] * z[1] + t[2] * z[2])


classifier = problem(
    "linear classifier", linear_classifier_loss, weights=("W", "b"),
    W=[[0.2, -0.5], [0.7, 0.4], [-0.3, 0.9]], b=[0.1, 0.0, -0.2], x=[1.3, -0.8], t=[0.0, 0.0, 1.0],
)  # fmt: skip


@classifier.derivation
def classifier_plain(W, b, x, t):
    e = [math.exp(W[k][0] * x[0] + W[k][1] * x[1] + b[k]) for k in range(3)]
    n = e[0] + e[1] + e[2]
    g = [e[k] / n - t[k] for k in range(3)]
    return {"W": [[g[k] * x[0], g[k] * x[1]] for k in range(3)], "b": g}


@classifier.right()
def outer_product(W, b, x, t):
    z = np.asarray(W) @ np.asarray(x) + np.asarray(b)
    p = np.exp(z - np.logaddexp.reduce(z))
    return {"W": np.outer(p - np.asarray(t), x).tolist(), "b": (p - np.asarray(t)).tolist()}


@classifier.right()
def class_by_class(W, b, x, t):
    z = [b[k] + W[k][1] * x[1] + W[k][0] * x[0] for k in range(3)]
    gb = [-tk for tk in t]
    for k in (2, 1, 0):
        gb[k] += 1 / (1 + sum(math.exp(z[j] - z[k]) for j in range(3) if j != k))
    return {"b": gb, "W": [[xi * g for xi in x] for g in gb]}


@classifier.wrong(W="SWAPPED")
def rows_for_columns(W, b, x, t):
    p = softmax([W[k][0] * x[0] + W[k][1] * x[1] + b[k] for k in range(3)])
    g = [p[k] - t[k] for k in range(3)]
    flat = [gk * xj for xj in x for gk in g]
    return {"W": [flat[0:2], flat[2:4], flat[4:6]], "b": g}


@classifier.wrong("MISSING_PATH")
def targets_forgotten(W, b, x, t):
    p = softmax([W[k][0] * x[0] + W[k][1] * x[1] + b[k] for k in range(3)])
    return {"W": [[pk * x[0], pk * x[1]] for pk in p], "b": p}


@classifier.wrong("SOFTMAX_DIAGONAL|MISSING_LOCAL_DERIVATIVE|UNKNOWN")
def slope_of_a_sigmoid_besides(W, b, x, t):
    p = softmax([W[k][0] * x[0] + W[k][1] * x[1] + b[k] for k in range(3)])
    g = [(p[k] - t[k]) * p[k] * (1 - p[k]) for k in range(3)]
    return {"W": [[gk * x[0], gk * x[1]] for gk in g], "b": g}


@classifier.wrong(W="SWAPPED", b="SIGN")
def transposed_features_and_a_sign(W, b, x, t):
    p = softmax([W[k][0] * x[0] + W[k][1] * x[1] + b[k] for k in range(3)])
    g = [p[k] - t[k] for k in range(3)]
    return {"W": [[gk * x[1], gk * x[0]] for gk in g], "b": [-gk for gk in g]}
