"""The operators + − × ÷ ** for anything that flows, and sums and products of many."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from microgradnn import elementary, rules
from microgradnn.errors import NotANumber, ShapeError
from microgradnn.ieee import number
from microgradnn.ops import TABLE, Flow, Op, plain

# numpy's names of the operators that its scalars hand over.
_COMPARISONS: dict[str, Callable[..., Any]] = {
    "less": operator.lt, "less_equal": operator.le, "greater": operator.gt, "greater_equal": operator.ge,
    "equal": operator.eq, "not_equal": operator.ne,
}  # fmt: skip
_OPERATORS: dict[str, Callable[..., Any]] = _COMPARISONS | {
    "add": operator.add, "subtract": operator.sub, "multiply": operator.mul, "divide": operator.truediv,
    "power": operator.pow,
}  # fmt: skip


class Arithmetic(Flow):
    """A mixin: operators and comparisons by way of the table."""

    __slots__ = ()

    def __add__(self, other: Any) -> Any:
        return elementary.add(self, other)

    def __radd__(self, other: Any) -> Any:
        return elementary.add(other, self)

    def __sub__(self, other: Any) -> Any:
        return elementary.sub(self, other)

    def __rsub__(self, other: Any) -> Any:
        return elementary.sub(other, self)

    def __mul__(self, other: Any) -> Any:
        return elementary.mul(self, other)

    def __rmul__(self, other: Any) -> Any:
        return elementary.mul(other, self)

    def __truediv__(self, other: Any) -> Any:
        return elementary.div(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return elementary.div(other, self)

    def __pow__(self, other: Any) -> Any:
        return elementary.power(self, other)

    def __rpow__(self, other: Any) -> Any:
        return elementary.power(other, self)

    def __neg__(self) -> Any:
        return elementary.neg(self)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return elementary.absolute(self)

    # Comparisons speak of the numbers underneath; == and != stay identity, as hashing does.
    def __lt__(self, other: Any) -> bool:
        return self.plain() < plain(other)

    def __le__(self, other: Any) -> bool:
        return self.plain() <= plain(other)

    def __gt__(self, other: Any) -> bool:
        return self.plain() > plain(other)

    def __ge__(self, other: Any) -> bool:
        return self.plain() >= plain(other)

    # What would leave the graph is refused.
    def __float__(self) -> float:
        raise NotANumber(
            "float(value), and so math.sin(value), would leave the graph: use the functions of microgradnn "
            "(microgradnn.sin), or value.data for the bare number"
        )

    __int__ = __complex__ = __index__ = __float__

    def __bool__(self) -> bool:
        raise NotANumber("a Value is neither true nor false: compare it (value > 0), or read value.data")

    def __iter__(self) -> Iterator[Any]:
        raise NotANumber("a Value is one number and cannot be iterated: sums go over lists of Values")

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **_: Any) -> Any:
        """numpy's scalars compute with Values like other numbers; arrays, and numpy's functions, do not."""
        operation = _OPERATORS.get(ufunc.__name__)
        if operation is None or method != "__call__" or any(getattr(x, "shape", ()) for x in inputs):
            raise NotANumber(
                f"numpy.{ufunc.__name__} cannot compute with Values: write [x * value for x in array.tolist()], or "
                "apply microgradnn's functions (microgradnn.sin) to each element"
            )
        if ufunc.__name__ in _COMPARISONS:  # numpy makes arrays of its scalars before it compares
            inputs = tuple(x if isinstance(x, Flow) else getattr(x, "item", lambda x=x: x)() for x in inputs)
        return operation(*(x if isinstance(x, Flow) else number(x) for x in inputs))

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise NotANumber("a Value does not go into a numpy array: take value.data, or keep Values in a list")

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Callable[..., Any]:
            """exp, tanh, relu …: every primitive that needs one argument only is a method."""


def _method(op: Op) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **named: Any) -> Any:
        return op(self, *args, **named)

    method.__name__, method.__doc__ = op.name, op.__doc__
    method.__qualname__ = f"Value.{op.name}"
    return method


for _op in TABLE.values():
    if _op.public and len(_op.partials) - len(_op.defaults) == 1:
        setattr(Arithmetic, _op.name, _method(_op))


class Ieee(Arithmetic):
    """A float whose arithmetic never raises: 1/0 is inf, as IEEE has it, and not ZeroDivisionError."""

    __slots__ = ("number",)
    rank = -1

    def __init__(self, number: float) -> None:
        self.number = number

    def plain(self) -> float:
        return self.number

    def through(self, op: Op, args: tuple[Any, ...]) -> Ieee:
        return Ieee(op.value(*map(plain, args)))


# ---- sums and products of many, one primitive each -------------------------------------------------------


def _each(xs: Iterable[Any], who: str) -> Iterator[Any]:
    try:
        return iter(xs)
    except NotANumber:
        raise
    except TypeError:
        raise NotANumber(
            f"{who} goes over lists of numbers, and one {type(xs).__name__} came; put it in a list"
        ) from None


def sum(xs: Iterable[Any]) -> Any:
    """x₀ + x₁ + …, added from the left as one primitive; 0.0 for none."""
    return rules.total(*_each(xs, "sum"))


def dot(xs: Iterable[Any], ys: Iterable[Any], bias: Any = 0.0) -> Any:
    """bias + x₀y₀ + x₁y₁ + …, added in this order as one primitive. Unequal lengths are a ShapeError."""
    xs, ys = tuple(_each(xs, "dot")), tuple(_each(ys, "dot"))
    if len(xs) != len(ys):
        raise ShapeError(f"dot needs two sequences of one length, not of {len(xs)} and {len(ys)}")
    return rules.inner(bias, *xs, *ys)


def at(columns: Sequence[Sequence[Any]], index: Any) -> list[Any]:
    """Of each column the number at `index`, which may become another whole number."""
    below = [index < place for place in range(1, len(columns[0]))] if columns else []
    here = [elementary.where(no, 0.0, yes) for no, yes in zip([0.0, *below], [*below, 1.0], strict=True)]
    return [rules.chosen(*below, *here, *numbers) for numbers in columns]


def logsumexp(xs: Iterable[Any]) -> Any:
    """log(exp x₀ + exp x₁ + …), without overflow, as one primitive; −inf for none."""
    return rules.log_sum_exp(*_each(xs, "logsumexp"))
