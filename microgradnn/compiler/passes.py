"""What makes a program smaller without changing a bit: each pass takes a program and gives another.

Constants are folded with the rows' own functions, instructions are merged only where they are the same, and
products are added up in the order in which they were.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from microgradnn.compiler.lowering import Step, decided
from microgradnn.compiler.program import Code, Program, bits
from microgradnn.elementary import TWO, add, alias, div, exp, log, mul, sub
from microgradnn.ops import Op
from microgradnn.rules import inner, log_sum_exp, peak, total

Term = tuple[int, int | None]  # a product of two registers, or one register


def _chain(first: float, *rest: float) -> float:
    for x in rest:
        first += x
    return first


CHAIN = Op(
    "chain", _chain, gradient=lambda args, out: [1.0] * len(args), arguments=("first", "rest"), public=False,
    note="first + x₀ + x₁ + …, added in this order.",
)  # fmt: skip
SUMS = (add, total, inner, CHAIN)


LARGER = Op(
    "larger", lambda x, y: y if y > x else x, gradient=lambda args, out: [0.0, 0.0], arguments=TWO, public=False,
    note="The larger of two numbers, the first where they are equal, taken as a constant.",
)  # fmt: skip


def optimised(program: Program) -> Program:
    """The program after all passes."""
    return fused(compact(shared(settled(expanded(program)))))


class Constants:
    """The constants of a program that is being written, each once."""

    def __init__(self, numbers: Sequence[float]) -> None:
        self.numbers = list(numbers)
        self._places = {bits(x): k for k, x in enumerate(self.numbers)}

    def register(self, x: float) -> int:
        place = self._places.setdefault(bits(x), len(self.numbers))
        if place == len(self.numbers):
            self.numbers.append(x)
        return -1 - place


def rewritten(program: Program, constants: Sequence[float], code: Code, name: Callable[[int], int]) -> Program:
    """The program with other code; `name` gives the new register of an old one."""
    return replace(
        program,
        constants=list(constants),
        code=code,
        outputs=[name(r) for r in program.outputs],
        gradients=[name(r) for r in program.gradients],
        guards=[(name(r), outcome) for r, outcome in program.guards],
    )


def expanded(program: Program) -> Program:
    """Functions of many numbers written as what they compute of two at a time, so that they share it.

    Where all numbers are finite the results are the same to the last bit; elsewhere they are not finite.
    """
    names = list(range(program.first))
    code: Code = []

    def emit(op: Op, *args: int) -> int:
        code.append((op, args))
        return program.first + len(code) - 1

    for op, registers in program.code:
        args = [names[r] if r >= 0 else r for r in registers]
        if op not in (peak, log_sum_exp) or not args:
            names.append(emit(op, *args))
            continue
        level = args
        while len(level) > 1:  # by halves, so that the program stays flat
            pairs = zip(level[::2], level[1::2], strict=False)
            level = [emit(LARGER, *pair) for pair in pairs] + level[len(level) - len(level) % 2 :]
        shift = level[0] if len(args) > 1 else emit(alias, args[0])
        if op is log_sum_exp:
            whole = emit(total, *[emit(exp, emit(sub, x, shift)) for x in args])
            shift = emit(add, shift, emit(log, whole))
        names.append(shift)
    return rewritten(program, program.constants, code, lambda r: names[r] if r >= 0 else r)


ARITHMETIC = {"+": add, "-": sub, "*": mul, "/": div}


def settled(program: Program) -> Program:
    """Functions that branch by a constant, such as x**2, written as what they come to."""

    def operand(x: Step, args: tuple[int, ...]) -> int | None:
        return args[x.args[0]] if x.name == "arg" else None

    code: Code = []
    for op, args in program.code:
        code.append((op, args))
        if op.arity is None or not any(arg < 0 for arg in args):
            continue
        tree = decided(op, tuple(program.constants[-1 - arg] if arg < 0 else None for arg in args))
        if tree is None:
            continue
        if tree.name == "arg":
            code[-1] = alias, (args[tree.args[0]],)
        elif tree.name in ARITHMETIC:
            operands = [operand(x, args) for x in tree.args]
            if all(x is not None for x in operands):
                code[-1] = ARITHMETIC[tree.name], tuple(x for x in operands if x is not None)
    return replace(program, code=code)


def shared(program: Program) -> Program:
    """Constants folded, and of equal instructions one."""
    constants = Constants(program.constants)
    names = list(range(program.first))
    code: Code = []
    known: dict[tuple[Op, tuple[int, ...]], int] = {}
    for op, registers in program.code:
        args = tuple([names[r] if r >= 0 else r for r in registers])
        if op is alias:
            names.append(args[0])
            continue
        if all(arg < 0 for arg in args):
            names.append(constants.register(op.value(*[constants.numbers[-1 - arg] for arg in args])))
            continue
        name = known.get((op, args))
        if name is None:
            name = known[op, args] = program.first + len(code)
            code.append((op, args))
        names.append(name)
    return rewritten(program, constants.numbers, code, lambda r: names[r] if r >= 0 else r)


def compact(program: Program) -> Program:
    """Only the instructions that the results stand on."""
    first = program.first
    needed = [False] * program.size
    for r in program.results:
        if r >= 0:
            needed[r] = True
    for k in range(len(program.code) - 1, -1, -1):
        if needed[first + k]:
            for arg in program.code[k][1]:
                if arg >= 0:
                    needed[arg] = True
    names = list(range(first))
    code: Code = []
    for k, (op, args) in enumerate(program.code):
        names.append(first + len(code))
        if needed[first + k]:
            code.append((op, tuple([names[r] if r >= 0 else r for r in args])))
    return rewritten(program, program.constants, code, lambda r: names[r] if r >= 0 else r)


def uses(program: Program) -> list[int]:
    """How often each register is read, by instructions and as a result."""
    found = [0] * program.size
    for _, args in program.code:
        for arg in args:
            if arg >= 0:
                found[arg] += 1
    for r in program.results:
        if r >= 0:
            found[r] += 1
    return found


def fused(program: Program) -> Program:
    """Sums of products become one instruction where nothing else asks for what lies between.

    a + x·y + z + … is added up from the left, as it was: as `chain`, or as `dot` where it has products.
    """
    first, code, read = program.first, program.code, uses(program)
    constants = Constants(program.constants)

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
