"""Numbers that are right where it matters, though not everywhere: they are remarked on, not accused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from microgradnn.check.doctor.guards import behind_guards
from microgradnn.check.doctor.labelled import right_for_labels
from microgradnn.check.doctor.problem import Point, Problem
from microgradnn.check.doctor.referee import Judgement

SHOWN = 6  # names in a remark


def excused(
    problem: Problem,
    points: Sequence[Point],
    wrong: Mapping[int, Judgement],
    right_for: Mapping[str, Sequence[int]],
) -> tuple[dict[int, Judgement], list[str]]:
    """Those of the wrong numbers that stay wrong, and what is said of the others, and of those that are `right_for`
    some data only."""
    start = points[0]
    said: dict[str, list[int]] = {
        "but where a clip is at its end; there its derivative is 0": behind_guards(points, wrong)
    }
    behind = {i for places in said.values() for i in places}
    lucky = [i for i, judgement in wrong.items() if 0 not in judgement.wrong and i not in behind]
    for labels, places in (*right_for_labels(problem, start, lucky).items(), *right_for.items()):
        said.setdefault(f"for {labels}, as at the point given; not for other numbers", []).extend(places)
    gone = {i for places in said.values() for i in places}
    remarks = [
        f"{', '.join(start.arguments.names[i] for i in places[:SHOWN])}: right {why}"
        for why, places in said.items()
        if places
    ]
    return {i: judgement for i, judgement in wrong.items() if i not in gone}, remarks
