"""A program run over samples: numbers into the registers, results out, gradients added up, all in one call."""

from __future__ import annotations

from llvmlite import ir

from microgradnn.compiler.native.loops import FLOATS, INTS, LONGS, VOID, loop, read, write
from microgradnn.compiler.native.steps import FLOAT, INT, LANES, LONG, WIDE, Writer

# A program: registers, groups, places, number of groups, width, register of the first input, number of inputs,
# results' registers, their number, gradients' registers, their number.
PROGRAM = [FLOATS, LONGS, INTS, LONG, LONG, LONG, LONG, LONGS, LONG, LONGS, LONG]
# Samples: numbers, order, how many, distance of samples and of their numbers; results, their two distances;
# sums of gradients in eight lanes.
SAMPLES = [FLOATS, LONGS, LONG, LONG, LONG, FLOATS, LONG, LONG, FLOATS]
BATCH = ir.FunctionType(VOID, [*PROGRAM, *SAMPLES])
ONE = ir.Constant(LONG, 1)


def batch(writer: Writer, run: ir.Function, kind: ir.Type) -> ir.Function:
    """Run over samples in their order, `width` at a time.

    The gradients of sample i are added to lane i mod 8 of their sums.
    """
    made = ir.Function(writer.module, BATCH, f"batch_{'one' if kind is FLOAT else 'wide'}")
    registers, groups, places, count, width, first, inputs, outs, outputs, grads, gradients = made.args[: len(PROGRAM)]
    samples, order, size, row, column, results, out_row, out_column, sums = made.args[len(PROGRAM) :]
    at = ir.IRBuilder(made.append_basic_block())
    if kind is FLOAT:
        width = ONE
    last = at.sub(size, ONE)
    with loop(at, size, width) as begin:
        with loop(at, width) as lane:
            place = at.add(begin, lane)
            within = at.select(at.icmp_signed("<", place, last), place, last)  # lanes too many repeat the last sample
            start = at.mul(at.load(at.gep(order, [within])), row)
            with loop(at, inputs) as k:
                x = read(at, samples, at.add(start, at.mul(k, column)), FLOAT)
                write(at, x, registers, at.add(at.mul(at.add(first, k), width), lane))
        at.call(run, [registers, groups, places, count, width])
        left = at.sub(size, begin)
        filled = at.select(at.icmp_signed("<", left, width), left, width)
        with loop(at, outputs) as k:
            start = at.mul(at.load(at.gep(outs, [k])), width)
            with loop(at, filled) as lane:
                x = read(at, registers, at.add(start, lane), FLOAT)
                there = at.add(at.mul(at.add(begin, lane), out_row), at.mul(k, out_column))
                write(at, x, results, there)
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
            place = at.add(total, at.and_(begin, ir.Constant(LONG, LANES - 1)))
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
