"""A primitive of whole arrays, by the steps of its own Python function: the same bits for every number.

Functions of the C library are called number by number, since numpy has its own, which differ in the last place;
and where a primitive branches, only for the numbers that go that way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from microgradnn.compiler.lowering import lowered
from microgradnn.compiler.passes import CHAIN
from microgradnn.compiler.sources.rows import used
from microgradnn.compiler.steps import TOTAL, Branch, NotLowered, Step, every
from microgradnn.ops import Op
from microgradnn.rules import inner

SIMPLE: dict[str, Callable[..., Any]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "neg": np.negative, "abs": np.absolute,
    "sqrt": np.sqrt,
}  # fmt: skip
TESTS = {"<": np.less, "<=": np.less_equal, "==": np.equal, "!=": np.not_equal}
YES, NO = (Step("const", (x.hex(),)) for x in (1.0, 0.0))
Call = tuple[Callable[..., Any], tuple[Any, ...]]
FEW = 24  # numbers for which Python's own function is quicker than arrays


def direct(op: Op, arity: int) -> Callable[..., Any] | None:
    """The one array function that the primitive is, if it is one; it takes the place for its results last."""
    tree = steps(op, arity)
    if isinstance(tree, Step) and tree.name in SIMPLE and tree.args == tuple(Step("arg", (k,)) for k in range(arity)):
        return SIMPLE[tree.name]
    return None


def steps(op: Op, arity: int) -> Step | Branch | None:
    """The row's steps; None where it has none, or goes through any number of arguments."""
    if op in (inner, CHAIN):
        return None
    try:
        return lowered(op, arity)
    except NotLowered:
        return None


def library_calls(tree: Step | Branch) -> set[str]:
    """The functions of the C library that the steps call."""
    return {name for name in used(tree) if name not in SIMPLE}


class Writing:
    """A primitive of arithmetic and selections as calls on arrays: both ways of every branch, and then of these one.

    `room` gives an array of its own for each step, of floats or of truths.
    """

    def __init__(
        self,
        args: Sequence[Any],
        room: Callable[[int, type], Any],
        written: list[Call],
        functions: Mapping[str, Callable[..., Any]] | None = None,
    ) -> None:
        self.args, self.room, self.written = args, room, written
        self.functions = {**SIMPLE, **(functions or {})}
        self._known: dict[Step, Any] = {}
        self._count = 0

    def write(self, tree: Step | Branch, out: Any = None) -> Any:
        """The array that has the result, which is `out` where that is given."""
        if isinstance(tree, Branch):
            test = self._new(bool)
            self.written.append((TESTS[tree.test.name], (*map(self._step, tree.test.args), test)))
            found = self._new(float) if out is None else out
            call: Call = np.copyto, (found, test)
            if (tree.then, tree.otherwise) != (YES, NO):
                call = chosen, (found, test, self.write(tree.then), self.write(tree.otherwise))
            self.written.append(call)
            return found
        if out is None:
            return self._step(tree)
        self.written.append((np.copyto, (out, self._step(tree))))
        return out

    def _new(self, kind: type) -> Any:
        self._count += 1
        return self.room(self._count, kind)

    def _step(self, step: Step) -> Any:
        for each in every(step, self._known):
            if each.name == "arg":
                self._known[each] = self.args[each.args[0]]
            elif each.name == "const":
                self._known[each] = np.float64(float.fromhex(each.args[0]))
            else:
                xs = [self._known[x] for x in each.args]
                self._known[each] = found = self._new(float)
                self.written.append((self.functions[each.name], (*xs, found)))
        return self._known[step]


def chosen(out: Any, truth: Any, then: Any, otherwise: Any) -> None:
    """Of two arrays the numbers of the first where the truth holds."""
    out[...] = np.where(truth, then, otherwise)


def into(out: Any, op: Op, *args: Any) -> None:
    """Any primitive of arrays that broadcast to the shape of `out`."""
    tree = steps(op, len(args))
    flat = [np.broadcast_to(arg, out.shape).ravel() for arg in args]
    if tree is None or out.size < FEW:
        out.flat = [op.value(*row) for row in zip(*[arg.tolist() for arg in flat], strict=True)]
    else:
        out[...] = _by_ways(tree, flat, out.size).reshape(out.shape)


def _by_ways(tree: Step | Branch, args: Sequence[Any], size: int) -> Any:
    """Each way of a branch for the numbers that go it."""
    if isinstance(tree, Step):
        return np.broadcast_to(_step(tree, args, {}), size)
    known: dict[Step, Any] = {}
    test = TESTS[tree.test.name](*[_step(x, args, known) for x in tree.test.args])
    test = np.broadcast_to(test, size)
    count = int(np.count_nonzero(test))
    if count in (0, size):
        return _by_ways(tree.then if count else tree.otherwise, args, size)
    out = np.empty(size)
    out[test] = _by_ways(tree.then, [arg[test] for arg in args], count)
    rest = ~test
    out[rest] = _by_ways(tree.otherwise, [arg[rest] for arg in args], size - count)
    return out


def _step(step: Step, args: Sequence[Any], known: dict[Step, Any]) -> Any:
    for each in every(step, known):
        if each.name == "arg":
            known[each] = args[each.args[0]]
        elif each.name == "const":
            known[each] = np.float64(float.fromhex(each.args[0]))
        else:
            xs = [known[x] for x in each.args]
            known[each] = SIMPLE[each.name](*xs) if each.name in SIMPLE else library(each.name, *xs)
    return known[step]


def library(name: str, *xs: Any) -> Any:
    """The C library's function of each number."""
    if len(xs) > 1:
        xs = tuple(np.broadcast_arrays(*xs))
    columns = [x.tolist() for x in xs]
    if not xs[0].ndim:
        return np.float64(TOTAL[name](*columns))
    try:
        return np.fromiter(map(getattr(math, name), *columns), float, len(columns[0]))
    except (ValueError, OverflowError):  # as Python has it; in C every number has a result
        return np.fromiter(map(TOTAL[name], *columns), float, len(columns[0]))
