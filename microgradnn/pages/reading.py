"""A file read: its marked blocks."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from microgradnn.errors import FileError
from microgradnn.pages.blocks import Block
from microgradnn.pages.markdown import markdown
from microgradnn.pages.notebook import notebook
from microgradnn.pages.script import script

KINDS: dict[str, Callable[[str, str], list[Block]]] = {
    ".md": markdown,
    ".markdown": markdown,
    ".ipynb": notebook,
    ".py": script,
}


def read(file: str) -> list[Block]:
    """The marked blocks of a file in order; FileError where it cannot be read, or a mark makes no sense."""
    reader = KINDS.get(os.path.splitext(file)[1].lower())
    if not os.path.exists(file):
        raise FileError(f"{file} does not exist")
    if not os.path.isfile(file):
        raise FileError(f"{file} is no file that can be read as a whole; name the files one by one")
    if reader is None:
        raise FileError(f"{file} is none of the files that hold derivations: {', '.join(KINDS)}")
    try:
        text = Path(file).read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise FileError(f"{file} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise FileError(f"{file} is not UTF-8 (byte {error.start}); save it as UTF-8") from error
    return reader(text.replace("\r\n", "\n").replace("\r", "\n"), file)
