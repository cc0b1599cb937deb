"""Kernels: loops over instructions of one primitive, which know nothing of the program that they are in.

Numbers lie in three arrays. `uniform` has what is the same for all samples, a float each. `registers` has the rest:
register r of a run over `scale` samples is the stretch of floats from r·scale on. `sums` has eight floats, the lanes,
for each gradient. Places are counted in these units; a kernel takes `width` samples of the stretches.

The same kernels do eight neighbouring instructions for one sample: then scale is 1, width 8, and both arrays are one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from llvmlite import ir

from microgradnn.compiler.native.steps import FLOAT, LANES, LONG, WIDE, Writer
from microgradnn.compiler.native.words import FLOATS, INTS, ONE, VOID, ZERO, below, loop, read, spread, write
from microgradnn.ops import Op
from microgradnn.rules import inner

# out, registers, uniform, places of operands, instructions, operands of each, scale, width, of which so many samples
# are there
KERNEL = ir.FunctionType(VOID, [FLOATS, FLOATS, FLOATS, INTS, LONG, LONG, LONG, LONG, LONG])
ABREAST = 4  # sums of one sample at a time, since each waits for its last term
TOGETHER = 4  # stretches of eight samples at a time, for the same reason

SINGLE = "single"  # one float at a time
WIDTH = "wide"  # eight samples at a time
SAME = "same"  # a sum of products, eight samples at a time, each product's second factor being uniform
INTO = "into"  # a sum, eight samples at a time, that is added to `sums`


class Kind(NamedTuple):
    """What a kernel is for: a primitive, how many operands (0: any number of terms to add up), and its form.

    `same` has a bit for each operand that is uniform; of a sum the first number's is the only one.
    """

    op: Op
    arity: int
    form: str
    same: int = 0


def kernel(writer: Writer, kind: Kind, name: str) -> None:
    """Write the kernel of this kind."""
    made = ir.Function(writer.module, KERNEL, name)
    made.args[0].add_attribute("noalias")
    _Kernel(writer, kind, made).write()


class _Kernel:
    def __init__(self, writer: Writer, kind: Kind, made: ir.Function) -> None:
        self.writer, self.kind = writer, kind
        self.out, self.registers, self.uniform, self.places, self.size = made.args[:5]
        self.arity, self.scale, self.width, self.filled = made.args[5:]
        self.at = ir.IRBuilder(made.append_basic_block())
        alone = self.at.icmp_signed("==", self.scale, ONE)
        self.span = self.at.select(alone, LONG(LANES), self.scale)  # from result to result

    def write(self) -> None:
        alone = self._each if self.kind.arity else self._sums
        (alone if self.kind.form == SINGLE else self._wide)()
        self.at.ret_void()

    def _place(self, k: ir.Value) -> ir.Value:
        return self.at.sext(self.at.load(self.at.gep(self.places, [k])), LONG)

    def _operand(self, j: int, i: ir.Value) -> ir.Value:
        """The place of the j-th operand of the i-th instruction."""
        return self._place(self.at.add(i, self.at.mul(self.size, LONG(j))))

    # ---- one sample ----

    def _each(self) -> None:
        at = self.at
        with loop(at, self.size) as i:
            xs = [read(at, self.registers, self._operand(j, i), FLOAT) for j in range(self.kind.arity)]
            write(at, self.writer.applied(at, self.kind.op, xs), self.out, i)

    def _terms(self) -> ir.Value:
        """How many terms are added to the first."""
        terms = self.at.sub(LONG(self.kind.arity) if self.kind.arity else self.arity, ONE)
        return self.at.ashr(terms, ONE) if self.kind.op is inner else terms

    def _sums(self) -> None:
        """first + x₀·y₀ + x₁·y₁ + …, or first + x₀ + x₁ + …, in this order; several sums at a time."""
        at, terms = self.at, self._terms()
        whole = at.and_(self.size, LONG(-ABREAST))
        with loop(at, whole, ABREAST) as i:
            self._abreast(terms, [at.add(i, LONG(k)) for k in range(ABREAST)])
        with loop(at, self.size, 1, whole) as i:
            self._abreast(terms, [i])

    def _abreast(self, terms: ir.Value, rows: list[ir.Value]) -> None:
        at = self.at
        firsts = [read(at, self.registers, self._place(i), FLOAT) for i in rows]

        def term(j: ir.Value) -> list[ir.Value]:
            found = []
            for i in rows:
                k = at.add(i, at.mul(self.size, at.add(j, ONE)))
                x = read(at, self.registers, self._place(k), FLOAT)
                if self.kind.op is inner:
                    k = at.add(k, at.mul(self.size, terms))
                    x = at.fmul(x, read(at, self.registers, self._place(k), FLOAT))
                found.append(x)
            return found

        for total, i in zip(_added(at, terms, firsts, term), rows, strict=True):
            write(at, total, self.out, i)

    # ---- eight samples, or eight instructions, at a time ----

    def _wide(self) -> None:
        """A stretch of samples after the other, and in each all instructions, so that little is decided within."""
        at, body = self.at, self._each_wide if self.kind.arity and self.kind.form != INTO else self._sums_wide
        end = at.and_(self.filled, LONG(-LANES)) if self.kind.form == INTO else self.width
        whole = at.and_(end, LONG(-LANES * TOGETHER))
        with loop(at, whole, LANES * TOGETHER) as lane, loop(at, self.size) as i:
            body(i, [at.add(lane, LONG(LANES * v)) for v in range(TOGETHER)])
        with loop(at, end, LANES, whole) as lane, loop(at, self.size) as i:
            body(i, [lane])
        if self.kind.form == INTO:
            with loop(at, self.filled, LANES, end) as lane:  # once, or not at all
                there = below(at, at.sub(self.filled, lane))
                with loop(at, self.size) as i:
                    self._sums_wide(i, [lane], there)

    def _each_wide(self, i: ir.Value, lanes: list[ir.Value]) -> None:
        at = self.at
        operands = [self._eights(self._operand(j, i), j, lanes) for j in range(self.kind.arity)]
        result = at.mul(i, self.span)
        for lane, *xs in zip(lanes, *operands, strict=True):
            write(at, self.writer.applied(at, self.kind.op, xs), self.out, at.add(result, lane))

    def _eights(self, place: ir.Value, j: int, lanes: list[ir.Value]) -> list[ir.Value]:
        """The j-th operand, which lies at `place`, of eight samples from each of the lanes on."""
        if self.kind.same >> j & 1:
            return [spread(self.at, read(self.at, self.uniform, place, FLOAT))] * len(lanes)
        return self._varying(place, lanes)

    def _varying(self, place: ir.Value, lanes: list[ir.Value]) -> list[ir.Value]:
        start = self.at.gep(self.registers, [self.at.mul(place, self.scale)])
        return [read(self.at, start, lane, WIDE) for lane in lanes]

    def _sums_wide(self, i: ir.Value, lanes: list[ir.Value], there: ir.Value | None = None) -> None:
        at, terms = self.at, self._terms()

        def term(j: ir.Value) -> list[ir.Value]:
            k = at.add(i, at.mul(self.size, at.add(j, ONE)))
            xs = self._varying(self._place(k), lanes)
            if self.kind.op is not inner:
                return xs
            place = self._place(at.add(k, at.mul(self.size, terms)))
            if self.kind.form == SAME:
                y = spread(at, read(at, self.uniform, place, FLOAT))
                return [at.fmul(x, y) for x in xs]
            return [at.fmul(x, y) for x, y in zip(xs, self._varying(place, lanes), strict=True)]

        totals = _added(at, terms, self._eights(self._place(i), 0, lanes), term)
        if self.kind.form != INTO:
            result = at.mul(i, self.span)
            for total, lane in zip(totals, lanes, strict=True):
                write(at, total, self.out, at.add(result, lane))
            return
        result = at.mul(i, LONG(LANES))
        whole = read(at, self.out, result, WIDE)
        for total in totals:
            if there is not None:
                total = at.select(there, total, ir.Constant(WIDE, [0.0] * LANES))
            whole = at.fadd(whole, total)
        write(at, whole, self.out, result)


def _added(
    at: ir.IRBuilder, terms: ir.Value, firsts: Sequence[ir.Value], term: Callable[[ir.Value], list[ir.Value]]
) -> list[ir.Value]:
    """Several sums, each from its first number on, term after term."""
    before = at.block
    head, body, after = (at.append_basic_block(name) for name in ("head", "body", "after"))
    at.branch(head)
    at.position_at_end(head)
    j = at.phi(LONG)
    totals = [at.phi(first.type) for first in firsts]
    j.add_incoming(ZERO, before)
    for total, first in zip(totals, firsts, strict=True):
        total.add_incoming(first, before)
    at.cbranch(at.icmp_signed("<", j, terms), body, after)
    at.position_at_end(body)
    for total, x in zip(totals, term(j), strict=True):
        total.add_incoming(at.fadd(total, x), body)
    j.add_incoming(at.add(j, ONE), body)
    at.branch(head)
    at.position_at_end(after)
    return totals
