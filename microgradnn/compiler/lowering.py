"""What a primitive's own Python function does with floats, step by step, so that it can be written in another language.

The function is run on Scalars, which record the arithmetic; where it branches, it is run once for each way. So
`kernels` and `ieee` stay the only place where a primitive is computed.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from functools import cache
from types import BuiltinFunctionType, FunctionType, SimpleNamespace
from typing import Any, NamedTuple

from microgradnn import ieee, kernels
from microgradnn.ops import Op

ARITHMETIC = ("+", "-", "*", "/", "neg", "abs", "sqrt")  # what every processor computes, correctly rounded
SIMPLE: dict[str, Callable[..., float]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": ieee.divide, "neg": operator.neg, "abs": abs,
}  # fmt: skip
# Functions of the C library by their names there, as they are closed: defined everywhere.
TOTAL: dict[str, Callable[..., float]] = {"pow": ieee.power} | {
    name: known for name, known in vars(ieee).items() if callable(known) and hasattr(math, name)
}
COMPARE: dict[str, Callable[..., bool]] = {
    "<": operator.lt, "<=": operator.le, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
MOST = 200  # branches; no function of the table has nearly as many


class Step(NamedTuple):
    """A float being computed: `name` is "arg", "const", one of ARITHMETIC, or a function of the C library."""

    name: str
    args: tuple[Any, ...]


class Test(NamedTuple):
    """A comparison of two Steps: `name` is "<", "<=", "==" or "!=", with no nan making it true but "!="."""

    name: str
    args: tuple[Step, Step]


class Branch(NamedTuple):
    """`then` where the test holds, `otherwise` elsewhere; both are Branches or Steps."""

    test: Test
    then: Any
    otherwise: Any


class NotLowered(Exception):
    """The function does something that is no arithmetic of floats."""


class _Run:
    """One run of a function, along a way that is given as far as it goes."""

    def __init__(self, way: tuple[bool, ...]) -> None:
        self.way = way
        self.tests: list[Test] = []

    def decide(self, test: Test) -> bool:
        self.tests.append(test)
        return self.way[len(self.tests) - 1] if len(self.tests) <= len(self.way) else False


_run: list[_Run] = []


class _Condition:
    def __init__(self, name: str, a: Any, b: Any) -> None:
        self.test = Test(name, (_step(a), _step(b)))

    def __bool__(self) -> bool:
        return _run[-1].decide(self.test)


class Scalar:
    """A float that is not known: what is done with it is kept."""

    __slots__ = ("step",)

    def __init__(self, step: Step) -> None:
        self.step = step

    def __add__(self, other: Any) -> Scalar:
        return _made("+", self, other)

    def __radd__(self, other: Any) -> Scalar:
        return _made("+", other, self)

    def __sub__(self, other: Any) -> Scalar:
        return _made("-", self, other)

    def __rsub__(self, other: Any) -> Scalar:
        return _made("-", other, self)

    def __mul__(self, other: Any) -> Scalar:
        return _made("*", self, other)

    def __rmul__(self, other: Any) -> Scalar:
        return _made("*", other, self)

    def __truediv__(self, other: Any) -> Scalar:
        return _made("/", self, other)

    def __rtruediv__(self, other: Any) -> Scalar:
        return _made("/", other, self)

    def __neg__(self) -> Scalar:
        return _made("neg", self)

    def __abs__(self) -> Scalar:
        return _made("abs", self)

    def __lt__(self, other: Any) -> _Condition:
        return _Condition("<", self, other)

    def __le__(self, other: Any) -> _Condition:
        return _Condition("<=", self, other)

    def __gt__(self, other: Any) -> _Condition:
        return _Condition("<", other, self)

    def __ge__(self, other: Any) -> _Condition:
        return _Condition("<=", other, self)

    def __eq__(self, other: object) -> Any:
        return _Condition("==", self, other)

    def __ne__(self, other: object) -> Any:
        return _Condition("!=", self, other)

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        return bool(_Condition("!=", self, 0.0))

    def __contains__(self, x: object) -> bool:
        raise NotLowered


def _step(x: Any) -> Step:
    if isinstance(x, Scalar):
        return x.step
    if isinstance(x, float | int):
        return Step("const", (float(x).hex(),))
    raise NotLowered(f"{type(x).__name__} among floats")


def _made(name: str, *args: Any) -> Scalar:
    return Scalar(Step(name, tuple(map(_step, args))))


def _library(name: str) -> Callable[..., Any]:
    """The C library's function of that name: of floats the number, of Scalars a Step."""
    known = getattr(math, name)

    def call(*args: Any) -> Any:
        if not any(isinstance(x, Scalar) for x in args):
            return known(*args)
        if name not in TOTAL:
            raise NotLowered(f"math.{name} of a float that is not known")
        return _made(name, *args)

    return call


