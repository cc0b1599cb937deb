"""Sums and products of any number of operands, written out with their signs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from microgradnn import elementary
from microgradnn.explaining.templates import PRODUCT, SUM
from microgradnn.notation import SHOWN, Notation, Written
from microgradnn.ops import Op

Special = Callable[[Notation, Op, Sequence[Written]], Written | None]


def sums(minus: str, dots: str, most: int | None = SHOWN) -> Special:
    """Sums and inner products as sums; of more than `most` terms the first ones and the last are shown."""

    def special(notation: Notation, op: Op, parts: Sequence[Written]) -> Written | None:
        if op.name in ("add", "sum"):
            return total(notation, parts, minus, dots, most)
        if op.name == "dot":
            half = len(parts) // 2 + 1
            products = [
                notation.compose(elementary.mul, pair) for pair in zip(parts[1:half], parts[half:], strict=True)
            ]
            if most is not None and len(products) > most:
                products = [*products[: most - 2], Written(dots), products[-1]]
            bias = [] if parts[0].text == "0" else [parts[0]]
            return total(notation, [*products, *bias], minus, dots, None)
        return None

    return special


def total(notation: Notation, parts: Sequence[Written], minus: str, dots: str, most: int | None) -> Written:
    """A sum; what begins with a minus is subtracted."""
    if len(parts) < 2:
        return parts[0] if parts else Written("0")
    if most is not None and len(parts) > most:
        parts = [*parts[: most - 2], Written(dots), parts[-1]]
    text = ""
    for k, part in enumerate(parts):
        if k and part.text.startswith(minus) and part.binds >= PRODUCT:
            text += f" {minus} {part.text[len(minus) :]}"
        else:
            text += (" + " if k else "") + notation.within(part, SUM, k > 0)
    return Written(text, SUM)
