"""The quadrants article's network, 2-4-3 here, and what its second version gets wrong, one by one and together."""

import math

import numpy as np

from microgradnn import sigmoid
from tests.corpus.case import problem


def logistic(z):
    return 1 / (1 + math.exp(-z))


def quadrants_loss(W, b, V, c, x, t):
    h = [sigmoid(row[0] * x[0] + row[1] * x[1] + bias) for row, bias in zip(W, b, strict=True)]
    out = [sigmoid(sum(v * hk for v, hk in zip(row, h, strict=True)) + bias) for row, bias in zip(V, c, strict=True)]
    return sum((ti - oi) ** 2 for ti, oi in zip(t, out, strict=True)) / 2


network = problem(
    "quadrants network", quadrants_loss, weights=("W", "b", "V", "c"),
    W=[[0.4, -0.6], [-0.3, 0.8], [0.9, 0.2], [-0.7, -0.5]], b=[0.1, -0.2, 0.05, 0.3],
    V=[[0.7, -0.4, 0.2, 0.5], [-0.6, 0.9, 0.3, -0.1], [0.15, -0.8, 0.6, 0.35]], c=[-0.1, 0.25, 0.4],
    x=[0.5, -0.5], t=[0.0, 1.0, 0.0],
)  # fmt: skip


def forward(W, b, V, c, x):
    h = [logistic(row[0] * x[0] + row[1] * x[1] + bias) for row, bias in zip(W, b, strict=True)]
    return h, [logistic(sum(v * hk for v, hk in zip(r, h, strict=True)) + bias) for r, bias in zip(V, c, strict=True)]


@network.derivation
def network_plain(W, b, V, c, x, t):
    h, out = forward(W, b, V, c, x)
    delta = [(out[i] - t[i]) * out[i] * (1 - out[i]) for i in range(3)]
    below = [0.0, 0.0, 0.0, 0.0]
    for k in range(4):
        for i in range(3):
            below[k] += delta[i] * V[i][k]
        below[k] = below[k] * h[k] * (1 - h[k])
    return {
        "W": [[below[k] * x[0], below[k] * x[1]] for k in range(4)],
        "b": below,
        "V": [[delta[i] * h[k] for k in range(4)] for i in range(3)],
        "c": delta,
    }


@network.right()
def network_in_matrices(W, b, V, c, x, t):
    W, b, V, c, x, t = map(np.asarray, (W, b, V, c, x, t))
    h = (1 + np.tanh((W @ x + b) / 2)) / 2
    o = (1 + np.tanh((V @ h + c) / 2)) / 2
    d = (o - t) * (o - o**2)
    e = V.T @ d * (h - h**2)
    return {"W": np.outer(e, x).tolist(), "b": e.tolist(), "V": np.outer(d, h).tolist(), "c": d.tolist()}


@network.wrong("MISSING_LOCAL_DERIVATIVE")
def bare_errors_go_down(W, b, V, c, x, t):
    h, out = forward(W, b, V, c, x)
    e = [out[i] - t[i] for i in range(3)]
    below = [sum(V[i][k] * e[i] for i in range(3)) * h[k] * (1 - h[k]) for k in range(4)]
    return {"W": [[d * x[0], d * x[1]] for d in below], "b": below}


@network.wrong(W="MISSING_LOCAL_DERIVATIVE", b="MISSING_LOCAL_DERIVATIVE+SWAPPED")
def bare_errors_and_biases_backwards(W, b, V, c, x, t):
    h, out = forward(W, b, V, c, x)
    e = [out[i] - t[i] for i in range(3)]
    below = [sum(V[i][k] * e[i] for i in range(3)) * h[k] * (1 - h[k]) for k in range(4)]
    return {"W": [[d * x[0], d * x[1]] for d in below], "b": below[::-1]}


@network.wrong("MISSING_PATH")
def error_of_one_output_goes_down(W, b, V, c, x, t):
    h, out = forward(W, b, V, c, x)
    delta = [(out[i] - t[i]) * out[i] * (1 - out[i]) for i in range(3)]
    below = [delta[2] * V[2][k] * h[k] * (1 - h[k]) for k in range(4)]
    return {"W": [[d * x[0], d * x[1]] for d in below], "b": below, "c": delta}


@network.wrong(V="SWAPPED")
def output_weights_transposed(W, b, V, c, x, t):
    h, out = forward(W, b, V, c, x)
    delta = [(out[i] - t[i]) * out[i] * (1 - out[i]) for i in range(3)]
    flat = [d * hk for hk in h for d in delta]
    return {"V": [flat[0:4], flat[4:8], flat[8:12]], "c": delta}


def moved(rows, deltas, inputs, lr):
    return [[w + lr * d * z for w, z in zip(row, inputs, strict=True)] for row, d in zip(rows, deltas, strict=True)]


def biases(values, deltas, lr):
    return [w + lr * d for w, d in zip(values, deltas, strict=True)]


@network.step()
def all_at_once(params, lr, x, t):
    W, b, V, c = params["W"], params["b"], params["V"], params["c"]
    h, out = forward(W, b, V, c, x)
    delta = [(t[i] - out[i]) * out[i] * (1 - out[i]) for i in range(3)]
    below = [sum(V[i][k] * delta[i] for i in range(3)) * h[k] * (1 - h[k]) for k in range(4)]
    return {
        "W": moved(W, below, x, lr),
        "b": biases(b, below, lr),
        "V": moved(V, delta, h, lr),
        "c": biases(c, delta, lr),
    }


@network.step(
    W="MISSING_LOCAL_DERIVATIVE+STALE_VALUES",
    b="MISSING_LOCAL_DERIVATIVE+STALE_VALUES",
    c="MISSING_LOCAL_DERIVATIVE",
)
def second_version_as_published(params, lr, x, t):
    W, b, V, c = params["W"], params["b"], params["V"], params["c"]
    h, out = forward(W, b, V, c, x)
    e = [t[i] - out[i] for i in range(3)]
    V = moved(V, [e[i] * out[i] * (1 - out[i]) for i in range(3)], h, lr)
    c = biases(c, e, lr)
    back = [sum(V[i][k] * e[i] for i in range(3)) for k in range(4)]
    W = moved(W, [back[k] * h[k] * (1 - h[k]) for k in range(4)], x, lr)
    return {"W": W, "b": biases(b, back, lr), "V": V, "c": c}


@network.step(W="STALE_VALUES", b="STALE_VALUES+WRONG_POINT", c="WRONG_POINT", V="WRONG_POINT")
def stale_and_slopes_of_the_output(params, lr, x, t):
    W, b, V, c = params["W"], params["b"], params["V"], params["c"]
    h, out = forward(W, b, V, c, x)
    good = [(t[i] - out[i]) * out[i] * (1 - out[i]) for i in range(3)]
    bad = [(t[i] - out[i]) * logistic(out[i]) * (1 - logistic(out[i])) for i in range(3)]
    V = moved(V, bad, h, lr)
    c = biases(c, bad, lr)
    back = [sum(V[i][k] * good[i] for i in range(3)) for k in range(4)]
    W = moved(W, [back[k] * h[k] * (1 - h[k]) for k in range(4)], x, lr)
    b = biases(b, [back[k] * logistic(h[k]) * (1 - logistic(h[k])) for k in range(4)], lr)
    return {"W": W, "b": b, "V": V, "c": c}
