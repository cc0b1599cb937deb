"""Marked blocks of a Markdown file."""

from __future__ import annotations

import re

from microgradnn.errors import FileError
from microgradnn.pages.blocks import COMMENT, Block, Place, mark, parsed

PYTHON = ("python", "python3", "py", "ipython", "ipython3", "microgradnn", "microgradnn:", "")


def markdown(text: str, file: str) -> list[Block]:
    """The fenced blocks that are marked, by the info string or by a comment in their first line."""
    from markdown_it import MarkdownIt  # comes with rich; loaded only where Markdown is read

    blocks = []
    for token in MarkdownIt("commonmark").parse(text):
        if token.type != "fence" or token.map is None:
            continue
        fence = Place(file, token.map[0] + 1)
        words = _marked(token.info, token.content, fence)
        if words is not None:
            first = fence.at(fence.line + 1)
            blocks.append(Block(*mark(words, fence), fence, tuple(parsed(token.content, first))))
    return blocks


def _marked(info: str, code: str, fence: Place) -> str | None:
    """What the mark says; None where there is none. `{.python .microgradnn .loss}` is an info string, too."""
    words = [word.lstrip(".") for word in re.split(r"[\s,{}]+", info) if word]
    language = words[0].lower() if words else ""
    for k, word in enumerate(words):
        if word in ("microgradnn", "microgradnn:"):
            if language not in PYTHON:
                raise FileError(f"{fence}: the marked block is {language!r}, and only Python can be diagnosed")
            return " ".join(words[k + 1 :])
    if language not in PYTHON:
        return None
    comment = COMMENT.match(code.lstrip("\n"))
    return comment[1] if comment else None
