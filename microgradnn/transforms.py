"""Derivatives of functions: from a function of numbers to its gradient, and to any order by repetition."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from microgradnn import elementary, reverse
from microgradnn.chain import Node, graph, operands
from microgradnn.dual import Dual, next_level, parts
from microgradnn.engine import Value
from microgradnn.errors import NotANumber, SettingError, ShapeError
from microgradnn.ieee import number
from microgradnn.nest import flatten, same_nesting
from microgradnn.ops import Flow, plain
from microgradnn.wrt import Function, Wrt, key, listed, name


class _Depth(threading.local):
    """How many reverse passes are under way around this one."""

    depth = 0


_reverse = _Depth()


@contextmanager
def one_deeper() -> Iterator[None]:
    """Within this context a gradient that is taken may be differentiated again, by what the caller holds."""
    _reverse.depth += 1
    try:
        yield
    finally:
        _reverse.depth -= 1


# ---- from numbers to leaves and back ---------------------------------------------------------------------


def _lift(x: Any) -> tuple[Any, Value]:
    """What the function is given for the number x, and the fresh Value in it that gradients are taken of."""
    if isinstance(x, Dual):
        seen, leaf = _lift(x.value)
        return Dual(seen, x.tangent, x.rank), leaf
    leaf = elementary.alias(x) if isinstance(x, Value) and x.live else Value(plain(x))
    return leaf, leaf


def _pull(seeds: Sequence[tuple[Any, Any]], leaves: Sequence[Value], numeric: bool) -> list[Any]:
    """The gradient of Σ seed·out with respect to the leaves, for pairs (out, seed) of things that flow."""
    rank = max((x.rank for pair in seeds for x in pair if isinstance(x, Dual)), default=None)
    if rank is None:
        live = [(out, seed) for out, seed in seeds if isinstance(out, Node) and out.live]
        if numeric and not any(out.open for out, _ in live):
            floats = reverse.numeric(live)
            return [floats.get(leaf, 0.0) for leaf in leaves]
        adjoints = reverse.symbolic(live)
        found = [adjoints.get(leaf, 0.0) for leaf in leaves]
        return list(map(plain if numeric else _as_value, found))
    # (a + ε·b)·∇(p + ε·t) = a·∇p + ε·(a·∇t + b·∇p)
    values: list[tuple[Any, Any]] = []
    tangents: list[tuple[Any, Any]] = []
    for out, seed in seeds:
        (p, t), (a, b) = parts(out, rank), parts(seed, rank)
        values.append((p, a))
        tangents += [(t, a), (p, b)]
    both = zip(_pull(values, leaves, numeric), _pull(tangents, leaves, numeric), strict=True)
    return [Dual(value, tangent, rank) for value, tangent in both]


def _as_value(x: Any) -> Any:
    """A derivative of Values is a Value, also where it happens to be a constant."""
    return x if isinstance(x, Dual) or (isinstance(x, Value) and x.live) else Value(plain(x))


class _Call:
    """One call of a function, with the chosen arguments lifted to fresh leaves."""

    def __init__(self, f: Function, wrt: Sequence[int | str], args: tuple[Any, ...], named: dict[str, Any]) -> None:
        positional: dict[int | str, Any] = dict(enumerate(args))
        every = positional | named
        keys = [key(f, which, args, named) for which in wrt]
        if len(set(keys)) < len(keys):
            raise SettingError(f"wrt={tuple(wrt)!r} means an argument of {name(f)} twice: name each once")
        self.rebuild: list[Callable[[Sequence[Any]], Any]] = []
        self.leaves: list[list[Value]] = []
        self.given: list[Any] = []
        for place in keys:
            numbers, rebuild = flatten(every[place])
            lifted = [_lift(x) for x in numbers]
            self.given += numbers
            self.rebuild.append(rebuild)
            self.leaves.append([leaf for _, leaf in lifted])
            every[place] = rebuild([seen for seen, _ in lifted])
        with one_deeper():
            self.out = f(*(every[k] for k in positional), **{k: every[k] for k in named})

    def numeric(self, outs: Sequence[Any], seeds: Sequence[Any] = ()) -> bool:
        """Whether plain floats will do: nothing outside asks how the gradient itself depends on anything."""
        if any(isinstance(x, Value) and x.live for x in (*self.given, *seeds)):
            return False
        if _reverse.depth == 0:
            return True
        own = {leaf for leaves in self.leaves for leaf in leaves}
        live = [x for out in outs for x in _bottoms(out) if isinstance(x, Node)]
        return all(operands(node) or not node.live or node in own for node in graph(*live))

    def pull(self, seeds: Sequence[tuple[Any, Any]]) -> list[Any]:
        """One gradient for each chosen argument, nested like it."""
        numeric = self.numeric([out for out, _ in seeds], [seed for _, seed in seeds])
        flat = iter(_pull(seeds, [leaf for leaves in self.leaves for leaf in leaves], numeric))
        return [
            rebuild([next(flat) for _ in leaves]) for rebuild, leaves in zip(self.rebuild, self.leaves, strict=True)
        ]

    def shown(self, out: Any) -> Any:
        """The value as the caller sees it: a float, unless something outside depends on it."""
        return plain(out) if isinstance(out, Value) and self.numeric([out]) else out


def _bottoms(x: Any) -> list[Any]:
    return [*_bottoms(x.value), *_bottoms(x.tangent)] if isinstance(x, Dual) else [x]


def _of(f: Function, derivative: Function) -> Function:
    """The derivative, with f's arguments, so that their names keep their meaning in the next derivative."""
    derivative.__wrapped__ = f  # type: ignore[attr-defined]
    return derivative


