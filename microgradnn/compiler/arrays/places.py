"""Where the registers of a program lie: what is the same for all samples once, the rest a row of numbers.

What is computed of constants and of leaves from outside alone is *uniform*: one number, however many samples
there are. Everything else has a row, one number for each sample. Results of comparisons are truths as long as only
selections ask for them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from microgradnn.compiler.arrays.elements import NO, YES, steps
from microgradnn.compiler.layout import Layout
from microgradnn.compiler.passes import CHAIN
from microgradnn.compiler.steps import Branch, Step
from microgradnn.elementary import mul, where
from microgradnn.ops import Op
from microgradnn.rules import inner

ARGUMENTS = (Step("arg", (0,)), Step("arg", (1,)))


class Operand(NamedTuple):
    """Numbers, or truths, by their rows: one for each instruction, or (term, instruction) in sums."""

    uniform: bool
    truth: bool
    rows: Any


class Piece(NamedTuple):
    """`size` instructions of one primitive whose operands are of the same kinds.

    Their results are the rows from `out` on, of the uniform numbers or of those of the samples. The operands are
    bias, xs and ys of `dot`, first and rest of `chain`, and of other primitives the arguments.
    """

    op: Op
    uniform: bool
    out: int
    size: int
    operands: list[Operand]
    truth: bool  # whether the results are truths
    floats: bool  # whether they are asked for as numbers
    summed: bool  # whether they are only asked for as gradients, to be added up
    zero: bool  # whether a sum begins with the constant 0.0
    held: bool  # whether it begins with leaves from outside


def comparison(op: Op, arity: int) -> str | None:
    """The test that the row is: 1 where it holds of its two arguments, and 0 elsewhere."""
    tree = steps(op, arity)
    if not isinstance(tree, Branch) or tree.test.args != ARGUMENTS or (tree.then, tree.otherwise) != (YES, NO):
        return None
    return tree.test.name


class Places:
    """The pieces of a layout, and for every place whether it is uniform and in which row it lies.

    Places number the constants first and then the registers. `twins` are pairs (row of a uniform number, row of
    the samples' numbers) where one stands among the others.
    """

    def __init__(self, layout: Layout) -> None:
        program = self.program = layout.program
        self.shift = shift = len(program.constants)
        size = shift + program.size
        self.uniform = np.zeros(size, bool)
        self.uniform[:shift] = self.uniform[shift + program.inputs : shift + program.first] = True
        self.row = np.zeros(size, np.intp)
        self.row[:shift] = np.arange(shift)
        self.row[shift : shift + program.inputs] = np.arange(program.inputs)
        self.row[shift + program.inputs : shift + program.first] = shift + np.arange(len(program.held))
        self.rows = {True: shift + len(program.held), False: program.inputs + 1}
        self.one = program.inputs  # a row of ones, which no register has
        self.truth = np.zeros(size, bool)
        self.asked = np.zeros(size, bool)  # as a number, by an instruction or as a result
        self.twins: list[tuple[int, int]] = []
        self._twin: dict[int, int] = {}
        pieces = [piece for group in layout.groups for piece in self._split(group)]
        for op, args, _ in pieces:
            self.asked[self._numbers(op, args)] = True
        read = self.asked.copy()
        results = self.place([*program.outputs, *(r for r, _ in program.guards)])
        gradients = self.place(program.gradients)
        self.asked[results] = self.asked[gradients] = read[results] = True
        self._zeros = [k for k, x in enumerate(program.constants) if x.hex() == "0x0.0p+0"]
        self.pieces = [self._piece(op, args, out, read) for op, args, out in pieces]
        self.outs, self.grads = self.in_rows(results), self.in_rows(gradients)

    def _piece(self, op: Op, args: Any, out: Any, read: Any) -> Piece:
        truths = op is mul and bool(self.truth[args].all())
        if op is inner:
            half = len(args) // 2
            columns = [args[0], args[1 : half + 1], args[half + 1 :]]
        else:
            columns = [args[0], args[1:]] if op is CHAIN else list(args)
        operands = [
            self._operand(column, truths or (op is where and k == 0 and bool(self.truth[column].all())))
            for k, column in enumerate(columns)
        ]
        held = (args[0] >= self.shift + self.program.inputs) & (args[0] < self.shift + self.program.first)
        return Piece(
            op,
            bool(self.uniform[out[0]]),
            int(self.row[out[0]]),
            len(out),
            operands,
            bool(self.truth[out[0]]),
            bool(self.asked[out].any()),
            not read[out].any(),
            bool(np.isin(args[0], self._zeros).all()),
            bool(held.all()),
        )

    def _operand(self, places: Any, truth: bool) -> Operand:
        uniform = bool(self.uniform[places].all())
        return Operand(uniform, truth, self.row[places] if uniform else self.in_rows(places))

    def place(self, registers: Any) -> Any:
        """Places of registers."""
        r = np.asarray(registers, np.intp).reshape(np.shape(registers))
        return np.where(r >= 0, r + self.shift, -1 - r)

    def in_rows(self, places: Any) -> Any:
        """Rows of the samples' numbers for these places; uniform numbers get a twin there."""
        rows, mixed = self.row[places], self.uniform[places]
        for place in np.unique(places[mixed]).tolist():
            if place not in self._twin:
                self._twin[place] = self.rows[False]
                self.twins.append((int(self.row[place]), self.rows[False]))
                self.rows[False] += 1
        rows[mixed] = [self._twin[place] for place in places[mixed].tolist()]
        return rows

    def _split(self, group: Any) -> list[tuple[Op, Any, Any]]:
        """The group's instructions sorted by the kinds of their operands; their results get rows."""
        args = self.place(group.args)
        kinds = self.uniform[args]
        if group.op is inner:
            args, kinds = self._factors(args, kinds)
        elif group.op is CHAIN:
            kinds = np.stack([kinds[0], kinds[1:].all(axis=0), kinds.all(axis=0)])
        codes = (kinds * (1 << np.arange(len(kinds))[:, None])).sum(axis=0)
        pieces = []
        places = self.shift + group.out + np.arange(group.size)
        for code in np.unique(codes)[::-1].tolist():
            which = np.flatnonzero(codes == code)
            uniform = bool(self.uniform[args[:, which]].all())
            out = places[which]
            self.uniform[out] = uniform
            self.row[out] = self.rows[uniform] + np.arange(len(which))
            self.rows[uniform] += len(which)
            mine = args[:, which]
            compared = comparison(group.op, len(args)) is not None
            self.truth[out] = compared or (group.op is mul and bool(self.truth[mine].all()))
            pieces.append((group.op, mine, out))
        return pieces

    def _factors(self, args: Any, kinds: Any) -> tuple[Any, Any]:
        """The factors of every product in order, a uniform one first: products commute, bit for bit."""
        half = len(args) // 2
        xs, ys = args[1 : half + 1], args[half + 1 :]
        swap = ~kinds[1 : half + 1] & kinds[half + 1 :]
        xs, ys = np.where(swap, ys, xs), np.where(swap, xs, ys)
        args = np.concatenate([args[:1], xs, ys])
        return args, np.stack([kinds[0], self.uniform[xs].all(axis=0), self.uniform[ys].all(axis=0)])

    def _numbers(self, op: Op, args: Any) -> Any:
        """The places that a piece reads as numbers."""
        if op is where and self.truth[args[0]].all():
            return args[1:]
        return args[:0] if op is mul and self.truth[args].all() else args
