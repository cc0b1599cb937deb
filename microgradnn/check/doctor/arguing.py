"""What an argument is for a derivation: a label, which has a few values, an input, or anything at all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from microgradnn.check.arguments import Arguments
from microgradnn.check.doctor.points import blocks, is_hot
from microgradnn.check.doctor.problem import Point, Problem
from microgradnn.check.placing import places_by_name
from microgradnn.elementary import sub

LABELS = frozenset({
    "y", "ys", "yi", "yy", "t", "ts", "ti", "target", "targets", "tgt", "tgts", "label", "labels", "lab", "class",
    "classes", "cls", "klass", "truth", "truths", "gt", "gold", "answer", "answers", "desired", "expected",
    "wanted", "onehot", "hot", "mask", "masks", "flag", "flags", "sign", "signs",
})  # fmt: skip
INPUTS = frozenset({
    "x", "xs", "xi", "xx", "input", "inputs", "feature", "features", "in", "ins",
})  # fmt: skip
COUNTS = frozenset({
    "n", "m", "k", "num", "number", "count", "counts", "size", "length", "len", "batch", "samples", "total",
})  # fmt: skip
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
CLOSE = 1e-3  # a step that no choice between labels sees
SMALL = (-1.0, 0.0, 1.0)


def is_label(given: Arguments, name: str) -> bool:
    """Whether an argument is a label: by its name, or a list that holds 0s and 1s, or such beside other numbers."""
    words = [word.lower() for word in WORD.findall(name)]
    places = places_by_name(given)[name]
    if not INPUTS.isdisjoint(words):
        return False
    if not LABELS.isdisjoint(words) and not (name == "T" and len(places) == 1):  # which is a temperature
        return True
    numbers = [given.numbers[i] for i in places]
    own = [block for block in blocks(given) if set(block) <= set(places)]
    hot = all(is_hot([given.numbers[i] for i in block]) for block in own)
    return hot or (len(set(numbers)) > 1 and any(x in SMALL for x in numbers))


def is_target(start: Point, name: str) -> bool:
    """Whether an argument is a label, by these signs or as a number by itself that the loss only subtracts from what
    it makes of the parameters, or the other way round."""
    given, tape = start.arguments, start.tape
    places = places_by_name(given)[name]
    if is_label(given, name) or len(places) > 1:
        return is_label(given, name)
    leaf, flows = tape.leaf[places[0]], {tape.leaf[i] for i in start.hand}
    if leaf is None or not INPUTS.isdisjoint(word.lower() for word in WORD.findall(name)):
        return False
    for n, args in enumerate(tape.args):
        if leaf in args and not (tape.ops[n] is sub and not flows.isdisjoint(args)):
            return False
        if not flows.isdisjoint(args):
            flows.add(n)
    return True


def is_count(given: Arguments, i: int) -> bool:
    """Whether a whole number is the length of a list among the arguments: a float, too, if it is called so."""
    named = isinstance(given.things[given.places[i]], int) or given.names[i].lower() in COUNTS
    return named and given.numbers[i] in _lengths(given.named)


def _lengths(named: Mapping[str, object]) -> set[int]:
    found: set[int] = set()
    stack: list[object] = list(named.values())
    while stack:
        x = stack.pop()
        if isinstance(x, list | tuple):
            found.add(len(x))
            stack += x
        elif isinstance(x, dict):
            stack += x.values()
    return found


def by_cases(problem: Problem, start: Point, values: Mapping[int, Sequence[float]], i: int) -> bool:
    """Whether by_hand tells cases apart by these numbers: number i is another for other values that they may have,
    and the same for numbers close to each other."""
    given, places = start.arguments, [*values]
    seen: set[float] = set()
    for k in range(4):
        turned = {j: given.numbers[places[(p + k) % len(places)]] for p, j in enumerate(places)}
        chosen = {j: own[(j + k) % len(own)] for j, own in values.items() if own}
        found = {_hand(problem, start, turned, i), _hand(problem, start, chosen, i)}
        seen |= {x for x in found if x is not None}
    if len(seen) < 2:
        return False
    compared = 0
    for k, way in enumerate((0.3, -0.2, 0.45, 1.7)):
        there = {j: given.numbers[j] + way * (1.0 + 0.1 * ((7 * j + k) % 5)) for j in values}
        pair = [_hand(problem, start, {j: x * share for j, x in there.items()}, i) for share in (1.0, 1.0 + CLOSE)]
        if None not in pair:
            compared += 1
            if pair[0] != pair[1]:
                return False
    return compared > 1


def _hand(problem: Problem, start: Point, numbers: Mapping[int, float], i: int) -> float | None:
    given = start.arguments
    things = given.things

    def lift(x: float, j: int) -> object:
        old = things[given.places[j]]
        new = numbers.get(j, x)
        return int(new) if isinstance(old, int) and new == int(new) else new

    problem.rate = start.rate
    point = problem.at(Arguments(given.lifted(lift)))
    return None if point is None else point.hand[i]
