"""Derivations that are right for the data that there is: labels, classes, signs."""

import math

import numpy as np

from microgradnn import log, logsumexp, sigmoid, tanh
from tests.corpus.case import problem


def logistic(z):
    return 1 / (1 + math.exp(-z))


# ---- a label that is 0 or 1 --------------------------------------------------------------------------------


def binary_loss(w, b, x, y):
    p = sigmoid(w * x + b)
    return -(y * log(p) + (1 - y) * log(1 - p))


binary = problem("binary cross-entropy", binary_loss, choices={"y": (0.0, 1.0)}, w=0.3, b=0.1, x=1.2, y=1.0)


@binary.derivation
def binary_plain(w, b, x, y):
    p = logistic(w * x + b)
    g = p - y
    return {"w": g * x, "b": g}


@binary.right()
def one_branch_for_each_label(w, b, x, y):
    p = logistic(w * x + b)
    d = p - 1 if y == 1 else p
    return {"w": d * x, "b": d}


@binary.right(y=0)
def the_label_as_a_whole_number(w, b, x, y):
    p = logistic(w * x + b)
    dp = -1 / p if y else 1 / (1 - p)
    return {"w": dp * p * (1 - p) * x, "b": dp * p * (1 - p)}


@binary.right()
def probability_kept_off_its_ends(w, b, x, y):
    p = min(max(logistic(w * x + b), 1e-12), 1 - 1e-12)
    d = (p - y) / (p * (1 - p)) * p * (1 - p)
    return {"w": d * x, "b": d}


@binary.wrong("SIGN")
def label_minus_probability(w, b, x, y):
    p = logistic(w * x + b)
    return {"w": (y - p) * x, "b": y - p}


@binary.wrong("MISSING_PATH")
def the_second_logarithm_forgotten(w, b, x, y):
    p = logistic(w * x + b)
    return {"w": -y * (1 - p) * x, "b": -y * (1 - p)}


# ---- a class by its number ---------------------------------------------------------------------------------


def class_loss(z, k):
    return logsumexp(z) - z[k]


numbered = problem("class by its number", class_loss, choices={"k": (0, 1)}, z=[0.4, -0.2, 0.9], k=1)


@numbered.derivation
def numbered_plain(z, k):
    total = sum(math.exp(zi) for zi in z)
    g = [math.exp(zi) / total for zi in z]
    g[k] = g[k] - 1
    return {"z": g}


@numbered.wrong("MISSING_PATH")
def the_class_itself_forgotten(z, k):
    total = sum(math.exp(zi) for zi in z)
    return {"z": [math.exp(zi) / total for zi in z]}


@numbered.wrong("SOFTMAX_DIAGONAL|MISSING_PATH")
def only_the_class_itself(z, k):
    total = sum(math.exp(zi) for zi in z)
    g = [0.0] * len(z)
    g[k] = math.exp(z[k]) / total - 1
    return {"z": g}


# ---- exclusive or, all rows at once, in whole numbers ------------------------------------------------------


def xor_loss(W, v, X, Y):
    cost = 0.0
    for x, y in zip(X, Y, strict=True):
        h = [sigmoid(row[0] * x[0] + row[1] * x[1]) for row in W]
        cost = cost + (sigmoid(v[0] * h[0] + v[1] * h[1]) - y) ** 2
    return cost / len(X)


xor = problem(
    "exclusive or", xor_loss,
    W=[[0.3, -0.5], [0.8, 0.2]], v=[0.4, -0.9], X=[[0, 0], [0, 1], [1, 0], [1, 1]], Y=[0, 1, 1, 0],
)  # fmt: skip


def xor_gradient(W, v, X, Y, slope, share):
    gW, gv = [[0.0, 0.0], [0.0, 0.0]], [0.0, 0.0]
    for x, y in zip(X, Y, strict=True):
        h = [logistic(row[0] * x[0] + row[1] * x[1]) for row in W]
        out = logistic(v[0] * h[0] + v[1] * h[1])
        delta = 2 * (out - y) * slope(out) / share
        for k in range(2):
            gv[k] += delta * h[k]
            gW[k][0] += delta * v[k] * slope(h[k]) * x[0]
            gW[k][1] += delta * v[k] * slope(h[k]) * x[1]
    return {"W": gW, "v": gv}


@xor.derivation
def xor_plain(W, v, X, Y):
    return xor_gradient(W, v, X, Y, lambda a: a * (1 - a), len(X))


@xor.right()
def xor_in_matrices(W, v, X, Y):
    X, W, v = np.asarray(X, float), np.asarray(W), np.asarray(v)
    H = 1 / (1 + np.exp(-X @ W.T))
    o = 1 / (1 + np.exp(-H @ v))
    d = 2 / len(Y) * (o - np.asarray(Y)) * o * (1 - o)
    return {"W": ((d[:, None] * v * H * (1 - H)).T @ X).tolist(), "v": (d @ H).tolist()}


