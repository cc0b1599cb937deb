"""Equality to the last bit."""

import struct
from typing import Any


def bits(x: Any) -> Any:
    """Data in a form whose equality is that of every bit and every type."""
    if isinstance(x, float):
        return struct.pack(">d", x)
    if isinstance(x, list | tuple):
        return [type(x).__name__, *map(bits, x)]
    if isinstance(x, dict):
        return ["dict", *[(bits(key), bits(value)) for key, value in x.items()]]
    return type(x).__name__, x
