"""A user's own row in the table."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import update_wrapper

from microgradnn.errors import MicrogradnnError, TableError
from microgradnn.ieee import number
from microgradnn.ops import TABLE, Domain, Kink, Op, Partial

BUILT_IN = frozenset(TABLE)


def primitive(
    name: str,
    value: Callable[..., float],
    partials: Partial | Sequence[Partial],
    domain: Domain | Callable[..., bool] | None = None,
    *,
    kink: Kink | None = None,
    textbook: Partial | Sequence[Partial] | None = None,
    symbol: str = "",
    tex: str = "",
    check: bool = True,
) -> Op:
    """Enter a primitive of your own into the table; what comes back is called like any other function.

    `value` takes floats and gives one. `partials` is one function, or one for each argument, of the arguments
    and of `out`, the value there: `primitive("cube", lambda x: x**3, lambda x, out: 3 * x**2)`. Written with
    operators and microgradnn's functions they differentiate to any order. `domain` is a predicate of the
    arguments. `textbook` has the partials as one writes them by hand, where `partials` are written for their digits or
    are code that no formula can be read from: explanations and corrections show these. A partial that contradicts the
    values raises TableError, unless `check=False` says that this is meant. A name may be given again, which replaces
    the row; the names of the built-in rows are taken.
    """
    if not isinstance(name, str) or not name.isidentifier():
        raise TableError(f"a primitive's name must be an identifier, such as 'softsign', not {name!r}")
    if name in BUILT_IN:
        raise TableError(f"the table has a primitive {name!r} already: choose another name")
    slopes = tuple(partials) if isinstance(partials, Sequence) else (partials,)
    shown = tuple(textbook) if isinstance(textbook, Sequence) else (textbook,) if textbook else ()
    if not slopes or not all(map(callable, slopes)) or not callable(value):
        raise TableError(f"primitive {name!r} needs a value and at least one partial, all of them functions")
    if not all(map(callable, shown)) or (shown and len(shown) != len(slopes)):
        raise TableError(f"primitive {name!r} has {len(slopes)} partials: `textbook` is as many functions, or none")
    if domain is not None and not isinstance(domain, Domain) and not callable(domain):
        raise TableError(f"primitive {name!r}: domain={domain!r} is no predicate, such as lambda x: x > 0")
    if not isinstance(domain, Domain):
        domain = Domain(f"where {name} says", domain) if domain else Domain()
    holds = domain.holds

    def total(*args: float) -> float:
        try:
            return number(value(*args), f"the value of {name}")
        except ArithmeticError:
            return math.nan
        except ValueError:  # as `math` raises outside a domain
            if holds(*args):
                raise
            return math.nan

    update_wrapper(total, value)  # what follows a function to its formulas finds the user's own
    names = ("x", "y", "z") if len(slopes) <= 3 else tuple(f"x{k}" for k in range(len(slopes)))
    tex = tex or rf"\operatorname{{{{{name}}}}}({', '.join(f'{{{k}}}' for k in range(len(slopes)))})"
    op = Op(
        name, total, slopes, arguments=names[: len(slopes)], domain=domain, kink=kink,
        definition=value, textbook=(lambda *args: [form(*args) for form in shown]) if shown else None,
        symbol=symbol, tex=tex.replace("_", r"\_"), note=value.__doc__ or "",
    )  # fmt: skip
    if check:
        _check(op)
    TABLE[name] = op
    return op


def _check(op: Op) -> None:
    try:
        op.check()
    except NameError as error:
        # A partial may mention the primitive itself, whose name is bound only after this call.
        if error.name != op.name:
            raise
    except MicrogradnnError:
        raise
    except Exception as error:
        names = ", ".join(op.arguments)
        raise TableError(
            f"primitive {op.name!r} cannot be tried: {type(error).__name__}: {error}. It is called as value({names}), "
            f"and each partial as partial({names}, out); say by domain=lambda {names}: … where it is defined"
        ) from error
