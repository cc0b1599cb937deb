"""Hinge and Huber losses, a ranking margin."""

import numpy as np

from microgradnn import where
from microgradnn.functional import hinge, huber
from tests.corpus.case import problem


def hinge_loss(w, b, x, y):
    score = w[0] * x[0] + w[1] * x[1] + b
    return hinge(score, y) + 0.05 * (w[0] ** 2 + w[1] ** 2)


svm = problem("support vector machine", hinge_loss, w=[0.4, -0.3], b=0.1, x=[1.3, 0.9], y=1.0)


@svm.derivation
def svm_plain(w, b, x, y):
    score = w[0] * x[0] + w[1] * x[1] + b
    g = -y if 1 - y * score > 0 else 0.0
    return {"w": [g * x[0] + 0.1 * w[0], g * x[1] + 0.1 * w[1]], "b": g}


@svm.right()
def svm_with_numpy(w, b, x, y):
    active = np.heaviside(1 - y * (np.dot(x, w) + b), 0.0)
    return {"w": (w / np.float64(10) - active * y * np.asarray(x)).tolist(), "b": float(-y * active)}


@svm.wrong(w="MISSING_PATH")
def no_penalty(w, b, x, y):
    g = -y if y * (w[0] * x[0] + w[1] * x[1] + b) < 1 else 0.0
    return {"w": [g * x[0], g * x[1]], "b": g}


@svm.wrong(w="FACTOR")
def penalty_halved(w, b, x, y):
    g = -y if y * (w[0] * x[0] + w[1] * x[1] + b) < 1 else 0.0
    return {"w": [g * x[0] + 0.05 * w[0], g * x[1] + 0.05 * w[1]], "b": g}


@svm.wrong("SIGN")
def pushed_the_wrong_way(w, b, x, y):
    g = y if y * (w[0] * x[0] + w[1] * x[1] + b) < 1 else 0.0
    return {"w": [g * x[0] + 0.1 * w[0], g * x[1] + 0.1 * w[1]], "b": g}


def huber_loss(w, b, xs, ys):
    n = len(xs)
    terms = [huber(w * x + b, y) for x, y in zip(xs, ys, strict=True)]
    return sum(terms) / n


robust = problem("Huber regression", huber_loss, w=0.8, b=-0.1, xs=[0.5, 2.0, -1.5, 0.2], ys=[0.6, 4.0, -0.9, 0.0])


@robust.derivation
def robust_plain(w, b, xs, ys):
    n = len(xs)
    gw, gb = 0.0, 0.0
    for x, y in zip(xs, ys, strict=True):
        e = w * x + b - y
        g = max(-1.0, min(1.0, e))
        gw += g * x / n
        gb += g / n
    return {"w": gw, "b": gb}


@robust.right()
def clipped_errors_in_an_array(w, b, xs, ys):
    x = np.asarray(xs)
    g = np.clip(w * x + b - np.asarray(ys), -1, 1)
    return {"w": float(g @ x / len(x)), "b": float(g.mean())}


@robust.wrong("MEAN_VS_SUM")
def errors_summed(w, b, xs, ys):
    g = [max(-1.0, min(1.0, w * x + b - y)) for x, y in zip(xs, ys, strict=True)]
    return {"w": sum(gi * x for gi, x in zip(g, xs, strict=True)), "b": sum(g)}


@robust.wrong("SIGN+MEAN_VS_SUM", b="SIGN")
def sign_and_number_of_samples(w, b, xs, ys):
    g = [max(-1.0, min(1.0, y - w * x - b)) for x, y in zip(xs, ys, strict=True)]
    return {"w": sum(gi * x for gi, x in zip(g, xs, strict=True)), "b": sum(g) / len(g)}


def ranking_loss(w, good, bad):
    margin = 1 - (w[0] * good[0] + w[1] * good[1]) + (w[0] * bad[0] + w[1] * bad[1])
    return where(margin > 0, margin * margin, 0.0)


ranking = problem("squared ranking margin", ranking_loss, w=[0.3, 0.5], good=[1.1, -0.2], bad=[0.4, 0.8])


@ranking.derivation
def ranking_plain(w, good, bad):
    m = 1 - (w[0] * good[0] + w[1] * good[1]) + w[0] * bad[0] + w[1] * bad[1]
    g = 2 * max(m, 0.0)
    return {"w": [g * (bad[0] - good[0]), g * (bad[1] - good[1])], "good": [-g * w[0], -g * w[1]]}


@ranking.wrong(w="MISSING_PATH")
def bad_example_forgotten(w, good, bad):
    m = 1 - (w[0] * good[0] + w[1] * good[1]) + w[0] * bad[0] + w[1] * bad[1]
    g = 2 * max(m, 0.0)
    return {"w": [-g * good[0], -g * good[1]]}


@ranking.wrong("SIGN")
def good_and_bad_confused(w, good, bad):
    m = 1 - (w[0] * good[0] + w[1] * good[1]) + w[0] * bad[0] + w[1] * bad[1]
    g = 2 * max(m, 0.0)
    return {"w": [g * (good[0] - bad[0]), g * (good[1] - bad[1])]}


@ranking.wrong("OUTPUT_NOT_LOSS")
def margin_not_squared(w, good, bad):
    return {"w": [bad[0] - good[0], bad[1] - good[1]]}


@ranking.wrong("FACTOR")
def square_gives_no_two(w, good, bad):
    m = 1 - (w[0] * good[0] + w[1] * good[1]) + w[0] * bad[0] + w[1] * bad[1]
    return {"w": [max(m, 0.0) * (bad[0] - good[0]), max(m, 0.0) * (bad[1] - good[1])]}
