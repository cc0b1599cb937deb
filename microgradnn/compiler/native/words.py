"""Loops and numbers in LLVM's words: what kernels and the functions that run them are written with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from llvmlite import ir

from microgradnn.compiler.native.steps import FLOAT, INT, LANES, LONG, WIDE

FLOATS, INTS, LONGS = FLOAT.as_pointer(), INT.as_pointer(), LONG.as_pointer()
VOID = ir.VoidType()
ZERO, ONE = LONG(0), LONG(1)


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
    stride = LONG(step) if isinstance(step, int) else step
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
    if isinstance(x.type, ir.VectorType):
        at.store(x, at.bitcast(pointer, WIDE.as_pointer()), align=8)
    else:
        at.store(x, pointer)


def each(at: ir.IRBuilder, size: ir.Value, body: Callable[[ir.Value, ir.Type], None]) -> None:
    """What is done for every k below `size`, eight at a time and then one by one."""
    whole = at.and_(size, LONG(-LANES))
    with loop(at, whole, LANES) as k:
        body(k, WIDE)
    with loop(at, size, 1, whole) as k:
        body(k, FLOAT)


def copy(at: ir.IRBuilder, start: ir.Value, end: ir.Value, size: ir.Value) -> None:
    """So many floats from one place to another."""
    each(at, size, lambda k, kind: write(at, read(at, start, k, kind), end, k))


def spread(at: ir.IRBuilder, x: ir.Value) -> ir.Value:
    """A number in eight lanes; of eight numbers the first."""
    if not isinstance(x.type, ir.VectorType):
        x = at.insert_element(ir.Constant(WIDE, ir.Undefined), x, INT(0))
    return at.shuffle_vector(x, ir.Constant(WIDE, ir.Undefined), ir.Constant(ir.VectorType(INT, LANES), [0] * LANES))


def below(at: ir.IRBuilder, size: ir.Value) -> ir.Value:
    """Which of eight lanes are below `size`."""
    kind = ir.VectorType(INT, LANES)
    one = at.insert_element(ir.Constant(kind, ir.Undefined), at.trunc(size, INT), INT(0))
    every = at.shuffle_vector(one, ir.Constant(kind, ir.Undefined), ir.Constant(kind, [0] * LANES))
    return at.icmp_signed("<", ir.Constant(kind, list(range(LANES))), every)
