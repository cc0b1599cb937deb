"""explain(): the derivation of this very graph, forward and backward."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from microgradnn.engine import Value
from microgradnn.explaining import languages
from microgradnn.explaining.gradient import Gradient
from microgradnn.explaining.lines import Section
from microgradnn.explaining.names import Names


class Explanation:
    """How a Value was computed, and how its gradients follow, in words, symbols and numbers.

    `print(explanation)` shows it as text; `to_latex`, `to_markdown` and `to_html` write it otherwise. It holds
    what was so when it was made: later changes of the graph do not reach it. `gradient` is the derivative as
    one formula.
    """

    def __init__(self, sections: Sequence[Section], names: Names, root: Value, wrt: Sequence[Value]) -> None:
        self._sections = sections
        self._names = names
        self._root = root
        self._wrt = wrt

    @cached_property
    def _text(self) -> str:
        return languages.as_text(self._sections, self._names)

    def __str__(self) -> str:
        return self._text

    __repr__ = __str__

    def to_latex(self) -> str:
        r"""The formulas as one `aligned` environment, to stand between \[ and \]."""
        return languages.as_latex(self._sections, self._names)

    def _repr_latex_(self) -> str:
        return f"$$\n{self.to_latex()}\n$$"

    def to_markdown(self) -> str:
        """Words, and formulas between dollar signs."""
        return languages.as_markdown(self._sections, self._names)

    def to_html(self) -> str:
        """A whole page, with formulas in MathML: nothing is loaded, and nothing runs."""
        section = languages.as_html(self._sections, self._names)
        return languages.page(section, f"The derivation of {self._names.root}")

    @property
    def gradient(self) -> Gradient:
        """The derivative as one formula. Misuse where several were asked for: see `gradients`."""
        return Gradient.only(self.gradients, self._names.root)

    @cached_property
    def gradients(self) -> Mapping[str, Gradient]:
        """The derivatives with respect to what was asked for (all leaves, where nothing was), by name."""
        return Gradient.all(self._root, self._wrt, self._names)
