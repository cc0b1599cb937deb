"""A loss and a derivation by hand, ready to be run at any point."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

from microgradnn.births import first_nonfinite
from microgradnn.check.arguments import Arguments, Function
from microgradnn.check.calling import call, constant, refuse_result, takes
from microgradnn.check.doctor.mistakes import Words
from microgradnn.check.doctor.refusing import refuse_point, refuse_unused
from microgradnn.check.doctor.tape import Tape
from microgradnn.check.doctor.variables import christened
from microgradnn.check.hand import derived
from microgradnn.check.placing import finite, gradient_by_hand, places_by_name
from microgradnn.check.precision import DOUBLE, SINGLE, Precision, precision, unit
from microgradnn.check.rounded import Rounded
from microgradnn.check.single import FEWEST, precision_around, precision_of
from microgradnn.engine import Value, origins
from microgradnn.errors import DataError, MicrogradnnError, Misuse
from microgradnn.ops import plain


class Point:
    """The loss's graph and the derivation's numbers at one point. `extreme` points never accuse alone."""

    def __init__(
        self, arguments: Arguments, leaves: list[Value], tape: Tape, hand: dict[int, float], extreme: bool
    ) -> None:
        self.arguments, self.leaves, self.tape, self.hand, self.extreme = arguments, leaves, tape, hand, extreme
        self.rate = 1.0  # of learning, where the derivation is an update rule
        self.sign = 1.0  # of by_hand: -1 where a step climbs
        self.problem: Problem | None = None
        self.stale: dict[tuple[tuple[str, ...], float], list[tuple[int, int, float]]] = {}  # edges worked out before
        self._moved: dict[tuple[tuple[str, ...], float], Tape | None] = {}
        self.shape = hash(tape.shape)

    @property
    def noise(self) -> float:
        """Per unit of a number: what dividing a step by the rate leaves of its rounding."""
        stepped = self.problem is not None and self.problem.by_rate
        return 4.0 * unit() / abs(self.rate) if stepped else 0.0

    def graph(self) -> tuple[list[Value], Value]:
        """The leaves, and what the loss returned; anew where a model's parameters have moved on since."""
        if self.problem is not None and self.problem.parameters:
            return self.problem.record(self.arguments)
        return self.leaves, self.tape.nodes[self.tape.root]

    def auto(self, i: int) -> float:
        """The right gradient of number i."""
        leaf = self.tape.leaf[i]
        return 0.0 if leaf is None else self.tape.adjoint[leaf]

    def loose(self, i: int) -> float:
        """What number i may be off by rounding, generously."""
        leaf = self.tape.leaf[i]
        lost = 0.0 if leaf is None else self.tape.loose[leaf]
        held = precision.get()
        return lost * (held.unit / DOUBLE.unit) + self.noise * abs(self.arguments.numbers[i]) + held.vanishing

    def moved(self, names: tuple[str, ...], rate: float) -> Tape | None:
        """The graph after some parameters have moved by minus `rate` times what by_hand gave for them."""
        key = (names, rate)
        if key not in self._moved and self.problem is not None:
            numbers = list(self.arguments.numbers)
            for i, hand in self.hand.items():
                if belongs(self.arguments.names[i], names):
                    numbers[i] -= rate * self.sign * hand
            try:
                there = Arguments(self.arguments.lifted(lambda x, i: numbers[i]))
                leaves, out = self.problem.record(there)
                tape = Tape(leaves, out, {}) if isinstance(out, Value) and math.isfinite(out.data) else None
            except MicrogradnnError:
                tape = None
            self._moved[key] = tape if tape is not None and tape.shape == self.tape.shape else None
        return self._moved.get(key)

    def turn(self) -> None:
        """Turn the sign of what by_hand gave."""
        self.sign = -self.sign
        self.hand = {i: -x for i, x in self.hand.items()}

    def apart(self, i: int) -> float:
        """How far by hand and autodiff are apart, in units of what rounding could do; about 1 or less is right."""
        hand, auto = self.hand[i], self.auto(i)
        if hand == auto:
            return 0.0
        return abs(hand - auto) / (self.loose(i) + 4.0 * unit() * (abs(hand) + abs(auto)))


def belongs(name: str, names: tuple[str, ...]) -> bool:
    """Whether a number, by its place, is part of one of the arguments."""
    return any(name == each or name.startswith((f"{each}[", f"{each}.")) for each in names)


