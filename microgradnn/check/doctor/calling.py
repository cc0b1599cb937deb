"""What a node of the graph is called in a sentence: its label, its expression where that is short, or its place."""

from __future__ import annotations

from collections.abc import Sequence

from microgradnn.births import place
from microgradnn.check.doctor.tape import Tape
from microgradnn.notation import expression

LONGEST = 64  # characters of an expression in a sentence
MOST = 24  # operations of an expression that may be that short
NOUNS = {
    "add": "sum", "sub": "difference", "neg": "negative", "mul": "product", "div": "quotient", "pow": "power",
    "square": "square", "sum": "sum", "dot": "sum of products", "logsumexp": "logarithm of the sum", "abs": "modulus",
}  # fmt: skip

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


class Caller:
    """Calls nodes by name, always the same one."""

    def __init__(self, tape: Tape, lines: Sequence[str]) -> None:
        self.tape, self.lines = tape, lines
        self._names: dict[int, str] = {}

    def line(self, n: int) -> str:
        """Where in the user's file a node is computed, in parentheses."""
        line = self.lines[n]
        return f" ({place(*line.rsplit(':', 1))})" if line else ""

    def node(self, n: int) -> str:
        """A node, as a part of a sentence or of a formula."""
        if n not in self._names:
            self._names[n] = self._named(n)
        return self._names[n]

    def is_formula(self, n: int) -> bool:
        """Whether a node is called by a formula, not in words."""
        return not self.node(n).startswith("the ")

    def slope(self, n: int, pos: int) -> str:
        """The derivative of a function of one argument: `sigmoid′(z)`, or in words."""
        op, to = self.tape.ops[n], self.tape.edges[n][pos].to
        name = op.name if op is not None else ""
        if self.is_formula(to):
            return f"{name}′({self.node(to)})"
        return f"{name}′ at the argument of {self.node(n)}" if self.is_formula(n) else f"{name}′ of {self.node(to)}"

    def _named(self, n: int) -> str:
        label = str(self.tape.nodes[n].label)
        if label:
            return label
        if n == self.tape.root:
            return "the loss"
        depth = self._depth(n)
        text = expression(self.tape.nodes[n], depth) if depth else ""
        if text and len(text) <= LONGEST:
            return text
        op = self.tape.ops[n]
        noun = "number" if op is None else NOUNS.get(op.name, op.name)
        if not self.lines[n]:
            return f"the {noun} computed there"
        line = self.lines[n].rpartition(":")[2]
        alike = [m for m, other in enumerate(self.tape.ops) if other is op and self.lines[m] == self.lines[n]]
        if len(alike) > len(ORDINALS):
            return f"the {noun} in line {line}"
        return f"the {f'{ORDINALS[alike.index(n)]} ' if len(alike) > 1 else ''}{noun} in line {line}"

    def _depth(self, n: int) -> int:
        """How many operations deep the whole expression is, down to labels; 0 where it is large."""
        level, depth, count = [n], 0, 0
        while level:
            count += len(level)
            if count > MOST:
                return 0
            depth += 1
            level = [
                a
                for m in level
                for a in self.tape.args[m]
                if a is not None and not self.tape.nodes[a].label and self.tape.ops[a] is not None
            ]
        return depth


def several(names: Sequence[str], most: int = 3) -> str:
    """Names one after the other; of very many the first ones and how many there are besides."""
    shown, left = (names, 0) if len(names) <= most + 1 else (names[:most], len(names) - most)
    if left:
        return f"{', '.join(shown)} and {left} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)
