"""A program run over samples: numbers into the registers, results out, gradients added up, all in one call."""

from __future__ import annotations

from collections.abc import Mapping

from llvmlite import ir

from microgradnn.compiler.native.loops import KERNEL
from microgradnn.compiler.native.steps import FLOAT, LANES, LONG, WIDE
from microgradnn.compiler.native.words import FLOATS, INTS, LONGS, ONE, VOID, ZERO, below, copy, loop, read, write

# A program as a table of whole numbers and addresses, in this order. `setup` are the groups that are run once, of what
# is uniform, `groups` those that are run for every `lanes` samples; they have `ROW`s. `first` is the place of the
# inputs, `held` that of the leaves' numbers; `outs` and `grads` are registers, `into` the rows of sums for the latter;
# `rows` tells in which row of the sums each gradient is.
PROGRAM = {
    "uniform": FLOATS, "registers": FLOATS, "setup": LONGS, "setups": LONG, "groups": LONGS, "count": LONG,
    "places": INTS, "lanes": LONG, "first": LONG, "inputs": LONG, "held": LONG, "outs": LONGS, "outputs": LONG,
    "grads": LONGS, "into": LONGS, "added": LONG, "rows": LONGS, "gradients": LONG,
}  # fmt: skip
# A group: the kernel's address, where its results go, whether that is a row of the sums, how many instructions, how
# many operands of each, and where their places begin.
ROW = ("kernel", "out", "into", "size", "arity", "begin")
# Samples: numbers, order, how many, distance of samples and of their numbers; results, their two distances; sums of
# gradients, in so many lanes: eight, or one where samples are taken one by one.
SAMPLES = [FLOATS, LONGS, LONG, LONG, LONG, FLOATS, LONG, LONG, FLOATS, LONG]
BATCH = ir.FunctionType(VOID, [LONGS, *SAMPLES])


class Fields:
    """What a table of whole numbers and addresses says, by name."""

    def __init__(self, at: ir.IRBuilder, table: ir.Value, kinds: Mapping[str, ir.Type]) -> None:
        self._fields: dict[str, ir.Value] = {}
        for k, (name, kind) in enumerate(kinds.items()):
            x = at.load(at.gep(table, [LONG(k)]))
            self._fields[name] = x if kind is LONG else at.inttoptr(x, kind)

    def __getattr__(self, name: str) -> ir.Value:
        return self._fields[name]


def runner(module: ir.Module) -> ir.Function:
    """run(groups, their number, places, registers, uniform, sums, scale, width, filled): group after group."""
    kind = ir.FunctionType(VOID, [LONGS, LONG, INTS, FLOATS, FLOATS, FLOATS, LONG, LONG, LONG])
    made = ir.Function(module, kind, "run")
    made.linkage = "internal"
    groups, count, places, registers, uniform, sums, scale, width, filled = made.args
    at = ir.IRBuilder(made.append_basic_block())
    with loop(at, at.mul(count, LONG(len(ROW))), len(ROW)) as row:
        kernel, out, into, size, arity, begin = (
            at.load(at.gep(groups, [at.add(row, LONG(k))])) for k in range(len(ROW))
        )
        summed = at.icmp_signed("!=", into, ZERO)
        start = at.gep(at.select(summed, sums, registers), [at.mul(out, at.select(summed, LONG(LANES), scale))])
        called = at.inttoptr(kernel, KERNEL.as_pointer())
        at.call(called, [start, registers, uniform, at.gep(places, [begin]), size, arity, scale, width, filled])
    at.ret_void()
    return made


def batch(module: ir.Module, run: ir.Function) -> ir.Function:
    """Run over samples in their order, `lanes` at a time; without an order over all of them, side by side.

    The gradients of sample i are added to lane i mod 8 of their sums; one lane is for one sample.
    """
    made = ir.Function(module, BATCH, "batch")
    table, samples, order, size, row, column, results, out_row, out_column, sums, lanes = made.args
    at = ir.IRBuilder(made.append_basic_block())
    program = Fields(at, table, PROGRAM)
    one, eight = ONE, LONG(LANES)
    at.call(run, [
        program.setup, program.setups, program.places, program.uniform, program.uniform, sums, one, eight, eight,
    ])  # fmt: skip
    scale = program.lanes
    single, ordered = at.icmp_signed("==", scale, one), at.icmp_unsigned("==", order, LONGS(None))
    with loop(at, size, scale) as begin:
        left = at.sub(size, begin)
        filled = at.select(at.icmp_signed("<", left, scale), left, scale)
        whole = at.and_(at.add(filled, LONG(LANES - 1)), LONG(-LANES))  # the lanes too many have what was there before
        with at.if_else(ordered) as (then, otherwise):
            with then, loop(at, program.inputs) as k:
                start = at.gep(samples, [at.add(begin, at.mul(k, column))])
                copy(at, start, at.gep(program.registers, [at.mul(at.add(program.first, k), scale)]), filled)
            with otherwise, loop(at, filled) as lane:
                start = at.mul(at.load(at.gep(order, [at.add(begin, lane)])), row)
                with loop(at, program.inputs) as k:
                    x = read(at, samples, at.add(start, at.mul(k, column)), FLOAT)
                    write(at, x, program.registers, at.add(at.mul(at.add(program.first, k), scale), lane))
        at.call(run, [
            program.groups, program.count, program.places, program.registers, program.uniform, sums,
            scale, whole, filled,
        ])  # fmt: skip
        with loop(at, program.outputs) as k:
            start = at.mul(at.load(at.gep(program.outs, [k])), scale)
            there = at.add(at.mul(begin, out_row), at.mul(k, out_column))
            with at.if_else(at.icmp_signed("==", out_row, one)) as (then, otherwise):
                with then:
                    copy(at, at.gep(program.registers, [start]), at.gep(results, [there]), filled)
                with otherwise, loop(at, filled) as lane:
                    x = read(at, program.registers, at.add(start, lane), FLOAT)
                    write(at, x, results, at.add(there, at.mul(lane, out_row)))
        with at.if_else(single) as (then, otherwise):
            with then:
                lane = at.and_(begin, at.sub(lanes, one))
                with loop(at, program.added) as k:
                    x = read(at, program.registers, at.load(at.gep(program.grads, [k])), FLOAT)
                    place = at.add(at.mul(at.load(at.gep(program.into, [k])), lanes), lane)
                    write(at, at.fadd(read(at, sums, place, FLOAT), x), sums, place)
            with otherwise, loop(at, program.added) as k:
                start = at.mul(at.load(at.gep(program.grads, [k])), scale)
                total = at.mul(at.load(at.gep(program.into, [k])), eight)
                with loop(at, whole, LANES) as lane:
                    x = read(at, program.registers, at.add(start, lane), WIDE)
                    x = at.select(below(at, at.sub(filled, lane)), x, ir.Constant(WIDE, [0.0] * LANES))
                    write(at, at.fadd(read(at, sums, total, WIDE), x), sums, total)
    at.ret_void()
    return made