class Problem:
    """The functions, and how they are called: with a model first, where there is one.

    A loss may need its whole numbers as they are, to count or to choose by: `level` says what flows as Values.
    0: every number; 1: not the whole numbers among the data; 2: only what has a gradient by hand.
    """

    words = Words()

    def __init__(self, loss: Function, by_hand: Function, model: Any = None) -> None:
        self.loss, self.model = loss, model
        self.parameters: dict[str, Value] = dict(model.named_parameters()) if model is not None else {}
        # a partial, so that a rehearsal finds the user's function in it
        self.by_hand: Function = by_hand if model is None else partial(self._by_hand_of_model, by_hand)
        self.level = 0
        self.rate, self.by_rate = 1.0, False
        self.singles = False  # whether by_hand gives numpy's singles
        self.redrawn = False  # whether points were drawn by the doctor, who may draw others
        self.derived_names: tuple[str, ...] = ()
        self.failure = ""  # why the last point failed that did

    def with_model(self, at: Mapping[str, Any] | None) -> dict[str, Any]:
        """The point, with the model's parameters among the arguments."""
        both = [name for name in self.parameters if name in (at or {})]
        if both:
            raise DataError(f"at has {both[0]!r}, which is a parameter of the model: leave it out")
        return {**{name: p.data for name, p in self.parameters.items()}, **(at or {})}

    def _by_hand_of_model(self, by_hand: Function, /, **named: Any) -> Any:
        self._set(named)
        data = {name: x for name, x in named.items() if name not in self.parameters}
        if not takes(by_hand, data):
            if takes(by_hand, data, None):
                return by_hand(self.model, **data)
            if takes(by_hand, named):
                return by_hand(**named)
        return by_hand(**data)

    def _set(self, named: Mapping[str, Any]) -> None:
        for name, p in self.parameters.items():
            x = named[name]
            if isinstance(x, Rounded):  # what by_hand reads from the model keeps account, or is exact, too
                p._data = x
            else:
                p.data = float(plain(x))

    def _flows(self, arguments: Arguments, i: int) -> bool:
        thing = arguments.things[arguments.places[i]]
        name = arguments.names[i]
        return belongs(name, self.derived_names) or self.level == 0 or (self.level == 1 and not isinstance(thing, int))

    def record(self, arguments: Arguments) -> tuple[list[Value], Any]:
        """The leaves, one for each number, and what the loss made of them."""
        leaves = [Value(x, label=name) for x, name in zip(arguments.numbers, arguments.names, strict=True)]
        if self.parameters:
            self._set(arguments.named)
            leaves = [self.parameters.get(name, leaf) for name, leaf in zip(arguments.names, leaves, strict=True)]
        things = list(arguments.things)
        for i, k in enumerate(arguments.places):
            if self._flows(arguments, i):
                things[k] = leaves[i]
        named = arguments.rebuild(things)
        if self.model is None:
            return leaves, call("loss", self.loss, named)
        data = {name: x for name, x in named.items() if name not in self.parameters}
        return leaves, call("loss", self.loss, data, (self.model,))

    def start(self, arguments: Arguments) -> tuple[Point, list[str]]:
        """The point to start from, with every complaint that it gives rise to; and names without gradients."""
        try:
            hand, left_out, self.singles = derived(self.by_hand, arguments)
        except Misuse as error:
            refuse_point(lambda: self.record(arguments), arguments, error, self.words.role)
            raise
        self.derived_names = tuple(
            name for name, places in places_by_name(arguments).items() if any(i in hand for i in places)
        )
        first: MicrogradnnError | None = None
        for self.level in range(3):
            try:
                leaves, out, lines = self._watched(arguments)
                break
            except Misuse as error:
                first = first or error
        else:
            raise first or Misuse("the loss could not be run")
        refuse_result(out, arguments)
        tape = Tape(leaves, out, lines)  # before the next run, which may move a model's parameters on
        if all(leaf is None for leaf in tape.leaf):
            raise constant("loss", arguments)
        again = self._watched(arguments)[1]
        if plain(again).hex() != out.data.hex():
            raise Misuse(
                f"loss gave {out.data!r}, then {plain(again)!r} at the same point: is it random, or does it keep state?"
            )
        if not all(map(math.isfinite, hand.values())):
            bad = next(i for i, x in hand.items() if not math.isfinite(x))
            raise DataError(f"by_hand: the gradient of {arguments.names[bad]} is {hand[bad]} at the point given")
        point = self._point(arguments, leaves, tape, hand, False)
        if not all(math.isfinite(point.auto(i)) for i in hand):
            raise DataError(f"the loss has no gradient at the point given: {first_nonfinite(out)}; give another point")
        refuse_unused(arguments, hand, tape.leaf)
        return point, left_out

    def precision(self, points: Sequence[Point]) -> Precision:
        """The precision in which by_hand computes."""
        start = points[0]
        if self.singles or len(points) > FEWEST:
            return SINGLE if self.singles else precision_of([point.hand[i] for point in points] for i in start.hand)
        return precision_around(self.by_hand, start.arguments, start.hand)

    def _point(
        self, arguments: Arguments, leaves: list[Value], tape: Tape, hand: dict[int, float], extreme: bool
    ) -> Point:
        point = Point(arguments, leaves, tape, hand, extreme)
        point.problem = self
        if self.by_rate:
            point.rate = self.rate
        return point

    def _watched(self, arguments: Arguments) -> tuple[list[Value], Any, dict[Value, str]]:
        with ExitStack() as stack:
            lines = stack.enter_context(origins())
            stack.enter_context(christened(self.loss, arguments.names, lines))
            leaves, out = self.record(arguments)
        return leaves, out, lines

    def at(self, arguments: Arguments, extreme: bool = False) -> Point | None:
        """The same at another point; None where the loss or by_hand raises or is not finite."""
        try:
            found = finite(gradient_by_hand(self.by_hand, arguments)[0], arguments)
            leaves, out = self.record(arguments)
        except MicrogradnnError as error:
            self.failure = str(error)
            return None
        if not isinstance(out, Value) or not math.isfinite(out.data) or out.op is None:
            self.failure = f"the loss is {out.data if isinstance(out, Value) else out!r:.40}"
            return None
        tape = Tape(leaves, out, {})
        point = self._point(arguments, leaves, tape, found, extreme)
        numbers = [x for i in found for x in (found[i], point.auto(i))]
        if not all(map(math.isfinite, numbers)):
            self.failure = "a gradient is not finite"
            return None
        return point
