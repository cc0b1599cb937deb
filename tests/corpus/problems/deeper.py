"""Three layers in a chain."""

import math

from microgradnn import sigmoid
from tests.corpus.case import problem


def logistic(z):
    return 1 / (1 + math.exp(-z))


def chain_loss(w1, w2, w3, x, y):
    h1 = sigmoid(w1 * x)
    h2 = sigmoid(w2 * h1)
    h3 = sigmoid(w3 * h2)
    return (h3 - y) ** 2 / 2


chain = problem(
    "three layers in a chain", chain_loss, weights=("w1", "w2", "w3"), lr=1.0, w1=0.8, w2=-1.3, w3=1.7, x=1.2, y=0.4
)


@chain.derivation
def chain_backprop(w1, w2, w3, x, y):
    h1 = logistic(w1 * x)
    h2 = logistic(w2 * h1)
    h3 = logistic(w3 * h2)
    d3 = (h3 - y) * h3 * (1 - h3)
    d2 = d3 * w3 * h2 * (1 - h2)
    d1 = d2 * w2 * h1 * (1 - h1)
    return {"w1": d1 * x, "w2": d2 * h1, "w3": d3 * h2}


@chain.right()
def one_long_product_each(w1, w2, w3, x, y):
    a = logistic(w1 * x)
    b = logistic(w2 * a)
    c = logistic(w3 * b)
    last = (c - y) * (c - c * c)
    return {
        "w3": last * b,
        "w2": last * w3 * a * (b - b * b),
        "w1": last * w3 * w2 * x * (b - b * b) * logistic(w1 * x) * logistic(-w1 * x),
    }


@chain.right(w1=-3.0, w2=9.0, w3=-6.0, x=2.5)
def slopes_as_quotients(w1, w2, w3, x, y):
    e1 = math.exp(-w1 * x)
    a = 1 / (1 + e1)
    e2 = math.exp(-w2 * a)
    b = 1 / (1 + e2)
    e3 = math.exp(-w3 * b)
    c = 1 / (1 + e3)
    g3 = (c - y) * e3 / (1 + e3) ** 2
    g2 = g3 * w3 * e2 / (1 + e2) ** 2
    g1 = g2 * w2 * e1 / (1 + e1) ** 2
    return {"w1": g1 * x, "w2": g2 * a, "w3": g3 * b}


def _forward(w1, w2, w3, x):
    h1 = logistic(w1 * x)
    h2 = logistic(w2 * h1)
    return h1, h2, logistic(w3 * h2)


@chain.wrong(w1="WRONG_UPSTREAM")
def first_layer_takes_the_last_delta(w1, w2, w3, x, y):
    h1, h2, h3 = _forward(w1, w2, w3, x)
    d3 = (h3 - y) * h3 * (1 - h3)
    d2 = d3 * w3 * h2 * (1 - h2)
    d1 = d3 * w2 * h1 * (1 - h1)
    return {"w1": d1 * x, "w2": d2 * h1, "w3": d3 * h2}


@chain.wrong(w1="WRONG_UPSTREAM|MISSING_LOCAL_DERIVATIVE", w2="WRONG_UPSTREAM|MISSING_LOCAL_DERIVATIVE")
def deltas_passed_without_weights(w1, w2, w3, x, y):
    h1, h2, h3 = _forward(w1, w2, w3, x)
    d3 = (h3 - y) * h3 * (1 - h3)
    d2 = d3 * h2 * (1 - h2)
    d1 = d2 * h1 * (1 - h1)
    return {"w1": d1 * x, "w2": d2 * h1, "w3": d3 * h2}


@chain.wrong(w1="MISSING_LOCAL_DERIVATIVE", w2="MISSING_LOCAL_DERIVATIVE")
def middle_slope_left_out(w1, w2, w3, x, y):
    h1, h2, h3 = _forward(w1, w2, w3, x)
    d3 = (h3 - y) * h3 * (1 - h3)
    d2 = d3 * w3
    d1 = d2 * w2 * h1 * (1 - h1)
    return {"w1": d1 * x, "w2": d2 * h1, "w3": d3 * h2}


