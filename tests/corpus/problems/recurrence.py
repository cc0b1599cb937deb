"""One weight at every step of a sequence."""

import math

from microgradnn import sigmoid, tanh
from tests.corpus.case import problem


def sequence_loss(w, u, b, xs, y):
    h = 0.0
    for x in xs:
        h = tanh(w * h + u * x + b)
    return (h - y) ** 2 / 2


sequence = problem("recurrence of three steps", sequence_loss, w=0.8, u=-0.5, b=0.2, xs=[1.0, -0.7, 1.6], y=0.3)


@sequence.derivation
def backwards_through_time(w, u, b, xs, y):
    hs = [0.0]
    for x in xs:
        hs.append(math.tanh(w * hs[-1] + u * x + b))
    gw, gu, gb = 0.0, 0.0, 0.0
    g = hs[-1] - y
    for k in range(len(xs) - 1, -1, -1):
        h = hs[k + 1]
        dz = g * (1 - h**2)
        gw += dz * hs[k]
        gu += dz * xs[k]
        gb += dz
        g = dz * w
    return {"w": gw, "u": gu, "b": gb}


@sequence.right()
def forwards_through_time(w, u, b, xs, y):
    h, hw, hu, hb = 0.0, 0.0, 0.0, 0.0
    for x in xs:
        z = w * h + u * x + b
        s = 1 / math.cosh(z) ** 2
        h, hw, hu, hb = math.tanh(z), s * (h + w * hw), s * (x + w * hu), s * (1 + w * hb)
    return {"w": (h - y) * hw, "u": (h - y) * hu, "b": (h - y) * hb}


def _states(w, u, b, xs):
    hs = [0.0]
    for x in xs:
        hs.append(math.tanh(w * hs[-1] + u * x + b))
    return hs


@sequence.wrong("MISSING_PATH")
def the_last_step_only(w, u, b, xs, y):
    hs = _states(w, u, b, xs)
    dz = (hs[-1] - y) * (1 - hs[-1] ** 2)
    return {"w": dz * hs[-2], "u": dz * xs[-1], "b": dz}


@sequence.wrong("MISSING_LOCAL_DERIVATIVE")
def weight_left_out_on_the_way_back(w, u, b, xs, y):
    hs = _states(w, u, b, xs)
    gw = gu = gb = 0.0
    g = hs[-1] - y
    for k in reversed(range(len(xs))):
        g = g * (1 - hs[k + 1] ** 2)
        gw, gu, gb = gw + g * hs[k], gu + g * xs[k], gb + g
    return {"w": gw, "u": gu, "b": gb}


@sequence.wrong("WRONG_POINT")
def slopes_one_step_early(w, u, b, xs, y):
    hs = _states(w, u, b, xs)
    gw = gu = gb = 0.0
    g = hs[-1] - y
    for k in reversed(range(len(xs))):
        dz = g * (1 - hs[k] ** 2)
        gw, gu, gb = gw + dz * hs[k], gu + dz * xs[k], gb + dz
        g = dz * w
    return {"w": gw, "u": gu, "b": gb}


@sequence.wrong("MISSING_PATH", w="MISSING_PATH|UNKNOWN")  # w: always 0
def gradients_overwritten_at_each_step(w, u, b, xs, y):
    hs = _states(w, u, b, xs)
    gw = gu = gb = 0.0
    g = hs[-1] - y
    for k in reversed(range(len(xs))):
        dz = g * (1 - hs[k + 1] ** 2)
        gw, gu, gb = dz * hs[k], dz * xs[k], dz
        g = dz * w
    return {"w": gw, "u": gu, "b": gb}


@sequence.wrong("OUTPUT_NOT_LOSS")
def of_the_last_state(w, u, b, xs, y):
    hs = _states(w, u, b, xs)
    gw = gu = gb = 0.0
    g = 1.0
    for k in reversed(range(len(xs))):
        dz = g * (1 - hs[k + 1] ** 2)
        gw, gu, gb = gw + dz * hs[k], gu + dz * xs[k], gb + dz
        g = dz * w
    return {"w": gw, "u": gu, "b": gb}


def leaky_sum_loss(a, k, xs):
    s = 0.0
    cost = 0.0
    for x in xs:
        s = sigmoid(k) * s + a * x
        cost = cost + s * s
    return cost


leaky_sum = problem("running average", leaky_sum_loss, a=0.6, k=0.4, xs=[1.0, -2.0, 0.5])


@leaky_sum.derivation
def forwards(a, k, xs):
    keep = 1 / (1 + math.exp(-k))
    s, sa, sk, ga, gk = 0.0, 0.0, 0.0, 0.0, 0.0
    for x in xs:
        sa = keep * sa + x
        sk = keep * sk + keep * (1 - keep) * s
        s = keep * s + a * x
        ga += 2 * s * sa
        gk += 2 * s * sk
    return {"a": ga, "k": gk}


@leaky_sum.wrong("MISSING_PATH")
def no_memory_of_earlier_steps(a, k, xs):
    keep = 1 / (1 + math.exp(-k))
    s = ga = gk = 0.0
    for x in xs:
        before, s = s, keep * s + a * x
        ga += 2 * s * x
        gk += 2 * s * keep * (1 - keep) * before
    return {"a": ga, "k": gk}


@leaky_sum.wrong(k="MISSING_LOCAL_DERIVATIVE")
def gate_without_its_slope(a, k, xs):
    keep = 1 / (1 + math.exp(-k))
    s = sa = sk = ga = gk = 0.0
    for x in xs:
        sa, sk, s = keep * sa + x, keep * sk + s, keep * s + a * x
        ga += 2 * s * sa
        gk += 2 * s * sk
    return {"a": ga, "k": gk}
