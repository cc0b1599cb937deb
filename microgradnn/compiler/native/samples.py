"""A program run over samples: numbers into the registers, results out, gradients added up, all in one call."""

from __future__ import annotations

from collections.abc import Sequence

from llvmlite import ir

from microgradnn.compiler.native.loops import FLOATS, INTS, LONGS, VOID, loop, read, write
from microgradnn.compiler.native.steps import FLOAT, INT, LANES, LONG, WIDE, Writer

# run's arguments, then: samples, order of samples, their number, inputs of each, results' registers, their number,
# results, gradients' registers, their number, sums of gradients in eight lanes
BATCH = ir.FunctionType(
    VOID,
    [FLOATS, LONGS, INTS, LONG, LONG, FLOATS, LONGS, LONG, LONG, LONG, LONGS, LONG, FLOATS, LONGS, LONG, FLOATS],
)
ONE = ir.Constant(LONG, 1)


def batch(writer: Writer, run: ir.Function, kind: ir.Type) -> ir.Function:
    """Run over samples in their order, `width` at a time.

    Results go to a row for each sample. The gradients of sample i are added to lane i mod 8 of their sums.
    """
    made = ir.Function(writer.module, BATCH, f"batch_{'one' if kind is FLOAT else 'wide'}")
    (registers, groups, places, count, width, samples, order, size, inputs, first, outs, outputs, results, grads,
     gradients, sums) = made.args  # fmt: skip
    at = ir.IRBuilder(made.append_basic_block())
    if kind is FLOAT:
        width = ONE
    last = at.sub(size, ONE)
    with loop(at, size, width) as begin:
        with loop(at, width) as lane:
            place = at.add(begin, lane)
            within = at.select(at.icmp_signed("<", place, last), place, last)  # lanes too many repeat the last sample
            row = at.mul(at.load(at.gep(order, [within])), inputs)
            with loop(at, inputs) as k:
                x = read(at, samples, at.add(row, k), FLOAT)
                write(at, x, registers, at.add(at.mul(at.add(first, k), width), lane))
        at.call(run, [registers, groups, places, count, width])
        left = at.sub(size, begin)
        filled = at.select(at.icmp_signed("<", left, width), left, width)
        with loop(at, outputs) as k:
            start = at.mul(at.load(at.gep(outs, [k])), width)
            with loop(at, filled) as lane:
                x = read(at, registers, at.add(start, lane), FLOAT)
                write(at, x, results, at.add(at.mul(at.add(begin, lane), outputs), k))
        _add_up(at, kind, registers, width, begin, filled, grads, gradients, sums)
    at.ret_void()
    return made


def _add_up(
    at: ir.IRBuilder,
    kind: ir.Type,
    registers: ir.Value,
    width: ir.Value,
    begin: ir.Value,
    filled: ir.Value,
    grads: ir.Value,
    gradients: ir.Value,
    sums: ir.Value,
) -> None:
    eight = ir.Constant(LONG, LANES)
    with loop(at, gradients) as k:
        start = at.mul(at.load(at.gep(grads, [k])), width)
        total = at.mul(k, eight)
        if kind is FLOAT:
            lane = at.and_(begin, ir.Constant(LONG, LANES - 1))
            place = at.add(total, lane)
            write(at, at.fadd(read(at, sums, place, FLOAT), read(at, registers, start, FLOAT)), sums, place)
        else:
            with loop(at, filled, LANES) as lane:
                left = at.trunc(at.sub(filled, lane), INT)
                x = read(at, registers, at.add(start, lane), WIDE)
                x = at.select(_below(at, left), x, ir.Constant(WIDE, [0.0] * LANES))
                write(at, at.fadd(read(at, sums, total, WIDE), x), sums, total)


def _below(at: ir.IRBuilder, size: ir.Value) -> ir.Value:
    """Which of eight lanes are below `size`."""
    kind = ir.VectorType(INT, LANES)
    one = at.insert_element(ir.Constant(kind, ir.Undefined), size, ir.Constant(INT, 0))
    every = at.shuffle_vector(one, ir.Constant(kind, ir.Undefined), ir.Constant(kind, [0] * LANES))
    return at.icmp_signed("<", ir.Constant(kind, list(range(LANES))), every)


def spread(writer: Writer) -> ir.Function:
    """spread(registers, numbers, their number, width): each number into all lanes of its register."""
    made = ir.Function(writer.module, ir.FunctionType(VOID, [FLOATS, FLOATS, LONG, LONG]), "spread")
    registers, numbers, size, width = made.args
    at = ir.IRBuilder(made.append_basic_block())
    with loop(at, size) as k:
        x = read(at, numbers, k, FLOAT)
        start = at.mul(k, width)
        with loop(at, width) as lane:
            write(at, x, registers, at.add(start, lane))
    at.ret_void()
    return made


def drivers(writer: Writer, runs: Sequence[tuple[ir.Function, ir.Type]]) -> None:
    """All functions that a machine offers beside `run`."""
    for run, kind in runs:
        batch(writer, run, kind)
    spread(writer)
