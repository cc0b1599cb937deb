"""How the numbers of arguments, and the parameters of a model, are read in Python: `layer["w"][0]`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from microgradnn.check.arguments import Function
from microgradnn.engine import Value
from microgradnn.nn.module import Module
from microgradnn.ops import Op


def accesses(named: Mapping[str, Any], model: Any = None) -> list[str]:
    """For each leaf of the named arguments, in the order of `flatten`, what reads it; of a parameter its number."""
    parameters: dict[str, str] = {}
    if isinstance(model, Module):
        reached = {id(p): path for path, p in _walk("model", model)}
        parameters = {name: f"{reached.get(id(p), '?')}.data" for name, p in model.named_parameters()}
    return [path for name, x in named.items() for path, _ in _walk(parameters.get(name, name), x)]


def primitives(loss: Function) -> dict[str, str]:
    """What the primitives of the user's own that a loss calls are called in the user's file, by their names."""
    code = inspect.unwrap(loss)
    code = getattr(code, "func", code)
    cells = getattr(code, "__closure__", None) or ()
    free = getattr(getattr(code, "__code__", None), "co_freevars", ())
    nearby = dict(zip(free, (cell.cell_contents for cell in cells), strict=True))
    known = {**getattr(code, "__globals__", {}), **nearby}
    return {x.name: name for name, x in known.items() if isinstance(x, Op) and name.isidentifier()}


def _walk(path: str, x: Any) -> Iterator[tuple[str, Any]]:
    """The leaves, depth first, each with the path to it."""
    stack, seen = [(path, x)], set()
    while stack:
        path, x = stack.pop()
        parts = None if id(x) in seen else _parts(path, x)
        if parts is None:
            yield path, x
        else:
            if isinstance(x, Module):
                seen.add(id(x))
            stack += reversed(parts)


def _parts(path: str, x: Any) -> list[tuple[str, Any]] | None:
    if isinstance(x, Module):
        return [(f"{path}.{name}", y) for name, y in vars(x).items()]
    if isinstance(x, dict):
        return [(f'{path}["{key}"]' if isinstance(key, str) else f"{path}[{key!r}]", y) for key, y in x.items()]
    fields = getattr(type(x), "_fields", None)
    if isinstance(x, tuple) and fields is not None:
        return [(f"{path}.{field}", y) for field, y in zip(fields, x, strict=True)]
    if isinstance(x, list | tuple) and not isinstance(x, Value):
        return [(f"{path}[{i}]", y) for i, y in enumerate(x)]
    return None
