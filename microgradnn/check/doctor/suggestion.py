"""The right gradient of one number, as a person would write it down: as code and typeset."""

from __future__ import annotations

from collections.abc import Callable

from microgradnn.check.doctor.roles import uses
from microgradnn.check.doctor.tape import Tape
from microgradnn.check.doctor.writing import (
    MINUS,
    ONE,
    ZERO,
    Text,
    applied,
    minus,
    named,
    number,
    over,
    plus,
    power,
    times,
    within,
)
from microgradnn.ops import Op

SHORT = 9  # characters of an expression that needs no letter
LONGEST = 200  # characters of a formula; of a longer one the step next to the number is shown
TWO = number(2.0)


def _if(condition: str, tex: str) -> Text:
    return Text(f"({condition})", rf"[{tex}]")


SLOPES: dict[str, Callable[[Text, Text], Text]] = {  # of functions of one argument x with value o
    "exp": lambda x, o: o,
    "log": lambda x, o: over(ONE, x),
    "sqrt": lambda x, o: over(number(0.5), o),
    "square": lambda x, o: times([TWO, x]),
    "sigmoid": lambda x, o: times([o, minus(ONE, o)]),
    "tanh": lambda x, o: minus(ONE, power(o, TWO)),
    "relu": lambda x, o: _if(f"{x.code} > 0", f"{x.tex} > 0"),
    "sin": lambda x, o: applied("cos", [x], r"\cos({0})"),
    "cos": lambda x, o: times([MINUS, applied("sin", [x], r"\sin({0})")]),
    "abs": lambda x, o: applied("sign", [x], r"\operatorname{{sgn}}({0})"),
    "softplus": lambda x, o: applied("sigmoid", [x], r"\sigma({0})"),
}


