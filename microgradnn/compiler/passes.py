"""What makes a program smaller without changing a bit: each pass takes a program and gives another.

Instructions are written more simply, those that nobody needs are dropped, and products are added up in the order in
which they were.
"""

from __future__ import annotations

from itertools import chain

import numpy as np

from microgradnn.compiler.instructions import CHAIN as CHAIN
from microgradnn.compiler.instructions import LARGER as LARGER
from microgradnn.compiler.instructions import SUMS as SUMS
from microgradnn.compiler.program import Code, Constants, Program
from microgradnn.compiler.simpler import rewritten as rewritten
from microgradnn.compiler.simpler import simplified
from microgradnn.elementary import add, mul
from microgradnn.ops import Op
from microgradnn.rules import inner

Term = tuple[int, ...]  # a product of two registers
JOINED = (add, inner, CHAIN)


def optimised(program: Program) -> Program:
    """The program after all passes."""
    return fused(simplified(program))


def fused(program: Program) -> Program:
    """Sums of products become one instruction where nothing else asks for what lies between.

    a + x·y + z + … is added up from the left, as it was: as `chain`, or as `dot` where it has products. What no
    result stands on is left out.
    """
    first, code, read = program.first, program.code, uses(program)
    constants = Constants(list(program.constants))
    one = constants.register(1.0)

    def once(r: int, ops: tuple[Op, ...]) -> bool:
        return r >= first and read[r] == 1 and code[r - first][0] in ops

    def taken_apart(r: int) -> tuple[int, list[Term], list[int]]:
        """What a sum goes on from, the products that it adds to that, and the instructions that it makes needless."""
        op, args = code[r - first]
        pairs: list[Term]
        if op is inner:
            half = len(args) // 2
            start, pairs = args[0], [*zip(args[1 : half + 1], args[half + 1 :], strict=True)]
        else:
            start, x = args[:2]
            better = once(x, JOINED) or (once(start, (mul,)) and not once(x, (mul,)))
            if op is add and better and not once(start, JOINED):
                start, args = x, args[::-1]  # addition commutes, bit for bit
            pairs = [(x, one) for x in args[1:]]
        whole = [x for x, y in pairs if y == one and once(x, (mul,))]
        if whole:
            pairs = [code[x - first][1] if y == one and once(x, (mul,)) else (x, y) for x, y in pairs]
        return start, pairs, [*whole, start] if once(start, JOINED) else whole

    gone: set[int] = set()
    changed: set[int] = set()
    for r, (op, args) in enumerate(code, first):
        if read[r] and op in JOINED and (op is not inner or once(args[0], JOINED) or one in args):
            needless = taken_apart(r)[2]
            if needless:
                gone.update(needless)
                changed.add(r)
    names = [*range(first), *[0] * len(code), *range(-len(constants.numbers), 0)]  # constants are read from the end
    name = names.__getitem__
    new: Code = []
    for r, (op, args) in enumerate(code, first):
        if not read[r] or r in gone:
            continue
        if r in changed:
            start, terms, _ = taken_apart(r)
            pieces = [terms]
            while start in gone:
                start, terms, _ = taken_apart(start)
                pieces.append(terms)
            xs, ys = zip(*chain.from_iterable(reversed(pieces)), strict=True)
            if ys.count(one) < len(ys):
                op, args = inner, (start, *xs, *ys)
            else:
                op, args = (add if len(xs) == 1 else CHAIN), (start, *xs)
        names[r] = first + len(new)
        new.append((op, tuple(map(name, args))))
    return rewritten(program, constants.numbers, new, name)


def uses(program: Program) -> list[int]:
    """How often each register is read, by results and by instructions that results stand on."""
    first, code, constants = program.first, program.code, len(program.constants)
    every = np.fromiter(chain(chain.from_iterable([args for _, args in code]), program.results), np.int64)
    counts = np.bincount(every + constants, minlength=constants + program.size).tolist()
    found: list[int] = counts[constants:] + counts[:constants]  # the constants, read from the end, count as well
    for k in range(len(code) - 1, -1, -1):
        if not found[first + k]:
            for arg in code[k][1]:
                found[arg] -= 1
    return found


def compact(program: Program) -> Program:
    """Only the instructions that results stand on."""
    first, read = program.first, uses(program)
    names = [*range(first), *[0] * len(program.code), *range(-len(program.constants), 0)]
    new: Code = []
    for r, (op, args) in enumerate(program.code, first):
        if read[r]:
            names[r] = first + len(new)
            new.append((op, tuple(map(names.__getitem__, args))))
    return rewritten(program, program.constants, new, names.__getitem__)
