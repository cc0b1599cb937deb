"""The tour itself: from article to article, told on the screen and written into a folder."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from microgradnn.articles.stories import Article
from microgradnn.tour.folder import Folder
from microgradnn.tour.page import diagnosis_file, page
from microgradnn.tour.screen import Screen
from microgradnn.tour.visit import PUBLISHED, RIGHT, Row, Told, Visit, visit

MOST_ROWS = 6  # of a comparison, on the screen; the page has all of them


def guide(articles: Sequence[Article], out: str, quick: bool, console: Console | None = None) -> bool:
    """Visit the articles, tell of each, and write the folder `out`; whether every network reached its result.

    Progress bars are shown on a terminal only. SettingError, before anything is trained, where `out` cannot be
    written.
    """
    console = console or Screen(highlight=False)
    with Folder(out) as folder:
        visits = []
        for article in articles:
            console.print()
            console.print(Text(article.title, style="bold"))
            seen = _visit(article, quick, console)
            visits.append(seen)
            _tell(seen, console)
        folder.write(page(visits, quick))
    met = all(each.met for each in visits)
    console.print()
    if any(each.undrawn for each in visits):
        console.print(Text(f"Graphs are written as DOT text: {visits[0].undrawn}"), soft_wrap=True)
    console.print(Text(f"Graphs and curves: {folder.path / 'index.html'} (open it in a browser)"), soft_wrap=True)
    console.print(Text(_verdict(visits), style="bold green" if met else "bold red"), soft_wrap=True)
    return met


def _verdict(visits: Sequence[Visit]) -> str:
    missed = [each.article.name for each in visits if not each.met]
    if missed:
        return f"Not reached: {', '.join(missed)}."
    return "Every network reached its result." if len(visits) > 1 else "The network reached its result."


def _visit(article: Article, quick: bool, console: Console) -> Visit:
    shown = Progress(
        TextColumn("{task.description:<14}"),
        BarColumn(),
        TextColumn("{task.completed:,} of {task.total:,}"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with shown:

        def progress(way: str) -> Told:
            task = shown.add_task(way, total=1)
            return lambda done, of: shown.update(task, completed=done, total=of)

        return visit(article, quick, progress)


def _tell(seen: Visit, console: Console) -> None:
    console.print(Text(f"The article reports {seen.article.reports}."))
    console.print()
    console.print(_results(seen))
    console.print()
    console.print(Text(f"{seen.article.measure} on the way", style="italic"))
    console.print(_milestones(seen))
    console.print()
    console.print(Text(f"By hand against autodiff: {seen.agreement}", style="bold"))
    rows = [row for row in seen.rows if not row.ok]
    if rows:
        console.print(_rows(rows[:MOST_ROWS]))
    if len(rows) > MOST_ROWS:
        console.print(Text(f"  … and {len(rows) - MOST_ROWS} more on the page"))
    console.print(Text(seen.article.word))
    console.print(Text(f"The doctor: {seen.verdicts.line}", style="bold"))
    console.print(Text(f"The full report: {diagnosis_file(seen)} in the tour's folder."))
    if seen.wishes:
        console.print()
        console.print(Text("What the article lacks or wishes for, done here:", style="bold"))
    for wish in seen.wishes:
        console.print(Padding(Text(wish), (0, 0, 0, 2)))


def _results(seen: Visit) -> Table:
    table = Table("", "the article", PUBLISHED, RIGHT, "", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for line in seen.lines:
        mark = Text("reached", style="green") if line.met else Text("not reached", style="red")
        here = (Text(line.here.get(way, "")) for way in (PUBLISHED, RIGHT))
        table.add_row(Text(line.what), Text(line.article), *here, mark)
    return table


def _milestones(seen: Visit) -> Table:
    table = Table(seen.article.every, PUBLISHED, RIGHT, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for after, values in seen.milestones.items():
        here = (f"{values[way]:.4g}" if way in values else "" for way in (PUBLISHED, RIGHT))
        table.add_row(f"{after:,}", *here)
    return table


def _rows(rows: Sequence[Row]) -> Table:
    table = Table("", "by hand", "autodiff", "verdict", box=None, pad_edge=False, padding=(0, 2, 0, 2))
    for row in rows:
        table.add_row(Text(row.where), row.by_hand, row.autodiff, Text(row.verdict))
    return table
