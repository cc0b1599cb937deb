"""The linear form of a trace: one instruction after another, over numbered registers."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from microgradnn.chain import Node, sweep
from microgradnn.compiler.trace import Trace, Traced
from microgradnn.engine import Value
from microgradnn.ops import Op
from microgradnn.partials import local
from microgradnn.rules import inner, total

Code = list[tuple[Op, tuple[int, ...]]]


@dataclass
class Program:
    """What one sample goes through.

    The registers are numbered: first the numbers of one sample (`inputs` of them), then the leaves from outside
    (`held`, read at every call), then one for each instruction of `code`, which names the primitive and the
    registers of its operands; the constants have −1, −2 and so on. `outputs` are the registers of what the
    function gives, `gradients` those of the derivatives that were asked for, `guards` those of conditions, with
    the outcomes for which alone the program holds.
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


# ---- from the trace --------------------------------------------------------------------------------------


class _Sum:
    """An adjoint that is being added up: 0.0 + x₀·y₀ + x₁·y₁ + …, as the sweep with floats has it."""

    __slots__ = ("number", "xs", "ys")

    def __init__(self) -> None:
        self.xs: list[Any] = []
        self.ys: list[Any] = []
        self.number: Any = None


def _times(adjoint: Any, partial: Any) -> tuple[Any, Any]:
    return _number(adjoint), partial


def _plus(old: Any, new: Any) -> Any:
    whole = old if isinstance(old, _Sum) else _Sum()
    x, y = new if isinstance(new, tuple) else (new, 1.0)
    if not (y.__class__ is float and y == 0.0):  # else nothing flows
        whole.xs.append(x)
        whole.ys.append(y)
    return whole


def _number(x: Any) -> Any:
    """An adjoint as one step of the program; nothing is added to it from then on."""
    if not isinstance(x, _Sum):
        return x
    if x.number is None:
        if len(x.xs) == 1 and x.xs[0].__class__ is float and x.ys[0].__class__ is float:
            x.number = 0.0 + x.xs[0] * x.ys[0]
        elif all(y.__class__ is float and y == 1.0 for y in x.ys):
            x.number = total(*x.xs)
        else:
            x.number = inner(0.0, *x.xs, *x.ys)
    return x.number


def _edges(node: Any) -> Iterable[tuple[Node, Any]]:
    if node.op is None:
        return ()
    wanted = [k for k, arg in enumerate(node.args) if isinstance(arg, Traced)]
    return [(node.args[k], partial) for k, partial in local(node.op, node.args, node, wanted)]


def adjoints(root: Any, leaves: Sequence[Traced]) -> list[Any]:
    """The derivatives of `root`, by the one sweep over the trace; 0.0 where nothing flows."""
    if not isinstance(root, Traced):
        return [0.0] * len(leaves)
    found = sweep([(root, 1.0)], _edges, _times, _plus)
    return [_number(found.get(leaf, 0.0)) for leaf in leaves]


def program(
    trace: Trace, inputs: Sequence[Traced], outputs: Sequence[Any], gradients: Callable[[Trace], Sequence[Any]]
) -> Program:
    """The program of a trace; `gradients` gives what else is asked for, and may go on computing."""
    wanted = list(gradients(trace))
    held = list(trace.held)
    roots = [*outputs, *wanted, *(guard.condition for guard in trace.guards)]
    computed = _computed(roots)
    constants: dict[bytes, int] = {}
    numbers = {node: k for k, node in enumerate([*inputs, *trace.held.values(), *computed])}

    def register(x: Any) -> int:
        return numbers[x] if isinstance(x, Traced) else -1 - constants.setdefault(bits(x), len(constants))

    code = [(node.op, tuple(map(register, node.args))) for node in computed]
    results = [register(x) for x in roots]
    n, m = len(outputs), len(outputs) + len(wanted)
    return Program(
        [struct.unpack("<d", key)[0] for key in constants],
        len(inputs),
        held,
        code,
        results[:n],
        results[n:m],
        [(r, guard.outcome) for r, guard in zip(results[m:], trace.guards, strict=True)],
    )


def _computed(roots: Sequence[Any]) -> list[Any]:
    """Everything that the roots were computed from by instructions, in the order of creation."""
    work: list[Any] = [root for root in roots if isinstance(root, Traced)]
    seen = set(work)
    found = []
    while work:
        node = work.pop()
        if node.op is not None:
            found.append(node)
        for arg in node.args:
            if isinstance(arg, Traced) and arg not in seen:
                seen.add(arg)
                work.append(arg)
    return sorted(found, key=lambda node: node.time)
