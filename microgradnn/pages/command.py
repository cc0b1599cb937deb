"""`microgradnn check FILE…`: the verdicts printed, errors on stderr, and the exit status."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Sequence

import click

from microgradnn.pages.process import check
from microgradnn.pages.result import Page
from microgradnn.pages.telling import Line, lines, strict, summary, wrapped

RIGHT, WRONG, UNREAD = 0, 1, 2


def check_files(files: Sequence[str], timeout: float, as_json: bool) -> int:
    """Check each file in a process of its own: 0 if all derivations are right, 1 if one is wrong, 2 after an error."""
    pages = []
    for file in files:
        page = check(file, timeout)
        if not page.derivations and not page.error:
            page = Page(file, (), f"{file} has no marked blocks; mark one as: python microgradnn by_hand")
        pages.append(page)
        if not as_json:
            for line in lines(page):
                say(line)
        for error in page.errors:
            click.echo(f"microgradnn: {wrapped(' '.join(error.split()), None)}", err=True)
    if as_json:
        click.echo(json.dumps(strict({"files": [page.to_dict() for page in pages]}), indent=2, ensure_ascii=False))
    elif len(files) > 1:
        say(summary(pages))
    if any(page.errors for page in pages):
        return UNREAD
    return WRONG if any(page.wrong for page in pages) else RIGHT


def say(line: Line) -> None:
    """Print a line: coloured and folded on a terminal, without colour where NO_COLOR is set."""
    text, colour = line
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    folded = "\n".join(wrapped(each, width) for each in text.split("\n"))
    plain = not colour or os.environ.get("NO_COLOR")
    click.echo(folded if plain else click.style(folded, fg=colour))
