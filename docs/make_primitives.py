"""Write docs/primitives.md from the table: `python docs/make_primitives.py`."""

from __future__ import annotations

from pathlib import Path

from microgradnn.ops import TABLE, Op
from microgradnn.primitives import BUILT_IN

HEAD = """# The primitives

Written by `docs/make_primitives.py` from the table in `microgradnn/elementary.py` and `microgradnn/rules.py`.
The derivatives are those at x = 0.5 (y = 2 where there is a second argument), as the rows give them.

| function | in formulas | defined for | kink | value | derivatives |
|---|---|---|---|---|---|
"""


def line(op: Op) -> str:
    count = op.arity or (3 if op.name == "dot" else 2)
    args = [(0.5, 2.0, 3.0)[k] for k in range(count)]
    out = op.value(*args)
    partials = op.gradient(args, out) if op.gradient else [partial(*args, out) for partial in op.partials]
    defaults = dict(zip(reversed(op.arguments), reversed(op.defaults), strict=False))
    names = ", ".join(f"{name}={defaults[name]}" if name in defaults else name for name in op.arguments)
    tex = op.tex.format(*(op.arguments if op.arity else [op.arguments[-1]] * 3)).replace("|", r"\vert ")
    kink = op.kink.text if op.kink else "–"
    numbers = ", ".join(f"{x:.6g}" for x in partials)
    return f"| `{op.name}({names})` | ${tex}$ | {op.domain.text} | {kink} | {out:.6g} | {numbers} |\n"


def page() -> str:
    rows = [op for name, op in TABLE.items() if name in BUILT_IN]  # without those a user has entered
    public = [op for op in rows if op.public]
    internal = [op for op in rows if not op.public]
    notes = "".join(f"- `{op.name}`: {op.note}\n" for op in rows if op.note)
    used = ", ".join(f"`{op.name}`" for op in internal)
    return f"{HEAD}{''.join(map(line, public))}\nRows that only other rows use: {used}.\n\n{notes}"


if __name__ == "__main__":
    Path(__file__).with_name("primitives.md").write_text(page(), "utf-8")
