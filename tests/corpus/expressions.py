"""Random losses as trees, their gradients by the chain rule in random forms, and both as Python source.

The calculus here is written for the purpose and shares nothing with the package: for every function there
are several right forms of the slope, some of which lose digits for some arguments, as people's formulas do.
"""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Term:
    """A number, an argument's name, or an operation on terms."""

    op: str
    args: tuple[Term, ...] = ()


def const(x: float) -> Term:
    return Term(repr(x))


def add(*args: Term) -> Term:
    return Term("+", args)


def mul(*args: Term) -> Term:
    return Term("*", args)


def sub(a: Term, b: Term) -> Term:
    return Term("-", (a, b))


def div(a: Term, b: Term) -> Term:
    return Term("/", (a, b))


def neg(a: Term) -> Term:
    return Term("neg", (a,))


def power(a: Term, k: float) -> Term:
    return Term("**", (a, const(k)))


def call(name: str, *args: Term) -> Term:
    return Term(name, args)


ONE, TWO = const(1.0), const(2.0)

# How the functions are written for Values, and in plain Python.
VALUES = {name: f"m.{name}" for name in "tanh sigmoid exp log sqrt sin cos softplus atan relu silu erf log1p".split()}  # noqa: SIM905
VALUES |= {"abs": "abs", "max": "m.maximum"}
PLAIN: dict[str, list[str]] = {
    "tanh": ["math.tanh({0})", "(2 * logistic(2 * ({0})) - 1)"],
    "sigmoid": ["logistic({0})", "(0.5 + 0.5 * math.tanh(({0}) / 2))"],
    "exp": ["math.exp({0})", "math.exp(({0}) / 2) ** 2"],
    "log": ["math.log({0})", "2 * math.log(math.sqrt({0}))"],
    "sqrt": ["math.sqrt({0})", "({0}) ** 0.5"],
    "sin": ["math.sin({0})"],
    "cos": ["math.cos({0})"],
    "cosh": ["math.cosh({0})"],
    "softplus": ["math.log(1 + math.exp({0}))", "math.log1p(math.exp({0}))"],
    "atan": ["math.atan({0})"],
    "relu": ["max(0.0, {0})", "(({0}) + abs({0})) / 2"],
    "silu": ["({0}) * logistic({0})", "({0}) / (1 + math.exp(-({0})))"],
    "erf": ["math.erf({0})"],
    "log1p": ["math.log1p({0})", "math.log(1 + ({0}))"],
    "abs": ["abs({0})", "max({0}, -({0}))"],
    "max": ["max({0}, {1})"],
    "positive": ["(1.0 if ({0}) > 0 else 0.0)"],
    "not_negative": ["(1.0 if ({0}) >= 0 else 0.0)"],
    "side": ["math.copysign(1.0, {0})", "((({0}) > 0) - (({0}) < 0))"],
}


def slope(name: str, u: Term, rng: random.Random) -> Term:
    """f′(u) in one of its forms."""
    f = call(name, u)
    e, minus = call("exp", u), call("exp", neg(u))
    s = call("sigmoid", u)
    forms: dict[str, list[Term]] = {
        "tanh": [
            sub(ONE, power(f, 2)), div(ONE, power(call("cosh", u), 2)), mul(sub(ONE, f), add(ONE, f)),
            div(const(4.0), power(add(e, minus), 2)),
        ],
        "sigmoid": [
            mul(s, sub(ONE, s)), sub(s, mul(s, s)), div(minus, power(add(ONE, minus), 2)),
            mul(s, call("sigmoid", neg(u))),
        ],
        "exp": [e, div(ONE, minus)],
        "log": [div(ONE, u), power(u, -1)],
        "log1p": [div(ONE, add(ONE, u))],
        "sqrt": [div(const(0.5), f), div(ONE, mul(TWO, f)), mul(const(0.5), power(u, -0.5)), div(f, mul(TWO, u))],
        "sin": [call("cos", u), sub(ONE, mul(TWO, power(call("sin", div(u, TWO)), 2)))],
        "cos": [neg(call("sin", u)), mul(const(-1.0), call("sin", u))],
        "softplus": [s, sub(ONE, div(ONE, add(ONE, e))), div(e, add(ONE, e))],
        "atan": [div(ONE, add(ONE, power(u, 2))), div(ONE, add(ONE, mul(u, u)))],
        "relu": [call("positive", u), call("not_negative", u)],
        "silu": [add(s, mul(u, s, sub(ONE, s))), mul(s, add(ONE, mul(u, call("sigmoid", neg(u)))))],
        "erf": [mul(const(1.1283791670955126), call("exp", neg(mul(u, u))))],
        "abs": [call("side", u), div(u, f)],
    }  # fmt: skip
    return rng.choice(forms[name])


