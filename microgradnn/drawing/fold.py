"""From a graph to what a picture of it shows."""

from __future__ import annotations

from microgradnn.drawing.net import net
from microgradnn.drawing.quotient import everything, quotient
from microgradnn.drawing.scene import Scene
from microgradnn.engine import Value


def scene(root: Value, depth: int | None = None) -> Scene:
    """The boxes and arrows of the picture of `root`, folded to `depth` (4: every number its own box)."""
    graph = net(root, {})
    return quotient(graph, everything(graph))
