"""The tour as a folder of files: a page that needs no network and no script, and its pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from microgradnn.drawing.text import xml
from microgradnn.tour import seeing
from microgradnn.tour.clinic import report
from microgradnn.tour.style import head
from microgradnn.tour.visit import PUBLISHED, RIGHT, Row, Visit

WAYS = (PUBLISHED, RIGHT)


def page(visits: Sequence[Visit], quick: bool) -> dict[str, str]:
    """The files of the folder by name: index.html and its pictures."""
    files = {"index.html": _html(visits, quick)}
    for visit in visits:
        files[f"curves/{visit.article.name}.svg"] = visit.curves
        files[_graph_file(visit)] = visit.graph
        files[diagnosis_file(visit)] = report(visit.verdicts)
        files |= seeing.files(visit.article.name, visit.sights)
    return files


def diagnosis_file(visit: Visit) -> str:
    """The path, within the folder, of the full report on an article's derivation."""
    return f"diagnoses/{visit.article.name}.html"


def _graph_file(visit: Visit) -> str:
    return f"graphs/{visit.article.name}.{'dot' if visit.undrawn else 'svg'}"


def _html(visits: Sequence[Visit], quick: bool) -> str:
    how = (
        " This is the quick tour: fewer steps, enough to reach the results, and without what the articles wish for."
        if quick
        else ""
    )
    return "\n".join(
        [
            *head("The microgradnn tour"),
            "<body>",
            "<header>",
            "<h1>The microgradnn tour</h1>",
            "<p>Small networks from four articles, trained from one start in two ways: by the rule that the article "
            f"derives by hand, as published, and by autodiff from the loss alone.{how}</p>",
            *_contents(visits),
            "</header>",
            "<main>",
            *[line for visit in visits for line in _section(visit)],
            "</main>",
            "<footer>",
            "<h2>How to read a graph</h2>",
            "<p>Every box is a number: its name or the operation that made it, its data, and its gradient, that is "
            "how much the loss changes with it (— where none was computed). Rounded boxes are computed, hexagons are "
            "parameters, sheets of paper are constants: inputs and targets. An arrow goes from an operand to a "
            "result, and ∂ is the local derivative. A number's gradient is the sum over its arrows of ∂ times the "
            "gradient of the box the arrow leads to.</p>",
            "</footer>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _contents(visits: Sequence[Visit]) -> list[str]:
    items = [f'<li><a href="#{v.article.name}">{xml(v.article.title)}</a> {_badge(v.met)}</li>' for v in visits]
    return ["<nav><ul>", *items, "</ul></nav>"]


def _badge(met: bool) -> str:
    return '<span class="met">✓ reached</span>' if met else '<span class="unmet">✗ not reached</span>'


def _section(visit: Visit) -> list[str]:
    article = visit.article
    return [
        f'<section id="{article.name}">',
        f"<h2>{xml(article.title)}</h2>",
        f"<p>The article reports {xml(article.reports)}.</p>",
        *_results(visit),
        *_milestones(visit),
        f'<figure class="curve"><a href="curves/{article.name}.svg"><img src="curves/{article.name}.svg" '
        f'alt="Loss of {xml(article.name)} against {xml(article.every)}, as published and by autodiff"></a></figure>',
        *seeing.learned_html(article.name, visit.sights),
        "<h3>By hand against autodiff</h3>",
        f"<p><strong>{xml(visit.agreement)}</strong> {xml(article.word)}</p>",
        f'<p class="verdict"><strong>The doctor:</strong> {xml(visit.verdicts.line)} '
        f'<a href="{diagnosis_file(visit)}">The full report</a></p>',
        *_comparison(visit),
        "<h3>The graph</h3>",
        *_graph(visit),
        *seeing.graph_html(article.name, visit.sights),
        *_wishes(visit.wishes),
        "</section>",
    ]


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]], caption: str, kind: str = "") -> list[str]:
    """A table of ready HTML; the first cell of a row names it, and narrow screens set results below each other."""
    names = "".join(f'<th scope="col">{cell}</th>' for cell in columns)
    lines = [f'<div class="wide {kind}"><table>', f"<caption>{caption}</caption>", f"<thead><tr>{names}</tr></thead>"]
    lines.append("<tbody>")
    for first, *others in rows:
        cells = "".join(
            f'<td data-of="{of}">{cell}</td>' if of else f"<td>{cell}</td>"
            for of, cell in zip(columns[1:], others, strict=True)
        )
        lines.append(f'<tr><th scope="row">{first}</th>{cells}</tr>')
    return [*lines, "</tbody></table></div>"]


def _results(visit: Visit) -> list[str]:
    rows = [
        [xml(line.what), xml(line.article), *(xml(line.here.get(way, "")) for way in WAYS), _badge(line.met)]
        for line in visit.lines
    ]
    return _table(("", "the article", *WAYS, ""), rows, "What was to be reached", "results")


def _milestones(visit: Visit) -> list[str]:
    rows = [
        [f"{after:,}", *(f"{values[way]:.4g}" if way in values else "" for way in WAYS)]
        for after, values in visit.milestones.items()
    ]
    return _table((xml(visit.article.every), *WAYS), rows, f"{xml(visit.article.measure)} on the way")


def _comparison(visit: Visit) -> list[str]:
    def cells(row: Row) -> list[str]:
        return [f"<code>{xml(row.where)}</code>", row.by_hand, row.autodiff, row.difference, xml(row.verdict)]

    names = ("", "by hand", "autodiff", "difference", "")
    table = _table(names, map(cells, visit.rows), "The gradient at the start, for one sample")
    summary = f"all {len(visit.rows)} numbers"
    return [f"<details><summary>{summary}</summary>", *table, "</details>"]


def _graph(visit: Visit) -> list[str]:
    file = _graph_file(visit)
    if visit.undrawn:
        return [f'<p>No picture: {xml(visit.undrawn)} (<a href="{file}">{file}</a>).</p>']
    alt = f"Graph of the loss of {xml(visit.article.name)} for one sample, with its gradients"
    return [
        f'<figure class="graph"><a href="{file}"><img src="{file}" alt="{alt}"></a>',
        "<figcaption>The loss of one sample at the start. Follow the picture to see it in full size.</figcaption>",
        "</figure>",
    ]


def _wishes(wishes: Sequence[str]) -> list[str]:
    if not wishes:
        return []
    return [
        "<h3>What the article lacks or wishes for, done here</h3>",
        "<ul>",
        *(f"<li>{xml(line)}</li>" for line in wishes),
        "</ul>",
    ]
