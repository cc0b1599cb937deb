"""What a classifier says all over a stretch of the plane, and which of its samples it answers rightly."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from microgradnn.drawing.contour import NONE, Grid
from microgradnn.engine import no_grad
from microgradnn.errors import DataError, SettingError, ShapeError
from microgradnn.functional import argmax
from microgradnn.ieee import number
from microgradnn.ops import plain

Extent = tuple[float, float, float, float]  # x from, x to, y from, y to
ROOM = 0.15  # around the points, of their width and height
VAST = 1e150  # where outputs end, so that their differences stay finite


class Field(NamedTuple):
    """The answers on a grid, and the threshold by which a single output answers; None where there are several.

    Of a single output the scores are 0 for the first class, and by how much it is above the threshold for the second.
    """

    grid: Grid
    threshold: float | None

    @property
    def unanswered(self) -> int:
        """At how many places of the grid there is no answer, since an output is nan."""
        return len([1 for row in self.grid.winners for winner in row if winner == NONE])


class Points(NamedTuple):
    """The samples: where they are, the class of each, and whether it is the classifier's answer."""

    places: list[tuple[float, float]]
    classes: list[int]
    right: list[bool]


class Answers(NamedTuple):
    """What there is to show: a classifier's answers on a grid, the samples, and the names of the classes."""

    field: Field
    points: Points
    names: list[str]


def answers(
    model: Callable[[list[float]], Any],
    X: Any,
    Y: Any,
    names: Sequence[str] = (),
    extent: Extent | None = None,
    resolution: int = 64,
    threshold: float | None = None,
    logits: bool | None = None,
) -> Answers:
    """What a model answers on a grid of `resolution` by `resolution` cells around the points X, and for them.

    A model of several outputs answers with the largest; the targets Y are classes counted from 0, or one-hot. A
    model of one output answers by whether it is above `threshold`: if none is given, 0 where a target is negative
    and for `logits`, and ½ else. Where it is not said whether outputs are logits, they are if one lies outside of
    0 … 1, as no probability can.
    """
    if isinstance(resolution, bool) or not isinstance(resolution, int) or not 2 <= resolution <= 1000:
        raise SettingError(f"resolution={resolution!r} is no number of cells from 2 to 1000")
    places = _places(X)
    targets = list(Y)
    if len(places) != len(targets):
        raise ShapeError(f"{len(places)} points have {len(targets)} targets; give one each")
    low_x, high_x, low_y, high_y = _extent(places, extent)
    xs = [low_x + (high_x - low_x) * k / resolution for k in range(resolution + 1)]
    ys = [low_y + (high_y - low_y) * k / resolution for k in range(resolution + 1)]
    with no_grad():
        rows = [[_numbers(model([x, y])) for x in xs] for y in ys]
        said = [_numbers(model([x, y])) for x, y in places]
    several = len(rows[0][0]) > 1
    if several:
        threshold = None
    elif threshold is None:
        if logits is None:
            logits = any(out[0] < 0 or out[0] > 1 for row in [*rows, said] for out in row)
        threshold = 0.0 if logits or any(_single(t) < 0 for t in targets) else 0.5
    classes = [_class(t) if several else int(_single(t) > 0) for t in targets]
    count = len(rows[0][0]) if several else 2
    if any(not 0 <= c < count for c in classes):
        wrong = next(c for c in classes if not 0 <= c < count)
        raise DataError(
            f"a target is class {wrong}, but the model has {count} outputs, for classes from 0 to {count - 1}"
        )
    if names and len(names) != count:
        raise ShapeError(f"{len(names)} names are given for {count} classes; give one each")
    scores = [[_scores(out, threshold) for out in row] for row in rows]
    winners = [[_winner(each) for each in row] for row in scores]
    right = [_winner(_scores(out, threshold)) == c for out, c in zip(said, classes, strict=True)]
    shown = list(names) or _usual(targets, several, count)
    return Answers(
        Field(Grid(xs, ys, scores, winners), None if several else threshold), Points(places, classes, right), shown
    )


def _places(X: Any) -> list[tuple[float, float]]:
    places = []
    for k, row in enumerate(X):
        coordinates = list(row)
        if len(coordinates) != 2:
            raise ShapeError(f"X[{k}] has {len(coordinates)} numbers; a boundary is drawn in the plane, of two inputs")
        x, y = (number(plain(v), f"X[{k}]") for v in coordinates)
        if not (math.isfinite(x) and math.isfinite(y)):
            raise DataError(f"X[{k}] is ({x}, {y}), which is no place in the plane")
        places.append((x, y))
    return places


def _extent(places: Sequence[tuple[float, float]], extent: Extent | None) -> Extent:
    if extent is not None:
        ends = tuple(float(number(x, "extent")) for x in extent)
        if len(ends) != 4 or not all(map(math.isfinite, ends)) or not (ends[0] < ends[1] and ends[2] < ends[3]):
            raise SettingError(f"extent={extent!r} is no stretch of the plane: (x from, x to, y from, y to)")
        return ends
    if not places:
        raise DataError("without points, say which stretch of the plane: extent=(x from, x to, y from, y to)")
    (low_x, high_x), (low_y, high_y) = (_around([place[k] for place in places]) for k in (0, 1))
    return low_x, high_x, low_y, high_y


def _around(numbers: Sequence[float]) -> tuple[float, float]:
    low, high = min(numbers), max(numbers)
    room = (high - low) * ROOM or abs(high) * ROOM or 1.0
    return low - room, high + room


def _numbers(out: Any) -> list[float]:
    """A model's outputs as numbers; a bare one is a list of one."""
    return [plain(v) for v in out] if isinstance(out, list | tuple) else [plain(out)]


def _single(target: Any) -> float:
    if isinstance(target, list | tuple):
        if len(target) != 1:
            raise ShapeError(f"a target of {len(target)} numbers cannot be met by a single output")
        target = target[0]
    return plain(target)


def _class(target: Any) -> int:
    if isinstance(target, list | tuple):
        return argmax(target)
    x = plain(target)
    if x != math.floor(x):
        raise DataError(f"a target is {x}; with several outputs it is a class, a whole number from 0, or one-hot")
    return int(x)


def _scores(out: Sequence[float], threshold: float | None) -> list[float]:
    """A number for each class, of which the largest is the answer."""
    return [min(max(x, -VAST), VAST) for x in ([0.0, out[0] - threshold] if threshold is not None else out)]


def _winner(scores: Sequence[float]) -> int:
    """The first of the largest; none where one of them is nan."""
    if any(x != x for x in scores):
        return NONE
    return max(range(len(scores)), key=lambda c: (scores[c], -c))


def _usual(targets: Sequence[Any], several: bool, count: int) -> list[str]:
    """Names for classes that were not named: the targets themselves where these are single numbers."""
    if several:
        return [f"class {c}" for c in range(count)]
    found = sorted({_single(target) for target in targets})
    usual = found if len(found) == 2 and found[0] <= 0 < found[1] else [0.0, 1.0]
    return [f"{x:g}" for x in usual]
