"""Primitives written as functions of another language, or of Python's own floats, from the steps of their rows."""

from __future__ import annotations

import ast
import inspect
import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from microgradnn import ieee
from microgradnn.compiler.lowering import lowered
from microgradnn.compiler.passes import CHAIN
from microgradnn.compiler.steps import TOTAL, NotLowered, Step, Tree, every
from microgradnn.ops import TABLE, Op
from microgradnn.rules import inner

# What the texts say of their bits.
FINITE = """The bits are the engine's as long as everything computed is finite; an infinite slope on the way that
`where` does not take may make a gradient nan, which the engine leaves out."""


class Language(NamedTuple):
    """How floats are computed with: numbers, a call of the C library, what is written about branches and steps."""

    number: Callable[[float], str]
    called: Callable[[str, Sequence[str]], str]
    choice: str  # of test, then, otherwise
    opened: str  # an `if` with its test
    closed: str  # what ends it
    named: str  # a step with its name
    returned: str


def tree_of(op: Op, arity: int) -> Tree | None:
    """The steps of a primitive; None of a user's own that has none."""
    try:
        return lowered(op, arity)
    except NotLowered:
        return None


def python_number(x: float) -> str:
    """A float as Python reads it."""
    return repr(x) if x >= 0.0 and repr(x) != "inf" else f"({repr(x) if math.isfinite(x) else NAMES[repr(x)]})"


NAMES = {"inf": "inf", "-inf": "-inf", "nan": "nan"}
SIGNS = {"+": "{} + {}", "-": "{} - {}", "*": "{} * {}", "neg": "-{}"}


def _python_call(name: str, args: Sequence[str]) -> str:
    return f"{'divide' if name == '/' else name}({', '.join(args)})"


PYTHON = Language(
    python_number, _python_call, "{1} if {0} else {2}", "if {}:", "", "{} = {}", "return {}"
)  # fmt: skip


def identifier(op: Op) -> str:
    """The name of the function that a row becomes, in letters that every language knows; no two rows share it."""
    other = "" if TABLE.get(op.name, op) is op else f"_{id(op):x}"  # a row that was replaced, or is not the table's
    return "row_" + "".join(c if c.isascii() else f"u{ord(c):x}" for c in op.name) + other


def inline(language: Language, tree: Tree | None, args: Sequence[str]) -> str | None:
    """A row that is a single step, or a single choice, as an expression of these operands."""
    if isinstance(tree, Step):
        return _leaf(language, tree, args) or _simple(language, tree, args)
    if tree is None:
        return None
    every = [_leaf(language, x, args) for x in (*tree.test.args, *tree[1:]) if isinstance(x, Step)]
    leaves = [leaf for leaf in every if leaf is not None]
    if len(leaves) < 4:
        return None
    a, b, then, otherwise = leaves
    return language.choice.format(f"{a} {tree.test.name} {b}", then, otherwise)


def _leaf(language: Language, step: Step, args: Sequence[str]) -> str | None:
    if step.name == "arg":
        known: str = args[step.args[0]]
        return known
    return language.number(float.fromhex(step.args[0])) if step.name == "const" else None


def _simple(language: Language, step: Step, args: Sequence[str]) -> str | None:
    leaves = [_leaf(language, x, args) for x in step.args]
    known = [leaf for leaf in leaves if leaf is not None]
    return applied(language, step.name, known) if len(known) == len(leaves) else None


def applied(language: Language, name: str, args: Sequence[str]) -> str:
    """One step, of operands that are names or numbers."""
    return SIGNS[name].format(*args) if name in SIGNS else language.called(name, args)


class Function:
    """The body of a function that computes a row, line by line; equal steps are computed once on each way."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def body(self, tree: Tree, args: Sequence[str], deep: int, names: dict[Step, str] | None = None) -> Iterator[str]:
        """Lines, `deep` steps of indentation in."""
        names = {} if names is None else names
        space = "    " * deep
        if isinstance(tree, Step):
            found: list[str] = []
            result = self._name(tree, args, names, found)
            yield from (space + line for line in (*found, self.language.returned.format(result)))
            return
        lines: list[str] = []
        a, b = (self._name(x, args, names, lines) for x in tree.test.args)
        yield from (space + line for line in (*lines, self.language.opened.format(f"{a} {tree.test.name} {b}")))
        yield from self.body(tree.then, args, deep + 1, dict(names))
        if self.language.closed:
            yield space + self.language.closed
        yield from self.body(tree.otherwise, args, deep, names)

    def _name(self, step: Step, args: Sequence[str], names: dict[Step, str], lines: list[str]) -> str:
        def leaf(x: Step) -> str | None:
            return _leaf(self.language, x, args)

        for each in every(step, names):
            if leaf(each) is None:
                operands = [leaf(x) or names[x] for x in each.args]
                names[each] = f"t{len(names)}"
                lines.append(self.language.named.format(names[each], applied(self.language, each.name, operands)))
        return leaf(step) or names[step]


def used(tree: Tree | None) -> set[str]:
    """The functions of the C library, and "/", that a row's steps call."""
    return {step.name for step in every(tree) if step.name in (*TOTAL, "/")} if tree else set()


def kinds(ops: Sequence[tuple[Op, int]]) -> list[tuple[Op, int]]:
    """The primitives, each once, that are no sums."""
    return [kind for kind in dict.fromkeys(ops) if kind[0] not in (inner, CHAIN)]


def library(names: set[str]) -> str:
    """Functions of `ieee`, from its own source, and what they need of it."""
    text = inspect.getsource(ieee)
    defined: dict[str, ast.stmt] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            defined[node.name] = node
        elif isinstance(node, ast.ImportFrom):
            defined |= {alias.name: node for alias in node.names}
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                for each in target.elts if isinstance(target, ast.Tuple) else [target]:
                    if isinstance(each, ast.Name):
                        defined[each.id] = node
    wanted = {"inf"} | {{"/": "divide", "pow": "power"}.get(name, name) for name in names}
    work, needed = list(wanted), set(wanted)
    while work:
        for part in ast.walk(defined[work.pop()]):
            if isinstance(part, ast.Name) and part.id in defined and part.id not in needed:
                needed.add(part.id)
                work.append(part.id)
    chosen = {id(defined[name]): defined[name] for name in needed}
    parts = [ast.get_source_segment(text, node) or "" for node in sorted(chosen.values(), key=lambda x: x.lineno)]
    more = [inspect.getsource(TOTAL["pow"])] if "pow" in names else []
    return "\n\n".join([*parts, *more])
