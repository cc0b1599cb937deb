"""The steps of a primitive as instructions of LLVM, for one float or for eight side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from microgradnn.compiler.lanes import LANES as LANES
from microgradnn.compiler.lowering import lowered
from microgradnn.compiler.native.weaving import forms
from microgradnn.compiler.steps import Step, Test, Tree, calls, every
from microgradnn.ops import Op

FLOAT, INT, LONG, BIT = ir.DoubleType(), ir.IntType(32), ir.IntType(64), ir.IntType(1)
WIDE = ir.VectorType(FLOAT, LANES)
PREFIX = "microgradnn_c_"  # so that LLVM takes no liberties with the C library's functions, which it knows by name
NATIVE = {"+": "fadd", "-": "fsub", "*": "fmul", "/": "fdiv"}


class Writer:
    """Writes steps into one module; the functions that it calls are noted in `library`."""

    def __init__(self, module: ir.Module) -> None:
        self.module = module
        self.library: dict[str, ir.Function] = {}
        self.scalars: dict[tuple[Op, int], ir.Function] = {}

    def called(self, name: str, arity: int) -> ir.Function:
        """The C library's function."""
        if name not in self.library:
            kind = ir.FunctionType(FLOAT, [FLOAT] * arity)
            self.library[name] = ir.Function(self.module, kind, PREFIX + name)
        return self.library[name]

    def intrinsic(self, name: str, kind: ir.Type) -> ir.Function:
        """What LLVM itself computes of a number, or of each of eight."""
        name += ".f64" if kind is FLOAT else f".v{LANES}f64"
        return self.module.globals.get(name) or ir.Function(self.module, ir.FunctionType(kind, [kind]), name)

    def scalar(self, op: Op, arity: int) -> ir.Function:
        """The primitive as a function of floats."""
        if (op, arity) not in self.scalars:
            kind = ir.FunctionType(FLOAT, [FLOAT] * arity)
            function = ir.Function(self.module, kind, f"op_{op.name}_{arity}")
            function.linkage = "internal"
            function.attributes.add("alwaysinline")
            self.scalars[op, arity] = function
            self._branches(ir.IRBuilder(function.append_basic_block()), lowered(op, arity), list(function.args), {})
        return self.scalars[op, arity]

    def _branches(self, at: ir.IRBuilder, tree: Tree, args: Sequence[ir.Value], known: dict[Step, ir.Value]) -> None:
        if isinstance(tree, Step):
            at.ret(self.step(at, tree, args, known))
            return
        then, otherwise = at.append_basic_block(), at.append_basic_block()
        at.cbranch(self.test(at, tree.test, args, known), then, otherwise)
        self._branches(ir.IRBuilder(then), tree.then, args, dict(known))
        self._branches(ir.IRBuilder(otherwise), tree.otherwise, args, known)

    def applied(self, at: ir.IRBuilder, op: Op, args: Sequence[ir.Value]) -> ir.Value:
        """The primitive of numbers, or of eight side by side: without branches where no library is called."""
        if op in forms:
            done: list[ir.Value] = []
            for part, places in forms[op]:
                done.append(self.applied(at, part, [args[k] if k >= 0 else done[-1 - k] for k in places]))
            return done[-1]
        tree = lowered(op, len(args))
        if args[0].type is FLOAT:
            return at.call(self.scalar(op, len(args)), args)
        if not calls(tree):
            return self._chosen(at, tree, args, {})
        result: ir.Value = ir.Constant(WIDE, ir.Undefined)
        for lane in range(LANES):
            place = ir.Constant(INT, lane)
            x = at.call(self.scalar(op, len(args)), [at.extract_element(arg, place) for arg in args])
            result = at.insert_element(result, x, place)
        return result

    def _chosen(self, at: ir.IRBuilder, tree: Tree, args: Sequence[ir.Value], known: dict[Step, Any]) -> Any:
        if isinstance(tree, Step):
            return self.step(at, tree, args, known)
        then = self._chosen(at, tree.then, args, known)
        otherwise = self._chosen(at, tree.otherwise, args, known)
        return at.select(self.test(at, tree.test, args, known), then, otherwise)

    def test(self, at: ir.IRBuilder, test: Test, args: Sequence[ir.Value], known: dict[Step, Any]) -> ir.Value:
        a, b = (self.step(at, x, args, known) for x in test.args)
        compare = at.fcmp_unordered if test.name == "!=" else at.fcmp_ordered
        return compare(test.name, a, b)

    def step(self, at: ir.IRBuilder, step: Step, args: Sequence[ir.Value], known: dict[Step, Any]) -> ir.Value:
        for each in every(step, known):
            known[each] = self._step(at, each, args, known)
        return known[step]

    def _step(self, at: ir.IRBuilder, step: Step, args: Sequence[ir.Value], known: dict[Step, Any]) -> ir.Value:
        name = step.name
        if name == "arg":
            return args[step.args[0]]
        if name == "const":
            return number(float.fromhex(step.args[0]), args[0].type)
        xs = [known[x] for x in step.args]
        if name in NATIVE:
            return getattr(at, NATIVE[name])(*xs)
        if name == "neg":
            return at.fneg(xs[0])
        if name in ("abs", "sqrt"):
            return at.call(self.intrinsic(f"llvm.{'fabs' if name == 'abs' else 'sqrt'}", xs[0].type), xs)
        return at.call(self.called(name, len(xs)), xs)


def number(x: float, kind: ir.Type) -> ir.Constant:
    """A constant, in every lane the same."""
    word = ir.Constant(FLOAT, x)
    return word if kind is FLOAT else ir.Constant(WIDE, [word] * LANES)
