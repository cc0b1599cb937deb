"""Mistakes made at all nodes of a layer, samples or time steps at once: numbers of others, or in another order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from microgradnn.check.doctor.bench import Bench, State, constant_kind, near, place_of, simple, tidy
from microgradnn.check.doctor.hypothesis import Hypothesis
from microgradnn.check.doctor.mistakes import Mistake
from microgradnn.check.doctor.relations import BILINEAR
from microgradnn.check.doctor.roles import Role, depths, side, uses
from microgradnn.check.doctor.search import FIXED, Number
from microgradnn.check.doctor.slopes import of_value
from microgradnn.check.doctor.tape import sum_of
from microgradnn.check.doctor.wrongs import How, Wrong, taken

MOST = 30_000  # edges in all candidates together
WIDEST = 600  # edges of a role that are taken with the numbers of other nodes
LONGEST = 16  # entries of a list that may stand in another order
EACH = 1e-3  # what it costs to assume that one more is exchanged
USES = 6  # of one node, that may be exchanged
Nodes = tuple[int, ...]


class Candidate(NamedTuple):
    """Edges that are wrong together, with their partials at the two points."""

    wrong: Wrong
    partials: tuple[list[float], list[float]]


class Parallels:
    """What may be wrong at parallel edges together, and nodes whose gradients may be taken for those of others."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.tape = bench, bench.pair[0].tape
        self.families = families(bench)
        self.size = 0.0
        self.candidates: list[Candidate] = []
        self.through = True
        for how, spots in self._wrongs():
            self.size += len(spots)
            if self.size > MOST:
                self.through = False
                break
            wrong = Wrong(how, spots)
            pair = [[taken(p.tape, wrong, k, bench.after) for k in range(len(spots))] for p in bench.pair]
            found = [[x for x in each if x is not None and x == x] for each in pair]
            if len(found[0]) == len(found[1]) == len(spots):
                self.candidates.append(Candidate(wrong, (found[0], found[1])))
        self.usual = [Candidate(*option) for option in bench.options]  # of which it is known that they do not do alone
        self.size += sum_of(len(option.wrong.spots) for option in bench.options)

    def _wrongs(self) -> Iterator[tuple[How, tuple[tuple[int, int], ...]]]:
        sets = sorted((role for role in self.bench.sets if 1 < len(role.spots) <= WIDEST), key=lambda r: len(r.spots))
        for role in sets:
            for order in self._orders(role):
                yield How("order", Mistake.SWAPPED, 3.4 + EACH * len(order), order=order), role.spots
        for spots in uses(self.tape):
            if 1 < len(spots) <= USES:
                for order in orders(len(spots)):
                    yield How("order", Mistake.SWAPPED, 3.4 + EACH * len(order), order=order), tuple(spots)
        for role in sets:
            if not role.mixed:
                for way, order, cost in self._elsewhere(role):
                    yield How(way, Mistake.WRONG_POINT, cost, order=order), role.spots

    def _orders(self, role: Role) -> Iterator[Nodes]:
        """Other orders of the factors of products: within lists of a length that fits, and transposed."""
        n = role.spots[0][0]
        op, count = self.tape.ops[n], len(role.spots)
        sides = {side(self.tape, m, self.tape.edges[m][pos].k) for m, pos in role.spots}
        if op is None or op.name not in BILINEAR or role.mixed or len(sides) > 1:
            return
        for length in range(2, min(count, LONGEST) + 1):
            if count % length == 0:
                for own in {tuple(range(length))[::-1], (*range(1, length), 0), (length - 1, *range(length - 1))}:
                    yield tuple(start + k for start in range(0, count, length) for k in own)
                if count % (length * length) == 0:
                    block = length * length
                    own = tuple(k % length * length + k // length for k in range(block))
                    yield tuple(start + k for start in range(0, count, block) for k in own)

    def _elsewhere(self, role: Role) -> Iterator[tuple[str, Nodes, float]]:
        n = role.spots[0][0]
        op, count = self.tape.ops[n], len(role.spots)
        if op is None or op.name in (*FIXED, "div"):
            return
        to = [self.tape.edges[m][p].to for m, p in role.spots]
        place = place_of(op)
        for family in self.families:
            if self.tape.root in family:
                continue
            for nodes in _spread(family, count):
                if nodes == tuple(to) and place == "slope":
                    continue
                part = all(m in self.tape.args[x] for m, x in zip(nodes, to, strict=True))  # a term of the operand
                yield place, nodes, 3.2 if part else 3.8
                if place == "slope" and of_value(op):
                    yield "formula", nodes, 3.8

    def explore(self, number: Number, state: State) -> Iterator[Hypothesis]:
        """Hypotheses with one more mistake made at parallel nodes, and perhaps a constant."""
        base = state.hypothesis
        a, b = self.bench.pair
        got = [adjoints[number.leaf] for adjoints in state.adjoints]
        t = [point.tape.tangent(number.leaf, table) for point, table in zip((a, b), state.tables, strict=True)]
        edited = {spot for wrong in base.wrongs for spot in wrong.spots}
        rows = [point.tape.plain for point in (a, b)]
        for k, (wrong, partials) in enumerate([*self.usual, *self.candidates]):
            if edited and not edited.isdisjoint(wrong.spots):
                continue
            change = [0.0, 0.0]
            for q in (0, 1):
                up, over, row, table = state.adjoints[q], t[q], rows[q], state.tables[q]
                for (n, pos), p in zip(wrong.spots, partials[q], strict=True):
                    if up[n] != 0.0:
                        to, now = table[n][pos] if n in table else row[n][pos]
                        change[q] += (p - now) * up[n] * over[to]
            how = wrong.how
            if change != [0.0, 0.0]:
                found = base.and_also(how.kind, how.cost, wrongs=(*base.wrongs, wrong))
                for each in _with_constant(found, number.hand, got, change):
                    # with a constant besides, any other node's number explains too much
                    if each is not found if k < len(self.usual) else each is found or how.way != "value":
                        yield each
        if not base.upstream:
            yield from self._upstream(number, state, t, got)

    def _upstream(self, number: Number, state: State, t: list[list[float]], got: list[float]) -> Iterator[Hypothesis]:
        """The gradients of a layer, taken for those of another one."""
        met = [f for f in self.families if len(f) > 1 and any(t[0][n] != 0.0 for n in f) and number.leaf not in f]
        flows = [f for f in self.families if len(f) > 1 and any(state.adjoints[0][n] != 0.0 for n in f)]
        for below in met:
            if not self._apart(below):
                continue
            for above in flows:
                if len(above) != len(below) or above == below or self.tape.root in above:
                    continue
                op = self.tape.ops[above[0]]
                if op is None or op.name in FIXED:  # of a sum or a difference the terms have that gradient, or minus it
                    continue
                change = [0.0, 0.0]
                for q in (0, 1):
                    up, over = state.adjoints[q], t[q]
                    for n, m in zip(below, above, strict=True):
                        change[q] += (up[m] - up[n]) * over[n]
                pairs = tuple(zip(below, above, strict=True))
                later = all(m > n for n, m in pairs)  # then what lies between is left out
                kind, cost = (Mistake.MISSING_LOCAL_DERIVATIVE, 3.4) if later else (Mistake.WRONG_UPSTREAM, 4.0)
                found = state.hypothesis.and_also(kind, cost, upstream=pairs)
                yield from _with_constant(found, number.hand, got, change)

    def _apart(self, nodes: Nodes) -> bool:
        """Whether none of the nodes is computed from another one."""
        chosen, above = set(nodes), set(nodes)
        for n in range(min(nodes) + 1, max(nodes) + 1):
            if any(e.to in above for e in self.tape.edges[n]):
                if n in chosen:
                    return False
                above.add(n)
        return True


def _with_constant(
    found: Hypothesis, hand: tuple[float, float], got: Sequence[float], change: Sequence[float]
) -> Iterator[Hypothesis]:
    """The hypothesis where it gives the numbers by hand, or does but for a constant that people lose."""
    said = [x + y for x, y in zip(got, change, strict=True)]
    size = [max(abs(x), abs(y)) for x, y in zip(hand, got, strict=True)]
    if all(near(h, s, z) for h, s, z in zip(hand, said, size, strict=True)):
        yield found
    elif all(said) and near(hand[0] / said[0], hand[1] / said[1]):
        c = tidy(hand[0] / said[0])
        if c == -1.0 or (c > 0.0 and simple(c)):
            yield found.and_also(*constant_kind(c), factor=c)


def families(bench: Bench) -> list[Nodes]:
    """Nodes that stand beside each other: of one operation on one line, in one layer; numbers of one argument."""
    a = bench.pair[0]
    tape, names = a.tape, a.arguments.names
    depth = depths(tape)
    groups: dict[object, list[int]] = {}
    for n, op in enumerate(tape.ops):
        if op is not None:
            for key in ((op.name, bench.lines[n], depth[n]), (op.name, bench.lines[n])):
                groups.setdefault(key, []).append(n)
    for name, leaf in zip(names, tape.leaf, strict=True):
        if leaf is None:
            continue
        base, indices = name.partition("[")[0], re.findall(r"\[(\d+)\]", name)
        groups.setdefault(base, []).append(leaf)
        if len(indices) > 1:
            groups.setdefault((base, "row", indices[0]), []).append(leaf)
            groups.setdefault((base, "column", indices[-1]), []).append(leaf)
    return list(dict.fromkeys(tuple(nodes) for nodes in groups.values()))


def _spread(family: Nodes, count: int) -> Iterator[Nodes]:
    """The nodes of a family for so many edges, each once, or again and again."""
    size = len(family)
    if size == count:
        yield family
    elif count % size == 0:
        yield family * (count // size)
        if size > 1:
            yield tuple(n for n in family for _ in range(count // size))


def orders(count: int) -> list[Nodes]:
    """Two exchanged, all the other way round, or each moved on by one."""
    plain = tuple(range(count))
    found: dict[Nodes, None] = {}
    for j in range(count):
        for k in range(j + 1, count):
            own = list(plain)
            own[j], own[k] = k, j
            found[tuple(own)] = None
    return list(found | dict.fromkeys([plain[::-1], (*plain[1:], 0), (count - 1, *plain[:-1])]))