def _number_out(f: Function, out: Any) -> Any:
    if isinstance(out, Flow):
        return out
    try:
        return number(out)
    except NotANumber as error:
        raise NotANumber(
            f"{name(f)} must return one number to have a gradient, and returned "
            f"{type(out).__name__}; jacobian differentiates lists of numbers"
        ) from error


# ---- what the user calls ---------------------------------------------------------------------------------


def value_and_grad(f: Function, wrt: Wrt = 0) -> Function:
    """The function that gives f's value and its gradient, as a pair. `wrt` is as in `grad`."""

    def both(*args: Any, **named: Any) -> tuple[Any, Any]:
        call = _Call(f, listed(wrt), args, named)
        out = _number_out(f, call.out)
        gradients = call.pull([(out, 1.0)])
        return call.shown(out), tuple(gradients) if isinstance(wrt, tuple) else gradients[0]

    return _of(f, both)


def grad(f: Function, wrt: Wrt = 0) -> Function:
    """The gradient of f, a function of numbers and nested lists or tuples of numbers that gives one number.

    `wrt` says with respect to what: the position or the name of an argument, or a tuple of these. The
    gradient has the nesting of that argument; for a tuple, it is a tuple of gradients. `grad(grad(f))` is the
    second derivative. Values that f itself holds, such as the parameters of a model, count as constants, and
    their `.grad` is left alone.
    """
    both = value_and_grad(f, wrt)
    return _of(f, lambda *args, **named: both(*args, **named)[1])


def vjp(f: Function, *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """f's value at `primals`, and the pullback: from a cotangent, nested like it, to one for each primal."""
    call = _Call(f, range(len(primals)), primals, {})
    outs, rebuild = flatten(call.out)
    outs = [_number_out(f, out) for out in outs]

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        same_nesting(call.out, cotangent)
        seeds = [x if isinstance(x, Flow) else number(x, "a cotangent") for x in flatten(cotangent)[0]]
        return tuple(call.pull(list(zip(outs, seeds, strict=True))))

    return rebuild([call.shown(out) for out in outs]), pullback


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """f's value at `primals`, and its derivative in the direction `tangents`: forward mode.

    Both are sequences with one entry for each argument of f, nested alike.
    """
    for which, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, list | tuple):
            raise ShapeError(
                f"jvp's {which} are one {type(given).__name__}; give a tuple with one entry for each argument of "
                f"{name(f)}, such as (1.0,)"
            )
    if len(primals) != len(tangents):
        raise ShapeError(f"jvp needs one tangent for each primal: {len(primals)} primals, {len(tangents)} tangents")
    rank = next_level()
    args: list[Any] = []
    inputs: list[Any] = []
    for primal, tangent in zip(primals, tangents, strict=True):
        same_nesting(primal, tangent)
        values, rebuild = flatten(primal)
        flat: list[Any] = [x if isinstance(x, Flow) else number(x, "a number") for x in (*values, *flatten(tangent)[0])]
        inputs += flat
        half = len(values)
        args.append(rebuild([Dual(x, t, rank) for x, t in zip(flat[:half], flat[half:], strict=True)]))
    outs, rebuild = flatten(f(*args))
    pairs = [parts(_number_out(f, out), rank) for out in outs]
    pairs = [(x, _as_value(t) if any(isinstance(y, Value) and y.live for y in (x, *inputs)) else t) for x, t in pairs]
    return rebuild([value for value, _ in pairs]), rebuild([tangent for _, tangent in pairs])


def jacobian(f: Function, wrt: Wrt = 0) -> Function:
    """All partial derivatives of a function that gives numbers, nested: in f's value each number is replaced
    by its gradient, which is nested like the argument `wrt`."""

    def nested(*args: Any, **named: Any) -> Any:
        call = _Call(f, listed(wrt), args, named)
        outs, rebuild = flatten(call.out)
        rows = [call.pull([(_number_out(f, out), 1.0)]) for out in outs]
        return rebuild([tuple(row) if isinstance(wrt, tuple) else row[0] for row in rows])

    return _of(f, nested)


def hessian(f: Function, wrt: Wrt = 0) -> Function:
    """The second derivatives of f, a function that gives one number: the Jacobian of its gradient."""
    return jacobian(grad(f, wrt), wrt)
