"""Functions of `ieee` and `kernels` from their own source, with all that they need."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from microgradnn import ieee, kernels

DEPENDENCIES = (ieee, kernels)


class Definition(NamedTuple):
    """A statement at the top of a module: its text, its place in the order of the modules, and what it mentions."""

    text: str
    place: int
    mentions: frozenset[str]


@cache
def definitions() -> dict[str, Definition]:
    """What the modules define, by name; where both define a name, the one where it is computed."""
    found: dict[str, Definition] = {}
    for module in reversed(DEPENDENCIES):  # kernels first, on which ieee stands
        text = inspect.getsource(module)
        for node in ast.parse(text).body:
            names: list[str] = []
            if isinstance(node, ast.FunctionDef):
                names = [node.name]
            elif isinstance(node, ast.Assign):
                names = [x.id for target in node.targets for x in ast.walk(target) if isinstance(x, ast.Name)]
            mentions = frozenset(x.id for x in ast.walk(node) if isinstance(x, ast.Name)) - {*names}
            for name in names:
                found.setdefault(name, Definition(_bare(text, node), len(found), mentions))
    return found


def _bare(text: str, node: ast.stmt) -> str:
    """A statement without its annotations, which would need imports."""
    source = ast.get_source_segment(text, node) or ""
    inner = ast.parse(source).body[0]
    lines = source.split("\n")
    cuts: list[tuple[int, int, int]] = []
    for each in ast.walk(inner):
        if isinstance(each, ast.arg) and each.annotation is not None:
            start = each.col_offset + len(each.arg)
            cuts.append((each.lineno - 1, start, each.annotation.end_col_offset or start))
        if isinstance(each, ast.FunctionDef) and each.returns is not None:
            line = each.returns.lineno - 1
            cuts.append(
                (line, lines[line].rindex(" -> ", 0, each.returns.col_offset), each.returns.end_col_offset or 0)
            )
    for line, start, end in sorted(cuts, reverse=True):
        rest = lines[line][end:]
        lines[line] = lines[line][:start] + (f"={rest[3:]}" if rest.startswith(" = ") else rest)
    return "\n".join(lines)


def library(names: Iterable[str]) -> list[str]:
    """The definitions of these names and of what they need, in an order in which they can be executed."""
    known = definitions()
    needed: dict[str, Definition] = {}
    work = [name for name in names if name in known]
    while work:
        name = work.pop()
        if name not in needed:
            needed[name] = known[name]
            work += [each for each in known[name].mentions if each in known]
    chosen = sorted(needed.values(), key=lambda each: each.place)
    return list(dict.fromkeys(each.text for each in chosen))
