"""Numbers as mathematics sets them: a power of ten instead of an e, and constants that have a name."""

from __future__ import annotations

import math

from microgradnn.explaining.templates import NEGATIVE, POWER, PRODUCT
from microgradnn.notation import ATOM, Written
from microgradnn.rules import PER_ROOT_TWO_PI, TWO_PER_ROOT_PI

DIGITS = 4  # of a number that was computed
RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
# The constants of the table that have a name: as text and in TeX, and how tightly the text binds.
KNOWN = {
    TWO_PER_ROOT_PI: ("2/√π", r"\frac{2}{\sqrt{\pi}}", PRODUCT),
    PER_ROOT_TWO_PI: ("1/√(2π)", r"\frac{1}{\sqrt{2 \pi}}", PRODUCT),
    math.pi: ("π", r"\pi", ATOM),
}


def digits(x: float, most: int | None = DIGITS) -> tuple[str, int]:
    """Mantissa and power of ten, of at most so many digits (None: as many as tell the float from others)."""
    if x.is_integer() and abs(x) < 1e7:
        return f"{x:.0f}", 0
    text = repr(x) if most is None else f"{x:.{most}g}"
    while most is not None and most < 17 and float(text) != x and float(text).is_integer() and abs(x) < 1e3:
        most += 2  # 0.999999 is not shown as 1
        text = f"{x:.{most}g}"
    mantissa, _, exponent = text.partition("e")
    return mantissa.removesuffix(".0"), int(exponent or 0)


def text_number(x: float, most: int | None = DIGITS) -> Written:
    """A number in plain text: 0.0621, −3, 1.5·10⁻⁷, ∞."""
    if x in KNOWN:
        return Written(KNOWN[x][0], KNOWN[x][2])
    if x - x != 0.0:
        return Written("nan") if x != x else Written("∞") if x > 0 else Written("−∞", NEGATIVE)
    mantissa, exponent = digits(x, most)
    mantissa = mantissa.replace("-", "−")
    if not exponent:
        return Written(mantissa, ATOM if x >= 0 else NEGATIVE)
    power = f"10{str(exponent).translate(RAISED)}"
    if mantissa in ("1", "−1"):
        return Written(mantissa[:-1] + power, POWER if x >= 0 else NEGATIVE)
    return Written(f"{mantissa}·{power}", PRODUCT)


def tex_number(x: float, most: int | None = DIGITS) -> Written:
    """A number in TeX: 0.0621, -3, 1.5 \\cdot 10^{-7}, \\infty."""
    if x in KNOWN:
        return Written(KNOWN[x][1], ATOM - 1)
    if x - x != 0.0:
        return Written(r"\mathrm{nan}") if x != x else Written(r"\infty") if x > 0 else Written(r"-\infty", NEGATIVE)
    mantissa, exponent = digits(x, most)
    if not exponent:
        return Written(mantissa, ATOM if x >= 0 else NEGATIVE)
    power = f"10^{{{exponent}}}"
    if mantissa in ("1", "-1"):
        return Written(mantissa[:-1] + power, POWER if x >= 0 else NEGATIVE)
    return Written(rf"{mantissa} \cdot {power}", PRODUCT)
