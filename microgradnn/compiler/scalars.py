"""Floats that are not known: what is done with them is kept as steps, and where they decide a way is taken."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Any

from microgradnn.compiler.steps import TOTAL, Branch, NotLowered, Step, Test, Tree, every
from microgradnn.ops import Flow, Op

MOST = 200  # branches; no function of the table has nearly as many


class Run:
    """One run of a function, along a way that is given as far as it goes.

    With `raises`, what Python refuses (a quotient by 0, the root of −1) is a branch, on which it is raised.
    `lowered` gives the steps of the primitives that the function calls.
    """

    def __init__(self, way: tuple[bool, ...], raises: bool, lowered: Callable[[Op, int], Tree]) -> None:
        self.way, self.raises, self.lowered = way, raises, lowered
        self.tests: list[Test] = []

    def decide(self, test: Test) -> bool:
        """Which way to go; where none is given the test is said not to hold."""
        if len(self.tests) >= MOST:
            raise NotLowered("branches too often")
        self.tests.append(test)
        return self.way[len(self.tests) - 1] if len(self.tests) <= len(self.way) else False


class _Here(threading.local):
    def __init__(self) -> None:
        self.runs: list[Run] = []


here = _Here()


class Condition:
    """A comparison of floats that are not known; asked for its truth it makes a branch."""

    def __init__(self, name: str, a: Any, b: Any) -> None:
        self.test = Test(name, (step(a), step(b)))

    def __bool__(self) -> bool:
        a, b = self.test.args
        if a.name == b.name == "const":
            known = {"<": float.__lt__, "<=": float.__le__, "==": float.__eq__, "!=": float.__ne__}
            return bool(known[self.test.name](*(float.fromhex(x.args[0]) for x in (a, b))))
        return here.runs[-1].decide(self.test)

    def __index__(self) -> int:
        return int(bool(self))


class Scalar(Flow):
    """A float that is not known: what is done with it is kept."""

    __slots__ = ("step",)
    rank = 0

    def __init__(self, step: Step) -> None:
        self.step = step

    def through(self, op: Op, args: tuple[Any, ...]) -> Any:
        given = [step(x) for x in args]
        known: dict[Step, Step] = {}
        tree = here.runs[-1].lowered(op, len(args))
        while isinstance(tree, Branch):
            a, b = (Scalar(put(x, given, known)) for x in tree.test.args)
            tree = tree.then if Condition(tree.test.name, a, b) else tree.otherwise
        return Scalar(put(tree, given, known))

    def plain(self) -> float:
        raise NotLowered("looks at the number")

    def __add__(self, other: Any) -> Scalar:
        return made("+", self, other)

    def __radd__(self, other: Any) -> Scalar:
        return made("+", other, self)

    def __sub__(self, other: Any) -> Scalar:
        return made("-", self, other)

    def __rsub__(self, other: Any) -> Scalar:
        return made("-", other, self)

    def __mul__(self, other: Any) -> Scalar:
        return made("*", self, other)

    def __rmul__(self, other: Any) -> Scalar:
        return made("*", other, self)

    def __truediv__(self, other: Any) -> Scalar:
        return quotient(self, other)

    def __rtruediv__(self, other: Any) -> Scalar:
        return quotient(other, self)

    def __pow__(self, other: Any) -> Any:
        return power(self, other)

    def __rpow__(self, other: Any) -> Any:
        return power(other, self)

    def __neg__(self) -> Scalar:
        return made("neg", self)

    def __pos__(self) -> Scalar:
        return self

    def __abs__(self) -> Scalar:
        return made("abs", self)

    def __lt__(self, other: Any) -> Condition:
        return Condition("<", self, other)

    def __le__(self, other: Any) -> Condition:
        return Condition("<=", self, other)

    def __gt__(self, other: Any) -> Condition:
        return Condition("<", other, self)

    def __ge__(self, other: Any) -> Condition:
        return Condition("<=", other, self)

    def __eq__(self, other: object) -> Any:
        return Condition("==", self, other)

    def __ne__(self, other: object) -> Any:
        return Condition("!=", self, other)

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        return bool(Condition("!=", self, 0.0))


def step(x: Any) -> Step:
    """The step that a number is, known or not."""
    if isinstance(x, Scalar):
        return x.step
    if isinstance(x, Condition):
        x = bool(x)
    if isinstance(x, float | int):
        if float(x) != x and x == x:
            raise NotLowered("an int that is no float")
        return Step("const", (float(x).hex(),))
    raise NotLowered(f"{type(x).__name__} among floats")


def made(name: str, *args: Any) -> Scalar:
    """What a step gives."""
    return Scalar(Step(name, tuple(map(step, args))))


def put(x: Step, args: list[Step], known: dict[Step, Step]) -> Step:
    """The step with others for its arguments."""
    for each in every(x, known):
        if each.name == "arg":
            known[each] = args[each.args[0]]
        else:
            known[each] = each if each.name == "const" else Step(each.name, tuple(known[y] for y in each.args))
    return known[x]


# ---- where Python raises ---------------------------------------------------------------------------------


def _refuse(error: type[Exception], name: str, a: Any, b: Any) -> None:
    if here.runs[-1].raises and Condition(name, a, b):
        raise error


def _bounded(result: Any, x: Any) -> Any:
    """The result; an OverflowError where it is infinite and x is not."""
    _refuse(OverflowError, "==", abs(result) - abs(x), math.inf)
    return result


def quotient(x: Any, y: Any) -> Scalar:
    """x/y as Python has it."""
    _refuse(ZeroDivisionError, "==", y, 0.0)
    return made("/", x, y)


def power(x: Any, y: Any) -> Any:
    """x**y as Python has it, for a base or an exponent that is known."""
    if not (isinstance(x, Scalar) or isinstance(y, Scalar)):
        return x**y
    if isinstance(y, Scalar):
        if isinstance(x, Scalar) or not 0.0 < x < math.inf:
            raise NotLowered("a power of which neither base nor exponent is known")
        return _bounded(made("pow", x, y), y)
    if not isinstance(y, float | int) or not math.isfinite(y):
        raise NotLowered("a power with an exponent that is no number")
    if y == 0.0:
        return 1.0
    if y < 0.0:
        _refuse(ZeroDivisionError, "==", x, 0.0)
    if y != math.floor(y) and Condition("<", x, 0.0) and not Condition("==", x, -math.inf):
        raise ValueError  # a complex number
    result = made("pow", x, y)
    if y < 0.0:
        _refuse(OverflowError, "==", abs(result), math.inf)
        return result
    return _bounded(result, x)


_OUTSIDE: dict[str, Callable[[Any], tuple[str, Any, Any]]] = {
    "sqrt": lambda x: ("<", x, 0.0), "log": lambda x: ("<=", x, 0.0), "log1p": lambda x: ("<=", x, -1.0),
    "sin": lambda x: ("==", abs(x), math.inf), "cos": lambda x: ("==", abs(x), math.inf),
    "tan": lambda x: ("==", abs(x), math.inf), "asin": lambda x: ("<", 1.0, abs(x)),
    "acos": lambda x: ("<", 1.0, abs(x)),
}  # fmt: skip
_NEVER = ("atan", "atan2", "tanh", "erf", "erfc")
_GROWS = ("exp", "expm1", "sinh", "cosh")
_TRUTHS: dict[str, Callable[[Any], Any]] = {
    "isnan": lambda x: Condition("!=", x, x), "isinf": lambda x: Condition("==", abs(x), math.inf),
    "isfinite": lambda x: Condition("<", abs(x), math.inf), "fabs": abs,
}  # fmt: skip


def raising(name: str, *args: Any) -> Any:
    """The function of `math` of that name, raising where that does."""
    if name in _TRUTHS:
        return _TRUTHS[name](*args)
    if name not in TOTAL:
        raise NotLowered(f"calls math.{name}")
    if not here.runs[-1].raises:
        return made(name, *args)
    if name == "pow":
        return power(*map(_scalar, args))
    x = _scalar(args[0])
    if name in _OUTSIDE:
        _refuse(ValueError, *_OUTSIDE[name](x))
    elif name not in (*_NEVER, *_GROWS):
        raise NotLowered(f"calls math.{name}")
    result = made(name, *args)
    return _bounded(result, x) if name in _GROWS else result


def _scalar(x: Any) -> Any:
    return float(x) if isinstance(x, int) else x