_math = SimpleNamespace(**{
    name: _library(name) if isinstance(known, BuiltinFunctionType) else known
    for name, known in vars(math).items() if not name.startswith("_")
})  # fmt: skip
_rebound: dict[int, dict[str, Any]] = {}


def _rebind(function: Any) -> Any:
    """The function with Python's `math` exchanged for the C library's functions of Scalars, in what it calls too."""
    if isinstance(function, BuiltinFunctionType):
        return _library(function.__name__) if hasattr(math, function.__name__) else function
    if not isinstance(function, FunctionType):
        return function
    if function.__closure__ is not None:
        if function.__module__ != ieee.__name__:
            raise NotLowered(f"{function.__qualname__} is a closure")
        return _library(function.__name__)  # what ieee has closed: in C it never raises
    known = function.__globals__
    if id(known) not in _rebound:
        new = _rebound[id(known)] = dict(known)
        new |= {"math": _math, "abs": abs}
        for name, x in known.items():
            ours = isinstance(x, FunctionType) and x.__module__ in (ieee.__name__, kernels.__name__)
            if ours or (isinstance(x, BuiltinFunctionType) and x.__module__ == "math"):
                new[name] = _rebind(x)
    return FunctionType(function.__code__, _rebound[id(known)], function.__name__, function.__defaults__)


@cache
def lowered(op: Op, arity: int) -> Step | Branch:
    """The steps of a primitive's value for so many arguments; NotLowered where it is no arithmetic of floats."""
    function = _rebind(op.value)
    args = [Scalar(Step("arg", (k,))) for k in range(arity)]
    count = 0

    def build(way: tuple[bool, ...]) -> Step | Branch:
        nonlocal count
        count += 1
        if count > MOST:
            raise NotLowered(f"{op.name} branches too often")
        run = _Run(way)
        _run.append(run)
        try:
            result = function(*args)
        except NotLowered:
            raise
        except Exception as error:
            raise NotLowered(f"{op.name}: {error}") from error
        finally:
            _run.pop()
        if len(run.tests) > len(way):
            return Branch(run.tests[len(way)], build((*way, True)), build((*way, False)))
        return _step(result)

    return build(())


def decided(op: Op, known: tuple[float | None, ...]) -> Step | None:
    """The steps of a primitive of which some arguments are known, if these decide all its branches."""
    try:
        tree = lowered(op, len(known))
    except NotLowered:
        return None
    if isinstance(tree, Step):
        return None  # nothing to decide
    found: Step | Branch = tree
    while isinstance(found, Branch):
        xs = [_known(x, known) for x in found.test.args]
        if any(x is None for x in xs):
            return None
        found = found.then if COMPARE[found.test.name](*xs) else found.otherwise
    return found


def _known(x: Step, known: tuple[float | None, ...]) -> float | None:
    place: int = x.args[0] if x.name == "arg" else -1
    if x.name == "arg":
        return known[place]
    return float.fromhex(x.args[0]) if x.name == "const" else None


def calls(tree: Step | Branch | Test) -> bool:
    """Whether a function of the C library is called anywhere."""
    work: list[Any] = [tree]
    while work:
        x = work.pop()
        if isinstance(x, Branch):
            work += x
        elif isinstance(x, Test):
            work += x.args
        elif x.name not in ("arg", "const"):
            if x.name not in ARITHMETIC:
                return True
            work += x.args
    return False


def evaluate(tree: Step | Branch, args: tuple[float, ...]) -> float:
    """What the steps come to, in Python: for tests."""
    while isinstance(tree, Branch):
        holds = COMPARE[tree.test.name](*[evaluate(x, args) for x in tree.test.args])
        tree = tree.then if holds else tree.otherwise
    name = tree.name
    if name == "arg":
        return float(args[tree.args[0]])
    if name == "const":
        return float.fromhex(tree.args[0])
    result: float = (SIMPLE | TOTAL)[name](*[evaluate(x, args) for x in tree.args])
    return result
