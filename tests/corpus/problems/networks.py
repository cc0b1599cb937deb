"""Networks of two layers, with mistakes as the articles and courses have them."""

import math

import numpy as np

from microgradnn import relu, sigmoid, tanh
from tests.corpus.case import problem


def logistic(z):
    return 1 / (1 + math.exp(-z))


# ---- two sigmoid layers, one output ------------------------------------------------------------------------


def two_layer_loss(W, b, v, c, x, y):
    h = [sigmoid(row[0] * x[0] + row[1] * x[1] + bias) for row, bias in zip(W, b, strict=True)]
    out = sigmoid(v[0] * h[0] + v[1] * h[1] + c)
    return (out - y) ** 2 / 2


net = problem(
    "two layers", two_layer_loss, weights=("W", "b", "v", "c"), lr=0.5,
    W=[[0.4, -0.6], [0.9, 0.3]], b=[0.1, -0.2], v=[0.7, -1.1], c=0.2, x=[1.4, -0.5], y=1.0,
)  # fmt: skip


@net.derivation
def backprop(W, b, v, c, x, y):
    h = [logistic(W[k][0] * x[0] + W[k][1] * x[1] + b[k]) for k in range(2)]
    out = logistic(v[0] * h[0] + v[1] * h[1] + c)
    err = out - y
    delta = err * out * (1 - out)
    below = [delta * v[k] * h[k] * (1 - h[k]) for k in range(2)]
    return {
        "W": [[below[0] * x[0], below[0] * x[1]], [below[1] * x[0], below[1] * x[1]]],
        "b": [below[0], below[1]],
        "v": [delta * h[0], delta * h[1]],
        "c": delta,
    }


@net.right()
def matrices(W, b, v, c, x, y):
    W, b, v, x = map(np.asarray, (W, b, v, x))
    h = 1 / (1 + np.exp(-(W @ x + b)))
    o = 1 / (1 + np.exp(-(v @ h + c)))
    d = (o - y) * o * (1 - o)
    e = d * v * h * (1 - h)
    return {"W": np.outer(e, x).tolist(), "b": e.tolist(), "v": (d * h).tolist(), "c": float(d)}


@net.right()
def backwards_in_loops(W, b, v, c, x, y):
    z = [b[k] + sum(W[k][j] * x[j] for j in (1, 0)) for k in range(2)]
    h = [0.5 * (1 + math.tanh(zk / 2)) for zk in z]
    o = logistic(c + h[1] * v[1] + h[0] * v[0])
    gW, gb, gv = [[0.0, 0.0], [0.0, 0.0]], [0.0, 0.0], [0.0, 0.0]
    d = o * (o - y) - o * o * (o - y)
    for k in (1, 0):
        gv[k] += h[k] * d
        gb[k] += v[k] * d / (4 * math.cosh(z[k] / 2) ** 2)
        for j in (1, 0):
            gW[k][j] += x[j] * gb[k]
    return {"W": gW, "b": gb, "v": gv, "c": d}


def _two(W, b, v, c, x, y):
    h = [logistic(W[k][0] * x[0] + W[k][1] * x[1] + b[k]) for k in range(2)]
    return h, logistic(v[0] * h[0] + v[1] * h[1] + c)


@net.wrong(W="WRONG_UPSTREAM|MISSING_LOCAL_DERIVATIVE", b="WRONG_UPSTREAM|MISSING_LOCAL_DERIVATIVE")
def bare_error_passed_down(W, b, v, c, x, y):
    h, out = _two(W, b, v, c, x, y)
    delta = (out - y) * out * (1 - out)
    below = [(out - y) * v[k] * h[k] * (1 - h[k]) for k in range(2)]
    return {
        "W": [[below[k] * x[0], below[k] * x[1]] for k in range(2)],
        "b": below, "v": [delta * h[0], delta * h[1]], "c": delta,
    }  # fmt: skip


@net.wrong(b="MISSING_LOCAL_DERIVATIVE", c="MISSING_LOCAL_DERIVATIVE")
def no_slopes_for_the_biases(W, b, v, c, x, y):
    h, out = _two(W, b, v, c, x, y)
    err = out - y
    delta = err * out * (1 - out)
    below = [delta * v[k] * h[k] * (1 - h[k]) for k in range(2)]
    return {
        "W": [[below[k] * x[0], below[k] * x[1]] for k in range(2)],
        "b": [delta * v[0], delta * v[1]], "v": [delta * h[0], delta * h[1]], "c": err,
    }  # fmt: skip


