"""Which intermediate results of a gradient deserve a name, and the expressions of all in those names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from microgradnn.check.doctor.christening import GRADIENT, VALUE, Key, Namer
from microgradnn.check.doctor.roles import uses
from microgradnn.check.doctor.slopes import OUT, Own, is_flat, mentioned, slope, value
from microgradnn.check.doctor.tape import Tape
from microgradnn.check.doctor.writing import ONE, ZERO, Text, named, number, plus, times

SHORT, SHORTER = 9, 6  # characters of an expression that needs no name; of a function of something
LONG = 70  # of one that needs a name in any case
ATOM = re.compile(r"<(\d+)>")


class Unwritable(Exception):
    """An operation that has no public name, or no derivative that is written down."""


class Plan:
    """The gradients of some leaves of a graph as expressions, those that recur or are long with names."""

    def __init__(self, tape: Tape, codes: Mapping[int, str], leaves: Sequence[int], own: Own) -> None:
        self.tape, self.codes, self.leaves, self.own = tape, codes, leaves, own
        self.uses, self.depth = uses(tape), _depths(tape)
        self.above = self._above()
        self.names: dict[Key, str] = {}
        self._texts: dict[Key, Text] = {}
        self._needs: dict[Key, frozenset[Key]] = {}
        self._same: dict[Key, Key] = {}
        self._groups: dict[Key, tuple[Key, ...]] = {}
        self.conditions = False  # whether a branch was taken on a condition that the graph does not hold
        self._namer = Namer(tape, codes.values())
        self.refs, self._parts = self._counted()
        self._write()

    @classmethod
    def of(cls, tape: Tape, codes: Mapping[int, str], leaves: Sequence[int], own: Own) -> Plan | None:
        """The plan; None where something on the way cannot be written down."""
        try:
            return cls(tape, codes, leaves, own)
        except Unwritable:
            return None

    def needs(self, key: Key) -> frozenset[Key]:
        """The names in the expression of a key; its own, where it has one."""
        key = self._same.get(key, key)
        return frozenset((key,)) if key in self.names else self._needs[key]

    def text(self, key: Key) -> Text:
        """The expression of a key: its name, where it has one."""
        key = self._same.get(key, key)
        return named(self.names[key]) if key in self.names else self._texts[key]

    def written(self, key: Key) -> Text:
        """What a name stands for."""
        return self._texts[key]

    def order(self, wanted: Iterable[Key]) -> list[tuple[Key, ...]]:
        """All names that are needed, those of one list together, each after those that it needs."""
        found: dict[tuple[Key, ...], None] = {}
        stack = list(wanted)
        while stack:
            group = self._groups[stack.pop()]
            if group not in found:
                found[group] = None
                stack += [part for key in group for part in self._needs[key]]
        return sorted(found, key=lambda group: (group[0][0], self._rank(group[0]), group[0][1]))

    # ---- what is needed ----------------------------------------------------------------------------------

    def _above(self) -> set[int]:
        """The nodes between the leaves and the root."""
        found, stack = set(self.leaves), list(self.leaves)
        while stack:
            for m, _ in self.uses[stack.pop()]:
                if m not in found:
                    found.add(m)
                    stack.append(m)
        return found

    def _counted(self) -> tuple[dict[Key, int], dict[Key, list[Key]]]:
        """How often each value and gradient that is needed is referred to; and what each refers to."""
        parts: dict[Key, list[Key]] = {}
        refs = {(GRADIENT, leaf): 1 for leaf in self.leaves}
        stack: list[Key] = list(refs)
        while stack:
            key = stack.pop()
            if key in parts:
                continue
            kind, n = key
            if kind == VALUE:
                parts[key] = [(VALUE, a) for a, _, _ in self._operands_of(n) if a is not None]
                stack += [(VALUE, m) for m in self._namer.siblings(n)]
            else:
                ways = self._ways(n)
                parts[key] = [part for m, pos in ways for part in (self._source(m), *self._referred(m, pos))]
            stack += parts[key]
            for part in parts[key]:
                refs[part] = refs.get(part, 0) + 1
        return refs | {key: refs.get(key, 1) for key in parts}, parts

    def _operands_of(self, n: int) -> list[tuple[int | None, int, int]]:
        """What a node is made of: node, and which operand of which node. Sums of sums are one sum."""
        taken = self._taken(n)
        if taken is not None:
            return [(self.tape.args[n][taken], n, taken)]
        found: list[tuple[int | None, int, int]] = []
        stack = [(a, n, k) for k, a in enumerate(self.tape.args[n])][::-1]
        while stack:
            a, m, k = stack.pop()
            if a is not None and self._is_sum(n) and self._is_sum(a) and self._merges(a):
                stack += [(b, a, j) for j, b in enumerate(self.tape.args[a])][::-1]
            else:
                found.append((a, m, k))
        return found

    def _is_sum(self, n: int) -> bool:
        op = self.tape.ops[n]
        return op is not None and op.name in ("add", "sum")

    def _merges(self, n: int) -> bool:
        return len(self.uses[n]) == 1 and not self._namer.label(n)

    def _source(self, n: int) -> Key:
        """The gradient that arrives at a node: where it is a term of a sum and no more, that of the sum."""
        while n != self.tape.root and len(ways := self._ways(n)) == 1 and self._is_sum(ways[0][0]):
            n = ways[0][0]
        return (GRADIENT, n)

    def _taken(self, n: int) -> int | None:
        """The branch of a node that was taken on a condition that is a mere truth value in the graph."""
        op = self.tape.ops[n]
        if op is None or op.taken is None or self.tape.args[n][0] is not None:
            return None
        self.conditions = True
        return op.taken(*self.tape.floats(n))[0]

    def _ways(self, n: int) -> list[tuple[int, int]]:
        """The uses of a node through which something flows down to it."""
        return [(m, pos) for m, pos in self.uses[n] if m in self.above and not self._is_flat(m, pos)]

    def _is_flat(self, n: int, pos: int) -> bool:
        op = self.tape.ops[n]
        return op is None or is_flat(op, len(self.tape.args[n]), self.tape.edges[n][pos].k)

    def _referred(self, n: int, pos: int) -> list[Key]:
        """The values that stand in a local derivative, as often as they do."""
        atoms = self._partial(n, pos, lambda key: Text(f"<{key[1]}>", ""))
        return [(VALUE, int(x)) for x in ATOM.findall(atoms.code)]

    # ---- expressions, with names -------------------------------------------------------------------------

    def _rank(self, key: Key) -> int:
        depth = self.depth[key[1]]
        return depth if key[0] == VALUE else -depth

    def _write(self) -> None:
        """All expressions, what they are made of first; names are given on the way, depth by depth."""
        levels: dict[tuple[int, int], list[Key]] = {}
        for key in sorted(self._parts):
            levels.setdefault((key[0], self._rank(key)), []).append(key)
        for _, level in sorted(levels.items()):
            for key in level:
                self._texts[key] = self._value(key[1]) if key[0] == VALUE else self._gradient(key[1])
                self._needs[key] = frozenset(p for part in set(self._parts[key]) for p in self.needs(part))
            level = self._distinct(level)
            chosen = [key for key in level if self._deserves(key)]
            for names in self._namer.named(chosen, level, self._texts):
                self.names |= names
                self._groups |= dict.fromkeys(names, tuple(names))

    def _distinct(self, level: Sequence[Key]) -> list[Key]:
        """The first of those that are written alike; it stands for the others, too."""
        first: dict[str, Key] = {}
        for key in level:
            kept = first.setdefault(self._texts[key].code, key)
            if kept != key:
                self._same[key] = kept
                self.refs[kept] += self.refs[key]
        return list(first.values())

    def _deserves(self, key: Key) -> bool:
        kind, n = key
        op, length = self.tape.ops[n], len(self._texts[key].code)
        if op is None:
            return False
        if kind == VALUE and self._namer.label(n):
            return length > len(self._namer.label(n))
        worth = length >= (SHORTER if kind == VALUE and not op.binds else SHORT)
        return worth and (self.refs[key] > 1 or length > LONG)

    def _gradient(self, n: int) -> Text:
        if n == self.tape.root:
            return ONE
        terms = [times([self.text(self._source(m)), self._partial(m, pos, self._read)]) for m, pos in self._ways(n)]
        return plus(terms)

    def _value(self, n: int) -> Text:
        op = self.tape.ops[n]
        if op is None:
            return named(self.codes[n]) if n in self.codes else number(self.tape.data[n])
        operands = [
            number(self.tape.operand(m, k)) if a is None else self.text((VALUE, a)) for a, m, k in self._operands_of(n)
        ]
        found = value(op, operands, self.own) if self._taken(n) is None else operands[0]
        if found is None:
            raise Unwritable(op.name)
        return found

    def _read(self, key: Key) -> Text:
        """The expression of what a local derivative refers to; of what it does not, anything."""
        return self.text(key) if key in self._texts else ONE

    def _operands(self, n: int, read: Callable[[Key], Text]) -> list[Text]:
        args = enumerate(self.tape.args[n])
        return [number(self.tape.operand(n, k)) if a is None else read((VALUE, a)) for k, a in args]

    def _partial(self, n: int, pos: int, read: Callable[[Key], Text]) -> Text:
        op = self.tape.ops[n]
        if op is None:
            return ONE
        taken, k = self._taken(n), self.tape.edges[n][pos].k
        if taken is not None:
            return ONE if k == taken else ZERO
        # a node's own value is not worked out where the derivative does without
        out = read((VALUE, n)) if OUT in mentioned(op, len(self.tape.args[n]), k) else ONE
        found = slope(op, k, self._operands(n, read), out, self.own)
        if found is None:
            raise Unwritable(op.name)
        return found


def _depths(tape: Tape) -> list[int]:
    """For every node the longest way up from anything that it was computed from."""
    found: list[int] = []
    for args in tape.args:
        found.append(1 + max((found[a] for a in args if a is not None), default=-1))
    return found
