"""What a notebook shows of a Value: its graph, folded so that it can be taken in, and always its number."""

from __future__ import annotations

from microgradnn.chain import Node
from microgradnn.engine import Value

MOST = 50_000  # Values whose graph is folded and drawn within a second or two


def show(value: Value) -> dict[str, str]:
    """The representations of a Value by MIME type. Whatever state the graph is in, this does not raise."""
    text = object.__repr__(value)
    try:
        text = repr(value)
        if _count(value, MOST) > MOST:
            return {"text/plain": f"{text}\n(computed in more than {MOST:,} steps: draw(…) folds and draws them)"}
        # Folding and drawing are loaded when the first picture is shown.
        from microgradnn.drawing.picture import draw

        picture = draw(value).pipe("svg").decode("utf-8")
    except Exception as problem:  # a representation that raised would hide the cell's result
        return {"text/plain": f"{text}\n(not drawn: {problem})"}
    return {"image/svg+xml": picture, "text/plain": text}


def _count(root: Value, most: int) -> int:
    """How many Values `root` was computed from, itself included; the count ends a little above `most`."""
    seen: set[Node] = {root}
    stack: list[Node] = [root]
    while stack and len(seen) <= most:
        for arg in stack.pop().args:
            if isinstance(arg, Node) and arg not in seen:
                seen.add(arg)
                stack.append(arg)
    return len(seen)


Value.show = show
