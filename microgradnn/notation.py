"""What a Value was computed from, written as an expression."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from microgradnn.chain import Node
from microgradnn.ops import plain

ATOM = 9  # binds tighter than any operator
NEGATIVE = 3  # as tightly as the minus sign
SHOWN = 6  # operands of a sum or a product of many that are written out


def number(x: float) -> str:
    """A number in four digits, a whole one in up to seven: 2, -1.3, 1e-09, 99998."""
    return f"{x:.0f}" if abs(x) < 1e7 and x.is_integer() else f"{x:.4g}"


def expression(x: Any, depth: int = 3) -> str:
    """The expression that x stands for, down to `depth` operations; below it stand labels, or else numbers.

    Parentheses stand only where they are needed: `(a + b) * c`, `a - (b - c)`, `(-x) ** 2`. An operand that
    has a label is written as its label.
    """
    return _written(x, max(depth, 1), named=False)[0]


def _written(x: Any, depth: int, named: bool = True) -> tuple[str, int]:
    """The text, and how tightly its outermost operator binds."""
    if not isinstance(x, Node):
        return number(x), NEGATIVE if x < 0 else ATOM
    label = getattr(x, "label", "")
    if x.op is None or depth == 0 or (named and label):
        return (label, ATOM) if label else _written(plain(x), 0)
    op, parts = x.op, [_written(arg, depth - 1) for arg in x.args]
    if op.name == "alias":
        return parts[0]
    if not op.binds or len(parts) > 2:
        return f"{op.name}({_list(op.arguments, [text for text, _ in parts])})", ATOM
    if len(parts) == 1:
        return op.symbol + _within(parts[0], op.binds), op.binds
    right_to_left = op.symbol == "**"
    left = _within(parts[0], op.binds + right_to_left)
    right = _within(parts[1], NEGATIVE if right_to_left else op.binds + 1)
    return f"{left} {op.symbol} {right}", op.binds


def _within(part: tuple[str, int], binds: int) -> str:
    """An operand, in parentheses where it binds less tightly than its place asks."""
    text, own = part
    return text if own >= binds else f"({text})"


def _list(arguments: Sequence[str], texts: list[str]) -> str:
    """The arguments of a function: those of any number in brackets, as they are called."""
    if arguments == ("xs",):
        return _brackets(texts)
    if arguments == ("bias", "xs", "ys"):
        half = len(texts) // 2 + 1
        bias = [] if texts[0] == "0" else [texts[0]]
        return ", ".join([_brackets(texts[1:half]), _brackets(texts[half:]), *bias])
    return ", ".join(texts)


def _brackets(texts: list[str]) -> str:
    if len(texts) > SHOWN:
        texts = [*texts[: SHOWN - 2], "…", texts[-1]]
    return f"[{', '.join(texts)}]"
