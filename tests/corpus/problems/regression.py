"""Logistic regression, a mean over samples."""

import math

from microgradnn import sigmoid
from tests.corpus.case import problem


def logistic(z):
    return 1 / (1 + math.exp(-z))


# ---- logistic regression -----------------------------------------------------------------------------------


def logistic_loss(w, b, X, y):
    n = len(X)
    cost = 0
    for row, yi in zip(X, y, strict=True):
        p = sigmoid(w[0] * row[0] + w[1] * row[1] + b)
        cost = cost - (yi * p.log() + (1 - yi) * (1 - p).log())
    return cost / n


regression = problem(
    "logistic regression", logistic_loss,
    w=[0.5, -0.3], b=0.2, X=[[1.2, 0.7], [-0.8, 1.5], [0.4, -2.0]], y=[1.0, 0.0, 1.0],
)  # fmt: skip


@regression.derivation
def regression_plain(w, b, X, y):
    n = len(X)
    gw, gb = [0.0, 0.0], 0.0
    for i in range(n):
        p = logistic(w[0] * X[i][0] + w[1] * X[i][1] + b)
        err = p - y[i]
        gw[0] += err * X[i][0] / n
        gw[1] += err * X[i][1] / n
        gb += err / n
    return {"w": gw, "b": gb}


@regression.right()
def through_both_logarithms(w, b, X, y):
    gw, gb = [0.0, 0.0], 0.0
    for row, t in reversed(list(zip(X, y, strict=True))):
        p = logistic(w[0] * row[0] + w[1] * row[1] + b)
        d = ((1 - t) / (1 - p) - t / p) * (p - p * p)
        gb += d
        for j in (1, 0):
            gw[j] += row[j] * d
    return {"w": [g / len(X) for g in gw], "b": gb / len(X)}


@regression.wrong("MISSING_LOCAL_DERIVATIVE")
def slope_of_the_sigmoid_twice(w, b, X, y):
    n = len(X)
    p = [logistic(w[0] * r[0] + w[1] * r[1] + b) for r in X]
    d = [(pi - t) * pi * (1 - pi) / n for pi, t in zip(p, y, strict=True)]
    return {"w": [sum(di * r[k] for di, r in zip(d, X, strict=True)) for k in range(2)], "b": sum(d)}


@regression.wrong("MEAN_VS_SUM")
def cost_summed(w, b, X, y):
    d = [logistic(w[0] * r[0] + w[1] * r[1] + b) - t for r, t in zip(X, y, strict=True)]
    return {"w": [sum(di * r[k] for di, r in zip(d, X, strict=True)) for k in range(2)], "b": sum(d)}


@regression.wrong("MISSING_PATH")
def the_other_class_forgotten(w, b, X, y):
    n = len(X)
    p = [logistic(w[0] * r[0] + w[1] * r[1] + b) for r in X]
    d = [-t * (1 - pi) / n for pi, t in zip(p, y, strict=True)]
    return {"w": [sum(di * r[k] for di, r in zip(d, X, strict=True)) for k in range(2)], "b": sum(d)}
