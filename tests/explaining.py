"""Campaigns on explanations: `python -m tests.explaining 10000` tries so many graphs and so many hostile labels.

Formulas are parsed by KaTeX where MICROGRADNN_KATEX names a folder (node_modules) that holds it.
"""

from __future__ import annotations

import html.parser
import json
import math
import os
import random
import re
import subprocess
import sys
from pathlib import Path

from markdown_it import MarkdownIt

from microgradnn import Value, explain
from microgradnn.drawing.text import visible
from microgradnn.explaining import Explanation
from microgradnn.explaining.symbolic import derivatives
from microgradnn.explaining.term import evaluate
from tests.graphs import EVERY, Program, random_program, run

KATEX = os.environ.get("MICROGRADNN_KATEX", "")

# ---- KaTeX -----------------------------------------------------------------------------------------------


def katex(formulas: list[str]) -> list[str]:
    """The formulas that KaTeX cannot parse, each with its complaint."""
    script = Path(__file__).with_name("katex.js")
    done = subprocess.run(
        ["node", str(script), KATEX], input=json.dumps(formulas), capture_output=True, text=True, check=True
    )
    verdicts = json.loads(done.stdout)
    return [f"{formula}\n  {verdict}" for formula, verdict in zip(formulas, verdicts, strict=True) if verdict]


# ---- the gradient of random graphs -----------------------------------------------------------------------


def random_graph(seed: int) -> tuple[Program, list[float], random.Random]:
    rng = random.Random(seed)
    leaves = [rng.uniform(-2, 2) for _ in range(3)]
    return random_program(rng, leaves, rng.randrange(1, 9), EVERY), leaves, rng


def at(program: Program, numbers: list[float]) -> tuple[Value, list[Value]]:
    leaves = [Value(x, label=f"x{k}") for k, x in enumerate(numbers)]
    return run(program, leaves), leaves


def unequal(seed: int) -> str:
    """Where the formulas' gradient is not that of autodiff, at the graph's point and at one nearby; else ""."""
    program, numbers, rng = random_graph(seed)
    root, leaves = at(program, numbers)
    formulas = derivatives(root, leaves, lambda leaf: leaf.label)
    near = [x * (1 + rng.uniform(-0.05, 0.05)) for x in numbers]
    for point in (numbers, near):
        root, leaves = at(program, point)
        root.backward()
        expected = [float(leaf.grad) for leaf in leaves]
        if not all(map(math.isfinite, [root.data, *expected])):
            continue
        found = evaluate(formulas, {leaf.label: leaf.data for leaf in leaves}, flowing=True)
        for name, mine, theirs in zip("012", found, expected, strict=True):
            # Textbook forms lose digits that the rows keep; 1e-8 is far below any wrong formula.
            if not abs(mine - theirs) <= 1e-8 * (1 + abs(mine) + abs(theirs)):
                return f"seed {seed}: the derivative by x{name} is {theirs}, and the formula gives {mine}: {program}"
    return ""


# ---- hostile labels --------------------------------------------------------------------------------------

FRAGMENTS = [
    r"\input{x}", "%", "$", "$$", "{", "}", "|", "<script>alert(1)</script>", "\n", "\r", "\t", "\u202e", "\u2066",
    "\u200f", "\\", "\\\\", "&", "&lt;", "&amp;", "#", "^", "_", "~", '"', "'", "`", "```", "](javascript:alert(1))",
    "[x](http://e.x)", "<!--", "-->", "]]>", "<img src=x onerror=alert(1)>", "javascript:", r"\href{x}{y}",
    r"\end{aligned}", r"\(", r"\]", r"\text{", "<https://e.x>", "www.e.x", "\x00", "\x1b[31m", "\ud800", "é", "e\u0301",
    "x\u0338", "日本", "א", "😀", "ﷺ", "w[0]", "a.b", "λ", "{0}", "{}", "%s", " ", "  ", "a b", "∂L/∂x", "#2", "…", "“",
    r"\def\x{\x}", r"\begin{cases}", "*", "**x**", "!", "- x", "1. x", "> q", "# h", "|a|b|", "===", "\u2028", "\ufeff",
    r"\u202e", "x1", "L", "nan", "=", "\x7f", "\u0600",
]  # fmt: skip
COMMANDS = re.compile(
    r"\\(begin|end|\\|frac|partial|cdots?|ldots|left|right|text(bf)?|mathrm|operatorname|sqrt|[lgn]e|infty|ln|(arc)?(sin|cos|tan)"
    r"|(sin|cos|tan)h|max|min|sigma|Phi|pi|lambda|[lr]angle|textbackslash|textascii(circum|tilde)|textless|textgreater"
    r"|textbar|textdollar|char|[{}%&#_])"
)
TAGS = re.compile(
    "html|head|meta|title|body|style|section|h3|p|div|wbr|math|mrow|mi|mn|mo|mtext|mspace|mfrac|msqrt|msub|msup|msubsup|mtable"
    "|mtr|mtd"
)
SAFE = {"lang", "class", "charset", "name", "content", "displaystyle", "mathvariant", "width", "form", "fence",
        "stretchy", "columnalign"}  # fmt: skip


