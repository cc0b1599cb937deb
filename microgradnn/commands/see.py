"""`microgradnn draw`, `explain` and `step`: the Value of a user's file, drawn, explained, stepped through."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence

import click

from microgradnn.chain import graph
from microgradnn.commands.source import value_of
from microgradnn.drawing.picture import draw
from microgradnn.drawing.text import shorten, visible
from microgradnn.engine import Value
from microgradnn.errors import SettingError
from microgradnn.explaining import Explanation, explain
from microgradnn.stepping import step_through

LISTED = 8  # labels in a message
FORMATS: dict[str, Callable[[Explanation], str]] = {
    "text": str, "latex": Explanation.to_latex, "markdown": Explanation.to_markdown, "html": Explanation.to_html,
}  # fmt: skip


def draw_it(target: str, out: str | None, depth: int | None, theme: str) -> None:
    """Write the picture of a Value, with its gradients, and print the path."""
    name, root = _asked(target)
    path = out or f"{name}.svg"
    with _busy(f"drawing {name}"):
        if root.op is not None and not any(node.graded for node in graph(root) if isinstance(node, Value)):
            root.backward()
        draw(root, depth=depth, theme=theme).save(path)
    click.echo(path)


def explain_it(target: str, wrt: Sequence[str], format: str) -> None:
    """Print the derivation of a Value."""
    name, root = _asked(target)
    with _busy(f"explaining {name}"):
        asked = [node for label in wrt for node in _labelled(root, label, name)]
        text = FORMATS[format](explain(root, wrt=asked or None))
    click.echo(text.rstrip("\n"))


def step_it(target: str, out: str | None) -> None:
    """Write the page that steps through a Value, and print the path."""
    name, root = _asked(target)
    with _busy(f"laying out {name}"):
        path = step_through(root, out or f"{name}.html")
    click.echo(path)


def _asked(target: str) -> tuple[str, Value]:
    with _busy(f"running {visible(target.rpartition(':')[0])}"):
        name, root = value_of(target)
    root.label = root.label or name
    return name, root


def _labelled(root: Value, label: str, name: str) -> list[Value]:
    """The Values of that label; SettingError, which lists some labels, where there is none."""
    nodes = [node for node in graph(root) if isinstance(node, Value)]
    found = [node for node in nodes if node.label == label]
    if found:
        return found
    labels = list(dict.fromkeys(shorten(visible(str(node.label)), 40) for node in nodes if node.label))
    told = ", ".join(labels[:LISTED]) + (", …" if len(labels) > LISTED else "")
    there = f"there is {told}" if labels else "no Value in it has a label; give them some, as in Value(2.0, label='w')"
    raise SettingError(f"nothing that {name} was computed from is labelled {label!r}: {there}")


@contextlib.contextmanager
def _busy(what: str) -> Iterator[None]:
    """Say on a terminal what is going on, and take it back."""
    shown = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    if shown:
        click.echo(f"{what} …", err=True, nl=False)
    try:
        yield
    finally:
        if shown:
            click.echo("\r" + " " * (len(what) + 2) + "\r", err=True, nl=False)
