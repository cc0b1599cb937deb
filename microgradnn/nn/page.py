"""What a notebook shows of a model: its modules, unfolding to their parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from microgradnn.drawing.sheet import GAP, Cell, gapped, some, table, unfolding
from microgradnn.drawing.text import number, shorten, visible, xml
from microgradnn.engine import Value
from microgradnn.ops import plain

ROWS, COLUMNS = 24, 12  # of a table of parameters
MOST = 200  # modules that have a line of their own

Parts = list[tuple[str, Any]]


class Tree(Protocol):
    """A Module, as far as this page goes."""

    def named_modules(self) -> Sequence[tuple[str, Tree]]: ...
    def parameters(self) -> Sequence[Value]: ...
    def _parts(self, path: str) -> Parts: ...


def page(model: Tree) -> Iterator[str]:
    """The lines of HTML that show a model, each module of it once."""
    modules = model.named_modules()
    children: dict[int, Parts] = {id(module): [] for _, module in modules}
    own: dict[int, Parts] = {id(module): [] for _, module in modules}
    for _, module in modules:
        for name, part in module._parts(""):
            (own if isinstance(part, Value) else children)[id(module)].append((name, part))
    seen: set[int] = set()
    lines = 0
    work: list[tuple[str, Tree] | str] = [("", model)]
    while work:
        step = work.pop()
        if isinstance(step, str):
            yield step
            continue
        name, module = step
        if id(module) in seen:
            yield f"<div>{xml(name)}: the same again as above</div>"
            continue
        seen.add(id(module))
        lines += 1
        if lines > MOST:
            yield f"<div>… and more: the first {MOST} of {len(modules):,} modules are shown</div>"
            yield from (closing for closing in reversed(work) if isinstance(closing, str))
            return
        inside = children[id(module)]
        alike = _alike(inside, children, own)
        content = _table(own[id(module)]) + (_rows(inside, own) if alike else [])
        *opening, closing = unfolding(_summary(name, module), content, unfolded=not name)
        yield from opening
        work.append(closing)
        if alike:
            seen.update(id(part) for _, part in inside)
        else:
            work.extend(reversed(inside))


def _summary(name: str, module: Tree) -> str:
    values = module.parameters()
    count, frozen = len(values), len([1 for value in values if value.frozen])
    text = shorten(visible(repr(module)), 120)
    said = f"{count:,} parameter{'' if count == 1 else 's'}"
    said = "" if said in text else f" · {said}"
    if frozen:
        said += f" · {frozen:,} frozen (*)"
    title = f"<b>{xml(shorten(visible(name), 60))}</b> " if name else ""
    return f"{title}<code>{xml(text)}</code>{said}"


def _alike(inside: Parts, children: dict[int, Parts], own: dict[int, Parts]) -> bool:
    """Whether the modules within are rows of one table: without modules of their own, and with equal names."""
    names = [[name for name, _ in own[id(part)]] for _, part in inside]
    return len(inside) > 0 and all(not children[id(part)] for _, part in inside) and all(names) and _same(names)


def _same(names: list[list[str]]) -> bool:
    return all(each == names[0] for each in names)


def _table(parameters: Parts) -> list[str]:
    """The parameters that a module holds itself, one below the other."""
    if not parameters:
        return []
    kept, left_out = some(len(parameters), ROWS)
    rows = [(shorten(visible(parameters[k][0]), 40), [_cell(parameters[k][1])]) for k in kept]
    return [*table(("", "value"), gapped(rows, (GAP, []), left_out)), *_left(left_out, "parameter")]


def _rows(inside: Parts, own: dict[int, Parts]) -> list[str]:
    """Modules that are alike as rows, their parameters as columns."""
    names = [name for name, _ in own[id(inside[0][1])]]
    across, left_across = some(len(names), COLUMNS)
    down, left_down = some(len(inside), ROWS)
    rows: list[tuple[str, list[Cell]]] = []
    for k in down:
        name, module = inside[k]
        values = [value for _, value in own[id(module)]]
        cells = [_cell(values[i]) for i in across]
        rows.append((shorten(visible(name), 30), gapped(cells, (GAP, ""), left_across)))
    columns = ["", *gapped([shorten(visible(names[i]), 20) for i in across], GAP, left_across)]
    lines = table(columns, gapped(rows, (GAP, []), left_down))
    return [*lines, *_left(left_down, "row"), *_left(left_across, "column")]


def _left(count: int, noun: str) -> list[str]:
    return [f"<div>… {count:,} {noun}{'' if count == 1 else 's'} not shown</div>"] if count else []


def _cell(value: Value) -> Cell:
    """A parameter's number; pointing at it tells all its digits, and its gradient where there is one."""
    told = repr(value.data) + (f", gradient {plain(value.grad)!r}" if value.graded else "")
    return number(value.data) + ("*" if value.frozen else ""), told + (", frozen" if value.frozen else "")
