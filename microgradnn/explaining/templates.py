"""What a row's template says of its operands: where they need parentheses, and how the whole binds."""

from __future__ import annotations

import re
from functools import cache
from string import Formatter

from microgradnn.explaining.labels import GREEK, LETTERS
from microgradnn.notation import ATOM, Form
from microgradnn.ops import Op

CHOICE, SUM, PRODUCT, NEGATIVE, POWER = 0, 1, 2, 3, 4
_OPENING = ("(", ", ", "|", "[", "{cases}", "\\\\ ", "& ", "} ")
_CLOSING = (")", ",", "|", "]", " &", r" \\", r"\end{cases}")
_COMPARING = (" < ", " > ", r" \le ", r" \ge ", " ≤ ", " ≥ ")
_BELOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_LETTER_OF = {name: letter for letter, name in LETTERS.items()}


@cache
def row_form(op: Op, template: str) -> Form:
    """How the row is written by this template; an operator binds as the row says."""
    found = form(template)
    if not op.binds or found.binds == POWER:
        return found
    if len(op.arguments) == 1:
        return Form(template, op.binds, (PRODUCT,), prefixed=True)
    if not any(found.inside):  # a fraction encloses its operands
        return Form(template, ATOM - 1)
    return Form(template, op.binds, (op.binds, op.binds + (op.symbol not in "+*")))


def form(template: str) -> Form:
    r"""The Form of a template such as `\ln(1 + {0})` or `{{{0}}}^2`, with fields for the operands.

    >>> form(r"\sqrt{{{0}}}").inside, form("{{{0}}}^2").inside, form(r"\ln {0}").inside
    ((0,), (9,), (9,))
    """
    pieces = list(Formatter().parse(template))
    needs: dict[int, int] = {}
    before = ""
    for k, (text, name, _, _) in enumerate(pieces):
        before += text
        if name is not None:
            after = ""
            for later, field, _, _ in pieces[k + 1 :]:
                after += later
                if field is not None:
                    break
            needs[int(name)] = max(needs.get(int(name), 0), _need(before, after))
            before = ""
    inside = tuple(needs.get(k, 0) for k in range(max(needs, default=-1) + 1))
    binds = _binds("".join(text + ("x" if name is not None else "") for text, name, _, _ in pieces))
    closed = re.sub(r"^(\S*[A-Za-z}']) \{(\d)\}$", r"\1({\2})", template)
    if closed != template:
        return Form(template, SUM, inside, closed)
    return Form(template, binds, inside, prefixed=bool(re.search(r"[+−-] ?\{", template)))


def _need(before: str, after: str) -> int:
    """How tightly an operand has to bind between these two texts."""
    if after.startswith(("^", "}^", "²")):
        return ATOM
    if (before.endswith("{") and after.startswith("}")) or (before.endswith(_OPENING) and after.startswith(_CLOSING)):
        return 0
    if before.endswith(_COMPARING) or after.startswith(_COMPARING):
        return SUM
    return SUM if before.endswith("+ ") else PRODUCT if before.rstrip().endswith(("-", "−")) else ATOM


def _binds(text: str) -> int:
    """How tightly a text binds that has an x for each operand."""
    if r"\begin" in text or any(sign in text for sign in _COMPARING):
        return CHOICE
    inner = ""
    while inner != text:
        inner, text = text, re.sub(r"\{[^{}]*\}|\([^()]*\)|\|[^|]*\|", "", text)
    if re.search(r"[+−-]", text):
        return SUM
    return POWER if re.search(r"[\^²]", text) else ATOM


def text_template(tex: str) -> str | None:
    r"""The template in plain text, from that in TeX; None where it uses more of TeX than can be read so.

    >>> text_template(r"\operatorname{{gelu}}'({0})"), text_template("{{{0}}}^2"), text_template(r"\ln {0}")
    ('gelu′({0})', '{0}²', 'ln({0})')
    """
    text = re.sub(r"\\(?:operatorname|mathrm|text)\{\{(.*?)\}\}", r"\1", tex).replace(r"\_", "_").replace("'", "′")
    text = re.sub(r"\\frac\{\{(\{\d\})\}\}\{\{(\{\d\})\}\}", r"\1/\2", text)
    text = text.replace(r"\sqrt", "√").replace(r" \cdot ", "·").replace(" - ", " − ").replace("-{", "−{")
    text = re.sub(r"\{\{(\{\d\})\}\}", r"\1", text)
    text = re.sub(r"\^\{\{(.+)\}\}", lambda found: f"^({found[1].replace(' ', '·')})", text)
    text = re.sub(rf"\\({'|'.join(GREEK)})\b", lambda found: _LETTER_OF[found[1]], text)
    text = re.sub(r"^\\?([^\W\d]+′?) \{(\d)\}$", r"\1({\2})", text)
    text = re.sub(r"\\(ln|max|min|sum|log|exp|sin|cos|tan|sinh|cosh|tanh|arcsin|arccos|arctan)\b", r"\1", text)
    text = (
        re.sub(r"_\{\{(\d)\}\}", lambda found: found[1].translate(_BELOW), text)
        .replace("^2", "²")
        .replace(r"\le ", "≤ ")
        .replace(r"\ge ", "≥ ")
    )
    return None if re.search(r"\\|\{\{|\}\}", text) else text
