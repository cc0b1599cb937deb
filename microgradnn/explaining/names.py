"""What the Values of a graph are called in an explanation: by their labels, and no two alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from microgradnn.engine import Value
from microgradnn.explaining.labels import tex_name, tex_text, text_name

DOTS = "\0…"  # stands for what is left out of a sum
# Before a name: the derivative of the result with respect to it; before two: of the one with respect to the other.
ADJOINT = "\0"  # no shown name holds this


class Names:
    """Names for Values: their labels; where a label is taken, `w#2`; where there is none, x1 (a leaf) or v1.

    A name is as it is shown in plain text. `tex` gives it in TeX, again with no two alike.
    """

    def __init__(self, labelled: Iterable[Value], root: Value) -> None:
        self._by_node: dict[Value, str] = {}
        self._tex: dict[str, str] = {}
        self._shown: dict[str, str] = {}
        self._next = {"x": 1, "v": 1}
        self._counts: dict[str, int] = {}
        nodes = list(labelled)
        self.leaves: dict[str, float] = {}  # what they are called, and their numbers
        self._taken = {text_name(str(node.label)) for node in nodes if node.label}
        self._given: set[str] = set()
        for node in nodes:
            if node.label:
                self._keep(node, self._numbered(str(node.label)))
        self.root = self._by_node.get(root) or self._keep(root, self._free(["L", "out", "result"], "out"))

    def __getitem__(self, node: Value) -> str:
        """The name of a Value; one without a label gets a name now."""
        if node not in self._by_node:
            letter = "x" if node.op is None else "v"
            while f"{letter}{self._next[letter]}" in self._taken:
                self._next[letter] += 1
            self._keep(node, f"{letter}{self._next[letter]}")
            self._next[letter] += 1
        return self._by_node[node]

    def _free(self, wanted: Sequence[str], base: str) -> str:
        for name in wanted:
            if name not in self._taken:
                return name
        return self._numbered(base)

    def _numbered(self, label: str) -> str:
        name, count = label, self._counts.get(label, 1)
        while text_name(name) in self._given:
            count += 1
            name = f"{label}#{count}"
        self._counts[label] = count
        return name

    def _keep(self, node: Value, name: str) -> str:
        shown = text_name(name)
        self._given.add(shown)
        self._taken.add(shown)
        typeset = tex_name(name)
        if typeset in self._shown:
            typeset = tex_text(name)
        while typeset in self._shown:
            typeset += "'"
        self._shown[typeset] = shown
        self._tex[shown] = typeset
        self._by_node[node] = shown
        if node.op is None:
            self.leaves[shown] = node.data
        return shown

    # ---- as printers ask for them ----

    def text(self, name: str) -> str:
        """A name, or a derivative with respect to it, in plain text."""
        if name == DOTS:
            return "…"
        upper, lower = self._quotient(name)
        return f"∂{upper}/∂{lower}" if upper else lower

    def tex(self, name: str) -> str:
        """The same in TeX."""
        if name == DOTS:
            return r"\cdots"
        upper, lower = self._quotient(name)
        if upper:
            return rf"\frac{{\partial {self._tex[upper]}}}{{\partial {self._tex[lower]}}}"
        return self._tex.get(name) or tex_name(name)

    def _quotient(self, name: str) -> tuple[str, str]:
        """What is differentiated, and with respect to what; of a name that is no derivative, "" and itself."""
        if not name.startswith(ADJOINT):
            return "", name
        upper, _, lower = name[1:].rpartition(ADJOINT)
        return upper or self.root, lower

    @property
    def repeated(self) -> list[str]:
        """Labels that more than one Value bears."""
        return [label for label, count in self._counts.items() if count > 1]
