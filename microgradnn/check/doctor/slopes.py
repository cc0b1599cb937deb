"""The derivative of every operation as a person writes it, in functions that can be called on plain numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from microgradnn.check.doctor.writing import (
    MINUS,
    ONE,
    ZERO,
    Text,
    applied,
    minus,
    number,
    over,
    plus,
    power,
    times,
)
from microgradnn.ops import Op

TWO, HALF = number(2.0), number(0.5)
OF_OUT = frozenset(
    ["exp", "sqrt", "tan", "tanh", "sigmoid", "silu", "pow", "gauss", "logsumexp"]
)  # derivatives in terms of the value
ROOT_PI = Text("sqrt(pi)", r"\sqrt{\pi}")
ROOT_TWO_PI = Text("sqrt(2 * pi)", r"\sqrt{2 \pi}")
Args = Sequence[Text]


def _call(name: str, x: Text, tex: str = "") -> Text:
    return applied(name, [x], (tex or rf"\operatorname{{{{{name}}}}}") + "({0})")


def _square(x: Text) -> Text:
    return power(x, TWO)


def _exp(x: Text) -> Text:
    return applied("exp", [x], "e^{{{0}}}")


def _bell(x: Text, below: Text) -> Text:
    """exp(-x²), over the number below."""
    return _exp(times([MINUS, _square(x)]) if below is ONE else over(times([MINUS, _square(x)]), below))


def _density(x: Text) -> Text:
    return over(_bell(x, TWO), ROOT_TWO_PI)


def _compared(left: Text, sign: str, right: Text) -> Text:
    tex = sign.replace("!=", r"\ne")
    return Text(f"({left.code} {sign} {right.code})", f"[{left.tex} {tex} {right.tex}]")


def _choice(condition: Text, then: Text, otherwise: Text) -> Text:
    """One of two: Python evaluates no more than that."""
    code = f"({then.code} if {condition.code.removeprefix('(').removesuffix(')')} else {otherwise.code})"
    bare = condition.tex.removeprefix("[").removesuffix("]")
    cases = rf"{then.tex} & {bare} \\ {otherwise.tex} & \text{{otherwise}}"
    return Text(code, rf"\begin{{cases}}{cases}\end{{cases}}")


def _sigmoid(x: Text) -> Text:
    return _call("sigmoid", x, r"\sigma")


def _within_unit(x: Text) -> Text:
    return applied("sqrt", [minus(ONE, _square(x))], r"\sqrt{{{0}}}")


ONE_ARGUMENT: dict[str, Callable[[Text, Text], Text]] = {  # of a function of x with value o
    "exp": lambda x, o: o,
    "expm1": lambda x, o: _exp(x),
    "log": lambda x, o: over(ONE, x),
    "log1p": lambda x, o: over(ONE, plus([ONE, x])),
    "sqrt": lambda x, o: over(HALF, o),
    "square": lambda x, o: times([TWO, x]),
    "sin": lambda x, o: _call("cos", x, r"\cos"),
    "cos": lambda x, o: times([MINUS, _call("sin", x, r"\sin")]),
    "tan": lambda x, o: plus([ONE, _square(o)]),
    "asin": lambda x, o: over(ONE, _within_unit(x)),
    "acos": lambda x, o: times([MINUS, over(ONE, _within_unit(x))]),
    "atan": lambda x, o: over(ONE, plus([ONE, _square(x)])),
    "sinh": lambda x, o: _call("cosh", x, r"\cosh"),
    "cosh": lambda x, o: _call("sinh", x, r"\sinh"),
    "tanh": lambda x, o: minus(ONE, _square(o)),
    "sigmoid": lambda x, o: times([o, minus(ONE, o)]),
    "softplus": lambda x, o: _sigmoid(x),
    "silu": lambda x, o: times([_sigmoid(x), plus([ONE, x, times([MINUS, o])])]),
    "erf": lambda x, o: over(times([TWO, _bell(x, ONE)]), ROOT_PI),
    "normal_cdf": lambda x, o: _density(x),
    "gelu": lambda x, o: plus([_call("normal_cdf", x, r"\Phi"), times([x, _density(x)])]),
    "abs": lambda x, o: _call("sign", x, r"\operatorname{{sgn}}"),
    "relu": lambda x, o: _compared(x, ">", ZERO),
    "sign": lambda x, o: ZERO,
    "step": lambda x, o: ZERO,
}

MORE_ARGUMENTS: dict[tuple[str, int], Callable[[Args, Text], Text]] = {  # by the place of the argument
    ("sub", 1): lambda a, o: MINUS,
    ("neg", 0): lambda a, o: MINUS,
    ("mul", 0): lambda a, o: a[1],
    ("mul", 1): lambda a, o: a[0],
    ("div", 0): lambda a, o: over(ONE, a[1]),
    ("div", 1): lambda a, o: times([MINUS, over(a[0], _square(a[1]))]),
    ("pow", 0): lambda a, o: times([a[1], power(a[0], minus(a[1], ONE))]),
    ("pow", 1): lambda a, o: times([o, applied("log", [a[0]], r"\ln {0}")]),
    ("atan2", 0): lambda a, o: over(a[1], plus([_square(a[0]), _square(a[1])])),
    ("atan2", 1): lambda a, o: times([MINUS, over(a[0], plus([_square(a[0]), _square(a[1])]))]),
    ("gauss", 0): lambda a, o: times([number(-2.0), a[1], a[0], o]),
    ("gauss", 1): lambda a, o: times([MINUS, _square(a[0]), o]),
    ("leaky_relu", 0): lambda a, o: _choice(_compared(a[0], ">", ZERO), ONE, a[1]),
    ("leaky_relu", 1): lambda a, o: _choice(_compared(a[0], ">", ZERO), ZERO, a[0]),
    ("elu", 0): lambda a, o: _choice(_compared(a[0], ">", ZERO), ONE, times([a[1], _exp(a[0])])),
    ("elu", 1): lambda a, o: _choice(_compared(a[0], ">", ZERO), ZERO, _call("expm1", a[0])),
    ("maximum", 0): lambda a, o: _compared(a[0], ">", a[1]),
    ("maximum", 1): lambda a, o: _compared(a[1], ">", a[0]),
    ("minimum", 0): lambda a, o: _compared(a[0], "<", a[1]),
    ("minimum", 1): lambda a, o: _compared(a[1], "<", a[0]),
    ("clip", 0): lambda a, o: Text(
        f"({a[1].code} < {a[0].code} < {a[2].code})", f"[{a[1].tex} < {a[0].tex} < {a[2].tex}]"
    ),
    ("clip", 1): lambda a, o: _compared(a[0], "<", a[1]),
    ("clip", 2): lambda a, o: _compared(a[0], ">", a[2]),
    ("where", 0): lambda a, o: ZERO,
    ("where", 1): lambda a, o: _compared(a[0], "!=", ZERO),
    ("where", 2): lambda a, o: Text(f"({a[0].code} == 0)", f"[{a[0].tex} = 0]"),
}

KNOWN = {*ONE_ARGUMENT, *(name for name, _ in MORE_ARGUMENTS), "logsumexp"}


def _escaped(name: str) -> str:
    return name.replace("_", r"\_")


def slope(op: Op, k: int, args: Args, out: Text, own: Mapping[str, str]) -> Text | None:
    """The partial derivative of an operation with respect to argument k; None where nobody writes it down."""
    if op.name in ("add", "sum", "alias") or (op.name == "sub" and k == 0):
        return ONE
    if op.name == "dot":
        half = len(args) // 2
        return ONE if k == 0 else args[k + half if k <= half else k - half]
    if op.name == "logsumexp":
        return _exp(minus(args[k], out))
    if op.name in ONE_ARGUMENT:
        return ONE_ARGUMENT[op.name](args[0], out)
    if op.name in own and op.name not in KNOWN and op.partials:
        given, shown = ", ".join(a.code for a in args), ", ".join(a.tex for a in args)
        code = f"{own[op.name]}.partials[{k}]({given}, {own[op.name]}({given}))"
        prime = "'" if len(args) == 1 else f"_{{{k + 1}}}"
        return Text(code, rf"\operatorname{{{_escaped(own[op.name])}}}{prime}({shown})")
    found = MORE_ARGUMENTS.get((op.name, k))
    return None if found is None else found(args, out)


def value(op: Op, args: Args, own: Mapping[str, str]) -> Text | None:
    """What an operation gives, as an expression. `own` are the names of the user's primitives in the user's file."""
    if op.name == "alias":
        return args[0]
    if op.name in ("add", "sum"):
        return plus(args)
    if op.name == "sub":
        return minus(*args)
    if op.name == "neg":
        return times([MINUS, args[0]])
    if op.name == "mul":
        return times(args)
    if op.name == "div":
        return over(*args)
    if op.name == "pow":
        return power(*args)
    if op.name == "square":
        return _square(args[0])
    if op.name == "dot":
        half = len(args) // 2
        pairs = zip(args[1 : half + 1], args[half + 1 :], strict=True)
        return plus([*(times(pair) for pair in pairs), args[0]])
    name = own.get(op.name, op.name)
    if op.name not in KNOWN:
        shown = rf"\operatorname{{{{{_escaped(name)}}}}}({{0}})"
        return applied(name, args, shown) if op.name in own else None
    whole = applied(name, args, op.tex)
    return whole if op.arity is not None else whole._replace(code=f"{name}([{', '.join(a.code for a in args)}])")
