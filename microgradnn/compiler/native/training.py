"""Steps of training in one call: gradients, their mean, penalties, clipping, the optimiser's rule."""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from microgradnn.compiler.native.samples import PROGRAM, Fields
from microgradnn.compiler.native.steps import BIT, FLOAT, LANES, LONG, Writer, number
from microgradnn.compiler.native.words import FLOATS, LONGS, ONE, ZERO, copy, each, loop, read, write

# One step: the number of samples, their losses and guards (a row for each sample: the loss, then the conditions),
# how many conditions, how they come out; how many parameters learn, sums of gradients, which row is whose; all
# parameters, their order, how many, penalties l1 and l2; then what is written: gradients, the loss; and in how many
# lanes the sums are. It gives 1 where everything is finite and the guards hold, else 0.
JUDGE = [LONG, FLOATS, LONG, FLOATS, LONG, FLOATS, LONGS, FLOATS, LONGS, LONG, FLOAT, FLOAT, FLOATS, FLOATS, LONG]


def judge(writer: Writer) -> ir.Function:
    """The mean loss of a step with its penalties, and the sums of the gradients; whether they are all finite."""
    made = ir.Function(writer.module, ir.FunctionType(LONG, JUDGE), "judge")
    size, results, guards, outcomes, count, sums, rows, parameters, order, every, l1, l2, gradients, loss, lanes = (
        made.args
    )
    at = ir.IRBuilder(made.append_basic_block())
    fine, total = _cell(at, BIT, BIT(1)), _cell(at, FLOAT, FLOAT(0.0))
    row = at.add(guards, ONE)
    with loop(at, size) as i:
        start = at.mul(i, row)
        x = read(at, results, start, FLOAT)
        _require(at, fine, _finite(at, x))
        at.store(at.fadd(at.load(total), x), total)
        with loop(at, guards) as k:
            holds = read(at, results, at.add(at.add(start, ONE), k), FLOAT)
            _require(at, fine, at.fcmp_ordered("==", holds, read(at, outcomes, k, FLOAT)))
    mean = at.fdiv(at.load(total), at.sitofp(size, FLOAT))
    absolute = writer.intrinsic("llvm.fabs", FLOAT)
    for weight, term in ((l1, lambda p: at.call(absolute, [p])), (l2, lambda p: at.fmul(p, p))):
        mean = _penalised(at, mean, weight, parameters, order, every, term)
    write(at, mean, loss, ZERO)
    _require(at, fine, _finite(at, mean))

    def keep(k: Any, x: Any) -> None:
        _require(at, fine, _finite(at, x))
        write(at, x, gradients, k)

    with at.if_else(at.icmp_signed("==", lanes, ONE)) as (then, otherwise):
        with then, loop(at, count) as k:
            keep(k, at.fadd(read(at, sums, at.load(at.gep(rows, [k])), FLOAT), FLOAT(0.0)))
        with otherwise, loop(at, count) as k:
            start = at.mul(at.load(at.gep(rows, [k])), LONG(LANES))
            t = [read(at, sums, at.add(start, LONG(lane)), FLOAT) for lane in range(LANES)]
            even = at.fadd(at.fadd(t[0], t[4]), at.fadd(t[2], t[6]))
            keep(k, at.fadd(even, at.fadd(at.fadd(t[1], t[5]), at.fadd(t[3], t[7]))))
    at.ret(at.zext(at.load(fine), LONG))
    return made


def _cell(at: ir.IRBuilder, kind: ir.Type, begin: ir.Constant) -> ir.Value:
    with at.goto_entry_block():  # where LLVM makes registers of them
        cell = at.alloca(kind)
    at.store(begin, cell)
    return cell


def _finite(at: ir.IRBuilder, x: ir.Value) -> ir.Value:
    return at.fcmp_ordered("==", at.fsub(x, x), FLOAT(0.0))


def _require(at: ir.IRBuilder, fine: ir.Value, condition: ir.Value) -> None:
    at.store(at.and_(at.load(fine), condition), fine)


def _penalised(at: ir.IRBuilder, loss: Any, weight: Any, parameters: Any, order: Any, count: Any, term: Any) -> Any:
    """loss + weight · Σ term(p), where the weight is not 0."""
    before = at.block
    then, after = at.append_basic_block(), at.append_basic_block()
    at.cbranch(at.fcmp_ordered("!=", weight, FLOAT(0.0)), then, after)
    at.position_at_end(then)
    total = _cell(at, FLOAT, FLOAT(0.0))
    with loop(at, count) as k:
        p = read(at, parameters, at.load(at.gep(order, [k])), FLOAT)
        at.store(at.fadd(at.load(total), term(p)), total)
    more = at.fadd(loss, at.fmul(weight, at.load(total)))
    end = at.block
    at.branch(after)
    at.position_at_end(after)
    result = at.phi(FLOAT)
    result.add_incoming(loss, before)
    result.add_incoming(more, end)
    return result


def norm(writer: Writer) -> ir.Function:
    """norm(numbers, their number): the root of the sum of squares, added from the left."""
    made = ir.Function(writer.module, ir.FunctionType(FLOAT, [FLOATS, LONG]), "norm")
    numbers, count = made.args
    at = ir.IRBuilder(made.append_basic_block())
    total = _cell(at, FLOAT, FLOAT(0.0))
    with loop(at, count) as k:
        x = read(at, numbers, k, FLOAT)
        at.store(at.fadd(at.load(total), at.fmul(x, x)), total)
    at.ret(at.call(writer.intrinsic("llvm.sqrt", FLOAT), [at.load(total)]))
    return made


