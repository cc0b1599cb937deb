"""Means over samples: a line through points, a ridge penalty."""

import math

import numpy as np

from microgradnn.functional import mse
from tests.corpus.case import problem


def logistic(z):
    return 1 / (1 + math.exp(-z))


# ---- a line through points, as nanoneuron has it -----------------------------------------------------------


def line_loss(w, b, xs, ys):
    total = 0.0
    for x, y in zip(xs, ys, strict=True):
        total = total + (y - (w * x + b)) ** 2 / 2
    return total / len(xs)


line = problem(
    "line through points", line_loss, weights=("w", "b"), lr=0.05,
    w=0.9, b=-0.4, xs=[0.5, 1.5, -2.0, 3.0, 0.7], ys=[1.0, 2.5, -1.0, 2.0, 0.3],
)  # fmt: skip


@line.derivation
def line_plain(w, b, xs, ys):
    n = len(xs)
    gw, gb = 0.0, 0.0
    for x, y in zip(xs, ys, strict=True):
        err = w * x + b - y
        gw += err * x / n
        gb += err / n
    return {"w": gw, "b": gb}


@line.right()
def by_sums_of_products(w, b, xs, ys):
    n = len(xs)
    sx, sy = sum(xs), sum(ys)
    sxx = sum(x * x for x in xs)
    sxy = sum(x * y for x, y in zip(xs, ys, strict=True))
    return {"w": (w * sxx + b * sx - sxy) / n, "b": w * (sx / n) + b - sy / n}


@line.right(xs=[1e5, 2e5, -3e5], ys=[1e-3, 0.0, 4e4])
def averaged_backwards(w, b, xs, ys):
    x, y = np.array(xs), np.array(ys)
    e = (w * x + b - y)[::-1]
    return {"w": float(np.mean(e * x[::-1])), "b": float(e.mean())}


@line.wrong("SIGN")
def minus_from_the_error(w, b, xs, ys):
    err = [y - (w * x + b) for x, y in zip(xs, ys, strict=True)]
    return {"w": sum(e * x for e, x in zip(err, xs, strict=True)) / len(xs), "b": sum(err) / len(xs)}


@line.wrong("MEAN_VS_SUM")
def summed_not_averaged(w, b, xs, ys):
    err = [w * x + b - y for x, y in zip(xs, ys, strict=True)]
    return {"w": sum(e * x for e, x in zip(err, xs, strict=True)), "b": sum(err)}


@line.wrong(b="MEAN_VS_SUM")
def bias_summed(w, b, xs, ys):
    err = [w * x + b - y for x, y in zip(xs, ys, strict=True)]
    return {"w": sum(e * x for e, x in zip(err, xs, strict=True)) / len(xs), "b": sum(err)}


@line.wrong("MEAN_VS_SUM+SIGN")
def summed_with_the_wrong_sign(w, b, xs, ys):
    err = [y - w * x - b for x, y in zip(xs, ys, strict=True)]
    return {"w": sum(e * x for e, x in zip(err, xs, strict=True)), "b": sum(err)}


@line.wrong("MISSING_PATH")
def the_last_point_counts(w, b, xs, ys):
    gw = gb = 0.0
    for x, y in zip(xs, ys, strict=True):
        err = w * x + b - y
        gw = err * x / len(xs)
        gb = err / len(xs)
    return {"w": gw, "b": gb}


@line.wrong("MISSING_PATH")
def loop_ends_one_early(w, b, xs, ys):
    gw = gb = 0.0
    for k in range(len(xs) - 1):
        err = w * xs[k] + b - ys[k]
        gw += err * xs[k] / len(xs)
        gb += err / len(xs)
    return {"w": gw, "b": gb}


@line.wrong("FACTOR")
def twice_the_error(w, b, xs, ys):
    err = [w * x + b - y for x, y in zip(xs, ys, strict=True)]
    return {"w": sum(2 * e * x for e, x in zip(err, xs, strict=True)) / len(xs), "b": 2 * sum(err) / len(xs)}


