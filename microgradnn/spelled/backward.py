"""The sweep over a graph, written out: what every Value passes down to its operands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from microgradnn.chain import operands
from microgradnn.engine import Value
from microgradnn.spelled.helpers import Helpers, Slope
from microgradnn.spelled.names import Names
from microgradnn.spelled.printing import PRODUCT, Text, within


class Pass(NamedTuple):
    """What a Value passes to one of its operands; where it is `open`, the numbers decide whether it does."""

    operand: Value
    slope: Slope
    open: bool


class Backward:
    """The lines that compute all derivatives, the latest Value first, as the engine adds them up.

    A derivative that nothing came down to is None where Values pass it on: 0 times infinity would not be 0.
    """

    def __init__(
        self,
        nodes: Sequence[Value],
        root: Value,
        names: Names,
        helpers: Helpers,
        operand: Callable[[Any], Text],
        told: Mapping[Value, str],
        numbers: Mapping[Any, float],
    ) -> None:
        self.nodes, self.root, self.names, self.helpers = nodes, root, names, helpers
        self.operand, self.told, self.numbers = operand, told, numbers
        self.passes: dict[Value, list[Pass]] = {}
        self.sure = {root}  # what something comes down to whatever the numbers are
        self.reached = {root}  # what something may come down to
        self.begun: set[Value] = set()
        for node in reversed(nodes):
            if node.op is not None and node in self.reached:
                self.passes[node] = self._passes(node)
                for each in self.passes[node]:
                    self.reached.add(each.operand)
                    if node in self.sure and not each.open:
                        self.sure.add(each.operand)

    def _passes(self, node: Value) -> list[Pass]:
        op, wanted = node.op, [k for k, _ in operands(node)]
        assert op is not None  # only what was computed passes anything on
        constants = [self._constant(arg) for arg in node.args]
        found = []
        for k, slope in self.helpers.slopes(op, constants, wanted).items():
            pieces = op.kink is not None or op.taken is not None
            if pieces and slope.value == 0.0:  # nothing flows through a flat piece
                continue
            found.append(Pass(node.args[k], slope, pieces and slope.value is None))
        return found

    def _constant(self, arg: Any) -> float | None:
        """The number of an operand that is written as one."""
        if isinstance(arg, Value):
            return None if arg in self.names else arg.data
        return float(arg)

    def result(self, leaf: Value) -> str:
        """The gradient of a leaf, after all lines."""
        if leaf is self.root:
            return "1.0"
        return self.names.derivative(leaf) if leaf in self.reached else "0.0"

    def lines(self) -> Iterator[str]:
        yield f"{self.names.derivative(self.root)} = 1.0"
        for node, passes in self.passes.items():
            if not passes:
                continue
            number = self.numbers.get(node)
            known = "nothing comes down to it" if number is None else f"{self.names.derivative(node)} is {number:.6g}"
            yield f"# {self.told[node]}; {known}"
            guarded = node not in self.sure
            if guarded:
                yield from self._begun(each.operand for each in passes)
                yield f"if {self.names.derivative(node)} is not None:  # something came down to it"
            space = "    " if guarded else ""
            together = dict.fromkeys(each.slope.together for each in passes if each.slope.together)
            for text in together:
                yield f"{space}slopes = {self._filled(text, node)}"
            for each in passes:
                yield from (space + line for line in self._passed(node, each, guarded))

    def _begun(self, operands: Any) -> Iterator[str]:
        """First lines for derivatives that the numbers may leave without any."""
        for operand in operands:
            if operand not in self.begun:
                self.begun.add(operand)
                empty = "0.0" if operand in self.sure or operand.op is None else "None"
                yield f"{self.names.derivative(operand)} = {empty}"

    def _passed(self, node: Value, each: Pass, guarded: bool) -> Iterator[str]:
        target, above = self.names.derivative(each.operand), self.names.derivative(node)
        slope = each.slope
        if each.open:
            fresh = each.operand not in self.begun
            yield from self._begun([each.operand])
            yield f"slope = {self._filled(slope.text, node)}"
            yield "if slope != 0.0:  # through a flat piece nothing flows"
            added = (
                f"{target} = 0.0 + {above} * slope" if fresh else self._added(target, each.operand, f"{above} * slope")
            )
            yield f"    {added}"
            return
        if slope.value == 1.0:
            passed = above
        elif slope.value == -1.0:
            passed = f"-{above}"
        elif slope.together:
            passed = f"{above} * slopes[{slope.place}]"
        elif slope.value is not None:
            passed = f"{above} * {within(self.helpers.printer.number(slope.value), PRODUCT + 1)}"
        else:
            passed = f"{above} * {within((self._filled(slope.text, node), slope.binds), PRODUCT + 1)}"
        yield self._added(target, each.operand, passed)

    def _added(self, target: str, operand: Value, passed: str) -> str:
        """A sum begins at 0.0, which makes a -0.0 a 0.0, and goes on from there."""
        sign, rest = ("-", passed[1:]) if passed.startswith("-") else ("+", passed)
        if operand not in self.begun:
            self.begun.add(operand)
            return f"{target} = 0.0 {sign} {rest}"
        if operand in self.sure or operand.op is None:
            return f"{target} {sign}= {rest}"
        return f"{target} = ({target} or 0.0) {sign} {rest}"

    def _filled(self, text: str, node: Value) -> str:
        """The places of a slope's text filled with the operands and the result."""
        args = node.args

        def operand(place: re.Match[str]) -> str:
            k = int(place[1])
            return self.operand(args[k])[0] if k < len(args) else self.names[node]

        return re.sub(r"\{(\d+)\}", operand, text)
