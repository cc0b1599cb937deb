"""What may be left out where the last bit does not count: steps that change signs of zeros and tell nan apart."""

from __future__ import annotations

from microgradnn.compiler.passes import CHAIN, compact, rewritten
from microgradnn.compiler.program import Code, Program
from microgradnn.elementary import add, where
from microgradnn.explaining.term import AT_MOST, LESS
from microgradnn.ops import Op
from microgradnn.rules import inner

Registers = tuple[int, ...]


def loosened(program: Program) -> Program:
    """The program without terms that are 0, and without selections that only keep nan from passing for a number."""
    zeros = {-1 - k for k, x in enumerate(program.constants) if x == 0.0}
    ones = {-1 - k for k, x in enumerate(program.constants) if x == 1.0}
    nans = {-1 - k for k, x in enumerate(program.constants) if x != x}
    names = list(range(program.first))
    code: Code = []

    def truth(r: int) -> bool:
        return r >= program.first and code[r - program.first][0] in (LESS, AT_MOST)

    def simpler(op: Op, args: Registers) -> tuple[Op, Registers] | int:
        """Another instruction, or the register that has the result already."""
        if op is where:
            c, x, y = args
            if x == y or y in nans or x in nans:
                return y if x in nans else x
            return c if x in ones and y in zeros and truth(c) else (op, args)
        if op is add and (args[0] in zeros or args[1] in zeros):
            return args[1] if args[0] in zeros else args[0]
        if op is CHAIN:
            kept = [x for x in args[1:] if x not in zeros]
            return (op, (args[0], *kept)) if kept else args[0]
        if op is inner:
            half = len(args) // 2
            pairs = zip(args[1 : half + 1], args[half + 1 :], strict=True)
            terms = [pair for pair in pairs if not zeros.intersection(pair)]
            if not terms:
                return args[0]
            if len(terms) == 1 and args[0] in zeros and ones.intersection(terms[0]):
                return terms[0][1] if terms[0][0] in ones else terms[0][0]
            return op, (args[0], *(x for x, _ in terms), *(y for _, y in terms))
        return op, args

    for op, registers in program.code:
        found = simpler(op, tuple([names[r] if r >= 0 else r for r in registers]))
        if isinstance(found, int):
            names.append(found)
        else:
            names.append(program.first + len(code))
            code.append(found)
    return compact(rewritten(program, program.constants, code, lambda r: names[r] if r >= 0 else r))
