"""Explanations in the user's words: labels, names of arguments and variables, the operation and its line."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from microgradnn.check.doctor.calling import Caller, several
from microgradnn.check.doctor.hypothesis import Hypothesis
from microgradnn.check.doctor.mistakes import Mistake, Words
from microgradnn.check.doctor.problem import Point
from microgradnn.check.doctor.relations import negative, next_functions, other, related
from microgradnn.check.doctor.roles import Spot, depths
from microgradnn.check.doctor.wrongs import Wrong, constant_part

BY_LAYER = ("one", "twice", "slope", "formula")
MOST_LAYERS = 3

RULED_OUT = (
    "a flipped sign, a constant factor, a missing, doubled or misplaced local derivative, a missing path, another "
    "node's gradient, swapped operands, an intermediate result in place of the loss, stale values"
)


class Teller:
    """Tells of hypotheses at the point given."""

    def __init__(self, point: Point, lines: Sequence[str]) -> None:
        self.point, self.tape = point, point.tape
        self.words = point.problem.words if point.problem is not None else Words()
        self.caller = Caller(point.tape, lines)
        self.node, self.line = self.caller.node, self.caller.line

    def message(self, i: int, hypothesis: Hypothesis, kinds: tuple[Mistake, ...]) -> str:
        """The explanation of what number i is, as a sentence without its full stop."""
        where, c = self.point.arguments.names[i], hypothesis.factor
        if kinds == (Mistake.MISSING_LOCAL_DERIVATIVE,) and (told := self._divided(i, hypothesis)):
            return told
        mean = Mistake.MEAN_VS_SUM in kinds
        parts = [part for wrong in hypothesis.wrongs for part in self._parts(self._met(wrong, i), mean)]
        if hypothesis.seeds:
            names = several([self.node(n) for n in hypothesis.seeds])
            parts.append(f"{names} {'was' if len(hypothesis.seeds) == 1 else 'were'} differentiated, not the loss")
        if hypothesis.upstream:
            n, m = hypothesis.upstream[0]
            many = _likewise(len(hypothesis.upstream))
            parts.append(f"{self.node(n)} gets the gradient of {self.node(m)}{self.line(m)} in place of its own{many}")
        if hypothesis.stale is not None:
            names = several(hypothesis.stale.names)
            rate = f"{hypothesis.stale.rate * self.point.rate:.6g}"
            parts.append(
                f"{names} {'was' if len(hypothesis.stale.names) == 1 else 'were'} read after the update (at a learning "
                f"rate of {rate}), so {self.words.so}"
            )
        if hypothesis.sibling is not None:
            parts.append(f"it is {self.words.another}{self.point.arguments.names[hypothesis.sibling]}")
        if not parts:
            return f"{self.words.of}{where} {constant(c, mean, self.words.right)}"
        if c != 1.0:
            parts.append(besides(c, mean))
        return f"{self.words.of}{where} is wrong: {'; besides, '.join(parts)}"

    def _met(self, wrong: Wrong, i: int) -> Wrong:
        """The wrong edges that lie on a path from number i to the loss."""
        leaf = self.tape.leaf[i]
        if leaf is None or wrong.how.order:
            return wrong
        tangent = self.tape.tangent(leaf)
        met = [(n, pos) for n, pos in wrong.spots if tangent[self.tape.edges[n][pos].to] != 0.0]
        return wrong._replace(spots=tuple(met)) if met else wrong

    def _parts(self, wrong: Wrong, mean: bool) -> list[str]:
        """What is said of the wrong edges, layer by layer, from the loss down."""
        depth = depths(self.tape)
        found: dict[int, list[Spot]] = {}
        for spot in wrong.spots:
            by_layer = wrong.how.way in BY_LAYER and not wrong.how.order
            found.setdefault(depth[spot[0]] if by_layer else 0, []).append(spot)
        layers = [wrong._replace(spots=tuple(found[d])) for d in sorted(found, reverse=True)]
        told = [self._wrong(layer, mean) for layer in layers[:MOST_LAYERS]]
        left = len(layers) - len(told)
        return [*told, f"and the like in {left} layer{'s' if left > 1 else ''} below"] if left else told

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
        if len(met.spots) > 1 or op is None or len(self.tape.edges[n]) > 1 or op.name == "div":
            return ""
        if not abs(through - whole) <= 1e-9 * abs(whole):
            return ""
        what = f"{self.words.right} divided by {self.caller.slope(n, pos)}"
        return f"{self.words.of}{where} is {what}: the derivative of {op.name}{self.line(n)} is missing"

    def _wrong(self, wrong: Wrong, mean: bool) -> str:
        how, (n, pos) = wrong.how, wrong.spots[0]
        tape, op = self.tape, self.tape.ops[n]
        e = tape.edges[n][pos]
        name = op.name if op is not None else ""
        to, at, line = self.node(e.to), self.node(n), self.line(n)
        nodes = list(dict.fromkeys(n for n, _ in wrong.spots))
        many = _likewise(len(nodes))
        if how.way == "order":
            return self._exchanged(wrong)
        if how.way == "one":
            return self._missing(n, pos) + many
        if how.way == "half":
            return f"2 * {to}, the derivative of {at}{line}, is missing{many}"
        if how.way == "twice" and name in ("mul", "dot"):
            return f"the factor {self._factor(n, pos)}, by which {to} is multiplied{line}, was put in twice{many}"
        if how.way == "twice":
            return f"{self.caller.slope(n, pos)}, the derivative of {name}{line}, was put in twice{many}"
        if how.way == "swap":
            if name in ("mul", "dot"):
                met = tape.args[n][other(tape, n, e.k)]
                right = self.node(met) if met is not None else "the other factor"
                return f"{to} itself stands where {right}, the other factor of their product{line}, belongs{many}"
            return f"in {at}{line} the derivatives with respect to the two operands are swapped{many}"
        if how.way == "numerator":
            lost = self.node(tape.edges[n][pos - 1].to)  # the quotient has a numerator that flows
            return f"{lost}, the numerator of {at}{line}, is missing in the quotient rule{many}"
        if how.way == "unsquared":
            return f"the denominator of the quotient rule for {at}{line} is not squared{many}"
        if how.way == "diagonal":
            return f"of the softmax{line} only the diagonal terms i = j of its Jacobian are there"
        if how.way == "times" and how.c == 0.0 and n == tape.root and name in ("add", "sum"):
            return f"the term {to} of the loss{line} is missing{many}"
        if how.way == "times" and how.c == 0.0:
            return f"the path from {to} through {at}{line} is missing{many}"
        if how.way == "times" and (part := constant_part(tape, n, pos)) and abs(part * how.c - 1.0) < 1e-12:
            return self._lost(n, pos, part) + many
        if how.way == "times":
            return f"the derivative of {at} with respect to {to}{line} {constant(how.c, mean)}{many}"
        return self._point(wrong) + many

    def _exchanged(self, wrong: Wrong) -> str:
        """Partials that were taken for each other."""
        order = wrong.how.order
        k = next(k for k, own in enumerate(order) if own != k)
        (n, pos), (m, its) = wrong.spots[k], wrong.spots[order[k]]
        moved = len([k for k, own in enumerate(order) if own != k])
        mine, others = self._factor(n, pos), self._factor(m, its)
        many = f", and {moved - 1} more are exchanged likewise" if moved > 2 else ", and the other way round"
        return f"{others} stands where {mine} belongs, in {self.node(n)}{self.line(n)}{many}"

    def _factor(self, n: int, pos: int) -> str:
        """The partial of an edge: what the operand meets in a product, or the function's slope."""
        tape, e, op = self.tape, self.tape.edges[n][pos], self.tape.ops[n]
        if op is not None and op.name in ("mul", "dot") and not (op.name == "dot" and e.k == 0):
            k = other(tape, n, e.k)
            met = tape.args[n][k]
            return self.node(met) if met is not None else f"{tape.operand(n, k):.6g}"
        return f"the derivative of {self.node(n)} with respect to {self.node(e.to)}"

    def _lost(self, n: int, pos: int, part: float) -> str:
        """A constant of the loss itself that was left out."""
        op, line = self.tape.ops[n], self.line(n)
        to = self.node(self.tape.edges[n][pos].to)
        if op is not None and op.name == "div":
            return f"the division of {to} by {amount(1.0 / part)}{line} is missing"
        if op is not None and op.name == "mul":
            return f"the factor {amount(part)}, by which {to} is multiplied{line}, is missing"
        return f"the exponent {amount(part)} of {self.node(n)}{line} is missing as a factor"

    def _missing(self, n: int, pos: int) -> str:
        """A local derivative that was left out."""
        tape, e = self.tape, self.tape.edges[n][pos]
        op, to, line = tape.ops[n], self.node(e.to), self.line(n)
        name = op.name if op is not None else ""
        if name in ("mul", "dot"):
            met = tape.args[n][other(tape, n, e.k)]
            factor = self.node(met) if met is not None else f"{tape.operand(n, 1 - e.k):.6g}"
            return f"the factor {factor}, by which {to} is multiplied{line}, is missing"
        if name == "div" and e.k == 0:
            met = tape.args[n][1]
            below = self.node(met) if met is not None else f"{tape.operand(n, 1):.6g}"
            return f"the division by {below}{line} is missing"
        if len(tape.edges[n]) == 1:
            return f"{self.caller.slope(n, pos)}, the derivative of {name}{line}, is missing"
        return f"the derivative of {self.node(n)}{line} with respect to {to} is missing"

    def _point(self, wrong: Wrong) -> str:
        how, (n, pos) = wrong.how, wrong.spots[0]
        tape = self.tape
        e = tape.edges[n][pos]
        name = tape.ops[n].name  # type: ignore[union-attr]
        m = how.at if how.at >= 0 else related(tape, n, pos, how.relation, next_functions(tape))
        m = how.order[0] if how.order else m
        minus = "minus " if negative(tape, n, pos, how.relation) else ""
        taken = minus + self.node(m) if m is not None else "0"  # before the first step of a recurrence
        if how.way == "slope" and m == n and not self.caller.is_formula(e.to):
            return f"{name}′ is taken at {taken}, its value, not at its argument{self.line(n)}"
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


