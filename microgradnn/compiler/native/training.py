"""Steps of training in one call: gradients, their mean, penalties, clipping, the optimiser's rule."""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from microgradnn.compiler.native.loops import FLOATS, LONGS, ZERO, loop, read, write
from microgradnn.compiler.native.samples import ONE, PROGRAM
from microgradnn.compiler.native.steps import BIT, FLOAT, LANES, LONG, WIDE, Writer

# One step: the number of samples, their losses and guards (a row for each sample: the loss, then the conditions),
# how many conditions, how they come out; how many parameters learn, sums of gradients in eight lanes; all
# parameters, their order, how many, penalties l1 and l2; then what is written: gradients, the loss. It gives 1
# where everything is finite and the guards hold, else 0.
JUDGE = [LONG, FLOATS, LONG, FLOATS, LONG, FLOATS, FLOATS, LONGS, LONG, FLOAT, FLOAT, FLOATS, FLOATS]


def judge(writer: Writer) -> ir.Function:
    """The mean loss of a step with its penalties, and the sums of the gradients; whether they are all finite."""
    made = ir.Function(writer.module, ir.FunctionType(LONG, JUDGE), "judge")
    size, results, guards, outcomes, count, sums, parameters, order, every, l1, l2, gradients, loss = made.args
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
    with loop(at, count) as k:
        start = at.mul(k, LONG(LANES))
        t = [read(at, sums, at.add(start, LONG(lane)), FLOAT) for lane in range(LANES)]
        even = at.fadd(at.fadd(t[0], t[4]), at.fadd(t[2], t[6]))
        whole = at.fadd(even, at.fadd(at.fadd(t[1], t[5]), at.fadd(t[3], t[7])))
        _require(at, fine, _finite(at, whole))
        write(at, whole, gradients, k)
    at.ret(at.zext(at.load(fine), LONG))
    return made


def _cell(at: ir.IRBuilder, kind: ir.Type, begin: ir.Constant) -> ir.Value:
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

# What `train` is told, all in one table of whole numbers and addresses; the programs have the fields of PROGRAM.
FIELDS = [
    *(f"{program}.{k}" for program in ("loss", "slope", "rule") for k in range(len(PROGRAM))),
    "steps", "order", "starts", "samples", "row", "results", "guards", "outcomes", "sums", "losses", "one",
    "state", "count", "slots", "every", "next", "clip", "settings", "coefficients", "known", "all", "sequence", "size",
]  # fmt: skip
TRAIN = ir.FunctionType(LONG, [LONGS])


def train(writer: Writer, batches: dict[ir.Type, ir.Function], spread: ir.Function) -> ir.Function:
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
    field = {name: at.load(at.gep(made.args[0], [LONG(k)])) for k, name in enumerate(FIELDS)}
    programs = {
        name: [
            field[f"{name}.{k}"] if kind is LONG else at.inttoptr(field[f"{name}.{k}"], kind)
            for k, kind in enumerate(PROGRAM)
        ]
        for name in ("loss", "slope", "rule")
    }  # fmt: skip
    floats = {
        name: at.inttoptr(field[name], FLOATS)
        for name in (
            "samples",
            "results",
            "outcomes",
            "sums",
            "losses",
            "state",
            "next",
            "settings",
            "coefficients",
            "all",
        )
    }
    order, starts, every, sequence = (
        at.inttoptr(field[name], LONGS) for name in ("order", "starts", "every", "sequence")
    )
    count, state, guards = field["count"], floats["state"], field["guards"]
    l1, l2, most, number = (at.gep(floats["settings"], [LONG(k)]) for k in range(4))
    row = at.add(guards, ONE)
    nowhere = FLOATS(None)
    data, gradient = at.gep(state, [count]), at.gep(state, [at.mul(count, LONG(2))])

    def held(name: str, numbers: Any, size: Any) -> None:
        registers, width, first, inputs = (programs[name][k] for k in (0, 4, 5, 6))
        start = at.mul(at.add(first, inputs), width)
        at.call(spread, [at.gep(registers, [start]), numbers, size, width])

    with loop(at, field["steps"]) as step:
        begin = at.load(at.gep(starts, [step]))
        size = at.sub(at.load(at.gep(starts, [at.add(step, ONE)])), begin)
        held("loss", data, count)
        with loop(at, at.mul(count, LONG(LANES))) as k:
            write(at, FLOAT(0.0), floats["sums"], k)
        batch = at.select(at.icmp_signed("!=", field["one"], ZERO), batches[FLOAT], batches[WIDE])
        at.call(batch, [
            *programs["loss"], floats["samples"], at.gep(order, [begin]), size, field["row"], ONE,
            floats["results"], row, ONE, floats["sums"],
        ])  # fmt: skip
        fine = at.call(judged, [
            size, floats["results"], guards, floats["outcomes"], count, floats["sums"],
            floats["all"], sequence, field["size"], at.load(l1), at.load(l2), state, at.gep(floats["losses"], [step]),
        ])  # fmt: skip
        _stop_unless(at, fine, step)
        at.store(at.sitofp(size, FLOAT), number)
        held("slope", number, ONE)
        at.call(batches[WIDE], [
            *programs["slope"], state, every, count, ONE, count, gradient, ONE, count, nowhere,
        ])  # fmt: skip
        _stop_unless(at, at.call(checked, [gradient, count]), step)
        known = at.gep(floats["coefficients"], [at.mul(step, field["known"])])
        with at.if_then(at.icmp_signed("!=", field["clip"], ZERO)):
            size_of_all = at.call(length, [gradient, count])
            share = at.fdiv(at.load(most), size_of_all)
            shortened = at.select(at.fcmp_ordered("<", share, FLOAT(1.0)), share, FLOAT(1.0))
            # Where the norm is not finite, nothing would be left: nan, which stops below.
            shortened = at.select(_finite(at, size_of_all), shortened, FLOAT(float("nan")))
            write(at, shortened, known, at.sub(field["known"], ONE))
        held("rule", known, field["known"])
        at.call(batches[WIDE], [
            *programs["rule"], data, every, count, ONE, count, floats["next"], ONE, count, nowhere,
        ])  # fmt: skip
        _stop_unless(at, at.call(checked, [floats["next"], count]), step)
        with loop(at, count) as k:
            write(at, read(at, floats["next"], k, FLOAT), data, k)
            write(at, read(at, floats["next"], k, FLOAT), floats["all"], k)
        with loop(at, at.mul(count, field["slots"])) as k:
            slots = at.gep(gradient, [count])
            write(at, read(at, floats["next"], at.add(k, count), FLOAT), slots, k)
    at.ret(field["steps"])
    return made


def _stop_unless(at: ir.IRBuilder, fine: ir.Value, step: ir.Value) -> None:
    with at.if_then(at.icmp_signed("==", fine, ZERO), likely=False):
        at.ret(step)