@chain.wrong(w1="WRONG_POINT", w2="WRONG_POINT")
def slope_of_the_middle_taken_at_the_first(w1, w2, w3, x, y):
    h1, h2, h3 = _forward(w1, w2, w3, x)
    d3 = (h3 - y) * h3 * (1 - h3)
    d2 = d3 * w3 * h1 * (1 - h1)
    d1 = d2 * w2 * h1 * (1 - h1)
    return {"w1": d1 * x, "w2": d2 * h1, "w3": d3 * h2}


@chain.wrong(w2="SWAPPED", w3="SWAPPED", w1="SWAPPED")
def weights_multiplied_by_themselves(w1, w2, w3, x, y):
    h1, h2, h3 = _forward(w1, w2, w3, x)
    d3 = (h3 - y) * h3 * (1 - h3)
    d2 = d3 * w3 * h2 * (1 - h2)
    d1 = d2 * w2 * h1 * (1 - h1)
    return {"w1": d1 * w1, "w2": d2 * w2, "w3": d3 * w3}


@chain.wrong(w1="WRONG_POINT+MISSING_LOCAL_DERIVATIVE", w2="MISSING_LOCAL_DERIVATIVE")
def one_slope_missing_one_misplaced(w1, w2, w3, x, y):
    h1, h2, h3 = _forward(w1, w2, w3, x)
    d3 = (h3 - y) * h3 * (1 - h3)
    d2 = d3 * w3
    d1 = d2 * w2 * logistic(h1) * (1 - logistic(h1))
    return {"w1": d1 * x, "w2": d2 * h1, "w3": d3 * h2}


@chain.wrong(w1="STALE_VALUES", w2="STALE_VALUES")
def later_weights_already_moved(w1, w2, w3, x, y):
    h1, h2, h3 = _forward(w1, w2, w3, x)
    d3 = (h3 - y) * h3 * (1 - h3)
    g3 = d3 * h2
    w3 = w3 - 0.3 * g3
    d2 = d3 * w3 * h2 * (1 - h2)
    g2 = d2 * h1
    d1 = d2 * w2 * h1 * (1 - h1)
    return {"w1": d1 * x, "w2": g2, "w3": g3}


@chain.wrong(w1="UNKNOWN")
def first_weight_made_up(w1, w2, w3, x, y):
    h1, h2, h3 = _forward(w1, w2, w3, x)
    d3 = (h3 - y) * h3 * (1 - h3)
    d2 = d3 * w3 * h2 * (1 - h2)
    return {"w1": d2 * w2 * math.exp(-abs(h1 - 0.3)) * x, "w2": d2 * h1, "w3": d3 * h2}


@chain.step(w1="STALE_VALUES", w2="STALE_VALUES")
def every_layer_moved_before_the_next(params, lr, x, y):
    w1, w2, w3 = params["w1"], params["w2"], params["w3"]
    h1, h2, h3 = _forward(w1, w2, w3, x)
    d3 = (h3 - y) * h3 * (1 - h3)
    w3 = w3 - lr * d3 * h2
    d2 = d3 * w3 * h2 * (1 - h2)
    w2 = w2 - lr * d2 * h1
    d1 = d2 * w2 * h1 * (1 - h1)
    w1 = w1 - lr * d1 * x
    return {"w1": w1, "w2": w2, "w3": w3}


@chain.step()
def climbing_by_minus_the_error(params, lr, x, y):
    w1, w2, w3 = params["w1"], params["w2"], params["w3"]
    h1, h2, h3 = _forward(w1, w2, w3, x)
    d3 = (y - h3) * h3 * (1 - h3)
    d2 = d3 * w3 * h2 * (1 - h2)
    d1 = d2 * w2 * h1 * (1 - h1)
    return {"w1": w1 + lr * d1 * x, "w2": w2 + lr * d2 * h1, "w3": w3 + lr * d3 * h2}
