"""to_python(root): a graph as a script that a learner could have written."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from microgradnn import ieee
from microgradnn.chain import graph
from microgradnn.engine import Value
from microgradnn.errors import Misuse, NotANumber
from microgradnn.explaining.plan import is_number
from microgradnn.partials import rule_in_force
from microgradnn.primitives import BUILT_IN
from microgradnn.reverse import name as called
from microgradnn.reverse import numeric, refuse_changed
from microgradnn.rules import inner, total
from microgradnn.spelled.backward import Backward
from microgradnn.spelled.helpers import Helpers
from microgradnn.spelled.library import library
from microgradnn.spelled.names import Names, comment
from microgradnn.spelled.printing import ATOM, SUMMED, WIDE, Text

MOST = 50_000  # Values of a graph that is written out
HEAD = '''"""{result} and its gradient, forward and backward, step by step.

run() gives ({result}, {{label: gradient}}) for the numbers that stand in its first lines; others can be given by
name. It computes what the graph computed from which it was written, bit for bit, and needs nothing else.
"""

import math
'''
NOTE = (
    "    # ---- backward: d_x is the derivative of the result with respect to x, and begins at 0.0 ----",
    "    # Every step adds to those of its operands: its own derivative times its slope there.",
)


def to_python(root: Value) -> str:
    """The computation of `root`, forward and backward, as the text of a Python script that runs alone.

    It defines `run(**leaves) -> (value, {label: gradient})`, whose arguments are the leaves, by default with the
    numbers that they have; the gradients are those with respect to the leaves that are differentiated. The bits are
    the engine's, for other numbers too, as long as the same graph would be built for them. Labels become identifiers
    (`w[0]` is w_0). At kinks the rule in force here is written down.

    NotANumber where `root` is no Value; Misuse where data changed after they were used, for graphs that go in a
    circle or have more than 50,000 Values, and for a user's primitive whose function cannot be written out.
    """
    if not isinstance(root, Value):
        raise NotANumber(f"to_python(root) takes the Value that was computed, and one {type(root).__name__} came")
    nodes: list[Value] = graph(root)  # type: ignore[assignment]
    if len(nodes) > MOST:
        raise Misuse(
            f"the graph has {len(nodes):,} Values, and a script of more than {MOST:,} is for nobody to read: take a "
            "part of it, such as the loss of one sample"
        )
    _refuse_circles(nodes)
    refuse_changed(nodes)
    script = _Script(nodes, root)
    text = script.text()
    _refuse_strangers(script, text)
    return text


def _refuse_strangers(script: _Script, text: str) -> None:
    """Misuse where a user's primitive was followed wrongly, as one that looks numbers up may be: it is tried."""
    own = dict.fromkeys(node.op.name for node in script.nodes if node.op is not None and node.op.name not in BUILT_IN)
    if not own:
        return
    names: dict[str, Any] = {"__name__": "script"}
    exec(compile(text, "<to_python>", "exec"), names)  # what was written here, from the graph
    value, gradients = names["run"]()
    wanted = [script.root.data, *(script.numbers.get(leaf, 0.0) for leaf in script.leaves if leaf.live)]
    if repr(wanted) != repr([value, *gradients.values()]):
        raise Misuse(
            f"{', '.join(own)}: a primitive of your own computes something else when it is written out. Write it with "
            "operators and the functions of math or microgradnn"
        )


def _refuse_circles(nodes: Sequence[Value]) -> None:
    for node in nodes:
        for arg in node.args:
            if isinstance(arg, Value) and arg.op is not None and arg.time >= node.time:
                raise Misuse(
                    f"{called(node)} was computed from {called(arg)}, which is not older: the graph was changed by "
                    "hand and may go in a circle, so there is no order in which to write it"
                )


