"""An explanation in a language: plain text, LaTeX, Markdown, HTML."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from microgradnn.drawing.text import visible, xml
from microgradnn.explaining.lines import Line, Phrase, Section
from microgradnn.explaining.mathml import mathml
from microgradnn.explaining.names import Names
from microgradnn.explaining.term import Term
from microgradnn.explaining.tex import tex
from microgradnn.explaining.text import text

WIDE = 90  # characters of a line that holds several equalities
_STYLE = (
    ".mgnn-explanation{font-family:system-ui,sans-serif;line-height:1.5;max-width:60em;overflow-wrap:anywhere}"
    ".mgnn-explanation h3{margin:1.2em 0 .3em}.mgnn-explanation p{margin:.5em 0 .1em}"
    ".mgnn-explanation .formula{margin:.1em 0 .6em 1.5em;padding:.2em 0;overflow:auto hidden}"
    ".mgnn-explanation .alone{margin-bottom:.1em;padding:0}.mgnn-explanation math{font-size:1.15em}"
    "@media (prefers-color-scheme:dark){html.mgnn-page{background:#16181d;color:#e8e8e8}}"
)


def said(words: Phrase, plain: Callable[[str], str], formula: Callable[[Term], str]) -> str:
    """Words with their formulas, a sentence's first letter as it is."""
    return "".join(plain(part) if isinstance(part, str) else formula(part) for part in words)


def as_text(sections: Sequence[Section], names: Names) -> str:
    """Plain text: words flush left, formulas indented."""
    formula: Callable[[Term], str] = lambda x: text(x, names.text).text
    lines: list[str] = []
    for section in sections:
        lines += ["", section.title] if lines else [section.title]
        for line in section.lines:
            if line.words:
                lines.append("  " + said(line.words, visible, formula))
            if line.left is not None:
                parts = [formula(x) for x in (line.left, *line.equals)]
                lines += [f"    {row}" for row in _rows(_unlike(parts))]
    return "\n".join(lines)


def _unlike(parts: Sequence[str]) -> list[str]:
    """Without a part that reads as the one before it."""
    return [part for k, part in enumerate(parts) if k < 2 or part != parts[k - 1]]


def _rows(parts: Sequence[str]) -> list[str]:
    """A chain of equalities, in one row or, where that would be long, below each other."""
    if sum(map(len, parts)) + 3 * len(parts) <= WIDE:
        return [" = ".join(parts)]
    indent = " " * min(len(parts[0]), 30)
    return [f"{parts[0]} = {parts[1]}", *[f"{indent} = {part}" for part in parts[2:]]]


def as_latex(sections: Sequence[Section], names: Names) -> str:
    r"""One `aligned` environment, for \[ … \] or $$ … $$: the formulas, without the words."""
    rows: list[str] = []
    for section in sections:
        formulas = [line for line in section.lines if line.left is not None]
        if not formulas:
            continue
        rows.append(rf"&\textbf{{{section.title}}}")
        for line in formulas:
            rows += _aligned(line, names)
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


def _aligned(line: Line, names: Names) -> list[str]:
    assert line.left is not None
    left, *equals = [tex(x, names.tex).text for x in (line.left, *line.equals)]
    equals = _unlike(["", *equals])[1:]
    if sum(map(len, equals)) <= 2 * WIDE:
        return [f"{left} &= {' = '.join(equals)}"]
    return [f"{left} &= {equals[0]}", *[f"&= {part}" for part in equals[1:]]]


_PUNCTUATION = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$>:@/=\"'^])")


def markdown_text(words: str) -> str:
    """Words in Markdown: every character stands for itself."""
    shown = visible(words).replace("&", "&amp;").replace("<", "&lt;")
    return shown if re.fullmatch(r"[\w ,.:;&]*", shown, re.ASCII) else _PUNCTUATION.sub(r"\\\1", shown)


def as_markdown(sections: Sequence[Section], names: Names) -> str:
    """Markdown with formulas between dollar signs."""
    formula: Callable[[Term], str] = lambda x: f"${tex(x, names.tex).text}$"
    blocks: list[str] = []
    for section in sections:
        blocks.append(f"### {section.title}")
        rows: list[str] = []
        for line, after in zip(section.lines, [*section.lines[1:], None], strict=True):
            if line.words:
                blocks.append(said(line.words, markdown_text, formula))
            rows += _aligned(line, names) if line.left is not None else []
            if rows and (after is None or after.words or after.left is None):
                aligned = " \\\\\n".join(rows)
                blocks.append(f"$$\n\\begin{{aligned}}\n{aligned}\n\\end{{aligned}}\n$$")
                rows = []
    return "\n\n".join(blocks) + "\n"


def as_html(sections: Sequence[Section], names: Names) -> str:
    """A section of a page, formulas in MathML; nothing is loaded and nothing runs."""
    parts = [f"<style>{_STYLE}</style>"]
    for section in sections:
        parts.append(f"<h3>{xml(section.title)}</h3>")
        for line in section.lines:
            if line.words:
                parts.append(f"<p>{said(line.words, xml, lambda x: mathml(tex(x, names.tex).text))}</p>")
            if line.left is not None:
                formulas = _unlike([tex(x, names.tex).text for x in (line.left, *line.equals)])
                parts.append(
                    f'<div class="formula{"" if line.words else " alone"}">{"<wbr>".join(_equal(formulas))}</div>'
                )
    return f'<section class="mgnn-explanation">{"".join(parts)}</section>'


def _equal(formulas: Sequence[str]) -> list[str]:
    """Parts between which a browser may break the line."""
    return [
        mathml(f"{formulas[0]} = {formulas[1]}", tall=True),
        *[" " + mathml(f"= {x}", tall=True) for x in formulas[2:]],
    ]


def page(section: str, title: str) -> str:
    """A whole page that opens from disk."""
    return (
        f'<!DOCTYPE html>\n<html lang="en" class="mgnn-page">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{xml(title)}</title>\n</head>\n<body>\n{section}\n</body>\n</html>\n"
    )
