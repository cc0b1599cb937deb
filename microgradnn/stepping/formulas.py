"""Formulas with places for their operands, which the page fills with names or with the numbers of the moment."""

from __future__ import annotations

import re
from collections.abc import Sequence

from microgradnn.errors import MicrogradnnError
from microgradnn.explaining.simplify import simplify
from microgradnn.explaining.term import Term, applied, slopes, symbol, term
from microgradnn.explaining.text import text
from microgradnn.ops import Op

Template = list[str | int]  # pieces of text, and the numbers of operands; the result's number is the next one
_MARK = 0xE000  # of the characters for private use: the first stands for operand 0
_MOST = 6000  # operands that have a character
_LONG = 60  # letters of a derivative that still help


def formula(op: Op, constants: Sequence[float | None]) -> Template:
    """What `op` computes; `constants` are the operands that are plain numbers, None where they are not."""
    args = _places([None for _ in constants])
    if op.name == "dot" and constants[0] == 0.0:  # a bias that was not given is no part of the formula
        args[0] = term(0.0)
    return _split(text(applied(op, args), _itself).text)


def derivatives(op: Op, constants: Sequence[float | None], wanted: Sequence[int]) -> list[Template | None]:
    """The local derivatives as a textbook writes them, for these constants; None where that is too long to help."""
    args = _places(constants)
    out = symbol(chr(_MARK + len(args)))
    try:
        found = [text(slope, _itself).text for slope in simplify(*slopes(op, args, out, wanted))]
    except (MicrogradnnError, ArithmeticError, ValueError, TypeError):  # a user's partials may not take formulas
        return [None for _ in wanted]
    return [_split(written) if len(written) <= _LONG else None for written in found]


def _places(constants: Sequence[float | None]) -> list[Term]:
    """Operands: constants as they are, the others as private characters."""
    return [symbol(chr(_MARK + min(k, _MOST))) if x is None else term(x) for k, x in enumerate(constants)]


def _itself(name: str) -> str:
    return name


def _split(written: str) -> Template:
    pieces = [piece for piece in re.split(f"([{chr(_MARK)}-{chr(_MARK + _MOST)}])", written) if piece]
    return [ord(p) - _MARK if len(p) == 1 and _MARK <= ord(p) <= _MARK + _MOST else p for p in pieces]
