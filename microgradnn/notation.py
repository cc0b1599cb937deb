"""Expressions in writing: which operand needs parentheses, whatever the language, and a Value's own as code."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from microgradnn.chain import Node
from microgradnn.ops import Op, plain

ATOM = 9  # binds tighter than any operator
NEGATIVE = 3  # as tightly as the minus sign
SHOWN = 6  # operands of a sum or a product of many that are written out
T = TypeVar("T", bound=Hashable)


class Written(NamedTuple):
    """A text, and how tightly its outermost operator binds; `closed` is it in parentheses, if that is special."""

    text: str
    binds: int = ATOM
    closed: str = ""


class Form(NamedTuple):
    """How an operation is written: a template such as "{0} + {1}" and how tightly that binds.

    `inside` says how tightly each operand has to bind to stand there without parentheses (0: it always may);
    `closed` is the template of the same in a place where it does not bind tightly enough. An operator stands
    before every operand but the first, or before all of them where `prefixed`.
    """

    template: str
    binds: int = ATOM
    inside: tuple[int, ...] = ()
    closed: str = ""
    prefixed: bool = False


@dataclass(frozen=True)
class Notation:
    """A way of writing: code, mathematics, TeX, another language.

    `form(op, parts)` says how `op` is written on operands that have been written; where it gives None, `call` writes
    a function of their texts. `special`, which is asked first, may write the whole itself. `enclose` sets
    parentheses, and `signed` says whether an operand that begins with a minus sign may follow an operator.
    """

    form: Callable[[Op, Sequence[Written]], Form | None]
    call: Callable[[Op, list[str]], str]
    special: Callable[[Notation, Op, Sequence[Written]], Written | None] = lambda notation, op, parts: None
    enclose: Callable[[str], str] = "({})".format
    signed: bool = True

    def compose(self, op: Op, parts: Sequence[Written]) -> Written:
        """An operation on operands that have been written."""
        if op.name == "alias":
            return parts[0]
        whole = self.special(self, op, parts)
        if whole is not None:
            return whole
        form = self.form(op, parts)
        if form is None:
            return Written(self.call(op, [part.text for part in parts]))
        needs = form.inside + (0,) * (len(parts) - len(form.inside))
        texts = [
            self.within(part, need, form.binds > 0 and (k > 0 or form.prefixed))
            for k, (part, need) in enumerate(zip(parts, needs, strict=True))
        ]
        closed = form.closed.format(*[part.text for part in parts]) if form.closed else ""
        if closed and texts[0] != parts[0].text:  # its operand stands in parentheses anyway
            return Written(closed)
        return Written(form.template.format(*texts), form.binds, closed)

    def within(self, part: Written, need: int, follows: bool = False) -> str:
        """An operand, in parentheses where it binds less tightly than its place asks."""
        unreadable = follows and need > 0 and not self.signed and part.text.startswith(("-", "−"))
        if part.binds >= need and not unreadable:
            return part.text
        return part.closed or self.enclose(part.text)


def written(
    root: T,
    notation: Notation,
    leaf: Callable[[T], Written | None],
    below: Callable[[T], tuple[Op, Sequence[T]]],
) -> Written:
    """A tree in a notation: `leaf` writes what is not taken apart, `below` gives an operation and its operands.

    What occurs several times is written once and used again; the tree may be of any depth.
    """
    done: dict[T, Written] = {}
    stack: list[T] = [root]
    while stack:
        x = stack[-1]
        if x in done:
            stack.pop()
            continue
        text = leaf(x)
        if text is None:
            op, operands = below(x)
            missing = [operand for operand in operands if operand not in done]
            if missing:
                stack += missing
                continue
            text = notation.compose(op, [done[operand] for operand in operands])
        done[stack.pop()] = text
    return done[root]


# ---- as code ---------------------------------------------------------------------------------------------


def number(x: float) -> str:
    """A number in four digits, a whole one in up to seven: 2, -1.3, 1e-09, 99998."""
    return f"{x:.0f}" if abs(x) < 1e7 and x.is_integer() else f"{x:.4g}"


def infix(op: Op, parts: Sequence[Written]) -> Form | None:
    """An operator as Python binds it; None for a function."""
    if not op.binds or len(parts) > 2:
        return None
    if len(parts) == 1:
        return Form(op.symbol + "{0}", op.binds, (op.binds,))
    right_to_left = op.symbol == "**"
    inside = (op.binds + 1, NEGATIVE) if right_to_left else (op.binds, op.binds + 1)
    return Form(f"{{0}} {op.symbol} {{1}}", op.binds, inside)


def call(op: Op, texts: list[str]) -> str:
    """A function of its arguments: those of any number in brackets, as they are called."""
    return f"{op.name}({_list(op.arguments, texts)})"


def _list(arguments: Sequence[str], texts: list[str]) -> str:
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


CODE = Notation(infix, call)


def expression(x: Any, depth: int = 3) -> str:
    """The expression that x stands for, down to `depth` operations; below it stand labels, or else numbers.

    Parentheses stand only where they are needed: `(a + b) * c`, `a - (b - c)`, `(-x) ** 2`. An operand that
    has a label is written as its label.
    """
    top = max(depth, 1)

    def leaf(part: tuple[Any, int]) -> Written | None:
        node, left = part
        if isinstance(node, Node):
            label = getattr(node, "label", "")
            if node.op is not None and left > 0 and (left == top or not label):
                return None
            if label:
                return Written(label)
        x = plain(node)
        return Written(number(x), NEGATIVE if x < 0 else ATOM)

    return written((x, top), CODE, leaf, lambda part: (part[0].op, [(arg, part[1] - 1) for arg in part[0].args])).text
