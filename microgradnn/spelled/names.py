"""Identifiers for Values: from their labels, and no two alike."""

from __future__ import annotations

import builtins
import keyword
import math
import re
from collections.abc import Sequence

from microgradnn.engine import Value
from microgradnn.explaining.labels import LETTERS
from microgradnn.explaining.plan import is_number
from microgradnn.ops import TABLE
from microgradnn.spelled.library import definitions

LONGEST = 40  # letters of an identifier
SHOWN = 60  # characters of a label in a comment


class Names:
    """What Values, and the derivatives with respect to them, are called in a script.

    `taken` holds every name in use: what a helper may not be called.
    """

    def __init__(self, nodes: Sequence[Value], root: Value) -> None:
        self.taken = {*keyword.kwlist, *keyword.softkwlist, *dir(builtins), *vars(math), "math", "run", "slope"}
        self.taken |= {*definitions(), *TABLE}
        self._of: dict[Value, str] = {}
        self._keys: dict[str, None] = {}
        unlabelled = []
        for node in nodes:
            if node.op is None and is_number(node) and node is not root:
                continue
            if node.label:
                self._of[node] = self._free(identifier(str(node.label)))
            else:
                unlabelled.append(node)
        if root in unlabelled and root.op is not None:
            self._of[root] = self._free("L")
            unlabelled.remove(root)
        counts = {"x": 0, "v": 0}
        for node in unlabelled:
            letter = "x" if node.op is None else "v"
            counts[letter] += 1
            while f"{letter}{counts[letter]}" in self.taken:
                counts[letter] += 1
            self._of[node] = self._free(f"{letter}{counts[letter]}")

    def __contains__(self, node: object) -> bool:
        return node in self._of

    def __getitem__(self, node: Value) -> str:
        return self._of[node]

    def derivative(self, node: Value) -> str:
        """What the derivative of the result with respect to a Value is called."""
        return f"d_{self._of[node]}"

    def key(self, node: Value) -> str:
        """The label of a leaf, under which its gradient is returned; `w#2` where another has it, and its name where
        there is none."""
        base = str(node.label) if node.label else self._of[node]
        key, count = base, 1
        while key in self._keys:
            count += 1
            key = f"{base}#{count}"
        self._keys[key] = None
        return key

    def helper(self, name: str) -> str:
        """A name for a function, kept for it."""
        return self._free(name)

    def _free(self, name: str) -> str:
        found, count = name, 1
        while found in self.taken or f"d_{found}" in self.taken:
            count += 1
            found = f"{name}_" if count == 2 and name in _RESERVED else f"{name}_{count}"
        self.taken |= {found, f"d_{found}"}
        return found


_RESERVED = {*keyword.kwlist, *keyword.softkwlist, *dir(builtins), *TABLE}


def identifier(label: str) -> str:
    """A label as an identifier of ASCII letters: w[0][1] becomes w_0_1, and theta's letter its name."""
    spelled = "".join(LETTERS.get(c, c) for c in label[: 4 * LONGEST])
    name = re.sub(r"[^A-Za-z0-9]+", "_", spelled).strip("_")[:LONGEST].rstrip("_")
    if not name:
        return "x"
    return name if name[0].isalpha() else f"x_{name}"


def comment(label: str) -> str:
    """A label for a comment: what it holds cannot end the line."""
    shown = label if len(label) <= SHOWN else f"{label[: SHOWN // 2]}...{label[-SHOWN // 2 :]}"
    return shown if shown.isascii() and shown.isprintable() else ascii(shown)
