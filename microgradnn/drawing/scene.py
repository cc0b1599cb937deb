"""A picture before it is drawn: boxes that stand for numbers, and arrows that stand for their uses.

Every way of writing a picture (DOT, Mermaid, TikZ, JSON, a page) reads this and nothing else of the graph.
What holds of every Scene, folded or not, is tested: each Value lies in one box, each use of a number is counted
in one arrow or inside one box.
"""

from __future__ import annotations

from typing import NamedTuple

KINDS = ("operation", "parameter", "input", "constant", "group")


class Span(NamedTuple):
    """The numbers of a box, or along an arrow, from the lowest to the highest.

    One number has low = high. Of nan there is no lowest: `nans` counts them, and where there is nothing else low
    and high are nan. `known` is how many numbers were looked at.
    """

    low: float
    high: float
    known: int = 1
    nans: int = 0


class Box(NamedTuple):
    """One or more numbers of a graph, drawn as one thing.

    `id`: a name that is also an identifier: "n7" is the Value number 7 in order of creation (or the box whose
    first Value that is), "n7_1" the plain number that is operand 1 of it.
    `kind`: one of KINDS; a group holds Values of several kinds (a neuron, a layer, a sum of many terms).
    `symbol`: the operation; "" for a leaf; of a group what it is ("Layer", "sum of 100 terms").
    `label`: the user's name for it, or the group's. `data`, `grad`: their numbers; None where there are none, so
    that of a gradient which was not computed "—" can be said; of a sum of many terms, or another chain of one
    operation, its result.
    `nodes`: the Values it stands for (0 for plain numbers), `plain` the plain numbers, `parameters` those Values
    among them that learn, `copies` how many equal parts were laid on each other (the "× N"), `inner` the uses of
    numbers that lie inside the box and have no arrow.
    `parts`: the names of the groups in which it lies, outermost first. `born`: how and where a nan or an infinity
    was born here, "" if none was. `kink`: where the function has a corner on which its argument lies exactly.
    `root`: whether this is, or holds, what was drawn. `known`: its numbers with all their digits.
    """

    id: str
    kind: str
    symbol: str = ""
    label: str = ""
    data: Span | None = None
    grad: Span | None = None
    nodes: int = 1
    plain: int = 0
    parameters: int = 0
    copies: int = 1
    inner: int = 0
    parts: tuple[str, ...] = ()
    born: str = ""
    kink: str = ""
    root: bool = False
    known: str = ""


class Arrow(NamedTuple):
    """The use of a number in an operation, or `uses` of them between the same two boxes.

    `tail`, `head`: ids of boxes, from the operand to the result. `position`: which operand it is, −1 where the
    arrow stands for several places. `of`: how many operands the operation takes.
    `partial`: the local derivatives ∂head/∂tail; None where nothing is differentiated, since `constant`.
    `flow`: the largest size of a gradient that passes along it, |∂root/∂head · ∂head/∂tail|; None if not computed.
    `back`: whether it leads back, so that the picture has a cycle.
    """

    tail: str
    head: str
    position: int = -1
    of: int = 1
    partial: Span | None = None
    flow: float | None = None
    uses: int = 1
    constant: bool = False
    back: bool = False


class Scene(NamedTuple):
    """All that a picture shows: boxes, each after those it was computed from, and arrows.

    `title` says what was drawn, `remark` what the reader must know of how: "folded to layers: 65,077 numbers in
    14 boxes"; "" where there is nothing to say.
    """

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    title: str = ""
    remark: str = ""

    @property
    def folded(self) -> bool:
        """Whether a box stands for several numbers."""
        return any(box.nodes + box.plain > 1 for box in self.boxes)