def _likewise(count: int) -> str:
    return f", and likewise in {count - 1} more" if count > 1 else ""


def amount(c: float) -> str:
    """A constant in as few digits as tell it; a simple fraction as one."""
    simple = Fraction(c).limit_denominator(100) if abs(c) < 1e6 else Fraction(0)
    if simple.denominator > 2 and abs(float(simple) - c) <= 1e-12 * abs(c):
        return f"{simple.numerator}/{simple.denominator}"
    return f"{c:.6g}"


def constant(c: float, mean: bool, right: str = "") -> str:
    """What a constant factor on what is `right`, or on a local derivative, amounts to, as a verb with all it needs."""
    if c == 0.0:
        return "is given as 0: every path from it to the loss is missing"
    if c == -1.0:
        return "has its sign flipped" + (f": it is minus {right}" if right else "")
    return f"is {amount(c)} times {right or 'its right value'}: {_why(c, mean)}"


def besides(c: float, mean: bool) -> str:
    """A constant factor on top of another mistake."""
    if c == 0.0:
        return "it is given as 0"
    return _why(c, mean) + ("" if c == -1.0 or mean else f" ({amount(c)} times)")


def _why(c: float, mean: bool) -> str:
    sign = "the sign is flipped" if c < 0.0 else ""
    size = abs(c)
    if size == 1.0:
        return sign
    if mean:
        told = "a sum stands where a mean belongs" if size > 1.0 else "a mean stands where a sum belongs"
    elif size > 1.0:
        told = "a constant factor is too much"
    else:
        told = "a constant factor is lost"
    return f"{sign}, and {told}" if sign else told
