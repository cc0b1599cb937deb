"""What a box and an arrow say, line by line: the same in every format."""

from __future__ import annotations

from microgradnn.drawing.scene import Arrow, Box, Scene, Span
from microgradnn.drawing.text import number, shorten

NOT_COMPUTED = "—"
BORN, KINK = "▲", "^"  # signs that the fonts of every program that draws have


def heading(box: Box) -> str:
    """The first line of a box: its operation and its name, and how many copies lie on each other.

    "" for a single number that has neither.
    """
    words = [box.label, box.symbol] if box.kind == "group" else [box.symbol, box.label]
    if box.copies > 1:
        if not any(words):
            words.append(spoken(box.data) if box.kind == "constant" and box.data is not None else box.kind)
        words.append(f"× {box.copies:,}")
    return "  ".join(shorten(word) for word in words if word)


def body(box: Box) -> list[str]:
    """The other lines of a box: what lies inside, data, gradient, and what the reader should look at."""
    lines = _inside(box) if box.kind == "group" else []
    if box.data is not None:
        if box.kind != "constant":
            lines.append(f"data {spoken(box.data)}")
        elif box.copies == 1 or box.label:
            lines.append(exact(box.data.low))
    if box.kind != "constant":
        lines.append(f"grad {spoken(box.grad) if box.grad is not None else NOT_COMPUTED}")
    if box.born:
        lines.append(f"{BORN} {box.born}")
    if box.kink:
        lines.append(f"{KINK} kink: {box.kink}")
    return lines


def inside(box: Box) -> str:
    """How many Values a box stands for, how many of them learn, and how many plain numbers are with them."""
    return ", ".join(_inside(box))


def _inside(box: Box) -> list[str]:
    found = [counted(box.nodes, "node")]
    if box.parameters:
        found.append(counted(box.parameters, "parameter"))
    if box.plain:
        found.append(counted(box.plain, "plain number"))
    return found


def beside(arrow: Arrow, separator: str = "  ") -> str:
    """What stands beside an arrow: the local derivative, and of how many uses; "" beside a single constant."""
    words = [] if arrow.partial is None else [f"∂ {spoken(arrow.partial)}"]
    if arrow.uses > 1:
        words.append(f"× {arrow.uses:,}")
    return separator.join(words)


def told(arrow: Arrow) -> str:
    """What an arrow is, in a sentence, for whoever points at it."""
    if arrow.position < 0:
        place = counted(arrow.uses, "use")
    else:
        place = f"operand {arrow.position + 1} of {arrow.of}" + (f", {arrow.uses:,} times" if arrow.uses > 1 else "")
    if arrow.partial is None:
        return f"{place}, a constant"
    low, high = arrow.partial.low, arrow.partial.high
    exact = repr(low) if low == high or low != low else f"{low!r} … {high!r}"
    return f"{place}, local derivative {exact}" + (", leads back" if arrow.back else "")


def counted(n: int, noun: str) -> str:
    """A number of things in words.

    >>> counted(1, "node"), counted(65077, "node")
    ('1 node', '65,077 nodes')
    """
    return f"{n:,} {noun}{'' if n == 1 else 'es' if noun.endswith('x') else 's'}"


def spoken(span: Span) -> str:
    """One number in full, several as their range.

    >>> spoken(Span(0.5, 0.5)), spoken(Span(-0.8, 1.25, 100)), spoken(Span(-1.0, 1.0, 7, 2))
    ('0.5000', '-0.8 … 1.25', '-1 … 1, 2 nan')
    """
    if span.known == 1:
        return number(span.low)
    if span.known == span.nans:
        return "nan"
    text = _short(span.low) if span.low == span.high else f"{_short(span.low)} … {_short(span.high)}"
    return f"{text}, {span.nans:,} nan" if span.nans else text


def exact(x: float) -> str:
    """A plain number as a user would write it, if that is short.

    >>> exact(2.0), exact(0.01), exact(1 / 3)
    ('2', '0.01', '0.3333')
    """
    text = f"{x:.6g}"
    return text if float(text) == x or x != x else number(x)


def _short(x: float) -> str:
    return f"{x:.3g}" if abs(x) < 1000 or abs(x) >= 1e7 else f"{x:.0f}"


def told_box(box: Box) -> str:
    """What a box is, in a sentence, for whoever points at it."""
    return "; ".join(line for line in (heading(box), inside(box) if box.kind != "group" else "", *body(box)) if line)


def outline(scene: Scene, most: int = 100) -> str:
    """The picture in words: a line for each box, and what it was computed from."""
    sources: dict[str, list[str]] = {}
    for arrow in scene.arrows:
        said = beside(arrow)
        sources.setdefault(arrow.head, []).append(f"{arrow.tail} ({said})" if said else arrow.tail)
    lines = [line for line in (scene.title, scene.remark) if line]
    for box in scene.boxes[:most]:
        head = heading(box)
        said = ", ".join(([head] if head else []) + body(box))
        lines.append(f"{box.id}: {said}" + (f" ← {', '.join(sources[box.id])}" if box.id in sources else ""))
    if len(scene.boxes) > most:
        lines.append(f"… and {len(scene.boxes) - most:,} more boxes")
    return "\n".join(lines)
