"""Folded or not, a picture is true: every number lies in one box, every use is counted once."""

from __future__ import annotations

from microgradnn.drawing.fold import scene
from microgradnn.engine import Value


def test_unfolded_every_number_is_a_box_and_every_use_an_arrow() -> None:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    out = (a * b + 1.0) * a
    out.backward()
    drawn = scene(out)
    # By hand: c = ab + 1 = −5, out = c·a; ∂out/∂c = a = 2 and ∂out/∂a on the second path is c = −5.
    assert [box.id for box in drawn.boxes] == ["n0", "n1", "n2", "n3_1", "n3", "n4"]
    assert [box.kind for box in drawn.boxes] == ["input", "input", "operation", "constant", "operation", "operation"]
    assert [(arrow.tail, arrow.head, arrow.position) for arrow in drawn.arrows] == [
        ("n0", "n2", 0),
        ("n1", "n2", 1),
        ("n2", "n3", 0),
        ("n3_1", "n3", 1),
        ("n3", "n4", 0),
        ("n0", "n4", 1),
    ]
    assert [arrow.partial and arrow.partial.low for arrow in drawn.arrows] == [-3.0, 2.0, 1.0, None, 2.0, -5.0]
    assert [box.root for box in drawn.boxes].index(True) == 5
