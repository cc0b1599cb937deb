"""Explanations in the user's words: labels, names of arguments, the operation and its line."""

from __future__ import annotations

from collections.abc import Sequence

from microgradnn.births import place
from microgradnn.check.doctor.hypothesis import Hypothesis
from microgradnn.check.doctor.mistakes import Mistake
from microgradnn.check.doctor.problem import Point
from microgradnn.check.doctor.roles import Spot, depths
from microgradnn.check.doctor.wrongs import Wrong, next_functions, other, related
from microgradnn.drawing.text import shorten
from microgradnn.notation import expression

BY_LAYER = ("one", "twice", "slope", "formula")
MOST_LAYERS = 4
LONGEST = 48  # characters of an expression in a sentence


class Teller:
    """Tells of hypotheses at the point given."""

    def __init__(self, point: Point, lines: Sequence[str]) -> None:
        self.point, self.tape, self.lines = point, point.tape, lines

    def node(self, n: int) -> str:
        """A node by its label, or by what it was computed from."""
        node = self.tape.nodes[n]
        for depth in (8, 6, 5, 4, 3, 2):
            text = expression(node, depth)
            if len(text) <= LONGEST:
                break
        return node.label or shorten(text, LONGEST)

    def line(self, n: int) -> str:
        """Where in the user's file a node is computed."""
        line = self.lines[n]
        return f" ({place(*line.rsplit(':', 1))})" if line else ""

    def message(self, i: int, hypothesis: Hypothesis, kinds: tuple[Mistake, ...]) -> str:
        """The explanation of what number i is, as a sentence."""
        where = self.point.arguments.names[i]
        if kinds == (Mistake.MISSING_LOCAL_DERIVATIVE,) and (told := self._divided(i, hypothesis)):
            return told
        parts = [self._wrong(layer) for wrong in hypothesis.wrongs for layer in self._layers(self._met(wrong, i))]
        if hypothesis.seeds:
            names = self._several([self.node(n) for n in hypothesis.seeds])
            parts.append(f"{names} {'was' if len(hypothesis.seeds) == 1 else 'were'} differentiated, not the loss")
        for n, m in hypothesis.upstream:
            parts.append(f"the gradient of {self.node(m)} was passed down to {self.node(n)} in place of its own")
        if hypothesis.stale is not None:
            names = ", ".join(hypothesis.stale.names)
            parts.append(
                f"the values of {names} are stale: they were read after their update, at a learning rate of "
                f"{hypothesis.stale.rate * self.point.rate:.6g}, so this is the gradient at no one point"
            )
        if hypothesis.sibling is not None:
            parts.append(f"this is the gradient of {self.point.arguments.names[hypothesis.sibling]}: swapped")
        told = "; besides, ".join(parts)
        c = hypothesis.factor
        if c == 1.0:
            return f"∂loss/∂{where} is not the gradient: {told}"
        size = self.constant(c, Mistake.MEAN_VS_SUM in kinds)
        return f"∂loss/∂{where} {size}" + (f"; besides, {told}" if told else "")

    def _met(self, wrong: Wrong, i: int) -> Wrong:
        """The wrong edges that lie on a path from number i to the loss."""
        leaf = self.tape.leaf[i]
        if leaf is None:
            return wrong
        tangent = self.tape.tangent(leaf)
        met = [(n, pos) for n, pos in wrong.spots if tangent[self.tape.edges[n][pos].to] != 0.0]
        return wrong._replace(spots=tuple(met)) if met else wrong

    def _layers(self, wrong: Wrong) -> list[Wrong]:
        """The wrong edges layer by layer, from the loss down."""
        depth = depths(self.tape)
        found: dict[int, list[Spot]] = {}
        for spot in wrong.spots:
            found.setdefault(depth[spot[0]] if wrong.how.way in BY_LAYER else 0, []).append(spot)
        return [wrong._replace(spots=tuple(found[d])) for d in sorted(found, reverse=True)][:MOST_LAYERS]

    def _divided(self, i: int, hypothesis: Hypothesis) -> str:
        """The plainest case: one function's slope, through which all of the gradient flows, is left out."""
        leaf = self.tape.leaf[i]
        if leaf is None or len(hypothesis.wrongs) != 1 or hypothesis.wrongs[0].how.way != "one":
            return ""
        met = self._met(hypothesis.wrongs[0], i)
        n, pos = met.spots[0]
        edge, op, where = self.tape.edges[n][pos], self.tape.ops[n], self.point.arguments.names[i]
        whole = self.tape.adjoint[leaf]
        through = self.tape.adjoint[n] * edge.partial * self.tape.tangent(leaf)[edge.to]
        if len(met.spots) > 1 or op is None or len(self.tape.edges[n]) > 1:
            return ""
        if not abs(through - whole) <= 1e-9 * abs(whole):
            return ""
        what = f"the right gradient divided by {op.name}′({self.node(edge.to)})"
        return f"∂loss/∂{where} is {what}: the derivative of {op.name}{self.line(n)} is missing"

    @staticmethod
    def constant(c: float, mean: bool) -> str:
        """What a constant factor on the gradient amounts to."""
        if c == 0.0:
            return "is given as 0: every path from it to the loss is missing"
        if c == -1.0:
            return "has its sign flipped: it is minus the right gradient"
        if mean:
            told = "a sum stands where a mean belongs" if abs(c) > 1.0 else "a mean stands where a sum belongs"
            return f"is {c:.6g} times the right gradient: {told}"
        return f"is {c:.6g} times the right gradient: a constant factor is {'lost' if abs(c) < 1 else 'too much'}"

    def _wrong(self, wrong: Wrong) -> str:
        how, (n, pos) = wrong.how, wrong.spots[0]
        tape, op = self.tape, self.tape.ops[wrong.spots[0][0]]
        e = tape.edges[n][pos]
        name = op.name if op is not None else ""
        to, at = self.node(e.to), self.node(n)
        nodes = list(dict.fromkeys(n for n, _ in wrong.spots))
        many = f", and so at {len(nodes) - 1} more" if len(nodes) > 1 else ""
        line = self.line(n)
        if how.way == "one":
            what = f"{name}′({to})" if len(tape.edges[n]) == 1 else f"∂({at})/∂{to}"
            return f"{what}, the derivative of {name}{line}, is missing{many}"
        if how.way == "twice":
            return f"{name}′({to}), the derivative of {name}{line}, was put in twice{many}"
        if how.way == "swap":
            return f"in {at}{line} the derivatives of the two operands are swapped{many}"
        if how.way == "diagonal":
            return f"of the softmax{line} only the diagonal terms i = j of its Jacobian are there"
        if how.way == "times" and how.c == 0.0:
            return f"the path from {to} through {at}{line} is missing{many}"
        if how.way == "times" and how.c == -1.0:
            return f"the derivative of {at} with respect to {to}{line} has its sign flipped{many}"
        if how.way == "times":
            return f"the derivative of {at} with respect to {to}{line} is taken {how.c:.6g} times{many}"
        return self._point(wrong) + many

    def _point(self, wrong: Wrong) -> str:
        how, (n, pos) = wrong.how, wrong.spots[0]
        tape = self.tape
        e = tape.edges[n][pos]
        name = tape.ops[n].name  # type: ignore[union-attr]
        m = how.at if how.at >= 0 else related(tape, n, pos, how.relation, next_functions(tape))
        taken = self.node(m) if m is not None else "another number"
        if how.way == "slope":
            return f"{name}′ is taken at {taken}, not at {self.node(e.to)}{self.line(n)}"
        if how.way == "formula":
            return (
                f"{name}′ is written in terms of its value {self.node(n)}, and {taken} was put into that formula"
                f"{self.line(n)}"
            )
        met = tape.args[n][other(tape, n, e.k)] if name in ("mul", "dot") else None
        right = self.node(met) if met is not None else "its operand"
        return f"{taken} stands where {right} belongs, in {self.node(n)}{self.line(n)}"

    @staticmethod
    def _several(names: list[str]) -> str:
        shown = names if len(names) <= 3 else [*names[:2], f"… ({len(names)} in all)"]
        return ", ".join(shown)
