"""Instructions as they are written: folded where all operands are constants, and of equal ones only one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from microgradnn.compiler.lowering import decided
from microgradnn.compiler.program import Code, Constants, Program
from microgradnn.compiler.signs import positive, steady
from microgradnn.compiler.steps import Step
from microgradnn.compiler.unknown import CONDITIONS
from microgradnn.elementary import add, div, mul, sub, where
from microgradnn.ops import Op

Args = tuple[int, ...]
TRUTHS = frozenset((*CONDITIONS, mul, where))  # what is 1.0 or 0.0, if its operands are
Found = tuple[Op, Args] | int  # an instruction, or the register that has its result already
ARITHMETIC = {"+": add, "-": sub, "*": mul, "/": div}


class Writer:
    """Code as it is written: `write` gives the register that has an instruction's result."""

    def __init__(self, program: Program, rules: Mapping[Op, Callable[[Writer, Args, bool], Found]]) -> None:
        self.rules = rules
        self.first = program.first
        self.constants = Constants(list(program.constants))
        self.code: Code = []
        self._known: dict[tuple[Op, Args], int] = {}
        self._decided: dict[tuple[Op, tuple[int | None, ...]], Step | None] = {}
        self.truths: set[int] = set()  # registers that are 0.0 or 1.0
        self.zero, self.minus_zero, self.one = map(self.constants.register, (0.0, -0.0, 1.0))

    def write(self, op: Op, args: Args, loose: bool = False) -> int:
        """One instruction, or several, or none; `loose` says that the sign of a zero does not count."""
        rule = self.rules.get(op)
        if rule is not None:
            found = rule(self, args, loose)
            if isinstance(found, int):
                return found
            op, args = found
        elif min(args) < 0 <= max(args):
            step = self._settled(op, args)
            if step is not None:
                return step
        return self._emitted(op, args)

    def _emitted(self, op: Op, args: Args) -> int:
        if max(args) < 0:
            return self.constants.register(op.value(*map(self.number, args)))
        # Addition and multiplication commute, bit for bit.
        key = (op, args[::-1]) if (op is mul or op is add) and args[0] > args[1] else (op, args)
        place = self._known.get(key)
        if place is None:
            place = self._known[key] = self.first + len(self.code)
            self.code.append((op, args))
            if op in TRUTHS and (op in CONDITIONS or all(map(self.truth, args[-2:]))):
                self.truths.add(place)
        return place

    def _settled(self, op: Op, args: Args) -> int | None:
        """What a primitive that branches by a constant comes to, such as x**2, where that is simple."""
        if op.arity is None:
            return None
        known = tuple([arg if arg < 0 else None for arg in args])
        if (op, known) not in self._decided:
            self._decided[op, known] = decided(op, tuple([None if r is None else self.number(r) for r in known]))
        step = self._decided[op, known]
        if step is None:
            return None
        if step.name == "arg":
            return args[int(step.args[0])]
        if step.name in ARITHMETIC and all(x.name == "arg" for x in step.args):
            return self.write(ARITHMETIC[step.name], tuple([args[x.args[0]] for x in step.args]))
        return None

    # ---- what rules ask ----

    def number(self, r: int) -> float:
        """A constant."""
        return self.constants.numbers[-1 - r]

    def firm(self, r: int) -> bool:
        """Whether it is seen at once that it never is −0.0."""
        if r < 0:
            return positive(self.number(r))
        return r >= self.first and steady(*self.code[r - self.first], lambda x: x < 0 and positive(self.number(x)))

    def truth(self, r: int) -> bool:
        """Whether it is 1.0 or 0.0."""
        return r in self.truths if r >= 0 else r in (self.zero, self.one)

    def made(self, r: int, op: Op) -> Args | None:
        """The operands of an instruction, if it is of this primitive."""
        if r < self.first:
            return None
        found, args = self.code[r - self.first]
        return args if found is op else None