@line.step()
def moves_against_the_mean_error(params, lr, xs, ys):
    w, b = params["w"], params["b"]
    dw = db = 0.0
    for x, y in zip(xs, ys, strict=True):
        dw += (y - (w * x + b)) * x
        db += y - (w * x + b)
    return {"w": w + lr * dw / len(xs), "b": b + lr * db / len(xs)}


@line.step("MEAN_VS_SUM")
def moves_by_the_sum(params, lr, xs, ys):
    w, b = params["w"], params["b"]
    dw = db = 0.0
    for x, y in zip(xs, ys, strict=True):
        dw += (y - (w * x + b)) * x
        db += y - (w * x + b)
    return {"w": w + lr * dw, "b": b + lr * db}


@line.step(b="STALE_VALUES")
def bias_sees_the_new_weight(params, lr, xs, ys):
    w, b = params["w"], params["b"]
    n = len(xs)
    w = w - lr * sum((w * x + b - y) * x for x, y in zip(xs, ys, strict=True)) / n
    b = b - lr * sum(w * x + b - y for x, y in zip(xs, ys, strict=True)) / n
    return {"w": w, "b": b}


# ---- several features, the package's own mse, a ridge penalty ----------------------------------------------


def ridge_loss(w, X, Y, lam):
    guesses = [w[0] * row[0] + w[1] * row[1] for row in X]
    return mse(guesses, Y) + lam * (w[0] ** 2 + w[1] ** 2)


ridge = problem(
    "ridge regression", ridge_loss,
    w=[0.6, -0.9], X=[[1.0, 0.5], [-0.4, 1.7], [2.0, -1.0]], Y=[0.7, -1.1, 2.3], lam=0.05,
)  # fmt: skip


@ridge.derivation
def ridge_plain(w, X, Y, lam):
    n = len(X)
    grad = [2 * lam * w[0], 2 * lam * w[1]]
    for i in range(n):
        err = w[0] * X[i][0] + w[1] * X[i][1] - Y[i]
        grad[0] += 2 * err * X[i][0] / n
        grad[1] += 2 * err * X[i][1] / n
    return {"w": grad}


@ridge.right()
def normal_equations(w, X, Y, lam):
    A, y, v = np.asarray(X), np.asarray(Y), np.asarray(w)
    n = len(Y)
    return {"w": (2 / n * (A.T @ A + n * lam * np.eye(2)) @ v - 2 / n * A.T @ y).tolist(), "lam": float(v @ v)}


@ridge.wrong("MISSING_PATH")
def penalty_forgotten(w, X, Y, lam):
    err = [w[0] * r[0] + w[1] * r[1] - y for r, y in zip(X, Y, strict=True)]
    return {"w": [2 * sum(e * r[k] for e, r in zip(err, X, strict=True)) / len(X) for k in range(2)]}


@ridge.wrong("MEAN_VS_SUM")
def penalty_averaged_data_summed(w, X, Y, lam):
    err = [w[0] * r[0] + w[1] * r[1] - y for r, y in zip(X, Y, strict=True)]
    return {"w": [2 * sum(e * r[k] for e, r in zip(err, X, strict=True)) + 2 * lam * w[k] for k in range(2)]}


@ridge.wrong("FACTOR")
def penalty_without_its_two(w, X, Y, lam):
    err = [w[0] * r[0] + w[1] * r[1] - y for r, y in zip(X, Y, strict=True)]
    return {"w": [2 * sum(e * r[k] for e, r in zip(err, X, strict=True)) / len(X) + lam * w[k] for k in range(2)]}


@ridge.wrong("SIGN")
def penalty_subtracted(w, X, Y, lam):
    err = [w[0] * r[0] + w[1] * r[1] - y for r, y in zip(X, Y, strict=True)]
    return {"w": [2 * sum(e * r[k] for e, r in zip(err, X, strict=True)) / len(X) - 2 * lam * w[k] for k in range(2)]}


@ridge.wrong("MISSING_PATH+FACTOR")
def no_penalty_and_no_two(w, X, Y, lam):
    err = [w[0] * r[0] + w[1] * r[1] - y for r, y in zip(X, Y, strict=True)]
    return {"w": [sum(e * r[k] for e, r in zip(err, X, strict=True)) / len(X) for k in range(2)]}
