"""The notebook docs/see_it.ipynb: micrograd's demo, seen in every way that there is.

    python -m docs.make_notebook

The cells stand here; they are executed in one namespace, from an empty folder, and what they print and show is kept as
a notebook keeps it. No notebook program is needed. Same package, same bytes, but for the versions of what draws.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

PLACE = Path(__file__).with_name("see_it.ipynb")
LIMIT = 1_000_000  # bytes
KINDS = ("image/svg+xml", "text/html", "text/latex", "text/plain")

CELLS = [
    """# See it

micrograd's demo ([Karpathy's notebook](https://github.com/karpathy/micrograd/blob/master/demo.ipynb)): a network of
337 parameters learns to tell two half moons apart. Here it is looked at: the graph, the derivation, the network, and
what was learned. This page is written by `python -m docs.make_notebook`, which executes the cells.""",
    """import random

from microgradnn import draw, draw_network, explain, step_through, to_python
from microgradnn.data import moons
from microgradnn.nn import MLP
from microgradnn.optim import SGD
from microgradnn.optim.schedules import linear
from microgradnn.train import fit

random.seed(1337)
X, Y = moons(100, noise=0.1, seed=1)
Y = [2 * y - 1 for y in Y]  # the hinge loss calls the classes -1 and 1
model = MLP(2, [16, 16, 1])
print(len(model.parameters()), "parameters")""",
    """## The graph of the loss, folded

The loss of all samples has tens of thousands of numbers. `draw` folds them until they fit a screen, and draws equal
parts once: "× 100".""",
    """def loss(samples, targets):
    losses = [(1 + -y * model(x)).relu() for x, y in zip(samples, targets, strict=True)]
    total = sum(losses) * (1.0 / len(losses))
    total.label = "loss"
    return total


total = loss(X, Y)
total.backward()
draw(total, depth=2, theme="auto")""",
    "## One neuron, with every number",
    """neuron = model.layers[0].neurons[0]
out = neuron(X[0])
out.label = "out"
model.zero_grad()
out.backward()
draw(out, theme="auto")""",
    "Its derivation, as text, and typeset:",
    """print(explain(out, wrt=neuron.w[0]))""",
    """explain(out, wrt=neuron.w[0])""",
    "The derivative alone is a formula, and can be called:",
    """slope = explain(out, wrt=neuron.w[0]).gradient
print(slope)""",
    "## The same as a page and as a script",
    """step_through(out, "neuron.html")  # one file: open it in a browser, step, change a number""",
    """script = to_python(out)
print(script[script.index("def run"):])""",
    """names = {"__name__": "script"}
exec(script, names)
value, gradients = names["run"]()
model.zero_grad()
out.backward()
print(value == out.data, gradients["layer0.neuron0.w[0]"] == neuron.w[0].grad)""",
    "## Training, and what was learned",
    """schedule = linear(100, end=0.1)
history = fit(model, X, Y, loss="hinge", optimizer=SGD(lr=1.0), schedule=schedule, l2=1e-4, epochs=100)
print(f"loss {history.loss[0]:.3f} -> {history.loss[-1]:.4f}")""",
    """draw_network(model, theme="auto")""",
    """from microgradnn.drawing.boundary import boundary


class Picture(str):
    _repr_svg_ = str.__str__


Picture(boundary(model, X, Y, names=("lower", "upper"), resolution=40, title="the plane as the network divides it"))""",
]


def executed() -> dict[str, Any]:
    """The notebook, its code executed in order in a folder of its own."""
    names: dict[str, Any] = {"__name__": "__main__"}
    cells: list[dict[str, Any]] = []
    count = 0
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            for number, text in enumerate(CELLS):
                cell: dict[str, Any] = {
                    "id": f"cell-{number}",
                    "metadata": {},
                    "source": text.splitlines(keepends=True),
                }
                if is_code(text):
                    count += 1
                    outputs = run(text, names, count)
                    cell |= {"cell_type": "code", "execution_count": count, "outputs": outputs}
                else:
                    cell["cell_type"] = "markdown"
                cells.append(cell)
        finally:
            os.chdir(before)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def is_code(text: str) -> bool:
    """Whether a cell is Python: prose is not."""
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return not text.startswith("#")


def run(text: str, names: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """The outputs of a cell: what it printed, and how its last expression shows itself."""
    body = ast.parse(text).body
    last = body.pop() if isinstance(body[-1], ast.Expr) else None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(ast.Module(body, []), "<cell>", "exec"), names)
        shown = (
            eval(compile(ast.Expression(last.value), "<cell>", "eval"), names) if isinstance(last, ast.Expr) else None
        )
    outputs: list[dict[str, Any]] = []
    if printed.getvalue():
        outputs.append(
            {"name": "stdout", "output_type": "stream", "text": printed.getvalue().splitlines(keepends=True)}
        )
    if shown is not None:
        data = {kind: told.splitlines(keepends=True) for kind, told in displayed(shown).items()}
        outputs.append({"data": data, "execution_count": count, "metadata": {}, "output_type": "execute_result"})
    return outputs


def displayed(x: Any) -> dict[str, str]:
    """How an object shows itself in a notebook: by its bundle, or by its methods for one kind each."""
    bundle = getattr(x, "_repr_mimebundle_", None)
    found = dict(bundle()) if bundle is not None else {"text/plain": repr(x)}
    for kind, name in (("image/svg+xml", "_repr_svg_"), ("text/latex", "_repr_latex_"), ("text/html", "_repr_html_")):
        method = getattr(x, name, None)
        if bundle is None and method is not None:
            found[kind] = method()
    if "image/svg+xml" in found:  # the picture says it all
        found["text/plain"] = f"<{type(x).__name__}>"
    return {kind: found[kind] for kind in KINDS if found.get(kind)}


def text() -> str:
    """The notebook as the text of its file."""
    return json.dumps(executed(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def main() -> int:
    written = text()
    size = len(written.encode("utf-8"))
    if size > LIMIT:
        print(f"the notebook has {size:,} bytes, and {LIMIT:,} are the most", file=sys.stderr)
        return 1
    PLACE.write_text(written, "utf-8")
    print(f"{PLACE.name}: {size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
