"""A worksheet, written down as Markdown and as a notebook."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from collections.abc import Collection, Mapping, Sequence
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

from microgradnn.check.arguments import Arguments, Function
from microgradnn.drawing.text import visible
from microgradnn.engine import Value
from microgradnn.ops import Op, plain

BLANK, HIDDEN = "____", "not shown"
TICK, BAR = ("`", "ˋ"), ("|", "∣")  # what would act in a table, and what looks like it
COMPUTED, HEAD = "| value | computed as | number |", "| value | used in | gradient |"


class Line(NamedTuple):
    """One step: its name, how it is computed ("" where it is given), its number, where it is used, its gradient,
    whether that is left blank or not shown, and how it comes about."""

    name: str
    formula: str
    number: str
    used_in: tuple[str, ...]
    gradient: str
    blank: bool
    hidden: bool
    how: str

    @property
    def shown(self) -> str:
        """The gradient as it stands on the sheet."""
        return BLANK if self.blank else HIDDEN if self.hidden else self.gradient


def shortest(x: float) -> str:
    """A number in six significant digits."""
    return f"{x:.6g}"


def step_names(nodes: list[Value], out: Value) -> dict[Value, str]:
    """A name for each step: its label where no other has it, else v1, v2, …."""
    labels = [visible(node.label).strip() for node in nodes]
    taken = {"", *labels}
    found: dict[Value, str] = {}
    count = 0
    for node, label in zip(nodes, labels, strict=True):
        if node is out and not label and "loss" not in taken:
            label = "loss"
        elif not label or label in found.values():
            count += 1
            while f"v{count}" in taken:
                count += 1
            label = f"v{count}"
        found[node] = label
    return found


def formula(node: Any, names: Mapping[Any, str]) -> str:
    """One step, written with the names of its operands; nothing is left out."""
    op: Op = node.op
    texts = [names[arg] if arg in names else shortest(plain(arg)) for arg in node.args]
    if op.binds or op.arity is None:
        texts = [f"({text})" if text.startswith("-") else text for text in texts]
    if op.binds and len(texts) <= 2:
        return f"{texts[0]} {op.symbol} {texts[1]}" if len(texts) == 2 else f"{op.symbol}{texts[0]}"
    if op.arguments == ("bias", "xs", "ys"):
        half = len(texts) // 2 + 1
        texts = [texts[0], *(f"{x} * {y}" for x, y in zip(texts[1:half], texts[half:], strict=True))]
        return " + ".join(texts[1:] if texts[0] == "0" and len(texts) > 1 else texts)
    if op.name == "sum":
        return " + ".join(texts)
    return texts[0] if op.name == "alias" else f"{op.name}({', '.join(texts)})"


def _cell(text: str) -> str:
    """Text in a cell of a table, as code; nothing in it acts as Markdown."""
    return "`" + text.replace(*TICK).replace(*BAR) + "`" if text else "–"


def _table(head: str, rows: Sequence[Sequence[str]]) -> str:
    lines = [head, "|" + "---|" * (head.count("|") - 1), *("| " + " | ".join(row) + " |" for row in rows)]
    return "\n".join(lines)


def same_size(gradients: Mapping[str, float], blanks: Collection[str]) -> set[str]:
    """The steps whose gradients would give a blank away: those of the same size, as sums pass them on."""
    asked = {shortest(abs(gradients[name])) for name in blanks}
    return {name for name, x in gradients.items() if name not in blanks and shortest(abs(x)) in asked}


def _intro(lines: Sequence[Line], root: str, seed: int, digits: int) -> str:
    blanks = sum(line.blank for line in lines)
    return (
        f"# Backpropagation by hand: exercise {seed}\n\n"
        f"Below is a computation, step by step, and the gradient of {_cell(root)} with respect to every value in it; "
        f"{blanks} of these are left for you.\n\n"
        "Go from the top of the second table down. The gradient of a value is a sum over the places where it is "
        "used: for each, the gradient there times the local derivative.\n\n"
        f"Fill in every `{BLANK}`, in {digits} significant digits."
        + (
            f" Where one is {HIDDEN} it would give an answer away: work it out on the way."
            if any(line.hidden for line in lines)
            else ""
        )
    )


def _computation(lines: Sequence[Line]) -> str:
    rows = [(_cell(line.name), _cell(line.formula) if line.formula else "given", line.number) for line in lines]
    return "## The computation\n\n" + _table(COMPUTED, rows)


def _gradients(lines: Sequence[Line]) -> str:
    rows = [(_cell(line.name), ", ".join(map(_cell, line.used_in)) or "–", line.shown) for line in reversed(lines)]
    return "## The gradients\n\n" + _table(HEAD, rows)


def _key(lines: Sequence[Line]) -> str:
    rows = [(_cell(line.name), line.gradient, line.how or "–") for line in reversed(lines) if line.blank]
    return "## Answers\n\n" + _table("| value | answer | gradient there · local derivative |", rows)


def markdown(lines: Sequence[Line], root: str, seed: int, digits: int, answers: bool) -> str:
    """The whole worksheet; `root` is what the result is called."""
    parts = [_intro(lines, root, seed, digits), _computation(lines), _gradients(lines)]
    return "\n\n".join([*parts, _key(lines)] if answers else parts) + "\n"


def notebook(
    lines: Sequence[Line],
    root: str,
    seed: int,
    digits: int,
    answers: bool,
    loss: Function,
    given: Arguments,
    blanks: int,
) -> str:
    """The worksheet as the JSON text of a notebook: tables to read, a cell to fill in, and one that marks it."""
    names = [line.name for line in reversed(lines) if line.blank]
    filled = "answers = {\n" + "".join(f"    {name!r}: None,\n" for name in names) + "}"
    named = given.lifted(lambda x, i: x if not isinstance(given.things[given.places[i]], int) else int(x))
    source, name = _source(loss)
    check = (
        "from microgradnn.check import exercise\n\n"
        f"worksheet = exercise({name}, at, seed={seed}, blanks={blanks}, digits={digits})\n"
        "worksheet.mark(answers)"
    )
    cells = [
        ("markdown", _intro(lines, root, seed, digits).replace(f"`{BLANK}`", "`None` in the cell with the answers")),
        ("markdown", _computation(lines)),
        ("markdown", _gradients(lines)),
        ("code", filled),
        ("markdown", "Run the next two cells to have the answers marked."),
        ("code", f"{source}\n\nat = {named!r}"),
        ("code", check),
    ]
    if answers:
        cells.append(("markdown", _key(lines)))
    whole = {
        "cells": [_cell_of(k, kind, text) for k, (kind, text) in enumerate(cells)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def _cell_of(k: int, kind: str, text: str) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "id": f"cell-{k}", "metadata": {}, "source": text.splitlines(True)}
    return cell | {"execution_count": None, "outputs": []} if kind == "code" else cell


def _source(loss: Function) -> tuple[str, str]:
    """The loss's own text with the imports that it needs, where Python knows it; and what it is called."""
    missing = "# put the function `loss` of this exercise here", "loss"
    if not isinstance(loss, FunctionType) or loss.__name__ == "<lambda>" or loss.__code__.co_freevars:
        return missing
    try:
        text = textwrap.dedent(inspect.getsource(loss))
        ast.parse(text)
    except (OSError, TypeError, SyntaxError):
        return missing
    return "\n".join([*_imports(loss), "", "", text.rstrip()]), loss.__name__


def _imports(loss: FunctionType) -> list[str]:
    """Imports for the globals that the loss uses, and a word where one is the user's own."""
    found: list[str] = []
    for name in sorted(set(loss.__code__.co_names) & set(loss.__globals__)):
        thing = loss.__globals__[name]
        if isinstance(thing, ModuleType):
            found.append(f"import {thing.__name__}" + (f" as {name}" if thing.__name__ != name else ""))
        elif isinstance(thing, Op) and thing.public:
            found.append(f"from microgradnn import {thing.name}" + (f" as {name}" if thing.name != name else ""))
        elif str(getattr(thing, "__module__", "")).startswith("microgradnn."):
            own = getattr(thing, "__name__", name)
            found.append(f"from {thing.__module__} import {own}" + (f" as {name}" if own != name else ""))
        else:
            found.append(f"# the loss also uses {name}: define it here")
    return found
