"""What a notebook shows of a Value: its graph where that can be taken in, and always its number."""

from __future__ import annotations

from microgradnn.chain import Node
from microgradnn.drawing.dot import draw_dot
from microgradnn.engine import Value

MOST = 300  # boxes that still make a picture


def show(value: Value) -> dict[str, str]:
    """The representations of a Value by MIME type. Whatever state the graph is in, this does not raise."""
    text = object.__repr__(value)
    try:
        text = repr(value)
        if _count(value, MOST) > MOST:
            return {"text/plain": f"{text}\n(computed in more than {MOST} steps: draw_dot(…) draws them all)"}
        picture = draw_dot(value).pipe("svg", encoding="utf-8")
    except Exception as problem:  # a representation that raised would hide the cell's result
        return {"text/plain": f"{text}\n(not drawn: {problem})"}
    return {"image/svg+xml": str(picture), "text/plain": text}


def _count(root: Value, most: int) -> int:
    """How many boxes the picture would have, plain numbers included; the count ends a little above `most`."""
    seen: set[Node] = {root}
    stack: list[Node] = [root]
    boxes = 1
    while stack and boxes <= most:
        for arg in stack.pop().args:
            if not isinstance(arg, Node):
                boxes += 1
            elif arg not in seen:
                seen.add(arg)
                stack.append(arg)
                boxes += 1
    return boxes


Value.show = show
