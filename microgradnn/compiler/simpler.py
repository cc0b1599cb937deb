"""Instructions written anew, each as simply as it can be with the same bits.

Every rule says why it is exact: for all numbers, or, where the sign of a zero does not count (see `signs`), up to
that. What is not finite is computed again by the eager engine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from microgradnn.compiler.instructions import CHAIN, LARGER
from microgradnn.compiler.program import Code, Program
from microgradnn.compiler.signs import careless
from microgradnn.compiler.unknown import HELD, LEAF
from microgradnn.compiler.writer import Args, Found, Writer
from microgradnn.elementary import add, alias, div, exp, log, mul, sub, where
from microgradnn.ops import Op
from microgradnn.rules import chosen, inner, log_sum_exp, peak, total


def rewritten(program: Program, constants: Sequence[float], code: Code, name: Callable[[int], int]) -> Program:
    """The program with other code; `name` gives the new register of an old one."""
    return Program(
        list(constants),
        program.inputs,
        program.held,
        code,
        [name(r) for r in program.outputs],
        [name(r) for r in program.gradients],
        [(name(r), outcome) for r, outcome in program.guards],
    )


def simplified(program: Program) -> Program:
    """The program written anew, instruction by instruction."""
    writer, loose = Writer(program, RULES), careless(program)
    # Constants are read from the end of the list, which is where their negative numbers lead.
    names = [*range(program.first), *[0] * len(program.code), *range(-len(program.constants), 0)]
    name, write = names.__getitem__, writer.write
    for r, (op, args) in enumerate(program.code, program.first):
        names[r] = write(op, tuple(map(name, args)), loose[r])
    return rewritten(program, writer.constants.numbers, writer.code, name)


# ---- the rules, one for each primitive that has any ------------------------------------------------------


def _sum_of_two(writer: Writer, args: Args, loose: bool) -> Found:
    for zero, x in (args, args[::-1]):
        # −0.0 + x is x for every x, and 0.0 + x for every x but −0.0.
        if zero == writer.minus_zero or (zero == writer.zero and (loose or writer.firm(x))):
            return x
    return add, args


def _difference(writer: Writer, args: Args, loose: bool) -> Found:
    x, zero = args
    # x − 0.0 is x for every x, and x − −0.0 for every x but −0.0.
    if zero == writer.zero or (zero == writer.minus_zero and (loose or writer.firm(x))):
        return x
    return sub, args


def _product(writer: Writer, args: Args, loose: bool) -> Found:
    x, y = args
    if x == writer.one or (x == y and writer.truth(x)):  # 1·y is y, 1·1 is 1, and 0·0 is 0
        return y
    if y == writer.one:
        return x
    return mul, _masked(writer, x, y)


def _masked(writer: Writer, x: int, y: int) -> Args:
    """(a·c)·d as a·(c·d), where c and d are 1 or 0: a with its own sign, or a zero with it, or nan, either way.

    The products c·d are the same for all a that are chosen alike.
    """
    if writer.truth(x):
        x, y = y, x
    if writer.truth(y) and not writer.truth(x):
        inside = writer.made(x, mul)
        if inside is not None:
            for a, c in (inside, inside[::-1]):
                if writer.truth(c):
                    return a, writer.write(mul, (c, y))
    return x, y


def _quotient(writer: Writer, args: Args, loose: bool) -> Found:
    return args[0] if args[1] == writer.one else (div, args)


def _sum_of_products(writer: Writer, args: Args, loose: bool) -> Found:
    half = len(args) // 2
    if half > 1 and writer.one not in args and writer.truths.isdisjoint(args):
        return inner, args  # as most are
    start, xs, ys = args[0], args[1 : half + 1], args[half + 1 :]
    if not half:
        return start
    if not (writer.truths.isdisjoint(xs) and writer.truths.isdisjoint(ys)):
        xs, ys = zip(*[_masked(writer, x, y) for x, y in zip(xs, ys, strict=True)], strict=True)
    if writer.one in xs:
        xs, ys = zip(*[(y, x) if x == writer.one else (x, y) for x, y in zip(xs, ys, strict=True)], strict=True)
    if ys.count(writer.one) == half:
        return _sum_of_terms(writer, (start, *xs), loose)
    begins = start == writer.minus_zero or (start == writer.zero and loose)
    if half == 1 and (begins or (start == writer.zero and xs == ys)):  # a square is not −0.0
        return _product(writer, (*xs, *ys), loose)
    if ys[0] == writer.one and (begins or (start == writer.zero and writer.firm(xs[0]))):
        return _sum_of_products(writer, (*xs, *ys[1:]), loose)  # from its first term on
    return inner, (start, *xs, *ys)


def _sum_of_terms(writer: Writer, args: Args, loose: bool) -> Found:
    start, *rest = args
    # 0.0 + x + y + … is x + y + … but where all are −0.0.
    if rest and (start == writer.minus_zero or (start == writer.zero and (loose or any(map(writer.firm, rest))))):
        start, *rest = rest
    if not rest:
        return start
    return _sum_of_two(writer, (start, *rest), loose) if len(rest) == 1 else (CHAIN, (start, *rest))


def _total(writer: Writer, args: Args, loose: bool) -> Found:
    return _sum_of_terms(writer, (writer.zero, *args), loose)


def _choice(writer: Writer, args: Args, loose: bool) -> Found:
    condition, x, y = args
    if x == y:
        return x
    if condition < 0:
        return x if writer.number(condition) else y
    if x == writer.one and y == writer.zero and writer.truth(condition):
        return condition
    return where, args


def _same(writer: Writer, args: Args, loose: bool) -> Found:
    return args[0]


def _chosen(writer: Writer, args: Args, loose: bool) -> Found:
    size = (len(args) + 1) // 3
    below, level = args[: size - 1], list(enumerate(args[2 * size - 1 :]))
    while len(level) > 1:  # by halves: log₂ n choices one after another, not n
        pairs = zip(level[::2], level[1::2], strict=False)
        odd = level[len(level) - len(level) % 2 :]
        level = [(k, writer.write(where, (below[above - 1], x, y))) for (k, x), (above, y) in pairs] + odd
    return level[0][1]


def _largest(writer: Writer, args: Args, loose: bool) -> Found:
    level = list(args)
    while len(level) > 1:  # by halves, so that the program stays flat
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [writer.write(LARGER, pair) for pair in pairs] + level[len(level) - len(level) % 2 :]
    return level[0]


def _log_of_sum(writer: Writer, args: Args, loose: bool) -> Found:
    # As what it computes, so that its gradient, and others of the same numbers, share the exponentials.
    shift = writer.write(peak, args)
    whole = writer.write(total, tuple([writer.write(exp, (writer.write(sub, (x, shift)),)) for x in args]))
    return _sum_of_two(writer, (shift, writer.write(log, (whole,))), loose)


RULES: dict[Op, Callable[[Writer, Args, bool], Found]] = {
    add: _sum_of_two, sub: _difference, mul: _product, div: _quotient, inner: _sum_of_products, total: _total,
    CHAIN: _sum_of_terms, where: _choice, alias: _same, HELD: _same, LEAF: _same, peak: _largest,
    chosen: _chosen, log_sum_exp: _log_of_sum,
}  # fmt: skip
