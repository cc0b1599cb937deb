"""Formulas in plain text, as one writes them by hand: w·x + b, σ′(z), x²."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from microgradnn.explaining.figures import DIGITS, RAISED, text_number
from microgradnn.explaining.labels import text_name
from microgradnn.explaining.many import Special, sums
from microgradnn.explaining.templates import CHOICE, POWER, PRODUCT, row_form, text_template
from microgradnn.explaining.term import Term
from microgradnn.explaining.writing import write
from microgradnn.notation import ATOM, SHOWN, Form, Notation, Written, call
from microgradnn.ops import Op

_FIGURE = re.compile(r"−?[\d. ∞⁰¹²³⁴⁵⁶⁷⁸⁹⁻·]+|nan")
_EXPONENT = re.compile(r"−?\d{1,3}")


def _form(op: Op, parts: Sequence[Written]) -> Form | None:
    template = text_template(op.tex)
    try:
        found = row_form(op, template or "")
        found.template.format(*[part.text for part in parts])
    except (ValueError, IndexError, KeyError):  # a user's template that is none, or asks for more operands
        return None
    return found if template else None


def _special(most: int | None) -> Special:
    added = sums("−", "…", most)

    def special(notation: Notation, op: Op, parts: Sequence[Written]) -> Written | None:
        if op.name == "pow":
            base, exponent = parts
            raised = exponent.text.replace("−", "-").translate(RAISED) if _EXPONENT.fullmatch(exponent.text) else ""
            return Written(notation.within(base, ATOM) + (raised or f"^{notation.within(exponent, ATOM)}"), POWER)
        if op.name == "mul" and (parts[0].text.startswith("∂") or all(_FIGURE.fullmatch(part.text) for part in parts)):
            return Written(
                f"{notation.within(parts[0], PRODUCT)} · {notation.within(parts[1], PRODUCT, True)}", PRODUCT
            )
        if op.name == "where":
            condition, then, otherwise = (part.text for part in parts)
            condition += "" if parts[0].binds == CHOICE else " ≠ 0"
            if (then, otherwise) == ("1", "0"):
                return Written(f"[{condition}]")
            return Written(f"{notation.within(parts[1], 1)} if {condition} else {otherwise}", CHOICE)
        whole = added(notation, op, parts)
        if whole is None and op.arity is None:
            shown = [part.text for part in parts]
            if most is not None and len(shown) > most:
                shown = [*shown[: most - 2], "…", shown[-1]]
            return Written(f"{op.name}({', '.join(shown)})")
        return whole

    return special


def text(
    x: Term, names: Callable[[str], str] = text_name, most: int | None = SHOWN, figures: int | None = DIGITS
) -> Written:
    """A formula in plain text. Of sums with more than `most` terms not all are shown (None: all are)."""
    notation = Notation(_form, call, _special(most), signed=False)
    return write(x, notation, lambda name: Written(names(name)), lambda number: text_number(number, figures))
