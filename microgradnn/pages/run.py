"""Running the marked blocks of one file, in this process, and diagnosing its derivations."""

from __future__ import annotations
import __future__

import ast
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from microgradnn.errors import MicrogradnnError
from microgradnn.pages.blocks import Block, Place
from microgradnn.pages.pairs import Derivation, Part, derivations
from microgradnn.pages.reading import read
from microgradnn.pages.result import Checked, Page

Doctor = Callable[..., Any]
NAME = "microgradnn_page"  # of the module that the blocks make up, where pickle and dataclasses look for it


def run(file: str, doctor: Doctor) -> Page:
    """Run the marked blocks of a file in order, and diagnose each derivation as soon as all of it is there.

    The blocks share a namespace, as in a script, and only they are run. What they raise ends the page; the
    verdicts reached before stay.
    """
    done: list[Checked] = []
    try:
        blocks = read(file)
        plan = derivations(blocks)
    except MicrogradnnError as error:
        return Page(file, (), str(error))
    module = ModuleType(NAME)
    module.__file__ = os.path.abspath(file)
    sys.modules[NAME] = module
    flags, values = 0, Values(module.__dict__)
    for k, block in enumerate(blocks):
        flags |= _flags(block)
        try:
            values.execute(k, block, [part for each in plan for part in each.parts if part.block == k], flags)
        except (Exception, SystemExit, KeyboardInterrupt) as error:  # all that a user's code can raise is told alike
            return Page(file, tuple(done), _told(error, block))
        done += [_checked(each, values, doctor) for each in plan if each.after == k]
    return Page(file, tuple(sorted(done, key=lambda each: plan_order(plan, each))), "")


def plan_order(plan: Sequence[Derivation], checked: Checked) -> int:
    """The position of a verdict in the file."""
    return [each.place for each in plan].index(checked.place)


class Values:
    """What the parts of derivations were when their blocks had run; a later block may give a name another meaning."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.names = names
        self._kept: dict[Part, Any] = {}

    def execute(self, k: int, block: Block, parts: Sequence[Part], flags: int) -> None:
        """Run a block, and keep the parts that it defines."""
        body, last = list(block.body), None
        if any(part.variable is None for part in parts):
            last = body.pop()
        exec(_compiled(ast.Module(body, []), block, "exec", flags), self.names)
        for part in parts:
            if part.variable is None and isinstance(last, ast.Expr):
                self._kept[part] = eval(_compiled(ast.Expression(last.value), block, "eval", flags), self.names)
            else:
                self._kept[part] = self.names[str(part.variable)]

    def of(self, part: Part | None) -> Any:
        """The part; None where there is none."""
        return None if part is None else self._kept[part]


def _compiled(tree: ast.Module | ast.Expression, block: Block, how: str, flags: int) -> Any:
    return compile(tree, block.place.source, how, flags, dont_inherit=True)


def _flags(block: Block) -> int:
    """What `from __future__ import …` switches on, for this block and all below it."""
    found = 0
    for each in block.body:
        if isinstance(each, ast.ImportFrom) and each.module == "__future__":
            for alias in each.names:
                found |= getattr(__future__, alias.name).compiler_flag
    return found


def _checked(derivation: Derivation, values: Values, doctor: Doctor) -> Checked:
    more = {"model": derivation.model, "sample": derivation.sample}
    given = {name: values.of(part) for name, part in more.items() if part is not None}
    try:
        diagnosis = doctor(*map(values.of, (derivation.loss, derivation.by_hand, derivation.at)), **given)
    except MicrogradnnError as error:
        return Checked(derivation.title, derivation.place, None, f"{derivation.place}: {error}")
    except (Exception, SystemExit, KeyboardInterrupt) as error:  # from the user's functions, where they were not met
        return Checked(derivation.title, derivation.place, None, _raised(error, derivation.place))
    return Checked(
        derivation.title,
        derivation.place,
        bool(diagnosis.ok),
        "",
        diagnosis.summary,
        diagnosis.text(),
        diagnosis.to_dict(),
    )


def _told(error: BaseException, block: Block) -> str:
    """What a block raised, at its innermost line in the file."""
    if isinstance(error, SyntaxError) and error.filename == block.place.source:  # a return outside of functions
        return f"{block.place.at(error.lineno or block.place.line)}: this is not Python: {error.msg}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == block.place.source]
    line = frames[-1].lineno if frames else None
    return _raised(error, block.place.at(line or block.place.line))


def _raised(error: BaseException, place: Place) -> str:
    return f"{place}: the code raised {type(error).__name__}: {error}"
