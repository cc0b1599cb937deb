"""A primitive is a row, and calling a row is the one door through which every number flows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from microgradnn.errors import TableError
from microgradnn.ieee import number

Partial = Callable[..., Any]


class Flow:
    """What flows through the primitives: a number, or a thing that stands for one.

    Among the arguments of a call the one of the highest `rank` takes the call over.
    """

    __slots__ = ()
    rank: int
    open: ClassVar[bool] = False  # whether the number may become another one, so that no formula may decide by it
    whole: ClassVar[bool] = False  # whether it stands for whole numbers, by which rows are counted

    def through(self, op: Op, args: tuple[Any, ...]) -> Any:
        """Apply `op` to `args`, of which this is one."""
        raise NotImplementedError

    def plain(self) -> float:
        """The float underneath."""
        raise NotImplementedError


def plain(x: Any) -> float:
    """The float underneath whatever flows."""
    return x if x.__class__ is float else x.plain() if isinstance(x, Flow) else number(x)


@dataclass(frozen=True)
class Domain:
    """Where a function is defined: in words, and as a predicate of its arguments (floats)."""

    text: str = "every number"
    holds: Callable[..., bool] = field(default=lambda *args: True)


@dataclass(frozen=True)
class Kink:
    """Where one derivative does not exist, and the partials on the two sides of that place.

    `at(*args)` tells whether floats lie on the kink; `sides(*args)` gives two tuples, one partial for each
    argument, between which every subgradient lies. Of these the rule in force chooses (see `kinks`).
    `text` says where the kink is.
    """

    at: Callable[..., bool]
    sides: Callable[..., tuple[tuple[float, ...], tuple[float, ...]]]
    text: str = "x = 0"


@dataclass(frozen=True, eq=False, repr=False)
class Op:
    """A row of the table: all that is known of one primitive.

    value       floats to float; follows IEEE and never raises
    partials    one for each argument, a function of the arguments and then of `out`, the value there.
                Ordinary arithmetic, so that floats, Values and anything else that flows go through it.
    gradient    instead of `partials` where the number of arguments varies: (args, out) to all partials
    textbook    all partials as a textbook writes them, where those above are written for their digits: of the
                arguments and `out`, or of (args, out) as `gradient` is. For showing, never for computing.
    by_value    the derivative as programs write it, in terms of the value alone, where no form above is that:
                out·(1 − out) of sigmoid
    definition  the function composed of simpler rows, by which numbers of another kind go through it (complex ones,
                those of many digits) where their own library, `cmath` or `mpmath`, has no function of this name
    roundings   how many roundings the value may be off by: 0 where it is an argument or exact anyhow, 1 where it is
                rounded correctly (of any number of arguments: at each step), else a bound for the C library's functions
    taken       the arguments that the value depends on at all, where that depends on the arguments
    public      whether users call it by name, or only other rows and the library
    binds       how tightly an infix symbol binds (0: written as a function)
    """

    name: str
    value: Callable[..., float]
    partials: tuple[Partial, ...] = ()
    gradient: Callable[[Sequence[Any], Any], Sequence[Any]] | None = None
    textbook: Callable[..., Sequence[Any]] | None = None
    by_value: Callable[[Any], Any] | None = None
    arguments: tuple[str, ...] = ("x",)
    defaults: tuple[float, ...] = ()
    domain: Domain = field(default_factory=Domain)
    kink: Kink | None = None
    taken: Callable[..., tuple[int, ...]] | None = None
    definition: Callable[..., Any] | None = None
    roundings: float = 8.0
    symbol: str = ""
    tex: str = ""
    binds: int = 0
    note: str = ""
    public: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "symbol", self.symbol or self.name)
        object.__setattr__(self, "__name__", self.name)
        object.__setattr__(self, "__doc__", self.note or f"{self.name}({', '.join(self.arguments)})")
        if (self.gradient is None) != bool(self.partials):
            raise TableError(f"row {self.name!r} needs partials, or a gradient, and not both")
        if self.partials and len(self.partials) != len(self.arguments):
            raise TableError(
                f"row {self.name!r} has {len(self.arguments)} arguments but {len(self.partials)} partials: "
                "give one partial for each argument"
            )

    @property
    def arity(self) -> int | None:
        """The number of arguments; None where it varies."""
        return len(self.partials) or None

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Floats in, a float out; where anything else flows in, it decides what comes out."""
        if self.partials and (named or len(args) != len(self.partials)):
            args = self._bind(args, named)
        taker: Flow | None = None
        for arg in args:
            if isinstance(arg, Flow) and (taker is None or arg.rank > taker.rank):
                taker = arg
        if taker is None:
            return self.value(
                *[arg if arg.__class__ is float else number(arg, f"an argument of {self.name}") for arg in args]
            )
        return taker.through(self, args)

    def _bind(self, args: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
        """The arguments in order, defaults filled in."""
        wanted = self.arguments[len(args) :]
        defaults = dict(zip(reversed(self.arguments), reversed(self.defaults), strict=False))
        unknown = [name for name in named if name not in wanted]
        missing = [name for name in wanted if name not in named and name not in defaults]
        if len(args) > len(self.arguments) or unknown or missing:
            raise TypeError(
                f"{self.name}({', '.join(self.arguments)}) was called with {len(args)} positional arguments"
                + (f" and {', '.join(named)} by name" if named else "")
            )
        return (*args, *(named.get(name, defaults.get(name)) for name in wanted))

    def __repr__(self) -> str:
        return f"<primitive {self.name}({', '.join(self.arguments)})>"

    def __reduce__(self) -> tuple[Any, ...]:
        return named, (self.name,)

    def __deepcopy__(self, memo: dict[int, Any]) -> Op:
        return self

    def check(self) -> None:
        """Compare every partial with a difference quotient at a few points of the domain.

        This finds wrong formulas (a sign, a factor), not lost digits: those are the tests' affair.
        """
        count = self.arity or 3
        for start in range(3):
            args = [(0.35, 0.8, -0.6, 1.7, -1.3)[(start + 2 * k) % 5] for k in range(count)]
            if not self.domain.holds(*args) or (self.kink and self.kink.at(*args)):
                continue
            out = self.value(*args)
            found = self.gradient(args, out) if self.gradient else [p(*args, out) for p in self.partials]
            taken = self.taken(*args) if self.taken else range(count)
            shown: Sequence[Any] = ()
            if self.textbook:
                shown = self.textbook(args, out) if self.gradient else self.textbook(*args, out)
            for k, partial in [*enumerate(found), *enumerate(shown)]:
                h = 1e-5
                if k not in taken:
                    continue
                low, high = ([*args[:k], args[k] + d, *args[k + 1 :]] for d in (-h, h))
                if not (self.domain.holds(*low) and self.domain.holds(*high)):
                    continue
                slope = (self.value(*high) - self.value(*low)) / (2 * h)
                if math.isfinite(slope) and not abs(partial - slope) <= 1e-5 * (1 + abs(slope)):
                    raise TableError(
                        f"row {self.name!r}: the partial with respect to argument {k} is {partial!r} at "
                        f"{tuple(args)}, but its values rise there by {slope:.6g} per unit"
                    )


TABLE: dict[str, Op] = {}


def named(name: str) -> Op:
    """The row of that name."""
    if name not in TABLE:
        raise TableError(f"no primitive is called {name!r}; define it with microgradnn.primitive first")
    return TABLE[name]
