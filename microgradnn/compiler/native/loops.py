"""Loops over groups of instructions, and the dispatcher that runs a program: the same for every graph.

Registers lie in one array. Register r of a run over `width` samples is the stretch of `width` floats from
r·width on; width is 1, or a multiple of 8.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from llvmlite import ir

from microgradnn.compiler.native.steps import FLOAT, INT, LANES, LONG, WIDE, Writer
from microgradnn.ops import Op
from microgradnn.rules import inner

FLOATS, INTS, LONGS = FLOAT.as_pointer(), INT.as_pointer(), LONG.as_pointer()
VOID = ir.VoidType()
# out, registers, places of operands, instructions in the group, operands of each, floats in a register
KERNEL = ir.FunctionType(VOID, [FLOATS, FLOATS, INTS, LONG, LONG, LONG])
ABREAST = 4  # sums at a time
FIELDS = 5  # of a group in a program: kernel, result register, size, arity, where its operands' places begin
ZERO = ir.Constant(LONG, 0)


@contextmanager
def loop(at: ir.IRBuilder, end: ir.Value, step: int | ir.Value = 1, begin: ir.Value = ZERO) -> Iterator[ir.Value]:
    """Instructions written within are done for begin, begin + step … below `end`."""
    before = at.block
    head, body, after = (at.append_basic_block(name) for name in ("head", "body", "after"))
    at.branch(head)
    at.position_at_end(head)
    i = at.phi(LONG)
    i.add_incoming(begin, before)
    at.cbranch(at.icmp_signed("<", i, end), body, after)
    at.position_at_end(body)
    yield i
    stride = ir.Constant(LONG, step) if isinstance(step, int) else step
    i.add_incoming(at.add(i, stride), at.block)
    at.branch(head)
    at.position_at_end(after)


def read(at: ir.IRBuilder, start: ir.Value, place: ir.Value, kind: ir.Type) -> ir.Value:
    pointer = at.gep(start, [place])
    if kind is WIDE:
        return at.load(at.bitcast(pointer, WIDE.as_pointer()), align=8)
    return at.load(pointer)


def write(at: ir.IRBuilder, x: ir.Value, start: ir.Value, place: ir.Value) -> None:
    pointer = at.gep(start, [place])
    if x.type is WIDE:
        at.store(x, at.bitcast(pointer, WIDE.as_pointer()), align=8)
    else:
        at.store(x, pointer)


def function(module: ir.Module, kind: ir.FunctionType, name: str, *, inside: bool = True) -> ir.Function:
    made = ir.Function(module, kind, name)
    if inside:
        made.linkage = "internal"
    for argument in made.args[:1]:
        if isinstance(argument.type, ir.PointerType):
            argument.add_attribute("noalias")
    return made


def kernel(writer: Writer, op: Op, arity: int, kind: ir.Type) -> ir.Function:
    """The loop over a group of one primitive, for one sample (FLOAT) or for eight at a time (WIDE)."""
    varies = arity == 0
    name = f"group_{op.name}_{'n' if varies else arity}_{'one' if kind is FLOAT else 'wide'}"
    made = function(writer.module, KERNEL, name)
    made.attributes.add("noinline")
    at = ir.IRBuilder(made.append_basic_block())
    if varies:
        _sums(at, made, kind, products=op is inner)
    else:
        _elementwise(at, made, kind, arity, lambda xs: writer.applied(at, op, xs))
    at.ret_void()
    return made


def _place(at: ir.IRBuilder, places: ir.Value, k: ir.Value, width: ir.Value) -> ir.Value:
    """Where the k-th operand's register begins."""
    register = at.sext(at.load(at.gep(places, [k])), LONG)
    return at.mul(register, width)


def _elementwise(
    at: ir.IRBuilder,
    made: ir.Function,
    kind: ir.Type,
    arity: int,
    apply: Callable[[Sequence[ir.Value]], ir.Value],
) -> None:
    out, registers, places, size, _, width = made.args
    with loop(at, size) as i:
        starts = [_place(at, places, at.add(i, at.mul(size, ir.Constant(LONG, j))), width) for j in range(arity)]
        result = at.mul(i, width)
        with loop(at, width, LANES if kind is WIDE else 1) as lane:
            xs = [read(at, registers, at.add(start, lane), kind) for start in starts]
            write(at, apply(xs), out, at.add(result, lane))