def hostile(rng: random.Random) -> str:
    """A label that would like to do harm."""
    parts = [rng.choice(FRAGMENTS) for _ in range(rng.randrange(1, 4))]
    if rng.random() < 0.3:
        parts.append("".join(chr(rng.randrange(1, 0x3000)) for _ in range(rng.randrange(1, 5))))
    return "".join(parts)


def explained(seed: int) -> tuple[Explanation, list[str]]:
    rng = random.Random(seed)
    labels = [hostile(rng) for _ in range(3)]
    a, b = Value(1.5, label=labels[0]), Value(-0.5, label=labels[1])
    c = (a * b + 2.0) ** 2
    c.label = labels[2]
    return explain((c + a).tanh() / 3.0 + abs(c) * b), labels


def formulas_of(e: Explanation) -> list[str]:
    return [e.to_latex(), *[gradient.to_latex() for gradient in e.gradients.values()]]


def active(seed: int) -> list[str]:
    """What is invalid or could act in the explanation of a graph with hostile labels."""
    e, labels = explained(seed)
    texts = [str(e), *map(repr, e.gradients.values())]
    wrong = ["text: a character acts" for text in texts if any(visible(row) != row for row in text.split("\n"))]
    if len(str(e).split("\n")) > 60:
        wrong.append("text: a label breaks lines")
    for formula in formulas_of(e):
        wrong += [f"TeX: {problem}" for problem in tex_problems(formula)]
    wrong += [f"Markdown: {problem}" for problem in markdown_problems(e.to_markdown())]
    wrong += [f"HTML: {problem}" for problem in html_problems(e.to_html(), labels)]
    return [f"seed {seed}, labels {labels}: {problem}" for problem in wrong]


def tex_problems(formula: str) -> list[str]:
    """Commands that this package does not write, characters that act, braces that do not match."""
    wrong = []
    depth = 0
    for token in re.findall(r"\\[A-Za-z]+|\\.|.|\n", formula):
        if token.startswith("\\") and not COMMANDS.fullmatch(token):
            wrong.append(f"the command {token}")
        if token in "%$~#`" or (token != "\n" and visible(token) != token):
            wrong.append(f"the character {token!r}")
        depth += (token == "{") - (token == "}")
        if depth < 0:
            wrong.append("a brace too many")
    return wrong + (["an open brace"] if depth else []) + _doubled(formula)


def _doubled(formula: str) -> list[str]:
    """Two powers, or two indices, at one place, which TeX refuses."""
    text, inner = re.sub(r"\\[{}]", "", formula), ""
    while text != inner:
        if re.search(r"\^[#\w]\^|_[#\w]_", text):
            return ["two powers at one place"]
        inner, text = text, re.sub(r"\{[^{}]*\}", "#", text)
    return []


def markdown_problems(text: str) -> list[str]:
    """What a reader of Markdown, with or without mathematics, would make of it that is more than text."""
    renderer = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    wrong = []
    for token in renderer.parse(text):
        kinds = {child.type for child in token.children or []}
        if token.type in ("html_block", "table_open", "blockquote_open", "code_block", "fence", "list_item_open"):
            wrong.append(token.type)
        wrong += sorted(kinds - {"text", "softbreak", "hardbreak", "text_special"})
    return wrong


class Tags(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.text = ""
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.wrong += [f"<{tag}>"] if not TAGS.fullmatch(tag) else []
        self.wrong += [f"{name}={value}" for name, value in attrs if name not in SAFE]
        if tag not in ("meta", "wbr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.wrong.append("a comment")


def html_problems(page: str, labels: list[str]) -> list[str]:
    """Elements and attributes that this package does not write, and what does not close."""
    reader = Tags()
    reader.feed(page)
    reader.close()
    return reader.wrong + [f"{tag} stays open" for tag in reader.open]


def main(count: int) -> int:
    problems: list[str] = []
    for seed in range(count):
        problems += [problem for problem in [unequal(seed)] if problem]
    print(f"{count} gradients compared with autodiff, at two points each: {len(problems)} differ")
    before = len(problems)
    formulas: list[str] = []
    for seed in range(count):
        problems += active(seed)
        formulas += formulas_of(explained(seed)[0])
    print(f"{count} explanations with hostile labels in text, TeX, Markdown, HTML: {len(problems) - before} problems")
    if KATEX:
        before = len(problems)
        formulas += [formula for seed in range(200) for formula in formulas_of(explain(at(*random_graph(seed)[:2])[0]))]
        problems += katex(formulas)
        print(f"{len(formulas)} formulas parsed by KaTeX: {len(problems) - before} problems")
    for problem in problems[:20]:
        print(problem[:300], "…", problem[-200:])
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
