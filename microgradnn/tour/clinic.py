"""The doctor's verdicts on an article: on the screen, and as a page of their own."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from microgradnn.articles.diagnosed import Verdicts, verdicts
from microgradnn.articles.stories import Article
from microgradnn.check import Diagnosis
from microgradnn.drawing.text import xml
from microgradnn.explaining.mathml import mathml
from microgradnn.pages.telling import groups
from microgradnn.tour.screen import Screen
from microgradnn.tour.style import head

PARTS = ("The rule as published", "The rule put right")


def tell(articles: Sequence[Article], console: Console | None = None) -> bool:
    """Print the reports on the articles' rules; whether every rule put right passes."""
    console = console or Screen(highlight=False)
    passed = True
    for article in articles:
        found = verdicts(article)
        passed &= found.corrected.ok
        console.print(Text(article.title, style="bold"))
        for name, diagnosis in zip(PARTS, (found.published, found.corrected), strict=True):
            console.print()
            console.print(Text(name, style="bold"))
            _print(diagnosis, console)
        console.print()
        console.print(Text(found.line, style="bold" if found.corrected.ok else "bold red"), soft_wrap=True)
        if article is not articles[-1]:
            console.print()
    return passed


def _print(diagnosis: Diagnosis, console: Console) -> None:
    """The report, in colours and folded to the width on a terminal; elsewhere its lines stay whole."""
    if console.is_terminal:
        console.print(Padding(diagnosis, (0, 0, 0, 2)))
        return
    for line in diagnosis.text().splitlines():
        console.print(Text(f"  {line}" if line else ""), soft_wrap=True)


def report(found: Verdicts) -> str:
    """The full report as a page that needs no network and no script."""
    title = f"{found.article.name}: the derivation by hand, diagnosed"
    return "\n".join(
        [
            *head(title),
            "<body>",
            f"<header><h1>{xml(title)}</h1>",
            f"<p>{xml(found.line)}</p>",
            f'<p><a href="../index.html#{found.article.name}">Back to the tour</a></p></header>',
            "<main>",
            *_part(PARTS[0], found.published),
            f"<p>{xml(found.article.word)}</p>",
            "</section>",
            *_part(PARTS[1], found.corrected),
            "</section>",
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _part(name: str, diagnosis: Diagnosis) -> list[str]:
    """The opening of a section on one rule: the verdict, and every kind of finding."""
    lines = ["<section>", f"<h2>{xml(name)}</h2>", f"<p><strong>{xml(diagnosis.summary)}</strong></p>"]
    for places, finding in groups(diagnosis.to_dict()["findings"]):
        lines.append(f"<h3>{xml(' + '.join(finding['mistakes']))}: <code>{xml(places)}</code></h3>")
        lines.append(f"<p>{xml(finding['message'])}</p>")
        lines += [f"<p>Or else: {xml(other['message'])}</p>" for other in finding["alternatives"]]
        if finding["suggestion"]:
            code = "\n".join(map(xml, finding["suggestion"].split("\n")))
            lines += ["<p>Right would be:</p>", *_typeset(finding["suggestion_tex"]), f"<pre>{code}</pre>"]
    return [*lines, *(f"<p>{xml(remark)}</p>" for remark in diagnosis.remarks)]


def _typeset(tex: str) -> list[str]:
    """Formulas one below the other, in which names of several letters stand upright; and their source."""
    if not tex:
        return []
    each = tex.replace(r"\mathit", r"\mathrm").split(r",\quad ")
    shown = [f'<div class="formula">{mathml(formula, tall=True)}</div>' for formula in each]
    return [*shown, f"<details><summary>in TeX</summary><pre>{xml(tex)}</pre></details>", "<p>or, as code:</p>"]
