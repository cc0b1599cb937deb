"""The linear form of a trace: one instruction after another, over numbered registers."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from microgradnn.compiler.trace import Trace, Traced
from microgradnn.engine import Value
from microgradnn.ops import Op

Code = list[tuple[Op, tuple[int, ...]]]


@dataclass
class Program:
    """What one sample goes through.

    The registers are numbered: first the numbers of one sample (`inputs` of them), then the leaves from outside
    (`held`, read at every call), then one for each instruction of `code`, which names the primitive and the
    registers of its operands; the constants have −1, −2 and so on. `outputs` are the registers of what the
    function gives, `gradients` those of the derivatives that were asked for, which are added to 0.0, so that the sign
    of a zero does not count; `guards` those of conditions, with the outcomes for which alone the program holds.
    """

    constants: list[float] = field(default_factory=list)
    inputs: int = 0
    held: list[Value] = field(default_factory=list)
    code: Code = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    gradients: list[int] = field(default_factory=list)
    guards: list[tuple[int, bool]] = field(default_factory=list)

    @property
    def first(self) -> int:
        """The register of the first instruction."""
        return self.inputs + len(self.held)

    @property
    def size(self) -> int:
        """The number of registers, without the constants."""
        return self.first + len(self.code)

    @property
    def results(self) -> list[int]:
        """All registers that are asked for."""
        return [*self.outputs, *self.gradients, *(register for register, _ in self.guards)]

    def holds(self, registers: Sequence[float]) -> bool:
        """Whether all conditions come out as they have to, the registers holding these numbers."""
        return all((registers[r] != 0.0) == outcome for r, outcome in self.guards)

    def run(self, sample: Sequence[float]) -> list[float]:
        """All registers for one sample: the meaning of the program, to which every backend is held."""
        registers = [*sample, *(value.item() for value in self.held), *[0.0] * len(self.code)]
        registers += reversed(self.constants)  # so that −1 is the first of them
        for k, (op, args) in enumerate(self.code, self.first):
            registers[k] = op.value(*[registers[arg] for arg in args])
        return registers


def bits(x: float) -> bytes:
    """What tells floats apart: -0.0 from 0.0, and one nan from another."""
    return struct.pack("<d", x)


class Constants:
    """The constants of a program that is being written, each once; new ones are added to the list that is given."""

    def __init__(self, numbers: list[float]) -> None:
        self.numbers = numbers
        self._places: dict[float | bytes, int] = {}
        for k, x in enumerate(numbers):
            self._places.setdefault(x if x and x == x else bits(x), -1 - k)

    def register(self, x: float) -> int:
        """The register of a constant."""
        key = x if x and x == x else bits(x)  # of other numbers equality is that of the bits
        place = self._places.get(key)
        if place is None:
            self.numbers.append(x)
            place = self._places[key] = -len(self.numbers)
        return place


def program(trace: Trace, inputs: Sequence[Traced], outputs: Sequence[Any]) -> Program:
    """The program of a trace."""
    roots = [*outputs, *(guard.condition for guard in trace.guards)]
    computed = _computed(roots)
    numbers = [*inputs, *trace.held.values(), *computed]
    place = dict(zip(numbers, range(len(numbers)), strict=True)).get
    constants = Constants([])

    def registers(args: Sequence[Any]) -> tuple[int, ...]:
        found = tuple(map(place, args))
        if None in found:
            return tuple([constants.register(x) if r is None else r for x, r in zip(args, found, strict=True)])
        return found  # type: ignore[return-value]

    code: Code = [(node.op, registers(node.args)) for node in computed]
    results = registers(roots)
    n = len(outputs)
    guards = [(r, guard.outcome) for r, guard in zip(results[n:], trace.guards, strict=True)]
    return Program(constants.numbers, len(inputs), list(trace.held), code, list(results[:n]), [], guards)


def _computed(roots: Sequence[Any]) -> list[Any]:
    """Everything that the roots were computed from by instructions, in the order of creation."""
    work: list[Any] = [root for root in roots if isinstance(root, Traced)]
    seen = set(work)
    found = []
    while work:
        node = work.pop()
        if node.op is None:
            continue
        found.append(node)
        for arg in node.args:
            if arg.__class__ is not float and arg not in seen:
                seen.add(arg)
                work.append(arg)
    found.sort(key=attrgetter("time"))
    return found
