"""What the page knows of a graph: its boxes, arrows and groups, and where they stand, ready for JSON."""

from __future__ import annotations

import json
import math
from typing import Any

from microgradnn.chain import graph, operands
from microgradnn.drawing.picture import Drawing
from microgradnn.drawing.text import visible
from microgradnn.engine import Value
from microgradnn.explaining.names import Names
from microgradnn.ops import Op
from microgradnn.partials import rule_in_force
from microgradnn.primitives import BUILT_IN
from microgradnn.reverse import edges, refuse_changed
from microgradnn.stepping.formulas import derivatives, formula
from microgradnn.stepping.groups import Groups
from microgradnn.stepping.layout import layout
from microgradnn.stepping.rows import Rows


class Facts:
    """A graph as the page has it: `data`, made of dicts, lists, texts and numbers, and `rows`, its part of the table.

    What is computed is here from the beginning; `place` adds where everything stands in the drawing.
    """

    def __init__(self, root: Value) -> None:
        nodes: list[Any] = list(graph(root))
        refuse_changed(nodes)
        self.rows = Rows()
        self._forms: dict[str, int] = {}  # formulas as JSON, with their places in the list of all
        self._opaque: dict[tuple[Op, int], str] = {}  # why rows cannot be written as a script
        self._numbers: dict[str, int] = {}  # places in the list, by the ids that the drawing gives
        groups, called = Groups(nodes), Names(nodes, root)
        names = {node: f"n{k}" for k, node in enumerate(nodes)}
        found: list[dict[str, Any]] = []
        for node in nodes:
            known = {"name": called[node], "group": groups.of.get(node, -1)}
            ids = []
            for k, arg in enumerate(node.args):
                ids.append(names[arg] if isinstance(arg, Value) else f"{names[node]}_{k}")
                if not isinstance(arg, Value):
                    self._numbers[ids[-1]] = len(found)
                    found.append({"data": _number(arg), "group": known["group"]})
            self._numbers[names[node]] = len(found)
            found.append(self._computed(node, [self._numbers[id] for id in ids]) | known)
        self.data: dict[str, Any] = {
            "nodes": found,
            "groups": groups.entries,
            "forms": [json.loads(form) for form in self._forms],
            "root": self._numbers[names[root]],
            "kinks": rule_in_force(),
        }

    def place(self, drawing: Drawing) -> None:
        """Add the boxes and arrows of a drawing that shows every number: what they are, and where they stand."""
        places = layout(drawing)
        for box in drawing.scene.boxes:
            node = self.data["nodes"][self._numbers[box.id]]
            node |= {"kind": box.kind, "symbol": box.symbol, "label": visible(box.label), "box": places.boxes[box.id]}
            if box.born:
                node["born"] = visible(box.born)
        routes = {ends: iter(ways) for ends, ways in places.routes.items()}
        arrows: list[dict[str, Any]] = []
        for arrow in drawing.scene.arrows:
            route = next(routes[arrow.tail, arrow.head])
            ends = {"tail": self._numbers[arrow.tail], "head": self._numbers[arrow.head]}
            arrows.append(ends | {"position": arrow.position, "path": route.path, "label": route.label})
        self.data |= {"arrows": arrows, "frame": places.frame}

    def _computed(self, node: Any, ids: list[int]) -> dict[str, Any]:
        """A Value: its number, its row, its operands and those of them that are differentiated, its formulas."""
        facts = {"data": _number(node.data), "live": node.live}
        if node.op is None:
            return facts
        op, count = node.op, len(ids)
        wanted = [k for k, _ in operands(node)]
        constants = [None if isinstance(arg, Value) else arg for arg in node.args]
        facts |= {
            "args": ids,
            "wanted": wanted,
            "form": self._form({"formula": formula(op, constants), "slopes": derivatives(op, constants, wanted)}),
        }
        if op.name == "where" and not isinstance(node.args[0], Value):
            facts["fixed"] = True  # a comparison gave a bool when the graph was made: the graph does not hold it
        row = self._row(op, count)
        if row:
            facts["row"] = row
        if op.name in BUILT_IN and row:
            return facts
        # The script compares what it computes of a user's own row with these, and holds them where it must.
        partials = dict(edges(node))
        facts["held"] = [_number(partials[k]) if k in partials else None for k in wanted]
        return facts | {"why": self._opaque.get((op, count), f"{op.name} gives another number here than in Python")}

    def _form(self, form: dict[str, Any]) -> int:
        """The number of these formulas in the list of all, where equal ones stand once."""
        return self._forms.setdefault(json.dumps(form), len(self._forms))

    def _row(self, op: Op, count: int) -> str:
        """What the row is called in the script; "" where it cannot be written as one."""
        if (op, count) not in self._opaque:
            try:
                return self.rows.add(op, count)
            except Exception as error:  # a user's function may raise anything where a formula comes instead of a number
                self._opaque[op, count] = visible(f"{op.name} cannot be followed: {error}")
        return ""


def _number(x: float) -> float | str:
    """A number for JSON, which has no nan and no infinities: they are written as JavaScript reads them."""
    if math.isfinite(x):
        return float(x)
    return "NaN" if x != x else "Infinity" if x > 0 else "-Infinity"