class Author:
    """Writes gradients from the graph at the point given."""

    def __init__(self, tape: Tape) -> None:
        self.tape, self.uses = tape, uses(tape)
        self._values: dict[int, Text] = {}
        self._adjoints: dict[int, Text] = {}
        self._taken = {node.label.partition("[")[0] for node in tape.nodes if node.label}
        self._deep = True

    def gradient(self, leaf: int | None) -> Text:
        """The gradient with respect to a leaf; of a network the last step of it."""
        if leaf is None:
            return ZERO
        for self._deep in (True, False):
            self._adjoints = {}
            found = self._abbreviated(self._adjoint(leaf))
            if len(found.code) <= LONGEST:
                return found
        return Text(found.code[: LONGEST - 1] + "…", found.tex[: 4 * LONGEST])

    def _abbreviated(self, x: Text) -> Text:
        """What stands in a formula more than once gets a letter: `a = sigmoid(z); (a - y) * a * (1 - a)`."""
        code, tex, told, typeset = x.code, x.tex, [], []
        letters = iter(c for c in "aghkmnpqrsuv" if c not in self._taken)
        found = dict.fromkeys(value for n, value in self._values.items() if self._is_call(n))  # in a stated order
        calls = sorted(found, key=lambda v: -len(v.code))
        for value in calls:
            if len(value.code) >= SHORT and code.count(value.code) > 1:
                letter = next(letters, "")
                if not letter:
                    break
                code, tex = code.replace(value.code, letter), tex.replace(value.tex, letter)
                told.append(f"{letter} = {value.code}; ")
                typeset.append(rf"{letter} = {value.tex},\quad ")
        return Text("".join(told) + code, "".join(typeset) + tex)

    def _is_call(self, n: int) -> bool:
        return self.tape.ops[n] is not None and self._values[n].binds == 9 and not self.tape.nodes[n].label

    def _adjoint(self, leaf: int) -> Text:
        """Nodes from the root down to this one, so that nothing recurses."""
        above = self._above(leaf)
        for n in sorted(above, reverse=True):
            if n == self.tape.root:
                self._adjoints[n] = ONE
            elif not self._deep and n != leaf and n not in self._next(leaf):
                continue
            elif not self._deep and n != leaf:
                self._adjoints[n] = self._known(n)
            else:
                self._adjoints[n] = plus([times([self._adjoints[m], self._partial(m, k)]) for m, k in self.uses[n]])
                if len(self._adjoints[n].code) > 6 * LONGEST and n != leaf:
                    self._adjoints[n] = self._known(n)
        return self._adjoints[leaf]

    def _next(self, leaf: int) -> set[int]:
        return {m for m, _ in self.uses[leaf]}

    def _known(self, n: int) -> Text:
        value = self._value(n)
        short = value if len(value.code) <= 40 else Text(value.code[:38] + "…", r"\ldots")
        return Text(f"grad({short.code})", rf"\frac{{\partial L}}{{\partial ({short.tex})}}")

    def _above(self, leaf: int) -> set[int]:
        found, stack = {leaf}, [leaf]
        while stack:
            for m, _ in self.uses[stack.pop()]:
                if m not in found:
                    found.add(m)
                    stack.append(m)
        return found

    def _value(self, n: int) -> Text:
        """A node's number as an expression."""
        if n not in self._values:
            stack = [n]
            while stack:
                m = stack[-1]
                missing = [a for a in self.tape.args[m] if a is not None and a not in self._values]
                if missing and not self.tape.nodes[m].label:
                    stack += missing
                else:
                    self._values[stack.pop()] = self._written(m)
        return self._values[n]

    def _operand(self, n: int, k: int) -> Text:
        arg = self.tape.args[n][k]
        return number(self.tape.operand(n, k)) if arg is None else self._value(arg)

    def _written(self, n: int) -> Text:
        node, op = self.tape.nodes[n], self.tape.ops[n]
        if node.label:
            return named(node.label)
        if op is None:
            return number(self.tape.data[n])
        args = [
            number(self.tape.operand(n, k)) if a is None else self._values[a] for k, a in enumerate(self.tape.args[n])
        ]
        if any(len(arg.code) > 4 * LONGEST for arg in args):
            return Text("…", r"\ldots")
        return _composed(op, args)

    def _partial(self, n: int, pos: int) -> Text:
        """The local derivative as an expression."""
        op, e = self.tape.ops[n], self.tape.edges[n][pos]
        if op is None or op.name in ("add", "sum", "alias"):
            return ONE
        if op.name in ("sub", "neg"):
            return MINUS if op.name == "neg" or e.k == 1 else ONE
        if op.name == "mul":
            return self._operand(n, 1 - e.k)
        if op.name == "dot":
            half = len(self.tape.args[n]) // 2
            return ONE if e.k == 0 else self._operand(n, e.k + half if e.k <= half else e.k - half)
        x = self._operand(n, e.k)
        if op.name == "div":
            y = self._operand(n, 1)
            top = self._operand(n, 0)
            return over(ONE, y) if e.k == 0 else times([MINUS, over(top, power(within(y, 9), TWO))])
        if op.name == "pow" and e.k == 0:
            exponent = self._operand(n, 1)
            less = number(self.tape.operand(n, 1) - 1.0) if self.tape.args[n][1] is None else minus(exponent, ONE)
            return times([exponent, power(x, less)])
        if op.name == "logsumexp":
            return applied("exp", [minus(x, self._value(n))], r"e^{{{0}}}")
        if op.name in SLOPES:
            return SLOPES[op.name](x, self._value(n))
        inner = ", ".join(self._operand(n, k).tex for k in range(len(self.tape.args[n])))
        values = [self._operand(n, k).code for k in range(len(self.tape.args[n]))]
        return Text(f"d_{op.name}({', '.join(values)})", rf"\operatorname{{{op.name}}}'({inner})")


def _composed(op: Op, args: list[Text]) -> Text:
    if op.name == "alias":
        return args[0]
    if op.name in ("add", "sum"):
        return plus(args)
    if op.name == "sub":
        return minus(*args)
    if op.name == "neg":
        return times([MINUS, args[0]])
    if op.name == "mul":
        return times(args)
    if op.name == "div":
        return over(*args)
    if op.name == "pow":
        return power(*args)
    if op.name == "square":
        return power(args[0], TWO)
    if op.name == "dot":
        half = len(args) // 2
        pairs = zip(args[1 : half + 1], args[half + 1 :], strict=True)
        return plus([*(times(pair) for pair in pairs), args[0]])
    whole = applied(op.name, args, op.tex)
    return whole if op.arity else whole._replace(code=f"{op.name}([{', '.join(arg.code for arg in args)}])")