def loss(rng: random.Random, names: list[str], size: int) -> Term:
    """A random loss; parts are used again, so that gradients are sums over paths."""
    pool = [Term(name) for name in names]
    for _ in range(size):
        a, b = rng.choice(pool), rng.choice(pool[-4:])
        match rng.randrange(12):
            case 0 | 1:
                made = add(a, b)
            case 2:
                made = sub(a, b)
            case 3 | 4 | 5:
                made = mul(a, b)
            case 6:
                made = div(a, add(ONE, power(b, 2))) if rng.random() < 0.8 else div(a, b)
            case 7:
                made = power(b, rng.choice([2, 2, 3]))
            case 8:
                made = call(rng.choice(["log", "sqrt"]), add(ONE, mul(b, b)))
            case 9:
                made = call("max", a, b) if rng.random() < 0.3 else mul(const(rng.choice([0.5, 2.0, -3.0, 0.1])), b)
            case _:
                made = call(rng.choice("tanh sigmoid exp sin cos softplus atan relu silu erf abs".split()), b)  # noqa: SIM905
        pool.append(made)
    last = pool[len(names) :][-3:]
    return add(*last) if len(last) > 1 else last[0]


def order(root: Term) -> list[Term]:
    """All terms below a root, operands first."""
    found: dict[Term, None] = {}

    def visit(term: Term) -> None:
        if term not in found:
            for arg in term.args:
                visit(arg)
            found[term] = None

    visit(root)
    return list(found)


def gradient(root: Term, names: list[str], rng: random.Random) -> dict[str, Term]:
    """The gradient by the chain rule, from the root down; contributions of several paths added in some order."""
    parts: dict[Term, list[Term]] = {root: [ONE]}
    result: dict[str, list[Term]] = {name: [] for name in names}
    for term in reversed(order(root)):
        found = parts.get(term, [])
        if not found:
            continue
        rng.shuffle(found)
        g = found[0] if len(found) == 1 else add(*found)
        if term.op in result:
            result[term.op].append(g)
        for arg, local in zip(term.args, partials(term, rng), strict=True):
            parts.setdefault(arg, []).append(g if local is ONE else local if g is ONE else mul(g, local))
    return {name: add(*found) if len(found) > 1 else found[0] for name, found in result.items() if found}


def partials(term: Term, rng: random.Random) -> list[Term]:
    """The local derivatives of one operation."""
    args = term.args
    match term.op:
        case "+":
            return [ONE] * len(args)
        case "-":
            return [ONE, const(-1.0)]
        case "*":
            a, b = args
            return [b, a]
        case "/":
            a, b = args
            down = [neg(div(a, power(b, 2))), neg(div(term, b)), div(neg(a), mul(b, b))]
            return [div(ONE, b), rng.choice(down)]
        case "**":
            u, k = args[0], float(args[1].op)
            return [rng.choice([mul(const(k), power(u, k - 1)), div(mul(const(k), term), u)]), const(0.0)]
        case "max":
            a, b = args
            first = call("positive", sub(a, b))
            return [first, sub(ONE, first)]
        case _:
            return [slope(term.op, args[0], rng)] if args else []
