"""The graph of a computation in the DOT language: one box for each number, one arrow for each use of it.

Nothing heavy is imported here; graphviz and the programs that draw are looked for when a picture is made.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, KeysView
from typing import TYPE_CHECKING, Any

from microgradnn.chain import graph
from microgradnn.drawing.palette import DAY
from microgradnn.drawing.text import html, number, shorten, tooltip, visible
from microgradnn.engine import Value
from microgradnn.errors import NotANumber, SettingError
from microgradnn.ops import plain
from microgradnn.reverse import edges

if TYPE_CHECKING:
    from microgradnn.drawing.digraph import Digraph

RANKDIRS = ("LR", "TB", "RL", "BT")
MANY = 1000  # arrows, from which on a drawing is laid out in a hurry

PARAMETER = r"(?:.*[._])?(?:w|b|weights?|bias(?:es)?|synapse)\d*(?:\[\d+\])*"

# What a number is decides its shape first, so that the picture can be read without colours.
LOOKS = {
    "operation": 'shape=box style="rounded,filled" fillcolor="#e8f1f8" color="#0072B2"',
    "parameter": 'shape=hexagon style=filled fillcolor="#fdf1dc" color="#b97800" margin="0.02,0.02"',
    "input": 'shape=ellipse style=filled fillcolor="#e3f4ee" color="#007f5c" margin="0.02,0.02"',
    "constant": f'shape=note style=filled fillcolor="#f4f4f4" color="{DAY.quiet}"',
}


def trace(root: Value) -> tuple[KeysView[Value], KeysView[tuple[Value, Value]]]:
    """The Values that `root` was computed from, itself included, and the pairs (operand, result) among them.

    Both are sets that keep their order, that of creation. An operand used twice in one operation makes one
    pair here and two arrows in a drawing. Source of name and form: micrograd's `trace_graph` notebook.
    """
    _checked(root, "trace")
    nodes = graph(root)
    pairs = [(arg, node) for node in nodes for arg in node.args if isinstance(arg, Value)]
    return dict.fromkeys(nodes).keys(), dict.fromkeys(pairs).keys()  # type: ignore[return-value]


def draw_dot(root: Value, format: str = "svg", rankdir: str = "LR") -> Digraph:
    """The graph of all that `root` was computed from, as a `graphviz.Digraph`.

    A box holds a number's label, the operation that made it, its data and its gradient ("—" where none was
    computed); an arrow holds the local derivative ∂result/∂operand. Operands stand in their order, from the
    top (`rankdir` "LR", "RL") or from the left ("TB", "BT"). Computed numbers are rounded boxes, parameters
    of a network hexagons, other leaves ellipses, constants sheets of paper. Same graph, same bytes.
    More than a thousand arrows are laid out less carefully; ten thousand still take half a minute.
    NotANumber where `root` is no Value, SettingError for a `format` or `rankdir` that does not exist.
    """
    _checked(root, "draw_dot")
    if rankdir not in RANKDIRS:
        raise SettingError(f"rankdir={rankdir!r} is unknown; it is one of: {', '.join(RANKDIRS)}")
    # Loads graphviz, which `import microgradnn` must not.
    from microgradnn.drawing.digraph import Digraph

    boxes, arrows = lines(root)
    if len(arrows) > MANY:
        # Labels in the middle of arrows take part in the layout; at the arrows' heads they do not.
        arrows = [arrow.replace("[label=", "[headlabel=", 1) for arrow in arrows]
    return Digraph.of([*boxes, *arrows], format, rankdir, hurried=len(arrows) > MANY)


def _checked(root: object, name: str) -> None:
    if not isinstance(root, Value):
        raise NotANumber(f"{name} needs a Value, the result of a computation, not {type(root).__name__}")


def lines(root: Value) -> tuple[list[str], list[str]]:
    """The graph as statements of DOT, boxes and arrows: each number after those it was computed from."""
    nodes: list[Any] = list(graph(root))
    names = {node: f"n{i}" for i, node in enumerate(nodes)}
    parameters = parameters_among(nodes)
    boxes: list[str] = []
    arrows: list[str] = []
    for node in nodes:
        constants, uses = _arguments(node, names)
        boxes += [*constants, _box(names[node], node, kind(node, parameters), node is root)]
        arrows += uses
    return boxes, arrows


def _arguments(node: Any, names: dict[Any, str]) -> tuple[list[str], list[str]]:
    """The boxes of the plain numbers that `node` was computed from, and an arrow from each operand."""
    partials = dict(edges(node))
    boxes, arrows = [], []
    for k, arg in enumerate(node.args):
        name = names.get(arg) if isinstance(arg, Value) else None
        if name is None:
            name = f"{names[node]}_{k}"
            boxes.append(_statement(name, "constant", number(arg), repr(arg)))
        arrows.append(
            _arrow(name, names[node], k, node, partials.get(k, 0.0 if isinstance(arg, Value) and arg.live else None))
        )
    return boxes, arrows


def kind(node: Value, parameters: Container[Value] = ()) -> str:
    """What a Value is in a drawing, a key of LOOKS; `parameters` are the leaves that are known as such."""
    if node.op is not None:
        return "operation"
    if node.frozen:
        return "constant"
    return "parameter" if node in parameters else "input"


def parameters_among(nodes: Iterable[Value]) -> set[Value]:
    """The leaves whose labels are those of parameters: layer0.neuron3.w[1], w2, bias, hidden_weights[0][1].

    A lone "b" says nothing by itself (a, b and c are common names), only beside a "w" or the like.
    """
    named = {node for node in nodes if node.op is None and re.fullmatch(PARAMETER, str(node.label), re.DOTALL)}
    telling = any(str(node.label) != "b" for node in named)
    return named if telling else set()


def _box(name: str, node: Value, what: str, root: bool) -> str:
    label = visible(str(node.label))
    head = [f'<FONT POINT-SIZE="14"><B>{html(node._op)}</B></FONT>'] if node.op is not None else []
    if label:
        head.append(html(shorten(label)) if head else f"<B>{html(shorten(label))}</B>")
    data, grad = number(node.data), number(plain(node.grad)) if node.graded else "—"
    rows = ["  ".join(head)] if head else []
    rows.append(f"data {data}" if what != "constant" or head else data)
    known = f"{label or 'Value'}: data {node.data!r}"
    if what != "constant":
        rows.append(f"grad {grad}")
        known += f", grad {plain(node.grad)!r}" if node.graded else ", grad not computed"
    return _statement(name, what, "<BR/>".join(rows), known, " penwidth=2.5" if root else "")


def _statement(name: str, what: str, rows: str, known: str, more: str = "") -> str:
    return f'\t{name} [label=<{rows}> tooltip="{tooltip(known)}" {LOOKS[what]}{more}]\n'


def _arrow(tail: str, head: str, position: int, node: Value, partial: float | None) -> str:
    place = f"operand {position + 1} of {len(node.args)}"
    if partial is None:  # nothing is differentiated through a constant
        return f'\t{tail} -> {head} [style=dashed tooltip="{place}, a constant"]\n'
    return f'\t{tail} -> {head} [label="∂ {number(partial)}" tooltip="{place}, local derivative {partial!r}"]\n'
