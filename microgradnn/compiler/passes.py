"""What makes a program smaller without changing a bit: each pass takes a program and gives another.

Instructions are written more simply, those that nobody needs are dropped, and products are added up in the order in
which they were.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import chain

from microgradnn.compiler.instructions import CHAIN as CHAIN
from microgradnn.compiler.instructions import LARGER as LARGER
from microgradnn.compiler.instructions import SUMS as SUMS
from microgradnn.compiler.program import Code, Constants, Program
from microgradnn.compiler.simpler import rewritten as rewritten
from microgradnn.compiler.simpler import simplified
from microgradnn.elementary import add, mul
from microgradnn.rules import inner, total

Term = tuple[int, int | None]  # a product of two registers, or one register


def optimised(program: Program) -> Program:
    """The program after all passes."""
    return fused(compact(simplified(program)))


def compact(program: Program) -> Program:
    """Only the instructions that the results stand on."""
    first, code = program.first, program.code
    needed = set(program.results)
    for k in range(len(code) - 1, -1, -1):
        if first + k in needed:
            needed.update(code[k][1])
    names = [*range(first), *[0] * len(code), *range(-len(program.constants), 0)]  # constants are read from the end
    name = names.__getitem__
    new: Code = []
    for r, (op, args) in enumerate(code, first):
        if r in needed:
            names[r] = first + len(new)
            new.append((op, tuple(map(name, args))))
    return rewritten(program, program.constants, new, name)


def uses(program: Program) -> Counter[int]:
    """How often each register is read, by instructions and as a result."""
    return Counter(chain(chain.from_iterable([args for _, args in program.code]), program.results))


def fused(program: Program) -> Program:
    """Sums of products become one instruction where nothing else asks for what lies between.

    a + x·y + z + … is added up from the left, as it was: as `chain`, or as `dot` where it has products.
    """
    first, code, read = program.first, program.code, uses(program)
    constants = Constants(list(program.constants))

    def sums(r: int) -> bool:
        return r >= first and read[r] == 1 and code[r - first][0] in SUMS

    def product(r: int) -> Term:
        if r >= first and read[r] == 1 and code[r - first][0] is mul:
            x, y = code[r - first][1]
            return x, y
        return r, None

    def taken_apart(r: int) -> tuple[int, list[Term]]:
        """What an instruction that adds goes on from, and the terms that it adds to that."""
        op, args = code[r - first]
        if op is total:
            return constants.register(0.0), [product(x) for x in args]
        if op is inner:
            half = len(args) // 2
            return args[0], list(zip(args[1 : half + 1], args[half + 1 :], strict=True))
        a, *rest = args
        if op is add and not sums(a) and (sums(rest[0]) or (product(a)[1] is not None and product(rest[0])[1] is None)):
            a, rest = rest[0], [a]  # addition commutes, bit for bit
        return a, [product(x) for x in rest]

    absorbed = [False] * program.size
    apart: dict[int, tuple[int, list[Term]]] = {}
    for k, (op, _) in enumerate(code):
        if op in SUMS:
            start, _ = apart[first + k] = taken_apart(first + k)
            if sums(start):
                absorbed[start] = True
    new: Code = []
    for k, (op, args) in enumerate(code):
        r = first + k
        if r not in apart or absorbed[r]:  # of what is absorbed nobody reads any more
            new.append((op, args))
            continue
        start, terms = apart[r]
        pieces = [terms]
        while start >= first and absorbed[start]:
            start, terms = apart[start]
            pieces.append(terms)
        every = [term for terms in reversed(pieces) for term in terms]
        if all(y is None for _, y in every):
            new.append((add if len(every) == 1 else CHAIN, (start, *(x for x, _ in every))))
        else:
            ys = [constants.register(1.0) if y is None else y for _, y in every]
            new.append((inner, (start, *(x for x, _ in every), *ys)))
    return compact(replace(program, constants=constants.numbers, code=new))
