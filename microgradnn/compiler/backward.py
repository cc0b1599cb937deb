"""The derivatives of a program, by the one sweep of the chain rule over its registers: more of the same program."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, NoReturn

from microgradnn.arithmetic import Arithmetic
from microgradnn.chain import sweep
from microgradnn.compiler.program import Constants, Program
from microgradnn.compiler.unknown import FIXED, LEAF
from microgradnn.elementary import add, mul
from microgradnn.errors import Untraceable
from microgradnn.explaining.term import AT_MOST, LESS
from microgradnn.ieee import number
from microgradnn.ops import Flow, Op
from microgradnn.partials import local
from microgradnn.rules import chosen, inner, total


class Register(Arithmetic):
    """The number that a register will hold: what is computed with it becomes instructions."""

    __slots__ = ("place", "writing")
    rank = 1
    open = True

    def __init__(self, place: int, writing: _Writing) -> None:
        self.place = place
        self.writing = writing

    def through(self, op: Op, args: tuple[Any, ...]) -> Register:
        return Register(self.writing.write(op, tuple(map(self.writing.place, args))), self.writing)

    def __lt__(self, other: Any) -> Any:
        return LESS(self, other)

    def __le__(self, other: Any) -> Any:
        return AT_MOST(self, other)

    def __gt__(self, other: Any) -> Any:
        return LESS(other, self)

    def __ge__(self, other: Any) -> Any:
        return AT_MOST(other, self)

    def plain(self) -> NoReturn:
        raise Untraceable(
            "a partial looked at a number (.data, .item(), float() or the like) while its primitive was compiled, and "
            "would hold for that number only: write it with operators and microgradnn's functions"
        )

    item = plain
    data = property(plain)


class _Writing:
    """Instructions added to a program."""

    def __init__(self, program: Program) -> None:
        self.code, self.first = program.code, program.first
        self.constant = Constants(program.constants).register

    def register(self, place: int) -> Register:
        """What stands for a register in formulas."""
        return Register(place, self)

    def place(self, x: Any) -> int:
        """The register of what a formula gave."""
        if x.__class__ is Register:
            place: int = x.place
            return place
        if isinstance(x, Flow):
            raise Untraceable(f"one {type(x).__name__} met a number that is being compiled, in a primitive's partial")
        return self.constant(number(x, "a partial"))

    def write(self, op: Op, places: tuple[int, ...]) -> int:
        """One more instruction, and its register."""
        self.code.append((op, places))
        return self.first + len(self.code) - 1


def differentiated(program: Program, leaves: Sequence[int]) -> Program:
    """The program with the derivatives of every output by these registers, which are its gradients."""
    found = replace(program, constants=list(program.constants), code=list(program.code))
    if leaves:
        found.gradients = [slope for output in program.outputs for slope in adjoints(found, output, leaves)]
    return found


def adjoints(program: Program, root: int, leaves: Sequence[int]) -> list[int]:
    """The derivatives of register `root` with respect to other ones, 0.0 where nothing flows.

    The instructions are added to the program. Inputs that no derivative is asked of are constants, and so are
    leaves from outside that are not differentiated: which counts at kinks, where constants are not shared with.
    """
    if root < 0:
        return [Constants(program.constants).register(0.0)] * len(leaves)
    first, code = program.first, program.code
    live = _live(program, leaves, root)
    writing = _Writing(program)
    constant, place, write = writing.constant, writing.place, writing.write
    value = [*map(writing.register, range(max(first, root + 1))), *reversed(program.constants)].__getitem__
    zero, one = constant(0.0), constant(1.0)

    def edges(node: int) -> Iterable[tuple[int, Any]]:
        found = steps(node)
        if among and any(operand in among for operand, _ in found):
            return [
                (x, (partial, mask))
                for operand, partial in found
                for x, mask in among.get(operand, {operand: one}).items()
            ]
        return found

    def steps(node: int) -> Sequence[tuple[int, int]]:
        op, args = code[node - first]
        wanted = [k for k, arg in enumerate(args) if live[arg]]
        if not wanted:
            return ()
        return [
            (args[k], y.place if y.__class__ is Register else place(y))
            for k, y in local(op, list(map(value, args)), value(node), wanted)
        ]

    # An adjoint is 0.0 + x₀·y₀ + x₁·y₁ + …, as the sweep with floats has it: the list x₀, y₀, x₁, y₁ …, and when it is
    # asked for, and nothing is added from then on, that of its register alone, with which that of the root begins.
    def times(adjoint: list[int], partial: Any) -> tuple[int, int]:
        x = adjoint[0] if len(adjoint) == 1 else whole(adjoint)
        if partial.__class__ is not tuple:
            return x, partial
        factor, mask = partial
        return (x, factor) if mask == one else (product(x, factor), mask)

    @cache
    def product(x: int, y: int) -> int:
        return y if x == one else x if y == one else write(mul, (x, y))

    def plus(old: Any, new: tuple[int, ...]) -> list[int]:
        adjoint: list[int] = [] if old.__class__ is float else old
        adjoint += new
        return adjoint

    def whole(adjoint: list[int]) -> int:
        if len(adjoint) > 1:
            xs, ys = adjoint[::2], adjoint[1::2]
            ones = ys.count(one) == len(ys)
            adjoint[:] = [write(total, tuple(xs)) if ones else write(inner, (zero, *xs, *ys))]
        return adjoint[0]

    # Of every choice, what it is among, and where it says so. Eagerly what is chosen is used itself, with no step
    # between, and its adjoint adds up each use as it comes.
    among: dict[int, dict[int, int]] = {}
    for r, (op, _) in enumerate(code[: max(0, root + 1 - first)], first):
        if op is chosen:
            masks = among[r] = dict[int, int]()
            for operand, mask in steps(r):
                for x, inside in among.get(operand, {operand: one}).items():
                    here = product(mask, inside)
                    masks[x] = here if x not in masks else write(add, (masks[x], here))
    found = sweep([(root, (one,))], edges, times, plus, range(first, root + 1))
    return [whole(found[leaf]) if leaf in found else zero for leaf in leaves]


def _live(program: Program, leaves: Sequence[int], root: int) -> list[bool]:
    """Which registers up to the root depend on what is differentiated; constants, read from the end, do not."""
    live = [False] * (root + 1 + len(program.constants) + program.first)
    for k, value in enumerate(program.held, program.inputs):
        live[k] = value.live
    for leaf in leaves:
        live[leaf] = True
    for k, (op, args) in enumerate(program.code[: max(0, root + 1 - program.first)], program.first):
        live[k] = op is LEAF or (op not in FIXED and any(map(live.__getitem__, args)))
    return live
