"""Python's plain data as JSON and back: nothing is rounded, and a tuple does not come back as a list.

JSON has no tuples, no nan or infinity, and only text for keys. What it lacks is written as an object with one
key that begins with `$`: `{"$tuple": […]}`, `{"$bits": "7ff0000000000000"}`, `{"$dict": [[key, value], …]}`.
Finite floats are JSON numbers, in the shortest text that gives back every bit.
"""

import math
import struct
from numbers import Integral, Rational, Real
from typing import Any

from microgradnn.errors import FileError, Misuse

DEPTH = 50
"""How deeply plain data may be nested."""


def encode(x: Any, where: str, depth: int = 0) -> Any:
    """Plain data as JSON data; anything else is a Misuse that names its place."""
    if depth > DEPTH:
        raise Misuse(f"{where[:60]}… is nested more than {DEPTH} deep; save something flatter")
    if x is None or isinstance(x, bool | str):
        return x
    if isinstance(x, Integral):
        whole = int(x)
        if whole.bit_length() > 4096:  # Python reads no more than 4,300 digits
            raise Misuse(f"{where} is an integer of {whole.bit_length()} bits; 4096 is the most")
        return whole
    if isinstance(x, Real) and not isinstance(x, Rational) and (float(x) == x or x != x):
        value = float(x)
        return value if math.isfinite(value) else {"$bits": struct.pack(">d", value).hex()}
    if type(x) is list:
        return [encode(item, f"{where}[{i}]", depth + 1) for i, item in enumerate(x)]
    if type(x) is tuple:
        return {"$tuple": [encode(item, f"{where}[{i}]", depth + 1) for i, item in enumerate(x)]}
    if type(x) is dict:
        pairs = [[encode(key, where, depth + 1), encode(x[key], f"{where}[{key!r}]", depth + 1)] for key in x]
        if all(isinstance(key, str) and not key.startswith("$") for key in x):
            return dict(pairs)
        return {"$dict": pairs}
    raise Misuse(
        f"{where} is one {type(x).__name__}, which has no place in a file; "
        "save numbers, text, None, and lists, tuples and dicts of them"
    )


def decode(x: Any) -> Any:
    """The inverse of `encode`; what `encode` cannot have written is a FileError."""
    if isinstance(x, list):
        return [decode(item) for item in x]
    if not isinstance(x, dict):
        return x
    if not any(key.startswith("$") for key in x):
        return {key: decode(value) for key, value in x.items()}
    match x:
        case {"$tuple": list(items)} if len(x) == 1:
            return tuple(decode(item) for item in items)
        case {"$bits": str(bits)} if len(x) == 1:
            return _special(bits)
        case {"$dict": list(pairs)} if len(x) == 1:
            return _dict(pairs)
    raise FileError(f"a mark is unknown: {', '.join(x)[:80]}")


def _special(bits: str) -> float:
    """A float that JSON has no number for, from its 64 bits."""
    try:
        (value,) = struct.unpack(">d", bytes.fromhex(bits))
    except (ValueError, struct.error):
        value = 0.0
    if math.isfinite(value):
        raise FileError(f"{bits[:20]!r} are not the bits of nan or an infinity")
    return float(value)


def _dict(pairs: list[Any]) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for pair in pairs:
        if not isinstance(pair, list) or len(pair) != 2:
            raise FileError("a dict's pairs are damaged")
        key, value = decode(pair[0]), decode(pair[1])
        try:
            repeated = key in found
        except TypeError:  # a list or a dict, which no dict can have for a key
            repeated = True
        if repeated:
            raise FileError("a dict's keys are damaged")
        found[key] = value
    return found
