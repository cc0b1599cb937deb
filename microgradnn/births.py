"""Where a nan or an infinity came from: the operation that gave birth to it, and on which line."""

from __future__ import annotations

import math
import os
import re
import sys
from typing import Any, NamedTuple

from microgradnn.chain import Node, graph
from microgradnn.notation import expression, number
from microgradnn.ops import Op, plain
from microgradnn.reverse import edges


class Birth(NamedTuple):
    """The first number that is not finite.

    `kind` is "value", "gradient", or "input" for a leaf that came in so; `number` is the nan or infinity,
    `node` the Value that has it, or through which the gradient passed; `expression` is how it was computed and
    `line` the place in the program as "file:line" (empty where it is not known). `message` says it all.
    """

    kind: str
    number: float
    node: Any
    expression: str
    line: str
    message: str

    def __str__(self) -> str:
        return self.message


_CELL = re.compile(r"<ipython-input-(\d+)-.*>$|.*[\\/]ipykernel_\d+[\\/]\d+\.py$")  # what notebooks call a cell's code
_LIBRARIES = re.compile(r".*[\\/](?:site|dist)-packages[\\/]")


def place(file: str, line: int | str) -> str:
    """A line of a file, for a message: relative to the working directory where the file lies below it.

    A cell of a notebook is told by the number beside it, a module of an installed library from the library on.
    """
    cell = _CELL.match(file)
    if cell:
        number = cell[1] or _number_of_cell(file)
        return f"cell [{number}], line {line}" if number else f"a cell, line {line}"
    try:
        here = os.path.join(os.getcwd(), "")
    except OSError:  # a working directory that was removed has no name
        here = ""
    near = file[len(here) :] if here and file.startswith(here) else file
    return f"{_LIBRARIES.sub('', near)}:{line}"


def _number_of_cell(file: str) -> str:
    """The number in "In [3]", which IPython keeps for the file that it takes the cell for; "" where it does not."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None or not callable(getattr(shell.compile, "format_code_name", None)):  # before IPython 7.23
        return ""
    told = re.search(r"\d+", str((shell.compile.format_code_name(file) or ("", ""))[1]))
    return told[0] if told else ""


def first_nonfinite(root: Any) -> Birth | None:
    """The operation that gave birth to the nan or infinity in `root`; None where there is none.

    Where `root` is finite, its gradients are looked at: a local derivative may be infinite, as that of sqrt is
    at 0. `print(first_nonfinite(loss))` says for instance "nan was born in log(x - 2) at model.py:12: -1.3 is
    outside its domain x > 0". Nothing is written to the graph.
    """
    if math.isfinite(plain(root)):
        return _of_gradient(root) if isinstance(root, Node) and root.op is not None else None
    node = root
    while True:  # down to one whose operands are all finite; of several the oldest
        before = [arg for arg in looked_at(node) if not math.isfinite(plain(arg))]
        if not before:
            return _of_value(node)
        node = min(before, key=lambda arg: getattr(arg, "time", 0))


def looked_at(node: Any) -> list[Any]:
    """The operands on which the number depends: of a `where`, the branch taken."""
    args = getattr(node, "args", ())
    if not args or node.op.taken is None:
        return list(args)
    return [args[k] for k in node.op.taken(*map(plain, args))]


def _of_value(node: Any) -> Birth:
    value = plain(node)
    born = getattr(node, "born", None) or ""
    line = place(*born.rsplit(":", 1)) if born else ""
    at = f" at {line}" if line else ""
    if not isinstance(node, Node) or (node.op is None and not born):
        name = repr(getattr(node, "label", "")) if getattr(node, "label", "") else "a number"
        return Birth("input", value, node, "", "", f"{value} came in from outside, as {name}: look at the data")
    if node.op is None:
        return Birth("value", value, node, "", line, f"{value} was born{at}, in a computation that was not recorded")
    text = expression(node)
    why = _reason(node.op, [plain(arg) for arg in node.args], value)
    return Birth("value", value, node, text, line, f"{value} was born in {text}{at}: {why}")


def _reason(op: Op, args: list[float], value: float) -> str:
    if op.domain.holds(*args):
        return f"the result is too large for a float; the operands are {_numbers(args)}"
    if len(args) == 1:
        return f"{number(args[0])} is outside its domain {op.domain.text}"
    told = ", ".join(f"{name} = {number(x)}" for name, x in zip(op.arguments, args, strict=False))
    return f"{told} is outside its domain {op.domain.text}"


def _numbers(args: list[float]) -> str:
    shown = [number(x) for x in args]
    return ", ".join(shown if len(shown) <= 6 else [*shown[:5], "…"])


def _of_gradient(root: Node) -> Birth | None:
    """The first step of the sweep, from `root` down, at which a finite adjoint becomes nan or infinite."""
    adjoints: dict[Node, float] = {root: 1.0}
    for node in reversed(graph(root)):
        if node not in adjoints:
            continue
        for k, partial in edges(node):
            operand, adjoint = node.args[k], adjoints[node]
            passed = adjoint * partial
            if not math.isfinite(passed):
                return _of_edge(node, operand, adjoint, partial, passed)
            adjoints[operand] = adjoints.get(operand, 0.0) + passed
            if not math.isfinite(adjoints[operand]):
                return _of_edge(node, operand, adjoint, partial, adjoints[operand])
    return None


def _of_edge(node: Any, operand: Any, adjoint: float, partial: float, result: float) -> Birth:
    text, name = expression(node), expression(operand) if operand.op is None else operand.label or "its operand"
    at = f"{name} = {number(operand.data)}" if operand.label else f"the operand {number(operand.data)}"
    if not math.isfinite(partial):
        why = f"its derivative at {at} is {partial}"
        if adjoint == 0.0:
            why += ", and what arrives from above is 0"
    else:
        why = f"{number(adjoint)} arrives from above, and the derivative is {number(partial)}: the product overflows"
        if math.isfinite(adjoint * partial):
            why = "several paths add up to more than a float holds"
    return Birth("gradient", result, node, text, "", f"the gradient became {result} in {text}: {why}")
