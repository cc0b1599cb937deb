"""What a loss may return, and what is said of anything else."""

from __future__ import annotations

import math
from typing import Any

from microgradnn.births import first_nonfinite
from microgradnn.check.arguments import Arguments, is_number
from microgradnn.check.calling import kind_of
from microgradnn.engine import Value
from microgradnn.errors import DataError, Misuse


def refuse_result(out: Any, arguments: Arguments) -> None:
    """An error where the loss returned no finite Value that depends on its arguments."""
    if out is None:
        raise Misuse("loss returned None: is a return statement missing?")
    if not isinstance(out, Value):
        hint = "it left the graph on the way: use microgradnn's functions, and no .data, .item() or float()"
        if isinstance(out, list | tuple | dict):
            hint = "return one number, such as a sum or a mean"
        elif not is_number(out):
            hint = "return the Value that the loss amounts to"
        raise Misuse(f"loss must return one Value, and returned {kind_of(out)}: {hint}")
    if not math.isfinite(out.data):
        raise DataError(f"loss is {out.data} at this point: {first_nonfinite(out)}")
    if not out.live:
        raise Misuse(f"loss does not depend on its arguments {', '.join(arguments.named)}: the result is a constant")
