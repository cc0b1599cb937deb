"""A network of two layers, with mistakes as the articles and courses have them."""

import math

import numpy as np

from microgradnn import sigmoid
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