def _sums(at: ir.IRBuilder, made: ir.Function, kind: ir.Type, products: bool) -> None:
    """first + x₀·y₀ + x₁·y₁ + …, or first + x₀ + x₁ + …, in this order; several sums at a time, since each waits."""
    size, arity = made.args[3:5]
    terms = at.sub(arity, ir.Constant(LONG, 1))
    if products:
        terms = at.ashr(terms, ir.Constant(LONG, 1))
    whole = at.and_(size, ir.Constant(LONG, -ABREAST))
    with loop(at, whole, ABREAST) as i:
        _abreast(at, made, kind, products, terms, [at.add(i, ir.Constant(LONG, k)) for k in range(ABREAST)])
    with loop(at, size, 1, whole) as i:
        _abreast(at, made, kind, products, terms, [i])


def _abreast(
    at: ir.IRBuilder, made: ir.Function, kind: ir.Type, products: bool, terms: ir.Value, rows: list[ir.Value]
) -> None:
    out, registers, places, size, _, width = made.args
    span = at.mul(terms, size)
    starts = [_place(at, places, i, width) for i in rows]
    results = [at.mul(i, width) for i in rows]
    with loop(at, width, LANES if kind is WIDE else 1) as lane:
        firsts = [read(at, registers, at.add(start, lane), kind) for start in starts]
        before = at.block
        head, body, after = (at.append_basic_block(name) for name in ("head", "body", "after"))
        at.branch(head)
        at.position_at_end(head)
        j, begin = at.phi(LONG), at.phi(LONG)
        totals = [at.phi(kind) for _ in rows]
        j.add_incoming(ZERO, before)
        begin.add_incoming(size, before)
        for total, first in zip(totals, firsts, strict=True):
            total.add_incoming(first, before)
        at.cbranch(at.icmp_signed("<", j, terms), body, after)
        at.position_at_end(body)
        for total, i in zip(totals, rows, strict=True):
            k = at.add(begin, i)
            x = read(at, registers, at.add(_place(at, places, k, width), lane), kind)
            if products:
                y = read(at, registers, at.add(_place(at, places, at.add(k, span), width), lane), kind)
                x = at.fmul(x, y)
            total.add_incoming(at.fadd(total, x), body)
        j.add_incoming(at.add(j, ir.Constant(LONG, 1)), body)
        begin.add_incoming(at.add(begin, size), body)
        at.branch(head)
        at.position_at_end(after)
        for total, result in zip(totals, results, strict=True):
            write(at, total, out, at.add(result, lane))


def dispatcher(writer: Writer, kinds: Sequence[tuple[Op, int]], kind: ir.Type) -> ir.Function:
    """run(registers, groups, places, number of groups, width): a whole program, group after group."""
    name = f"run_{'one' if kind is FLOAT else 'wide'}"
    made = ir.Function(writer.module, ir.FunctionType(VOID, [FLOATS, LONGS, INTS, LONG, LONG]), name)
    registers, groups, places, count, width = made.args
    at = ir.IRBuilder(made.append_basic_block())
    kernels = [kernel(writer, op, arity, kind) for op, arity in kinds]
    if kind is FLOAT:
        width = ir.Constant(LONG, 1)
    with loop(at, at.mul(count, ir.Constant(LONG, FIELDS)), FIELDS) as row:
        which, result, size, arity, begin = (
            at.load(at.gep(groups, [at.add(row, ir.Constant(LONG, k))])) for k in range(FIELDS)
        )
        out = at.gep(registers, [at.mul(result, width)])
        mine = at.gep(places, [begin])
        after = at.append_basic_block("after")
        choice = at.switch(which, after)
        for k, called in enumerate(kernels):
            block = at.append_basic_block()
            choice.add_case(ir.Constant(LONG, k), block)
            inner_at = ir.IRBuilder(block)
            inner_at.call(called, [out, registers, mine, size, arity, width])
            inner_at.branch(after)
        at.position_at_end(after)
    at.ret_void()
    return made
