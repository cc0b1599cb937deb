"""The functions that a script brings along: values that `ieee` does not have, and slopes that branch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from microgradnn import elementary as e
from microgradnn.errors import Misuse
from microgradnn.explaining.term import COMPARISONS, Term, parts, term
from microgradnn.ops import Op
from microgradnn.spelled.names import Names
from microgradnn.spelled.printing import ATOM, Printer, Text, own_name
from microgradnn.spelled.slopes import OUT, arguments, partials
from microgradnn.stepping.rebound import rebound
from microgradnn.stepping.tracing import Tracing

SIMPLE = 4  # operations of a slope that is written where it is used
PRINTED = {e.add, e.sub, e.mul, e.neg, e.div, e.power, e.alias, e.absolute, e.where, e.square}
TRIED = "    try:\n{}\n    except (ArithmeticError, ValueError):\n        return nan"


class Slope:
    """How a partial is written: `text` with places for the operands and the result, or a number in `value`.

    `together` is the function that gives several partials at once, of which this one is number `place`.
    """

    def __init__(self, formula: Term, text: str = "", binds: int = ATOM, together: str = "", place: int = 0) -> None:
        self.value = formula.value if formula.constant or formula.value is not None else None
        self.formula, self.text, self.binds, self.together, self.place = formula, text, binds, together, place


class Helpers:
    """The functions that a script needs, each written once."""

    def __init__(self, names: Names, rule: str) -> None:
        self.names, self.rule = names, rule
        self.called: dict[Op, str] = {}
        self.printer = Printer(self.called)
        self.written: list[str] = []
        self._bodies: dict[tuple[str, ...], str] = {}
        self._slopes: dict[tuple[object, ...], dict[int, Slope]] = {}

    # ---- values ----

    def know(self, op: Op) -> None:
        """See to it that a row can be written; Misuse where it is a user's own that cannot."""
        if op in PRINTED or op in self.called or op.arity is None or own_name(op) is not None:
            return
        self.called[op] = name = self.names.helper(op.name)
        args = arguments(op, len(op.arguments))
        printer = Printer(self.called, raising=True)
        try:
            lines = self._branches(op, args, printer)
        except Exception as error:  # a user's function may raise anything where a formula comes instead of a number
            raise Misuse(
                f"{op.name} is a primitive of your own, and its function cannot be written out: {error}. Write it with "
                "operators and the functions of math or microgradnn"
            ) from error
        self.printer.used |= printer.used | {"inf": None}
        body = TRIED.format("\n".join(f"    {line}" for line in lines))
        self.written.append(f"def {name}({', '.join(args)}):\n{body}")

    def _branches(self, op: Op, args: Sequence[str], printer: Printer) -> list[str]:
        """The lines of a function that is traced on each way through it."""
        lines: list[str] = []
        deep = 0
        for branch in Tracing(args).branches(rebound(op.value, raising=True)):
            for condition, _ in branch.asked[branch.shared :]:
                self._know_all(condition)
                texts: dict[Term, Text] = {}
                printer.write([condition], texts)
                lines.append(f"{'    ' * (deep + 1)}if {printer.truth(condition, texts)[0]}:")
                deep += 1
            result = term(branch.result)
            self._know_all(result)
            lines += printer.statements([result], deep + 1)
            deep -= deep > 0
        return lines

    def _know_all(self, *formulas: Term) -> None:
        for x in parts(*formulas):
            if x.op is not None and x.op.public:
                self.know(x.op)

    # ---- slopes ----

    def slopes(self, op: Op, constants: Sequence[float | None], wanted: Sequence[int]) -> dict[int, Slope]:
        """How the partials of a row are written, by position."""
        key = (op, tuple(None if x is None else x.hex() for x in constants), tuple(wanted))
        if key not in self._slopes:
            self._slopes[key] = self._written(op, constants, wanted)
        return self._slopes[key]

    def _written(self, op: Op, constants: Sequence[float | None], wanted: Sequence[int]) -> dict[int, Slope]:
        found = partials(op, constants, wanted)
        self._know_all(*found.values())
        if op.arity is None and len(found) > 1 and not _simple(next(iter(found.values()))):
            free = [k for k, x in enumerate(constants) if x is None]
            args = [name for k, name in enumerate(arguments(op, len(constants))) if k in free]
            what = f"The slopes of {op.name} with respect to all that is asked for."
            name = self._function(f"{op.name}_slopes", [*args, OUT], list(found.values()), what)
            given = ", ".join(f"{{{k}}}" for k in [*free, len(constants)])
            return {
                k: Slope(formula, together=f"{name}({given})", place=place)
                for place, (k, formula) in enumerate(found.items())
            }
        names = [*arguments(op, len(constants)), OUT]
        places = {name: place for place, name in enumerate(names)}
        return {k: self._one(op, names[k], formula, places) for k, formula in found.items()}

    def _one(self, op: Op, argument: str, formula: Term, places: Mapping[str, int]) -> Slope:
        """How one partial is written; `places` are those of the arguments and of the result."""
        read = {x.name: x for x in parts(formula) if x.name}
        if _simple(formula):
            texts = {x: (f"{{{places[name]}}}", ATOM) for name, x in read.items()}
            text, binds = self.printer.expression(formula, texts)
            return Slope(formula, text, binds)
        several = len(places) > 2
        of = f" with respect to {argument}" if several else ""
        at_kinks = f"; at a kink, by the rule of the {self.rule}" if op.kink is not None else ""
        name = f"{op.name}_slope" + (f"_{argument}" if several else "")
        given = sorted(read, key=places.__getitem__)
        name = self._function(name, given, [formula], f"The slope of {op.name}{of}{at_kinks}.")
        return Slope(formula, f"{name}({', '.join(f'{{{places[each]}}}' for each in given)})")

    def _function(self, name: str, args: Sequence[str], formulas: Sequence[Term], what: str) -> str:
        lines = self.printer.statements(formulas)
        key = (", ".join(args), *lines)
        if key not in self._bodies:
            self._bodies[key] = name = self.names.helper(name)
            self.written.append("\n".join([f"def {name}({', '.join(args)}):", f'    """{what}"""', *lines]))
        return self._bodies[key]


def _simple(formula: Term) -> bool:
    """Whether a formula can stand within another one: short, and without a choice."""
    made = [x for x in parts(formula) if x.op is not None and x.value is None]
    if len(made) > SIMPLE:
        return False
    twice = any(sum(x is arg for y in made for arg in y.args) > 1 for x in made)
    squares = any(x.op is e.square and x.args[0].op is not None for x in made)
    chooses = any(x.op is e.where or x.op in COMPARISONS for x in made)
    return not (twice or squares or chooses)
