"""The picture of a network: neurons as discs in columns, weights as lines, as wide as they are large."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

from microgradnn.drawing.pen import Pen, brief, sketch, thinned
from microgradnn.drawing.shapes import Disc, Line, Picture, Point, Shape, Words, wide
from microgradnn.drawing.text import shorten, visible
from microgradnn.errors import SettingError, ShapeError

RADIUS, ROW, COLUMN = 17.0, 54.0, 190.0
MARGIN, TOP, LEGEND = 26.0, 70.0, 520.0
THICK = 7.0  # pixels: the width of the line of the largest weight, in a small network
AIRY = 40  # lines between two columns, up to which the largest may be so thick
FEW = 24  # weights that are also written beside their lines
TOLD = 600  # weights of which each line tells its number to whoever points at it: more would make large files


class Dense(NamedTuple):
    """A layer as numbers: `weights[j][i]` is that of neuron j for input i; `biases` are None where there are none.

    `activation` is its name, and `curve` that function of one number, for the small picture in each neuron; None
    where there is no such function. `note` says what lies between this layer and the one before. `outputs` are
    what the neurons gave for some inputs; `inputs` are given where these are not the outputs of the layer before.
    """

    weights: Sequence[Sequence[float]]
    biases: Sequence[float] | None = None
    activation: str = "linear"
    name: str = ""
    note: str = ""
    curve: Callable[[float], float] | None = None
    outputs: Sequence[float] | None = None
    inputs: Sequence[float] | None = None


class _Column(NamedTuple):
    """A column of the picture: how many there are in it, which of them are shown, and where these stand."""

    x: float
    size: int
    shown: list[int]
    place: dict[int, float]


def network(
    layers: Sequence[Dense],
    inputs: Sequence[str] = (),
    outputs: Sequence[str] = (),
    title: str = "",
    remarks: Sequence[str] = (),
    most: int = 16,
) -> Picture:
    """The picture of layers one after another; of a large one no more than `most` neurons are shown, and it says so.

    A line is as wide as its weight is large, a neuron's rim as its bias; solid is positive, dashed is negative,
    dotted is not finite. Of more than 120 weights between two columns only the largest are drawn so, the others as
    hairlines, and it says so. ShapeError where the numbers of a layer do not fit together.
    """
    if not isinstance(most, int) or isinstance(most, bool) or most < 2:
        raise SettingError(f"most={most!r} neurons of a layer cannot be shown; it is an integer of at least 2")
    sizes = _sizes(layers)
    for names, size, what in ((inputs, sizes[0], "inputs"), (outputs, sizes[-1], "outputs")):
        if names and len(names) != size:
            raise ShapeError(f"{len(names)} names are given for the {size} {what} of the network; give one each")
    return _Drawn(layers, sizes, inputs, outputs, most).picture(title, remarks)


def _sizes(layers: Sequence[Dense]) -> list[int]:
    """How many stand in each column: the inputs, and the neurons of each layer."""
    if not layers:
        raise ShapeError("there is no layer to draw; a network has at least one")
    sizes = [len(layers[0].weights[0]) if layers[0].weights else 0]
    for k, layer in enumerate(layers):
        who = layer.name or f"layer {k}"
        wrong = [len(row) for row in layer.weights if len(row) != sizes[-1]]
        if wrong:
            raise ShapeError(f"{who} has a neuron of {wrong[0]} weights, but there are {sizes[-1]} inputs to it")
        for what, numbers in (("biases", layer.biases), ("outputs", layer.outputs)):
            if numbers is not None and len(numbers) != len(layer.weights):
                raise ShapeError(f"{who} has {len(layer.weights)} neurons and {len(numbers)} {what}")
        sizes.append(len(layer.weights))
    return sizes


class _Drawn:
    """A network being drawn: where everything stands, and how wide lines are."""

    def __init__(
        self, layers: Sequence[Dense], sizes: list[int], inputs: Sequence[str], outputs: Sequence[str], most: int
    ) -> None:
        self.layers = layers
        self.names = [
            [shorten(visible(name), 24) for name in names]
            for names in (inputs or [f"x[{i}]" for i in range(sizes[0])], outputs)
        ]
        self.heads = [_head("inputs", sizes[0], most)]
        self.heads += [_head(layer.name or f"layer {k}", sizes[k + 1], most, layer) for k, layer in enumerate(layers)]
        rows = max(min(size, most + 1) for size in sizes)
        self.row, self.radius = (ROW, RADIUS) if rows <= 10 else (ROW * 0.82, RADIUS * 0.85)
        self.top = TOP + 15.0 * max(len(head) - 2 for head in self.heads)
        self.bottom = self.top + rows * self.row
        gaps = [min(left, most) * min(right, most) for left, right in pairwise(sizes)]
        self.dense = max(gaps) > AIRY
        thick = THICK * min(1.0, (AIRY / max(gaps)) ** 0.45)
        self.written, self.told = sum(gaps) <= FEW, sum(gaps) <= TOLD
        given = [w for layer in layers for row in layer.weights for w in row]
        given += [b for layer in layers for b in layer.biases or ()]
        largest = max((abs(w) for w in given if math.isfinite(w)), default=0.0)
        self.pen = Pen(largest, thick, all(map(math.isfinite, given)))
        self.columns = self._columns(sizes, most)

    def _columns(self, sizes: list[int], most: int) -> list[_Column]:
        """The columns from left to right, no narrower than the legend below them."""
        x = MARGIN + max([self.radius, *map(wide, self.names[0])]) + 8
        x = max(x, 8 + max(map(wide, self.heads[0])) / 2)
        room = (LEGEND - 2 * x) / (len(sizes) - 1)
        columns: list[_Column] = []
        for k, size in enumerate(sizes):
            if k:
                apart = (max(map(wide, self.heads[k])) + max(map(wide, self.heads[k - 1]))) / 2 + 16
                x += max(COLUMN * (1.3 if self.dense else 1.0), apart, min(room, 2 * COLUMN))
            columns.append(self._column(x, size, most))
        return columns

    def _column(self, x: float, size: int, most: int) -> _Column:
        shown = list(range(size))
        if size > most:
            shown = shown[: (most + 1) // 2] + shown[size - most // 2 :]
        rows = len(shown) + (size > most)
        height = self.bottom - self.top
        apart = min(1.6 * self.row, height / rows)
        first = self.top + height / 2 - (rows - 1) / 2 * apart
        gap = (most + 1) // 2 if size > most else rows
        return _Column(x, size, shown, {i: first + (k + (k >= gap)) * apart for k, i in enumerate(shown)})

    def picture(self, title: str, remarks: Sequence[str]) -> Picture:
        lines: list[tuple[float, Line]] = []
        words: list[Shape] = []
        remarks = list(remarks)
        for k, layer in enumerate(self.layers):
            drawn: list[tuple[float, Line]] = []
            self._weights(layer, k, drawn, words)
            lines += thinned(drawn, shorten(visible(layer.name), 24) or f"layer {k}", remarks)
        lines.sort(key=lambda pair: pair[0])  # the large ones are seen
        shapes: list[Shape] = [line for _, line in lines]
        shapes += words
        for k, column in enumerate(self.columns):
            shapes += self._heading(column, self.heads[k])
            for i in column.shown:
                shapes += self._neuron(k, i, column.x, column.place[i])
        named = max([self.radius, *(wide(name) + self.radius + 8 for name in self.names[1])])
        right = self.columns[-1].x + max(named, max(map(wide, self.heads[-1])) / 2) + MARGIN
        legend, end = self.pen.legend(MARGIN, self.bottom + 30)
        right = max(right, end + MARGIN)
        shapes += legend
        for k, remark in enumerate(remarks):
            shapes.append(Words(MARGIN, self.bottom + 52 + 18 * k, remark, "start", "quiet"))
            right = max(right, MARGIN * 2 + wide(remark))
        return Picture(math.ceil(right), math.ceil(self.bottom + 48 + 18 * len(remarks)), shapes, title or "network")

    def _heading(self, column: _Column, head: list[str]) -> list[Shape]:
        shapes: list[Shape] = [
            Words(column.x, 26 + 15 * k, text, "middle", "quiet" if k else "ink", bold=not k)
            for k, text in enumerate(head)
        ]
        if len(column.shown) < column.size:
            half = len(column.shown) - len(column.shown) // 2
            y = (column.place[column.shown[half - 1]] + column.place[column.shown[half]]) / 2
            shapes += [Disc(column.x, y + d, 1.6, "ink", 2.4) for d in (-8, 0, 8)]
        return shapes

    def _weights(self, layer: Dense, k: int, lines: list[tuple[float, Line]], words: list[Shape]) -> None:
        """The lines that lead from column k to the next, each with how much it asks to be seen."""
        tails, heads = self.columns[k], self.columns[k + 1]
        for j in heads.shown:
            for i in tails.shown:
                w = float(layer.weights[j][i])
                start, end = (tails.x, tails.place[i]), (heads.x, heads.place[j])
                name = f"{layer.name or f'layer {k}'}, neuron {j}, input {i}: weight {w!r}"
                role, width, dash = self.pen.look(w)
                size = abs(w) if math.isfinite(w) else math.inf
                lines.append(
                    (size, Line(_between(start, end, self.radius), role, width, dash, name if self.told else ""))
                )
                if self.written:
                    # Where lines run together the numbers would lie on each other: they stand towards the other end.
                    t = (0.3 if tails.size >= heads.size else 0.7) + 0.08 * ((i + j) % 2)
                    x, y = start[0] + t * (end[0] - start[0]), start[1] + t * (end[1] - start[1])
                    words.append(Words(x, y + 3.5, brief(w), size=10, halo=True))

    def _neuron(self, k: int, i: int, x: float, y: float) -> list[Shape]:
        if not k:
            given = self.layers[0].inputs
            shapes: list[Shape] = [Disc(x, y, self.radius, "quiet")]
            if given is not None:
                shapes.append(Words(x, y + 3.5, brief(given[i], 2), size=10))
            shapes.append(Words(x - self.radius - 8, y + 4, self.names[0][i], "end"))
            return shapes
        layer = self.layers[k - 1]
        bias = None if layer.biases is None else float(layer.biases[i])
        told = f"{layer.name or f'layer {k - 1}'}, neuron {i}, {layer.activation}"
        role, width, dash = ("quiet", 1.0, "") if bias is None else self.pen.look(bias)
        if bias is not None:
            told += f": bias {bias!r}"
        if layer.outputs is not None:
            told += f", output {float(layer.outputs[i])!r}"
        shapes = [Disc(x, y, self.radius, role, min(max(width, 1.0), 4.0), dash, told)]
        if layer.outputs is not None:
            shapes.append(Words(x, y + 3.5, brief(layer.outputs[i], 2), size=10))
        elif layer.curve is not None:
            shapes += sketch(layer.curve, x, y, self.radius * 0.58)
        if bias is not None:
            shapes.append(Words(x, y + self.radius + 11, f"b {brief(bias)}", role="quiet", size=9, halo=True))
        if k == len(self.layers) and self.names[1]:
            shapes.append(Words(x + self.radius + 8, y + 4, self.names[1][i], "start"))
        return shapes


def _head(name: str, size: int, most: int, layer: Dense | None = None) -> list[str]:
    """What stands above a column."""
    if layer is None:
        lines = [name, f"{size:,}"]
    else:
        lines = [shorten(name, 28), f"{size:,} neuron{'' if size == 1 else 's'}, {shorten(layer.activation, 24)}"]
        if layer.note:
            lines.append(shorten(layer.note, 40))
    if size > most:
        lines.append(f"… {most} of {size:,} shown")
    return lines


def _between(start: Point, end: Point, radius: float) -> list[Point]:
    """From the rim of one disc to that of another."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    share = radius / math.hypot(dx, dy)
    return [(start[0] + share * dx, start[1] + share * dy), (end[0] - share * dx, end[1] - share * dy)]
