"""Formulas in TeX, as a textbook sets them; the templates are the rows' own."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from microgradnn.explaining.figures import DIGITS, tex_number
from microgradnn.explaining.labels import tex_name, tex_text
from microgradnn.explaining.many import Special, sums
from microgradnn.explaining.templates import CHOICE, POWER, PRODUCT, SUM, row_form
from microgradnn.explaining.term import Term
from microgradnn.explaining.writing import write
from microgradnn.notation import ATOM, SHOWN, Form, Notation, Written
from microgradnn.ops import Op

_TALL = re.compile(r"\\(?:frac|begin|sqrt|left)\b")
_UPRIGHT = (r"\mathrm", r"\text")  # names beside which a number needs a sign
_POWERED = re.compile(r"(\\(?:sin|cos|tan|sinh|cosh|tanh))(?: |(?=\())(.*)")
_COUNT = re.compile(r"[2-9]|[1-9]\d+|\\pi")  # 2x is written so, and 0.5 · x is not
_WHOLE = tuple("23456789")
_CASES = re.compile(r"\\begin\{cases\}(.*)\\end\{cases\}", re.DOTALL)
_NEEDLESS = re.compile(r"(?<=[\^_])\{([A-Za-z\d])\}")  # one letter in braces


def enclose(text: str) -> str:
    """Parentheses as tall as what they hold."""
    return rf"\left({text}\right)" if _TALL.search(text) else f"({text})"


def _call(op: Op, texts: Sequence[str]) -> str:
    return rf"\operatorname{tex_text(op.name).removeprefix(chr(92) + 'text')}{enclose(', '.join(texts))}"


def _form(op: Op, parts: Sequence[Written]) -> Form | None:
    try:
        found = row_form(op, op.tex)
        found.template.format(*[part.text for part in parts])
    except (ValueError, IndexError, KeyError):  # a user's template that is none, or asks for more operands
        return None
    return found._replace(template=_grown(found.template, parts), closed=_grown(found.closed, parts))


def _grown(template: str, parts: Sequence[Written]) -> str:
    """The template with bars and parentheses that grow with what they hold."""
    template = re.sub(r"\|(\{\d\})\|", r"\\left|\1\\right|", template)
    template = re.sub(r"\{\{(\{\d\})\}\}\^", r"\1^", template)  # an index and a power stand above each other
    if any(_TALL.search(part.text) for part in parts):
        template = template.replace("(", r"\left(").replace(")", r"\right)")
    return template


def _cases(condition: str, then: str, otherwise: str) -> Written:
    """A choice as cases, one below the other; of 1 and 0 as the bracket of Iverson."""
    if (then, otherwise) == ("1", "0"):
        return Written(rf"\left[{condition}\right]" if _TALL.search(condition) else f"[{condition}]")
    inner = _CASES.fullmatch(otherwise)
    rest = inner[1] if inner else rf"{otherwise} & \text{{otherwise}}"
    return Written(rf"\begin{{cases}}{then} & \text{{if }} {condition} \\ {rest}\end{{cases}}", CHOICE)


def _special(most: int | None) -> Special:
    added = sums("-", r"\cdots", most)

    def special(notation: Notation, op: Op, parts: Sequence[Written]) -> Written | None:
        if (
            op.name == "mul"
            and _COUNT.fullmatch(parts[0].text)
            and parts[1].text[:1] not in "-0123456789"
            and not (parts[1].text.startswith(_UPRIGHT))
        ):
            return Written(f"{parts[0].text} {notation.within(parts[1], PRODUCT, True)}", PRODUCT)
        power = "2" if op.name == "square" else parts[1].text if op.name == "pow" else ""
        function = _POWERED.fullmatch(parts[0].text) if power in _WHOLE and parts else None
        if function and (parts[0].closed or parts[0].binds == ATOM):  # sin² x, as books have it
            operand = function[2]
            space = "" if operand.startswith("(") or operand.startswith(r"\left") else " "
            closed = operand if not space else enclose(operand)
            return Written(
                f"{function[1]}^{power}{space}{operand}", SUM if space else ATOM, f"{function[1]}^{power}{closed}"
            )
        if op.name == "where":
            condition, then, otherwise = (part.text for part in parts)
            return _cases(condition if parts[0].binds == CHOICE else rf"{condition} \ne 0", then, otherwise)
        whole = added(notation, op, parts)
        if whole is None and op.arity is None:
            shown = [part.text for part in parts]
            if most is not None and len(shown) > most:
                shown = [*shown[: most - 2], r"\ldots", shown[-1]]
            joined = Written(", ".join(shown), CHOICE)
            form = _form(op, [joined])
            return Written(form.template.format(joined.text) if form else _call(op, shown))
        return whole

    return special


def tex(
    x: Term, names: Callable[[str], str] = tex_name, most: int | None = SHOWN, figures: int | None = DIGITS
) -> Written:
    """A formula in TeX. Of sums with more than `most` terms not all are shown (None: all are)."""
    notation = Notation(_form, _call, _special(most), enclose, signed=False)
    found = write(x, notation, lambda name: _named(names(name)), lambda number: tex_number(number, figures))
    return found._replace(text=_NEEDLESS.sub(r"\1", found.text))


def _named(name: str) -> Written:
    """A name; with something above it, it takes parentheses below a power."""
    return Written(name, POWER if "^" in name else ATOM)