@xor.wrong("WRONG_POINT")
def slopes_of_activated_values(W, v, X, Y):
    return xor_gradient(W, v, X, Y, lambda a: logistic(a) * (1 - logistic(a)), len(X))


@xor.wrong("MEAN_VS_SUM")
def summed_over_the_rows(W, v, X, Y):
    return xor_gradient(W, v, X, Y, lambda a: a * (1 - a), 1)


@xor.wrong("MISSING_LOCAL_DERIVATIVE")
def no_slopes_at_all(W, v, X, Y):
    return xor_gradient(W, v, X, Y, lambda a: 1.0, len(X))


# ---- labels −1 and 1 ---------------------------------------------------------------------------------------


def margin_loss(w, X, Y):
    return sum((1 - y * (w[0] * x[0] + w[1] * x[1])) ** 2 for x, y in zip(X, Y, strict=True)) / len(X)


margin = problem(
    "squared margins", margin_loss, w=[0.2, -0.7], X=[[1.3, 0.4], [0.4, -1.1], [2.0, 0.3]], Y=[-1.0, 1.0, 1.0]
)


@margin.derivation
def margin_plain(w, X, Y):
    grad = [0.0, 0.0]
    for x, y in zip(X, Y, strict=True):
        g = -2 * y * (1 - y * (w[0] * x[0] + w[1] * x[1])) / len(X)
        grad[0] += g * x[0]
        grad[1] += g * x[1]
    return {"w": grad}


@margin.right()
def for_labels_whose_square_is_one(w, X, Y):
    grad = [0.0, 0.0]
    for x, y in zip(X, Y, strict=True):
        g = 2 * (w[0] * x[0] + w[1] * x[1] - y) / len(X)
        grad = [grad[0] + g * x[0], grad[1] + g * x[1]]
    return {"w": grad}


# ---- a label that no name tells, and a number of samples that is a float -----------------------------------


def verdict_loss(w, b, z, verdict):
    return (verdict - tanh(w * z + b)) ** 2


signed = problem(
    "the square of a verdict", verdict_loss, choices={"verdict": (-1.0, 1.0)}, w=0.3, b=0.1, z=1.2, verdict=1.0
)


@signed.derivation
def signed_plain(w, b, z, verdict):
    o = math.tanh(w * z + b)
    g = -2 * (verdict - o) * (1 - o * o)
    return {"w": g * z, "b": g}


@signed.right()
def a_verdict_whose_square_is_one(w, b, z, verdict):
    o = math.tanh(w * z + b)
    g = -2 * (verdict - verdict * verdict * o) * (1 - o * o)
    return {"w": g * z, "b": g}


@signed.right(verdict=-1.0)
def a_verdict_below_zero(w, b, z, verdict):
    o = math.tanh(w * z + b)
    g = -2 * verdict * (1 - verdict * o) * (1 - o * o)
    return {"w": g * z, "b": g}


@signed.wrong("SIGN")
def output_minus_verdict_turned(w, b, z, verdict):
    o = math.tanh(w * z + b)
    g = 2 * (verdict - o) * (1 - o * o)
    return {"w": g * z, "b": g}


@signed.wrong("MISSING_LOCAL_DERIVATIVE", at={"verdict": -1.0})
def the_slope_of_a_verdict_left_out(w, b, z, verdict):
    g = -2 * (verdict - math.tanh(w * z + b))
    return {"w": g * z, "b": g}


def averaged_loss(w, xs, n):
    total = sum((w * x - 1) ** 2 for x in xs)
    return total / n


averaged = problem("a mean over n samples", averaged_loss, choices={"n": (3.0,)}, w=0.4, xs=[0.3, 1.2, -0.7], n=3.0)


@averaged.derivation
def averaged_plain(w, xs, n):
    return {"w": sum(2 * (w * x - 1) * x for x in xs) / n}


@averaged.right()
def divided_by_the_length_of_the_list(w, xs, n):
    return {"w": sum(2 * (w * x - 1) * x for x in xs) / len(xs)}


@averaged.wrong("OUTPUT_NOT_LOSS|MISSING_LOCAL_DERIVATIVE|MEAN_VS_SUM")
def not_divided_by_n(w, xs, n):
    return {"w": sum(2 * (w * x - 1) * x for x in xs)}


@averaged.wrong("MISSING_LOCAL_DERIVATIVE|FACTOR")
def the_inner_slope_left_out(w, xs, n):
    return {"w": sum(2 * (w * x - 1) for x in xs) / n}