def finite(writer: Writer) -> ir.Function:
    """finite(numbers, their number): 1 where all are finite, else 0."""
    made = ir.Function(writer.module, ir.FunctionType(LONG, [FLOATS, LONG]), "finite")
    numbers, count = made.args
    at = ir.IRBuilder(made.append_basic_block())
    fine = _cell(at, BIT, BIT(1))
    with loop(at, count) as k:
        _require(at, fine, _finite(at, read(at, numbers, k, FLOAT)))
    at.ret(at.zext(at.load(fine), LONG))
    return made


# ---- the loop ---------------------------------------------------------------------------------------------

# What `train` is told, all in one table of whole numbers and addresses; the programs are tables themselves.
FIELDS = {
    "loss": LONGS, "slope": LONGS, "rule": LONGS, "steps": LONG, "order": LONGS, "stretches": LONGS, "samples": FLOATS,
    "row": LONG, "column": LONG, "results": FLOATS, "guards": LONG, "outcomes": FLOATS, "sums": FLOATS,
    "losses": FLOATS, "state": FLOATS, "count": LONG, "slots": LONG, "next": FLOATS, "clip": LONG, "settings": FLOATS,
    "coefficients": FLOATS, "known": LONG, "all": FLOATS, "sequence": LONGS, "size": LONG, "lanes": LONG,
}  # fmt: skip
TRAIN = ir.FunctionType(LONG, [LONGS])


def train(writer: Writer, batch: ir.Function) -> ir.Function:
    """train(table): steps of training one after another; gives how many were done.

    It stops before a step in which something is not finite, or a guard does not hold, and leaves the parameters
    as they were before that step. `state` holds, for every parameter, in stretches of `count`: the sum of its
    gradients, itself, the gradient that is used, and the slots of the optimiser. `all` has the parameters and
    then those that do not learn, `sequence` the places there of all in the model's order. `settings` are l1, l2 and the
    largest norm; `coefficients` those of the rule, a row for each step.
    """
    made = ir.Function(writer.module, TRAIN, "train")
    judged, length, checked = judge(writer), norm(writer), finite(writer)
    at = ir.IRBuilder(made.append_basic_block())
    told = Fields(at, made.args[0], FIELDS)
    loss, slope, rule = (Fields(at, table, PROGRAM) for table in (told.loss, told.slope, told.rule))
    count, state = told.count, told.state
    l1, l2, most, shared = (at.gep(told.settings, [LONG(k)]) for k in range(4))
    ordered = at.icmp_unsigned("==", told.order, LONGS(None))  # the samples are as they come, side by side
    row = at.add(told.guards, ONE)
    nowhere = FLOATS(None)
    data, gradient = at.gep(state, [count]), at.gep(state, [at.mul(count, LONG(2))])

    def hold(program: Fields, numbers: Any, size: Any) -> None:
        copy(at, numbers, at.gep(program.uniform, [program.held]), size)

    def over(table: Any, numbers: Any, results: Any) -> None:
        """A program run over the parameters, whose numbers lie in stretches."""
        at.call(batch, [table, numbers, LONGS(None), count, ONE, count, results, ONE, count, nowhere, ONE])

    with loop(at, told.steps) as step:
        stretch = at.gep(told.stretches, [at.mul(step, LONG(2))])
        begin = at.load(stretch)
        size = at.sub(at.load(at.gep(stretch, [ONE])), begin)
        hold(loss, data, count)
        each(at, at.mul(count, told.lanes), lambda k, kind: write(at, number(0.0, kind), told.sums, k))
        at.call(batch, [
            told.loss, at.select(ordered, at.gep(told.samples, [begin]), told.samples),
            at.select(ordered, told.order, at.gep(told.order, [begin])), size, told.row, told.column,
            told.results, row, ONE, told.sums, told.lanes,
        ])  # fmt: skip
        fine = at.call(judged, [
            size, told.results, told.guards, told.outcomes, count, told.sums, loss.rows, told.all, told.sequence,
            told.size, at.load(l1), at.load(l2), state, at.gep(told.losses, [step]), told.lanes,
        ])  # fmt: skip
        _stop_unless(at, fine, step)
        at.store(at.sitofp(size, FLOAT), shared)
        hold(slope, shared, ONE)
        over(told.slope, state, gradient)
        _stop_unless(at, at.call(checked, [gradient, count]), step)
        known = at.gep(told.coefficients, [at.mul(step, told.known)])
        with at.if_then(at.icmp_signed("!=", told.clip, ZERO)):
            size_of_all = at.call(length, [gradient, count])
            share = at.fdiv(at.load(most), size_of_all)
            shortened = at.select(at.fcmp_ordered("<", share, FLOAT(1.0)), share, FLOAT(1.0))
            # Where the norm is not finite, nothing would be left: nan, which stops below.
            shortened = at.select(_finite(at, size_of_all), shortened, FLOAT(float("nan")))
            write(at, shortened, known, at.sub(told.known, ONE))
        hold(rule, known, told.known)
        over(told.rule, data, told.next)
        _stop_unless(at, at.call(checked, [told.next, count]), step)
        copy(at, told.next, data, count)
        copy(at, told.next, told.all, count)
        copy(at, at.gep(told.next, [count]), at.gep(gradient, [count]), at.mul(count, told.slots))
    at.ret(told.steps)
    return made


def _stop_unless(at: ir.IRBuilder, fine: ir.Value, step: ir.Value) -> None:
    with at.if_then(at.icmp_signed("==", fine, ZERO), likely=False):
        at.ret(step)
