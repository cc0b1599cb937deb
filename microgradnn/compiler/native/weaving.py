"""Small formulas that a program computes again and again become kernels of their own, so that less passes memory.

A slope of relu takes half a dozen comparisons and choices. Where eight or more instructions are computed from others
that nobody else asks for, in the same way, each becomes one instruction. What is computed stays the same.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import lru_cache
from weakref import WeakKeyDictionary, WeakValueDictionary

from microgradnn.compiler.layout import Layout
from microgradnn.compiler.lowering import lowered
from microgradnn.compiler.passes import compact, uses
from microgradnn.compiler.program import Program
from microgradnn.compiler.steps import calls
from microgradnn.ops import Op
from microgradnn.rules import inner

# The instructions of a formula, in their order: operands count from 0, and the instructions before as −1, −2 …
Form = tuple[tuple[Op, tuple[int, ...]], ...]
LARGEST, OPERANDS = 16, 8  # of a formula
OFTEN = 8  # times that a formula has to occur
MOST = 12  # formulas of a program, each being a kernel
forms: WeakKeyDictionary[Op, Form] = WeakKeyDictionary()
_formulas: WeakValueDictionary[Form, Op] = WeakValueDictionary()


def _formula(form: Form) -> Op:
    """The primitive that computes what the form says."""
    known = _formulas.get(form)
    if known is not None:
        return known

    def value(*args: float) -> float:
        done: list[float] = []
        for op, places in form:
            done.append(op.value(*[args[k] if k >= 0 else done[-1 - k] for k in places]))
        return done[-1]

    made = Op("formula", value, gradient=lambda args, out: [], public=False)
    forms[made], _formulas[form] = form, made
    return made


@lru_cache(1000)
def _simple(op: Op, arity: int) -> bool:
    """Whether a primitive is a little arithmetic of a few numbers."""
    return (op.arity is not None or (op is inner and arity == 3)) and not calls(lowered(op, arity))


def woven(known: Layout) -> Layout:
    """The layout with its frequent formulas as instructions."""
    program = known.plain
    clusters = _clusters(program)
    found = {root: _form(program, members) for root, members in clusters.items() if len(members) > 1}
    often = Counter(form for form, slots in found.values() if len(slots) <= OPERANDS)
    chosen = {form for form, count in often.most_common(MOST) if count >= OFTEN}
    if not chosen:
        return known
    code = list(program.code)
    for root, (form, slots) in found.items():
        if form in chosen:
            code[root] = _formula(form), slots
    return Layout(compact(replace(program, code=code)))


def _clusters(program: Program) -> dict[int, list[int]]:
    """Instructions, by their places, each with those that only serve it; every one in the order of the program."""
    first, code, read = program.first, program.code, uses(program)
    uniform = [False] * program.inputs + [True] * (first - program.inputs)
    for _, args in code:
        uniform.append(all(arg < 0 or uniform[arg] for arg in args))
    wanted = [0] * program.size  # how often what is in the only cluster so far asks for a register
    owner = [-1] * program.size
    members: dict[int, list[int]] = {}
    for k in range(len(code) - 1, -1, -1):
        r = first + k
        op, args = code[k]
        if uniform[r] or not _simple(op, len(args)):
            continue
        root = owner[r]
        if root < 0 or wanted[r] < read[r] or len(members[root]) >= LARGEST:
            root = k
            members[root] = []
        members[root].append(k)
        for arg in args:
            if arg >= first:
                if owner[arg] not in (-1, root):
                    wanted[arg] = 0
                owner[arg] = root
                wanted[arg] += 1
    for cluster in members.values():
        cluster.reverse()
    return members


def _form(program: Program, members: list[int]) -> tuple[Form, tuple[int, ...]]:
    """What a cluster computes, and the registers that it computes it from."""
    names = {program.first + k: -1 - i for i, k in enumerate(members)}
    slots: dict[int, int] = {}
    form = tuple(
        (op, tuple(names[arg] if arg in names else slots.setdefault(arg, len(slots)) for arg in args))
        for op, args in (program.code[k] for k in members)
    )
    return form, tuple(slots)