@net.wrong("WRONG_POINT")
def both_slopes_of_activated_values(W, b, v, c, x, y):
    def slope(a):
        return logistic(a) * (1 - logistic(a))

    h, out = _two(W, b, v, c, x, y)
    delta = (out - y) * slope(out)
    below = [delta * v[k] * slope(h[k]) for k in range(2)]
    return {
        "W": [[below[k] * x[0], below[k] * x[1]] for k in range(2)],
        "b": below, "v": [delta * h[0], delta * h[1]], "c": delta,
    }  # fmt: skip


@net.wrong(W="SWAPPED")
def first_layer_transposed(W, b, v, c, x, y):
    h, out = _two(W, b, v, c, x, y)
    delta = (out - y) * out * (1 - out)
    below = [delta * v[k] * h[k] * (1 - h[k]) for k in range(2)]
    return {
        "W": [[below[0] * x[0], below[1] * x[0]], [below[0] * x[1], below[1] * x[1]]],
        "b": below, "v": [delta * h[0], delta * h[1]], "c": delta,
    }  # fmt: skip


@net.wrong(W="STALE_VALUES", b="STALE_VALUES")
def values_read_after_the_update(W, b, v, c, x, y):
    h, out = _two(W, b, v, c, x, y)
    delta = (out - y) * out * (1 - out)
    moved = [v[k] - 0.5 * delta * h[k] for k in range(2)]
    below = [delta * moved[k] * h[k] * (1 - h[k]) for k in range(2)]
    return {
        "W": [[below[k] * x[0], below[k] * x[1]] for k in range(2)],
        "b": below, "v": [delta * h[0], delta * h[1]], "c": delta,
    }  # fmt: skip


@net.wrong(W="MISSING_LOCAL_DERIVATIVE", b="MISSING_LOCAL_DERIVATIVE+SIGN", v="SIGN")
def one_slope_and_two_signs(W, b, v, c, x, y):
    h, out = _two(W, b, v, c, x, y)
    delta = (out - y) * out * (1 - out)
    below = [delta * v[k] for k in range(2)]
    return {
        "W": [[below[k] * x[0], below[k] * x[1]] for k in range(2)],
        "b": [-below[0], -below[1]], "v": [-delta * h[0], -delta * h[1]], "c": delta,
    }  # fmt: skip


@net.step()
def weights_moved_at_the_end(params, lr, x, y):
    g = backprop(x=x, y=y, **params)
    return {
        "W": [[w - lr * d for w, d in zip(r, s, strict=True)] for r, s in zip(params["W"], g["W"], strict=True)],
        "b": [w - lr * d for w, d in zip(params["b"], g["b"], strict=True)],
        "v": [w - lr * d for w, d in zip(params["v"], g["v"], strict=True)],
        "c": params["c"] - lr * g["c"],
    }


@net.step(W="STALE_VALUES", b="STALE_VALUES")
def output_moved_before_the_error_goes_down(params, lr, x, y):
    W, b, v, c = params["W"], params["b"], params["v"], params["c"]
    h, out = _two(W, b, v, c, x, y)
    delta = (y - out) * out * (1 - out)
    v = [v[k] + lr * delta * h[k] for k in range(2)]
    c = c + lr * delta
    below = [v[k] * delta * h[k] * (1 - h[k]) for k in range(2)]
    W = [[W[k][j] + lr * below[k] * x[j] for j in range(2)] for k in range(2)]
    b = [b[k] + lr * below[k] for k in range(2)]
    return {"W": W, "b": b, "v": v, "c": c}


@net.step(W="STALE_VALUES", b="STALE_VALUES+MISSING_LOCAL_DERIVATIVE", c="MISSING_LOCAL_DERIVATIVE")
def stale_and_bare_biases(params, lr, x, y):
    W, b, v, c = params["W"], params["b"], params["v"], params["c"]
    h, out = _two(W, b, v, c, x, y)
    delta = (y - out) * out * (1 - out)
    v = [v[k] + lr * delta * h[k] for k in range(2)]
    c = c + lr * (y - out)
    below = [v[k] * delta * h[k] * (1 - h[k]) for k in range(2)]
    W = [[W[k][j] + lr * below[k] * x[j] for j in range(2)] for k in range(2)]
    b = [b[k] + lr * v[k] * delta for k in range(2)]
    return {"W": W, "b": b, "v": v, "c": c}


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