class _Script:
    """A graph being written."""

    def __init__(self, nodes: Sequence[Value], root: Value) -> None:
        self.nodes, self.root = nodes, root
        self.names = Names(nodes, root)
        self.helpers = Helpers(self.names, rule_in_force())
        self.printer = self.helpers.printer
        self.told: dict[Value, str] = {}  # how each Value is computed, in a line
        self.leaves = [node for node in nodes if node.op is None and node in self.names]
        self.numbers = numeric([(root, 1.0)]) if root.live else {}

    def text(self) -> str:
        result = self.names[self.root]
        forward = [line for node in self.nodes if node.op is not None for line in self._computed(node)]
        backward = Backward(self.nodes, self.root, self.names, self.helpers, self.operand, self.told, self.numbers)
        below = list(backward.lines()) if self.root.op is not None else []
        gradients = [f"{self.names.key(leaf)!a}: {backward.result(leaf)}," for leaf in self.leaves if leaf.live]
        run = [f"def run({self._arguments()}):"]
        if forward:
            run += ["    # ---- forward: every step from those before it ----", *_indented(forward)]
        if below:
            run += ["", *NOTE, *_indented(below)]
        run += [f"    return {result}, {{", *(f"        {line}" for line in gradients), "    }"]
        if not gradients:
            run[-2:] = [f"    return {result}, {{}}  # a constant, which nothing is differentiated through"]
        mentioned = set(re.findall(r"\b(?:inf|nan)\b", "\n".join([*run, *self.helpers.written])))
        parts = [HEAD.format(result=result).rstrip("\n")]
        parts += _spaced(library([*self.printer.used, *mentioned]))
        parts += [*self.helpers.written, "\n".join(run)]
        tried = [f"    value, gradients = run()\n    print({result!a}, '=', value)"]
        tried += ["    for label, gradient in gradients.items():\n        print(label, gradient)"]
        parts.append("\n".join(['if __name__ == "__main__":', *tried]))
        return "\n\n\n".join(parts) + "\n"

    def _arguments(self) -> str:
        """The leaves as arguments, one a line, with the numbers that they have; a label where it is no identifier."""
        lines = []
        for leaf in self.leaves:
            label = str(leaf.label)
            said = [] if label in ("", self.names[leaf]) else [comment(label)]
            said += [] if leaf.live else ["a constant"]
            remark = f"  # {', '.join(said)}" if said else ""
            lines.append(f"    {self.names[leaf]}={self.printer.number(leaf.data)[0]},{remark}")
        return "\n".join(["", *lines, ""]) if lines else ""

    def operand(self, arg: object) -> Text:
        """What an operand is called, or its number."""
        if isinstance(arg, Value) and (not is_number(arg) or arg is self.root):
            return self.names[arg], ATOM
        return self.printer.number(arg.data if isinstance(arg, Value) else ieee.number(arg))

    def _computed(self, node: Value) -> Iterator[str]:
        op, target = node.op, self.names[node]
        assert op is not None  # leaves are arguments
        args = [self.operand(arg) for arg in node.args]
        label = str(node.label)
        said = f"  # {node.data:.6g}" + (f", {comment(label)}" if label not in ("", target) else "")
        if op in (total, inner):
            lines = [*self._sum(target, op is inner, args)]
            self.told[node] = _shortened(lines[0]) if len(lines) == 1 else _shortened(lines[0] + " + " + "." * WIDE)
            yield from [*lines[:-1], lines[-1] + said]
            return
        self.helpers.know(op)
        text, _ = self.printer.expression_of(op, args)
        self.told[node] = _shortened(f"{target} = {text}")
        yield from _folded(f"{target} = {text}", said)

    def _sum(self, target: str, products: bool, args: Sequence[Text]) -> Iterator[str]:
        """A sum from the left, a few terms in a line."""
        half = 1 + len(args) // 2
        if products:
            start = args[0]
            factors = zip(args[1:half], args[half:], strict=True)
            terms = [self.printer.product(x, y) for x, y in factors]
        else:
            start, terms = self.printer.number(0.0), list(args)
        yield f"{target} = {self.printer.sum(start, terms[:SUMMED])}"
        for k in range(SUMMED, len(terms), SUMMED):
            yield f"{target} = {self.printer.sum((target, ATOM), terms[k : k + SUMMED])}"


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _shortened(line: str) -> str:
    return line if len(line) <= WIDE - 30 else f"{line[: WIDE - 33]}..."


def _folded(line: str, said: str) -> list[str]:
    """A long call over several lines."""
    if len(line) <= WIDE:
        return [line + said]
    folded = textwrap.wrap(line, WIDE, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
    return [*folded[:-1], folded[-1] + said]


def _spaced(definitions: Sequence[str]) -> list[str]:
    """Definitions in paragraphs: assignments that follow each other stand together."""
    found: list[str] = []
    for text in definitions:
        if found and not text.startswith("def ") and not found[-1].startswith("def "):
            found[-1] += "\n" + text
        else:
            found.append(text)
    return found
