"""step_through: one HTML file that shows a graph computing, forward and backward, and computes it again."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from importlib import resources

import microgradnn
from microgradnn.drawing.division import everything
from microgradnn.drawing.looks import DARK, LIGHT, Paper
from microgradnn.drawing.net import net
from microgradnn.drawing.palette import BLUE, SKY
from microgradnn.drawing.picture import Drawing
from microgradnn.drawing.quotient import quotient
from microgradnn.drawing.text import shorten, visible, xml
from microgradnn.engine import Value
from microgradnn.errors import NotANumber, SettingError
from microgradnn.stepping.facts import Facts
from microgradnn.wholefile import Path, write

MOST, USES = 1000, 6000  # boxes and arrows, up to which a page is laid out in seconds and answers at once
SCRIPTS = ("graph.js", "words.js", "telling.js", "picture.js", "signs.js", "page.js", "showing.js", "controls.js")


def step_through(root: Value, path: Path) -> str:
    """Write a page that steps through the computation of `root` and through its backward pass; give its path.

    The page is one file, and needs nothing else: no network, no program. It shows the graph as it is drawn in
    full, each number as it is computed, and each gradient as it adds up, edge by edge. A leaf's number can be
    changed, and the page computes everything again, by the same rows. Gradients begin at 0 there, whatever
    the graph's hold. Same graph, same bytes.
    A row of a user's own whose value cannot be followed keeps its number, and the page says so.
    NotANumber where `root` is no Value; SettingError where the path does not end in .html, or where the graph
    has more than 1,000 numbers or 6,000 uses of them; MissingLibrary where nothing is installed that draws;
    FileError where the file cannot be written.
    """
    if not isinstance(root, Value):
        raise NotANumber(f"step_through needs a Value, the result of a computation, not {type(root).__name__}")
    name = os.fspath(path) if isinstance(path, str | os.PathLike) else path
    if not isinstance(name, str) or not name.lower().endswith((".html", ".htm")):
        raise SettingError(f"{name!r} does not end in .html, so that no browser would open it; name it so")
    write(name, page(root).encode("utf-8"))
    return name


def page(root: Value) -> str:
    """The text of the page."""
    whole = net(root)
    boxes, arrows = len(whole.args), sum(map(len, whole.args))
    if boxes > MOST or arrows > USES:
        raise SettingError(
            f"this graph has {boxes:,} numbers and uses them {arrows:,} times, and a page shows {MOST:,} and {USES:,} "
            "at most: step through the loss of one sample, or through a part, such as one neuron's output; draw(root) "
            "shows the whole, folded"
        )
    facts = Facts(root)
    facts.place(Drawing(quotient(whole, everything(whole))))
    parts = [_read("ieee.js"), facts.rows.script(), *map(_read, SCRIPTS)]
    script = '"use strict";\n(() => {\n' + "\n".join(parts) + "})();\n"
    style = _colours() + _read("page.css")
    title = f"{shorten(visible(str(root.label)))}, step by step" if root.label else "A computation, step by step"
    # Only what stands here runs, by its hash; nothing is fetched, and nothing can be sent.
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    # In a script element only `<` could end it; whatever else a label holds is ASCII here.
    data = json.dumps(facts.data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    filling = {
        "policy": xml(policy).replace("&#39;", "'"), "version": xml(microgradnn.__version__), "title": xml(title),
        "style": style, "data": data, "script": script,
    }  # fmt: skip
    return re.sub(r"\{\{(\w+)\}\}", lambda found: filling[found[1]], _read("page.html"))


def _read(name: str) -> str:
    return resources.files("microgradnn.stepping").joinpath(name).read_text("utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}"


def _colours() -> str:
    light, dark = _paper(LIGHT, BLUE, "#f6f7f8"), _paper(DARK, SKY, "#1c2025")
    return (
        f":root{{{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}"
        f":root[data-theme=light]{{{light}}}:root[data-theme=dark]{{{dark}}}"
        f"@media print{{:root:root:root{{{light}}}}}\n"
    )


def _paper(paper: Paper, now: str, card: str) -> str:
    """The colours of one theme as variables of CSS."""
    ink = paper.ink
    boxes = "".join(f"--{kind}:{fill};--{kind}-line:{line};" for kind, (fill, line) in paper.boxes.items())
    return (
        f"--paper:{ink.paper};--text:{ink.text};--quiet:{ink.quiet};--line:{ink.line};--alarm:{paper.alarm};"
        f"--now:{now};--card:{card};{boxes}"
    )
