"""Networks with several outputs, and with a loss of logarithms."""

import math

import numpy as np

from microgradnn import relu, sigmoid, tanh
from tests.corpus.case import problem


def logistic(z):
    return 1 / (1 + math.exp(-z))


# ---- a tanh layer under two linear outputs -----------------------------------------------------------------


def two_outputs_loss(A, B, x, t):
    h = [tanh(A[k][0] * x[0] + A[k][1] * x[1]) for k in range(3)]
    out = [sum((B[i][k] * h[k] for k in range(3)), 0.0) for i in range(2)]
    return (out[0] - t[0]) ** 2 / 2 + (out[1] - t[1]) ** 2 / 2


outputs = problem(
    "two outputs", two_outputs_loss, weights=("A", "B"),
    A=[[0.5, -0.3], [0.2, 0.8], [-0.9, 0.4]], B=[[0.6, -0.4, 0.3], [-0.2, 0.7, 0.5]], x=[0.7, -1.6], t=[0.5, -0.25],
)  # fmt: skip


@outputs.derivation
def two_outputs_backprop(A, B, x, t):
    h = [math.tanh(A[k][0] * x[0] + A[k][1] * x[1]) for k in range(3)]
    err = [sum(B[i][k] * h[k] for k in range(3)) - t[i] for i in range(2)]
    gA = [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]
    for k in range(3):
        back = B[0][k] * err[0] + B[1][k] * err[1]
        delta = back * (1 - h[k] ** 2)
        gA[k][0] = delta * x[0]
        gA[k][1] = delta * x[1]
    return {"A": gA, "B": [[err[i] * h[k] for k in range(3)] for i in range(2)]}


@outputs.right()
def matrices_and_cosh(A, B, x, t):
    A, B, x = np.asarray(A), np.asarray(B), np.asarray(x)
    z = A @ x
    err = B @ np.tanh(z) - np.asarray(t)
    delta = (B.T @ err) / np.cosh(z) ** 2
    return {"A": (delta[:, None] * x).tolist(), "B": [[float(e) * math.tanh(u) for u in z] for e in err]}


@outputs.wrong(A="MISSING_PATH")
def error_of_the_last_output_only(A, B, x, t):
    h = [math.tanh(A[k][0] * x[0] + A[k][1] * x[1]) for k in range(3)]
    err = [sum(B[i][k] * h[k] for k in range(3)) - t[i] for i in range(2)]
    back = [0.0, 0.0, 0.0]
    for i in range(2):
        for k in range(3):
            back[k] = B[i][k] * err[i]
    delta = [back[k] * (1 - h[k] ** 2) for k in range(3)]
    return {"A": [[d * x[0], d * x[1]] for d in delta], "B": [[e * hk for hk in h] for e in err]}


@outputs.wrong(B="WRONG_UPSTREAM|SWAPPED")
def errors_of_the_outputs_crossed(A, B, x, t):
    h = [math.tanh(A[k][0] * x[0] + A[k][1] * x[1]) for k in range(3)]
    err = [sum(B[i][k] * h[k] for k in range(3)) - t[i] for i in range(2)]
    delta = [(B[0][k] * err[0] + B[1][k] * err[1]) * (1 - h[k] ** 2) for k in range(3)]
    return {"A": [[d * x[0], d * x[1]] for d in delta], "B": [[e * hk for hk in h] for e in reversed(err)]}


@outputs.wrong("MEAN_VS_SUM|FACTOR")
def averaged_over_outputs(A, B, x, t):
    h = [math.tanh(A[k][0] * x[0] + A[k][1] * x[1]) for k in range(3)]
    err = [(sum(B[i][k] * h[k] for k in range(3)) - t[i]) / 2 for i in range(2)]
    delta = [(B[0][k] * err[0] + B[1][k] * err[1]) * (1 - h[k] ** 2) for k in range(3)]
    return {"A": [[d * x[0], d * x[1]] for d in delta], "B": [[e * hk for hk in h] for e in err]}


@outputs.step(A="STALE_VALUES")
def outputs_moved_first(params, lr, x, t):
    A, B = params["A"], params["B"]
    h = [math.tanh(A[k][0] * x[0] + A[k][1] * x[1]) for k in range(3)]
    err = [sum(B[i][k] * h[k] for k in range(3)) - t[i] for i in range(2)]
    B = [[B[i][k] - lr * err[i] * h[k] for k in range(3)] for i in range(2)]
    delta = [(B[0][k] * err[0] + B[1][k] * err[1]) * (1 - h[k] ** 2) for k in range(3)]
    return {"A": [[A[k][j] - lr * delta[k] * x[j] for j in range(2)] for k in range(3)], "B": B}


# ---- relu below, a log loss above --------------------------------------------------------------------------


def relu_network_loss(u, v, x, y):
    h = relu(u[0] * x[0] + u[1] * x[1])
    p = sigmoid(v * h + 0.1)
    return -(y * p.log() + (1 - y) * (1 - p).log())


rectified = problem(
    "relu under cross-entropy", relu_network_loss, weights=("u", "v"), u=[0.8, 0.5], v=-1.2, x=[1.1, 0.6], y=1.0
)


@rectified.derivation
def logits_minus_target(u, v, x, y):
    h = max(0.0, u[0] * x[0] + u[1] * x[1])
    p = logistic(v * h + 0.1)
    g = p - y
    on = 1.0 if h > 0 else 0.0
    return {"u": [g * v * on * x[0], g * v * on * x[1]], "v": g * h}


@rectified.right()
def through_the_logarithms(u, v, x, y):
    s = u[0] * x[0] + u[1] * x[1]
    h = s if s > 0 else 0.0
    p = logistic(v * h + 0.1)
    dp = -y / p + (1 - y) / (1 - p)
    g = dp * p * (1 - p)
    return {"v": g * h, "u": [g * v * (h > 0) * xi for xi in x]}


@rectified.wrong("MISSING_LOCAL_DERIVATIVE")
def slope_put_in_twice(u, v, x, y):
    h = max(0.0, u[0] * x[0] + u[1] * x[1])
    p = logistic(v * h + 0.1)
    g = (p - y) * p * (1 - p)
    return {"u": [g * v * (h > 0) * x[0], g * v * (h > 0) * x[1]], "v": g * h}


@rectified.wrong(u="MISSING_LOCAL_DERIVATIVE")
def relu_always_open(u, v, x, y):
    h = max(0.0, u[0] * x[0] + u[1] * x[1])
    g = logistic(v * h + 0.1) - y
    return {"u": [g * v * x[0], g * v * x[1]], "v": g * h}


@rectified.wrong("OUTPUT_NOT_LOSS")
def slope_of_the_probability(u, v, x, y):
    h = max(0.0, u[0] * x[0] + u[1] * x[1])
    p = logistic(v * h + 0.1)
    g = p * (1 - p)
    return {"u": [g * v * (h > 0) * x[0], g * v * (h > 0) * x[1]], "v": g * h}
