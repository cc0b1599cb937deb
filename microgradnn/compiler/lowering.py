"""A primitive's own Python function as steps, so that `kernels` and `ieee` stay the only place where it is computed."""

from __future__ import annotations

import math
import random
import threading
from collections.abc import Callable
from types import FunctionType
from typing import Any
from weakref import WeakKeyDictionary

from microgradnn.compiler.following import Following
from microgradnn.compiler.reads import Reads
from microgradnn.compiler.scalars import MOST, Run, Scalar, here, step
from microgradnn.compiler.steps import COMPARE, Branch, NotLowered, Step, Tree, evaluate
from microgradnn.ops import Op

TRIED = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -3.0, 1e300, -1e300, 5e-324, math.inf, -math.inf, math.nan]
_known: WeakKeyDictionary[Op, tuple[Reads, dict[int, Tree | NotLowered]]] = WeakKeyDictionary()
_one_at_a_time = threading.RLock()


def lowered(op: Op, arity: int) -> Tree:
    """The steps of a primitive's value for so many arguments; NotLowered where it is no arithmetic of floats.

    They are found anew when a number or a function that a user's own primitive reads is exchanged.
    """
    known = _known.get(op)
    if known is None or known[0].changed() or arity not in known[1]:
        with _one_at_a_time:
            known = _known.get(op)
            if known is None or known[0].changed():
                known = _known[op] = Reads([op.value] if _users_own(op) else []), {}
            if arity not in known[1]:
                known[1][arity] = _found(op, arity)
    found = known[1][arity]
    if isinstance(found, NotLowered):
        raise found.with_traceback(None)
    return found


def in_python(op: Op, arity: int) -> str | None:
    """Why a user's primitive is left to its Python function; None where it is not, as no row of the table is."""
    try:
        if _users_own(op):
            lowered(op, arity)
    except NotLowered as reason:
        return str(reason)
    return None


def _users_own(op: Op) -> bool:
    return isinstance(op.value, FunctionType) and hasattr(op.value, "__wrapped__")


def _found(op: Op, arity: int) -> Tree | NotLowered:
    try:
        following = Following()
        tree = _ways(following.followed(op.value), arity, _users_own(op))
        following.at_rest()
        if _users_own(op):
            _try(op, tree, arity)
    except NotLowered as reason:
        return reason
    return tree


def _ways(function: Callable[..., Any], arity: int, raises: bool) -> Tree:
    """The function run once for each way that it may go."""
    args = [Scalar(Step("arg", (k,))) for k in range(arity)]
    count = 0

    def build(way: tuple[bool, ...]) -> Tree:
        nonlocal count
        count += 1
        if count > MOST:
            raise NotLowered("branches too often")
        run = Run(way, raises, lowered)
        here.runs.append(run)
        try:
            result = step(function(*args))
        except NotLowered:
            raise
        except (ValueError, ArithmeticError) as error:
            if not raises:
                raise NotLowered(f"{type(error).__name__}: {error}") from error
            result = step(math.nan)
        except Exception as error:
            raise NotLowered(f"{type(error).__name__}: {error}") from error
        finally:
            here.runs.pop()
        if len(run.tests) > len(way):
            return Branch(run.tests[len(way)], build((*way, True)), build((*way, False)))
        return result

    return build(())


def _try(op: Op, tree: Tree, arity: int) -> None:
    """Compare the steps with the function: one that keeps state, or asks what it is given, is followed wrongly."""
    draw = random.Random(op.name)
    for k in range(40):
        args = tuple(draw.choice(TRIED) if k % 2 else draw.gauss(0.0, 3.0) for _ in range(arity))
        try:
            expected = op.value(*args)
        except Exception:  # where the eager engine has the word, and raises it again
            expected = math.nan
        if evaluate(tree, args).hex() != expected.hex():
            raise NotLowered(f"gives {expected!r} at {args} otherwise than by its arithmetic alone")


def decided(op: Op, known: tuple[float | None, ...]) -> Step | None:
    """The steps of a primitive of which some arguments are known, if these decide all its branches."""
    try:
        tree = lowered(op, len(known))
    except NotLowered:
        return None
    if isinstance(tree, Step):
        return None  # nothing to decide
    found: Tree = tree
    while isinstance(found, Branch):
        xs = [_given(x, known) for x in found.test.args]
        if any(x is None for x in xs):
            return None
        found = found.then if COMPARE[found.test.name](*xs) else found.otherwise
    return found


def _given(x: Step, known: tuple[float | None, ...]) -> float | None:
    place: int = x.args[0] if x.name == "arg" else -1
    if x.name == "arg":
        return known[place]
    return float.fromhex(x.args[0]) if x.name == "const" else None
