"""Which derivation belongs to which loss."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from microgradnn.errors import FileError
from microgradnn.pages.blocks import AT, BY_HAND, CHECK, LOSS, MODEL, SAMPLE, Block, Place, bound


@dataclass(frozen=True)
class Part:
    """A thing that a block defines: the block's index and the variable, or None for its last expression."""

    block: int
    variable: str | None
    place: Place


@dataclass(frozen=True)
class Derivation:
    """What is diagnosed together. `title` is for people; the pair's own name, or that of the function."""

    title: str
    loss: Part
    by_hand: Part
    at: Part | None
    model: Part | None
    sample: Part | None

    @property
    def place(self) -> Place:
        """The line of the function by hand."""
        return self.by_hand.place

    @property
    def parts(self) -> list[Part]:
        """All that there is of it."""
        named = (self.loss, self.by_hand, self.at, self.model, self.sample)
        return [part for part in named if part is not None]

    @property
    def after(self) -> int:
        """The block after which all is there."""
        return max(part.block for part in self.parts)


def derivations(blocks: Sequence[Block]) -> list[Derivation]:
    """Each by_hand with its loss, in the order of the file; FileError where something is left alone.

    A by_hand belongs to the nearest loss above it, of those with its name where it has one, and to the first
    below it where there is none above; likewise at, model and sample to their loss.
    """
    losses = {k: _part(block, k, LOSS) for k, block in enumerate(blocks) if block.role in (LOSS, CHECK)}
    points: dict[tuple[str, int], Part] = {}
    for k, block in enumerate(blocks):
        for role in (AT, MODEL, SAMPLE):
            if block.role == role:
                own, part = _nearest(blocks, k, list(losses)), _part(block, k, role)
            elif role != MODEL and block.role in (LOSS, CHECK) and role in bound(block.body):
                own, part = k, _part(block, k, role)
            else:
                continue
            if (role, own) in points:
                raise FileError(f"{part.place}: the loss at {losses[own].place} has a second {role}; give each a name")
            points[role, own] = part
    found, used = [], set()
    for k, block in enumerate(blocks):
        if block.role not in (BY_HAND, CHECK):
            continue
        own = k if block.role == CHECK else _nearest(blocks, k, list(losses))
        used.add(own)
        part = _part(block, k, BY_HAND)
        title = block.name or blocks[own].name or str(part.variable)
        more = [points.get((role, own)) for role in (AT, MODEL, SAMPLE)]
        found.append(Derivation(title, losses[own], part, *more))
    for k, part in losses.items():
        if k not in used:
            raise FileError(f"{part.place}: no by_hand belongs to this loss; mark one, or mark this as setup")
    return found


def _nearest(blocks: Sequence[Block], k: int, losses: Sequence[int]) -> int:
    """The block of the loss to which block k belongs."""
    block = blocks[k]
    fitting = [j for j in losses if not block.name or blocks[j].name == block.name]
    if not fitting:
        named = f" called {block.name!r}" if block.name else ""
        raise FileError(f"{block.place}: there is no loss{named} in this file for the {block.role}; mark one")
    above = [j for j in fitting if j < k]
    return above[-1] if above else fitting[0]


def _part(block: Block, k: int, role: str) -> Part:
    """The thing of this role: what has the role for its name, or else the last function (or value) there is."""
    names = bound(block.body)
    if role in names:
        return Part(k, role, _at(block, names[role]))
    if block.role == CHECK:
        raise FileError(f"{block.place}: a check defines {LOSS} and {BY_HAND} by these names, and {role} is missing")
    last = block.body[-1] if block.body else None
    value = role in (AT, MODEL)
    if value and isinstance(last, ast.Expr):
        return Part(k, None, _at(block, last))
    functions = {n: each for n, each in names.items() if isinstance(each, ast.FunctionDef)}
    own = {n: each for n, each in names.items() if not isinstance(each, ast.Import | ast.ImportFrom)}
    fitting = list((functions if functions and not value else own).items())
    if fitting:
        name, statement = fitting[-1]
        return Part(k, name, _at(block, statement))
    raise FileError(f"{block.place}: the block marked {role} defines no {'value' if value else 'function'}")


def _at(block: Block, statement: ast.stmt) -> Place:
    return block.place.at(statement.lineno)
