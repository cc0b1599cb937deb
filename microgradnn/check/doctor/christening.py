"""Names for intermediate results: the user's own where there are such, letters where there are none."""

from __future__ import annotations

import keyword
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from microgradnn.check.doctor.rolling import columns
from microgradnn.check.doctor.tape import Tape
from microgradnn.check.doctor.writing import Text
from microgradnn.ops import TABLE

VALUE, GRADIENT = 0, 1
Key = tuple[int, int]  # VALUE or GRADIENT, and a node
LETTERS = "aghpqrsuvtcde"
LABEL = re.compile(r"([A-Za-z_]\w*)((?:\[\d+\])*)")
RESERVED = {*TABLE, "sum", "range", "pi", "model", "i", "j", "k", "l", "m", "n"}


class Namer:
    """Gives names, each once."""

    def __init__(self, tape: Tape, codes: Iterable[str]) -> None:
        self.tape = tape
        self._taken = {re.split(r"\W", code)[0] for code in codes}
        self._labels: dict[int, tuple[str, tuple[int, ...]]] = {}
        self._lists: dict[str, list[int]] = {}
        for n, node in enumerate(tape.nodes):
            found = LABEL.fullmatch(str(node.label)) if tape.ops[n] is not None else None
            if found and not keyword.iskeyword(found[1]) and found[1] not in RESERVED | self._taken:
                places = tuple(int(x) for x in re.findall(r"\d+", found[2]))
                self._labels[n] = found[1], places
                if places:
                    self._lists.setdefault(found[1], []).append(n)

    def label(self, n: int) -> str:
        """The name that the user gave a node, where it can be one in Python; of a list's entry that of the list."""
        return self._labels[n][0] if n in self._labels else ""

    def siblings(self, n: int) -> list[int]:
        """The other entries of the list that a node is in."""
        return self._lists.get(self.label(n), [])

    def named(self, chosen: Sequence[Key], level: Sequence[Key], texts: Mapping[Key, Text]) -> Iterator[dict[Key, str]]:
        """Names for those that are chosen of one level: one by one, but lists of what is of one kind."""
        kinds: dict[object, list[Key]] = {}
        for key in chosen:
            kinds.setdefault(self._kind(key), []).append(key)
        for keys in kinds.values():
            label = self.label(keys[0][1])
            mine = [key for key in level if self._kind(key) == self._kind(keys[0])]
            if label and self._is_list(mine):
                base = self._free(self._wanted(mine[0], label))
                yield {key: base + "".join(f"[{x}]" for x in self._labels[key[1]][1]) for key in mine}
            elif label or len(mine) == 1:
                for key in keys:
                    places = self._labels[key[1]][1] if label else ()
                    yield {key: self._free(self._wanted(key, "_".join([label, *map(str, places)])))}
            else:
                base = self._free(self._wanted(keys[0], ""))
                width = columns([texts[key].code for key in mine])
                yield {
                    key: f"{base}[{j // width}][{j % width}]" if width else f"{base}[{j}]" for j, key in enumerate(mine)
                }

    def _kind(self, key: Key) -> object:
        """What those have in common that make a list."""
        n = key[1]
        op = self.tape.ops[n]
        return self.label(n) or (op.name if op else "", self.tape.lines[n])

    def _is_list(self, keys: Sequence[Key]) -> bool:
        """Whether the labels are all the entries of a list, or of lists of one length."""
        places = [self._labels[n][1] for _, n in keys]
        if not places[0] or len({len(place) for place in places}) > 1:
            return False
        sizes = [max(column) + 1 for column in zip(*places, strict=True)]
        return bool(len(set(places)) == len(places) == math.prod(sizes))

    def _wanted(self, key: Key, label: str) -> str:
        if key[0] == GRADIENT:
            return f"d_{label}" if label else "delta"
        return label or next((c for c in LETTERS if c not in self._taken), "q")

    def _free(self, wanted: str) -> str:
        found, k = wanted, 1
        while found in self._taken:
            k += 1
            found = f"{wanted}{k}"
        self._taken.add(found)
        return found
