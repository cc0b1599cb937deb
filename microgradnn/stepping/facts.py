"""What the page knows of a graph: its boxes, arrows and groups, and where they stand, ready for JSON."""

from __future__ import annotations

import json
import math
from typing import Any

from microgradnn.chain import graph, operands
from microgradnn.drawing.picture import draw
from microgradnn.drawing.text import visible
from microgradnn.engine import Value
from microgradnn.explaining.names import Names
from microgradnn.ops import Op
from microgradnn.partials import rule_in_force
from microgradnn.reverse import edges, refuse_changed
from microgradnn.stepping.formulas import derivatives, formula
from microgradnn.stepping.groups import Groups
from microgradnn.stepping.layout import layout
from microgradnn.stepping.rows import Rows


class Facts:
    """A graph as the page has it. `data` is made of dicts, lists, texts and numbers; `rows` is its script."""

    def __init__(self, root: Value) -> None:
        nodes: list[Any] = list(graph(root))
        refuse_changed(nodes)
        self.rows = Rows()
        self._forms: dict[str, int] = {}  # formulas as JSON, with their places in the list of all
        self._opaque: dict[tuple[Op, int], str] = {}  # why rows cannot be written as a script
        drawing = draw(root, depth=4)
        places = layout(drawing)
        boxes = {box.id: box for box in drawing.scene.boxes}
        numbers = {box.id: k for k, box in enumerate(drawing.scene.boxes)}
        names = {node: f"n{k}" for k, node in enumerate(nodes)}
        groups = Groups(nodes)
        called = Names(nodes, root)
        found: dict[str, dict[str, Any]] = {}
        for node in nodes:
            known = {"name": called[node], "group": groups.of.get(node, -1)}
            ids = []
            for k, arg in enumerate(node.args):
                if isinstance(arg, Value):
                    ids.append(names[arg])
                else:
                    ids.append(f"{names[node]}_{k}")
                    found[ids[-1]] = {"data": _number(arg), "group": known["group"]}
            found[names[node]] = self._computed(node, [numbers[id] for id in ids]) | known
        for id, box in boxes.items():
            found[id] |= {"kind": box.kind, "symbol": box.symbol, "label": visible(box.label), "box": places.boxes[id]}
            if box.born:
                found[id]["born"] = box.born
        routes = {ends: iter(ways) for ends, ways in places.routes.items()}
        arrows = []
        for arrow in drawing.scene.arrows:
            route = next(routes[arrow.tail, arrow.head])
            ends = {"tail": numbers[arrow.tail], "head": numbers[arrow.head], "position": arrow.position}
            arrows.append(ends | {"path": route.path, "label": route.label})
        self.data: dict[str, Any] = {
            "nodes": [found[id] for id in numbers],
            "arrows": arrows,
            "groups": groups.entries,
            "forms": [json.loads(form) for form in self._forms],
            "root": numbers[names[root]],
            "frame": places.frame,
            "kinks": rule_in_force(),
        }

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
        row = self._row(op, count)
        if row:
            return facts | {"row": row}
        partials = dict(edges(node))
        return facts | {
            "held": [_number(partials[k]) if k in partials else None for k in wanted],
            "why": self._opaque[op, count],
        }

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
